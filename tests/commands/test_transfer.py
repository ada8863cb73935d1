"""Rules as YAML: out and back in, byte for byte; everything or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.desk import CONSOLE
from bot.commands.transfer import MOST_CHARS
from bot.config import load_rules
from bot.config.file import KEYS
from bot.core.models import Form, Level, Mode, Rule, Threads
from bot.core.quiet import QuietHours
from bot.core.rules import canonical, from_form, parse
from bot.store.times import FOREVER
from tests.commands.parts import ANA, BEN, NOW, Room, Town, open_room
from tests.render.hostile import texts

OPEN, TEAM, OWN = "#nk", "#team", "D0ANA0000"
FORM = Form(keywords=("missile*",), locations=("Sohae",), exclude=("film",))


def town() -> Town:
    return Town(members={OPEN: {ANA, BEN}, TEAM: {BEN}, "#dmz": {ANA}}, private={TEAM})


@pytest.fixture
def room() -> Iterator[Room]:
    with open_room(directory=town()) as made:
        yield made


def yaml_of(room: Room, word: str = "all", *, as_: str = "") -> str:
    """Return what the answer shows in its block."""
    reply = room.ask(f"export {word}", as_=as_)
    [block] = [one for one in reply.message.blocks if one["type"] == "rich_text"]
    shown = "".join(part["text"] for part in block["elements"][0]["elements"])
    assert reply.raw == ""
    return str(shown)


def fill(room: Room) -> None:
    query = canonical(from_form(FORM))
    for rule in (
        Rule(name="NK missiles", query=query, form=FORM, channel=OPEN, level=Level.FLASH),
        Rule(
            name="yes", query='"ballistic missile"', channel="#dmz", min_outlets=2, mode=Mode.DIGEST
        ),
        Rule(name="landmine*", query="landmine*", channel=OPEN),
        Rule(name="landmine*", query="landmine*", channel="#dmz", paused_until=FOREVER),
        Rule(name="Mine: <!channel> # “x”", query="지뢰", channel=OWN),
        Rule(
            name="off",
            query="mine",
            channel="#dmz",
            threads=Threads.OFF,
            quiet_hours=QuietHours.of("22:00-07:00@Asia/Seoul"),
        ),
    ):
        room.store.rules.add(replace(rule, owner=ANA), who=ANA, now=NOW)


def test_what_is_exported_comes_back_byte_for_byte(room: Room) -> None:
    fill(room)
    before = yaml_of(room)
    rules = room.store.rules.live()
    assert "6 as they were" in room(f"import\n{before}")
    for rule in rules:
        room.store.rules.remove(rule.id, who=ANA, now=NOW)
    assert "6 rules added, 0 changed" in room(f"import\n```\n{before}```")
    assert yaml_of(room) == before
    again = room.store.rules.live()
    assert [replace(rule, id=0, version=1, created_at=None) for rule in again] == [
        replace(rule, id=0, version=1, created_at=None) for rule in rules
    ]


names = st.one_of(
    texts, st.sampled_from(["no", "12", "~", "- x", "a: b", "#x", "'", '"', "x\u00a0y"])
)


@settings(max_examples=60)
@given(st.lists(st.tuples(names, st.sampled_from(list(Level))), min_size=1, max_size=4))
def test_any_name_comes_back(given_names: list[tuple[str, Level]]) -> None:
    with open_room(directory=town()) as room:
        for number, (name, level) in enumerate(given_names):
            shown = " ".join("".join(c for c in name if not "\ud800" <= c <= "\udfff").split())
            if shown:
                rule = Rule(name=f"{number} {shown}", query="mine", channel=OPEN, level=level)
                room.store.rules.add(replace(rule, owner=ANA), who=ANA, now=NOW)
        if not room.store.rules.live():
            return
        before = room.ask("export all", as_=CONSOLE).raw
        assert "<" not in before
        for rule in room.store.rules.live():
            room.store.rules.remove(rule.id, who=ANA, now=NOW)
        room(f"import {before}")
        assert room.ask("export all", as_=CONSOLE).raw == before


def test_every_key_of_a_rule_is_exported(room: Room) -> None:
    fill(room)
    written = yaml_of(room)
    missing = [
        key for key in KEYS["rules"] if f" {key}: " not in written and f"{key}:\n" not in written
    ]
    assert missing == ["actors"]  # like the other lists


def test_it_can_stand_in_the_configuration(room: Room, tmp_path: Path) -> None:
    fill(room)
    file = tmp_path / "rules.yaml"
    file.write_text(yaml_of(room, OPEN), encoding="utf-8")
    assert [rule.query for rule in load_rules(file)] == [
        canonical(parse(rule.query)) for rule in room.store.rules.live() if rule.channel == OPEN
    ]


def test_only_what_one_may_see_is_exported(room: Room) -> None:
    room("add sanctions name:Heron yes", as_=BEN, at=TEAM)
    room("add landmine* yes")
    assert "Heron" not in yaml_of(room)
    assert "Heron" in yaml_of(room, as_=BEN)
    assert "no rules in #team" in room(f"export {TEAM}")


def test_a_changed_line_changes_the_rule_of_that_name(room: Room) -> None:
    fill(room)
    room("pause W3 2d")
    written = yaml_of(room).replace("level: flash", "level: urgent").replace("  paused: true\n", "")
    reply = room.ask(f"import {written}", at="#elsewhere")
    assert "0 rules added, 2 changed, 4 as they were" in reply.message.text
    assert "Changed: W1, W4" in reply.message.text
    lines = {channel: line.text for channel, line in reply.public}
    assert lines == {OPEN: "*ana* imported 1 rule: W1", "#dmz": "*ana* imported 1 rule: W4"}
    first, _, third, fourth, *_ = room.store.rules.live()
    assert (first.level, first.owner, first.version) == (Level.URGENT, ANA, 2)
    assert third.paused_until not in {None, FOREVER}
    assert fourth.paused_until is None
    assert [one.what for one in room.store.rules.history(1)] == ["added", "edited"]


def test_without_a_channel_it_is_this_one(room: Room) -> None:
    room("import [{keywords: [minefield*]}]", at="#dmz")
    rule = room.store.rules.get(1)
    assert rule is not None
    assert (rule.channel, rule.name, rule.owner) == ("#dmz", "minefield*", ANA)


def test_slack_writes_channels_in_its_own_way(room: Room) -> None:
    room.desk.directory.members["C0DMZ0000"] = {ANA}  # type: ignore[attr-defined]  # a Town
    room("import [{keywords: [mine], channel: '<#C0DMZ0000|dmz>'}]")
    assert [rule.channel for rule in room.store.rules.live()] == ["C0DMZ0000"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Shift+Enter"),
        ("nonsense", "line:1: what you sent should be key∶ value lines"),
        ("[{keywords: [x1}]", "line:1: not YAML"),
        ("\nrules:\n- keyword: [a]", "line:3: unknown key"),
        ("\nrules:\n- keywords: [a]\n  level: loud\n- query: (b", "line:4: "),
        ("[{keywords: [aa], name: n}, {keywords: [bb], name: N}]", "the same `name`"),
        ("[{keywords: [aa], channel: '#none'}]", "I can't find the channel"),
        (f"[{{keywords: [aa], channel: '{TEAM}'}}]", "I can't find the channel"),
    ],
)
def test_one_mistake_and_nothing_is_saved(room: Room, text: str, said: str) -> None:
    refused = room.refused(f"import {text}").replace("ˋ", "`").replace("∶", ":")
    assert said.replace("∶", ":") in refused
    assert room.store.rules.live() == []


def test_all_problems_are_said_at_once_and_a_few_shown(room: Room) -> None:
    refused = room.refused("import rules:\n" + "- keyword: [a]\n" * 15)
    assert "line:2: " in refused
    assert " more" in refused


def test_a_rule_of_others_is_not_changed_by_import(room: Room) -> None:
    room("add flood name:Flood in:#dmz yes")
    refused = room.refused(
        "import [{name: New, query: x1}, {name: Flood, query: storm, channel: '#dmz'}]", as_=BEN
    )
    assert "belongs to" in refused
    assert [rule.query for rule in room.store.rules.live()] == ["flood"]


def test_what_is_too_much_for_a_message_is_for_the_terminal(room: Room) -> None:
    for number in range(120):
        room(
            f"add word{number} name:“a name that is quite long for no reason, number {number}” yes"
        )
    assert "`bot watch export all &gt; rules.yaml`" in room.refused("export all")
    raw = room.ask("export all", as_=CONSOLE).raw
    assert len(raw) > MOST_CHARS
    assert "120 as they were" in room(f"import {raw}", as_=CONSOLE)
    many = ", ".join(f"{{query: x{number}}}" for number in range(201))
    assert "At most 200" in room.refused(f"import [{many}]")
    assert "One of these" in room.refused("export all please")
