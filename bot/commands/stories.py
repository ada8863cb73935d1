"""Stories from the command line: a timeline, a report taken out, two made one; threads on or off."""

from __future__ import annotations

from collections.abc import Iterator

from bot import retell
from bot.commands.access import may_know, may_manage
from bot.commands.desk import Asker, Desk, Reply, by, refuse, reply, who
from bot.commands.line import (
    channel_reference,
    first_word,
    is_channel,
    numbered,
    pressed_id,
    tidy,
)
from bot.commands.say import count
from bot.config.values import WrongError, web_url
from bot.core.identity import canonical_url
from bot.core.models import Kind
from bot.core.render import code, link, literal, moment, shorten
from bot.store.changes import CHANNEL, STORY
from bot.store.entries import StoredEntry
from bot.store.stories import Story

MODES = ("on", "quiet", "off")

_MOST_REPORTS = 15
_MOST_NAMES = 6
_MODE_SAYS = {
    "on": "later reports go into the story's thread",
    "quiet": "later reports only count in the story's alert",
    "off": "every outlet's report is an alert of its own",
}


def story(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show a story's timeline."""
    found = _story(desk, asker, tidy(text), "story S88")
    return reply(*_timeline(desk, asker, found))


def _story(desk: Desk, asker: Asker, word: str, example: str) -> Story:
    number = numbered(word, "S")
    found = desk.store.stories.get(number) if number is not None else None
    if found is None or not may_know(desk, asker, found.id):
        became = desk.store.stories.became(number) if number is not None else None
        if became is not None and may_know(desk, asker, became):
            raise refuse(
                f"S{number} turned out to be S{became}: `{asker.invoked_as} story S{became}`"
            )
        raise refuse(
            f"There is no story {code(word)}. Like this: {code(f'{asker.invoked_as} {example}')}"
            if word
            else f"Which story? Like this: {code(f'{asker.invoked_as} {example}')}",
            f"An alert's story is named by `{asker.invoked_as} why` and the alert's link.",
        )
    return found


def _timeline(desk: Desk, asker: Asker, found: Story) -> Iterator[str]:
    reports = desk.store.entries.of_story(found.id)
    outlets, _ = desk.store.entries.outlets(found.id)
    yield f"*S{found.id}* {literal(shorten(found.title, 120))}"
    yield (
        f"{count(len(reports), 'report')} from {count(len(outlets), 'outlet')}, "
        f"{moment(found.first_seen_at, asker.local)} to {moment(found.last_seen_at, asker.local)}"
    )
    for kind, word in ((Kind.LOCATION, "Places"), (Kind.ACTOR, "Actors")):
        if names := _names(desk, reports, kind):
            yield f"{word}: {', '.join(names)}"
    for one in reports[:_MOST_REPORTS]:
        yield f"• {_report(asker, one)}"
    if len(reports) > _MOST_REPORTS:
        yield f"and {len(reports) - _MOST_REPORTS:,} more"


def _report(asker: Asker, one: StoredEntry) -> str:
    title = link(shorten(one.entry.title, 100), one.entry.url)
    how = f" — {literal(shorten(one.reason, 120))}" if one.reason else ""
    at = moment(one.first_seen_at, asker.local)
    return f"{at} {literal(shorten(one.entry.outlet, 40))}: {title}{how}"


def _names(desk: Desk, reports: list[StoredEntry], kind: Kind) -> list[str]:
    """Return the entities that most reports name, the commonest first."""
    seen: dict[str, int] = {}
    for one in reports[: 2 * _MOST_REPORTS]:
        mentions = desk.book.gazetteer.mentions(one.entry)
        for name in {m.entity.name for m in mentions if m.entity.kind is kind}:
            seen[name] = seen.get(name, 0) + 1
    ranked = sorted(seen, key=lambda name: (-seen[name], name))
    return [literal(name) for name in ranked[:_MOST_NAMES]]


# ── taking apart, putting together ────────────────────────────────────────────


def split(desk: Desk, asker: Asker, text: str) -> Reply:
    """Take a report, given by its link, out of its story."""
    word = tidy(text)
    try:
        url = web_url(word)
    except WrongError:
        raise refuse(
            "Which report does not belong to its story? Its link:",
            code(f"{asker.invoked_as} story split https://example.org/2018/11/report"),
        ) from None
    stored = desk.store.entries.by_link(url, canonical_url(url))
    if stored is None:
        raise refuse(
            f"I have never seen {code(shorten(url, 120))}. Why: `{asker.invoked_as} why` and the link."
        )
    return _split(desk, asker, stored)


def split_pressed(desk: Desk, asker: Asker, value: str) -> Reply:
    """Take the report of a reply out of its story."""
    stored = desk.store.entries.get(pressed_id(value))
    if stored is None:
        raise refuse("That report is not stored any more. Nothing was changed.")
    return _split(desk, asker, stored)


def _split(desk: Desk, asker: Asker, stored: StoredEntry) -> Reply:
    _insist(desk, asker, stored.story_id)
    others = [
        one
        for one in desk.store.entries.of_story(stored.story_id)
        if stored.entry.id not in {one.entry.id, one.same_as}
    ]
    if not others:
        raise refuse(
            f"It is the only report of S{stored.story_id} already{_since(desk, asker, stored)}. "
            "Nothing was changed."
        )
    now, title = desk.clock(), shorten(stored.entry.title, 80)
    with desk.store.transaction():
        new = retell.split(desk.store, stored, now=now)
        for about in (stored.story_id, new):
            words = f"“{title}” is S{new}, no longer S{stored.story_id}"
            desk.store.changes.note(STORY, about, "split", who=asker.user, now=now, detail=words)
    return reply(
        f":scissors: {literal(shorten(stored.entry.title, 100))} is S{new} now, no longer "
        f"S{stored.story_id}; what is like it will join it there.",
        f"Back again: `{asker.invoked_as} story join S{stored.story_id} S{new}`",
    )


def _since(desk: Desk, asker: Asker, stored: StoredEntry) -> str:
    """Return who took a report out of a story, and when; "" if nobody did."""
    changes = desk.store.changes.of(STORY, stored.story_id, limit=1)
    said = (f"{one.what} by {who(one.who)} {moment(one.at, asker.local)}" for one in changes)
    return "".join(f": this story was {words}" for words in said)


def join(desk: Desk, asker: Asker, text: str) -> Reply:
    """Make two stories one."""
    example = "story join S88 S91"
    first, second = first_word(tidy(text))
    kept, other = (_story(desk, asker, word, example) for word in (first, second))
    if kept.id == other.id:
        raise refuse(f"S{kept.id} is one story already. Nothing was changed.")
    for one in (kept, other):
        _insist(desk, asker, one.id)
    now = desk.clock()
    with desk.store.transaction():
        moved = retell.join(desk.store, kept.id, other.id, now=now)
        words = f"S{other.id} is S{kept.id} now"
        for about in (kept.id, other.id):
            desk.store.changes.note(STORY, about, "joined", who=asker.user, now=now, detail=words)
    return reply(
        f":link: S{kept.id} and S{other.id} are one story now, S{kept.id}: "
        f"{count(moved, 'report')} came over.",
        f"How it looks: `{asker.invoked_as} story S{kept.id}`",
    )


def _insist(desk: Desk, asker: Asker, story_id: int) -> None:
    """Let those change a story who have a say in a channel that has it, and admins."""
    channels = {post.channel for post in desk.store.deliveries.posts(story_id)}
    if not desk.is_admin(asker) and not any(may_manage(desk, asker, one) for one in channels):
        raise refuse("Only people of a channel that has this story, and admins, may change it.")


# ── threads ───────────────────────────────────────────────────────────────────


def threads(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say or set how a channel hears of later reports."""
    mode, rest = first_word(tidy(text).lower())
    if is_channel(mode):
        mode, rest = "", mode
    found = desk.directory.find(channel_reference(rest), user=asker.user) if rest else None
    address = found.address if found else asker.channel
    if (rest and found is None) or mode not in {"", *MODES}:
        raise refuse(
            "Write `on`, `quiet` or `off`, and another channel if you mean one:",
            code(f"{asker.invoked_as} threads quiet #nk-alerts"),
        )
    shown = desk.directory.shown(address)
    if not mode:
        mode = desk.store.channels.threads(address)
        return reply(f"Threads in {shown} are *{mode}*: {_MODE_SAYS[mode]}.")
    if not may_manage(desk, asker, address):
        raise refuse(f"Only people of {shown}, and admins, may change its threads.")
    now = desk.clock()
    with desk.store.transaction():
        desk.store.channels.set_threads(address, mode)
        desk.store.changes.note(CHANNEL, address, "threads", who=asker.user, now=now, detail=mode)
    line = f"Threads in {shown} are *{mode}* now: {_MODE_SAYS[mode]}."
    return reply(line, public=((address, f"{by(asker)}: {line}"),))
