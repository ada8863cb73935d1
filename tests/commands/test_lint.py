"""`/watch lint`: what is to mend in rules, and what is said of it before a rule is saved."""

from __future__ import annotations

from datetime import UTC

import pytest

from bot.core.models import Rule
from bot.review import Weekly, review_due
from tests.commands.parts import ANA, BEN, BOSS, GAZETTEER, NOW, Room, Town, open_room, story
from tests.commands.test_alerts import alert


def publish(room: Room, *titles: str, number: int = 0) -> None:
    """Let a feed carry titles, and weather to make up a number."""
    weather = (f"Weather report {n}" for n in range(number - len(titles)))
    made = [story(n, title) for n, title in enumerate((*titles, *weather), 1)]
    room.publish(*made)


def test_a_rule_without_flaws_has_nothing_to_mend(room: Room) -> None:
    room("add landmine* yes")
    room("add flood name:Floods yes", as_=BEN)
    assert "Nothing to mend in 2 rules in #nk and yours." in room("lint")
    assert "Nothing to mend in *Floods* (W2)." in room("lint w2")


def test_each_flaw_is_one_line_with_what_to_type(room: Room) -> None:
    room("add missile OR zyxwv yes")
    room("add missile launch yes")
    publish(room, "Missile launch", number=200)
    room.forward(days=8)
    words = room("lint")
    assert "*2 things to mend* in 2 rules in #nk and yours" in words
    assert (
        "`W1` no entry of the 8 days that are stored has `zyxwv`. `/watch edit W1 missile`" in words
    )
    assert "`W2` W1 already catches all of it" in words
    assert "those of the other. `/watch remove W2`" in words
    assert "W1` no entry" not in room("lint W2")
    assert "*2 things" in room("lint mine")
    assert "No rules of yours. 2 rules elsewhere: `/watch lint all`" in room("lint mine", as_=BEN)


def test_a_common_term_is_told_with_its_share(room: Room) -> None:
    room("add launch yes")
    publish(room, *(f"Launch number {n}" for n in range(40)), number=200)
    assert "`launch` is in 20 % of the 200 entries of the last 14 days" in room("lint")


def test_an_alternative_that_people_reject_is_told(room: Room) -> None:
    room("add landmine* OR mines yes")
    for number in range(1, 11):
        alert(room, number, f"Opinion on mines, part {number}")
        room(f"judge S{number} not", as_=BEN)
    assert "`mines` alone brought 10 of 10 reports judged not useful" in room("lint W1")


def test_rules_of_a_file_are_changed_there(room: Room) -> None:
    rule = Rule(name="Filed", query="ab", channel="#nk")
    room.store.rules.configure([rule], origin="feeds.yaml", now=NOW)
    assert (
        "`ab` is very short; it is found wherever it stands as a word. Change it in feeds.yaml"
        in (room("lint"))
    )


def test_nobody_hears_of_rules_of_a_private_channel() -> None:
    town = Town(members={"#nk": {ANA, BEN}, "#secret": {BEN}}, private={"#secret"})
    with open_room(directory=town) as room:
        room("add missile yes", as_=BEN, at="#secret")
        room.store.rules.add(
            Rule(name="x", query="missile launch", channel="#secret", owner=ANA), who=ANA, now=NOW
        )
        assert "Nothing to mend" in room("lint mine")
        assert "W1 already catches" in room("lint", as_=BEN, at="#secret")
        assert "There is no rule W1" in room.refused("lint W1")


def test_a_paused_rule_makes_no_other_needless(room: Room) -> None:
    room("add missile yes")
    room("add missile launch yes")
    room("pause W1")
    assert "Nothing to mend" in room("lint")


def test_a_long_list_is_cut_and_says_so(room: Room) -> None:
    for number in range(30):
        room.store.rules.add(
            Rule(
                name="x",
                query=f"{'bcdfghjklm'[number % 10]}{'ntv'[number // 10]}",
                channel="#nk",
                owner=ANA,
            ),
            who=ANA,
            now=NOW,
        )
    words = room("lint")
    assert "*30 things to mend*" in words
    assert "and 10 more. One rule alone: `/watch lint W30`" in words


def test_older_entries_are_left_out_where_there_are_too_many(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.review.MOST_ENTRIES", 200)
    room("add missile OR zyxwv yes")
    publish(room, number=100)
    room.forward(days=8)
    room.publish(*(story(1000 + n, f"Missile {n} weather") for n in range(150)))
    room.forward(days=8)
    assert "no entry of the newest 200 entries (16 days) has `zyxwv`" in room("lint")


def test_mistakes_say_what_to_type(room: Room) -> None:
    assert "`/watch lint W12`" in room.refused("lint nonsense")
    assert "`/watch lint W12`" in room.refused("lint W1 W2")
    assert "`/watch lint weekly off`" in room.refused("lint weekly never")
    assert "people in Slack" in room.refused("lint weekly off", as_="console")


def test_the_weekly_message_has_a_switch(room: Room) -> None:
    assert "On Mondays" in room("lint weekly")
    assert "You get no weekly message" in room("lint weekly off")
    assert "You get no weekly message" in room("lint weekly")
    assert "On Mondays" in room("lint weekly", as_=BOSS)
    assert "On Mondays" in room("lint weekly on")


def test_a_bot_that_stops_meanwhile_tells_nobody(room: Room) -> None:
    room("add ab yes")
    publish(room, "Missile")
    room.forward(days=5)
    weekly = Weekly(room.store, lambda: GAZETTEER, room.clock, UTC)
    assert review_due(weekly, stopped=lambda: True) == 0
    assert review_due(weekly) == 1


# ── before a rule is saved ────────────────────────────────────────────────────


def test_a_card_says_that_curly_quotes_were_changed(room: Room) -> None:
    for words in ("add “missile base” launch", "test “missile base” launch"):
        assert 'I read “ as ", ” as ".' in room(words)
    assert "I read" not in room('add "missile base" launch')
    assert 'I read “ as ", ” as ".' in room("add “missile base” launch yes")
    assert "I read – as -." in room("edit W1 missile –sport")


def test_a_card_says_what_is_to_mend_in_at_most_two_lines(room: Room) -> None:
    room("add missile yes")
    words = room("add missile launch")
    assert ":wrench: W1 already catches all of it" in words
    words = room("test missile OR ab OR cd OR (launch -launch)")
    assert words.count(":wrench:") == 4  # two, in the text and in the blocks
    assert "-launch excludes all that launch finds" in words


def test_an_edited_rule_is_not_compared_with_itself(room: Room) -> None:
    room("add missile yes")
    assert ":wrench:" not in room("edit W1 missile launch")
