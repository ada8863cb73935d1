"""What decides whether a name means the entity here: the other names in the entry, the words beside.

Pure and in this order: a person's name is no place; a name with one plain sense counts; a weak
or ambiguous name counts with evidence, for the sense that has most of it.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.core.entities.people import (
    given_name_before,
    has_other_name_after,
    has_other_name_before,
    is_someone,
)
from bot.core.entities.surfaces import Candidate, Sense
from bot.core.models import Entity, Kind

#: Kinds of places by rank: what a rule that says "Georgia" means first.
RANKS: Final = {
    kind: rank
    for rank, kinds in enumerate(
        (("country",), ("territory",), ("capital",), ("region", "sea", "strait", "area"), ("city",))
    )
    for kind in kinds
}
_OTHER_RANK: Final = 4
_STATES: Final = frozenset({"country", "territory"})
_NATIONAL: Final = _STATES | {"capital"}

_REACH: Final = 80  # characters to look at on either side
_PLACE_BEFORE = re.compile(
    r"\b(?:in|into|inside|outside|near|across|throughout|within|visit(?:s|ed|ing)?|"
    r"(?:travel(?:s|led|ed|ling)?|fl(?:ew|ies|ying)|trip|visits?|return(?:s|ed)?) to|"
    r"border(?:s|ing)?(?: with)?|neighbou?r(?:s|ing)?|"
    r"(?:troops|soldiers|forces|refugees|migrants|rebels|aid|imports|exports) (?:from|to)|fle(?:e|es|ed|eing)|"
    r"(?:republic|kingdom|government|parliament|army|president|king|capital) of|"
    r"en|au|nach|aus|в|во|из|на)\s+$",
    re.IGNORECASE,
)
_STATE_AFTER = re.compile(
    r"(?:['’]s)?\s+(?:president|king|queen|prime minister|foreign minister|parliament|government|army|"
    r"military|capital|border|economy|embassy|ambassador|central bank|constitution|ruling party)\b"
    r"|[^.;!?]{1,60}\b(?:its|their) (?:borders?|airspace|territory|army|military|troops|forces|embassy|"
    r"ambassador|parliament|government|coast|waters)\b",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"(?:,|,? and|,? or| &|/|-|–)\s{0,3}")
_LONGEST_LIST_GAP: Final = 8
_BOUND_GAP = re.compile(r",\s{1,3}|\s\(")
_LIST_GOES_ON = re.compile(r",? (?:and|or|&) ")


def rank(entity: Entity) -> int:
    """Return the place of an entity among namesakes; lower comes first."""
    return RANKS.get(entity.type, _OTHER_RANK) if entity.kind is Kind.LOCATION else 0


def settle(candidates: Sequence[Candidate]) -> list[tuple[Candidate, Entity]]:
    """Return the candidates that count, each with the entity it means, in their order."""
    people: set[str] = set()
    left: list[Candidate] = []
    for candidate in _without_namesakes(candidates):
        if not candidate.senses:
            continue
        if _is_someone_else(candidate):
            people.add(candidate.text.casefold())
        elif not _is_relative(candidate):
            left.append(candidate)
    sure = [c for c in left if _is_sure(c) and c.text.casefold() not in people]
    if len(sure) == len(left):
        return [(c, c.senses[0].entity) for c in left]
    others = tuple({c.senses[0].entity.id: c.senses[0].entity for c in sure}.values())
    states = _edges(c for c in sure if c.senses[0].entity.type in _STATES)
    weighed = ((c, _weigh(c, others, states, named=c.text.casefold() in people)) for c in left)
    return [(c, entity) for c, entity in weighed if entity]


def _without_namesakes(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave the senses of places that fit the region named right after them.

    Paris, Texas is not in France, and no Paris of the same entry is.
    """
    places = [c for c in candidates if c.kind is Kind.LOCATION]
    homes = {
        one.text: {sense.entity.country for sense in region.senses}
        for one, region in itertools.pairwise(places)
        if _is_bound(one, region)
    }
    return [_at_home(c, homes) for c in candidates] if homes else list(candidates)


def _is_bound(one: Candidate, region: Candidate) -> bool:
    """Say whether `region` follows as the address of `one`: Cairo, Illinois; London (Ontario)."""
    if one.field != region.field or all(s.entity.type != "region" for s in region.senses):
        return False
    if not _BOUND_GAP.fullmatch(one.whole, one.end, region.start):
        return False
    states = any(s.entity.type in _STATES for s in (*one.senses, *region.senses))
    return not (states and _LIST_GOES_ON.match(one.whole, region.end))


def _at_home(candidate: Candidate, homes: Mapping[str, set[str | None]]) -> Candidate:
    home = homes.get(candidate.text)
    if home is None or candidate.kind is not Kind.LOCATION:
        return candidate
    senses = tuple(sense for sense in candidate.senses if sense.entity.country in home)
    return dataclasses.replace(candidate, senses=senses)


def _is_sure(candidate: Candidate) -> bool:
    return len(candidate.senses) == 1 and not candidate.senses[0].weak


def _is_someone_else(candidate: Candidate) -> bool:
    """Say whether the characters are part of some other person's or organisation's name."""
    whole, start, end = candidate.whole, candidate.start, candidate.end
    if candidate.text.isupper():
        return False
    if not _is_one_word(candidate.text):
        return _ends_in_surname(candidate) and has_other_name_after(whole, end)
    if candidate.kind is Kind.LOCATION:
        firm = any(s.entity.type != "city" and not s.weak for s in candidate.senses)
        return is_someone(whole, start, end, firm=firm)
    is_surname = all(s.weak and s.entity.type == "person" for s in candidate.senses)
    return is_surname and (has_other_name_before(whole, start) or has_other_name_after(whole, end))


