"""Sightings: when a watched subject was in the news, and which bursts of it were told."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.database import Database
from bot.store.times import from_us, to_us

_ADD = """
insert into sightings (subject, at, story_id, outlet, entry_id)
select value, :at, :story_id, :outlet, :entry_id from json_each(:subjects)
where true on conflict do nothing
"""
_WITHIN = """
select story_id, outlet, min(entry_id) as entry_id from sightings
where subject = :subject and at > :since and at <= :until group by story_id, outlet
"""
# Whole days before, only their same hours: what is counted is one row a day.
_SAME_HOURS = """
select (:until - at) / 86400 as day, count(distinct story_id) as stories from sightings
where subject = :subject and at > :since and at <= :until - 86400
    and (:until - at) % 86400 < :window
group by day
"""
_BY_HOUR = """
select (:until - at) / 3600 as hour, count(distinct story_id) as stories from sightings
where subject = :subject and at > :since and at <= :until group by hour
"""
_COUNT = """
select count(distinct story_id) as stories from sightings
where subject = :subject and at > :since and at <= :until
"""
_FORGET = "delete from sightings where at < :before"
_BEGIN = "insert into facts (name, value) values ('sightings_since', :now) on conflict do nothing"
_BEGAN = "select value from facts where name = 'sightings_since'"
_TELL = """
insert into spikes (channel, subject, at)
select :channel, value, :at from json_each(:subjects) where true on conflict do nothing
"""
_TOLD = "select distinct subject, at from spikes where channel = :channel and at > :since"
_TOLD_STORIES = """
select distinct s.story_id from spikes t join sightings s on s.subject = t.subject
where t.channel = :channel and t.at > :since and s.at > :seen_since
"""
_FORGET_TOLD = "delete from spikes where at < :before"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A story that an outlet told within a time."""

    story_id: int
    outlet: str
    entry_id: int  #: the first that told it so


class Sightings:
    """The sightings and spikes tables."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, now: datetime) -> None:
        """Note when sightings were first recorded; before that, none says nothing."""
        self._db.run(_BEGIN, {"now": str(to_us(now))})

    def began_at(self) -> datetime | None:
        """Return since when sightings are recorded."""
        row = self._db.row(_BEGAN)
        return from_us(int(row["value"])) if row else None

    def add(
        self, subjects: Collection[str], at: datetime, *, story_id: int, outlet: str, entry_id: int
    ) -> None:
        """Record that an outlet's entry tells a story about these subjects."""
        params = {
            "subjects": json.dumps(sorted(subjects)),
            "at": _seconds(at),
            "story_id": story_id,
            "outlet": outlet,
            "entry_id": entry_id,
        }
        self._db.run(_ADD, params)

    def within(self, subject: str, since: datetime, until: datetime) -> list[Sighting]:
        """Return who told what about a subject after `since` and not after `until`."""
        rows = self._db.rows(_WITHIN, _params(subject, since, until))
        return [Sighting(row["story_id"], row["outlet"], row["entry_id"]) for row in rows]

    def same_hours(
        self, subject: str, until: datetime, *, window: timedelta, history: timedelta
    ) -> list[int]:
        """Return how many stories the same hours of each day before brought, the latest first."""
        params = _params(subject, until - history - window, until)
        window_s = window // timedelta(seconds=1)
        rows = self._db.rows(_SAME_HOURS, params | {"window": window_s})
        by_day = {int(row["day"]): int(row["stories"]) for row in rows}
        return [by_day.get(day, 0) for day in range(1, history.days + 1)]

    def by_hour(self, subject: str, until: datetime, *, hours: int) -> Sequence[int]:
        """Return the stories of each of the last hours, the oldest first."""
        params = _params(subject, until - timedelta(hours=hours), until)
        found = {int(row["hour"]): int(row["stories"]) for row in self._db.rows(_BY_HOUR, params)}
        return [found.get(ago, 0) for ago in reversed(range(hours))]

    def count(self, subject: str, since: datetime, until: datetime) -> int:
        """Return how many stories were about a subject."""
        row = self._db.row(_COUNT, _params(subject, since, until))
        return int(row["stories"]) if row else 0

    def forget(self, before: datetime) -> int:
        """Drop what was seen and told before a time; return how many sightings."""
        self._db.run(_FORGET_TOLD, {"before": to_us(before)})
        return self._db.run(_FORGET, {"before": _seconds(before)})

    # ── what was told ──

    def tell(self, channel: str, subjects: Collection[str], *, now: datetime) -> None:
        """Note that a channel was told of a burst that explains these subjects."""
        params = {"channel": channel, "subjects": json.dumps(list(subjects)), "at": to_us(now)}
        self._db.run(_TELL, params)

    def told(self, channel: str, *, since: datetime) -> int:
        """Return how many bursts a channel was told of after a time."""
        rows = self._db.rows(_TOLD, {"channel": channel, "since": to_us(since)})
        return len({row["at"] for row in rows})

    def told_stories(self, channel: str, *, since: datetime, seen_since: datetime) -> set[int]:
        """Return the stories, seen lately, of subjects that a channel was told of after a time."""
        params = {"channel": channel, "since": to_us(since), "seen_since": _seconds(seen_since)}
        return {int(row["story_id"]) for row in self._db.rows(_TOLD_STORIES, params)}


def _seconds(at: datetime) -> int:
    return to_us(at) // 1_000_000


def _params(subject: str, since: datetime, until: datetime) -> dict[str, str | int]:
    return {"subject": subject, "since": _seconds(since), "until": _seconds(until)}
