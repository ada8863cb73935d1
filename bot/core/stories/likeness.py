"""How much two entries tell the same: shared terms, the rarer the more, and what contradicts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from bot.core.stories.profile import IN_TITLE, KIND_SHIFT, ROLLING, Profile, TermKind

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
_COPY: Final = 0.8  #: the likeness of text from which an entry is a copy
_ALIKE: Final = 0.6  #: the likeness of titles from which other figures in them mean another event
FOREIGN: Final = 0.13  #: how much more likeness it takes between languages
_MIN_FOREIGN: Final = 3  #: shared terms below which another language proves nothing
_WEAK: Final = 1 << TermKind.CONCEPT | 1 << TermKind.YEAR  #: prove nothing in another language
_FIGURES: Final = frozenset({TermKind.NUMBER, TermKind.DAY, TermKind.ORDINAL, TermKind.YEAR})
_FIGURED: Final = sum(1 << kind for kind in _FIGURES)


class Likeness(NamedTuple):
    """How alike two entries are."""

    score: float  #: 0 to 1, after fading and contradictions
    words: float  #: 0 to 1, of the text alone
    text: float  #: 0 to 1, after fading alone
    shared: Sequence[tuple[float, int]]  #: what each shared term contributes
    same_language: bool

    @property
    def is_copy(self) -> bool:
        """Whether one has its text from the other."""
        return self.same_language and self.words >= _COPY


NOTHING: Final = Likeness(0.0, 0.0, 0.0, (), same_language=True)


class Weighed:
    """A profile whose terms are weighed by how rare they are now; ready to be compared."""

    def __init__(self, profile: Profile, values: Iterable[float]) -> None:
        self.profile = profile
        self.terms = profile.numbers()
        self._values = tuple(values)  # of the terms, in their order
        self.length = math.hypot(*self._values)

    @cached_property
    def values(self) -> dict[int, float]:
        """How much each term says."""
        return dict(zip(self.terms, self._values, strict=True))

    def like(self, other: Weighed) -> Likeness:
        """Compare with another profile, weighed at the same time."""
        own, theirs = self.profile, other.profile
        same = own.lang == theirs.lang or not own.lang or not theirs.lang
        shared = self._shared(other, same)
        words = squares = counts = 0.0
        kinds = 0
        for x, term in shared:
            words += x
            squares += x * x
            kind = 1 << (term >> KIND_SHIFT)
            kinds |= kind
            if kind & _COUNTS:
                counts += x
        if not same and (len(shared) < _MIN_FOREIGN or not kinds & ~_WEAK):
            return Likeness(0.0, 0.0, 0.0, (), same_language=False)
        broad = _breadth(words * words / squares) if shared else 0.0
        scale = (self.length * other.length if same else self.abroad * other.abroad) or 1.0
        words, counts = words / scale, counts / scale
        faded = fading(own.at, theirs.at)
        if (own.kinds | theirs.kinds) & ROLLING:
            faded *= _ROLLS
        score = min(words, 2 * (words - counts)) * broad * faded
        both = own.kinds & theirs.kinds & ~kinds
        for bit, factor in _CLASHES:
            if both & bit:
                score *= factor
        text = words * faded if same else score
        return Likeness(score, words, text, shared, same_language=same)

    def _shared(self, other: Weighed, same: bool) -> list[tuple[float, int]]:
        """Return the products of shared terms."""
        values = self.values
        return [
            (x * values[term], term)
            for term, x in zip(other.terms, other._values, strict=True)
            if term in values and (same or is_shared(term))
        ]

    @cached_property
    def title(self) -> frozenset[int]:
        """The terms of its title."""
        pairs = zip(self.terms, self.profile.weights, strict=True)
        return frozenset(term for term, weight in pairs if weight & IN_TITLE)

    @cached_property
    def figures(self) -> frozenset[int]:
        """The numbers, days and ordinals of its title."""
        if not self.profile.kinds & _FIGURED:
            return frozenset()
        return frozenset(term for term in self.title if term >> KIND_SHIFT in _FIGURES)

    @cached_property
    def abroad(self) -> float:
        """The length of what means the same in every language."""
        return math.hypot(
            *(x for term, x in zip(self.terms, self._values, strict=True) if is_shared(term))
        )


def is_another(one: Weighed, other: Weighed) -> bool:
    """Say whether two titles read alike and each has a figure that the other lacks.

    Bulletin 12 is not bulletin 13.
    """
    if not one.figures or not other.figures:
        return False
    if one.figures <= other.figures or other.figures <= one.figures:
        return False
    words, other_words = one.title - one.figures, other.title - other.figures
    return len(words & other_words) >= _ALIKE * len(words | other_words)


def is_shared(term: int) -> bool:
    """Say whether a term means the same in every language."""
    return term >= 1 << KIND_SHIFT


def _breadth(terms: float) -> float:
    """Return how broad the common ground is, 0 to 1: many shared terms prove more than one."""
    square = terms * terms
    return (square - 1) / (square + _BREADTH)


def fading(one: int, other: int) -> float:
    """Return what a gap in time leaves of a likeness: 1 at once, 0.14 after a day and a half."""
    hours = abs(one - other) / 3600
    hours -= _UNSURE_H * ((one % _DAY_S == 0) + (other % _DAY_S == 0))
    return math.exp(-0.5 * (max(0.0, hours) / _FADE_H) ** 2)
