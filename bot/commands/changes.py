"""Undoing: the audit of a rule knows what it was before each change."""

from __future__ import annotations

import json

from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.line import pressed_id
from bot.commands.say import announce, named, placed, query_of
from bot.commands.writing import insist_on_rights
from bot.core.models import Rule
from bot.core.render import Button, moment
from bot.store.rules import RuleChange, rule_of
from bot.store.times import to_us

UNDO, REMOVE, RESUME, SHARE = "undo", "remove", "resume", "share"  #: action ids of the buttons
ADD_FORM, EDIT_FORM = "form_add", "form_edit"  #: of those that open the rule form, in Slack only


def mark(desk: Desk, rule: Rule) -> str:
    """Return a button's value: the rule, and how many changes it had when the button was shown."""
    return f"{rule.id}.{len(desk.store.rules.history(rule.id))}"


def undo_button(desk: Desk, rule: Rule) -> Button:
    """Return the button that takes the last change of a rule back."""
    return Button(text="Undo", action_id=UNDO, value=mark(desk, rule))


def as_shown(desk: Desk, asker: Asker, value: str) -> tuple[Rule, list[RuleChange]]:
    """Return the rule of a button and its history, if nobody changed it since it was shown.

    Raises:
        CommandError: somebody did; says who and when.
    """
    word, _, seen = value.partition(".")
    number = pressed_id(word)
    rule = desk.store.rules.get(number)
    history = desk.store.rules.history(number)
    if rule is None or not history:
        raise refuse(f"That rule is gone. See `{asker.invoked_as} list all`.")
    last = history[-1]
    if str(len(history)) != seen:
        raise refuse(
            f"This button is out of date: {who(last.who)} {last.what} {named(rule)} "
            f"{moment(last.at, asker.local)}. Nothing was changed.",
            f"How it is now: `{asker.invoked_as} show W{rule.id}`",
        )
    return rule, history


def insist_on_button(desk: Desk, asker: Asker, value: str) -> None:
    """Let those pass who may change the rule of a button, before they hear anything of it.

    Raises:
        CommandError: it is not theirs to change; as `insist_on_rights` says it.
    """
    rule = desk.store.rules.get(pressed_id(value.partition(".")[0]))
    if rule is not None:
        insist_on_rights(desk, asker, rule)


def undo_change(desk: Desk, asker: Asker, value: str) -> Reply:
    """Take back the change that a button stands for."""
    insist_on_button(desk, asker, value)
    with desk.store.transaction():
        rule, history = as_shown(desk, asker, value)
        last = history[-1]
        if last.what == "removed":
            return restored(desk, asker, rule)
        if last.before is None or last.what == "restored":
            return removed(desk, asker, rule)
        before = _as_it_was(rule, last.before)
        saved = desk.store.rules.edit(before, who=asker.user, now=desk.clock(), what="reverted")
    return reply(
        f":white_check_mark: As it was before: {placed(desk, saved)}",
        query_of(saved),
        buttons=(undo_button(desk, saved),),
        public=announce(asker, saved, "put back"),
    )


def _as_it_was(rule: Rule, before: str) -> Rule:
    created = to_us(rule.created_at) if rule.created_at else 0
    row = {"id": rule.id, "version": rule.version, "created_at": created}
    return rule_of({**json.loads(before), **row})


def removed(desk: Desk, asker: Asker, rule: Rule) -> Reply:
    """Remove a rule and say how to get it back."""
    desk.store.rules.remove(rule.id, who=asker.user, now=desk.clock())
    return reply(
        f":wastebasket: Removed {named(rule)}. It watches no more.",
        query_of(rule),
        f"Back again: `{asker.invoked_as} undo`",
        buttons=(undo_button(desk, rule),),
        public=announce(asker, rule, "removed"),
    )


def restored(desk: Desk, asker: Asker, rule: Rule) -> Reply:
    """Bring a removed rule back and say where it watches."""
    saved = desk.store.rules.restore(rule.id, who=asker.user, now=desk.clock())
    return reply(
        f":white_check_mark: Back again: {placed(desk, saved)}",
        query_of(saved),
        buttons=(undo_button(desk, saved),),
        public=announce(asker, saved, "brought back"),
    )
