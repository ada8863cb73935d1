"""Rhythms, outages, who names a feed, and how often it has to say that it moved."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.health import (
    MIN_QUIET,
    Pulse,
    has_moved,
    naming,
    outage,
    quiet_after,
    told_to_move,
)
from bot.core.models import Feed, FeedState, Rule
from bot.core.rules import canonical, parse

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# ── rhythm ────────────────────────────────────────────────────────────────────


def every(length: timedelta, times: int, *, start: datetime = NOW) -> list[datetime]:
    return [start + n * length for n in range(times)]


def test_the_rhythm_of_few_or_of_a_few_days_is_unknown() -> None:
    assert quiet_after([]) is None
    assert quiet_after(every(DAY, 20)) is None, "twenty gaps are needed"
    assert quiet_after(every(DAY, 21)) == 3 * DAY
    assert quiet_after(every(HOUR, 14 * 24)) is None, "two weeks are needed"
    assert quiet_after(every(HOUR, 14 * 24 + 1)) == MIN_QUIET


def test_a_single_long_pause_does_not_make_us_deaf() -> None:
    steady = every(8 * HOUR, 60)
    assert quiet_after([*steady, *every(8 * HOUR, 3, start=steady[-1] + 20 * DAY)]) == DAY


def test_no_weekend_is_news() -> None:
    at_work = [
        NOW + n * HOUR
        for n in range(24 * 28)
        if (NOW + n * HOUR).weekday() < 5 and 8 <= n % 24 < 18
    ]
    longest = max(b - a for a, b in itertools.pairwise(at_work))
    assert longest > 2 * DAY
    quiet = quiet_after(at_work)
    assert quiet
    assert quiet > longest


def test_a_slow_feed_may_be_slow() -> None:
    assert quiet_after(every(7 * DAY, 30)) == 21 * DAY


# ── theirs or ours ────────────────────────────────────────────────────────────


def pulses(down: int, up: int, *, per_site: int = 1, spread: timedelta = HOUR / 2) -> list[Pulse]:
    bad = [
        Pulse(n, f"https://x.down{n // per_site}.example/{n}", NOW + spread * (n % 2), NOW - HOUR)
        for n in range(down)
    ]
    return bad + [Pulse(100 + n, f"https://up{n}.example/", None, NOW + HOUR) for n in range(up)]


@pytest.mark.parametrize(
    ("down", "up", "is_ours"),
    [
        (1, 0, None),
        (2, 0, None),
        (3, 0, True),
        (3, 1, None),
        (4, 1, True),
        (4, 2, None),
        (5, 2, False),
        (5, 70, False),
        (60, 15, True),
        (60, 16, False),
    ],
)
def test_an_outage_is_ours_when_nearly_nothing_answers(
    down: int, up: int, is_ours: bool | None
) -> None:
    found = outage(pulses(down, up), NOW)
    assert (found and found.is_ours) == is_ours
    if found:
        assert (len(found.feed_ids), found.since) == (down, NOW)


def test_the_feeds_of_one_site_are_one_failure() -> None:
    assert outage(pulses(12, 0, per_site=12), NOW) is None
    assert outage(pulses(12, 0, per_site=4), NOW)


def test_a_site_of_which_one_feed_answers_is_not_down() -> None:
    answering = [Pulse(50 + n, f"https://y.down{n}.example/", None, NOW + HOUR) for n in range(4)]
    assert outage([*pulses(5, 3), *answering], NOW) is None


def test_what_failed_long_before_is_no_part_of_an_outage() -> None:
    assert outage(pulses(8, 0, spread=2 * HOUR), NOW + 9 * HOUR) is None
    old = [Pulse(n, f"https://o{n}.example/", NOW - 9 * DAY, None) for n in range(9)]
    found = outage([*old, *pulses(5, 9)], NOW)
    assert found
    assert len(found.feed_ids) == 5


def test_an_answer_from_before_it_began_proves_nothing() -> None:
    before = [Pulse(90 + n, f"https://up{n}.example/", None, NOW - HOUR) for n in range(9)]
    found = outage([*pulses(3, 0), *before], NOW)
    assert found
    assert found.is_ours


# ── who names it ──────────────────────────────────────────────────────────────

FEED = Feed(url="https://feeds.wire.example/rss", title="Harbour Wire", tags=("korea",))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("missile", False),
        ('missile source:"Harbour Wire"', True),
        ("missile source:wire.example", True),
        ("(source:other OR source:harbour) missile", True),
        ("tag:korea", True),
        ("tag:japan source:other", False),
        ("missile -source:harbour", False),
        ("missile -(tag:korea OR tag:japan)", False),
        ("lang:en missile", False),
    ],
)
def test_a_rule_names_a_feed_by_what_it_asks_for(query: str, names: bool) -> None:
    rule = Rule(id=7, name="", query=canonical(parse(query)), channel="#nk")
    assert (naming([rule], FEED) == {7}) is names


# ── moving ────────────────────────────────────────────────────────────────────


def test_a_move_is_believed_on_the_third_day_that_says_the_same() -> None:
    state = FeedState()
    for day, believed in ((1, False), (1, False), (2, False), (5, True), (6, True)):
        state = told_to_move(state, "https://b.example/", date(2026, 5, day))
        assert has_moved(state) is believed
    assert len(state.moved_days) == 3


def test_another_place_or_none_starts_anew() -> None:
    state = FeedState(moved_to="https://b.example/", moved_days=("2026-05-01", "2026-05-02"))
    other = told_to_move(state, "https://c.example/", date(2026, 5, 3))
    assert (other.moved_to, other.moved_days) == ("https://c.example/", ("2026-05-03",))
    back = told_to_move(state, None, date(2026, 5, 3))
    assert (back.moved_to, back.moved_days) == (None, ())
    assert not has_moved(back)
