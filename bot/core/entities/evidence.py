"""What decides whether a name means the entity here: the other names in the entry, the words beside.

Pure and in this order: a person's name is no place, a language no country; a name with one plain
sense counts; a weak or ambiguous name counts with evidence, for the sense that has most of it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.core.entities.context import (
    acts_as_region,
    acts_as_state,
    is_given_to_someone,
    is_language,
    reads_as_state,
    stands_after_town,
)
from bot.core.entities.people import (
    given_name_before,
    has_other_name_after,
    has_other_name_before,
    is_someone,
    names_event,
)
from bot.core.entities.surfaces import Candidate, Sense
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
STATES: Final = frozenset({"country", "territory"})
_NATIONAL: Final = STATES | {"capital"}
#: Ranks that the feed's own region does not outweigh: London is not in Ontario for a Canadian.
_FIRM_RANK: Final = 2

_LIST_GAP = re.compile(r"(?:,|,? and|,? or| &|/|-|–)\s{0,3}")
_LONGEST_LIST_GAP: Final = 8
_BOUND_GAP = re.compile(r",\s{1,3}|\s\(")
_LONGEST_BOUND_GAP: Final = 4
_LONGEST_SHORT: Final = 4  # Mich., without the full stop
_LIST_GOES_ON = re.compile(r",? (?:and|or|&) ")


def rank(entity: Entity) -> int:
    """Return the place of an entity among namesakes; lower comes first."""
    return RANKS.get(entity.type, _OTHER_RANK) if entity.kind is Kind.LOCATION else 0


def settle(candidates: Sequence[Candidate], home: str = "") -> list[Verdict]:
    """Return what each candidate means and why, in their order.

    Args:
        candidates: the names in an entry.
        home: the country the feed comes from, ISO 3166-1; empty if unknown.
    """
    verdicts: dict[int, Verdict] = {}
    people: set[str] = set()
    left: list[tuple[int, Candidate]] = []
    bound = _bound(candidates) if len(candidates) > 1 else candidates
    for number, candidate in enumerate(bound):
        why = _against(candidate)
        if why is None:
            left.append((number, candidate))
        else:
            verdicts[number] = Verdict(candidate, None, why)
            if why is Why.SOMEONE:
                people.add(candidate.text.casefold())
    verdicts |= _weighed(left, people, home)
    return [verdicts[number] for number in range(len(verdicts))]


def _against(candidate: Candidate) -> Why | None:
    """Say what speaks against a candidate, whatever else the entry names."""
    whole, start, end = candidate.whole, candidate.start, candidate.end
    if not candidate.senses:
        return Why.ELSEWHERE
    if candidate.senses[0].team:
        return None
    is_actor = candidate.kind is Kind.ACTOR
    if _is_someone_else(candidate) or (is_actor and names_event(whole, end)):
        return Why.SOMEONE
    if is_actor:
        return Why.RELATIVE if _is_relative(candidate) else None
    return Why.LANGUAGE if is_language(whole, start, end) else None


def _weighed(
    left: Sequence[tuple[int, Candidate]], people: set[str], home: str
) -> dict[int, Verdict]:
    sure = [c for _, c in left if _is_sure(c) and not (people and c.text.casefold() in people)]
    if len(sure) == len(left):
        return {n: Verdict(c, c.senses[0].entity, _plain_why(c)) for n, c in left}
    others = tuple({c.senses[0].entity.id: c.senses[0].entity for c in sure}.values())
    scale = _Scale(others, _edges(c for c in sure if c.senses[0].entity.type in STATES), home)
    verdicts = {n: scale.weigh(c, named=c.text.casefold() in people) for n, c in left}
    return _one_sense_per_entry(verdicts, people)


def _one_sense_per_entry(verdicts: dict[int, Verdict], people: set[str]) -> dict[int, Verdict]:
    meant = {
        v.candidate.text: v.entity
        for v in verdicts.values()
        if v.entity and v.candidate.text.casefold() not in people
    }
    return {
        number: Verdict(v.candidate, meant[v.candidate.text], Why.SAME)
        if v.entity is None and v.candidate.text in meant and v.candidate.kind is Kind.LOCATION
        else v
        for number, v in verdicts.items()
    }


# ── places beside their regions ───────────────────────────────────────────────


def _bound(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Leave the senses of places that fit the region named right after them, and no other of it.

    Paris, Texas is not in France, and no Paris of the same entry is.
    """
    places = [c for c in candidates if c.kind is Kind.LOCATION]
    homes: dict[str, set[str | None]] = {}
    regions: dict[tuple[str, int], Candidate] = {}
    for one, region in itertools.pairwise(places):
        if _is_bound(one, region):
            homes[one.text.casefold()] = {sense.entity.country for sense in region.senses}
            regions[region.field, region.start] = _as_region(region)
    if not homes:
        return candidates
    return [
        regions.get((c.field, c.start), _at_home(c, homes)) if c.kind is Kind.LOCATION else c
        for c in candidates
    ]


