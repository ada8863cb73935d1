"""All rules at work: a large index that stays, and small ones for what changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Match, Rule
from bot.core.rules.ast import Expr, Name, leaves
from bot.core.rules.index import Index
from bot.core.rules.language import parse
from bot.core.rules.scene import Scene

#: How many rules may have changed before the small index is worth merging.
_CROWD: Final = 128
#: A middle index grows to this share of the large one before that is made anew.
_SHARE: Final = 16


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


@dataclass(frozen=True, slots=True)
class _Layer:
    """An index, and the ids of its rules that a later layer has again or that were removed."""

    index: Index
    gone: frozenset[int] = frozenset()

    def live(self) -> Iterable[Rule]:
        return (rule for rule in self.index.rules if rule.id not in self.gone)


class RuleSet:
    """Rules compiled for matching. Immutable; made by `compile_rules`, changed by `changed`."""

    def __init__(self, layers: tuple[_Layer, ...], gazetteer: Gazetteer) -> None:
        self._layers = layers  # the large one first, the latest last
        self._gazetteer = gazetteer
        asked = (entity_id for layer in layers for entity_id in layer.index.asked)
        self._may_name = gazetteer.asking(asked).may_be_in

    @cached_property
    def rules(self) -> Mapping[int, Rule]:
        """The rules by id."""
        return MappingProxyType({rule.id: rule for one in self._layers for rule in one.live()})

    @property
    def gazetteer(self) -> Gazetteer:
        """The names that the rules were compiled with."""
        return self._gazetteer

    def match(self, entry: Entry) -> tuple[Match, ...]:
        """Return the rules that fire on an entry and why, by rule id."""
        matches: list[Match] = []
        scene = Scene(entry, self._gazetteer, self._may_name)
        for layer in self._layers:
            if fired := layer.index.fired(scene, layer.gone):
                matches += fired.matches()
        matches.sort(key=_by_rule)
        return tuple(matches)

    def fired(
        self, entry: Entry, joined: bytes = b"", names: Collection[str] | None = None
    ) -> tuple[int, ...]:
        """Return the ids of the rules that fire on an entry; cheaper than `match`.

        Args:
            entry: what is searched.
            joined: its title and summary as `fold_pair` returns them, if that was done already.
            names: what `names_in` returns, if that was done already.
        """
        ids: list[int] = []
        scene = Scene(entry, self._gazetteer, self._may_name, joined, names)
        for layer in self._layers:
            if fired := layer.index.fired(scene, layer.gone):
                ids += fired.ids()
        ids.sort()
        return tuple(ids)

    @property
    def asks_names(self) -> bool:
        """Say whether a rule looks for actors or locations."""
        return any(layer.index.asked for layer in self._layers)

    def may_fire(self, joined: bytes) -> bool:
        """Say whether a rule may fire on an entry, by its title and summary as `fold_pair` folds them.

        It never denies what fires.
        """
        return any(layer.index.may_fire(joined, self._may_name) for layer in self._layers)

    def likely(self, texts: Sequence[bytes], names: Sequence[Collection[str] | None]) -> list[int]:
        """Return the places of the texts that `may_fire` does not deny; a scan of all at once.

        Args:
            texts: as `fold_pair` folds them.
            names: of each, what `names_in` returns; None where that was not done.
        """
        found: set[int] = set()
        for layer in self._layers:
            found |= layer.index.likely(texts, names, self._may_name)
        return sorted(found)

    # ── changes ───────────────────────────────────────────────────────────────

    def changed(self, rules: Iterable[Rule], removed: Collection[int] = ()) -> RuleSet:
        """Return this set with some rules added or replaced, and others removed.

        Only what changed since the last merge is compiled: milliseconds, however many rules
        there are.

        Raises:
            RuleError: a query can't be read.
        """
        changed = {rule.id: rule for rule in rules}
        out = frozenset({*changed, *removed})
        base, *rest = self._layers
        *middle, latest = rest or [_Layer(Index((), self._gazetteer))]
        fresh = {rule.id: rule for rule in latest.live()}
        for rule_id in out:
            fresh.pop(rule_id, None)
        latest_rules = {**fresh, **changed}.values()
        top = _Layer(
            Index(((rule, _read_lately(rule.query)) for rule in latest_rules), self._gazetteer)
        )
        under = (_Layer(layer.index, layer.gone | out) for layer in (base, *middle))
        return RuleSet((*under, top), self._gazetteer)

    @property
    def is_crowded(self) -> bool:
        """Say whether so much has changed that `merged` is due."""
        return len(self._layers) > 1 and len(self._layers[-1].index.rules) > _CROWD

    def merged(self) -> RuleSet:
        """Return the same rules with fewer layers. Takes seconds for 100,000: not while matching."""
        base, *rest = self._layers
        later = [rule for layer in rest for rule in layer.live()]
        if len(later) * _SHARE < len(base.index.rules):
            return RuleSet((base, self._layer(later), self._layer(())), self._gazetteer)
        return RuleSet((self._layer([*base.live(), *later]),), self._gazetteer)

    def _layer(self, rules: Iterable[Rule]) -> _Layer:
        return _Layer(Index(((rule, parse(rule.query)) for rule in rules), self._gazetteer))


def names_in(entry: Entry, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return the ids of the entities in an entry and of what contains them."""
    mentions = gazetteer.mentions(entry)
    above = (one.id for mention in mentions for one in gazetteer.within(mention.entity))
    return tuple(dict.fromkeys(above))


#: The rules of the latest layer are compiled again with each change, but not read again.
_read_lately: Final = lru_cache(maxsize=4 * _CROWD)(parse)


def _by_rule(match: Match) -> int:
    return match.rule_id


def compile_rules(rules: Iterable[Rule], gazetteer: Gazetteer) -> RuleSet:
    """Compile rules for matching.

    Raises:
        RuleError: a query can't be read.
        ValueError: two rules share an id.
    """
    return RuleSet((_Layer(Index(_read(rules), gazetteer)),), gazetteer)


def _read(rules: Iterable[Rule]) -> Iterable[tuple[Rule, Expr]]:
    known: set[int] = set()
    for rule in rules:
        if rule.id in known:
            raise ValueError(f"two rules with id {rule.id}")
        known.add(rule.id)
        yield rule, parse(rule.query)
