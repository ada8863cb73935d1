"""What a rule has set beside its query: said in a line, shown, undone, carried as YAML."""

from __future__ import annotations

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.core.models import Level, Mode, Rule, Threads
from bot.core.quiet import QuietHours
from tests.commands.parts import ANA, NOW, Room, buttons, story


def rule(room: Room, number: int = 1) -> Rule:
    found = room.store.rules.get(number)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ("level:FLASH", "level", Level.FLASH),
        ("mode:Digest", "mode", Mode.DIGEST),
        ("outlets:2", "min_outlets", 2),
        ("threads:Off", "threads", Threads.OFF),
        ("quiet:22:00-07:00@Asia/Seoul", "quiet_hours", QuietHours.of("22:00-07:00@Asia/Seoul")),
        ("quiet:22–7", "quiet_hours", QuietHours.of("22:00-07:00@UTC")),
    ],
)
def test_each_may_be_given_when_a_rule_is_added_and_alone_when_it_is_edited(
    room: Room, given: str, field: str, value: object
) -> None:
    room(f"add landmine* {given} yes")
    assert getattr(rule(room), field) == value
    room("add minefield* yes")
    room(f"edit W2 {given}")
    assert getattr(rule(room, 2), field) == value
    assert rule(room, 2).query == "minefield*"


@pytest.mark.parametrize(
    ("given", "said", "fix"),
    [
        ("level:loud", "no level `loud`", "`level:urgent`"),
        ("mode:silent", "no mode `silent`", "`mode:digest`"),
        ("outlets:12", "`12` is no number of outlets", "`outlets:2`"),
        ("threads:loud", "no `threads:` `loud`", "`threads:channel`"),
        ("quiet:night", "`night` are no hours", "`quiet:22:00-07:00`"),
        ("quiet:22:00-22:00", "begins when it ends", "`quiet:off`"),
        ("quiet:22:00-25:00", "`25:00` is no time of day", "`quiet:22:00-07:00`"),
        ("quiet:22-7@asia/seoul", "is no time zone", "did you mean Asia/Seoul?"),
        ("quiet:22-7@Soul", "is no time zone", "did you mean Asia/Seoul?"),
        ("quiet:22-7@Xyz", "is no time zone", "such as Asia/Seoul or UTC"),
    ],
)
def test_one_that_can_not_be_read_says_what_to_type(
    room: Room, given: str, said: str, fix: str
) -> None:
    room("add landmine* yes")
    for line in (f"add minefield* {given}", f"edit W1 {given}"):
        words = room.refused(line)
        assert said in words
        assert fix in words
    assert [one.version for one in room.store.rules.live()] == [1]


def test_answers_lists_and_the_public_line_say_what_is_set(room: Room) -> None:
    reply = room.ask("add landmine* mode:digest outlets:3 level:urgent yes")
    assert "#nk · urgent · digest only · from 3 outlets on" in reply.message.text
    assert "(urgent, digest only, from 3 outlets on)" in reply.public[0][1].text
    assert "#nk · urgent · digest only · from 3 outlets on" in room("list")
    assert "#nk · urgent · digest only · from 3 outlets on" in room("show W1")
    room("edit W1 mode:instant outlets:1 threads:quiet quiet:22:00-07:00")
    assert "#nk · urgent · threads quiet · quiet 22:00-07:00 UTC" in room("show W1")


def test_what_was_set_can_be_taken_away(room: Room) -> None:
    room("add landmine* threads:off quiet:22:00-07:00 yes")
    room("edit W1 threads:channel quiet:off")
    assert (rule(room).threads, rule(room).quiet_hours) == (None, None)


def test_hours_without_a_zone_are_on_the_askers_clocks(room: Room) -> None:
    room.asker = replace(room.asker, zone=ZoneInfo("Asia/Seoul"))
    room("add landmine* quiet:22:00-07:00 yes")
    assert str(rule(room).quiet_hours) == "22:00-07:00@Asia/Seoul"
    room.asker = replace(room.asker, zone=ZoneInfo("Europe/Berlin"))
    room("edit W1 level:urgent")
    assert str(rule(room).quiet_hours) == "22:00-07:00@Asia/Seoul", "they keep their zone"


def test_undo_brings_back_what_was_set(room: Room) -> None:
    room("add landmine* mode:digest outlets:2 threads:off quiet:22:00-07:00 yes")
    before = rule(room)
    edited = room.ask("edit W1 mode:instant outlets:1 threads:channel quiet:off")
    assert rule(room) == Rule(
        name="landmine*",
        query="landmine*",
        channel="#nk",
        owner=ANA,
        version=2,
        created_at=NOW,
        id=1,
    )
    room.press("undo", buttons(edited.message)["undo"])
    assert rule(room) == replace(before, version=3)


def test_a_change_from_before_there_were_settings_can_be_taken_back(room: Room) -> None:
    room("add landmine* mode:digest yes")
    edited = room.ask("edit W1 level:flash")
    [*_, change] = room.store.rules.history(1)
    old = json.loads(change.before or "")
    for name in ("mode", "min_outlets", "threads", "quiet_hours"):
        del old[name]
    room.store._db.run(
        "update rule_changes set before = :old where what = 'edited'", {"old": json.dumps(old)}
    )
    room.press("undo", buttons(edited.message)["undo"])
    assert rule(room) == Rule(
        name="landmine*",
        query="landmine*",
        channel="#nk",
        owner=ANA,
        version=3,
        created_at=NOW,
        id=1,
    )


def test_why_says_that_a_rule_is_for_digests_only(room: Room) -> None:
    room("add landmine* mode:digest yes")
    room.publish(story(1, "Landmine found"))
    assert "*W1*, for digests only — " in room("why https://harbour.example/1")
