"""`/digest schedule`: written, read back, ended, taken back; by those who may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from bot.commands import REPLACING
from bot.store.schedules import ALL, OWN, Schedule
from tests.commands.parts import ANA, BEN, BOSS, Room, Town, buttons, open_room, said

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def room() -> Iterator[Room]:
    members = {"#nk": {ANA}, "#dmz": {BEN}, "#team": {BEN}}
    with open_room(directory=Town(members=members, private={"#team"})) as made:
        made.asker = replace(made.asker, zone=SEOUL)
        yield made


def plan(room: Room, text: str = "", **who: str) -> str:
    return room(f"schedule {text}".strip(), command="digest", **who)


def refused(room: Room, text: str, **who: str) -> str:
    return room.refused(f"schedule {text}", command="digest", **who)


def live(room: Room) -> list[Schedule]:
    return room.store.schedules.live()


def test_a_schedule_is_echoed_with_its_next_time_and_told_to_the_channel(room: Room) -> None:
    room("add landmine* yes")
    reply = room.ask("schedule daily 08:30", command="digest")
    words = said(reply.message)
    assert "*D1* in #nk, every day at 08:30 (Asia/Seoul): the rules of #nk" in words
    assert "14 May 2026 08:30 KST" in words
    assert "`/digest schedule off D1`" in words
    [(channel, line)] = reply.public
    assert channel == "#nk"
    assert "*ana* scheduled a digest here, every day at 08:30" in line.text
    [made] = live(room)
    assert (made.at, made.weekday, made.zone, made.scope) == (time(8, 30), None, "Asia/Seoul", OWN)
    assert "digest scheduled by" in room("history #nk")
    assert "D1 daily 08:30 Asia/Seoul" in room("history #nk")


@pytest.mark.parametrize(
    ("text", "at", "weekday", "zone"),
    [
        ("daily 8:30", time(8, 30), None, "Asia/Seoul"),
        ("DAILY at 8am", time(8), None, "Asia/Seoul"),
        ("daily 12am", time(0), None, "Asia/Seoul"),
        ("daily 5:15pm europe/berlin", time(17, 15), None, "Europe/Berlin"),
        ("weekly monday 08.30 UTC", time(8, 30), 0, "UTC"),
        ("weekly Sun at 23:59", time(23, 59), 6, "Asia/Seoul"),
        ("weekly fridays 00:00", time(0), 4, "Asia/Seoul"),
    ],
)
def test_times_may_be_written_in_many_ways(
    room: Room, text: str, at: time, weekday: int | None, zone: str
) -> None:
    plan(room, text)
    [made] = live(room)
    assert (made.at, made.weekday, made.zone) == (at, weekday, zone)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("daily", "At what time? Nothing is none"),
        ("daily 25:00", "At what time? `25:00` is none"),
        ("daily 13pm", "is none"),
        ("daily 8", "is none"),
        ("weekly 08:30", "On which day? `08:30` is none"),
        ("daily 08:30 Asia/Soul", "Did you mean `Asia/Seoul`?"),
        ("daily 08:30 Nowhere/Atall", "I know no time zone `Nowhere/Atall`"),
        ("hourly", "I can't read `hourly` as a schedule"),
        ("daily 08:30 level:flash", "A digest takes no `level:urgent`"),
        ("daily 08:30 W9", "There is no rule W9"),
        ('daily 08:30 actor:"Kim', "missing closing quote"),
        ("daily 08:30 in:#nowhere", "I can't find the channel `#nowhere`"),
        ("off D9", "There is no digest `D9`"),
        ("off", "No digest is scheduled in #nk"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_type(room: Room, text: str, says: str) -> None:
    words = refused(room, text)
    assert says in words
    assert "/digest" in words or "^" in words
    assert live(room) == []


def test_what_it_tells_of(room: Room) -> None:
    plan(room, "daily 08:30")  # no rule posts here: all that everybody may know
    room("add landmine* yes")
    plan(room, "daily 08:30")
    plan(room, "daily 08:30 UTC all")
    plan(room, "daily 08:30 w1")
    assert "`(missile OR rocket) location:Sohae`" in plan(
        room, "daily 9:00 (missile OR rocket) location:Sohae"
    )
    scopes = [one.scope for one in live(room)]
    assert scopes == [ALL, OWN, ALL, "W1", "(missile OR rocket) location:Sohae"]


def test_in_direct_messages_it_is_ones_own(room: Room) -> None:
    reply = room.ask("schedule daily 08:30", command="digest", at="D0ANA0000")
    assert reply.public == ()
    assert "your own rules" in said(reply.message)
    [made] = live(room)
    assert (made.channel, made.owner, made.scope) == ("D0ANA0000", ANA, OWN)


def test_several_may_be_listed_and_ended(room: Room) -> None:
    assert "No digests are scheduled here" in plan(room)
    plan(room, "daily 08:30")
    plan(room, "weekly monday 08:30")
    plan(room, "daily 08:30", at="D0ANA0000")
    plan(room, "daily 07:00", as_=BEN, at="#dmz")
    words = plan(room)
    for number in (1, 2, 3):
        assert f"`D{number}`" in words
    assert "D4" not in words
    assert "D3" not in plan(room, as_=BEN, at="#nk")
    assert "has 2 digests. Which one?" in refused(room, "off")
    assert "`/digest schedule off D2`" in refused(room, "off")
    assert "*D1* comes no more" in plan(room, "off d1")
    assert "has ended already" in refused(room, "off D1")
    assert "*D2* comes no more" in plan(room, "off in:#nk")
    assert [one.id for one in live(room)] == [3, 4]


def test_every_change_can_be_taken_back(room: Room) -> None:
    reply = room.ask("schedule daily 08:30", command="digest")
    [(action, value)] = buttons(reply.message).items()
    assert action in REPLACING
    assert "comes no more" in room.press(action, value)
    assert live(room) == []
    assert "This button is out of date" in room.press_refused(action, value)
    plan(room, "daily 09:00")
    ended = room.ask("schedule off D2", command="digest")
    back = buttons(ended.message)[action]
    assert "*D2* in #nk, every day at 09:00" in room.press(action, back)
    assert "This button is out of date" in room.press_refused(action, back)
    assert [one.id for one in live(room)] == [2]


def test_the_same_twice_is_said(room: Room) -> None:
    plan(room, "daily 08:30")
    assert "is there already: *D1*" in refused(room, "daily 08:30")
    for minute in range(9):
        plan(room, f"daily 10:{minute:02d}")
    assert "has 10 digests already" in refused(room, "daily 11:00")


def test_only_those_with_a_say_in_a_channel_schedule_there(room: Room) -> None:
    assert "Only people of #dmz" in refused(room, "daily 08:30 in:#dmz")
    assert "I can't find the channel" in refused(room, "daily 08:30 in:#team")
    plan(room, "daily 08:30 in:#dmz", as_=BOSS)
    assert "Only people of #dmz" in refused(room, "off D1")
    assert "comes no more" in plan(room, "off D1", as_=BEN)
    plan(room, "daily 08:30", as_=BEN, at="#team")
    for text in ("off D2", "off in:#team"):
        assert "#team" not in refused(room, text).replace(text, "").replace("`#team`", "")
    assert "There is no digest" in room.press_refused("undo_schedule", "2.on")


def test_a_private_rule_is_not_carried_into_a_public_channel(room: Room) -> None:
    room('add sanctions name:"Project Heron" yes', as_=BEN, at="#team")
    assert "belongs to a private channel" in refused(room, "daily 08:30 W1", as_=BEN, at="#dmz")
    plan(room, "daily 08:30 W1", as_=BEN, at="#team")
    plan(room, "daily 08:30 W1", as_=BEN, at="D0BEN0000")
    assert len(live(room)) == 2


def test_it_can_be_said_with_watch_too_and_in_a_terminal(room: Room) -> None:
    words = room("digest schedule daily 08:30")
    assert "`/watch digest schedule off D1`" in words
    words = room("schedule daily 09:00", command="digest", as_="console")
    assert "`/digest schedule off D2`" in words
