"""Which story an entry tells: the grouper of the last days, fed from the store and kept in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Mention
from bot.core.stories import Grouper, Joined, Profile, profile
from bot.core.stories.news import news
from bot.store import Store

WINDOW_H = 72  #: a report of an older story starts a new one


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an entry belongs, before it is recorded."""

    profile: Profile
    story_id: int | None = None  #: None: it tells what nobody told
    kind: Literal["", "copy", "report"] = ""
    words: str = ""  #: why, for people: `sohae, launch, 2 actors, 3 h apart (0.61)`
    gathered: tuple[int, ...] = ()  #: entries of other stories that turn out to tell this one
    news: tuple[str, ...] = ()  #: what it adds to the story
    mentions: tuple[Mention, ...] = ()  #: whom it names

    def alone(self) -> Placed:
        """Return the same without what it brings over."""
        kind = self.kind if self.story_id is not None else ""
        return replace(self, gathered=(), kind=kind)


class Storyline:
    """Finds stories; used within the transactions that record entries.

    Args:
        store: where profiles and stories are kept.
        gazetteer: the actors and locations known.
    """

    def __init__(self, store: Store, gazetteer: Callable[[], Gazetteer]) -> None:
        self._store = store
        self._gazetteer = gazetteer
        self._grouper: Grouper | None = None
        self._revision = 0  # a person may have moved entries, in this process or another
        self._seen_s = 0  # the grouper's time only goes forward, whatever the clock does

    @contextmanager
    def in_step(self) -> Iterator[None]:
        """Forget all in memory if the work inside fails, as its transaction is rolled back."""
        try:
            yield
        except BaseException:
            self._grouper = None
            raise

    def place(self, entry: Entry, now: datetime) -> Placed:
        """Say which story a new entry tells; records nothing."""
        grouper = self._loaded(now)
        mentions = self._gazetteer().mentions(entry)
        told = profile(entry, mentions, entry.published or now)
        found = grouper.find(told, self._seen(now))
        if not isinstance(found, Joined):
            return Placed(profile=told, mentions=mentions)
        is_new = found.story == told.entry
        before = [] if is_new else self._store.stories.told(found.story)
        return Placed(
            profile=told,
            story_id=None if is_new else found.story,
            kind=found.kind,
            words=str(found),
            gathered=found.gathered,
            news=news(told, before) if found.kind == "report" and not is_new else (),
            mentions=mentions,
        )

    def record(self, placed: Placed, entry_id: int, story_id: int, now: datetime) -> None:
        """Keep an entry under the story it was recorded with, and what it brings over."""
        told = replace(placed.profile, entry=entry_id, labels=())
        self._store.stories.keep(told, is_copy=placed.kind == "copy", seen_at=now)
        grouper = self._loaded(now)
        grouper.add(told, story_id, self._seen(now))
        for gathered in placed.gathered:
            grouper.move(gathered, story_id)

    def _seen(self, now: datetime) -> int:
        self._seen_s = max(self._seen_s, int(now.timestamp()))
        return self._seen_s

    def _loaded(self, now: datetime) -> Grouper:
        revision = self._store.stories.revision()
        if self._grouper is None or revision != self._revision:
            self._revision = revision
            grouper = Grouper(WINDOW_H)
            seen = self._seen(max(now, self._store.stories.latest() or now))
            since = datetime.fromtimestamp(seen, UTC) - timedelta(hours=WINDOW_H)
            for told, story_id, seen_at in self._store.stories.recent(since):
                grouper.add(told, story_id, int(seen_at.timestamp()))
            for story_id, taken_id in self._store.stories.apart():
                grouper.keep_apart(story_id, taken_id)
            for story_id in self._store.stories.settled(since):
                grouper.settle(story_id)
            self._grouper = grouper
        return self._grouper
