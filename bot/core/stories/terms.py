"""The terms of a window's entries: who has them, and how rare they are."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import itemgetter, mul, sub
from typing import Final

from bot.core.stories.likeness import is_shared

_PRIOR: Final = 400  #: entries assumed before the first: rarity means something, and is never 0
_LOOKS: Final = 300  #: postings looked at for words, and again for what all languages share
_NEWEST: Final = 100  #: postings looked at of one term


class Terms:
    """Finds entries by their terms.

    A window has hundreds of thousands of terms; looking at one costs most when no cache holds it. So
    each has a small number, its id, and how many entries have it, which is asked most, lies close
    together by that.
    """

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}  # by term
        self._free: list[int] = []
        self._known = array("I", [0])  # how many entries have it, by id; 0 is of all that none has
        self._postings = [array("I")]  # slots of these, oldest first, by id
        self._log_size = math.log(_PRIOR)
        self._logs = [math.log(0.5)]  # of how many entries have a term

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self, terms: Iterable[int]) -> array[int]:
        """Return what values are asked by."""
        return array("I", map(self._ids.get, terms, repeat(0)))

    def add(self, terms: Sequence[int], slot: int) -> array[int]:
        """Note that the newest entry has some terms, and return their ids."""
        ids = self.ids(terms)
        if 0 in ids:
            ids = array(
                "I", (number or self._new(term) for term, number in zip(terms, ids, strict=True))
            )
        known, postings = self._known, self._postings
        for number in ids:
            known[number] += 1
            postings[number].append(slot)
        return ids

    def drop(self, terms: Iterable[int], ids: Iterable[int], slot: int) -> None:
        """Forget that an entry has some terms of these ids."""
        for term, number in zip(terms, ids, strict=True):
            self._known[number] -= 1
            self._postings[number].remove(slot)
            if not self._known[number]:
                del self._ids[term]
                self._free.append(number)

    def measure(self, size: int) -> None:
        """Take a number of entries as what rarity is measured by."""
        self._log_size = math.log(size + _PRIOR)
        for known in range(len(self._logs), size + 1):
            self._logs.append(math.log(known + 0.5))

    def rarity(self, term: int) -> float:
        """Return how rare a term is: the fewer entries have it, the more."""
        return self._log_size - self._logs[self._known[self._ids.get(term, 0)]]

    def values(self, ids: Iterable[int], says: Iterable[float]) -> Iterable[float]:
        """Yield how much terms say: the rarer, and the more their kind tells apart."""
        # in C from end to end: most of the time would go here
        logs = map(self._logs.__getitem__, map(self._known.__getitem__, ids))
        return map(mul, says, map(sub, repeat(self._log_size), logs))

    def gains(self, values: dict[int, float], least: float) -> dict[int, float]:
        """Return slots that share terms with an entry, and how much these say of it.

        What this costs does not grow with the window: the rarest terms are looked up first, of each
        only the newest entries, and of all together a fixed number.

        Args:
            values: what the terms of the entry say.
            least: what is returned of slots that gain less is not complete.
        """
        looks = sorted(self._looks(values), key=itemgetter(0), reverse=True)
        gained: dict[int, float] = {}
        get = gained.get
        left = sum(gain for gain, _ in looks)
        for gain, newest in looks:
            # a slot that has none of the terms so far cannot gain enough from what is left
            for slot in newest if left >= least else filter(gained.__contains__, newest):
                gained[slot] = get(slot, 0.0) + gain
            left -= gain
        return gained

    def _looks(self, values: dict[int, float]) -> Iterator[tuple[float, array[int]]]:
        """Yield what slots gain by a term, and the newest that have it."""
        known, get = self._known, self._ids.get
        rarest = sorted((known[number], term, number) for term in values if (number := get(term)))
        for shared in (True, False):
            left = _LOOKS
            for _, term, number in rarest:
                if left > 0 and is_shared(term) is shared:
                    newest = self._postings[number][-min(_NEWEST, left) :]
                    left -= len(newest)
                    yield values[term] ** 2, newest

    def _new(self, term: int) -> int:
        """Return an id for a term that has none."""
        if self._free:
            number = self._free.pop()
        else:
            number = len(self._postings)
            self._postings.append(array("I"))
            self._known.append(0)
        self._ids[term] = number
        return number
