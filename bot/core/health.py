"""How feeds are, as arithmetic: their rhythm, whether trouble is theirs or ours, who names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Feed, FeedState, Rule
from bot.core.rules import canonical, compile_rules, parse
from bot.core.rules.ast import And, Attribute, Expr, Or, any_of
from bot.core.sameness import site

# ── rhythm ────────────────────────────────────────────────────────────────────

MIN_QUIET = timedelta(hours=24)  #: no feed is unusually quiet before
HISTORY = timedelta(days=90)  #: what a feed's rhythm is taken from
_MIN_HISTORY = timedelta(days=14)  #: two weekends at least
_MIN_GAPS = 20


def quiet_after(arrivals: Sequence[datetime]) -> timedelta | None:
    """Return after what silence a feed is unusually quiet; None while its rhythm is unknown.

    Three times the gap that 95 % of its gaps stay below; but a quarter more than its second
    longest, so that no weekend is news, while a single long pause (a strike, an outage of ours)
    does not deafen us.

    Args:
        arrivals: when it brought something, oldest first.
    """
    gaps = sorted(later - earlier for earlier, later in pairwise(arrivals))
    if len(gaps) < _MIN_GAPS or arrivals[-1] - arrivals[0] < _MIN_HISTORY:
        return None
    return max(3 * gaps[int(0.95 * (len(gaps) - 1))], 1.25 * gaps[-2], MIN_QUIET)


# ── theirs or ours ────────────────────────────────────────────────────────────

TOGETHER = timedelta(hours=1)  #: what began to fail within this began together
_MANY_SITES = 5
_ALL_SITES = 3  #: if nearly no other answers, so many are enough
_SHARE = 4  #: for each site that answers so many fail: 80 %


@dataclass(frozen=True, slots=True)
class Pulse:
    """A feed, as far as recognising an outage needs."""

    feed_id: int
    url: str
    failing_since: datetime | None
    last_ok_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outage:
    """Many feeds that began to fail together."""

    since: datetime
    feed_ids: frozenset[int]
    is_ours: bool  #: nearly nothing answers: look at our own network first


def outage(pulses: Iterable[Pulse], start: datetime) -> Outage | None:
    """Return the outage that a feed failing since `start` is part of; None if it fails alone.

    Feeds of one site count once, and a site of which any feed answers is not down.
    """
    pulses = list(pulses)
    together = [p for p in pulses if p.failing_since and abs(p.failing_since - start) <= TOGETHER]
    answer = {
        site(p.url) for p in pulses if not p.failing_since and p.last_ok_at and p.last_ok_at > start
    }
    down = {site(p.url) for p in together} - answer
    is_ours = len(down) >= max(_ALL_SITES, _SHARE * len(answer))
    if not is_ours and len(down) < _MANY_SITES:
        return None
    since = min((p.failing_since for p in together if p.failing_since), default=start)
    return Outage(since, frozenset(p.feed_id for p in together), is_ours)


# ── who names it ──────────────────────────────────────────────────────────────

_NAMING = ("source", "tag", "url")


def naming(rules: Iterable[Rule], feed: Feed) -> frozenset[int]:
    """Return the ids of the rules that ask for this feed by its name, address or tags."""
    asking = []
    for rule in rules:
        if not any(f"{field}:" in rule.query for field in _NAMING):
            continue  # reading a query costs a thousand times more
        if asked := list(_asked(parse(rule.query))):
            asking.append(replace(rule, query=canonical(any_of(asked))))
    face = Entry(
        key="", title="", url=feed.url, outlet=feed.title or site(feed.url), tags=feed.tags
    )
    return frozenset(match.rule_id for match in compile_rules(asking, Gazetteer(())).match(face))


def _asked(expr: Expr) -> Iterator[Attribute]:
    """Yield the names that a rule asks for; what stands under a NOT it does not ask for."""
    match expr:
        case And(items) | Or(items):
            for item in items:
                yield from _asked(item)
        case Attribute(field) if field in _NAMING:
            yield expr


# ── moving ────────────────────────────────────────────────────────────────────

MOVE_DAYS = 3  #: on so many days a permanent redirect must say the same


def told_to_move(state: FeedState, moved_to: str | None, today: date) -> FeedState:
    """Note where a good answer said that the feed now lives; another word starts anew.

    Args:
        state: what was known.
        moved_to: the end of its permanent redirects; None if it answered where it was asked.
        today: the date in UTC.
    """
    if moved_to is None:
        return replace(state, moved_to=None, moved_days=())
    days = state.moved_days if moved_to == state.moved_to else ()
    days = tuple(dict.fromkeys((*days, today.isoformat())))[:MOVE_DAYS]
    return replace(state, moved_to=moved_to, moved_days=days)


def has_moved(state: FeedState) -> bool:
    """Say whether it was told often enough."""
    return state.moved_to is not None and len(state.moved_days) >= MOVE_DAYS