def _is_bound(one: Candidate, region: Candidate) -> bool:
    """Say whether `region` follows as the address of `one`: Cairo, Illinois; London (Ontario)."""
    if one.field != region.field or not 1 < region.start - one.end <= _LONGEST_BOUND_GAP:
        return False
    if all(s.entity.type != "region" for s in region.senses) or not _is_address(region):
        return False
    if not _BOUND_GAP.fullmatch(one.whole, one.end, region.start):
        return False
    states = any(s.entity.type in STATES for s in (*one.senses, *region.senses))
    return not (states and _LIST_GOES_ON.match(one.whole, region.end))


def _is_address(region: Candidate) -> bool:
    """Say whether a short name of a region may be one here: Paris, Mo. but not Paris, Mo Farah."""
    short = len(region.text) <= _LONGEST_SHORT and all(sense.weak for sense in region.senses)
    return not short or region.whole[region.end : region.end + 1] == "."


def _as_region(region: Candidate) -> Candidate:
    regions = [sense for sense in region.senses if sense.entity.type == "region"]
    if len(regions) > 1 or len(regions) < len(region.senses):
        return region
    return region._replace(senses=(regions[0]._replace(weak=False),))


def _at_home(candidate: Candidate, homes: Mapping[str, set[str | None]]) -> Candidate:
    home = homes.get(candidate.text.casefold())
    if home is None:
        return candidate
    senses = tuple(sense for sense in candidate.senses if sense.entity.country in home)
    return candidate._replace(senses=senses)


# ── persons ───────────────────────────────────────────────────────────────────


def _is_someone_else(candidate: Candidate) -> bool:
    """Say whether the characters are part of some other person's or organisation's name."""
    whole, start, end = candidate.whole, candidate.start, candidate.end
    text = candidate.text
    if text.isupper():
        return False
    if text.startswith(_SAINTS):
        return candidate.kind is Kind.LOCATION and (
            whole[end : end + 1] == " " and whole[end + 1 : end + 2].isupper()
        )
    if not _is_one_word(text):
        return _ends_in_surname(candidate) and has_other_name_after(whole, end)
    if candidate.kind is Kind.LOCATION:
        firm = any(s.entity.type not in {"city", "town"} and not s.weak for s in candidate.senses)
        state = any(s.entity.type in STATES for s in candidate.senses)
        return is_someone(whole, start, end, firm=firm) or is_given_to_someone(
            whole, start, state=state
        )
    is_surname = all(s.weak and s.entity.type == "person" for s in candidate.senses)
    return is_surname and (has_other_name_before(whole, start) or has_other_name_after(whole, end))


def _ends_in_surname(candidate: Candidate) -> bool:
    """Say whether a name of several words is an office and a surname that many share."""
    if any(s.entity.type != "person" for s in candidate.senses):
        return False
    last = candidate.text.split()[-1]
    return all(last in s.entity.weak for s in candidate.senses)


