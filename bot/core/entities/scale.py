"""Weighs what a name may mean by the other names of its entry, and by the words beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.entities.addresses import is_address
from bot.core.entities.candidates import STATES, Candidate, Sense, Senses
from bot.core.entities.context import (
    acts_as_region,
    acts_as_state,
    reads_as_state,
    stands_after_town,
)
from bot.core.entities.people import is_one_word
from bot.core.entities.verdict import Verdict, Why
from bot.core.models import Entity, Kind

#: Kinds of places by rank: what a rule that says "Georgia" means first.
RANKS: Final = {
    kind: rank
    for rank, kinds in enumerate(
        (
            ("country",),
            ("territory",),
            ("capital",),
            ("region", "sea", "strait", "area"),
            ("city",),
            ("town",),
        )
    )
    for kind in kinds
}
_OTHER_RANK: Final = 4
_NATIONAL: Final = STATES | {"capital"}
#: Ranks that the feed's own region does not outweigh: London is not in Ontario for a Canadian.
_FIRM_RANK: Final = 2

_LIST_GAP = re.compile(r"(?:,|,? and|,? or| &|/|-|–)\s{0,3}")
_LONGEST_LIST_GAP: Final = 8


def rank(entity: Entity) -> int:
    """Return the place of an entity among namesakes; lower comes first."""
    return RANKS.get(entity.type, _OTHER_RANK) if entity.kind is Kind.LOCATION else 0


def plain_why(candidate: Candidate) -> Why:
    """Say why a sure name counts."""
    return Why.TEAM if candidate.senses[0].team else Why.PLAIN


#: Fields and offsets where names begin or end.
Edges = frozenset[tuple[str, int]]


def edges(candidates: Iterable[Candidate]) -> Edges:
    """Return where the names begin and end."""
    return frozenset((c.field, offset) for c in candidates for offset in (c.start, c.end))


class Scale:
    """Weighs what a name may mean by the rest of its entry."""

    def __init__(self, others: Sequence[Entity], states: Edges, home: str) -> None:
        """Take what the sure names mean, where those of states stand, and the feed's country."""
        self._others, self._states, self._home = others, states, home

    def weigh(self, candidate: Candidate, *, named: bool) -> Verdict:
        """Say what a candidate means.

        Args:
            candidate: weak, ambiguous or plain.
            named: the same word is part of a person's name elsewhere in the entry.
        """
        if candidate.senses.is_sure and (not named or candidate.senses[0].team):
            return Verdict(candidate, candidate.senses[0].entity, plain_why(candidate))
        scored = [(self._support(sense, candidate), sense) for sense in candidate.senses]
        best, sense = max(
            scored, key=lambda pair: (pair[0], -rank(pair[1].entity), not pair[1].weak)
        )
        if best:
            return Verdict(candidate, sense.entity, Why.AROUND)
        if named:
            state = next((s.entity for s in candidate.senses if s.entity.type in STATES), None)
            if state is None or not acts_as_state(candidate.whole, candidate.end):
                return Verdict(candidate, None, Why.NOTHING)
            return Verdict(candidate, state, Why.STATE)
        return self._by_itself(candidate)

    def _by_itself(self, candidate: Candidate) -> Verdict:
        """Say what a candidate means that no other name speaks for."""
        senses = sorted(candidate.senses, key=lambda sense: (rank(sense.entity), sense.weak))
        first = senses[0].entity
        states = [sense for sense in senses if sense.entity.type in STATES]
        regions = [sense.entity for sense in senses if sense.entity.type == "region"]
        if len(regions) == 1 and acts_as_region(candidate.whole, candidate.end):
            return Verdict(candidate, regions[0], Why.REGION)
        # Of two states of one name, as Korea, the words around speak for neither.
        if len(states) == 1 and self._reads_as_state(candidate):
            return Verdict(candidate, first, Why.STATE)
        if len(senses) > 1 and not (rank(first) <= _FIRM_RANK and not senses[0].weak):
            at_home = [s.entity for s in senses if s.entity.country == self._home != ""]
            if at_home and candidate.kind is Kind.LOCATION:
                return Verdict(candidate, at_home[0], Why.HOME)
        for sense in senses:
            if not sense.weak:
                return Verdict(candidate, sense.entity, Why.FOREMOST)
        if (
            first.type == "region"
            and is_address(candidate)
            and stands_after_town(candidate.whole, candidate.start)
        ):
            return Verdict(candidate, first, Why.BOUND)
        return Verdict(candidate, None, Why.NOTHING)

    def _support(self, sense: Sense, candidate: Candidate) -> int:
        """Count how strongly the sure names of the entry speak for a sense."""
        entity, others = sense.entity, self._others
        if any(other.id == entity.id for other in others):
            return 4
        if entity.type == "person" and is_one_word(candidate.text):
            return 0  # Kim, Lee, Powell: only with the full name
        same = [o for o in others if o.country == entity.country is not None]
        if entity.type in _NATIONAL:
            return 2 if same else 0  # its leader speaks for it as its places do: 北 beside 김정은
        places = [other for other in same if other.kind is Kind.LOCATION]
        if entity.kind is Kind.ACTOR:
            return 2 if places else 0
        return _support_of_place(entity, places, candidate.senses)

    def _reads_as_state(self, candidate: Candidate) -> bool:
        """Say whether the words around treat the name as a state: in Chad, Libya and Chad."""
        start, end = candidate.start, candidate.end
        if reads_as_state(candidate.whole, start, end):
            return True
        return any(
            (candidate.field, edge) in self._states
            and _LIST_GAP.fullmatch(candidate.whole, min(edge, end), max(edge, start))
            for edge in (
                *range(start - _LONGEST_LIST_GAP, start),
                *range(end + 1, end + _LONGEST_LIST_GAP + 1),
            )
        )


def _support_of_place(place: Entity, same: Sequence[Entity], senses: Senses) -> int:
    """Count how strongly other places of its country speak for a place that is no state."""
    near = [other for other in same if other.type not in STATES]
    region = place.parent if place.parent != f"loc:{place.country}" else ""
    if any((region and region in {o.id, o.parent}) or o.parent == place.id for o in near):
        return 3
    if place.type == "town":
        return 0  # its country has thousands of them
    if near:
        return 2
    # "The US sent an envoy to Georgia" says nothing about the state of that name.
    return 1 if same and not senses.is_state else 0
