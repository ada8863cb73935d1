"""Reviews: what people were told, week by week, is to mend in their rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database
from bot.store.times import maybe_from, to_us

_OF = "select * from reviews where owner = :owner"
_NOTE = """
insert into reviews (owner, at, known) values (:owner, :at, :known)
on conflict (owner) do update set at = excluded.at, known = excluded.known
"""
_SWITCH = """
insert into reviews (owner, at, known, is_off) values (:owner, 0, '[]', :is_off)
on conflict (owner) do update set is_off = excluded.is_off
"""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What there is to know about someone's weekly review."""

    at: datetime | None = None  #: when their rules were looked through last
    known: frozenset[str] = frozenset()  #: keys of what they were told of
    is_off: bool = False


class Reviews:
    """The reviews table: one row for each person, which grows no larger than their rules."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, owner: str) -> Reviewed:
        """Return how it stands with someone."""
        row = self._db.row(_OF, {"owner": owner})
        if row is None:
            return Reviewed()
        return Reviewed(
            maybe_from(row["at"] or None), frozenset(json.loads(row["known"])), bool(row["is_off"])
        )

    def note(self, owner: str, known: Iterable[str], *, now: datetime) -> None:
        """Note that someone's rules were looked through, and what they know of now."""
        params = {"owner": owner, "at": to_us(now), "known": json.dumps(sorted(known))}
        self._db.run(_NOTE, params)

    def switch(self, owner: str, *, is_off: bool) -> None:
        """Let someone be told weekly, or not."""
        self._db.run(_SWITCH, {"owner": owner, "is_off": int(is_off)})
