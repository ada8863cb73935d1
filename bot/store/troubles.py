"""What was told about feeds that fail, fall silent, move or end, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.store.database import Database, Row
from bot.store.times import from_us, maybe_from, to_us

TroubleKind = Literal["failing", "quiet", "moved", "gone", "outage", "wave", "flood"]

_OPEN = """
insert into troubles (feed_id, kind, since, channels, told_at)
values (:feed_id, :kind, :since, :channels, :now)
returning *
"""
_REOPEN = "update troubles set ended_at = null, channels = :channels where id = :id returning *"
_END = "update troubles set ended_at = :now where id = :id"
_LATEST = """
select * from troubles where feed_id is :feed_id and kind = :kind order by id desc limit 1
"""
_STANDING = "select * from troubles where ended_at is null order by id"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a feed, or with many at once, as it was told."""

    id: int
    feed_id: int | None  #: None: many feeds at once
    kind: TroubleKind
    since: datetime
    channels: tuple[str, ...]  #: who was told
    ended_at: datetime | None

    @property
    def subject(self) -> str:
        """What its one message in each channel is about."""
        return f"trouble:{self.id}"


class Troubles:
    """The troubles table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(
        self,
        feed_id: int | None,
        kind: TroubleKind,
        *,
        since: datetime,
        channels: Iterable[str],
        now: datetime,
    ) -> Trouble:
        """Record a trouble that is being told."""
        params = {
            "feed_id": feed_id,
            "kind": kind,
            "since": to_us(since),
            "channels": json.dumps(sorted(channels)),
            "now": to_us(now),
        }
        return _trouble(self._db.rows(_OPEN, params)[0])

    def again(self, trouble: Trouble, channels: Iterable[str]) -> Trouble:
        """Open one that had ended; those told before stay told."""
        told = sorted({*trouble.channels, *channels})
        params = {"id": trouble.id, "channels": json.dumps(told)}
        return _trouble(self._db.rows(_REOPEN, params)[0])

    def end(self, trouble: Trouble, *, now: datetime) -> None:
        """Note that it is over."""
        self._db.run(_END, {"id": trouble.id, "now": to_us(now)})

    def latest(self, feed_id: int | None, kind: TroubleKind) -> Trouble | None:
        """Return the last one of a kind, over or not."""
        row = self._db.row(_LATEST, {"feed_id": feed_id, "kind": kind})
        return _trouble(row) if row else None

    def standing(self, feed_id: int | None, kind: TroubleKind) -> Trouble | None:
        """Return the one of a kind that is not over."""
        last = self.latest(feed_id, kind)
        return last if last and last.ended_at is None else None

    def all_standing(self) -> list[Trouble]:
        """Return all that are not over, oldest first."""
        return [_trouble(row) for row in self._db.rows(_STANDING)]


def _trouble(row: Row) -> Trouble:
    return Trouble(
        id=row["id"],
        feed_id=row["feed_id"],
        kind=row["kind"],
        since=from_us(row["since"]),
        channels=tuple(json.loads(row["channels"])),
        ended_at=maybe_from(row["ended_at"]),
    )
