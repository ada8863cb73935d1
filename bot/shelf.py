"""What trials of rules read: the moments of a time in their order, and folded texts at hand."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate

from bot.background import in_background
from bot.core.entities import Gazetteer
from bot.core.models import Entry
from bot.core.rules import names_in
from bot.core.text import fold_pair
from bot.log import get_logger
from bot.store import Store
from bot.store.past import Brought, Change, Sight

log = get_logger(__name__)

DAYS = 14
MOST_BYTES = 24_000_000  #: of folded text kept from one trial to the next: 40,000 to 90,000 entries
MOST_WHOLE = 30_000  #: of these entries are kept whole; of the others, what they say is read again

WARM_S = 300  #: how often it is looked for what came since

_PAGE = 200  # entries read at once
_FEW = 10  # entries looked through for names at once: a millisecond each
_PAUSE_S = 0.02  # in between, for others


@dataclass(slots=True)
class Kept:
    """An entry, ready to be matched again and again."""

    changed_at: int
    joined: bytes  #: title and summary, folded
    entry: Entry | None = None  #: None where there was no room
    names: tuple[Gazetteer, tuple[str, ...]] | None = None  #: found by the names known then

    def names_by(self, gazetteer: Gazetteer) -> tuple[str, ...] | None:
        """Return the names in it if they were looked for among these."""
        return self.names[1] if self.names and self.names[0] is gazetteer else None

    def names_of(self, entry: Entry, gazetteer: Gazetteer) -> tuple[str, ...]:
        """Return the names in it, whose entry is given."""
        if (known := self.names_by(gazetteer)) is not None:
            return known
        found = names_in(entry, gazetteer)
        self.names = gazetteer, found
        return found


@dataclass(frozen=True)
class Window:
    """The moments of a time, and the order they make."""

    firsts: Sequence[Sight]
    changes: Sequence[Change]
    gathered: Sequence[Brought] = ()

    @cached_property
    def versions(self) -> Mapping[int, Sequence[Change]]:
        """The texts that entries had before, by entry."""
        return _by_entry(self.changes, {sight.entry_id for sight in self.firsts})

    @cached_property
    def sights(self) -> Sequence[Sight]:
        """All moments, oldest first."""
        return sorted((*self.firsts, *_later(self.firsts, self.versions)))

    @cached_property
    def strands(self) -> Mapping[int, Sequence[Sight]]:
        """The moments of each story, with those of all stories it shared reports with."""
        strands: dict[int, list[Sight]] = defaultdict(list)
        for sight in self.sights:
            strands[self._strand(sight.story_id)].append(sight)
        return strands

    @cached_property
    def strand_of(self) -> Mapping[int, int]:
        """The strand of each entry."""
        return {sight.entry_id: self._strand(sight.story_id) for sight in self.firsts}

    @cached_property
    def began_in(self) -> Mapping[int, int]:
        """The story that an entry was owed with at first, where it was brought over later."""
        began: dict[int, int] = {}
        for one in self.gathered:
            if self._is_of_one_document(one):
                began[one.entry_id] = one.new_id
            else:
                began.setdefault(one.entry_id, one.old_id)
        return began

    @cached_property
    def brought(self) -> Mapping[tuple[int, int], Sequence[Brought]]:
        """What each document brought over that an earlier one had, by feed and time."""
        brought: dict[tuple[int, int], list[Brought]] = defaultdict(list)
        for one in self.gathered:
            if (document := self._met.get(one.by_id)) and not self._is_of_one_document(one):
                brought[document].append(one)
        return brought

    @cached_property
    def gatherers(self) -> frozenset[int]:
        """The entries that brought others over."""
        return frozenset(one.by_id for one in self.gathered)

    def _is_of_one_document(self, brought: Brought) -> bool:
        """Say whether an entry came with what brought it over: only then was it owed."""
        return self._met.get(brought.by_id) == self._met.get(brought.entry_id, ())

    @cached_property
    def _met(self) -> Mapping[int, tuple[int, int]]:
        return {sight.entry_id: (sight.feed_id, sight.at) for sight in self.firsts}

    def _strand(self, story: int) -> int:
        return _end(story, self._shared)

    @cached_property
    def _shared(self) -> Mapping[int, int]:
        """Of two stories that shared reports, the one that stands for both."""
        stands: dict[int, int] = {}
        for brought in self.gathered:
            one, other = _end(brought.old_id, stands), _end(brought.new_id, stands)
            if one != other:
                stands[max(one, other)] = min(one, other)
        return stands


def _end(story: int, stands: Mapping[int, int]) -> int:
    """Follow a story to the one that stands for it in the end."""
    while story in stands:
        story = stands[story]
    return story


class Shelf:
    """Entries that are kept from one trial to the next: to read and fold them is most of the work.

    What is kept is compared with the store each time, so that a trial never finds what was so.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_whole: int = MOST_WHOLE) -> None:
        self._most_bytes, self._most_whole = most_bytes, most_whole
        self._lock = threading.Lock()
        self._kept: dict[int, Kept] = {}
        self._window = Window((), ())

    def take(self, store: Store, window: Window) -> tuple[Window, Mapping[int, Kept]]:
        """Return a window in order, and its entries by id; as many as have room are kept."""
        with self._lock:
            if self._window != window:
                self._window = window
            return self._window, self._entries(store, window.firsts)

    def _entries(self, store: Store, firsts: Sequence[Sight]) -> Mapping[int, Kept]:
        known = self._kept
        taken = {
            sight.entry_id: one
            for sight in firsts
            if (one := known.get(sight.entry_id)) and one.changed_at == sight.changed_at
        }
        if len(taken) == len(known) == len(firsts):
            return known  # nothing came, nothing went
        missing = [sight for sight in firsts if sight.entry_id not in taken]
        taken |= self._read(store, missing, taken)
        self._kept = self._with_room(taken)
        return taken

    def fill(self, store: Store, firsts: Sequence[Sight]) -> Iterator[None]:
        """Keep the entries of some sights, page by page, for trials to come."""
        for start in range(0, len(firsts), _PAGE):
            with store.transaction(), self._lock:  # in this order, as where a trial opens
                kept = self._kept
                missing = [one for one in firsts[start : start + _PAGE] if one.entry_id not in kept]
                if not missing:
                    continue
                more = kept | self._read(store, missing, kept)
                self._kept = self._with_room(more)
                if len(self._kept) < len(more):
                    return
            yield

    def find_names(self, store: Store, gazetteer: Gazetteer) -> Iterator[None]:
        """Look for the names in all that is kept, bit by bit."""
        kept = self._kept
        left = [id_ for id_, one in kept.items() if one.names_by(gazetteer) is None]
        for start in range(0, len(left), _FEW):
            for entry in whole(store, kept, left[start : start + _FEW]):
                kept[entry.id].names_of(entry, gazetteer)
            yield

    def _read(
        self, store: Store, missing: Iterable[Sight], beside: Mapping[int, Kept]
    ) -> dict[int, Kept]:
        changed = {sight.entry_id: sight.changed_at for sight in missing}
        whole = self._most_whole - sum(one.entry is not None for one in beside.values())
        return {
            entry.id: Kept(
                changed[entry.id],
                fold_pair(entry.title, entry.summary),
                entry if number < whole else None,
            )
            for number, entry in enumerate(store.past.entries(changed))
        }

    def _with_room(self, entries: dict[int, Kept]) -> dict[int, Kept]:
        sizes = accumulate(len(one.joined) for one in entries.values())
        kept = zip(entries.items(), sizes, strict=True)
        return dict(item for item, size in kept if size <= self._most_bytes)


