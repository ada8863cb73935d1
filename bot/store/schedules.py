"""When channels and people want a digest, and up to where the last one told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from bot.store.database import Database, Row
from bot.store.times import from_us, maybe_from, to_us

_ADD = """
insert into schedules (channel, owner, scope, weekday, at_min, zone, created_at, due_at)
values (:channel, :owner, :scope, :weekday, :at_min, :zone, :now, :due_at)
returning *
"""
_GET = "select * from schedules where id = :id"
_LIVE = "select * from schedules where removed_at is null order by id"
_DUE = "select * from schedules where removed_at is null and due_at <= :now order by due_at, id"
_TOLD = """
update schedules set due_at = :next_at, told_until = :until
where id = :id and due_at = :due_at and removed_at is null
"""
_REMOVE = "update schedules set removed_at = :now where id = :id and removed_at is null"
_RESTORE = """
update schedules set removed_at = null, due_at = :due_at where id = :id and removed_at is not null
"""

OWN, ALL = "", "*"  #: scopes: the rules of its place; all that its readers may know of


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A digest that comes by itself. Shown to people as `D3`."""

    channel: str  #: where it goes, a person's direct messages included
    owner: str  #: a Slack user id, or `console`
    scope: str = OWN  #: or `ALL`, `W12`, a canonical query
    weekday: int | None = None  #: 0 is Monday; None: every day
    at: time
    zone: str  #: as in the IANA database
    due_at: datetime
    created_at: datetime | None = None
    told_until: datetime | None = None  #: where the last one ended; None before the first
    is_removed: bool = False
    id: int = 0  #: the store's number; 0 before it is stored


class Schedules:
    """The schedules table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, schedule: Schedule, *, now: datetime) -> Schedule:
        """Remember a schedule and return it with its id."""
        params = {
            "channel": schedule.channel,
            "owner": schedule.owner,
            "scope": schedule.scope,
            "weekday": schedule.weekday,
            "at_min": schedule.at.hour * 60 + schedule.at.minute,
            "zone": schedule.zone,
            "now": to_us(now),
            "due_at": to_us(schedule.due_at),
        }
        return _schedule(self._db.rows(_ADD, params)[0])

    def get(self, schedule_id: int) -> Schedule | None:
        """Return a schedule by id, a removed one too."""
        row = self._db.row(_GET, {"id": schedule_id})
        return _schedule(row) if row else None

    def live(self) -> list[Schedule]:
        """Return all schedules in force, by id."""
        return [_schedule(row) for row in self._db.rows(_LIVE)]

    def due(self, now: datetime) -> list[Schedule]:
        """Return the schedules whose time has come, the longest waiting first."""
        return [_schedule(row) for row in self._db.rows(_DUE, {"now": to_us(now)})]

    def told(self, schedule: Schedule, *, until: datetime, next_at: datetime) -> bool:
        """Note that a due one tells up to a time; False if it was dealt with or removed since."""
        params = {
            "id": schedule.id,
            "due_at": to_us(schedule.due_at),
            "until": to_us(until),
            "next_at": to_us(next_at),
        }
        return self._db.run(_TOLD, params) > 0

    def remove(self, schedule_id: int, *, now: datetime) -> bool:
        """End a schedule; False if it had ended."""
        return self._db.run(_REMOVE, {"id": schedule_id, "now": to_us(now)}) > 0

    def restore(self, schedule_id: int, *, due_at: datetime) -> bool:
        """Let a schedule that had ended go on from a time; False if it had not."""
        return self._db.run(_RESTORE, {"id": schedule_id, "due_at": to_us(due_at)}) > 0


def _schedule(row: Row) -> Schedule:
    return Schedule(
        id=row["id"],
        channel=row["channel"],
        owner=row["owner"],
        scope=row["scope"],
        weekday=row["weekday"],
        at=time(*divmod(row["at_min"], 60)),
        zone=row["zone"],
        created_at=from_us(row["created_at"]),
        due_at=from_us(row["due_at"]),
        told_until=maybe_from(row["told_until"]),
        is_removed=row["removed_at"] is not None,
    )
