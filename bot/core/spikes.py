"""Far more than usual: when a subject stands out, and which one says best what happened.

A subject is a rule, an actor or a location. What is counted are stories, not entries: forty
outlets that tell one event are one story.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.core.rules import Expr, parse
from bot.core.rules.ast import And, Name, Near, Or

WINDOW: Final = timedelta(hours=2)  #: what is judged
HISTORY: Final = timedelta(days=28)  #: what it is compared with: the same hours of these days
COOL_DOWN: Final = timedelta(hours=6)  #: what was told explains what follows within this
MIN_STORIES: Final = 5
MIN_OUTLETS: Final = 3  #: one outlet's busy hour, or a feed that was repaired, is no event
MIN_DAYS: Final = 7  #: days on which the same hours were watched
TIMES_USUAL: Final = 3
TIMES_LATELY: Final = 1.5  #: an event that goes on is no new one
CHANCE: Final = 1e-3  #: by `benchmarks/spikes.py`: two a week for ten subjects, each an event
_FEWEST: Final = 0.25  #: stories in a window, whatever so few days saw
_BUSIEST: Final = 1 / 10  #: of the days
_MOST_OF: Final = 2 / 3
_HALF: Final = 1 / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What was said about a subject in the last hours, and before."""

    subject: str  #: `rule:12`, or an entity's id
    depth: int  #: how narrow it is: 0 for a rule, more for a place within a place
    outlets: Mapping[int, AbstractSet[str]]  #: who tells each story
    past: Sequence[int]  #: stories in the same hours of each day that was watched
    lately: float  #: stories in so many hours, on average over the day before

    @property
    def usual(self) -> float:
        """How many stories these hours bring."""
        return sum(self.past) / len(self.past) if self.past else 0.0

    def stands_out(self, without: AbstractSet[int] = frozenset()) -> bool:
        """Say whether it is far more than usual, stories that were told already left out.

        Chance alone may not explain it: news come in bursts, so the spread of the days before
        counts, where it is wider than that of independent events (a negative binomial in place of
        Poisson's). Thrice the usual, because at many stories chance explains little; half as many
        again as the day before, because the second day of a war is no news.
        """
        left = {story: told for story, told in self.outlets.items() if story not in without}
        if not is_worth_judging(left) or len(self.past) < MIN_DAYS:
            return False
        if len(left) < max(TIMES_USUAL * self.usual, TIMES_LATELY * self.lately):
            return False
        return chance(len(left), self.past) < CHANCE


def is_worth_judging(outlets: Mapping[int, AbstractSet[str]]) -> bool:
    """Say whether these stories and outlets are enough to be more than an accident."""
    told_by: set[str] = set().union(*outlets.values())
    return len(outlets) >= MIN_STORIES and len(told_by) >= MIN_OUTLETS


def chance(stories: int, past: Sequence[int]) -> float:
    """Return how likely so many stories are, or more, when `past` is what is usual.

    The busiest days are left out: else one burst would hide the next for a month.
    """
    calm = sorted(past)[: len(past) - math.ceil(len(past) * _BUSIEST)]
    days = len(calm)
    seen = sum(calm) / days
    mean = max(seen, _FEWEST)
    spread = sum((count - seen) ** 2 for count in calm) / (days - 1)
    # the days are few, and say less surely what is usual
    variance = max(mean, spread) * (1 + 1 / days)
    share = mean / variance
    size = mean * share / (1 - share)
    likely, below = share**size, 0.0
    for count in range(stories):
        below += likely
        likely *= (count + size) / (count + 1) * (1 - share)
    return max(0.0, 1 - below)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: what tells it best, and every subject that it explains."""

    burst: Burst
    subjects: tuple[str, ...]


def events(bursts: Sequence[Burst], told: AbstractSet[int]) -> Iterator[Event]:
    """Yield each event among bursts of one moment.

    The subject with most stories is the event; of all that hold two thirds of it, the rarest
    names it: Pyongyang before North Korea, a rule before the place that it asks for. What shares
    half of its stories with it is the same event, and is not told beside it.

    Args:
        bursts: of all subjects that somebody wants to hear of.
        told: stories that were told of lately, by whatever subject.
    """
    told = set(told)
    left = [burst for burst in bursts if burst.stands_out(told)]
    while left:
        widest = max(left, key=lambda burst: (len(burst.outlets), burst.subject))
        whole = widest.outlets.keys()
        same = [b for b in left if len(b.outlets.keys() & whole) >= _HALF * len(b.outlets)]
        naming = [b for b in same if len(b.outlets.keys() & whole) >= _MOST_OF * len(whole)]
        best = min(naming, key=lambda burst: (burst.usual, -burst.depth, burst.subject))
        yield Event(best, tuple(burst.subject for burst in same))
        told.update(*(burst.outlets.keys() for burst in same))
        left = [burst for burst in left if burst not in same and burst.stands_out(told)]


def asked_names(query: str) -> tuple[Name, ...]:
    """Return the actors and locations that a rule asks for; what it excludes, it doesn't."""
    if "actor:" not in query and "location:" not in query:
        return ()  # reading a query costs a thousand times more
    return tuple(dict.fromkeys(_names(parse(query))))


def _names(expr: Expr) -> Iterator[Name]:
    match expr:
        case And(items) | Or(items) | Near(items):
            for item in items:
                yield from _names(item)
        case Name():
            yield expr
        case _:
            pass
