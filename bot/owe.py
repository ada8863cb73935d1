"""From what was seen to what is owed: at once, behind an outage's message, or a few of a flood."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Literal

from bot.catchup import stands_for
from bot.core.models import Entry, Feed, Level, Match, Mention, Rule
from bot.core.render.health import flood_message
from bot.store import Store
from bot.store.deliveries import delivery_id
from bot.store.outages import Outage
from bot.store.troubles import Trouble

Decision = Literal["new", "update", "duplicate", "baseline"]

_FIRST_FEW = 5  #: of a flood, in each channel
_FLOOD = 10  #: more new entries than this, and
_FLOOD_SHARE = 0.5  #: more than this share of the document, are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one entry of a document."""

    entry: Entry
    decision: Decision
    reason: str
    story_id: int
    is_known_here: bool = False  #: this feed held it before, under this key or another
    matches: tuple[Match, ...] = ()
    joined: Literal["", "copy", "report"] = ""  #: how it tells a story that was known
    news: tuple[str, ...] = ()  #: what it adds to that story
    gathered: tuple[int, ...] = ()  #: entries of other stories that it brought over to this one
    mentions: tuple[Mention, ...] | None = None  #: whom it names; None: it was not told just now
    was_titled: str = ""  #: what its title was until now
    wanted: tuple[tuple[str, int], ...] = ()  #: channels whose rules fired anew, and how loudly
    #: Channels that lack the story, and whose rules fired on what was brought over; how loudly.
    brought: tuple[tuple[str, int], ...] = ()
    posts: tuple[str, ...] = ()  #: of all these, those that were newly owed this story
    held: tuple[str, ...] = ()  #: of these, where another message stands for it for now
    replies: tuple[str, ...] = ()  #: channels whose thread of the story gets it
    edits: tuple[str, ...] = ()  #: channels whose post of the story changes

    @property
    def to_tell(self) -> tuple[tuple[str, int], ...]:
        """The channels that are to have the story, and how loudly."""
        return self.wanted + self.brought


@dataclass(frozen=True, slots=True)
class Owing:
    """Where to owe, and what may stand before it."""

    store: Store
    feed: Feed
    outage: Outage | None  #: during which the entries appeared
    now: datetime

    def owe(self, seen: list[Seen], *, is_flood: bool) -> list[Seen]:
        """Owe each story to the channels that want it; return the same with what was done.

        After an outage all waits behind the catch-up message. Of a flood each channel gets the
        first few, loudest and latest first; one summary stands for the rest.
        """
        if self.outage:
            catch_up = partial(stands_for, self.store, self.outage, now=self.now)
            return [self._owe(one, catch_up) for one in seen]
        floods = self._floods(seen) if is_flood else {}
        owed = [self._owe(one, partial(_notice, floods, at)) for at, one in enumerate(seen)]
        for flood in dict.fromkeys(floods.values()):
            self._sum_up(flood, owed)
        return owed

    def _owe(self, seen: Seen, stand_in: Callable[[str], str | None]) -> Seen:
        posts, held = [], []
        for channel, priority in seen.to_tell:
            held_in = stand_in(channel)
            if self.store.deliveries.queue(
                channel,
                seen.story_id,
                self.store.entries.story_uid(seen.story_id),
                priority=priority,
                now=self.now,
                held_in=held_in,
            ):
                posts.append(channel)
                held += [channel] if held_in else []
        later = "; now matches" if seen.decision == "update" and posts else ""
        return replace(seen, reason=seen.reason + later, posts=tuple(posts), held=tuple(held))

    # ── floods ──

    def _floods(self, seen: list[Seen]) -> dict[tuple[int, str], Trouble]:
        """Return what has to wait, by its place in the document and channel."""
        floods: dict[tuple[int, str], Trouble] = {}
        for channel in dict.fromkeys(channel for one in seen for channel, _ in one.to_tell):
            if waiting := _beyond_the_first_few(seen, channel):
                flood = self.store.troubles.begin(
                    self.feed.id, "flood", since=self.now, channels=[channel], now=self.now
                )
                floods |= {(at, channel): flood for at in waiting}
        return floods

    def _sum_up(self, flood: Trouble, owed: list[Seen]) -> None:
        (channel,) = flood.channels
        message = flood_message(
            self.feed,
            entries=sum(one.decision == "new" for one in owed),
            posted=sum(channel in one.posts and channel not in one.held for one in owed),
            waiting=sum(channel in one.held for one in owed),
        )
        self.store.deliveries.tell(channel, flood.subject, message, now=self.now)


def loudest(rules: Iterable[Rule]) -> dict[str, int]:
    """Return the channels of some rules, and the priority of the loudest of each."""
    found: dict[str, int] = {}
    for rule in rules:
        found[rule.channel] = max(rule.level.priority, found.get(rule.channel, 0))
    return found


def is_flood(seen: list[Seen]) -> bool:
    """Say whether a document holds too much that is truly new for all of it to be posted."""
    new = sum(one.decision == "new" for one in seen)
    return new > max(_FLOOD, len(seen) * _FLOOD_SHARE)


def _beyond_the_first_few(seen: list[Seen], channel: str) -> list[int]:
    """Return the places, in the document, of what a channel wants beyond the first few."""
    wanting = sorted(
        (
            (priority, at)
            for at, one in enumerate(seen)
            for name, priority in one.to_tell
            if name == channel
        ),
        reverse=True,  # loudest first, and of these the latest
    )
    return [at for priority, at in wanting[_FIRST_FEW:] if priority < Level.FLASH.priority]


def _notice(floods: dict[tuple[int, str], Trouble], at: int, channel: str) -> str | None:
    flood = floods.get((at, channel))
    return delivery_id(channel, flood.subject, "notice") if flood else None
