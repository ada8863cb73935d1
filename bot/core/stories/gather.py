"""Which of some entries tell one event, seen all together: what each alone would not show.

Groups grow by average likeness, the most alike first. What keeps two of them apart is what each
says in all its reports and the other never does: two arrests read alike, but each has its own name
in every report. One report proves nothing that way, ten prove much.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain
from typing import Final

from bot.core.stories.likeness import FOREIGN, NOTHING, Likeness, Weighed, is_another

_PROOF: Final = 4  #: reports assumed that don't say it, so that few prove little
_NEVER: Final = 0.1  #: share of a group's reports that may say a thing it "never" says
_MANY: Final = 0.65  #: share of the score needed that many reports have on average

Pair = tuple[int, int]
Telling = Callable[[int], bool]


class _Group:
    """Texts that tell one event."""

    __slots__ = ("_is_telling", "_said", "_texts", "entries")

    def __init__(self, entry: int, text: Weighed, is_telling: Telling) -> None:
        self.entries = [entry]
        self._texts = [text]  # without copies: they prove nothing more
        self._is_telling = is_telling
        self._said: dict[int, int] | None = None

    def __len__(self) -> int:
        return len(self._texts)

    def take(self, other: _Group) -> None:
        self.entries += other.entries
        self._texts += other._texts
        self._said = None

    def said(self) -> dict[int, int]:
        """Return in how many texts each term is said, the most said first."""
        if self._said is None:  # counted when first asked: most groups never are
            terms = chain.from_iterable(text.terms for text in self._texts)
            self._said = dict(Counter(terms).most_common())
        return self._said

    def owns(self, other: _Group) -> float:
        """Return how surely the group always says what the other never does, 0 to 1."""
        if len(self) == 1:
            return 1 / (1 + _PROOF)  # no two texts say the same, but for copies
        most, others = _NEVER * len(other), other.said()
        own = (
            n
            for term, n in self.said().items()
            if others.get(term, 0) <= most and self._is_telling(term)
        )
        return next(own, 0) / (len(self) + _PROOF)


def gather(
    entries: Iterable[tuple[int, Weighed]], needed: float, is_telling: Telling
) -> list[list[int]]:
    """Return the entries that tell one event each.

    Args:
        entries: with their numbers, in the order they came.
        needed: the score from which one entry joins another.
        is_telling: whether a term tells events apart.
    """
    groups, likes = _singles(entries, is_telling)
    sums = {pair: _less(like.text, like) for pair, like in likes.items()}
    scores = {
        (one, other): _beyond(_less(like.score, like), groups[one], groups[other], needed)
        for (one, other), like in likes.items()
    }
    while scores:
        best = max(scores, key=lambda pair: (scores[pair], -pair[1], -pair[0]))
        if scores.pop(best) <= 0:
            break
        kept, gone = best
        groups[kept].take(groups.pop(gone))
        for other in groups:
            if other != kept:
                pair, old = _pair(kept, other), _pair(gone, other)
                sums[pair] += sums[old]
                del scores[old]
                mean = sums[pair] / (len(groups[kept]) * len(groups[other]))
                scores[pair] = _beyond(mean, groups[kept], groups[other], needed)
    return [group.entries for group in groups.values()]


def may_join(likes: Sequence[Likeness], needed: float) -> bool:
    """Say whether an entry so like some others can come together with any, however they group."""
    if any(like.is_copy or _less(like.score, like) >= needed for like in likes):
        return True
    texts = accumulate(sorted((_less(like.text, like) for like in likes), reverse=True))
    sums = enumerate(texts, 1)
    return any(alike >= count * _needed(needed, count) for count, alike in sums if count > 1)


def _singles(
    entries: Iterable[tuple[int, Weighed]], is_telling: Telling
) -> tuple[dict[int, _Group], dict[Pair, Likeness]]:
    """Return a group for each text, its copies with it, and how alike any two are."""
    groups: dict[int, _Group] = {}
    texts: list[Weighed] = []
    likes: dict[Pair, Likeness] = {}
    for number, text in entries:
        row = [_compare(other, text) for other in texts]
        copied = next((at for at, like in enumerate(row) if like.is_copy), None)
        if copied is not None:
            groups[copied].entries.append(number)
            continue
        at = len(texts)
        for before, like in enumerate(row):
            likes[before, at] = like
        groups[at] = _Group(number, text, is_telling)
        texts.append(text)
    return groups, likes


def _compare(one: Weighed, other: Weighed) -> Likeness:
    like = one.like(other)
    return NOTHING if like.words > 0 and is_another(one, other) else like


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _less(likeness: float, like: Likeness) -> float:
    return likeness if like.same_language else max(0.0, likeness - FOREIGN)


def _needed(needed: float, pairs: int) -> float:
    """Return the average likeness that so many pairs of reports need."""
    return needed * (_MANY + (1 - _MANY) / math.sqrt(pairs))


def _beyond(likeness: float, one: _Group, other: _Group, needed: float) -> float:
    """Return by how much two groups are more alike than needed; 0 or less: they stay apart."""
    needed = _needed(needed, len(one) * len(other))
    if likeness >= needed:
        likeness *= 1 - one.owns(other) * other.owns(one)
    return likeness - needed
