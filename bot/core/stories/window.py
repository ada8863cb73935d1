"""The entries of the last days, found by their terms: what a new one is compared with."""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterable
from functools import cache
from typing import Final

from bot.core.stories.likeness import SAYS, WEIGHT, Weighed, is_shared
from bot.core.stories.profile import KIND_SHIFT, Profile

_LEAST: Final = 0.5  #: what the commonest term still says
_MOST_KNOWN: Final = 1 << 17  #: entries with a term, from which on it is as common as can be
_PRIOR: Final = 400  #: entries assumed before the first, so that rarity means something
_LOOKS: Final = 500  #: postings looked at for words, and again for what all languages share
_NEWEST: Final = 200  #: postings looked at of one term


@cache
def _logs() -> array[float]:
    return array("d", (math.log(n + 0.5) for n in range(_MOST_KNOWN)))


class Window:
    """Entries with their stories, in the order they were met; see `Grouper` for what it is for."""

    def __init__(self) -> None:
        self._first = 0  # the slot of the oldest entry; slots count entries ever added
        self._slots: deque[tuple[int, Profile, int] | None] = deque()  # seen, profile, story
        self._slot_of: dict[int, int] = {}  # by entry
        self._postings: dict[int, array[int]] = {}  # slots by term, oldest first
        self._members: dict[int, list[int]] = {}  # slots by story, oldest first
        self._log_size = math.log(_PRIOR)
        self._logs = _logs()

    def __len__(self) -> int:
        return len(self._slot_of)

    def add(self, profile: Profile, story: int, seen: int) -> None:
        """Put an entry into a story."""
        profile = profile.kept()
        slot = self._first + len(self._slots)
        self._slots.append((seen, profile, story))
        self._slot_of[profile.entry] = slot
        self._members.setdefault(story, []).append(slot)
        for term in profile.numbers():
            posting = self._postings.get(term)
            if posting is None:
                posting = self._postings[term] = array("I")
            posting.append(slot)

    def move(self, entry: int, story: int) -> None:
        """Put an entry of the window into another story."""
        slot = self._slot_of[entry]
        seen, profile, _ = self.at(slot)
        self._leave(slot)
        self._slots[slot - self._first] = seen, profile, story
        members = self._members.setdefault(story, [])
        members.append(slot)
        members.sort()

    def forget_before(self, seen: int) -> None:
        """Drop the entries met before a moment, seconds since 1970."""
        while self._slots:
            oldest = self._slots[0]
            if oldest is not None:
                if oldest[0] >= seen:
                    return
                self._drop(self._first)
            self._slots.popleft()
            self._first += 1

    def forget(self, entry: int) -> None:
        """Drop one entry, say because it was rewritten and is to be added anew."""
        slot = self._slot_of.get(entry)
        if slot is not None:
            self._drop(slot)
            self._slots[slot - self._first] = None

    def measure(self) -> None:
        """Take the number of entries now as what rarity is measured by."""
        self._log_size = math.log(len(self) + _PRIOR)

    def at(self, slot: int) -> tuple[int, Profile, int]:
        """Return when the entry of a slot was met, its profile and its story."""
        found = self._slots[slot - self._first]
        assert found is not None
        return found

    def members(self, story: int) -> list[int]:
        """Return the slots of a story's entries, oldest first."""
        return self._members[story]

    def rarity(self, term: int) -> float:
        """Return how rare a term is: the fewer entries have it, the more."""
        posting = self._postings.get(term)
        known = len(posting) if posting else 0
        return self._log_size - self._logs[min(known, len(self._logs) - 1)]

    def values(self, profile: Profile) -> dict[int, float]:
        """Return how much each term of an entry says: the rarer, and the more its kind tells apart."""
        # in one go, with all at hand: most of the time goes here
        get, logs, size, least = self._postings.get, self._logs, self._log_size, _LEAST
        last = len(logs) - 1
        return {
            term: (weight & WEIGHT)
            * (rarity if (rarity := size - logs[min(len(get(term, ())), last)]) > least else least)
            * SAYS[term >> KIND_SHIFT]
            for term, weight in zip(profile.numbers(), profile.weights, strict=True)
        }

    def gains(self, own: Weighed) -> dict[int, float]:
        """Return slots that share terms with an entry, and how much these say of it.

        What this costs does not grow with the window: the rarest terms are looked up first, of each
        only the newest entries, and of all together a fixed number.
        """
        gained: dict[int, float] = {}
        rarest = sorted(own.values, key=lambda term: (len(self._postings.get(term, ())), term))
        for shared in (True, False):
            self._look_up(own, (term for term in rarest if is_shared(term) is shared), gained)
        return gained

    def _look_up(self, own: Weighed, terms: Iterable[int], gained: dict[int, float]) -> None:
        left = _LOOKS
        for term in terms:
            if term not in self._postings:
                continue
            newest = self._postings[term][-min(_NEWEST, left) :]
            gain = own.values[term] ** 2
            for slot in newest:
                gained[slot] = gained.get(slot, 0.0) + gain
            left -= len(newest)
            if left <= 0:
                return

    def _drop(self, slot: int) -> None:
        _, profile, _ = self.at(slot)
        self._leave(slot)
        del self._slot_of[profile.entry]
        for term in profile.numbers():
            posting = self._postings[term]
            if len(posting) == 1:
                del self._postings[term]
            else:
                posting.remove(slot)

    def _leave(self, slot: int) -> None:
        story = self.at(slot)[2]
        members = self._members[story]
        members.remove(slot)
        if not members:
            del self._members[story]
