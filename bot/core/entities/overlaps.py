"""Of names that overlap in a text the longest wins: Korea is not found in South Korea."""

from __future__ import annotations

from operator import itemgetter

from bot.core.entities.candidates import Candidate, Senses
from bot.core.models import Kind

_PLACE = itemgetter(2, 4)  # by start, then kind


def longest(found: list[Candidate]) -> list[Candidate]:
    """Drop names inside longer ones (Korea in South Korea, 京都 in 東京都), kind by kind.

    A person's name also hides foreign places in it.
    """
    found.sort(key=_PLACE)
    kept: list[Candidate] = []
    touching: list[Candidate] = []
    reach = 0
    for candidate in found:
        if candidate.start >= reach and touching:
            kept += touching if len(touching) == 1 else _longest_of(touching)
            touching = []
        touching.append(candidate)
        reach = max(reach, candidate.end)
    return kept + (touching if len(touching) == 1 else _longest_of(touching))


def _longest_of(touching: list[Candidate]) -> list[Candidate]:
    found = sorted(_without_clipped(touching), key=lambda c: (c.start - c.end, c.start))
    kept: list[Candidate] = []
    at: dict[int, list[int]] = {}  # by offset, the kept names that cover it
    for candidate in found:
        # What is kept is as long or longer, so an overlap holds an end of the candidate.
        near = {*at.get(candidate.start, ()), *at.get(candidate.end - 1, ())}
        hiding = min((i for i in near if _hides(kept[i], candidate)), default=None)
        if hiding is None:
            for offset in range(candidate.start, candidate.end):
                at.setdefault(offset, []).append(len(kept))
            kept.append(candidate)
        elif (candidate.start, candidate.end) == (kept[hiding].start, kept[hiding].end):
            kept[hiding] = _joined(kept[hiding], candidate)
    return sorted(kept, key=_PLACE)


def _without_clipped(found: list[Candidate]) -> list[Candidate]:
    """Drop "North Korean leader Kim" where "Kim Jong Il" goes on: the name in full counts."""
    people = [c for c in found if c.senses.is_person]
    if not people:
        return found
    ends: dict[int, int] = {}
    for person in people:
        ends[person.start] = max(person.end, ends.get(person.start, 0))
    clipped = {
        (c.start, c.end)
        for c in people
        if any(ends.get(offset, 0) > c.end for offset in range(c.start + 1, c.end))
    }
    return [c for c in found if c.kind is Kind.LOCATION or (c.start, c.end) not in clipped]


def _hides(longer: Candidate, shorter: Candidate) -> bool:
    if longer.kind is shorter.kind:
        return True
    # Paris Hilton hides Paris; "North Korean leader Kim" speaks of North Korea as well.
    if longer.kind is Kind.LOCATION or (longer.start, longer.end) == (shorter.start, shorter.end):
        return False
    return longer.senses.is_person and longer.senses.countries.isdisjoint(shorter.senses.countries)


def _joined(one: Candidate, other: Candidate) -> Candidate:
    """Return one candidate with the senses of both; a name in full beats the same name, weak."""
    senses = {sense.entity.id: sense for sense in one.senses}
    for sense in other.senses:
        known = senses.get(sense.entity.id)
        if known is None or known.weak:
            senses[sense.entity.id] = sense
    said = tuple(sense for sense in senses.values() if sense.team)
    return one._replace(senses=Senses(said or senses.values()))
