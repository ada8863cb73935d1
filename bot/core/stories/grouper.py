"""Which story an entry joins, decided from the entries of the last days alone.

The state is a function of the entries in the window and of the stories they were put in: it is
rebuilt by adding the stored profiles in order. What an entry costs does not grow with the window:
of each term only the newest entries are looked at, and of all terms together a fixed number.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from typing import Final, Literal

from bot.core.stories.likeness import SAYS, Likeness, Weighed, is_shared
from bot.core.stories.profile import IN_TITLE, KIND_SHIFT, Profile, TermKind

_JOIN: Final = 0.17  #: the score from which an entry joins, in a window of `_SPARSE` entries
_DENSER: Final = 0.25  #: how much it rises with each tenfold of entries
_SPARSE: Final = 300
_STRICTEST: Final = 0.45
_FOREIGN: Final = 0.13  #: how much more it takes between languages
_COPY: Final = 0.8  #: the likeness of text from which an entry is a copy
_ALIKE: Final = (
    0.6  #: the likeness of text from which other figures in the title mean another event
)
_BEST: Final = 0.5  #: share of the best likeness in the score; the rest is the mean

_SHOWN: Final = 3  #: words of an explanation, beside actors and the gap
_LEAST: Final = 0.5  #: what the commonest term still says
_LOGS: Final = tuple(math.log(n + 0.5) for n in range(4096))
_PRIOR: Final = 400  #: entries assumed before the first, so that rarity means something
_LEAST_GAIN: Final = 0.05  #: share of an entry's terms, as weighed, that a candidate has
_LOOKS: Final = 500  #: postings looked at for words, and again for what all languages share
_NEWEST: Final = 200  #: postings looked at of one term
_CANDIDATES: Final = 8  #: entries compared in full
_MEMBERS: Final = 6  #: further members of a story compared, the newest


@dataclass(frozen=True, slots=True)
class Joined:
    """An entry tells a known story."""

    story: int
    score: float
    words: tuple[str, ...]  #: what the two share, the most telling first
    kind: Literal["copy", "report"]  #: the same text again, or the event told differently
    like: int  #: the entry it is most like

    def __str__(self) -> str:
        return f"{', '.join(self.words)} ({self.score:.2f})"


@dataclass(frozen=True, slots=True)
class Started:
    """An entry tells what nobody told within the window."""

    story: int
    score: float = 0.0  #: of the story it came nearest to


class Grouper:
    """Puts entries into stories, one at a time; see the module's text."""

    def __init__(self, window_h: int = 72) -> None:
        self._window_s = window_h * 3600
        self._first = 0  # the slot of the oldest entry; slots count entries ever added
        self._slots: deque[tuple[int, Profile, int] | None] = deque()  # seen, profile, story
        self._slot_of: dict[int, int] = {}  # by entry
        self._postings: dict[int, array[int]] = {}  # slots by term, oldest first
        self._members: dict[int, list[int]] = {}  # slots by story, oldest first
        self._taken: dict[int, list[int]] = {}  # by story: those that people took out of it
        self._log_size = math.log(_PRIOR)

    def __len__(self) -> int:
        return len(self._slot_of)

    def assign(self, profile: Profile, seen: int) -> Joined | Started:
        """Find the story of an entry and add it there; a new story has the entry's number.

        Args:
            profile: of an entry that is not in the window.
            seen: when we met it, seconds since 1970; never less than in the call before.
        """
        found = self.find(profile, seen)
        self.add(profile, found.story, seen)
        return found

    def find(self, profile: Profile, seen: int) -> Joined | Started:
        """Say which story an entry tells, changing nothing but the window."""
        self.forget_before(seen - self._window_s)
        self._log_size = math.log(len(self) + _PRIOR)
        own = Weighed(profile, self._rarity)
        likes = {slot: own.like(self._at(slot)[1]) for slot in self._candidates(own)}
        title = _title(profile)
        likes = {
            slot: like
            for slot, like in likes.items()
            if not _is_another(title, _title(self._at(slot)[1]))
        }
        best = max((like.score for like in likes.values()), default=0.0)
        scored = [
            (*self._score(own, story, likes), story)
            for story in sorted({self._at(slot)[2] for slot in self._likely(likes)})
        ]
        scored = self._not_apart(scored, likes)
        if not scored:
            return Started(profile.entry, best)
        score, slot, story = max(scored, key=lambda one: (one[0], -one[2]))
        like = likes[slot]
        if score < self._needed(like):
            return Started(profile.entry, score)
        other = self._at(slot)[1]
        copy = like.same_language and like.words >= _COPY
        words = tuple(_words(profile, like, abs(profile.at - other.at)))
        return Joined(story, score, words, "copy" if copy else "report", other.entry)

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

    def keep_apart(self, story: int, taken: int) -> None:
        """Let nothing join a story that is as much like one that was taken out of it."""
        self._taken.setdefault(story, []).append(taken)

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

    # ── the window ────────────────────────────────────────────────────────────

    def _at(self, slot: int) -> tuple[int, Profile, int]:
        item = self._slots[slot - self._first]
        assert item is not None
        return item

    def _drop(self, slot: int) -> None:
        _, profile, _ = self._at(slot)
        self._leave(slot)
        del self._slot_of[profile.entry]
        for term in profile.numbers():
            posting = self._postings[term]
            if len(posting) == 1:
                del self._postings[term]
            else:
                posting.remove(slot)

    def _leave(self, slot: int) -> None:
        story = self._at(slot)[2]
        members = self._members[story]
        members.remove(slot)
        if not members:
            del self._members[story]

    # ── the decision ──────────────────────────────────────────────────────────

    def _needed(self, like: Likeness) -> float:
        """Return the score from which an entry joins: more, the more there is to mix it up with."""
        tenfolds = math.log10(max(1.0, len(self) / _SPARSE))
        needed = min(_JOIN + _DENSER * tenfolds, _STRICTEST)
        return needed if like.same_language else needed + _FOREIGN

    def _rarity(self, term: int) -> float:
        """Return how much a term says: the fewer entries have it, the more."""
        posting = self._postings.get(term)
        known = len(posting) if posting else 0
        idf = self._log_size - (_LOGS[known] if known < len(_LOGS) else math.log(known + 0.5))
        return max(_LEAST, idf) * SAYS[term >> KIND_SHIFT]

    def _candidates(self, own: Weighed) -> list[int]:
        """Return the slots of the entries that share the most telling terms."""
        gained: dict[int, float] = {}
        rarest = sorted(own.values, key=lambda term: (len(self._postings.get(term, ())), term))
        for shared in (True, False):
            left = _LOOKS
            for term in rarest:
                if is_shared(term) is not shared or term not in self._postings:
                    continue
                newest = self._postings[term][-min(_NEWEST, left) :]
                gain = own.values[term] ** 2
                for slot in newest:
                    gained[slot] = gained.get(slot, 0.0) + gain
                left -= len(newest)
                if left <= 0:
                    break
        least = _LEAST_GAIN * own.length**2
        likely = [slot for slot, gain in gained.items() if gain > least]
        return nlargest(_CANDIDATES, likely, key=lambda slot: (gained[slot], slot))

    def _likely(self, likes: dict[int, Likeness]) -> list[int]:
        """Return the entries alike enough for their stories to be looked into."""
        return [slot for slot, like in likes.items() if like.score >= self._needed(like)]

    def _score(self, own: Weighed, story: int, likes: dict[int, Likeness]) -> tuple[float, int]:
        """Return the score of a story, and the slot of its entry most like this one."""
        members = self._members[story]
        compared = [slot for slot in likes if self._at(slot)[2] == story]
        for slot in members[-_MEMBERS:]:
            if slot not in likes:
                likes[slot] = own.like(self._at(slot)[1])
                compared.append(slot)
        scores = [likes[slot].score for slot in compared]
        best = max(compared, key=lambda slot: (likes[slot].score, -slot))
        return _BEST * likes[best].score + (1 - _BEST) * sum(scores) / len(scores), best

    def _not_apart(
        self, scored: list[tuple[float, int, int]], likes: dict[int, Likeness]
    ) -> list[tuple[float, int, int]]:
        """Return the stories of which nothing was taken that is as much like the entry."""
        nearest = {story: likes[slot].score for _, slot, story in scored}
        return [
            one
            for one in scored
            if all(
                nearest.get(taken, 0.0) < nearest[one[2]] for taken in self._taken.get(one[2], ())
            )
        ]