def _is_relative(candidate: Candidate) -> bool:
    """Say whether a well-known surname follows another given name: Susan Pompeo is not Mike."""
    if not _is_one_word(candidate.text):
        return False
    if any(sense.entity.type != "person" for sense in candidate.senses):
        return False
    given = given_name_before(candidate.whole, candidate.start)
    own = (name for sense in candidate.senses for name in sense.entity.names)
    return bool(given) and not any(name.casefold().startswith(f"{given} ") for name in own)


def _is_one_word(text: str) -> bool:
    return " " not in text and "-" not in text and text != text.lower() and not _SPACE.search(text)


#: Churches, schools and streets are called so wherever they are.
_SAINTS: Final = ("St ", "St. ", "Saint ")
_SPACE = re.compile(r"\s")


# ── weights ───────────────────────────────────────────────────────────────────

#: Fields and offsets where names begin or end.
_Edges = frozenset[tuple[str, int]]


def _is_sure(candidate: Candidate) -> bool:
    return len(candidate.senses) == 1 and (not candidate.senses[0].weak or candidate.senses[0].team)


def _plain_why(candidate: Candidate) -> Why:
    return Why.TEAM if candidate.senses[0].team else Why.PLAIN


def _edges(candidates: Iterable[Candidate]) -> _Edges:
    return frozenset((c.field, offset) for c in candidates for offset in (c.start, c.end))


class _Scale:
    """Weighs what a name may mean by the rest of its entry."""

    def __init__(self, others: Sequence[Entity], states: _Edges, home: str) -> None:
        """Take what the sure names mean, where those of states stand, and the feed's country."""
        self._others, self._states, self._home = others, states, home

    def weigh(self, candidate: Candidate, *, named: bool) -> Verdict:
        """Say what a candidate means.

        Args:
            candidate: weak, ambiguous or plain.
            named: the same word is part of a person's name elsewhere in the entry.
        """
        if _is_sure(candidate) and (not named or candidate.senses[0].team):
            return Verdict(candidate, candidate.senses[0].entity, _plain_why(candidate))
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
            and _is_address(candidate)
            and stands_after_town(candidate.whole, candidate.start)
        ):
            return Verdict(candidate, first, Why.BOUND)
        return Verdict(candidate, None, Why.NOTHING)

    def _support(self, sense: Sense, candidate: Candidate) -> int:
        """Count how strongly the sure names of the entry speak for a sense."""
        entity, others = sense.entity, self._others
        if any(other.id == entity.id for other in others):
            return 4
        if entity.type == "person" and _is_one_word(candidate.text):
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


def _support_of_place(place: Entity, same: Sequence[Entity], senses: Iterable[Sense]) -> int:
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
    rivals = any(sense.entity.type in STATES for sense in senses)
    return 1 if same and not rivals else 0


# ── surnames ──────────────────────────────────────────────────────────────────

_SHORTEST_SURNAME = 4


def surnames(settled: Sequence[Verdict], texts: Iterable[tuple[str, str]]) -> list[Verdict]:
    """Return where people named in full are named by surname alone.

    Args:
        settled: what has been found so far.
        texts: field names and texts.
    """
    people = {
        last: v.entity
        for v in settled
        if v.entity
        and v.entity.type == "person"
        and " " in (text := v.candidate.text)
        and _is_surname(last := text.rpartition(" ")[2])
    }
    if not people:
        return []
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, people))})\b")
    found = (
        _alone(field, text, match, people[match[0]])
        for field, text in texts
        for match in pattern.finditer(text)
        if not has_other_name_before(text, match.start())
    )
    taken = {
        (v.candidate.field, offset)
        for v in settled
        if v.entity
        for offset in range(v.candidate.start, v.candidate.end)
    }
    return [
        v
        for v in found
        if taken.isdisjoint(
            (v.candidate.field, i) for i in range(v.candidate.start, v.candidate.end)
        )
    ]


def _is_surname(word: str) -> bool:
    return len(word) >= _SHORTEST_SURNAME and word[0].isupper() and "-" not in word


def _alone(field: str, text: str, match: re.Match[str], entity: Entity) -> Verdict:
    senses = (Sense(entity, weak=True),)
    return Verdict(Candidate(field, text, *match.span(), Kind.ACTOR, senses), entity, Why.SURNAME)
