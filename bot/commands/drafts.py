"""The buttons of a card: save the rule on it, forget it, or take its variant."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.access import take_turn
from bot.commands.card import card, type_to_save
from bot.commands.desk import Asker, Desk, Reply, refuse, reply
from bot.commands.line import pressed_id
from bot.commands.rules import add_now, edit_now
from bot.commands.say import placed
from bot.commands.writing import find_channel, own_rule
from bot.core.render import code
from bot.store.drafts import Draft


def save_draft(desk: Desk, asker: Asker, value: str) -> Reply:
    """Let the rule of a card watch from now on; pressed again, it says that it does."""
    draft = own_draft(desk, asker, value)
    if draft.outcome == "saved":
        return _saved_already(desk, asker, draft)
    rule = draft.rule
    if rule.id:
        own_rule(desk, asker, f"W{rule.id}", verb="edit")
    again = type_to_save(desk, asker, rule)
    channel = find_channel(desk, asker, rule.channel, again=again)
    rule = replace(rule, channel=channel.address)
    with desk.store.transaction():
        draft = own_draft(desk, asker, value)  # two may have pressed at once
        if draft.outcome == "saved":
            return _saved_already(desk, asker, draft)
        return (edit_now if rule.id else add_now)(desk, asker, rule, draft_id=draft.id)


def _saved_already(desk: Desk, asker: Asker, draft: Draft) -> Reply:
    rule = desk.store.rules.get(draft.saved_as)
    assert rule is not None
    if desk.store.rules.is_removed(rule.id):
        return reply(f"It was saved as W{rule.id}, and removed since: `{asker.invoked_as} undo`")
    return reply(f":white_check_mark: It is saved already: {placed(desk, rule)}")


def cancel_draft(desk: Desk, asker: Asker, value: str) -> Reply:
    """Forget the rule of a card."""
    draft = own_draft(desk, asker, value)
    if draft.outcome == "saved":
        return _saved_already(desk, asker, draft)
    desk.store.drafts.cancel(draft.id)
    return reply(":wastebasket: Cancelled. Nothing was saved.")


def take_variant(desk: Desk, asker: Asker, value: str) -> Reply:
    """Show the card of a variant in place of the one that offered it."""
    take_turn(desk, asker)
    rule = waiting_draft(desk, asker, value).rule
    return card(desk, asker, rule)


def waiting_draft(desk: Desk, asker: Asker, value: str) -> Draft:
    """Return the draft of a button that nothing was decided about.

    Raises:
        CommandError: it was saved, or what `own_draft` raises.
    """
    draft = own_draft(desk, asker, value)
    if draft.outcome == "saved":
        raise refuse(
            f"It is saved already, as W{draft.saved_as}.",
            f"To change it: `{asker.invoked_as} edit W{draft.saved_as}`",
        )
    return draft


def own_draft(desk: Desk, asker: Asker, value: str) -> Draft:
    """Return the draft of a button.

    Raises:
        CommandError: it is too old, cancelled, or somebody else's; says what to type.
    """
    draft = desk.store.drafts.get(pressed_id(value))
    if draft is None:
        raise refuse(
            "This card is more than a day old, and its rule forgotten. Nothing was saved.",
            f"Send it again: `{asker.invoked_as} add` and your words",
        )
    if draft.who != asker.user:
        raise refuse(
            "This card is somebody else's. Nothing was saved.",
            f"A rule of your own: `{asker.invoked_as} add` and your words",
        )
    if draft.outcome == "cancelled":
        raise refuse(
            "This rule was cancelled. Nothing was saved.",
            f"Send it again: {code(type_to_save(desk, asker, draft.rule))}",
        )
    return draft
