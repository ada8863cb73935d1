"""Where names stand in a text: one scan for all names, case rules, the longest name wins."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from bot.core.models import Entity, Kind
from bot.core.text import UNSPACED, Folded, fold, patterns


class Sense(NamedTuple):
    """One thing a name may mean."""

    entity: Entity
    weak: bool  #: needs evidence around it


@dataclass(frozen=True, slots=True)
class Candidate:
    """Characters of a field that are some entity's name, before anything is weighed."""

    field: str
    whole: str  #: the field's text
    start: int
    end: int
    kind: Kind
    senses: tuple[Sense, ...]

    @property
    def text(self) -> str:
        """The characters found."""
        return self.whole[self.start : self.end]


class _Case(IntEnum):
    """What the letters found must look like, learned from how the name is written."""

    ANY = 0  #: no case in this script, or a stem that takes both: `северокоре*`
    WORD = 1  #: one capitalised word: turkey is no country
    ACRONYM = 2  #: US, WHO: exactly so
    LOWER = 3  #: an adjective, as `giordano` in Italian: Giordano is a surname
    PHRASE = 4  #: several words: one capital at least, unless the text has none


#: A name as its entity writes it; whether it is weak.
Row = tuple[str, Entity, bool]


def rows_of(entities: Iterable[Entity]) -> list[Row]:
    """Return every name of every entity."""
    return [
        (name, entity, weak)
        for entity in entities
        for names, weak in ((entity.names, False), (entity.weak, True))
        for name in names
    ]


#: Acronyms that read as words once a whole headline is in capitals.
_WORDS_IN_CAPITALS = frozenset(
    {"AID", "AIM", "ALL", "AM", "AS", "AT", "BE", "CAN", "CAR", "GO", "HI", "ICE", "IN", "IS", "IT"}
    | {"LA", "MAD", "MAY", "ME", "NO", "OR", "PA", "PM", "SO", "TO", "UP", "US", "WHO"}
)
_CHARACTER_SIZES = (3, 4)  # bytes of one Chinese character
_SHARED_NAME_HINT = re.compile(rb" (?:north|south|east|west) (?:and|or) (?:north|south|east|west) ")
_SHARED_NAME = re.compile(
    r"\b(North|South|East|West) (?:and|or) (?:North|South|East|West) ([^\W\d_]+)", re.IGNORECASE
)
_GAP = re.compile(r"[\W_]")
_LONE_CHARACTER = re.compile(f"[{UNSPACED}]")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…\"“«(\[|–—-])\s*$")


class Surfaces:
    """All names of all entities, to be found in one scan.

    Names in the Latin alphabet and other names are apart, and each part is built when a text
    first needs it: most texts need only the first.
    """

    def __init__(self, rows: Sequence[Row], keys: Sequence[bytes]) -> None:
        """Take the names and the same names folded."""
        pairs = list(zip(rows, keys, strict=True))
        self._latin = _Scan([pair for pair in pairs if pair[1].isascii()])
        self._other = _Scan([pair for pair in pairs if not pair[1].isascii()])

    def find(self, field: str, folded: Folded) -> list[Candidate]:
        """Return the names in a field, the longest of those that overlap, by kind."""
        found = self._latin.find(field, folded)
        if not folded.data.isascii():
            found += self._other.find(field, folded)
        if _SHARED_NAME_HINT.search(folded.data):
            found += self._sharing(field, folded.text)
        return _longest(found) if len(found) > 1 else found

    def _sharing(self, field: str, text: str) -> Iterable[Candidate]:
        """Yield the first of two names that share a word: North (Korea) and South Korea."""
        for match in _SHARED_NAME.finditer(text):
            name = fold(f"{match[1]} {match[2]}")
            for one in self._latin.find(field, name):
                if one.text == name.text:
                    yield dataclasses.replace(
                        one, whole=text, start=match.start(1), end=match.end(1)
                    )


