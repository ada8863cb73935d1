"""When a subject stands out, and which of several tells what happened."""

import pytest

from bot.core.models import Kind
from bot.core.rules.ast import Name
from bot.core.spikes import Burst, asked_names, chance, events

OUTLETS = ("harbour", "ledger", "monitor")
QUIET = (1, 0, 2, 1, 3, 0, 1) * 4  # 1.1 stories, on each of 28 days


def burst(
    subject: str = "loc:KP",
    *stories: int,
    past: tuple[int, ...] = QUIET,
    lately: float = 1,
    depth: int = 1,
) -> Burst:
    """Return a burst whose stories are told by three outlets in turn."""
    outlets = {story: {OUTLETS[story % 3]} for story in stories}
    return Burst(subject=subject, depth=depth, outlets=outlets, past=past, lately=lately)


def test_fourteen_stories_where_one_is_usual_stand_out() -> None:
    found = burst("loc:KP", *range(14))
    assert found.stands_out()
    assert round(found.usual, 1) == 1.1


@pytest.mark.parametrize("stories", [0, 1, 4])
def test_fewer_than_five_stories_never_do(stories: int) -> None:
    assert not burst("loc:KP", *range(stories), past=(0,) * 28, lately=0).stands_out()


def test_two_outlets_never_do() -> None:
    assert not burst("loc:KP", 0, 1, 3, 4, 6, 7, 9, 10, 12, 13).stands_out()


def test_what_is_watched_for_less_than_a_week_is_not_judged() -> None:
    assert not burst("loc:KP", *range(14), past=(0,) * 6).stands_out()
    assert burst("loc:KP", *range(14), past=(0,) * 7).stands_out()
    assert burst("loc:KP", past=()).usual == 0


def test_many_where_many_are_usual_do_not() -> None:
    assert not burst("loc:US", *range(14), past=(9, 14, 11, 12, 8, 13, 10) * 4).stands_out()


def test_a_subject_that_always_comes_in_bursts_has_to_bring_more() -> None:
    steady = (1,) * 28
    bursty = (0, 0, 0, 0, 0, 0, 7) * 4  # as many stories, all on Sundays
    assert burst("loc:KP", *range(9), past=steady).stands_out()
    assert not burst("loc:KP", *range(9), past=bursty).stands_out()


def test_one_burst_in_the_past_hides_no_other() -> None:
    assert burst("loc:KP", *range(9), past=(0, 0, 14, 0, 0, 0, 0, 0, 0, 0), lately=0).stands_out()


def test_the_second_day_of_a_war_is_no_news() -> None:
    assert not burst("loc:KP", *range(14), lately=10).stands_out()


def test_chance_falls_with_the_stories_and_is_sure_of_none() -> None:
    assert chance(0, QUIET) == 1
    assert chance(3, QUIET) > chance(6, QUIET) > chance(12, QUIET) >= 0


def test_the_narrowest_that_explains_an_event_names_it() -> None:
    wide = burst("loc:KP", *range(9), depth=1)
    narrow = burst("loc:KP/sohae", *range(7), past=(0,) * 28, lately=0, depth=2)
    (event,) = events([wide, narrow], set())
    assert event.burst is narrow
    assert set(event.subjects) == {"loc:KP", "loc:KP/sohae"}


def test_a_small_part_of_an_event_does_not_name_it_and_is_not_told_beside_it() -> None:
    wide = burst("loc:KP", *range(15))
    narrow = burst("act:kim", *range(5), past=(0,) * 28, lately=0)
    (event,) = events([wide, narrow], set())
    assert event.burst is wide
    assert "act:kim" in event.subjects


def test_a_rule_and_its_place_are_one_event() -> None:
    place = burst("loc:KP", *range(9))
    rule = burst("rule:1", *range(8), past=(0,) * 28, lately=0, depth=0)
    (event,) = events([place, rule], set())
    assert event.burst is rule
    (event,) = events([place, burst("rule:1", *range(9), depth=0)], set())
    assert event.burst is place


def test_two_events_are_two() -> None:
    one, other = burst("loc:KP", *range(9)), burst("loc:TW", *range(20, 28))
    assert [event.burst for event in events([other, one], set())] == [one, other]


def test_what_was_told_already_explains_what_goes_on() -> None:
    assert list(events([burst("loc:KP", *range(9))], {0, 1, 2, 3, 4})) == []
    assert len(list(events([burst("loc:KP", *range(12))], {0, 1, 2}))) == 1


def test_a_rule_asks_for_what_it_does_not_exclude() -> None:
    north = Name(Kind.LOCATION, "North Korea")
    kim = Name(Kind.ACTOR, "Kim Jong Un")
    assert asked_names('missile location:"North Korea" -location:Sohae') == (north,)
    query = '(actor:"Kim Jong Un" OR location:"North Korea") missile NEAR/3 location:"North Korea"'
    assert asked_names(query) == (kim, north)
    assert asked_names("missile") == ()
