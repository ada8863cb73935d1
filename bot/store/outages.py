"""Outages: when nobody was watching, and what came back from a backup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row
from bot.store.times import from_us, to_us

_ADD = """
insert into outages (kind, from_at, until_at) values (:kind, :from_at, :until_at) returning *
"""
_LATEST = "select * from outages order by until_at desc, id desc limit 1"
_SINCE = "select * from outages where until_at > :since order by from_at"
_BY_ID = "select * from outages where id = :id"


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which nothing was polled, or of which the database knows nothing."""

    id: int
    is_restore: bool  #: the database came back from a backup made when it began
    began_at: datetime
    ended_at: datetime


class Outages:
    """The outages table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, *, began_at: datetime, ended_at: datetime, is_restore: bool) -> Outage:
        """Record an outage that is over."""
        row = self._db.row(
            _ADD,
            {
                "kind": "restore" if is_restore else "outage",
                "from_at": to_us(began_at),
                "until_at": to_us(ended_at),
            },
        )
        assert row is not None
        return _outage(row)

    def latest(self) -> Outage | None:
        """Return the outage that ended last."""
        row = self._db.row(_LATEST)
        return _outage(row) if row else None

    def since(self, when: datetime) -> list[Outage]:
        """Return the outages that ended after a time."""
        return [_outage(row) for row in self._db.rows(_SINCE, {"since": to_us(when)})]

    def get(self, outage_id: int) -> Outage | None:
        """Return an outage by id."""
        row = self._db.row(_BY_ID, {"id": outage_id})
        return _outage(row) if row else None


def _outage(row: Row) -> Outage:
    return Outage(
        row["id"], row["kind"] == "restore", from_us(row["from_at"]), from_us(row["until_at"])
    )
