"""What rules would have caught, had they been there: the pipeline's decisions, made once more.

An entry counts at the moment it was first met. What stood on a feed's first poll counts when it was
published, as if the feed had been watched then: whoever writes a rule wants to know what it would
have caught. An alert is a story that would have been owed to the channel by this rule alone; the
channel's noise budget, which only collects alerts, is left out.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import RuleSet, compile_rules, names_in
from bot.core.text import fold_pair
from bot.log import get_logger
from bot.store import Store
from bot.store.past import Change, Sight
from bot.store.times import from_us, to_us

log = get_logger(__name__)

DAYS = 14
MOST_BYTES = 24_000_000  #: of folded text kept from one trial to the next: 40,000 to 90,000 entries
MOST_WHOLE = 30_000  #: of these entries are kept whole; of the others, what they say is read again

WARM_S = 300  #: how often it is looked for what came since

_PAGE = 200  # entries read at once
_FEW = 10  # entries looked through for names at once: a millisecond each
_PAUSE_S = 0.02  # in between, for others

Fired = frozenset[int]  #: ids of rules
_NONE: Fired = frozenset()


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

    @cached_property
    def versions(self) -> Mapping[int, Sequence[Change]]:
        """The texts that entries had before, by entry."""
        return _by_entry(self.changes, {sight.entry_id for sight in self.firsts})

    @cached_property
    def sights(self) -> Sequence[Sight]:
        """All moments, oldest first."""
        return sorted((*self.firsts, *_later(self.firsts, self.versions)))

    @cached_property
    def stories(self) -> Mapping[int, Sequence[Sight]]:
        """The moments of each story."""
        stories: dict[int, list[Sight]] = defaultdict(list)
        for sight in self.sights:
            stories[sight.story_id].append(sight)
        return stories

    @cached_property
    def story_of(self) -> Mapping[int, int]:
        """The story of each entry."""
        return {sight.entry_id: sight.story_id for sight in self.firsts}


class Shelf:
    """Entries that are kept from one trial to the next: to read and fold them is most of the work.

    What is kept is compared with the store each time, so that a trial never finds what was so.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_whole: int = MOST_WHOLE) -> None:
        self._most_bytes, self._most_whole = most_bytes, most_whole
        self._lock = threading.Lock()
        self._kept: dict[int, Kept] = {}
        self._window = Window((), ())

    def take(
        self, store: Store, firsts: Sequence[Sight], changes: Sequence[Change]
    ) -> tuple[Window, Mapping[int, Kept]]:
        """Return some sights in order, and their entries by id; as many as have room are kept."""
        with self._lock:
            if self._window.firsts != firsts or self._window.changes != changes:
                self._window = Window(firsts, changes)
            return self._window, self._entries(store, firsts)

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
            for entry in _whole(store, kept, left[start : start + _FEW]):
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
    over = threading.Event()

    def keep() -> None:
        while not over.is_set():
            try:
                for _ in warm(store, shelf, gazetteer(), clock()):
                    if over.wait(_PAUSE_S):
                        return
            except Exception:  # a trial reads for itself what is not there
                log.exception("can't read ahead for trials")
            over.wait(every_s)

    worker = threading.Thread(target=keep, name="shelf", daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def warm(store: Store, shelf: Shelf, gazetteer: Gazetteer, now: datetime) -> Iterator[None]:
    """Put the entries of the last days on a shelf and find their names, bit by bit."""
    since = beginning(now, UTC)
    yield from shelf.fill(store, store.past.sights(since))
    yield from shelf.find_names(store, gazetteer)


@dataclass(frozen=True, slots=True)
class Caught:
    """What one rule would have caught, oldest first."""

    matched: tuple[Sight, ...] = ()  #: where it would have fired anew
    alerts: tuple[Sight, ...] = ()  #: of these and later reports, those that would have been owed

    @property
    def entries(self) -> int:
        """How many entries."""
        return len({sight.entry_id for sight in self.matched})

    def per_day(self, since: datetime, zone: tzinfo) -> tuple[int, ...]:
        """Return the alerts of each of the calendar days from `since` on."""
        first = since.astimezone(zone).date()
        days = Counter(
            (from_us(sight.at).astimezone(zone).date() - first).days for sight in self.alerts
        )
        return tuple(days[day] for day in range(DAYS))


class Trial:
    """The entries of a time, for as many rules as one likes to try.

    Args:
        store: is only read.
        gazetteer: the names known.
        shelf: where folded texts are kept for the next trial.
        since: the beginning of the time.
        until: its end.
    """

    def __init__(
        self, store: Store, gazetteer: Gazetteer, shelf: Shelf, *, since: datetime, until: datetime
    ) -> None:
        self._store = store
        self._gazetteer = gazetteer
        self._since, self._until = to_us(since), to_us(until)
        with store.transaction():
            firsts = store.past.sights(since)
            oldest = min((sight.at for sight in firsts), default=self._since)
            changes = store.past.changes(oldest)
            self._window, self._kept = shelf.take(store, firsts, changes)

    @cached_property
    def looked_at(self) -> int:
        """How many entries there are in this time."""
        return sum(one.is_first and self._is_inside(one) for one in self._window.sights)

    @property
    def days(self) -> float:
        """How many of the days there is something of."""
        first = next(
            (sight.at for sight in self._window.sights if self._is_inside(sight)), self._until
        )
        return max(1.0, timedelta(microseconds=self._until - first) / timedelta(days=1))

    def catch(
        self, rules: Sequence[Rule], *, apart: bool = False, among: Collection[int] | None = None
    ) -> dict[int, Caught]:
        """Return what each of some rules would have caught alone, by its id.

        Args:
            rules: with ids of their own; need not be saved.
            apart: whether each report is an alert of its own, as where threads are off.
            among: ids of the entries that can fire any of them; None: all.
        """
        compiled = compile_rules(rules, self._gazetteer)
        fired, before = self._fire(compiled, among)
        return {
            rule.id: self._caught(rule, fired, before, apart=apart and rule.min_outlets >= 1)
            for rule in rules
        }

    def entry(self, sight: Sight) -> Entry:
        """Return the entry of a sight, with what it said then."""
        (entry,) = _whole(self._store, self._kept, [sight.entry_id])
        later = self._window.versions.get(sight.entry_id, ())[sight.version :]
        return later[0].undone(entry) if later else entry

    def names(self, sight: Sight) -> tuple[str, ...]:
        """Return the ids of the actors and locations in the entry of a sight."""
        kept = self._kept[sight.entry_id]
        known = kept.names_by(self._gazetteer)
        if known is None:
            (entry,) = _whole(self._store, self._kept, [sight.entry_id])
            known = kept.names_of(entry, self._gazetteer)
        return known

    def words(self, start: str) -> set[str]:
        """Return the words of all entries that begin so, folded."""
        lead = start.encode()
        found = {
            word
            for one in self._kept.values()
            for word in one.joined.split()
            if word.startswith(lead)
        }
        return {word.decode(errors="ignore") for word in found}

    def _is_inside(self, sight: Sight) -> bool:
        return self._since <= sight.at <= self._until

    # ── which rules fire on what ──────────────────────────────────────────────

    def _fire(
        self, rules: RuleSet, among: Collection[int] | None
    ) -> tuple[dict[tuple[int, int], Fired], dict[tuple[int, int], Fired]]:
        """Return the rules that fire on each version of each entry, and on the text before it."""
        changes, gazetteer = self._window.versions, self._gazetteer
        fired: dict[tuple[int, int], Fired] = {}
        before: dict[tuple[int, int], Fired] = {}
        for entry in _whole(self._store, self._kept, self._likely(rules, among)):
            one, known = self._kept[entry.id], changes.get(entry.id, ())
            names = one.names_of(entry, gazetteer) if rules.asks_names else None
            if hit := rules.fired(entry, one.joined, names):
                fired[entry.id, len(known)] = frozenset(hit)
            for version, change in enumerate(known):
                then = change.undone(entry)
                fired[entry.id, version] = frozenset(rules.fired(then))
                after = known[version + 1].undone(entry) if version + 1 < len(known) else entry
                again = change.text_undone(after)
                before[entry.id, version + 1] = frozenset(rules.fired(again))
        return fired, before

    def _likely(self, rules: RuleSet, among: Collection[int] | None) -> list[int]:
        """Return the ids of entries that may fire rules, by what they say or said before."""
        kept = self._kept
        ids = list(kept) if among is None else sorted(kept.keys() & set(among))
        texts = [kept[entry_id].joined for entry_id in ids]
        names = [kept[entry_id].names_by(self._gazetteer) for entry_id in ids]
        likely = {ids[at] for at in rules.likely(texts, names)}
        return sorted(likely | (self._window.versions.keys() & set(ids)))

    # ── what follows ──────────────────────────────────────────────────────────

    def _caught(
        self,
        rule: Rule,
        fired: Mapping[tuple[int, int], Fired],
        before: Mapping[tuple[int, int], Fired],
        *,
        apart: bool,
    ) -> Caught:
        """Go through the stories that a rule fires on, as absorb, owe and follow do."""
        hits = {key for key, ids in fired.items() if rule.id in ids}
        entry_ids = {entry_id for entry_id, _ in hits}
        stories = {self._window.story_of[entry_id] for entry_id in entry_ids}
        waits = rule.min_outlets > 1
        outlets = self._outlets(stories) if waits else {}
        matched: list[Sight] = []
        alerts: list[Sight] = []
        for story in stories:
            told: set[str] = set()
            has_fired = is_posted = False
            for sight in self._window.stories[story]:
                key = sight.entry_id, sight.version
                if waits and sight.is_first and not sight.version and not sight.is_copy:
                    told.add(outlets[sight.entry_id])
                is_new = sight.is_first and not sight.version
                fresh = key in hits and (
                    is_new or not (has_fired or rule.id in before.get(key, _NONE))
                )
                has_fired |= fresh
                if fresh:
                    matched.append(sight)
                if not (fresh or (waits and has_fired)) or rule.min_outlets > max(len(told), 1):
                    continue
                if not is_posted or (apart and is_new and not sight.is_copy):
                    is_posted = True
                    alerts.append(sight)
        return Caught(
            tuple(sorted(filter(self._is_inside, matched))),
            tuple(sorted(filter(self._is_inside, alerts))),
        )

    def _outlets(self, stories: Collection[int]) -> dict[int, str]:
        ids = {sight.entry_id for story in stories for sight in self._window.stories[story]}
        return self._store.past.outlets(ids)


def _whole(store: Store, kept: Mapping[int, Kept], ids: Sequence[int]) -> Iterator[Entry]:
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
