"""What rules would have caught, had they been there: the pipeline's decisions, made once more.

An entry counts at the moment it was first met. What stood on a feed's first poll counts when it was
published, as if the feed had been watched then: whoever writes a rule wants to know what it would
have caught. An alert is a story that would have been owed to the channel by this rule alone; the
channel's noise budget, which only collects alerts, is left out. What a document brings over from
other stories is there from its start, which only a rule that waits for outlets can tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import RuleSet, compile_rules
from bot.shelf import DAYS, Shelf, Window, whole
from bot.store import Store
from bot.store.past import Sight
from bot.store.times import from_us, to_us

Fired = frozenset[int]  #: ids of rules
_NONE: Fired = frozenset()


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
            window = Window(firsts, store.past.changes(oldest), store.past.gathered(oldest))
            self._window, self._kept = shelf.take(store, window)

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
        (entry,) = whole(self._store, self._kept, [sight.entry_id])
        later = self._window.versions.get(sight.entry_id, ())[sight.version :]
        return later[0].undone(entry) if later else entry

    def names(self, sight: Sight) -> tuple[str, ...]:
        """Return the ids of the actors and locations in the entry of a sight."""
        kept = self._kept[sight.entry_id]
        known = kept.names_by(self._gazetteer)
        if known is None:
            (entry,) = whole(self._store, self._kept, [sight.entry_id])
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
        for entry in whole(self._store, self._kept, self._likely(rules, among)):
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
        strands = {self._window.strand_of[entry_id] for entry_id, _ in hits}
        waits = rule.min_outlets > 1
        outlets = self._outlets(strands) if waits else {}
        matched: list[Sight] = []
        alerts: list[Sight] = []
        for strand in strands:
            stories = _Stories(self._window, apart=apart)
            for sight in self._window.strands[strand]:
                key = sight.entry_id, sight.version
                is_new = sight.is_first and not sight.version
                stories.bring(sight)
                story = stories.of(sight)
                has_brought = is_new and sight.entry_id in self._window.gatherers
                if waits and is_new and not sight.is_copy:
                    story.told[sight.entry_id] = outlets[sight.entry_id]
                fresh = key in hits and (
                    is_new or not (story.fired or rule.id in before.get(key, _NONE))
                )
                if fresh:
                    story.fired.add(sight.entry_id)
                    matched.append(sight)
                is_heard = fresh or bool((waits or has_brought) and story.fired)
                if not is_heard or rule.min_outlets > max(len(set(story.told.values())), 1):
                    continue
                is_own = apart and is_new and not sight.is_copy and (fresh or waits)
                if not story.shown or is_own:
                    if story.shown:
                        story.beside.add(sight.entry_id)
                    story.shown = story.shown or min(story.fired)
                    alerts.append(sight)
        return Caught(
            tuple(sorted(filter(self._is_inside, matched))),
            tuple(sorted(filter(self._is_inside, alerts))),
        )

    def _outlets(self, strands: Collection[int]) -> dict[int, str]:
        ids = {sight.entry_id for strand in strands for sight in self._window.strands[strand]}
        return self._store.past.outlets(ids)


@dataclass(slots=True)
class _Story:
    """What one rule has had of a story until now."""

    shown: int = 0  #: the entry that its post shows; 0: none was owed
    beside: set[int] = field(default_factory=set)  #: entries with alerts of their own
    fired: set[int] = field(default_factory=set)  #: entries
    told: dict[int, str] = field(default_factory=dict)  #: outlets with words of their own, by entry

    def take(self, entry: int, *, apart: bool) -> None:
        """Let the alert of an entry tell this story, or stand beside its own where all do."""
        if not self.shown:
            self.shown = entry
        elif apart:
            self.beside.add(entry)


class _Stories:
    """The stories of a strand as they were, moment by moment."""

    def __init__(self, window: Window, *, apart: bool) -> None:
        self._window = window
        self._apart = apart
        self._story_of: dict[int, int] = {}
        self._stories: dict[int, _Story] = defaultdict(_Story)
        self._document = 0, 0  # the last one that was looked at, by feed and time

    def of(self, sight: Sight) -> _Story:
        """Return the story that an entry tells at this moment."""
        entry = sight.entry_id
        if entry not in self._story_of:
            self._story_of[entry] = self._window.began_in.get(entry, sight.story_id)
        return self._stories[self._story_of[entry]]

    def bring(self, sight: Sight) -> None:
        """Bring over what a document brought, before anything in it is owed."""
        document = sight.feed_id, sight.at
        if document == self._document:
            return
        self._document = document
        for one in self._window.brought.get(document, ()):
            entry, old, new = one.entry_id, self._stories[one.old_id], self._stories[one.new_id]
            self._story_of[entry] = one.new_id
            if entry in old.fired:
                old.fired.discard(entry)
                new.fired.add(entry)
            if entry in old.told:
                new.told[entry] = old.told.pop(entry)
            if entry in old.beside:
                old.beside.discard(entry)
                new.take(entry, apart=self._apart)
            if old.shown == entry:
                old.shown = 0
                new.take(entry, apart=self._apart)
