"""Where names stand in a text: one scan for all names, case rules, the longest name wins."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from bot.core.entities.candidates import Candidate, Sense, Senses
from bot.core.entities.catalogue import Catalogue
from bot.core.entities.names import NameBook, Names, Owner, is_joined, may_be_joined
from bot.core.entities.overlaps import longest
from bot.core.models import Entity, Kind
from bot.core.text import Folded, fold


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
#: Looking for these is quicker than for the pattern below.
_SHARED_NAME_HINTS = tuple(
    b"%b %b %b" % (one[-2:], link, other)
    for link in (b"and", b"or")
    for one, other in (
        (b"north", b"south"),
        (b"south", b"north"),
        (b"east", b"west"),
        (b"west", b"east"),
    )
)
_SHARED_NAME = re.compile(
    r"\b(North|South|East|West) (?:and|or) (?:North|South|East|West) ([^\W\d_]+)", re.IGNORECASE
)
_GAP = re.compile(r"[\W_]")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…\"“«(\[|–—-])\s*$")


class _Reading(NamedTuple):
    """What a name may mean when its letters look as they should."""

    case: _Case
    kind: Kind
    senses: Senses


#: What a decoy reads as: nothing, of either kind, so that it hides the names inside.
_DECOY = tuple(_Reading(_Case.ANY, kind, Senses()) for kind in Kind)


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

    def __init__(self, names: Names, catalogue: Catalogue, read: Reader, *, is_latin: bool) -> None:
        self._names, self._catalogue, self._read = names, catalogue, read
        self.is_latin = is_latin  #: its names are ASCII once folded
        self._known: dict[int, _Pattern] = {}

    def numbers(self, data: bytes) -> set[int]:
        """Return which patterns folded text holds."""
        automaton = self._names.automaton
        if automaton is None:
            return set()
        return {found[0] for found in automaton.find_matches_as_indexes(data, overlapping=True)}

    def pattern(self, number: int) -> _Pattern:
        """Return what is known about a pattern."""
        return self._known.get(number) or self._learn(number)

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
            pattern = known.get(number) or self._learn(number)
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

    def _learn(self, number: int) -> _Pattern:
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
            _Reading(case, kind, Senses(group.values())) for (case, kind), group in senses.items()
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
        self._latin = _Scan(book.latin, catalogue, read, is_latin=True)
        self._other = _Scan(book.other, catalogue, read, is_latin=False)

    @property
    def scans(self) -> tuple[_Scan, _Scan]:
        """Its parts."""
        return self._latin, self._other

    @property
    def keys(self) -> Iterable[bytes]:
        """What all names fold to."""
        return self._book.spellings

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
        if may_share_name(folded.data):
            found += self._sharing(field, folded.text)
        return found

    def _sharing(self, field: str, text: str) -> Iterable[Candidate]:
        """Yield the first of two names that share a word: North (Korea) and South Korea."""
        for match in _SHARED_NAME.finditer(text):
            name = fold(f"{match[1]} {match[2]}")
            for one in self._latin.find(field, name):
                if one.text == name.text:
                    yield one._replace(whole=text, start=match.start(1), end=match.end(1))


def may_share_name(data: bytes) -> bool:
    """Say whether folded text may hold two names that share a word, as North and South Korea."""
    return any(hint in data for hint in _SHARED_NAME_HINTS)


class Asked:
    """Tells at the cost of a scan whether a text may mention one of some entities."""

    def __init__(
        self,
        layers: Sequence[Layer],
        ids: frozenset[str],
        within: Callable[[Entity], Iterable[Entity]],
    ) -> None:
        self._ids, self._within = ids, within
        scans = [scan for layer in layers for scan in layer.scans]
        self._latin = [(scan, dict[int, bool]()) for scan in scans if scan.is_latin]
        self._other = [(scan, dict[int, bool]()) for scan in scans if not scan.is_latin]

    def may_be_in(self, data: bytes) -> bool:
        """Say whether folded text, of one field or several, holds a name that may mean them."""
        scans = self._latin if data.isascii() else self._latin + self._other
        for scan, known in scans:
            for number in scan.numbers(data):
                asked = known.get(number)
                if asked is None:
                    asked = known[number] = self._is_asked(scan.pattern(number))
                if asked:
                    return True
        return may_share_name(data)

    def _is_asked(self, pattern: _Pattern) -> bool:
        senses = (sense for reading in pattern.readings for sense in reading.senses)
        return any(step.id in self._ids for sense in senses for step in self._within(sense.entity))


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