def _words(profile: Profile, like: Likeness, apart_s: int) -> Iterator[str]:
    """Yield what two entries share, for people: "sohae, launch, 2 actors, 3 h apart"."""
    shown = profile.shown()
    terms = [term for _, term in sorted(like.shared, reverse=True) if term in shown]
    actors = [term for term in terms if term >> KIND_SHIFT == TermKind.ACTOR]
    others = dict.fromkeys(
        shown[term].lower() for term in terms if term >> KIND_SHIFT != TermKind.ACTOR
    )
    yield from list(others)[:_SHOWN]
    if actors:
        yield shown[actors[0]] if len(actors) == 1 else f"{len(actors)} actors"
    yield f"{apart_s / 3600:.0f} h apart"


_FIGURES: Final = frozenset({TermKind.NUMBER, TermKind.DAY, TermKind.ORDINAL, TermKind.YEAR})


def _title(profile: Profile) -> tuple[frozenset[int], frozenset[int]]:
    """Return the terms of a title: its words, and its numbers, days and ordinals."""
    weighed = zip(profile.numbers(), profile.weights, strict=True)
    terms = [term for term, weight in weighed if weight & IN_TITLE]
    figures = frozenset(term for term in terms if term >> KIND_SHIFT in _FIGURES)
    return frozenset(terms) - figures, figures


def _is_another(
    one: tuple[frozenset[int], frozenset[int]], other: tuple[frozenset[int], frozenset[int]]
) -> bool:
    """Say whether two titles read alike and each has a figure that the other lacks.

    Bulletin 12 is not bulletin 13.
    """
    (words, figures), (other_words, other_figures) = one, other
    if not figures - other_figures or not other_figures - figures:
        return False
    return len(words & other_words) >= _ALIKE * len(words | other_words)
