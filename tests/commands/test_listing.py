"""List, show, history, help, and what the bare command says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands import SPELLINGS, VERBS
from bot.core.models import Rule
from bot.store.times import FOREVER
from tests.commands.parts import ANA, BEN, NOW, Room, buttons, said, story


def test_an_empty_list_says_how_to_begin(room: Room) -> None:
    assert "`/watch add missile base*" in room("list")


def test_the_list_is_of_here_and_of_oneself(room: Room) -> None:
    room("add landmine* yes")
    room('add mine* name:"Deep mines" level:flash yes', as_=BEN)
    room("add elsewhere yes", as_=BEN, at="#other")
    words = room("list")
    assert "*2 rules* in #nk and yours" in words
    assert f"`W1` `landmine*` · #nk · <@{ANA}>" in words
    assert f"`W2` *Deep mines* `mine*` · #nk · flash · <@{BEN}>" in words
    assert "1 more elsewhere: `/watch list all`" in words
    assert "*2 rules*" in room("LS mine", as_=BEN)
    assert "*3 rules*" in room("list all")
    assert "*1 rule* in #other" in room("list #other")
    assert "No rules in #dmz" in room("list <#C0DMZ0000|dmz>")
    assert "3 rules elsewhere" in room("list #dmz")


def test_what_can_not_be_listed_says_what_can(room: Room) -> None:
    room("add landmine* yes")
    assert "Did you mean `mine`?" in room.refused("list mien")
    assert "`/watch list all`" in room.refused("list zzz")
    assert "`/watch list all`" in room.refused("list all rules")


def test_a_thousand_rules_fit(room: Room) -> None:
    with room.store.transaction():
        for number in range(1000):
            rule = Rule(name=f"n{number}", query=f"word{number} & <co>", channel="#nk", owner=ANA)
            room.store.rules.add(rule, who=ANA, now=NOW)
    assert "more lines" in room("list all")


def test_one_rule_with_all_about_it(room: Room) -> None:
    room('add landmine* name:"Mines" yes')
    room.publish(story(1, "Landmines found"))
    room.forward(minutes=1)
    reply = room.ask("show w1")
    words = said(reply.message)
    assert "*Mines* (W1) · #nk · info" in words
    assert "1 entry in 14 days `▁▁▁▁▁▁▁▁▁▁▁▁▁█`" in words
    assert f"by <@{ANA}> · version 1 · added by <@{ANA}>" in words
    assert buttons(reply.message) == {"form_edit": "1", "remove": "1.1"}
    room("pause 1")
    reply = room.ask("show W1")
    assert "paused until resumed" in said(reply.message)
    assert buttons(reply.message) == {"form_edit": "1", "resume": "1", "remove": "1.2"}
    assert buttons(room.ask("show W1", as_=BEN, at="#other").message) == {}


def test_the_history_tells_who_did_what_even_of_removed_rules(room: Room) -> None:
    room("add landmine* yes")
    room("edit W1 level:flash", as_=BEN)
    room("remove W1 yes")
    lines = room("history W1").splitlines()
    assert [line.rpartition(" · ")[2] for line in lines if " by " in line][:3] == [
        f"added by <@{ANA}>",
        f"edited by <@{BEN}>",
        f"removed by <@{ANA}>",
    ]
    for _ in range(12):
        room("undo")
        room("remove W1 yes")
    assert "… 7 earlier" in room("history W1")


@pytest.mark.parametrize("verb", ["show", "edit", "remove", "pause", "resume"])
def test_every_verb_on_a_rule_says_what_to_do_without_one(room: Room, verb: str) -> None:
    for text in (verb, f"{verb} zzz", f"{verb} W7"):
        words = room.refused(text)
        assert "`/watch list all`" in words
    room("add landmine* yes")
    room("remove W1 yes")
    assert "was removed" in room.refused(f"{verb} W1")


def test_paused_for_ever_is_said_in_words(room: Room) -> None:
    room("add landmine* yes")
    room.store.rules.pause(
        room.store.rules.live()[0], until=FOREVER, who=ANA, now=NOW + timedelta(1)
    )
    assert "paused until resumed" in room("list")


# ── help ──────────────────────────────────────────────────────────────────────


def test_the_bare_command_shows_three_examples(room: Room) -> None:
    words = room("").split("\n")
    assert sum(line.startswith("`/watch ") for line in words) >= 3
    assert room("   ") == room("")


def test_help_lists_every_verb_and_explains_each(room: Room) -> None:
    listing = room("help")
    for verb in VERBS:
        assert f"`/watch {verb.name}" in listing
        told = room(f"HELP {verb.name}")
        assert verb.says in told
        assert all(f"`/watch {example}`" in told for example in verb.examples)
        assert len(told.split("\n")) // 2 <= 8
    assert "`/digest" in listing
    assert "`/digest 7d`" in room("help digest") == room("help", command="digest")
    assert "Did you mean `/watch help add`?" in room.refused("help addd")
    assert "`/watch help`" in room.refused("help zzz")


def test_the_name_that_was_typed_is_the_name_in_the_help(room: Room) -> None:
    reply = room.ask("help remove", command="watch")
    assert "/watch remove W12" in said(reply.message)


def test_an_unknown_verb_gets_the_nearest_and_an_example(room: Room) -> None:
    words = room.refused("lisst")
    assert "Did you mean `list`?" in words
    assert "`/watch list`" in words
    assert "To watch for it: `/watch add missile bases`" in room.refused("missile bases")
    assert "`/watch feed remove F7`" in room.refused("feed F7")


def test_every_spelling_is_lower_case_and_means_one_thing() -> None:
    spelled = [one for verb in VERBS for one in (verb.name, *verb.aliases)]
    assert len(spelled) == len(set(spelled)) == len(SPELLINGS)
    assert all(one == one.lower() for one in spelled)


def test_a_digest_may_be_asked_for_with_either_command(room: Room) -> None:
    assert "Digest · last 7 d" in room("digest 7d")
