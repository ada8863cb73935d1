"""Which rules ask for which actors and locations, and since when."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bot.core.entities import Gazetteer
from bot.core.models import Entity, Mention
from bot.core.rules.ast import Name
from bot.core.spikes import asked_names
from bot.store import Store
from bot.store.rules import RuleChange
from bot.store.times import from_us

_RULE = "rule:"


def is_rule(subject: str) -> bool:
    """Say whether a subject is a rule, not an actor or a location."""
    return subject.startswith(_RULE)


def of_rule(rule_id: int) -> str:
    """Return a rule as a subject."""
    return f"{_RULE}{rule_id}"


class Asked:
    """Subjects and the rules behind them; kept in step with the rules and the names known.

    Paused rules are among them: one that wakes up must not find its places unheard of.
    """

    def __init__(self, store: Store, gazetteer: Callable[[], Gazetteer]) -> None:
        self._store = store
        self._current = gazetteer
        self._gazetteer = Gazetteer()
        self._revision = 0
        self._names: dict[int, tuple[Name, ...]] = {}  # of each rule that asks for one
        self._meant: dict[Name, tuple[Entity, ...]] = {}
        self._rules: dict[str, set[int]] = {}  # by the entity that they ask for

    def catch_up(self) -> None:
        """Take what has changed since."""
        gazetteer, revision = self._current(), self._store.rules.revision()
        if gazetteer is self._gazetteer and revision == self._revision:
            return
        if revision < self._revision:  # another database
            self._revision, self._names, self._rules = 0, {}, {}
        if gazetteer is not self._gazetteer:
            self._gazetteer, self._meant, self._rules = gazetteer, {}, {}
            for rule_id, names in list(self._names.items()):
                self._ask(rule_id, names)
        for rule_id, query in self._store.rules.changed_queries(self._revision).items():
            self._ask_no_more(rule_id)
            self._ask(rule_id, asked_names(query) if query else ())
        self._revision = revision

    def _ask(self, rule_id: int, names: tuple[Name, ...]) -> None:
        if names:
            self._names[rule_id] = names
        for name in names:
            if name not in self._meant:
                self._meant[name] = self._gazetteer.meant(name.name, name.kind)
            for entity in self._meant[name]:
                self._rules.setdefault(entity.id, set()).add(rule_id)

    def _ask_no_more(self, rule_id: int) -> None:
        for name in self._names.pop(rule_id, ()):
            for entity in self._meant[name]:
                asking = self._rules.get(entity.id, set())  # by another of its names, maybe
                asking.discard(rule_id)
                if not asking:
                    self._rules.pop(entity.id, None)

    def subjects(self, mentions: tuple[Mention, ...], fired: Iterable[int]) -> set[str]:
        """Return what an entry counts for: rules, and what it names up to what is asked for.

        Args:
            mentions: whom it names.
            fired: ids of the rules that fired on it.
        """
        found = {of_rule(rule_id) for rule_id in fired}
        for entity in {mention.entity.id: mention.entity for mention in mentions}.values():
            path = [one.id for one in self._gazetteer.within(entity)]
            asked = [place for place, one in enumerate(path, 1) if one in self._rules]
            found.update(path[: max(asked, default=0)])
        return found

    def by(self, subject: str) -> set[int]:
        """Return the rules that a subject concerns: a place, those that ask for what holds it."""
        if is_rule(subject):
            return {int(subject.removeprefix(_RULE))}
        path = self._gazetteer.within(self._gazetteer.get(subject))
        return {rule_id for entity in path for rule_id in self._rules.get(entity.id, ())}

    def path(self, subject: str) -> tuple[str, ...]:
        """Return the names from an entity to what contains it all; none of a rule."""
        if is_rule(subject):
            return ()
        return tuple(one.name for one in self._gazetteer.within(self._gazetteer.get(subject)))

    def since(self, subject: str, *, enough: datetime) -> datetime | None:
        """Return since when a subject is watched as it is now; None if it is not.

        Args:
            subject: a rule counts while it is awake, a place while any rule asks for it.
            enough: no earlier time makes a difference.
        """
        earliest = None
        for rule_id in sorted(self.by(subject)):
            history = self._store.rules.history(rule_id)
            since = _unchanged_since(history)
            if since and is_rule(subject):
                since = max(since, _awake_since(history) or since)
            earliest = min(since, earliest or since) if since else earliest
            if earliest and earliest <= enough:
                break
        return earliest


def _unchanged_since(history: list[RuleChange]) -> datetime | None:
    """Return since when a rule asks what it asks now."""
    since = None
    for change in history:
        before, after = _then(change.before), _then(change.after)
        if not before or not after or before["query"] != after["query"]:
            since = change.at
    return since


def _awake_since(history: list[RuleChange]) -> datetime | None:
    """Return when a rule woke up; None if it never slept."""
    woke = None
    for change in history:
        before, after = _then(change.before), _then(change.after)
        if until := after.get("paused_until"):
            woke = from_us(until)
        elif until := before.get("paused_until"):
            woke = min(change.at, from_us(until))
    return woke


def _then(rule: str | None) -> dict[str, Any]:
    return json.loads(rule) if rule else {}
