"""What decides whether a name means the entity here: the other names in the entry, the words beside.

Pure and in this order: a person's name is no place; a name with one plain sense counts; a weak
or ambiguous name counts with evidence, for the sense that has most of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.entities.people import has_other_name_after, has_other_name_before, is_someone
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

_REACH: Final = 40  # characters to look at on either side
_PLACE_BEFORE = re.compile(
    r"\b(?:in|into|inside|outside|near|across|throughout|within|visit(?:s|ed|ing)?|"
    r"(?:travel(?:s|led|ed|ling)?|fl(?:ew|ies|ying)|trip|visits?|return(?:s|ed)?) to|"
    r"border(?:s|ing)?(?: with)?|neighbou?r(?:s|ing)?|"
    r"(?:republic|kingdom|government|parliament|army|president|king|capital) of|"
    r"en|au|nach|aus|в|во|из|на)\s+$",
    re.IGNORECASE,
)
_STATE_AFTER = re.compile(
    r"(?:['’]s)?\s+(?:president|king|queen|prime minister|foreign minister|parliament|government|army|"
    r"military|capital|border|economy|embassy|ambassador|central bank|constitution|ruling party)\b",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"(?:,|,? and|,? or| &|/|-|–)\s*")


def rank(entity: Entity) -> int:
    """Return the place of an entity among namesakes; lower comes first."""
    return RANKS.get(entity.type, _OTHER_RANK) if entity.kind is Kind.LOCATION else 0


def settle(candidates: Sequence[Candidate]) -> list[tuple[Candidate, Entity]]:
    """Return the candidates that count, each with the entity it means, in their order."""
    people: set[str] = set()
    left: list[Candidate] = []
    for candidate in candidates:
        if _is_someone_else(candidate):
            people.add(candidate.text.casefold())
        else:
            left.append(candidate)
    sure = [c for c in left if _is_sure(c) and c.text.casefold() not in people]
    if len(sure) == len(left):
        return [(c, c.senses[0].entity) for c in left]
    weighed = ((c, _weigh(c, sure, named=c.text.casefold() in people)) for c in left)
    return [(c, entity) for c, entity in weighed if entity]


def _is_sure(candidate: Candidate) -> bool:
    return len(candidate.senses) == 1 and not candidate.senses[0].weak


def _is_someone_else(candidate: Candidate) -> bool:
    """Say whether the characters are part of some other person's or organisation's name."""
    whole, start, end = candidate.whole, candidate.start, candidate.end
    if not _is_one_word(candidate.text) or candidate.text.isupper():
        return False
    if candidate.kind is Kind.LOCATION:
        firm = any(s.entity.type not in {"city", "region"} and not s.weak for s in candidate.senses)
        return is_someone(whole, start, end, firm=firm)
    is_surname = all(s.weak and s.entity.type == "person" for s in candidate.senses)
    return is_surname and (has_other_name_before(whole, start) or has_other_name_after(whole, end))


def _weigh(candidate: Candidate, sure: Sequence[Candidate], *, named: bool) -> Entity | None:
    """Return what the candidate means; None if nothing says so.

    Args:
        candidate: weak, ambiguous or plain.
        sure: the names in the entry that mean one thing only.
        named: the same word is part of a person's name elsewhere in the entry.
    """
    if _is_sure(candidate) and not named:
        return candidate.senses[0].entity
    others = [c.senses[0].entity for c in sure]
    scored = [(_support(sense, candidate, others), sense) for sense in candidate.senses]
    best, sense = max(scored, key=lambda pair: (pair[0], -rank(pair[1].entity), not pair[1].weak))
    if best or named:
        return sense.entity if best else None
    first, *_ = _by_rank(candidate.senses)
    if not first.weak:
        return first.entity
    is_state = first.entity.type in _STATES and _reads_as_state(candidate, sure)
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
    if entity.kind is Kind.ACTOR or entity.type in _NATIONAL:
        return 2 if same else 0
    if any(o.parent in {entity.id, entity.parent} and o.type not in _STATES for o in same):
        return 3
    if any(o.type not in _STATES for o in same):
        return 2
    # "The US sent an envoy to Georgia" says nothing about the state of that name.
    rivals = any(s.entity.type in _STATES for s in candidate.senses)
    return 1 if same and not rivals else 0


def _is_one_word(text: str) -> bool:
    return text != text.lower() and not re.search(r"[\s-]", text)


def _reads_as_state(candidate: Candidate, sure: Sequence[Candidate]) -> bool:
    """Say whether the words around treat the name as a state: in Chad, Chad's army, Libya and Chad."""
    start, end = candidate.start, candidate.end
    before = candidate.whole[max(0, start - _REACH) : start]
    after = candidate.whole[end : end + _REACH]
    if _PLACE_BEFORE.search(before) or _STATE_AFTER.match(after):
        return True
    return any(
        other.senses[0].entity.type in _STATES and _is_listed_with(candidate, other)
        for other in sure
    )


def _is_listed_with(one: Candidate, other: Candidate) -> bool:
    if one.field != other.field:
        return False
    first, second = sorted((one, other), key=lambda c: c.start)
    return bool(_LIST_GAP.fullmatch(one.whole[first.end : second.start]))


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
    taken = [c for c, _ in settled]
    return [(c, e) for c, e in found if not any(map(c.overlaps, taken))]


def _is_surname(word: str) -> bool:
    return len(word) >= _SHORTEST_SURNAME and word[0].isupper() and "-" not in word


def _alone(field: str, text: str, match: re.Match[str], entity: Entity) -> Candidate:
    return Candidate(field, text, *match.span(), Kind.ACTOR, (Sense(entity, weak=True),))
