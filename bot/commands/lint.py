"""What is to mend in rules: terms that are too common or silent, rules that another makes needless."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.access import visible
from bot.commands.desk import CONSOLE, Asker, Desk, Reply, is_person, refuse, reply
from bot.commands.line import first_word, is_channel, tidy
from bot.commands.listing import chosen
from bot.commands.say import count, named
from bot.commands.writing import any_rule
from bot.core.models import Rule
from bot.core.render import flaw_line
from bot.review import flaws_of

_MOST_LINES = 20


def lint(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say what is to mend in one rule, or in several; `weekly` switches the message about it."""
    word, rest = first_word(tidy(text))
    if word.lower() == "weekly":
        return _weekly(desk, asker, rest.lower())
    if rest:
        ways = ", ".join(f"`{asker.invoked_as} lint{way}`" for way in ("", " W12", " mine", " #nk"))
        raise refuse(f"One of these, please: {ways}")
    rules = visible(desk, asker)
    if word.lower() in {"", "mine", "all"} or is_channel(word):
        asked, what = chosen(desk, asker, word, rules)
    else:
        asked, what = [any_rule(desk, asker, word, verb="lint")], ""
    if not asked:
        return reply(
            f"No rules {what}. {count(len(rules), 'rule')} elsewhere: `{asker.invoked_as} lint all`"
        )
    return reply(*_found(desk, asker, asked, what, rules))


def _found(
    desk: Desk, asker: Asker, asked: Sequence[Rule], what: str, rules: Sequence[Rule]
) -> list[str]:
    found = flaws_of(desk.store, desk.book.gazetteer, asked, rules, now=desk.clock())
    lines = [
        flaw_line(flaw, invoked_as=asker.invoked_as, file=_file(rule))
        for rule in asked
        for flaw in found[rule.id]
    ]
    where = f"{count(len(asked), 'rule')} {what}" if what else named(asked[0])
    if not lines:
        return [f"Nothing to mend in {where}."]
    head = f"*{count(len(lines), 'thing')} to mend* in {where}"
    more = len(lines) - _MOST_LINES
    rest = f"and {more:,} more. One rule alone: `{asker.invoked_as} lint W{asked[-1].id}`"
    return [head, *lines[:_MOST_LINES], *([rest] if more > 0 else [])]


def _file(rule: Rule) -> str:
    return "" if is_person(rule.owner) else rule.owner


def _weekly(desk: Desk, asker: Asker, mode: str) -> Reply:
    """Say or change whether the asker is told each week what is new to mend."""
    if asker.user == CONSOLE:
        raise refuse(
            "The weekly message goes to people in Slack: type `/watch lint weekly off` there."
        )
    if mode not in {"", "on", "off"}:
        raise refuse(f"`{asker.invoked_as} lint weekly off`, or `on`")
    if mode:
        desk.store.reviews.switch(asker.user, is_off=mode == "off")
    if desk.store.reviews.of(asker.user).is_off:
        return reply(
            "You get no weekly message about your rules. "
            f"To get it again: `{asker.invoked_as} lint weekly on`"
        )
    return reply(
        "On Mondays from 9 o'clock you are told what is new to mend in your rules, if anything is. "
        f"No more of it: `{asker.invoked_as} lint weekly off`"
    )
