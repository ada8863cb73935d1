"""The rules in force: compiled once, changed in milliseconds, merged in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from bot.core.entities import Gazetteer
from bot.core.models import Rule
from bot.core.rules import RuleSet, compile_rules
from bot.log import get_logger
from bot.store import Store

log = get_logger(__name__)

#: So many rules are compiled anew at once; more of them, while the old ones still match.
_QUICK = 2_000
#: Rules added or replaced, and the ids of those that are silent or gone.
_Change = tuple[list[Rule], set[int]]


def is_paused(rule: Rule, now: datetime) -> bool:
    """Say whether a rule is silent at `now`."""
    return rule.paused_until is not None and rule.paused_until > now


class Rulebook:
    """Hands out the compiled rules that are live at a moment.

    A change takes effect with the next `current`: only what changed is compiled. What has
    gathered so is merged by a thread of its own, and so is everything when the names change and
    the rules are many; until that is done, the rules before go on matching.
    """

    def __init__(self, store: Store, gazetteer: Callable[[], Gazetteer]) -> None:
        self._store = store
        self._gazetteer = gazetteer
        self._lock = threading.Lock()
        self._revision = -1
        self._asleep: dict[int, Rule] = {}
        self._compiled: RuleSet | None = None
        self._worker: threading.Thread | None = None
        self._since: list[_Change] = []  # what changed while the worker works

    @property
    def gazetteer(self) -> Gazetteer:
        """The known actors and locations."""
        return self._gazetteer()

    def current(self, now: datetime) -> RuleSet:
        """Return the rules to match with at `now`."""
        # The store's lock first: others come for the rules while they hold it, in a transaction,
        # and each would wait for ever for what the other has.
        with self._store.transaction(), self._lock:
            revision = self._store.rules.revision()
            if self._compiled is None or revision < self._revision:
                self._since = []  # what a worker may be at is out of date
                awake = self._awake(self._store.rules.live(), now)
                self._compiled = compile_rules(awake, self.gazetteer)
            else:
                self._take_changes(self._compiled, now)
            self._revision = revision
            return self._renewed(self._compiled)

    def settle(self) -> None:
        """Wait until nothing is left to do in the background."""
        while worker := self._worker:
            worker.join()

    def _awake(self, rules: list[Rule], now: datetime) -> list[Rule]:
        """Return the rules that may speak; remember those that will."""
        for rule in rules:
            self._asleep.pop(rule.id, None)
            if is_paused(rule, now):
                self._asleep[rule.id] = rule
        return [rule for rule in rules if rule.id not in self._asleep]

    def _take_changes(self, compiled: RuleSet, now: datetime) -> None:
        changed, removed = self._store.rules.changed_since(self._revision)
        for rule_id in removed:
            self._asleep.pop(rule_id, None)
        woken = [rule for rule in self._asleep.values() if not is_paused(rule, now)]
        if not (changed or removed or woken):
            return
        awake = self._awake([*{rule.id: rule for rule in (*woken, *changed)}.values()], now)
        out = {*removed, *self._asleep} & {*removed, *(rule.id for rule in changed)}
        self._compiled = compiled.changed(awake, out)
        if self._worker:
            self._since.append((awake, out))

    # ── in the background ─────────────────────────────────────────────────────

    def _renewed(self, compiled: RuleSet) -> RuleSet:
        gazetteer = self.gazetteer
        if gazetteer is not compiled.gazetteer and len(compiled.rules) <= _QUICK:
            self._compiled = compiled = compile_rules(compiled.rules.values(), gazetteer)
        if not self._worker and (gazetteer is not compiled.gazetteer or compiled.is_crowded):
            since: list[_Change] = []
            self._since = since
            arguments = (compiled, gazetteer, since)
            self._worker = threading.Thread(
                target=self._renew, args=arguments, name="rulebook", daemon=True
            )
            self._worker.start()
        return compiled

    def _renew(self, compiled: RuleSet, gazetteer: Gazetteer, since: list[_Change]) -> None:
        try:
            if gazetteer is compiled.gazetteer:
                fresh = compiled.merged()
            else:
                fresh = compile_rules(compiled.rules.values(), gazetteer)
            with self._lock:
                if since is self._since:
                    for changed, removed in since:
                        fresh = fresh.changed(changed, removed)
                    self._compiled = fresh
        except Exception:  # the rules before go on matching; the next `current` tries again
            log.exception("can't merge the rules")
        finally:
            self._worker = None
