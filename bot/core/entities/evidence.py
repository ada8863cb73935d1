"""What decides whether a name means the entity here: the other names in the entry, the words beside.

Pure and in this order: a person's name is no place, a language no country; a name with one plain
sense counts; a weak or ambiguous name counts with evidence, for the sense that has most of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.entities.addresses import bound
from bot.core.entities.candidates import STATES, Candidate, Sense, Senses
from bot.core.entities.context import (
    is_given_to_someone,
    is_language,
)
from bot.core.entities.people import (
    given_name_before,
    has_other_name_after,
    has_other_name_before,
    is_one_word,
    is_someone,
    names_event,
)
from bot.core.entities.scale import Scale, edges, plain_why
from bot.core.entities.verdict import Verdict, Why
from bot.core.models import Entity, Kind


def settle(candidates: Sequence[Candidate], home: str = "") -> list[Verdict]:
    """Return what each candidate means and why, in their order.

    Args:
        candidates: the names in an entry.
        home: the country the feed comes from, ISO 3166-1; empty if unknown.
    """
    verdicts: dict[int, Verdict] = {}
    people: set[str] = set()
    left: list[tuple[int, Candidate]] = []
    seen = bound(candidates) if len(candidates) > 1 else candidates
    for number, candidate in enumerate(seen):
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
    sure = [c for _, c in left if c.senses.is_sure and not (people and c.text.casefold() in people)]
    if len(sure) == len(left):
        return {n: Verdict(c, c.senses[0].entity, plain_why(c)) for n, c in left}
    others = tuple({c.senses[0].entity.id: c.senses[0].entity for c in sure}.values())
    scale = Scale(others, edges(c for c in sure if c.senses[0].entity.type in STATES), home)
    verdicts = {
        n: Verdict(c, c.senses[0].entity, plain_why(c))
        if not people and c.senses.is_sure
        else scale.weigh(c, named=c.text.casefold() in people)
        for n, c in left
    }
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
    if not is_one_word(text):
        return _ends_in_surname(candidate) and has_other_name_after(whole, end)
    senses = candidate.senses
    if candidate.kind is Kind.LOCATION:
        return is_someone(whole, start, end, firm=senses.is_firm) or is_given_to_someone(
            whole, start, state=senses.is_state
        )
    return senses.is_surname and (
        has_other_name_before(whole, start) or has_other_name_after(whole, end)
    )


def _ends_in_surname(candidate: Candidate) -> bool:
    """Say whether a name of several words is an office and a surname that many share."""
    if not candidate.senses.is_person:
        return False
    last = candidate.text.split()[-1]
    return all(last in s.entity.weak for s in candidate.senses)


def _is_relative(candidate: Candidate) -> bool:
    """Say whether a well-known surname follows another given name: Susan Pompeo is not Mike."""
    if not candidate.senses.is_person or not is_one_word(candidate.text):
        return False
    given = given_name_before(candidate.whole, candidate.start)
    own = (name for sense in candidate.senses for name in sense.entity.names)
    return bool(given) and not any(name.casefold().startswith(f"{given} ") for name in own)


#: Churches, schools and streets are called so wherever they are.
_SAINTS: Final = ("St ", "St. ", "Saint ")


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
    senses = Senses([Sense(entity, weak=True)])
    return Verdict(Candidate(field, text, *match.span(), Kind.ACTOR, senses), entity, Why.SURNAME)
