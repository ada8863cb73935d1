"""The card of a rule that is not saved yet: what it would have caught, and what to do about it."""

from __future__ import annotations

from functools import partial

from bot.commands.backtest import Effect, bars, latest_hits, numbers, of_rule, summary
from bot.commands.desk import CONSOLE, Asker, Desk, Reply, reply
from bot.commands.say import default_name, named, query_of, settings_words, typed_settings
from bot.commands.variants import Advice, advice
from bot.commands.writing import cautions, flaws
from bot.core.models import Rule
from bot.core.render import Button, code, literal, shorten
from bot.core.rules import parse

SAVE, CANCEL, TAKE = "draft_save", "draft_cancel", "draft_take"  #: action ids of the buttons
EDIT_DRAFT = "draft_edit"  #: opens the rule form, in Slack only

_MOST_CAUTIONS = 2
_PLAIN = Rule(name="", query="", channel="")


def card(desk: Desk, asker: Asker, rule: Rule, *, typed: str = "") -> Reply:
    """Show what a rule would have caught; it is kept as a draft, and watches nothing.

    Args:
        desk: keeps the draft.
        asker: whose it is.
        rule: a new one, or with an id: how that rule would be.
        typed: the words as they came.
    """
    before = desk.store.rules.get(rule.id) if rule.id else None
    effect = of_rule(desk, asker, rule, before=before)
    told = advice(desk, effect)
    keep = partial(desk.store.drafts.add, who=asker.user, channel=asker.channel, now=desk.clock())
    draft = str(keep(rule))
    buttons = [
        Button(text="Save", action_id=SAVE, value=draft, style="primary"),
        Button(text="Edit", action_id=EDIT_DRAFT, value=draft),
        Button(text="Cancel", action_id=CANCEL, value=draft),
    ]
    commands = [f"To save it: {code(type_to_save(desk, asker, rule))}"]
    if told and told.rule:
        way = "wider" if not effect.caught.alerts else "narrower"
        commands.append(f"To save the {way} one: {code(type_to_save(desk, asker, told.rule))}")
        buttons.insert(
            1, Button(text=f"Take the {way} one", action_id=TAKE, value=str(keep(told.rule)))
        )
    return reply(
        *shown(desk, asker, effect, told, typed=typed),
        *(commands if asker.user == CONSOLE else ()),
        buttons=tuple(buttons),
    )


def type_to_save(desk: Desk, asker: Asker, rule: Rule) -> str:
    """Return the command that saves a rule as it is on a card."""
    before = desk.store.rules.get(rule.id) if rule.id else None
    words = [asker.invoked_as, f"edit W{rule.id}" if rule.id else "add", rule.query]
    is_kept = before is not None and rule.name == before.name
    if '"' not in rule.name and not is_kept and rule.name != default_name(rule.query):
        words.append(f'name:"{rule.name}"')
    if rule.channel != (before.channel if before else asker.channel):
        words.append(f"in:{rule.channel}")
    return " ".join([*words, *typed_settings(rule, before or _PLAIN), "yes"])


def shown(
    desk: Desk, asker: Asker, effect: Effect, told: Advice | None, *, typed: str = ""
) -> list[str]:
    """Return what a card says above its buttons."""
    rule, before = effect.rule, effect.before
    was = f"As it is now: {numbers(before.caught)} · {query_of(before.rule)}" if before else ""
    return [
        _head(desk, rule, before.rule if before else None),
        query_of(rule),
        summary(desk, asker, effect),
        was,
        bars(asker, effect),
        told.line if told else "",
        *flaws(desk, asker, rule, typed=typed),
        *cautions(desk, parse(rule.query))[:_MOST_CAUTIONS],
        *latest_hits(desk, effect),
    ]


def _head(desk: Desk, rule: Rule, before: Rule | None) -> str:
    if before:
        what = f"the change of {named(before)}"
    elif rule.name == default_name(rule.query):
        what = "a new rule"
    else:
        what = f"*{literal(shorten(rule.name, 60))}*"
    place = [desk.directory.shown(rule.channel), str(rule.level), *settings_words(rule)]
    return " · ".join([f":mag: Not saved yet: {what}", *place])
