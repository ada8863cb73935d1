"""What a channel has set: quiet hours and a noise budget, said, shown, on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.compose import Budget
from bot.core.render import literal
from bot.deliver import Courier, deliver_due
from tests.commands.parts import ANA, BEN, BOSS, Room, Town, open_room, story
from tests.flow.parts import RecordingSink

OPEN, TEAM = "#nk", "#team"


@pytest.fixture
def room() -> Iterator[Room]:
    town = Town(members={OPEN: {ANA, BEN}, TEAM: {BEN}, "#dmz": {ANA}}, private={TEAM})
    with open_room(directory=town) as made:
        yield made


def hours(room: Room, channel: str = OPEN) -> str:
    return str(room.store.channels.quiet_hours(channel))


# ── quiet hours ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("22:00-07:00", "22:00-07:00@Europe/Berlin"),
        ("22:00-07:00 Asia/Seoul", "22:00-07:00@Asia/Seoul"),
        ("22:00 – 07:00 Asia/Seoul", "22:00-07:00@Asia/Seoul"),
        ("22-7@UTC", "22:00-07:00@UTC"),
        ("12:30-24:00", "12:30-00:00@Europe/Berlin"),
    ],
)
def test_they_are_set_shown_and_announced(room: Room, typed: str, kept: str) -> None:
    room.asker = replace(room.asker, zone=ZoneInfo("Europe/Berlin"))
    reply = room.ask(f"quiet {typed}")
    assert hours(room) == kept
    [(channel, line)] = reply.public
    assert (channel, line.text.split(":")[0]) == (OPEN, "*ana*")
    assert kept.replace("@", " ") in line.text
    assert kept.replace("@", " ") in room("quiet")
    said = literal(kept.replace("@", " "))
    assert f"quiet hours by <@{ANA}>: {said}" in room(f"history {OPEN}")


def test_they_are_taken_away(room: Room) -> None:
    assert "no quiet hours" in room("quiet")
    room("quiet 22:00-07:00")
    assert "no quiet hours in #nk any more" in room("quiet Off")
    assert room.store.channels.quiet_hours(OPEN) is None
    assert "`/watch quiet 22:00-07:00`" in room("quiet")


def test_another_channel_is_named_anywhere_in_the_line(room: Room) -> None:
    room("quiet #dmz 22:00-07:00")
    assert "`/watch quiet off`" in room("quiet #dmz")
    assert room.store.channels.quiet_hours(OPEN) is None
    assert hours(room, "#dmz") == "22:00-07:00@UTC"


def test_in_direct_messages_nobody_else_is_told(room: Room) -> None:
    reply = room.ask("quiet 22:00-07:00", at="D0ANA0000")
    assert reply.public == ()
    assert hours(room, "D0ANA0000") == "22:00-07:00@UTC"


@pytest.mark.parametrize("words", ["quiet 22:00-07:00", "budget 20/h"])
def test_a_stranger_may_not_and_of_a_hidden_channel_nothing_is_said(room: Room, words: str) -> None:
    assert "Only people of #nk, and admins" in room.refused(
        f"{words} #nk", as_="U0EVE0000", at="#x"
    )
    for line in (f"{words} {TEAM}", f"{words.split(maxsplit=1)[0]} {TEAM}", f"{words} #none"):
        assert "I can't find the channel" in room.refused(line, as_=BOSS)


def test_what_can_not_be_read_says_what_to_type(room: Room) -> None:
    for typed in ("night", "22:00", "22:00-07:00 Nowhere", "22:00-07:00 #nk #dmz"):
        assert "22:00-07:00" in room.refused(f"quiet {typed}")
    assert room.store.channels.quiet_hours(OPEN) is None


def test_why_and_status_say_until_when_an_alert_waits(room: Room) -> None:
    room("add landmine* yes")
    room("quiet 11:00-18:00")
    room.publish(story(1, "Landmine found"))
    sink = RecordingSink()
    deliver_due(Courier(room.store, sink, room.clock))
    assert sink.visible == []
    waits = "waits until <!date^1778695200^{date_short_pretty} {time}|13 May 2026 18:00 UTC>"
    assert f"{waits} (quiet hours), then goes to #nk" in room("why https://harbour.example/1")
    assert "1 waiting (1 for quiet hours, which end " in room("status")
    room("quiet off")
    room.forward(seconds=5)
    deliver_due(Courier(room.store, sink, room.clock))
    assert len(sink.visible) == 1
    assert "sent to #nk" in room("why https://harbour.example/1")
    assert "quiet hours" not in room("status")


# ── the noise budget ──────────────────────────────────────────────────────────


def test_the_budget_in_force_is_said_as_it_is_configured_or_set(room: Room) -> None:
    room.desk = replace(room.desk, budget=Budget(12, {"#dmz": 1000}))
    assert "*12 messages an hour* (as configured)" in room("budget")
    assert "no noise budget (as configured)" in room("budget #dmz")
    reply = room.ask("budget 20/h")
    assert "*20 messages an hour*;" in reply.public[0][1].text
    assert "*20 messages an hour*;" in room("budget")
    assert f"budget by <@{ANA}>: 20/h" in room(f"history {OPEN}")
    assert "no noise budget:" in room("budget off")
    assert "*12 messages an hour* (as configured)" in room("budget default")


@pytest.mark.parametrize("typed", ["20/h", "20", "20 / hour", "20 an hour", "20/H"])
def test_a_number_in_any_way_people_write_it(room: Room, typed: str) -> None:
    room(f"budget {typed}")
    assert room.store.channels.per_hour(OPEN) == 20


@pytest.mark.parametrize("typed", ["0", "1001/h", "many", "-3", "12/d"])
def test_what_is_no_budget_says_what_to_type(room: Room, typed: str) -> None:
    assert "`/watch budget 12/h`" in room.refused(f"budget {typed}")
    assert room.store.channels.per_hour(OPEN) is None


def test_what_people_say_counts_before_the_configuration(room: Room) -> None:
    room("add landmine* yes")
    room("budget 2/h")
    sink = RecordingSink()
    courier = Courier(room.store, sink, room.clock, pace=timedelta(0), budget=Budget(100))
    room.publish(*(story(number, f"Landmine number {number}") for number in range(4)))
    deliver_due(courier)
    assert len(sink.visible) == 2
    room.forward(seconds=10)
    deliver_due(courier)
    assert "3 more alerts, collected here: this channel takes 2 " in sink.edits[-1][2].text
    room("budget 5/h")
    room.forward(seconds=10)
    deliver_due(courier)
    assert "takes 5 messages an hour" in sink.edits[-1][2].text


def test_status_names_what_is_set_here(room: Room) -> None:
    assert "· here 12 messages an hour at most, threads on" in room("status")
    room("budget off")
    room("quiet 22:00-07:00")
    assert "· here no noise budget, threads on, quiet 22:00-07:00 UTC" in room("status")
