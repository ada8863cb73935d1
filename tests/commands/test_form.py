"""The rule form: whatever a rule says, its boxes say it too, and give the very same rule back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.form import Filled, FormError, filled_from, save
from bot.commands.say import default_name
from bot.core.models import Form, Level, Mode, Rule, Threads
from bot.core.quiet import QuietHours
from bot.core.rules import canonical, from_form
from bot.errors import CommandError, RuleError
from bot.slack_app.forms import form_view, read_form
from tests.commands.parts import ANA, NOW, Room, open_room
from tests.servers.block_kit import problems
from tests.slack.parts import shown_boxes

words = st.lists(
    st.one_of(
        st.sampled_from(
            ["missile*", '"ballistic missile"', "a, b", "C++", "“quoted”", "발사", "Kim Jong Un"]
        ),
        st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12),
    ),
    max_size=4,
    unique=True,
).map(tuple)
names = st.lists(
    st.sampled_from(["North Korea", "Sohae", "Georgia", "Kim Jong Un", "nobody, known", "x" * 151]),
    max_size=3,
    unique=True,
).map(tuple)
forms = st.builds(Form, keywords=words, actors=names, locations=names, exclude=words)
queries = st.sampled_from(["", "", "title:missile NEAR/5 base", "a OR (b c)", "-film", "lang:ko"])
hours = st.sampled_from(["22:00-07:00@Asia/Seoul", "00:30-12:00@UTC"]).map(QuietHours.of)


@st.composite
def rules(draw: st.DrawFn) -> Rule | None:
    """Return any rule that may stand in the store; None for what is none."""
    form, query = draw(forms), draw(queries)
    try:
        text = canonical(from_form(form, query))
    except RuleError:
        return None
    name = draw(st.sampled_from(["", "NK", "“curly” & <b>", "n" * 120]))
    return Rule(
        name=name or default_name(text),
        query=text,
        form=None if query else form,
        channel=draw(st.sampled_from(["#nk", "#dmz"])),
        level=draw(st.sampled_from(Level)),
        mode=draw(st.sampled_from(Mode)),
        min_outlets=draw(st.integers(1, 9)),
        threads=draw(st.none() | st.sampled_from(Threads)),
        quiet_hours=draw(st.none() | hours),
        owner=ANA,
    )


def through_slack(filled: Filled) -> Filled:
    """Return what comes back of a form that nobody touched."""
    view: dict[str, Any] = form_view(filled)
    assert problems(view, mentions=True) == []
    return read_form({**view, "state": {"values": shown_boxes(view)}})


@settings(max_examples=150, deadline=None)
@given(rules())
def test_a_rule_that_is_opened_and_saved_unchanged_is_the_same_rule(rule: Rule | None) -> None:
    if rule is None:
        return
    with open_room() as room:
        saved = room.store.rules.add(rule, who=ANA, now=NOW)
        back = through_slack(filled_from(room.desk, room.asker, "W1"))
        with pytest.raises(FormError, match="Nothing is different"):
            save(room.desk, room.asker, back)
        assert room.store.rules.get(1) == saved
        louder = Level.FLASH if rule.level is not Level.FLASH else Level.INFO
        _, changed = save(room.desk, room.asker, replace(back, level=louder))
        assert replace(changed, form=saved.form) == replace(saved, level=louder, version=2)


def filled(room: Room, **boxes: Any) -> Rule:
    """Fill in the form and save it."""
    return save(
        room.desk, room.asker, Filled(channel="#nk", form=Form(keywords=("mine",)), **boxes)
    )[1]


def test_every_setting_has_its_box(room: Room) -> None:
    rule = filled(
        room,
        level=Level.URGENT,
        mode=Mode.DIGEST,
        threads=Threads.OFF,
        quiet="22:00-07:00@Asia/Seoul",
        min_outlets=3,
    )
    assert (rule.level, rule.mode, rule.threads) == (Level.URGENT, Mode.DIGEST, Threads.OFF)
    assert (str(rule.quiet_hours), rule.min_outlets) == ("22:00-07:00@Asia/Seoul", 3)


def test_quiet_hours_are_on_the_askers_clocks_and_go_when_their_box_is_emptied(room: Room) -> None:
    room.asker = replace(room.asker, zone=ZoneInfo("Asia/Seoul"))
    assert str(filled(room, quiet=" 22–7 ").quiet_hours) == "22:00-07:00@Asia/Seoul"
    opened = filled_from(room.desk, room.asker, "W1")
    assert opened.quiet == "22:00-07:00@Asia/Seoul"
    _, rule = save(room.desk, room.asker, replace(opened, quiet=""))
    assert rule.quiet_hours is None
    opened = filled_from(room.desk, room.asker, "W1")
    _, rule = save(room.desk, room.asker, replace(opened, quiet="off", mode=Mode.DIGEST))
    assert rule.quiet_hours is None


def test_hours_that_can_not_be_read_are_said_with_all_else_that_is_wrong(room: Room) -> None:
    with pytest.raises(FormError) as caught:
        filled(room, quiet="all night", query="(a b")
    assert set(caught.value.errors) == {"quiet", "query"}
    assert caught.value.errors["quiet"] == (
        "all night are no hours: write 22:00-07:00@Asia/Seoul. Empty for none."
    )


def test_what_is_too_long_for_any_form_says_how_to_change_it_by_words(room: Room) -> None:
    query = " OR ".join(f"word{number:04}" for number in range(300))
    form = Form(keywords=tuple(f"word{number:04}" for number in range(300)))
    rule = Rule(name="Long", query=query, form=form, channel="#nk", owner=ANA)
    room.store.rules.add(rule, who=ANA, now=NOW)
    many = Form(keywords=tuple(f"{number:04}{'x' * 40}" for number in range(80)))
    query = canonical(from_form(many))
    room.store.rules.add(replace(rule, query=query, form=many), who=ANA, now=NOW)
    assert filled_from(room.desk, room.asker, "W1").form == form
    with pytest.raises(CommandError, match=r"`/watch edit W2 \+launch -opinion`"):
        filled_from(room.desk, room.asker, "W2")
