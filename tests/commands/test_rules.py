"""Rules by command: add, edit, remove, undo, pause, resume."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import Form, Level, Rule
from bot.store.times import FOREVER
from tests.commands.parts import ANA, BEN, BOSS, NOW, Room, buttons, said, story

BASES = 'missile base* location:"North Korea" -football'


def rule(room: Room, number: int = 1) -> Rule:
    found = room.store.rules.get(number)
    assert found is not None
    return found


# ── add ───────────────────────────────────────────────────────────────────────


def test_a_rule_is_saved_echoed_and_announced(room: Room) -> None:
    reply = room.ask(f'add {BASES} name:"NK bases" level:urgent yes')
    saved = rule(room)
    assert (saved.name, saved.query, saved.channel) == ("NK bases", BASES, "#nk")
    assert (saved.level, saved.owner, saved.form) == (Level.URGENT, ANA, None)
    words = said(reply.message)
    assert "NK bases∗" not in words
    assert "*NK bases* (W1) · #nk · urgent" in words
    assert f"`{BASES}`" in words
    assert "No entries are stored yet" in words
    [(channel, line)] = reply.public
    assert channel == "#nk"
    assert line.text == f"*ana* added *NK bases* (W1) (urgent): `{BASES}`"


def test_the_echo_is_the_one_canonical_spelling(room: Room) -> None:
    words = room("ADD  “ballistic missile”   NOT football ( Sohae OR launch* )")
    assert '`"ballistic missile" -football (Sohae OR launch*)`' in words


def test_a_rule_that_nobody_named_goes_by_its_number(room: Room) -> None:
    assert room.ask("add landmine* yes").public[0][1].text == "*ana* added *W1*: `landmine*`"
    assert rule(room).name == "landmine*"


def test_a_rule_says_what_it_would_have_caught(room: Room) -> None:
    room.publish(story(1, "Landmines cleared"), story(2, "Weather"))
    words = room("add landmine* yes")
    assert "*1 entry → 1 alert (story)*, busiest day 1 (13 May), from 1 of 1 feed" in words
    assert "caught nothing of 2 entries" in room("add earthquake yes")


def test_unknown_and_ambiguous_names_are_told_and_saved_all_the_same(room: Room) -> None:
    words = room('add actor:"Kim Jong Um" location:Georgia yes')
    assert "I don't know the actor `Kim Jong Um`" in words
    assert "Did you mean `Kim Jong Un`" in words
    assert "`Georgia` may be several places" in words
    assert "I take it for Georgia (country), not Georgia (region)." in words
    assert rule(room).query == 'actor:"Kim Jong Um" location:Georgia'


def test_the_channel_may_be_another_one(room: Room) -> None:
    room("add landmine* in:#dmz yes")
    assert rule(room).channel == "C0DMZ0000"


def test_the_same_rule_twice_in_a_channel_is_refused(room: Room) -> None:
    room("add landmine* yes")
    assert "*W1* already watches exactly this in #nk" in room.refused("add Landmine* level:flash")
    assert "`/watch edit W1 …`" in room.refused("add landmine*")
    room("add landmine* in:#dmz yes")


def test_a_rule_in_direct_messages_is_nobodys_business(room: Room) -> None:
    room.asker = replace(room.asker, channel="D0ANA")
    saved = room.store.rules.add(
        Rule(name="x", query="x", channel="D0ANA", owner=ANA), who=ANA, now=NOW
    )
    assert room.ask(f"remove W{saved.id} yes").public == ()


# ── edit ──────────────────────────────────────────────────────────────────────


def test_a_new_query_replaces_the_old_one(room: Room) -> None:
    room(f"add {BASES} yes")
    reply = room.ask("edit W1 missile* location:Sohae yes")
    assert rule(room).query == "missile* location:Sohae"
    assert rule(room).version == 2
    assert rule(room).name == "missile* location:Sohae"  # nobody had named it
    assert reply.public[0][1].text == "*ana* changed *W1*: `missile* location:Sohae`"


def test_options_alone_change_only_themselves(room: Room) -> None:
    room("add landmine* yes")
    room("edit w1 level:flash name:Mines")
    assert (rule(room).query, rule(room).level, rule(room).name) == (
        "landmine*",
        Level.FLASH,
        "Mines",
    )
    room("edit W1 mine* yes")
    assert rule(room).name == "Mines"


def test_terms_with_plus_and_minus_narrow_the_old_query(room: Room) -> None:
    room("add missile* OR rocket* yes")
    room('edit W1 +launch -"op ed" +location:Sohae yes')
    assert rule(room).query == '(missile* OR rocket*) launch -"op ed" location:Sohae'
    room("edit W1 -(sport OR music) level:urgent yes")
    assert rule(room).query.endswith("-(sport OR music)")
    assert rule(room).level is Level.URGENT


def test_moving_a_rule_is_told_in_both_channels(room: Room) -> None:
    room("add landmine* yes")
    reply = room.ask("edit W1 in:#dmz")
    told = {channel: line.text for channel, line in reply.public}
    assert told == {
        "#nk": "*ana* moved away *W1*: `landmine*`",
        "C0DMZ0000": "*ana* changed *W1*: `landmine*`",
    }


def test_an_edit_that_changes_nothing_or_repeats_another_rule_is_refused(room: Room) -> None:
    room("add landmine* yes")
    room("add mine* yes")
    assert "is like that already" in room.refused("edit W1 landmine*")
    assert "already watches exactly this" in room.refused("edit W2 landmine*")
    assert rule(room, 2).query == "mine*"


def test_a_form_stays_until_the_query_changes(room: Room) -> None:
    room.store.rules.add(
        Rule(name="x", query="a1", channel="#nk", form=Form(keywords=("a1",)), owner=ANA),
        who=ANA,
        now=NOW,
    )
    room("edit W1 level:flash")
    assert rule(room).form == Form(keywords=("a1",))
    room("edit W1 +b1 yes")
    assert rule(room).form is None


def test_errors_point_into_what_was_typed(room: Room) -> None:
    assert '(at 18)\n```(launch location:"North\n                 ^```' in room.refused(
        'add (launch location:"North'
    )
    room("add missile* yes")
    assert "(at 6)\n```+a1 -(b\n     ^```" in room.refused("edit W1 +a1 -(b")
    assert "Nothing was saved" in room.refused("edit W1 (b")
    assert rule(room).query == "missile*"


def test_a_long_query_is_shown_around_the_error(room: Room) -> None:
    words = room.refused("add " + "word " * 60 + '"open' + " x" * 60)
    block = words.split("```")[1]
    assert block.startswith("…")
    first, mark = block.split("\n")
    assert first[mark.index("^")] == '"'
    assert len(first) < 130


def test_wide_characters_do_not_shift_the_mark(room: Room) -> None:
    block = room.refused('add 미사일 "기지').split("```")[1]
    assert block == '미사일 "기지\n       ^'


def test_what_a_person_types_can_ring_no_bell(room: Room) -> None:
    words = room('add missile <!channel> name:"<!here> *bold*" yes')
    assert "<!" not in words
    assert "&lt;!here&gt; ∗bold∗" in words
    assert "<!" not in room.refused('add <!channel> "open ```')


# ── whose ─────────────────────────────────────────────────────────────────────


def test_owner_channel_and_admins_may_change_a_rule_and_nobody_else(room: Room) -> None:
    room("add landmine* yes")
    words = room.refused("edit W1 level:flash", as_=BEN, at="#other")
    assert f"belongs to <@{ANA}>" in words
    assert "#nk" in words
    room("edit W1 level:flash", as_=BEN, at="#nk")
    room("edit W1 level:info", as_=ANA, at="#other")
    room("edit W1 level:urgent", as_=BOSS, at="#other")


@pytest.mark.parametrize("line", ["edit W1 +x1", "remove W1", "pause W1", "resume W1"])
def test_rules_of_the_configuration_are_changed_there(room: Room, line: str) -> None:
    room.store.rules.configure(
        [Rule(name="x", query="landmine*", channel="#nk", owner="feeds.yaml")],
        origin="feeds.yaml",
        now=NOW,
    )
    words = room.refused(line, as_=BOSS)
    assert "stands in feeds.yaml: change it there" in words
    assert "`/watch add landmine*`" in words


# ── remove, undo ──────────────────────────────────────────────────────────────


def test_removing_asks_first(room: Room) -> None:
    room("add landmine* yes")
    reply = room.ask("rm W1")
    assert not room.store.rules.is_removed(1)
    assert "`/watch remove W1 yes`" in said(reply.message)
    assert buttons(reply.message) == {"remove": "1.1"}
    assert "Removed *W1*" in room.press("remove", "1.1")
    assert room.store.rules.is_removed(1)


def test_yes_removes_and_undo_brings_back(room: Room) -> None:
    room("add landmine* yes")
    reply = room.ask("remove W1 yes")
    assert reply.public[0][1].text == "*ana* removed *W1*: `landmine*`"
    assert "Back again: *W1* · #nk" in room("undo")
    assert not room.store.rules.is_removed(1)
    assert "nothing to bring back" in room.refused("undo")


def test_a_button_that_is_out_of_date_says_so_and_does_nothing(room: Room) -> None:
    room("add landmine* yes")
    room("edit W1 level:flash", as_=BEN)
    words = room.press_refused("remove", "1.1")
    assert f"out of date: <@{BEN}> edited *W1*" in words
    assert not room.store.rules.is_removed(1)
    assert "That rule is gone" in room.press_refused("undo", "77.1")


def test_undo_takes_back_whatever_was_done(room: Room) -> None:
    added = buttons(room.ask("add landmine* level:urgent yes").message)["undo"]
    assert "Removed" in room.press("undo", added)
    assert "Back again" in room("undo")
    edited = buttons(room.ask("edit W1 mine* in:#dmz level:info name:x yes").message)["undo"]
    assert "As it was before" in room.press("undo", edited)
    assert (rule(room).query, rule(room).channel, rule(room).level) == (
        "landmine*",
        "#nk",
        Level.URGENT,
    )
    paused = buttons(room.ask("pause W1").message)["undo"]
    room.press("undo", paused)
    assert rule(room).paused_until is None
    removed = buttons(room.ask("remove W1 yes").message)["undo"]
    room.press("undo", removed)
    assert not room.store.rules.is_removed(1)
    assert rule(room).created_at == NOW


def test_undo_of_a_restored_rule_removes_it_again(room: Room) -> None:
    room("add landmine* yes")
    room("remove W1 yes")
    value = buttons(room.ask("undo").message)["undo"]
    room.press("undo", value)
    assert room.store.rules.is_removed(1)


def test_a_button_needs_the_same_rights_as_the_command(room: Room) -> None:
    room("add landmine* yes")
    assert "belongs to" in room.press_refused("undo", "1.1", as_=BEN, at="#other")
    assert "belongs to" in room.press_refused("remove", "1.1", as_=BEN, at="#other")
    room("remove W1 yes")
    assert "belongs to" in room.press_refused("undo", "1.2", as_=BEN, at="#other")


# ── pause, resume ─────────────────────────────────────────────────────────────


def test_a_rule_can_be_silenced_and_woken(room: Room) -> None:
    room("add landmine* yes")
    reply = room.ask("pause W1 2d")
    assert rule(room).paused_until == NOW + timedelta(days=2)
    assert reply.public[0][1].text.startswith("*ana* paused *W1* until <!date^")
    assert "paused until" in room("list")
    room.forward(days=1)
    assert "Watching again" in room.press("resume", "1")
    assert rule(room).paused_until is None
    assert "is not paused" in room.refused("resume W1")


def test_without_a_time_it_is_until_resumed(room: Room) -> None:
    room("add landmine* yes")
    assert "until resumed" in room("PAUSE w1")
    assert rule(room).paused_until == FOREVER


def test_a_pause_that_is_over_is_no_pause(room: Room) -> None:
    room("add landmine* yes")
    room("pause W1 1h")
    room.forward(hours=2)
    assert "is not paused" in room.refused("resume W1")
    assert "paused" not in room("show W1").split("version")[0]


def test_a_channel_that_refused_is_tried_again(room: Room) -> None:
    room.store.channels.pause(
        "#nk", until=NOW + timedelta(hours=1), reason="not_in_channel", advice="x", now=NOW
    )
    assert "Trying #nk again now" in room("resume #nk")
    assert room.store.channels.works("#nk", not_before=NOW, now=NOW), "until it works"
    assert "Nothing is held back for `#nk`" in room.refused("resume #nk")
    assert "Nothing is held back" in room.refused("resume #Not-A-Channel!")
