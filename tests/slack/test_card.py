"""The card of a rule through the real app: shown, saved, edited, cancelled, by whom and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.commands.card import CANCEL, EDIT_DRAFT, SAVE, TAKE
from tests.commands.parts import BEN, BOSS, NOW, story
from tests.slack.parts import BOTH_WAYS, DMZ, NK, Office, buttons, shown_boxes, words

pytestmark = BOTH_WAYS


def queries(office: Office) -> list[str]:
    return [rule.query for rule in office.room.store.rules.live()]


def previewed(office: Office, view: dict[str, Any], **boxes: Any) -> str:
    """Press Preview in a form and return what stands on top of it then."""
    values = shown_boxes(view)
    for name, value in boxes.items():
        values[name][name].update(value)
    pressed = {"type": "button", "action_id": "form_preview", "block_id": "p"}
    office.interact(
        "block_actions",
        trigger_id=office.slack.new_trigger(),
        container={"type": "view", "view_id": view["id"]},
        view={**view, "state": {"values": values}},
        actions=[pressed],
    )
    return words(office.slack.calls_of("views.update")[-1].args["view"])


def test_add_shows_a_card_and_watches_only_after_save(office: Office) -> None:
    office.room.publish(story(1, "Landmines cleared"), story(2, "Weather"))
    said = office.command("add landmine* level:urgent")
    assert "Not saved yet: a new rule" in said
    assert "*1 entry → 1 alert (story)*, busiest day 1 (13 May), from 1 of 1 feed" in said
    assert "why: *Landmines* (title)" in said
    assert list(buttons(office.last)) == [SAVE, EDIT_DRAFT, CANCEL]
    assert (queries(office), office.slack.messages(NK)) == ([], [])
    said = office.press_in(office.last, SAVE)
    assert "Watching: *W1*" in said
    assert office.last["replace_original"] is True
    assert queries(office) == ["landmine*"]
    [line] = office.slack.messages(NK)
    assert line["text"].startswith("*ana* added *W1* (urgent)")


def test_test_shows_the_same_card(office: Office) -> None:
    office.command(f"test landmine* in:<#{DMZ}|dmz>")
    card = office.last
    assert queries(office) == []
    office.press_in(card, SAVE)
    assert office.room.store.rules.live()[0].channel == DMZ


def test_cancel_says_so_in_one_line(office: Office) -> None:
    office.command("add landmine*")
    card = office.last
    assert "Cancelled. Nothing was saved." in office.press_in(card, CANCEL)
    assert office.last["replace_original"] is True
    assert "This rule was cancelled" in office.press_in(card, SAVE)
    assert queries(office) == []


def test_a_second_press_saves_nothing_more(office: Office) -> None:
    office.command("add landmine*")
    card = office.last
    office.press_in(card, SAVE)
    assert "It is saved already: *W1*" in office.press_in(card, SAVE)
    assert queries(office) == ["landmine*"]
    assert len(office.slack.messages(NK)) == 1


def test_nobody_else_can_press(office: Office) -> None:
    office.command("add landmine*")
    card = office.last
    for action in (SAVE, CANCEL):
        assert "This card is somebody else's" in office.press_in(card, action, user=BEN)
    assert office.last.get("replace_original") is not True
    office.press_in(card, EDIT_DRAFT, user=BEN)
    assert "This card is somebody else's" in words(office.form)
    assert queries(office) == []


def test_an_old_card_explains_itself(office: Office) -> None:
    office.command("add landmine*")
    card = office.last
    office.room.store.drafts.forget(NOW + timedelta(days=2))
    for action in (SAVE, CANCEL):
        assert "more than a day old" in office.press_in(card, action)
    office.press_in(card, EDIT_DRAFT)
    assert "more than a day old" in words(office.form)


def test_edit_opens_the_form_with_what_is_on_the_card(office: Office) -> None:
    office.command('add landmine* location:"North Korea" -film level:flash outlets:2 name:"NK"')
    card = office.last
    office.press_in(card, EDIT_DRAFT)
    form = office.form
    shown = shown_boxes(form)
    assert shown["keywords"]["keywords"]["value"] == "landmine*"
    assert shown["channel"]["channel"]["selected_conversation"] == NK
    office.submit(form, keywords={"value": "minefield*"})
    [rule] = office.room.store.rules.live()
    assert rule.query == 'minefield* location:"North Korea" -film'
    assert (rule.name, rule.level, rule.min_outlets) == ("NK", "flash", 2)
    assert "It is saved already: *NK* (W1)" in office.press_in(card, SAVE)
    again = office.submit(form, keywords={"value": "mine*"})
    assert again["errors"] == {"name": "It is saved already, as W1.\nTo change it: /watch edit W1"}
    office.press_in(card, EDIT_DRAFT)
    assert "It is saved already, as W1" in words(office.form)


def test_the_change_of_a_rule_is_shown_saved_and_edited_too(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("edit W1 mine* outlets:2")
    card = office.last
    assert "the change of *W1*" in words(card)
    assert queries(office) == ["landmine*"]
    office.press_in(card, EDIT_DRAFT)
    assert office.form["title"]["text"] == "Edit W1"
    office.submit(office.form, exclude={"value": "film"})
    [rule] = office.room.store.rules.live()
    assert (rule.query, rule.min_outlets, rule.version) == ("mine* -film", 2, 2)
    office.command("edit W1 seamine*")
    card = office.last
    office.command("edit W1 level:flash", user=BOSS)
    assert "in the meantime. Nothing was saved" in office.press_in(card, SAVE)


def test_the_form_has_a_preview_on_top_of_it(office: Office) -> None:
    office.room.publish(story(1, "Landmines cleared"))
    office.command("add")
    form = office.form
    shown = previewed(office, form, keywords={"value": "landmine*"})
    assert "Not saved yet: a new rule" in shown
    assert "*1 entry → 1 alert (story)*" in shown
    assert "missing closing" in previewed(office, form, query={"value": "(a b"})
    assert queries(office) == []
    assert office.slack.calls_of("views.push")


def test_a_preview_that_slack_does_not_open_is_not_counted(office: Office) -> None:
    office.command("add")
    view = office.form
    before = len(office.slack.calls_of("views.update"))
    office.interact("block_actions", trigger_id="x", view=view,
                    actions=[{"type": "button", "action_id": "form_preview"}])  # fmt: skip
    assert len(office.slack.calls_of("views.update")) == before


def test_a_variant_takes_the_place_of_the_card(office: Office) -> None:
    office.room.publish(story(1, "A landmine cleared"))
    office.command("add landmyne")
    assert "Wider: `landmine`, 1 alert." in words(office.last)
    said = office.press_in(office.last, TAKE)
    assert "*1 entry → 1 alert (story)*" in said
    assert office.last["replace_original"] is True
    assert queries(office) == []
    office.press_in(office.last, SAVE)
    assert queries(office) == ["landmine"]


def test_lint_and_a_card_say_what_is_to_mend(office: Office) -> None:
    office.command("add missile yes")
    said = office.command("add “missile base” launch")
    assert 'I read “ as ", ” as ".' in said
    assert "W1 already catches all of it" in said
    office.press_in(office.last, SAVE)
    said = office.command("lint")
    assert "*1 thing to mend* in 2 rules" in said
    assert "`W2` W1 already catches all of it" in said
    assert "`/watch remove W2`" in said
    assert "You get no weekly message" in office.command("lint weekly off")
