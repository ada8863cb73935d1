"""How much two entries tell the same: shared terms, the rarer the more, and what contradicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.core.stories.profile import KIND_SHIFT, ROLLING, Profile, TermKind

#: How much a kind of term says, beside its rarity. Numbers and days tell events apart best.
_SAYS: Final = {
    TermKind.WORD: 0.7,
    TermKind.CONCEPT: 0.5,
    TermKind.COUNTRY: 1.0,
    TermKind.PLACE: 0.5,
    TermKind.ACTOR: 0.7,
    TermKind.NUMBER: 2.5,
    TermKind.DAY: 2.5,
    TermKind.ORDINAL: 2.0,
    TermKind.NAME: 1.5,
    TermKind.YEAR: 4.0,
}
SAYS: Final = tuple(_SAYS[kind] for kind in TermKind)

#: What is left of the likeness when both name such a thing, and none in common.
_CLASH: Final = {
    TermKind.PLACE: 0.8,
    TermKind.DAY: 0.8,
    TermKind.ORDINAL: 0.7,
    TermKind.YEAR: 0.5,
}
_CLASHES: Final = tuple((1 << kind, factor) for kind, factor in _CLASH.items())

#: What is left of the likeness when one is a page that goes on: it tells of other events too.
_ROLLS: Final = 0.75

_BREADTH: Final = 0.5  #: one shared term leaves nothing of the likeness, two 0.67, four 0.91
_FADE_H: Final = 18.0  #: a gap of so many hours leaves 0.61 of the likeness, twice as many 0.14
_UNSURE_H: Final = 12.0  #: how far off a date without a time of day may be
_DAY_S: Final = 86_400
#: What counts and dates; it can support what the words say, not outweigh it.
_COUNTS: Final = 1 << TermKind.NUMBER | 1 << TermKind.DAY | 1 << TermKind.YEAR
_MIN_FOREIGN: Final = 3  #: shared terms below which another language proves nothing
_FOREIGN: Final = 1 << TermKind.CONCEPT | 1 << TermKind.YEAR
WEIGHT: Final = 0x3F  #: the bits of a weight that are no flag

Rarity = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two entries are."""

    score: float  #: 0 to 1, after fading and contradictions
    words: float  #: 0 to 1, of the text alone
    shared: tuple[tuple[float, int], ...]  #: what each shared term contributes
    same_language: bool


class Weighed:
    """A profile whose terms are weighed by how rare they are now; ready to be compared."""

    __slots__ = ("_foreign_length", "_rarity", "length", "profile", "values")

    def __init__(self, profile: Profile, rarity: Rarity) -> None:
        self.profile = profile
        self._rarity = rarity
        self.values = {
            term: (weight & WEIGHT) * rarity(term)
            for term, weight in zip(profile.numbers(), profile.weights, strict=True)
        }
        self.length = _norm(self.values.values())
        self._foreign_length = _norm(x for term, x in self.values.items() if is_shared(term))

    def like(self, other: Profile) -> Likeness:
        """Compare with another profile."""
        own = self.profile
        same = own.lang == other.lang or not own.lang or not other.lang
        shared, length = self._shared(other, same)
        kinds = 0
        for _, term in shared:
            kinds |= 1 << (term >> KIND_SHIFT)
        if not same and (len(shared) < _MIN_FOREIGN or not kinds & ~_FOREIGN):
            return Likeness(0.0, 0.0, (), same_language=False)
        norm = self.length if same else self._foreign_length
        scale = length * norm or 1.0
        words = sum(x for x, _ in shared) / scale
        counts = sum(x for x, term in shared if 1 << (term >> KIND_SHIFT) & _COUNTS) / scale
        score = min(words, 2 * (words - counts)) * _breadth(shared) * fading(own.at, other.at)
        both = own.kinds & other.kinds & ~kinds
        for bit, factor in _CLASHES:
            if both & bit:
                score *= factor
        if (own.kinds | other.kinds) & ROLLING:
            score *= _ROLLS
        return Likeness(score, words, tuple(shared), same_language=same)

    def _shared(self, other: Profile, same: bool) -> tuple[list[tuple[float, int]], float]:
        """Return the products of shared terms, and how long the other's vector is."""
        rarity = self._rarity
        values = self.values
        shared = []
        square = 0.0
        for term, weight in zip(other.numbers(), other.weights, strict=True):
            if not same and not is_shared(term):
                continue
            x = (weight & WEIGHT) * rarity(term)
            square += x * x
            if term in values:
                shared.append((x * values[term], term))
        return shared, math.sqrt(square)


def is_shared(term: int) -> bool:
    """Say whether a term means the same in every language."""
    return term >= 1 << KIND_SHIFT


def _breadth(shared: list[tuple[float, int]]) -> float:
    """Return how broad the common ground is, 0 to 1: many shared terms prove more than one."""
    if not shared:
        return 0.0
    total = sum(x for x, _ in shared)
    terms = total * total / sum(x * x for x, _ in shared)
    square = terms * terms
    return (square - 1) / (square + _BREADTH)


def _norm(values: Iterable[float]) -> float:
    return math.sqrt(math.fsum(x * x for x in values))


def fading(one: int, other: int) -> float:
    """Return what a gap in time leaves of a likeness: 1 at once, 0.14 after a day and a half."""
    hours = abs(one - other) / 3600
    hours -= _UNSURE_H * ((one % _DAY_S == 0) + (other % _DAY_S == 0))
    return math.exp(-0.5 * (max(0.0, hours) / _FADE_H) ** 2)
