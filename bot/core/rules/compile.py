"""All rules as one index: an entry is scanned once, and only rules it may fire are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Match, Reason, Rule
from bot.core.rules.ast import And, Expr, Name, Not, Or, leaves
from bot.core.rules.language import parse
from bot.core.rules.needles import Hits, Needles
from bot.core.rules.triggers import triggers
from bot.core.text import fold

_AND: Final = "and"
_OR: Final = "or"
_NOT: Final = "not"
#: A rule over the numbers of its leaves: a number, or an operator and its items.
_Plan = int | tuple[str, tuple["_Plan", ...]]

_FIELD_ORDER: Final = ("title", "summary", "source", "url", "author", "tag", "lang")


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name in a rule that no entity has; it is looked for as text."""

    name: str
    kind: str  #: actor or location
    suggestions: tuple[str, ...]  #: known names that are spelled nearly like it


def unknown_names(expr: Expr, gazetteer: Gazetteer) -> list[UnknownName]:
    """Return the names in a rule that will be looked for as text, with the nearest known ones."""
    names = dict.fromkeys(leaf for leaf in leaves(expr) if isinstance(leaf, Name))
    return [
        UnknownName(name.name, name.kind.value, gazetteer.suggest(name.name, name.kind))
        for name in names
        if not gazetteer.lookup(name.name, name.kind)
    ]


class RuleSet:
    """Rules compiled for matching. Immutable; made by `compile_rules`."""

    def __init__(self, rules: Iterable[tuple[Rule, Expr]], gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._needles = Needles(gazetteer)
        self._plans: dict[int, _Plan] = {}
        self._rules: dict[int, Rule] = {}
        self._triggered: dict[int, list[int]] = {}  #: needle → ids of the rules it may fire
        self._asks_entities: set[int] = set()  #: ids of rules with a needle that is an entity
        self._entities_first = False  #: some rule can be triggered by an entity alone
        for rule, expr in rules:
            self._add(rule, expr)
        self._needles.build()

    @property
    def rules(self) -> Mapping[int, Rule]:
        """The rules by id."""
        return MappingProxyType(self._rules)

    def match(self, entry: Entry) -> tuple[Match, ...]:
        """Return the rules that fire on an entry and why, by rule id."""
        fields = (("title", fold(entry.title)), ("summary", fold(entry.summary)))
        hits = self._needles.find(entry, fields)
        candidates = self._candidates(hits)
        if self._entities_first or not self._asks_entities.isdisjoint(candidates):
            self._needles.add_mentions(self._gazetteer.mentions_in(fields), hits)
            candidates = self._candidates(hits)
        return tuple(
            self._match(rule_id, hits)
            for rule_id in sorted(candidates)
            if _holds(self._plans[rule_id], hits)
        )

    def _add(self, rule: Rule, expr: Expr) -> None:
        if rule.id in self._rules:
            raise ValueError(f"two rules with id {rule.id}")
        self._rules[rule.id] = rule
        self._plans[rule.id] = self._plan(expr)
        if any(self._needles.is_entity(self._needles.number(leaf)) for leaf in leaves(expr)):
            self._asks_entities.add(rule.id)
        for leaf in triggers(expr) or ():
            number = self._needles.number(leaf)
            self._triggered.setdefault(number, []).append(rule.id)
            self._entities_first |= self._needles.is_entity(number)

    def _plan(self, expr: Expr) -> _Plan:
        match expr:
            case Not(item):
                return _NOT, (self._plan(item),)
            case And(items):
                return _AND, tuple(map(self._plan, items))
            case Or(items):
                return _OR, tuple(map(self._plan, items))
            case _:
                return self._needles.number(expr)

    def _candidates(self, hits: Hits) -> set[int]:
        triggered = self._triggered
        return {rule_id for number in hits for rule_id in triggered.get(number, ())}

    def _match(self, rule_id: int, hits: Hits) -> Match:
        rule = self._rules[rule_id]
        reasons = dict.fromkeys(
            self._needles.reason(number, hit)
            for number in _contributors(self._plans[rule_id], hits, hit=True)
            for hit in hits[number]
        )
        why = tuple(sorted(reasons, key=_place))
        return Match(rule_id=rule_id, rule_version=rule.version, why=why)


def compile_rules(rules: Iterable[Rule], gazetteer: Gazetteer) -> RuleSet:
    """Compile rules for matching.

    Raises:
        RuleError: a query can't be read.
        ValueError: two rules share an id.
    """
    return RuleSet(((rule, parse(rule.query)) for rule in rules), gazetteer)


def _place(reason: Reason) -> tuple[int, int, int]:
    return _FIELD_ORDER.index(reason.field), reason.start, reason.end


def _holds(plan: _Plan, hits: Hits) -> bool:
    if isinstance(plan, int):
        return plan in hits
    operator, items = plan
    if operator is _AND:
        return all(_holds(item, hits) for item in items)
    if operator is _OR:
        return any(_holds(item, hits) for item in items)
    return not _holds(items[0], hits)


def _contributors(plan: _Plan, hits: Hits, *, hit: bool) -> Iterator[int]:
    """Yield the needles that were found and helped the plan to hold (or not, if not `hit`)."""
    if isinstance(plan, int):
        if hit:
            yield plan
        return
    operator, items = plan
    if operator is _NOT:
        yield from _contributors(items[0], hits, hit=not hit)
        return
    for item in items:
        if _holds(item, hits) is hit:
            yield from _contributors(item, hits, hit=hit)
