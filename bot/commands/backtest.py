"""What a rule would have caught in the entries already stored; nothing is saved."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.commands.desk import Asker, Desk
from bot.commands.say import count
from bot.core.entities import Gazetteer
from bot.core.models import Match, Rule
from bot.core.rules import compile_rules
from bot.store import Store
from bot.store.entries import StoredEntry

DAYS = 14
_LATEST = 5
NOTHING_STORED = "No entries are stored yet to try it on; the first poll brings some."


@dataclass(frozen=True, slots=True)
class Backtest:
    """What was found, and in how much."""

    looked_at: int  #: entries
    stories: int
    days: tuple[int, ...]  #: matched entries per calendar day, oldest first; the last is today
    feeds: int  #: that a match came from
    latest: tuple[tuple[StoredEntry, Match], ...]  #: newest first

    @property
    def entries(self) -> int:
        """How many matched."""
        return sum(self.days)


def backtest(
    store: Store, gazetteer: Gazetteer, rule: Rule, *, now: datetime, zone: tzinfo
) -> Backtest:
    """Match a rule against the entries of the last 14 calendar days.

    An entry counts on the day it was published, so that a feed's first poll is no busy day.

    Args:
        store: is only read.
        gazetteer: the names known.
        rule: need not be saved.
        now: the end of the last day.
        zone: in which days begin.
    """
    first_day = now.astimezone(zone).date() - timedelta(days=DAYS - 1)
    since = datetime.combine(first_day, time(), zone).astimezone(UTC)
    rules = compile_rules([replace(rule, id=1)], gazetteer)
    looked_at, stories, feeds = 0, set(), set()
    per_day: Counter[int] = Counter()
    hits: deque[tuple[datetime, int, StoredEntry, Match]] = deque()
    for stored in store.entries.since(since):
        at = stored.entry.published or stored.first_seen_at
        if at < since:
            continue
        looked_at += 1
        for match in rules.match(stored.entry):
            per_day[(min(at, now).astimezone(zone).date() - first_day).days] += 1
            stories.add(stored.story_id)
            feeds.add(stored.feed_id)
            hits.append((at, stored.entry.id, stored, match))
    latest = sorted(hits, key=lambda hit: hit[:2], reverse=True)[:_LATEST]
    return Backtest(
        looked_at=looked_at,
        stories=len(stories),
        days=tuple(per_day[day] for day in range(DAYS)),
        feeds=len(feeds),
        latest=tuple((stored, match) for _, _, stored, match in latest),
    )


def of_rule(desk: Desk, asker: Asker, rule: Rule) -> Backtest:
    """Try a rule on what the desk has stored, in the days of the asker."""
    return backtest(desk.store, desk.book.gazetteer, rule, now=desk.clock(), zone=asker.local)


def first_effect(desk: Desk, asker: Asker, rule: Rule) -> str:
    """Return in one line what a rule would have caught."""
    found = of_rule(desk, asker, rule)
    if not found.looked_at:
        return NOTHING_STORED
    return summary(desk, found, asker)


def summary(desk: Desk, found: Backtest, asker: Asker) -> str:
    """Return the numbers in one line."""
    if not found.entries:
        return (
            f"In the last {DAYS} days it would have caught nothing of "
            f"{count(found.looked_at, 'entry', 'entries')}."
        )
    busiest = max(range(DAYS), key=found.days.__getitem__)
    today = desk.clock().astimezone(asker.local).date()
    day = today - timedelta(days=DAYS - 1 - busiest)
    feeds = len(desk.store.feeds.all())
    return (
        f"In the last {DAYS} days it would have caught "
        f"*{count(found.entries, 'entry', 'entries')}* ({count(found.stories, 'story', 'stories')}), "
        f"busiest day {found.days[busiest]:,} ({day.day} {day:%b}), "
        f"from {found.feeds} of {count(max(feeds, found.feeds), 'feed')}."
    )
