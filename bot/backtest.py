"""What rules would have caught, had they been there: the pipeline's decisions, made once more.

An entry counts at the moment it was first met. What stood on a feed's first poll counts when it was
published, as if the feed had been watched then: whoever writes a rule wants to know what it would
have caught. An alert is a story that would have been owed to the channel by this rule alone; the
channel's noise budget, which only collects alerts, is left out.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import RuleSet, compile_rules, names_in
from bot.core.text import fold_pair
from bot.store import Store
from bot.store.past import Change, Sight
from bot.store.times import from_us, to_us

DAYS = 14
MOST_BYTES = 24_000_000  #: of folded text kept from one trial to the next, about 40,000 entries

Fired = frozenset[int]  #: ids of rules
_NONE: Fired = frozenset()


@dataclass(slots=True)
class Kept:
    """An entry, ready to be matched again and again."""

    entry: Entry
    changed_at: int
    joined: bytes  #: title and summary, folded
    names: tuple[Gazetteer, tuple[str, ...]] | None = None  #: found by the names known then


class Shelf:
    """Entries that are kept from one trial to the next: to read and fold them is most of the work."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: dict[int, Kept] = {}

    def take(self, store: Store, sights: Iterable[Sight]) -> dict[int, Kept]:
        """Return the entries of some sights by id; as many as there is room for are kept."""
        changed = {sight.entry_id: sight.changed_at for sight in sights}
        with self._lock:
            taken = {
                entry_id: known
                for entry_id, at in changed.items()
                if (known := self._kept.get(entry_id)) and known.changed_at == at
            }
            for entry in store.past.entries(changed.keys() - taken.keys()):
                joined = fold_pair(entry.title, entry.summary)
                taken[entry.id] = Kept(entry, changed[entry.id], joined)
            room, self._kept = self._most_bytes, {}
            for entry_id, one in taken.items():
                room -= len(one.joined)
                if room < 0:
                    break
                self._kept[entry_id] = one
        return taken


def _names(kept: Kept, gazetteer: Gazetteer) -> tuple[str, ...]:
    if kept.names is None or kept.names[0] is not gazetteer:
        kept.names = gazetteer, names_in(kept.entry, gazetteer)
    return kept.names[1]


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
            self._kept = shelf.take(store, firsts)
            oldest = min((sight.at for sight in firsts), default=self._since)
            changes = store.past.changes(oldest)
        self._changes = _by_entry(changes, {sight.entry_id for sight in firsts})
        self._sights = sorted((*firsts, *_later(firsts, self._changes)))

    @property
    def looked_at(self) -> int:
        """How many entries there are in this time."""
        return sum(one.is_first and self._is_inside(one) for one in self._sights)

    @property
    def days(self) -> float:
        """How many of the days there is something of."""
        first = next((sight.at for sight in self._sights if self._is_inside(sight)), self._until)
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
        entry = self._kept[sight.entry_id].entry
        later = self._changes.get(sight.entry_id, ())[sight.version :]
        return later[0].undone(entry) if later else entry

    def names(self, sight: Sight) -> tuple[str, ...]:
        """Return the ids of the actors and locations in the entry of a sight."""
        return _names(self._kept[sight.entry_id], self._gazetteer)

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
        kept, changes = self._kept, self._changes
        ids = kept.keys() if among is None else kept.keys() & set(among)
        fired: dict[tuple[int, int], Fired] = {}
        before: dict[tuple[int, int], Fired] = {}
        for entry_id in ids:
            one, known = kept[entry_id], changes.get(entry_id, ())
            if not (known or rules.may_fire(one.joined)):
                continue
            entry = one.entry
            names = _names(one, self._gazetteer) if rules.asks_names else None
            if hit := rules.fired(entry, one.joined, names):
                fired[entry_id, len(known)] = frozenset(hit)
            for version, change in enumerate(known):
                then = change.undone(entry)
                fired[entry_id, version] = frozenset(rules.fired(then))
                after = known[version + 1].undone(entry) if version + 1 < len(known) else entry
                again = change.text_undone(after)
                before[entry_id, version + 1] = frozenset(rules.fired(again))
        return fired, before

    # ── what follows ──────────────────────────────────────────────────────────

    @cached_property
    def _stories(self) -> Mapping[int, Sequence[Sight]]:
        stories: dict[int, list[Sight]] = defaultdict(list)
        for sight in self._sights:
            stories[sight.story_id].append(sight)
        return stories

    @cached_property
    def _story_of(self) -> Mapping[int, int]:
        return {sight.entry_id: sight.story_id for sight in self._sights}

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
        stories = {self._story_of[entry_id] for entry_id in entry_ids}
        waits = rule.min_outlets > 1
        outlets = self._outlets(stories) if waits else {}
        matched: list[Sight] = []
        alerts: list[Sight] = []
        for story in stories:
            told: set[str] = set()
            has_fired = is_posted = False
            for sight in self._stories[story]:
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
        ids = {sight.entry_id for story in stories for sight in self._stories[story]}
        return self._store.past.outlets(ids)


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
