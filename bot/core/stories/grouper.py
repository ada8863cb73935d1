"""Which story an entry joins, decided from the entries of the last days alone.

An entry is compared with those that share its most telling terms. Reports of the last hours that
come near it are then looked at together, as if all had come at once: what looked like two stories
may turn out to be one, and a report may turn out to be in the wrong one. So a new report gathers
its story. Older stories stay as they are; a report joins them or doesn't.

The state is a function of the entries in the window and of the stories they were put in: it is
rebuilt by adding the stored profiles in order. What an entry costs does not grow with the window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from bot.core.stories.gather import gather, may_join
from bot.core.stories.likeness import FOREIGN, Likeness, Weighed, fading, is_another
from bot.core.stories.profile import KIND_SHIFT, Profile, TermKind
from bot.core.stories.window import Window

_JOIN: Final = 0.17  #: the score from which an entry joins, in a window of `_SPARSE` entries
_DENSER: Final = 0.25  #: how much it rises with each tenfold of entries
_SPARSE: Final = 300
_STRICTEST: Final = 0.45
_BEST: Final = 0.5  #: share of the best likeness in the score; the rest is the mean

_SHOWN: Final = 3  #: words of an explanation, beside actors and the gap
_LIKELY: Final = 12  #: entries with the most telling terms in common
_CANDIDATES: Final = 6  #: of these, entries compared in full
_MEMBERS: Final = 6  #: further members of a story compared, the newest

_YOUNG_S: Final = 12 * 3600  #: how long after its first report a story may be put together anew
_NEAR: Final = 0.6  #: share of the score needed from which a story is looked at again
_MOST: Final = 32  #: entries looked at together
_TELLING: Final = 2.0  #: rarity from which a term tells events apart
_OWN: Final = -1  #: stands for the slot of the new entry


@dataclass(frozen=True, slots=True)
class Joined:
    """An entry tells what others told."""

    story: int  #: the entry's own number if the story is a new one, made of others' reports
    score: float
    words: tuple[str, ...]  #: what the two share, the most telling first
    kind: Literal["copy", "report"]  #: the same text again, or the event told differently
    like: int  #: the entry it is most like
    gathered: tuple[int, ...] = ()  #: entries of other stories that turn out to tell this one

    def __str__(self) -> str:
        return f"{', '.join(self.words)} ({self.score:.2f})"


@dataclass(frozen=True, slots=True)
class Started:
    """An entry tells what nobody told within the window."""

    story: int
    score: float = 0.0  #: of the story it came nearest to


class Grouper(Window):
    """Puts entries into stories, one at a time; see the module's text."""

    def __init__(self, window_h: int = 72) -> None:
        super().__init__()
        self._window_s = window_h * 3600
        self._taken: dict[int, list[int]] = {}  # by story: those that people took out of it
        self._settled: set[int] = set()

    def assign(self, profile: Profile, seen: int) -> Joined | Started:
        """Find the story of an entry and add it there; a new story has the entry's number.

        Args:
            profile: of an entry that is not in the window.
            seen: when we met it, seconds since 1970; never less than in the call before.
        """
        found = self.find(profile, seen)
        self.add(profile, found.story, seen)
        if isinstance(found, Joined):
            for entry in found.gathered:
                self.move(entry, found.story)
        return found

    def find(self, profile: Profile, seen: int) -> Joined | Started:
        """Say which story an entry tells, and who else tells it; change nothing but the window."""
        self.forget_before(seen - self._window_s)
        self.measure()
        return _Look(self, profile, seen).decide()

    def keep_apart(self, story: int, taken: int) -> None:
        """Let nothing join a story that is as much like one that was taken out of it."""
        self._taken.setdefault(story, []).append(taken)

    def settle(self, story: int) -> None:
        """Leave a story together as it is: people said so."""
        self._settled.add(story)

    def taken_from(self, story: int) -> list[int]:
        """Return what people took out of a story."""
        return self._taken.get(story, [])

    def is_open(self, story: int, seen: int) -> bool:
        """Say whether a story may still be put together anew."""
        members = self.members(story)
        return (
            len(members) < _MOST
            and seen - self.at(members[0]).seen <= _YOUNG_S
            and story not in self._settled
        )

    def needed(self) -> float:
        """Return the score from which an entry joins: more, the more there is to mix it up with."""
        tenfolds = math.log10(max(1.0, len(self) / _SPARSE))
        return min(_JOIN + _DENSER * tenfolds, _STRICTEST)