class _Scan:
    """Some of the names, in an automaton that is built when first used."""

    def __init__(self, pairs: list[tuple[Row, bytes]]) -> None:
        self._pairs = pairs

    @functools.cached_property
    def _index(self) -> tuple[BytesAhoCorasick | None, list[list[Row]]]:
        found: dict[bytes, list[Row]] = {}
        for row, key in self._pairs:
            if key:
                for pattern in _patterns(key, prefix=row[0][-1] == "*"):
                    found.setdefault(pattern, []).append(row)
        self._pairs = []
        return BytesAhoCorasick(found) if found else None, list(found.values())

    def find(self, field: str, folded: Folded) -> list[Candidate]:
        """Return all readings of all names found."""
        automaton, names = self._index
        if automaton is None:
            return []
        found: list[Candidate] = []
        for pattern, start, end in automaton.find_matches_as_indexes(folded.data, overlapping=True):
            rows = names[pattern]
            last = folded.word_end(end) if rows[0][0][-1] == "*" else end
            found += _readings(field, folded.text, folded.span(start, last), rows)
        return found


def _patterns(key: bytes, *, prefix: bool) -> tuple[bytes, ...]:
    if len(key) in _CHARACTER_SIZES and _LONE_CHARACTER.fullmatch(key.decode()):
        return (b" %b " % key,)  # 北 is North Korea when it stands alone, in no other word
    return patterns(key, prefix=prefix)


@functools.lru_cache(maxsize=1 << 16)
def _case(name: str) -> _Case:
    stem = name.rstrip("*")
    if stem.upper() == stem.lower():
        return _Case.ANY
    if stem.isupper() and " " not in stem and len(stem) > 1:
        return _Case.ACRONYM
    if _GAP.search(stem):
        return _Case.ANY if stem.islower() else _Case.PHRASE
    if not stem.islower():
        return _Case.WORD
    return _Case.ANY if name.endswith("*") else _Case.LOWER


def _readings(
    field: str, whole: str, span: tuple[int, int], rows: Sequence[Row]
) -> list[Candidate]:
    """Return a candidate per kind whose names may be written like this."""
    text = whole[span[0] : span[1]]
    senses: dict[Kind, dict[str, Sense]] = {}
    for name, entity, weak in rows:
        case = _case(name)
        if case and not _written_so(case, text, whole, span[0]):
            continue
        known = senses.setdefault(entity.kind, {})
        if entity.id not in known or not weak:
            known[entity.id] = Sense(entity, weak)
    return [Candidate(field, whole, *span, kind, tuple(s.values())) for kind, s in senses.items()]


def _written_so(case: _Case, text: str, whole: str, start: int) -> bool:
    match case:
        case _Case.WORD:
            return text[0].isupper() or (not text[0].isalpha() and text != text.lower())
        case _Case.ACRONYM:
            return text.isupper() and not (text in _WORDS_IN_CAPITALS and whole.isupper())
        case _Case.LOWER:
            starts = _SENTENCE_END.search(whole[max(0, start - 8) : start])
            return text[0].islower() or whole.isupper() or bool(starts)
        case _:
            return text != text.lower() or _has_no_capitals(whole)


@functools.lru_cache(maxsize=16)  # asked for every name in the same text
def _has_no_capitals(whole: str) -> bool:
    return whole == whole.lower()


def _longest(found: list[Candidate]) -> list[Candidate]:
    """Drop names inside longer ones (Korea in South Korea, 京都 in 東京都), kind by kind.

    A person's name also hides foreign places in it.
    """
    found = sorted(_without_clipped(found), key=lambda c: (c.start - c.end, c.start))
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
    return sorted(kept, key=lambda c: (c.start, c.kind))


def _without_clipped(found: list[Candidate]) -> list[Candidate]:
    """Drop "North Korean leader Kim" where "Kim Jong Il" goes on: the name in full counts."""
    people = [c for c in found if all(s.entity.type == "person" for s in c.senses)]
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
    at_home = {sense.entity.country for sense in shorter.senses}
    return all(
        sense.entity.type == "person" and sense.entity.country not in at_home
        for sense in longer.senses
    )


def _joined(one: Candidate, other: Candidate) -> Candidate:
    """Return one candidate with the senses of both; a name in full beats the same name, weak."""
    senses = {sense.entity.id: sense for sense in one.senses}
    for sense in other.senses:
        known = senses.get(sense.entity.id)
        if known is None or known.weak:
            senses[sense.entity.id] = sense
    merged = tuple(senses.values())
    return Candidate(one.field, one.whole, one.start, one.end, one.kind, merged)
