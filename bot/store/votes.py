"""Votes: who found which alert useful, and so which version of which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.models import Mode
from bot.store.database import Database
from bot.store.times import to_us

# What an alert shows: the rules of its channel that fired on its story and were not muted.
_FIRED = """
select m.rule_id, max(m.rule_version) as version, min(e.id) as entry_id, r.mode
from deliveries d
join entries e on e.story_id = d.story_id and (d.entry_id is null or e.id = d.entry_id)
join matches m on m.entry_id = e.id and m.quiet = 0
join rules r on r.id = m.rule_id and r.channel = d.channel
where d.id = :id
    and not exists (select 1 from muted u where u.entry_id = e.id and u.rule_id = m.rule_id)
group by m.rule_id order by m.rule_id
"""
_OF = """
select useful from votes where delivery_id = :id and user = :user limit 1
"""
_TAKE_BACK = "delete from votes where delivery_id = :id and user = :user"
_CAST = """
insert into votes (delivery_id, user, rule_id, rule_version, entry_id, useful, at)
values (:id, :user, :rule_id, :version, :entry_id, :useful, :now)
"""


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule as it fired in an alert."""

    rule_id: int
    version: int
    entry_id: int  #: on which it fired first


class Votes:
    """The votes table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def fired(self, delivery_id: str) -> list[Fired]:
        """Return the rules that an alert shows, which is what a vote judges."""
        rows = self._db.rows(_FIRED, {"id": delivery_id})
        instant = [row for row in rows if row["mode"] == Mode.INSTANT]
        return [Fired(row["rule_id"], row["version"], row["entry_id"]) for row in instant or rows]

    def of(self, delivery_id: str, user: str) -> bool | None:
        """Return what someone said of an alert; None if nothing."""
        row = self._db.row(_OF, {"id": delivery_id, "user": user})
        return bool(row["useful"]) if row else None

    def cast(self, delivery_id: str, user: str, useful: bool | None, *, now: datetime) -> None:
        """Let someone say of an alert that it was useful, or not; None takes back what was said."""
        with self._db.transaction():
            params = {"id": delivery_id, "user": user}
            self._db.run(_TAKE_BACK, params)
            for one in self.fired(delivery_id) if useful is not None else ():
                about = {"rule_id": one.rule_id, "version": one.version, "entry_id": one.entry_id}
                self._db.run(
                    _CAST, params | about | {"useful": int(bool(useful)), "now": to_us(now)}
                )