class _Look:
    """A new entry among those of the window."""

    def __init__(self, window: Grouper, profile: Profile, seen: int) -> None:
        self._window = window
        self._profile = profile
        self._seen = seen
        self._own = window.weigh(profile)
        self._weighed: dict[int, Weighed] = {}
        self._likes: dict[int, Likeness] = {}
        self._needed = window.needed()

    def decide(self) -> Joined | Started:
        for slot in self._candidates():
            if not is_another(self._own, self._at(slot)):
                self._like(slot)
        compared = dict(self._likes)
        joined = self._joined(compared)
        near = self._near(compared)
        if not near or (joined and joined.story not in near):
            best = max((like.score for like in compared.values()), default=0.0)
            return joined or Started(self._profile.entry, best)
        return self._gathered(near)

    # ── one by one ────────────────────────────────────────────────────────────

    def _candidates(self) -> list[int]:
        """Return the slots of the entries that may come near, the likeliest first.

        What an entry gains by shared terms, and what the gap in time leaves of it, bound its likeness.
        """
        least = (_NEAR * self._needed * self._own.length) ** 2
        gained = self._window.terms.gains(self._own.values, least)
        likely = [(gain, slot) for slot, gain in gained.items() if gain > least]
        enough = min(sorted((gain for gain, _ in likely), reverse=True)[:_LIKELY], default=0.0)
        likely = [one for one in likely if one[0] >= enough]
        bounds = ((gain * self._fading(slot) ** 2, slot) for gain, slot in likely)
        near = sorted((bound for bound in bounds if bound[0] > least), reverse=True)
        return [slot for _, slot in near[:_CANDIDATES]]

    def _fading(self, slot: int) -> float:
        return fading(self._profile.at, self._window.at(slot).profile.at)

    def _joined(self, likes: dict[int, Likeness]) -> Joined | None:
        """Return the story that the entry tells, as it is."""
        alike = [slot for slot, like in likes.items() if like.score >= self._least(like)]
        stories = sorted({self._window.at(slot).story for slot in alike})
        scored = self._not_apart([(*self._score(story, likes), story) for story in stories])
        if not scored:
            return None
        score, slot, story = max(scored, key=lambda one: (one[0], -one[2]))
        if score < self._least(self._like(slot)):
            return None
        return self._join(story, slot, score)

    def _join(self, story: int, slot: int, score: float, gathered: tuple[int, ...] = ()) -> Joined:
        like, other = self._like(slot), self._window.at(slot).profile
        words = tuple(_words(self._profile, like, abs(self._profile.at - other.at)))
        kind: Literal["copy", "report"] = "copy" if like.is_copy else "report"
        return Joined(story, score, words, kind, other.entry, gathered)

    def _least(self, like: Likeness) -> float:
        return self._needed if like.same_language else self._needed + FOREIGN

    def _score(self, story: int, likes: dict[int, Likeness]) -> tuple[float, int]:
        """Return the score of a story, and the slot of its entry most like this one."""
        compared = [slot for slot in likes if self._window.at(slot).story == story]
        newest = self._window.members(story)[-_MEMBERS:]
        compared += [slot for slot in newest if slot not in likes]
        return self._mixed(compared)

    def _mixed(self, slots: list[int]) -> tuple[float, int]:
        """Return a score of some entries, and the slot of the one most like this one."""
        scores = {slot: self._like(slot).score for slot in slots}
        best = max(slots, key=lambda slot: (scores[slot], -slot))
        return _BEST * scores[best] + (1 - _BEST) * sum(scores.values()) / len(scores), best

    def _not_apart(self, scored: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
        """Return the stories of which nothing was taken that is as much like the entry."""
        nearest = {story: self._like(slot).score for _, slot, story in scored}
        return [
            one
            for one in scored
            if all(
                nearest.get(taken, 0.0) < nearest[one[2]]
                for taken in self._window.taken_from(one[2])
            )
        ]

    def _like(self, slot: int) -> Likeness:
        like = self._likes.get(slot)
        if like is None:
            like = self._likes[slot] = self._own.like(self._at(slot))
        return like

    def _at(self, slot: int) -> Weighed:
        weighed = self._weighed.get(slot)
        if weighed is None:
            weighed = self._weighed[slot] = self._window.weighed(slot)
        return weighed

    # ── all together ──────────────────────────────────────────────────────────

    def _near(self, likes: dict[int, Likeness]) -> list[int]:
        """Return the young stories that come near the entry, the nearest first."""
        nearest: dict[int, float] = {}
        for slot, like in likes.items():
            if like.score >= _NEAR * self._least(like):
                story = self._window.at(slot).story
                nearest[story] = max(like.score, nearest.get(story, 0.0))
        near = [story for story in nearest if self._window.is_open(story, self._seen)]
        return sorted(near, key=lambda story: (-nearest[story], story))

    def _gathered(self, near: list[int]) -> Joined | Started:
        """Look at the reports of some stories together, and return what the entry tells."""
        window = self._window
        slots: list[int] = []
        for story in near:
            if len(slots) + len(members := window.members(story)) < _MOST:
                slots += members
        slots.sort()
        likes = [self._like(slot) for slot in slots]
        together = self._together(slots) if may_join(likes, self._needed) else []
        if not together:
            return Started(self._profile.entry, max(like.score for like in likes))
        score, best = self._mixed(together)
        owned = (slot for slot in together if window.members(window.at(slot).story)[0] == slot)
        owner = min(owned, default=None)
        story = self._profile.entry if owner is None else window.at(owner).story
        moved = [slot for slot in together if window.at(slot).story != story]
        return self._join(
            story, best, score, tuple(window.at(slot).profile.entry for slot in moved)
        )

    def _together(self, slots: list[int]) -> list[int]:
        """Return those of some slots that tell the same as the entry."""
        texts = ((slot, self._at(slot)) for slot in slots)
        groups = gather([*texts, (_OWN, self._own)], self._needed, self._is_telling)
        own = next(group for group in groups if _OWN in group)
        return sorted(slot for slot in own if slot != _OWN)

    def _is_telling(self, term: int) -> bool:
        return (
            term >> KIND_SHIFT != TermKind.CONCEPT and self._window.terms.rarity(term) >= _TELLING
        )


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
