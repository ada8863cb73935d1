"""Words near each other: NEAR/n, ONEAR/n and "two words"~n."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.core.models import Reason
from bot.core.rules.ast import And, Expr, Leaf, Near, Not, Or
from bot.core.rules.finders import Finder, Names, Words
from bot.core.rules.scene import Named, Scene
from bot.core.text import Folded, fold, is_unspaced

_TOKEN = re.compile(rb"[^ ]+")
_WORD = 2  # places in a word; a character of a script without spaces has one


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an item of a NEAR is: its first and last place, and what is there."""

    first: int
    last: int
    reasons: Callable[[], tuple[Reason, ...]]


class Nearby:
    """Finds items near each other in one field."""

    __slots__ = ("_finder_of", "_near")

    def __init__(self, near: Near, finder_of: Callable[[Leaf], Finder]) -> None:
        self._near = near
        self._finder_of = finder_of

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        return any(spots for _, spots in self._by_field(scene))

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        for _, spots in self._by_field(scene):
            if spots:
                yield from min(spots, key=lambda spot: (spot.first, spot.last)).reasons()

    def _by_field(self, scene: Scene) -> Iterator[tuple[str, list[_Spot]]]:
        for field, folded in scene.texts:
            field_of_words = _Field(scene, field, folded, self._finder_of)
            yield field, field_of_words.spots(self._near)


class _Field:
    """A field whose words are counted."""

    def __init__(
        self, scene: Scene, name: str, folded: Folded, finder_of: Callable[[Leaf], Finder]
    ) -> None:
        self._scene, self._name, self._folded = scene, name, folded
        self._finder_of = finder_of
        self._starts: list[int] = []
        self._counts: list[int] = []

    def spots(self, expr: Expr) -> list[_Spot]:
        """Return every place of an item, in reading order."""
        match expr:
            case Near(items, distance, ordered):
                parts = [self.spots(item) for item in items]
                if not all(parts):
                    return []
                return list(
                    _pairs(parts[0], parts[1], distance * _WORD, ordered=ordered)
                    if len(parts) == 2
                    else _windows(parts, distance * _WORD)
                )
            case Or(items):
                return _sorted(spot for item in items for spot in self.spots(item))
            case _:
                assert not isinstance(expr, And | Not)  # the language lets none in
                return _sorted(self._of_leaf(self._finder_of(expr)))

    def _of_leaf(self, finder: Finder) -> Iterator[_Spot]:
        if isinstance(finder, Words):
            for span in finder.spans(self._name, self._folded):
                yield self._spot(*span, partial(self._of_words, finder, span))
        else:
            assert isinstance(finder, Names)
            for named in finder.all_in(self._scene):
                if named.mention.field == self._name:
                    start = self._offset(named.mention.start)
                    end = max(start + 1, self._offset(named.mention.end))
                    yield self._spot(start, end, partial(self._of_name, finder, named))

    def _of_words(self, finder: Words, span: tuple[int, int]) -> tuple[Reason, ...]:
        return (finder.reason(self._name, self._folded, span),)

    def _of_name(self, finder: Names, named: Named) -> tuple[Reason, ...]:
        return (finder.reason(self._scene, named),)

    def _offset(self, char: int) -> int:
        """Return where a character of the text begins in the folded text."""
        return len(fold(self._folded.text[:char]).data) - 1

    def _spot(self, start: int, end: int, reasons: Callable[[], tuple[Reason, ...]]) -> _Spot:
        data = self._folded.data
        while data[start] == 0x20:
            start += 1
        while data[end - 1] == 0x20:
            end -= 1
        first, last = self._place(start), self._place(end - 1)
        return _Spot(first[0], last[1], reasons)

    def _place(self, offset: int) -> tuple[int, int]:
        """Return the first and last place of the word, or character, at an offset."""
        if not self._starts:
            self._count()
        i = bisect.bisect_right(self._starts, offset) - 1
        start, count = self._starts[i], self._counts[i]
        end = self._folded.data.index(b" ", start)
        if not is_unspaced(self._folded.data[start:end]):
            return count, count + _WORD - 1
        at = count + len(self._folded.data[start:offset].decode(errors="ignore"))
        return at, at

    def _count(self) -> None:
        count = 0
        for token in _TOKEN.finditer(self._folded.data):
            self._starts.append(token.start())
            self._counts.append(count)
            count += len(token[0].decode()) if is_unspaced(token[0]) else _WORD


def _sorted(spots: Iterator[_Spot]) -> list[_Spot]:
    return sorted(spots, key=lambda spot: (spot.first, spot.last))


def _joined(*spots: _Spot) -> _Spot:
    return _Spot(
        min(spot.first for spot in spots),
        max(spot.last for spot in spots),
        lambda: tuple(reason for spot in spots for reason in spot.reasons()),
    )


def _pairs(
    ones: Sequence[_Spot], others: Sequence[_Spot], apart: int, *, ordered: bool
) -> Iterator[_Spot]:
    """Yield each of `ones` with the nearest of `others` on either side, if near enough."""
    starts = [other.first for other in others]
    by_end = sorted(others, key=lambda other: other.last)
    ends = [other.last for other in by_end]
    for one in ones:
        after = bisect.bisect_right(starts, one.last)
        if after < len(others) and starts[after] - one.last - 1 <= apart:
            yield _joined(one, others[after])
        before = bisect.bisect_left(ends, one.first) - 1
        if not ordered and before >= 0 and one.first - ends[before] - 1 <= apart:
            yield _joined(by_end[before], one)


def _windows(parts: Sequence[Sequence[_Spot]], apart: int) -> Iterator[_Spot]:
    """Yield the smallest stretches that hold a spot of each part, few enough places left over."""
    latest: dict[int, _Spot] = {}
    events = sorted(
        ((spot.first, spot.last, number) for number, part in enumerate(parts) for spot in part),
    )
    places = {(spot.first, spot.last, n): spot for n, part in enumerate(parts) for spot in part}
    for event in events:
        latest[event[2]] = places[event]
        if len(latest) == len(parts):
            window = _joined(*latest.values())
            held = sum(spot.last - spot.first + 1 for spot in latest.values())
            if window.last - window.first + 1 - held <= apart:
                yield window