@contextmanager
def keeping_warm(
    store: Store,
    shelf: Shelf,
    gazetteer: Callable[[], Gazetteer],
    clock: Callable[[], datetime],
    *,
    every_s: float = WARM_S,
) -> Iterator[None]:
    """While inside, have on the shelf what trials of the last days need, so that nobody waits.

    Args:
        store: is only read.
        shelf: where to.
        gazetteer: returns the names known.
        clock: the time.
        every_s: how long to rest when all is there.
    """

    def keep(over: threading.Event) -> None:
        while not over.is_set():
            try:
                for _ in warm(store, shelf, gazetteer(), clock()):
                    if over.wait(_PAUSE_S):
                        return
            except Exception:  # a trial reads for itself what is not there
                log.exception("can't read ahead for trials")
            over.wait(every_s)

    with in_background("shelf", keep):
        yield


def warm(store: Store, shelf: Shelf, gazetteer: Gazetteer, now: datetime) -> Iterator[None]:
    """Put the entries of the last days on a shelf and find their names, bit by bit."""
    since = beginning(now, UTC)
    yield from shelf.fill(store, store.past.sights(since))
    yield from shelf.find_names(store, gazetteer)


def whole(store: Store, kept: Mapping[int, Kept], ids: Sequence[int]) -> Iterator[Entry]:
    """Yield entries by id, each once; those that had no room on the shelf are read again."""
    missing = [entry_id for entry_id in ids if kept[entry_id].entry is None]
    yield from (entry for entry_id in ids if (entry := kept[entry_id].entry))
    yield from store.past.entries(missing)


def _by_entry(changes: Iterable[Change], ids: Collection[int]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        if change.entry_id in ids:
            found[change.entry_id].append(change)
    return dict(found)


def _later(firsts: Iterable[Sight], changes: Mapping[int, Sequence[Change]]) -> Iterable[Sight]:
    """Yield the moments at which texts were changed."""
    for sight in firsts:
        for version, change in enumerate(changes.get(sight.entry_id, ()), 1):
            yield sight._replace(at=change.until, order=change.order, version=version)


def beginning(now: datetime, zone: tzinfo, days: int = DAYS) -> datetime:
    """Return when the first of the last calendar days began, where someone lives."""
    first = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return first - timedelta(days=days - 1)
