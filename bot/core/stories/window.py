"""The entries of the last days, found by their terms: what a new one is compared with."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from bot.core.stories.likeness import Weighed
from bot.core.stories.profile import Profile
from bot.core.stories.terms import Terms


@dataclass(slots=True)
class Slot:
    """An entry of the window."""

    seen: int  #: when we met it, seconds since 1970
    profile: Profile
    story: int
    ids: array[int]  #: of its terms
    _says: array[float] | None = None

    def says(self) -> array[float]:
        """Return how much each term says, beside its rarity."""
        if self._says is None:  # most entries are never asked
            self._says = self.profile.says()
        return self._says


class Window:
    """Entries with their stories, in the order they were met; see `Grouper` for what it is for."""

    def __init__(self) -> None:
        self.terms = Terms()
        self._slots: list[Slot | None] = []
        self._first = 0  # the number of the first of these; slots count entries ever added
        self._gone = 0  # how many of them, from the first on, are gone
        self._slot_of: dict[int, int] = {}  # by entry
        self._members: dict[int, list[int]] = {}  # slots by story, oldest first

    def __len__(self) -> int:
        return len(self._slot_of)

    def add(self, profile: Profile, story: int, seen: int) -> None:
        """Put an entry into a story."""
        number = self._first + len(self._slots)
        ids = self.terms.add(profile.numbers(), number)
        self._slots.append(Slot(seen, profile.kept(), story, ids))
        self._slot_of[profile.entry] = number
        self._members.setdefault(story, []).append(number)

    def move(self, entry: int, story: int) -> None:
        """Put an entry of the window into another story."""
        number = self._slot_of[entry]
        slot = self.at(number)
        self._leave(number, slot.story)
        slot.story = story
        members = self._members.setdefault(story, [])
        members.append(number)
        members.sort()

    def forget_before(self, seen: int) -> None:
        """Drop the entries met before a moment, seconds since 1970."""
        while self._gone < len(self._slots):
            oldest = self._slots[self._gone]
            if oldest is not None:
                if oldest.seen >= seen:
                    break
                self._drop(self._first + self._gone)
            self._gone += 1
        if 2 * self._gone >= len(self._slots):  # seldom, for it moves all that is left
            del self._slots[: self._gone]
            self._first += self._gone
            self._gone = 0

    def forget(self, entry: int) -> None:
        """Drop one entry, say because it was rewritten and is to be added anew."""
        number = self._slot_of.get(entry)
        if number is not None:
            self._drop(number)

    def measure(self) -> None:
        """Take the number of entries now as what rarity is measured by."""
        self.terms.measure(len(self))

    def at(self, number: int) -> Slot:
        """Return the entry of a slot."""
        found = self._slots[number - self._first]
        assert found is not None
        return found

    def members(self, story: int) -> list[int]:
        """Return the slots of a story's entries, oldest first."""
        return self._members[story]

    def weighed(self, number: int) -> Weighed:
        """Return the entry of a slot with what its terms say now."""
        slot = self.at(number)
        return Weighed(slot.profile, self.terms.values(slot.ids, slot.says()))

    def weigh(self, profile: Profile) -> Weighed:
        """Return an entry that is not in the window with what its terms say now."""
        ids = self.terms.ids(profile.numbers())
        return Weighed(profile, self.terms.values(ids, profile.says()))

    def _drop(self, number: int) -> None:
        slot = self.at(number)
        self._leave(number, slot.story)
        del self._slot_of[slot.profile.entry]
        self.terms.drop(slot.profile.numbers(), slot.ids, number)
        self._slots[number - self._first] = None

    def _leave(self, number: int, story: int) -> None:
        members = self._members[story]
        members.remove(number)
        if not members:
            del self._members[story]