def _ends_in_surname(candidate: Candidate) -> bool:
    """Say whether a name of several words is an office and a surname that many share."""
    last = candidate.text.split()[-1]
    return all(s.entity.type == "person" and last in s.entity.weak for s in candidate.senses)


def _is_relative(candidate: Candidate) -> bool:
    """Say whether a well-known surname follows another given name: Susan Pompeo is not Mike."""
    if candidate.kind is not Kind.ACTOR or not _is_one_word(candidate.text):
        return False
    if any(sense.entity.type != "person" for sense in candidate.senses):
        return False
    given = given_name_before(candidate.whole, candidate.start)
    own = (name for sense in candidate.senses for name in sense.entity.names)
    return bool(given) and not any(name.casefold().startswith(f"{given} ") for name in own)


def _weigh(
    candidate: Candidate, others: Sequence[Entity], states: Edges, *, named: bool
) -> Entity | None:
    """Return what the candidate means; None if nothing says so.

    Args:
        candidate: weak, ambiguous or plain.
        others: what those names in the entry mean that mean one thing only.
        states: where those of them stand that are states.
        named: the same word is part of a person's name elsewhere in the entry.
    """
    if _is_sure(candidate) and not named:
        return candidate.senses[0].entity
    scored = [(_support(sense, candidate, others), sense) for sense in candidate.senses]
    best, sense = max(scored, key=lambda pair: (pair[0], -rank(pair[1].entity), not pair[1].weak))
    if best or named:
        return sense.entity if best else None
    senses = _by_rank(candidate.senses)
    for sense in senses:
        if not sense.weak:
            return sense.entity
    first = senses[0]
    is_state = first.entity.type in _STATES and _reads_as_state(candidate, states)
    return first.entity if is_state else None


def _by_rank(senses: Iterable[Sense]) -> list[Sense]:
    return sorted(senses, key=lambda sense: (rank(sense.entity), sense.weak))


def _support(sense: Sense, candidate: Candidate, others: Sequence[Entity]) -> int:
    """Count how strongly the sure names of the entry speak for a sense."""
    entity = sense.entity
    if any(other.id == entity.id for other in others):
        return 4
    if entity.type == "person" and _is_one_word(candidate.text):
        return 0  # Kim, Lee, Powell: only with the full name
    same = [
        o for o in others if o.kind is Kind.LOCATION and o.country == entity.country is not None
    ]
    if entity.kind is Kind.ACTOR:
        return 2 if same else 0
    if entity.type in _NATIONAL:
        # Its leader speaks for a country as its places do: 北 beside 김정은.
        return 2 if any(o.country == entity.country is not None for o in others) else 0
    near = [o for o in same if o.type not in _STATES]
    if near:
        return 3 if any(o.parent in {entity.id, entity.parent} for o in near) else 2
    # "The US sent an envoy to Georgia" says nothing about the state of that name.
    rivals = any(s.entity.type in _STATES for s in candidate.senses)
    return 1 if same and not rivals else 0


def _is_one_word(text: str) -> bool:
    return text != text.lower() and not re.search(r"[\s-]", text)


def _reads_as_state(candidate: Candidate, states: Edges) -> bool:
    """Say whether the words around treat the name as a state: in Chad, Chad's army, Libya and Chad."""
    start, end = candidate.start, candidate.end
    before = candidate.whole[max(0, start - _REACH) : start]
    after = candidate.whole[end : end + _REACH]
    if _PLACE_BEFORE.search(before) or _STATE_AFTER.match(after):
        return True
    return any(
        (candidate.field, edge) in states
        and _LIST_GAP.fullmatch(candidate.whole, min(edge, end), max(edge, start))
        for edge in (
            *range(start - _LONGEST_LIST_GAP, start),
            *range(end + 1, end + _LONGEST_LIST_GAP + 1),
        )
    )


#: Fields and offsets where names begin or end.
Edges = frozenset[tuple[str, int]]


def _edges(candidates: Iterable[Candidate]) -> Edges:
    return frozenset((c.field, offset) for c in candidates for offset in (c.start, c.end))


# ── surnames ──────────────────────────────────────────────────────────────────

_SHORTEST_SURNAME = 4


def surnames(
    settled: Sequence[tuple[Candidate, Entity]], texts: Iterable[tuple[str, str]]
) -> list[tuple[Candidate, Entity]]:
    """Return where people named in full are named by surname alone.

    Args:
        settled: what has been found so far.
        texts: field names and texts.
    """
    people = {
        c.text.split()[-1]: e
        for c, e in settled
        if e.type == "person" and " " in c.text and _is_surname(c.text.split()[-1])
    }
    if not people:
        return []
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, people))})\b")
    found = (
        (_alone(field, text, match, people[match[0]]), people[match[0]])
        for field, text in texts
        for match in pattern.finditer(text)
        if not has_other_name_before(text, match.start())
    )
    taken = {(c.field, offset) for c, _ in settled for offset in range(c.start, c.end)}
    return [
        (c, e) for c, e in found if taken.isdisjoint((c.field, i) for i in range(c.start, c.end))
    ]


def _is_surname(word: str) -> bool:
    return len(word) >= _SHORTEST_SURNAME and word[0].isupper() and "-" not in word


def _alone(field: str, text: str, match: re.Match[str], entity: Entity) -> Candidate:
    return Candidate(field, text, *match.span(), Kind.ACTOR, (Sense(entity, weak=True),))
