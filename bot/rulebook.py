"""The rules in force: compiled once, and again only when one of them changed or woke up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from bot.core.entities import Gazetteer
from bot.core.models import Rule
from bot.core.rules import RuleSet, compile_rules
from bot.store import Store


def is_paused(rule: Rule, now: datetime) -> bool:
    """Say whether a rule is silent at `now`."""
    return rule.paused_until is not None and rule.paused_until > now


class Rulebook:
    """Hands out the compiled rules that are live at a moment."""

    def __init__(self, store: Store, gazetteer: Callable[[], Gazetteer]) -> None:
        self._store = store
        self._gazetteer = gazetteer
        self._lock = threading.Lock()
        self._revision = -1
        self._wakes_at: datetime | None = None
        self._compiled: RuleSet | None = None

    @property
    def gazetteer(self) -> Gazetteer:
        """The known actors and locations."""
        return self._gazetteer()

    def current(self, now: datetime) -> RuleSet:
        """Return the rules to match with at `now`."""
        with self._lock:
            revision = self._store.rules.revision()
            woke = self._wakes_at is not None and self._wakes_at <= now
            if self._compiled is None or revision != self._revision or woke:
                self._compile(revision, now)
            assert self._compiled is not None
            return self._compiled

    def _compile(self, revision: int, now: datetime) -> None:
        rules = self._store.rules.live()
        asleep = [rule.paused_until for rule in rules if is_paused(rule, now)]
        self._wakes_at = min((until for until in asleep if until), default=None)
        active = [rule for rule in rules if not is_paused(rule, now)]
        self._compiled = compile_rules(active, self.gazetteer)
        self._revision = revision
