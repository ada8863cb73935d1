"""Many rules as one index: an entry is scanned once, and only rules it may fire are evaluated.

Only what triggers a rule is scanned for: of the terms that must all occur, the rarest. The others
are looked up in the folded text when a rule gets that far. It costs half the scan of all terms,
and a third of the memory.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

from bot.core.entities import Gazetteer
from bot.core.models import Match, Reason, Rule
from bot.core.rules.ast import Expr, Leaf, Near
from bot.core.rules.finders import Address, Finder, Names, Said, Words, lowered, starts
from bot.core.rules.needles import Lookup, Needles
from bot.core.rules.plan import Plan, is_sure, lead, plan_of, triggers
from bot.core.rules.scene import Scene
from bot.core.rules.triggers import narrows_only, rarity

_FIELD_ORDER: Final = {
    field: i
    for i, field in enumerate(("title", "summary", "source", "url", "author", "tag", "lang"))
}
_AT_ONCE: Final = 256  # texts that are scanned as one
_SHARED: Final = 3  # how much less rare a term counts each time twice as many rules have it

#: A rule's slot in the index, times four, plus one of these.
Code = int
_ASK: Final = 0  #: the rule has to be evaluated
_SURE: Final = 1  #: the rule fires as soon as this is found
_REST: Final = 2  #: the first item of the plan is found by this, the rest has to be evaluated
_WAYS: Final = _SURE | _REST


class _Automaton:
    """Byte patterns, each with the rules it triggers."""

    __slots__ = ("_automaton", "_codes", "_patterns", "_shared")

    def __init__(self) -> None:
        self._patterns: dict[bytes, list[Code]] = {}
        self._codes = array("q")  # of each pattern, its one code, or ~ where its codes are
        self._shared: list[tuple[Code, ...]] = []
        self._automaton: BytesAhoCorasick | None = None

    def add(self, pattern: bytes, codes: Sequence[Code]) -> None:
        self._patterns.setdefault(pattern, []).extend(codes)

    def build(self) -> None:
        for codes in self._patterns.values():
            self._codes.append(codes[0] if len(codes) == 1 else ~len(self._shared))
            if len(codes) > 1:
                self._shared.append(tuple(codes))
        self._automaton = BytesAhoCorasick(self._patterns) if self._patterns else None
        self._patterns = {}

    def codes(self, data: bytes) -> set[Code]:
        if self._automaton is None:
            return set()
        found = self._automaton.find_matches_as_indexes(data, overlapping=True)
        if not found:
            return set()
        codes = set()
        known = self._codes
        for pattern in {one[0] for one in found}:
            code = known[pattern]
            if code >= 0:
                codes.add(code)
            else:
                codes.update(self._shared[~code])
        return codes

    def places(self, texts: Sequence[bytes]) -> set[int]:
        """Return at which places among many texts a pattern occurs."""
        found: set[int] = set()
        if self._automaton is None:
            return found
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            ends = list(accumulate(map(len, some)))
            for _, at, _ in self._automaton.find_matches_as_indexes(
                b"".join(some), overlapping=True
            ):
                found.add(start + bisect_right(ends, at))
        return found

    def is_in(self, data: bytes) -> bool:
        return self._automaton is not None and bool(
            self._automaton.find_matches_as_indexes(data, overlapping=True)
        )

    def __bool__(self) -> bool:
        return self._automaton is not None


class Index:
    """Rules compiled for matching. Never changes."""

    def __init__(self, rules: Iterable[tuple[Rule, Expr]], gazetteer: Gazetteer) -> None:
        self._needles = Needles(gazetteer)
        self._rules: list[Rule] = []
        self._plans: list[Plan] = []
        for rule, expr in rules:
            self._rules.append(rule)
            self._plans.append(plan_of(expr, self._needles.number))
        self._text = _Automaton()
        self._said = {field: _Automaton() for field in ("source", "tag", "author")}
        self._url = _Automaton()
        self._entities: dict[str, list[Code]] = {}
        self._ids = array("q", (rule.id for rule in self._rules))
        self._arm()
        self._asks_more = bool(self._entities or self._url) or any(self._said.values())
        self.asked = self._needles.asked()  #: ids of the entities that rules ask for
        self._needles.seal()

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules, in the order given."""
        return self._rules

    def fired(self, scene: Scene, gone: AbstractSet[int]) -> Fired | None:
        """Return the rules that fire on an entry; None if none does.

        Args:
            scene: the entry.
            gone: ids of rules that do not count any longer.
        """
        codes = self._text.codes(scene.joined)
        if self._asks_more:
            codes.update(self._more_codes(scene))
        if not codes:
            return None
        lookup = Lookup(self._needles, scene)
        plans, holds = self._plans, lookup.holds
        slots = {code >> 2 for code in codes if code & _SURE}
        for code in codes:
            slot = code >> 2
            if slot not in slots:
                plan = plans[slot]
                if holds(plan[1:] if code & _REST else plan):  # type: ignore[index]
                    slots.add(slot)
        if gone:
            slots = {slot for slot in slots if self._ids[slot] not in gone}
        return Fired(self, slots, lookup) if slots else None

    def may_fire(self, joined: bytes, may_name: Callable[[bytes], bool]) -> bool:
        """Say of folded text alone whether a rule may fire; what else triggers one is not known."""
        if self._url or any(self._said.values()) or self._text.is_in(joined):
            return True
        return bool(self._entities) and may_name(joined)

    def likely(
        self,
        texts: Sequence[bytes],
        names: Sequence[Collection[str] | None],
        may_name: Callable[[bytes], bool],
    ) -> AbstractSet[int]:
        """Return the places of texts on which a rule may fire, all where text alone can't tell."""
        if self._url or any(self._said.values()):
            return set(range(len(texts)))
        found = self._text.places(texts)
        if self._entities:
            asked = self._entities.keys()
            found.update(
                at
                for at, (text, known) in enumerate(zip(texts, names, strict=True))
                if (may_name(text) if known is None else not asked.isdisjoint(known))
            )
        return found

    def ids(self, slots: Iterable[int]) -> list[int]:
        """Return the ids of the rules in these slots."""
        return [self._ids[slot] for slot in slots]

    def match(self, slot: int, lookup: Lookup) -> Match:
        """Return why the rule at `slot` fires."""
        rule = self._rules[slot]
        why = tuple(lookup.reasons(self._plans[slot]))
        if len(why) > 1:
            why = tuple(sorted(dict.fromkeys(why), key=_place))
        return Match(rule_id=rule.id, rule_version=rule.version, why=why)

    def _more_codes(self, scene: Scene) -> Iterator[Code]:
        for field, automaton in self._said.items():
            if automaton:
                for place in scene.places(field):
                    yield from automaton.codes(place.folded.data)
        if self._url and scene.entry.url:
            address = lowered(scene.entry.url)
            for start in starts(address) or (0,):
                # A line end marks where an address begins; no address contains one.
                yield from self._url.codes(b"\n" + address[start:].encode(errors="replace"))
        if self._entities:
            for entity_id in scene.names:
                yield from self._entities.get(entity_id, ())

    # ── arming ────────────────────────────────────────────────────────────────

    def _arm(self) -> None:
        """Put every rule under what triggers it, and make the automata."""
        uses = self._needles.uses
        ranks = [_rank(leaf, uses[number]) for number, leaf in enumerate(self._needles)]
        armed: dict[int, list[Code]] = {}
        for slot, plan in enumerate(self._plans):
            numbers = triggers(plan, ranks) or ()
            ahead = lead(plan, numbers)
            if ahead is not None:
                self._plans[slot] = ahead
            for number in numbers:
                way = _SURE if is_sure(plan, number) else _ASK if ahead is None else _REST
                armed.setdefault(number, []).append(slot << 2 | way)
        for number, codes in armed.items():
            self._aim(self._needles.finder(number), codes)
        for automaton in (self._text, *self._said.values(), self._url):
            automaton.build()

    def _aim(self, finder: Finder | bytes, codes: list[Code]) -> None:
        match finder:
            case bytes():
                self._text.add(finder, codes)
            case Words():  # the pattern is not all: the rest has to be looked at
                for pattern in finder.patterns:
                    self._text.add(pattern, [code & ~_WAYS for code in codes])
            case Names():
                for entity_id in finder.ids:
                    self._entities.setdefault(entity_id, []).extend(codes)
            case Said():
                for pattern in finder.patterns:
                    self._said[finder.field].add(pattern, codes)
            case _:
                assert isinstance(finder, Address), finder  # nothing else triggers
                part = finder.part.encode(errors="replace")
                self._url.add(b"\n" * finder.is_start + part, codes)


def _rank(leaf: Leaf | Near, uses: int) -> float:
    if isinstance(leaf, Near) or narrows_only(leaf):
        return -math.inf
    return rarity(leaf) - _SHARED * math.log2(uses)


class Fired:
    """The rules of one index that fire on an entry."""

    __slots__ = ("_index", "_lookup", "_slots")

    def __init__(self, index: Index, slots: AbstractSet[int], lookup: Lookup) -> None:
        self._index = index
        self._slots = slots
        self._lookup = lookup

    def ids(self) -> list[int]:
        """Return the ids of the rules."""
        return self._index.ids(self._slots)

    def matches(self) -> list[Match]:
        """Return the rules with their reasons."""
        return [self._index.match(slot, self._lookup) for slot in self._slots]


def _place(reason: Reason) -> tuple[int, int, int]:
    return _FIELD_ORDER[reason.field], reason.start, reason.end
