"""Who changed what, and when: of a rule, a feed, a channel, or of everything."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from bot.commands.access import may_know, may_read, may_see, readable
from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.feeds import titled
from bot.commands.line import channel_reference, first_word, is_channel, numbered, tidy
from bot.commands.say import named, query_of
from bot.core.models import Rule
from bot.core.render import code, literal, moment, shorten
from bot.store.changes import CHANNEL, ENTITY, FEED, RULE, STORY, Change

_MOST = 20
_LOOKED_THROUGH = 500  #: of all changes, to find the latest that the asker may know of


def history(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show the changes of `W12`, `F7` or `#channel`; without a word, the latest of all."""
    word, rest = first_word(tidy(text))
    if not word:
        return _of_everything(desk, asker)
    if not rest and is_channel(word):
        return _of_channel(desk, asker, word)
    if not rest and word[0] in "fF" and (feed := numbered(word, "F")) is not None:
        return _of_feed(desk, asker, feed)
    number = None if rest else numbered(word, "W")
    rule = desk.store.rules.get(number) if number is not None else None
    if rule is None or not may_see(desk, asker, rule):
        raise refuse(
            f"There is no rule {code(text.strip())}. Like these: `{asker.invoked_as} history W12`, "
            "`history F7`, `history #channel`.",
            f"All rules: `{asker.invoked_as} list all`",
        )
    return _of_rule(desk, asker, rule)


def _of_rule(desk: Desk, asker: Asker, rule: Rule) -> Reply:
    changes = [(one.at, one.what, one.who, "") for one in desk.store.rules.history(rule.id)]
    muted = desk.store.changes.of(RULE, rule.id, limit=_MOST)
    changes += [(one.at, one.what, one.who, _detail(one)) for one in muted]
    lines = [
        f"{moment(at, asker.local)} · {what} by {who(person)}{detail}"
        for at, what, person, detail in sorted(changes)
    ]
    shown = lines[-_MOST:]
    return reply(
        f"*History of* {named(rule)}",
        f"… {len(lines) - len(shown):,} earlier" if len(lines) > len(shown) else "",
        *shown,
        f"Now: {query_of(rule)}",
    )


def _of_feed(desk: Desk, asker: Asker, number: int) -> Reply:
    known = desk.store.feeds.get(number)
    lines = desk.store.changes.of(FEED, number, limit=_MOST)
    if known is None and not lines:
        raise refuse(f"There is no feed F{number}. All feeds: `{asker.invoked_as} feeds`")
    title = f"`F{number}` {titled(known.feed)}" if known else f"`F{number}`"
    return _listed(f"*History of* {title}", lines, asker)


def _of_channel(desk: Desk, asker: Asker, word: str) -> Reply:
    address = readable(desk, asker, channel_reference(word))
    if not may_read(desk, asker, address):
        return _listed(f"*History of* {code(address)}", [], asker)
    lines = desk.store.changes.of(CHANNEL, address, limit=_MOST)
    return _listed(f"*History of* {desk.directory.shown(address)}", lines, asker)


def _listed(title: str, lines: list[Change], asker: Asker) -> Reply:
    said = [
        f"{moment(one.at, asker.local)} · {one.what} by {who(one.who)}{_detail(one)}"
        for one in reversed(lines)
    ]
    nothing = f"Nothing was changed. Of all: `{asker.invoked_as} history`"
    return reply(title, *(said or [nothing]))


def _detail(change: Change) -> str:
    return f": {literal(shorten(change.detail, 120))}" if change.detail else ""


def _of_everything(desk: Desk, asker: Asker) -> Reply:
    describe = cache(lambda kind, subject: _subject(desk, asker, kind, subject))
    lines = _known(desk.store.changes.latest(limit=_LOOKED_THROUGH), describe)
    if not lines:
        return reply("Nothing was changed yet.")
    return reply(
        "*The latest changes*",
        *(
            f"{moment(one.at, asker.local)} · {title} {one.what} by {who(one.who)}{_detail(one)}"
            for one, title in reversed(lines)
        ),
        f"Of one: `{asker.invoked_as} history W12`, `history F7`, `history #channel`",
    )


def _known(
    changes: list[Change], describe: Callable[[str, str], str | None]
) -> list[tuple[Change, str]]:
    """Return the latest changes of what the asker may know of, each with how it is called."""
    found: list[tuple[Change, str]] = []
    for change in changes:
        title = describe(change.kind, change.subject)
        if title and len(found) < _MOST:
            found.append((change, title))
    return found


def _subject(desk: Desk, asker: Asker, kind: str, subject: str) -> str | None:
    """Return how something is called; None if the asker must not know of it."""
    if kind == FEED:
        return f"`F{subject}`"
    if kind == ENTITY:
        return literal(subject)
    if kind == STORY:
        return f"`S{subject}`" if may_know(desk, asker, int(subject)) else None
    if kind == CHANNEL:
        return desk.directory.shown(subject) if may_read(desk, asker, subject) else None
    rule = desk.store.rules.get(int(subject))
    return named(rule) if rule and may_see(desk, asker, rule) else None
