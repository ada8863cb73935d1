"""Muting by words: what is silent, for how long, who may, how it is heard again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.mutes import choices, mute_chosen
from bot.core.models import Rule
from bot.errors import CommandError
from bot.muting import end_due
from bot.store.times import FOREVER
from tests.commands.parts import ANA, BEN, BOSS, NOW, Room, Town, open_room, said, story
from tests.commands.test_alerts import alert


def test_a_rule_is_muted_for_a_while_and_the_channel_hears_of_it(room: Room) -> None:
    room("add landmine* name:Mines yes")
    reply = room.ask("mute w1 4h")
    words = said(reply.message)
    assert ":no_bell: Muted Mines (W1) until <!date^" in words
    assert "counted, and told when the mute ends" in words
    assert "Sooner: `/watch unmute M1`" in words
    [(channel, line)] = reply.public
    assert channel == "#nk"
    assert "*ana* muted Mines (W1) until" in line.text
    [mute] = room.store.mutes.active(NOW)
    assert (mute.rule_id, mute.until, mute.who) == (1, NOW + timedelta(hours=4), ANA)
    room.publish(story(1, "Landmines found"))
    assert room.store.deliveries.posts(1) == []


@pytest.mark.parametrize("words", ["", " for ever", " forever"])
def test_without_a_time_it_holds_for_ever(room: Room, words: str) -> None:
    room("add landmine* yes")
    assert "Muted landmine∗ (W1) for ever" in room(f"mute W1{words}")
    [mute] = room.store.mutes.active(NOW + timedelta(days=9000))
    assert mute.until == FOREVER


def test_a_source_and_a_term_of_a_rule_are_muted(room: Room) -> None:
    room('add landmine* OR "ballistic missile" OR location:"North Korea" yes')
    assert "Muted xinhua in" in room("mute source:xinhua W1 1d")
    assert "Muted `landmine*` in" in room('mute term:"LANDMINE*" W1')
    assert "Muted `ballistic missile` in" in room('mute W1 term:"ballistic missile" until monday')
    assert "Muted `location:" in room('mute term:"location:North Korea" W1')
    assert [(one.what, one.word) for one in room.store.mutes.active(NOW)] == [
        ("source", "xinhua"),
        ("term", "landmine*"),
        ("term", "ballistic missile"),
        ("term", 'location:"North Korea"'),
    ]
    assert "It has `landmine*`, " in room.refused("mute term:parade W1")
    assert "too short for a source" in room.refused("mute source:un W1")


def test_a_story_is_muted_where_it_was_told(room: Room) -> None:
    room("add landmine* level:urgent yes")
    alert(room)
    words = room("mute story:S1 1d")
    assert "Muted story S1 “Landmines found” until" in words
    assert "A louder rule still alerts." in words
    [mute] = room.store.mutes.active(NOW)
    assert (mute.channel, mute.story_id, mute.priority) == ("#nk", 1, 1)
    room.store.mutes.end(mute.id, now=NOW)
    assert "Muted story S1" in room("mute S1", at="#elsewhere", as_=BOSS)
    assert "no story `S9`" in room.refused("mute story:S9")
    assert "no story `x`" in room.refused("mute story:x 1d")
    room.publish(story(2, "Rice"))
    assert "S2 has no alert in a channel of yours" in room.refused("mute S2")


def test_what_can_not_be_muted_says_what_to_type(room: Room) -> None:
    assert "`/watch mute W12 4h`" in room.refused("mute")
    assert "`/watch mute W12`" in room.refused("mute source:xinhua")
    room("add landmine* yes")
    assert "can't read `soon` as a time" in room.refused("mute W1 soon")
    room("mute W1 4h")
    words = room.refused("mute W1 1d")
    assert "muted until <!date^1778688000^{date_short_pretty} {time}|13 May" in words
    assert f"by <@{ANA}>: `M1`" in words
    assert "`/watch unmute M1`" in words


def test_mutes_are_listed_with_what_they_kept_silent(room: Room) -> None:
    assert "Nothing is muted." in room("mutes")
    room("add landmine* name:Mines yes")
    room("mute W1")
    room.publish(*(story(number, f"Landmines {number} <!here>") for number in range(14)))
    words = room("mutes")
    assert f"`M1` Mines (W1) · #nk · for ever · by <@{ANA}> · 14 muted" in words
    kept = room("mutes M1")
    assert "`M1` Mines (W1) · for ever · 14 muted" in kept
    assert "|Landmines 13 &lt;!here&gt;>" in kept
    assert "and 2 earlier" in kept
    assert "There is no mute `M9`" in room.refused("mutes M9")
    assert "There is no mute `all`" in room.refused("mutes all")


def test_many_mutes_are_cut(room: Room) -> None:
    for number in range(22):
        room(f"add word{number} yes")
        room(f"mute W{number + 1}")
    assert "and 2 more" in room("mutes")


def test_a_mute_is_lifted_by_its_number_or_its_rule(room: Room) -> None:
    room("add landmine* yes")
    room("mute W1 4h")
    room.publish(story(1, "Landmines found"))
    words = room("unmute m1")
    assert "Heard again: landmine∗ (W1). 1 report was kept silent." in words
    assert "`/watch mutes M1`" in words
    assert "M1` landmine∗ (W1) · over · 1 muted" in room("mutes M1")
    room("mute W1")
    assert "0 reports were kept silent" in room("unmute W1")
    assert room.store.mutes.active(NOW) == []
    room.publish(story(2, "Landmines again"))
    assert len(room.store.deliveries.posts(2)) == 1


def test_what_is_not_muted_can_not_be_lifted(room: Room) -> None:
    room("add landmine* yes")
    assert "`/watch mutes`" in room.refused("unmute")
    assert "`M1` is not muted" in room.refused("unmute M1")
    assert "`W1` is not muted" in room.refused("unmute W1")
    room("pause W1")
    assert "not muted, it is paused: `/watch resume W1`" in room.refused("unmute W1")


def test_undo_takes_a_mute_back_without_a_notice(room: Room) -> None:
    room("add landmine* yes")
    room("mute W1")
    assert "Taken back: landmine∗ (W1) is heard again" in room.press("mute_undo", "1")
    for value in ("1", "9", "x"):
        assert "over already" in room.press_refused("mute_undo", value)
    assert end_due(room.store, NOW) == 0


def test_who_muted_is_told_when_somebody_else_lifts_it(room: Room) -> None:
    room("add landmine* yes")
    room("mute W1")
    room("unmute M1", as_=BOSS)
    delivery = room.store.deliveries.claim(lease="l", lease_until=NOW + timedelta(1), now=NOW)
    assert delivery is not None
    assert delivery.message is not None
    assert delivery.channel == ANA
    assert "ended, lifted by *ana*: 0 alerts were kept silent" in delivery.message.text


def test_mutes_are_in_the_history_of_their_rule_or_channel(room: Room) -> None:
    room("add landmine* yes")
    room("mute W1 4h")
    room("unmute M1")
    room("mute source:xinhua W1")
    alert(room)
    room("mute S1")
    words = room("history W1")
    assert f"muted by <@{ANA}>: M1 until 13 May 2026 16:00 UTC" in words
    assert f"unmuted by <@{ANA}>: M1 " in words
    assert "M2 source xinhua for ever" in words
    assert "M3 S1 for ever" in room("history #nk")
    assert "M2 source xinhua" in room("history")


def test_mutes_are_for_who_may_change_the_rule_and_people_of_the_channel() -> None:
    town = Town(members={"#nk": {ANA}, "#dmz": {BEN}, "#team": {BEN}}, private={"#team"})
    with open_room(directory=town) as room:
        room("add landmine* in:#dmz yes")
        room("add landmine* in:#team yes", as_=BEN, at="#team")
        alert(room)
        cid = "U0CID0000"
        assert "belongs to" in room.refused("mute W1", as_=cid)
        assert "There is no rule W2" in room.refused("mute W2", as_=cid)
        room.store.rules.add(
            Rule(name="f", query="flood", channel="#dmz", owner="feeds.yaml"), who="f", now=NOW
        )
        assert "belongs to feeds.yaml" in room.refused("mute W3", as_=cid)
        room("mute W3", as_=BEN, at="#dmz")  # a mute changes no rule: the file stays as it is
        room("mute W2", as_=BEN, at="#team")
        room("mute W1", as_=BEN, at="#nk")
        assert "W2" not in room("mutes", as_=cid)
        assert "W2" in room("mutes", as_=BEN)
        assert "There is no mute `M2`" in room.refused("mutes M2", as_=cid)
        assert "not muted" in room.refused("unmute M2", as_=cid)
        assert "belongs to" in room.refused("unmute M1", as_=cid)
        assert "no alert in a channel of yours" in room.refused("mute S1", as_=cid)
        words = room.press_refused("mute_undo", "1", as_=cid)
        assert "belongs to" in words


def test_direct_messages_have_no_public_line(room: Room) -> None:
    room.store.rules.add(Rule(name="x", query="x", channel="D1", owner=ANA), who=ANA, now=NOW)
    assert room.ask("mute W1").public == ()


def test_an_alert_offers_what_can_be_muted_from_it(room: Room) -> None:
    room("add landmine* OR sohae name:Mines yes")
    room("add location:Sohae yes")
    delivery = alert(room, title="Landmines near Sohae")
    offered = {one.value: one.label for one in choices(room.desk, room.asker, delivery)}
    assert offered == {
        "story": "This story (S1)",
        "rule.1": "Rule W1: Mines",
        "source.1": "harbour.example in W1",
        "term.1.0": "landmine* in W1",
        "term.1.1": "sohae in W1",
        "rule.2": "Rule W2: location:Sohae",
        "source.2": "harbour.example in W2",
        "term.2.0": "location:Sohae in W2",
    }
    for value in offered:
        mute_chosen(room.desk, room.asker, delivery, value, "for ever")
    assert [(one.what, one.rule_id, one.word) for one in room.store.mutes.active(NOW)] == [
        ("story", None, ""),
        ("rule", 1, ""),
        ("source", 1, "harbour.example"),
        ("term", 1, "landmine*"),
        ("term", 1, "sohae"),
        ("rule", 2, ""),
        ("source", 2, "harbour.example"),
        ("term", 2, "location:Sohae"),
    ]
    with pytest.raises(CommandError, match="gone from this alert"):
        mute_chosen(room.desk, room.asker, delivery, "rule.9", "1 d")


def test_a_story_is_muted_by_its_people_only() -> None:
    town = Town(members={"#nk": {ANA}})
    with open_room(directory=town) as room:
        room("add landmine* yes")
        delivery = alert(room)
        asker = room.who("U0CID0000", "#elsewhere")
        with pytest.raises(CommandError, match="Only people of #nk"):
            mute_chosen(room.desk, asker, delivery, "story", "1 d")


def test_where_a_rule_was_is_not_told_how_it_is_called_now() -> None:
    town = Town(members={"#nk": {ANA, BEN}, "#team": {BEN}}, private={"#team"})
    with open_room(directory=town) as room:
        room("add landmine* yes", as_=BEN)
        room("mute W1", as_=BEN)
        room("edit W1 in:#team name:Heron", as_=BEN)
        [(channel, line)] = room.ask("unmute M1", as_=BEN).public
        assert (channel, "Heron" in line.text) == ("#team", True)
