"""What is watched: list and show."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.access import may_change, readable, visible
from bot.commands.changes import EDIT_FORM, REMOVE, RESUME, mark
from bot.commands.desk import Asker, Desk, Reply, is_person, refuse, reply, who
from bot.commands.line import channel_reference, first_word, is_channel, nearest, tidy
from bot.commands.say import (
    count,
    default_name,
    named,
    pause_note,
    placed,
    query_of,
    settings_words,
)
from bot.commands.writing import any_rule
from bot.core.models import Level, Rule
from bot.core.render import Button, bar_line, code, moment
from bot.rulebook import is_paused

DAYS = 14


def list_rules(desk: Desk, asker: Asker, text: str) -> Reply:
    """List rules: those of this channel and one's own, `mine`, `all`, or another channel's."""
    word, rest = first_word(tidy(text))
    if rest:
        raise refuse(f"One of these, please: {_choices(asker)}")
    rules = visible(desk, asker)
    found, what = chosen(desk, asker, word, rules)
    if not rules:
        return reply(
            "No rules yet. Add the first one:",
            code(f'{asker.invoked_as} add missile base* location:"North Korea"'),
        )
    if not found:
        return reply(
            f"No rules {what}. {count(len(rules), 'rule')} elsewhere: `{asker.invoked_as} list all`",
            f"To add one: {code(f'{asker.invoked_as} add missile base* in:#channel')}",
        )
    elsewhere = len(rules) - len(found)
    return reply(
        f"*{count(len(found), 'rule')}* {what}",
        *(row(desk, asker, rule) for rule in found),
        f"{elsewhere:,} more elsewhere: `{asker.invoked_as} list all`" if elsewhere else "",
    )


def _choices(asker: Asker) -> str:
    return ", ".join(
        f"`{asker.invoked_as} list{word}`" for word in ("", " mine", " all", " #channel")
    )


def chosen(desk: Desk, asker: Asker, word: str, rules: Sequence[Rule]) -> tuple[list[Rule], str]:
    """Return those of the rules that a word stands for, and how to call them.

    Raises:
        CommandError: it stands for none; says which words there are.
    """
    here = desk.directory.shown(asker.channel)
    match word.lower():
        case "":
            chosen = [r for r in rules if r.channel == asker.channel or r.owner == asker.user]
            return chosen, f"in {here} and yours"
        case "all":
            return list(rules), "in all channels"
        case "mine":
            return [rule for rule in rules if rule.owner == asker.user], "of yours"
        case _ if is_channel(word):
            address = readable(desk, asker, channel_reference(word))
            shown = desk.directory.shown(address)
            return [rule for rule in rules if rule.channel == address], f"in {shown}"
        case _:
            guess = nearest(word, ("mine", "all"))
            meant = f" Did you mean `{guess}`?" if guess else ""
            raise refuse(f"I can't list {code(word)}.{meant} There are {_choices(asker)}")


def row(desk: Desk, asker: Asker, rule: Rule, *, more: Sequence[str] = ()) -> str:
    """Return a rule as one line of a list.

    Args:
        desk: where the rule is.
        asker: who reads it.
        rule: which one.
        more: what else there is to say of it, as mrkdwn.
    """
    loud = [] if rule.level is Level.INFO else [str(rule.level)]
    paused = pause_note(rule, asker, desk.clock())
    shown = desk.directory.shown(rule.channel)
    where = " · ".join([shown, *loud, *settings_words(rule), who(rule.owner)])
    title = f"`W{rule.id}` "
    if rule.name != default_name(rule.query):
        title += f"{named(rule).rpartition(' (')[0]} "
    said = [f"{title}{query_of(rule)}", where, *([paused] if paused else []), *more]
    return " · ".join(said)


def show(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show one rule with all that is known about it."""
    word, rest = first_word(tidy(text))
    if rest:
        raise refuse(f"One rule at a time, please: `{asker.invoked_as} show W12`")
    rule = any_rule(desk, asker, word, verb="show")
    now = desk.clock()
    per_day = desk.store.digests.per_day(now, days=DAYS).get(rule.id, (0,) * DAYS)
    history = desk.store.rules.history(rule.id)
    changed = (
        f" · {history[-1].what} by {who(history[-1].who)} {moment(history[-1].at, asker.local)}"
    )
    mine = may_change(desk, asker, rule) and is_person(rule.owner)
    return reply(
        placed(desk, rule),
        query_of(rule),
        f"{count(sum(per_day), 'entry', 'entries')} in {DAYS} days `{bar_line(per_day, max(per_day))}`",
        f"by {who(rule.owner)} · version {rule.version}{changed if history else ''}",
        pause_note(rule, asker, now),
        f"Change it: `{asker.invoked_as} edit W{rule.id} …`" if mine else "",
        buttons=_buttons(desk, rule) if mine else (),
    )


def _buttons(desk: Desk, rule: Rule) -> tuple[Button, ...]:
    remove = Button(
        text="Remove",
        action_id=REMOVE,
        value=mark(desk, rule),
        style="danger",
        confirm=f"W{rule.id} will watch no more. You can undo this.",
    )
    edit = Button(text="Edit", action_id=EDIT_FORM, value=str(rule.id))
    if not is_paused(rule, desk.clock()):
        return (edit, remove)
    return (edit, Button(text="Resume", action_id=RESUME, value=str(rule.id)), remove)
