"""Where names stand in a text: one scan for all names, case rules, the longest name wins."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from operator import itemgetter
from typing import NamedTuple

from bot.core.entities.catalogue import Catalogue
from bot.core.entities.names import NameBook, Names, Owner, is_joined, may_be_joined
from bot.core.models import Entity, Kind
from bot.core.text import Folded, fold


class Sense(NamedTuple):
    """One thing a name may mean."""

    entity: Entity
    weak: bool  #: needs evidence around it
    team: bool = False  #: the team said so: nothing weighs more


class Candidate(NamedTuple):
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


_PLACE = itemgetter(2, 4)  # by start, then kind


class _Case(IntEnum):
    """What the letters found must look like, learned from how the name is written."""

    ANY = 0  #: no case in this script, or a stem that takes both: `северокоре*`
    WORD = 1  #: one capitalised word: turkey is no country
    ACRONYM = 2  #: US, WHO: exactly so
    LOWER = 3  #: an adjective, as `giordano` in Italian: Giordano is a surname
    PHRASE = 4  #: several words: one capital at least, unless the text has none


#: Acronyms that read as words once a whole headline is in capitals.
_WORDS_IN_CAPITALS = frozenset(
    {"AID", "AIM", "ALL", "AM", "AS", "AT", "BE", "CAN", "CAR", "GO", "HI", "ICE", "IN", "IS", "IT"}
    | {"LA", "MAD", "MAY", "ME", "NO", "OR", "PA", "PM", "SO", "TO", "UP", "US", "WHO"}
)
_SHARED_NAME_HINT = re.compile(rb" (?:north|south|east|west) (?:and|or) (?:north|south|east|west) ")
_SHARED_NAME = re.compile(
    r"\b(North|South|East|West) (?:and|or) (?:North|South|East|West) ([^\W\d_]+)", re.IGNORECASE
)
_GAP = re.compile(r"[\W_]")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…\"“«(\[|–—-])\s*$")


class _Reading(NamedTuple):
    """What a name may mean when its letters look as they should."""

    case: _Case
    kind: Kind
    senses: tuple[Sense, ...]


#: What a decoy reads as: nothing, of either kind, so that it hides the names inside.
_DECOY = tuple(_Reading(_Case.ANY, kind, ()) for kind in Kind)


class _Pattern(NamedTuple):
    """What is known about a pattern once it was found for the first time."""

    lead: int  #: spaces before the name
    trail: int  #: spaces after it
    prefix: bool
    joined: bool  #: small words may be written together with it
    readings: tuple[_Reading, ...]


#: Says what a name is to its reader: the sense, or None when it is not to be read at all.
Reader = Callable[[bytes, Owner], Sense | None]


class _Scan:
    """Some of the names, in an automaton that is built when first used."""

    def __init__(self, names: Names, catalogue: Catalogue, read: Reader) -> None:
        self._names, self._catalogue, self._read = names, catalogue, read
        self._known: dict[int, _Pattern] = {}

    def find(
        self, field: str, folded: Folded, unwritten: list[Candidate] | None = None
    ) -> list[Candidate]:
        """Return all readings of all names found."""
        automaton = self._names.automaton
        if automaton is None:
            return []
        whole, data = folded.text, folded.data
        plain = len(data) == len(whole) + 2 and whole.isascii()
        known = self._known
        found = []
        for number, start, end in automaton.find_matches_as_indexes(data, overlapping=True):
            pattern = known.get(number) or self._pattern(number)
            if pattern.joined and not is_joined(data, start):
                continue
            if pattern.prefix:
                end = folded.word_end(end)  # noqa: PLW2901  where the name ends is known only now
            if plain:  # a byte is a character, the first one a space
                first = start + pattern.lead - 1
                last = end - 1 if pattern.prefix else end - pattern.trail - 1
            else:
                first, last = folded.span(start, end)
            for case, kind, senses in pattern.readings:
                if not case or _written_so(case, whole, first, last):
                    found.append(Candidate(field, whole, first, last, kind, senses))
                elif unwritten is not None:
                    unwritten.append(Candidate(field, whole, first, last, kind, senses))
        return found

    def _pattern(self, number: int) -> _Pattern:
        key = self._names.keys[number]
        owners = self._names.owners(number, self._catalogue)
        senses: dict[tuple[_Case, Kind], dict[str, Sense]] = {}
        for owner in owners:
            sense = self._read(key, owner)
            if sense:
                group = senses.setdefault((_case(owner.name), owner.entity.kind), {})
                if owner.entity.id not in group or not sense.weak:
                    group[owner.entity.id] = sense
        readings = tuple(
            _Reading(case, kind, tuple(group.values())) for (case, kind), group in senses.items()
        )
        prefix = bool(owners) and owners[0].name[-1] == "*"
        lead, trail = (int(key[i : i + 1] == b" ") for i in (0, len(key) - 1))
        pattern = _Pattern(lead, trail, prefix, may_be_joined(key), readings if owners else _DECOY)
        self._known[number] = pattern
        return pattern


class Layer:
    """A book of names as it is to be read: Watchdesk's own, or a team's on top of it."""

    def __init__(self, book: NameBook, catalogue: Catalogue, read: Reader) -> None:
        self._book, self._catalogue, self._read = book, catalogue, read
        self._latin = _Scan(book.latin, catalogue, read)
        self._other = _Scan(book.other, catalogue, read)

    @property
    def keys(self) -> Iterable[bytes]:
        """What all names fold to."""
        return self._book.by_key

    def senses(self, key: bytes) -> list[Sense]:
        """Return what a folded name means, each entity once or more."""
        read = (self._read(key, owner) for owner in self._book.owners(key, self._catalogue))
        return [sense for sense in read if sense]

    def find(
        self, field: str, folded: Folded, unwritten: list[Candidate] | None = None
    ) -> list[Candidate]:
        """Return all readings of all names in a field.

        Args:
            field: its name.
            folded: its text.
            unwritten: takes those whose letters are not as they should be, if given.
        """
        found = self._latin.find(field, folded, unwritten)
        if not folded.data.isascii():
            found += self._other.find(field, folded, unwritten)
        if _SHARED_NAME_HINT.search(folded.data):
            found += self._sharing(field, folded.text)
        return found

    def _sharing(self, field: str, text: str) -> Iterable[Candidate]:
        """Yield the first of two names that share a word: North (Korea) and South Korea."""
        for match in _SHARED_NAME.finditer(text):
            name = fold(f"{match[1]} {match[2]}")
            for one in self._latin.find(field, name):
                if one.text == name.text:
                    yield one._replace(whole=text, start=match.start(1), end=match.end(1))


def as_written(_key: bytes, owner: Owner) -> Sense:
    """Read a name as its entity writes it."""
    return Sense(owner.entity, owner.weak)


def find(layers: Sequence[Layer], field: str, folded: Folded) -> list[Candidate]:
    """Return the names in a field, the longest of those that overlap, by kind."""
    found = layers[0].find(field, folded)
    for layer in layers[1:]:
        found += layer.find(field, folded)
    kept = longest(found) if len(found) > 1 else found
    return [candidate for candidate in kept if candidate.senses]


# ── letters ───────────────────────────────────────────────────────────────────


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


def _written_so(case: _Case, whole: str, start: int, end: int) -> bool:
    text = whole[start:end]
    if case is _Case.WORD:
        return text[0].isupper() or (not text[0].isalpha() and text != text.lower())
    if case is _Case.PHRASE:
        return text != text.lower() or _has_no_capitals(whole)
    if case is _Case.ACRONYM:
        return text.isupper() and not (text in _WORDS_IN_CAPITALS and whole.isupper())
    starts = _SENTENCE_END.search(whole[max(0, start - 8) : start])
    return text[0].islower() or whole.isupper() or bool(starts)


@functools.lru_cache(maxsize=16)  # asked for every name in the same text
def _has_no_capitals(whole: str) -> bool:
    return whole == whole.lower()


# ── overlaps ──────────────────────────────────────────────────────────────────


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
    people = [c for c in found if c.senses and all(s.entity.type == "person" for s in c.senses)]
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
    said = tuple(sense for sense in senses.values() if sense.team)
    return one._replace(senses=said or tuple(senses.values()))
