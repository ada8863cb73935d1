"""Votes: who found which alert useful, and so which version of which rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bot.core.models import Mode
from bot.core.sameness import site
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
_JUDGED = """
select v.rule_id, count(*) as votes, sum(v.useful) as useful,
    count(distinct v.delivery_id) as alerts
from votes v where v.at >= :since and (:rule_id is null or v.rule_id = :rule_id) $OF_THIS_QUERY
group by v.rule_id
"""
_VERDICTS = """
select v.entry_id, 2 * sum(v.useful) >= count(*) as useful
from votes v where v.rule_id = :rule_id and v.at >= :since $OF_THIS_QUERY
group by v.entry_id order by v.entry_id
"""
# What was said of an earlier query is over; pauses and other settings make versions too.
_OF_THIS_QUERY = """
and (:current = 0 or v.at >= coalesce((
    select max(c.at) from rule_changes c
    where c.rule_id = v.rule_id and c.before is not null and c.after is not null
        and json_extract(c.before, '$.query') <> json_extract(c.after, '$.query')
), 0))
"""
_JUDGED, _VERDICTS = (sql.replace("$OF_THIS_QUERY", _OF_THIS_QUERY) for sql in (_JUDGED, _VERDICTS))
# Of each alert and rule the source of the report that fired it first.
_ALERTED = """
select a.rule_id, e.url, e.outlet from (
    select m.rule_id, d.id, min(e.id) as entry_id
    from deliveries d
    join entries e on e.story_id = d.story_id and (d.entry_id is null or e.id = d.entry_id)
    join matches m on m.entry_id = e.id and m.quiet = 0
    join rules r on r.id = m.rule_id and r.channel = d.channel
    where d.kind = 'post' and d.created_at >= :since and d.state not in ('rejected', 'dismissed', 'muted')
        and not exists (select 1 from muted u where u.entry_id = e.id and u.rule_id = m.rule_id)
    group by m.rule_id, d.id
) a join entries e on e.id = a.entry_id
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


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of a rule's alerts."""

    votes: int = 0
    useful: int = 0  #: of these
    alerts: int = 0  #: how many alerts they are about


class Votes:
    """The votes table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def fired(self, delivery_id: str) -> list[Fired]:
        """Return the rules that an alert shows, which is what a vote judges."""
        rows = self._db.rows(_FIRED, {"id": delivery_id})
        instant = [row for row in rows if row["mode"] == Mode.INSTANT]
        return [Fired(row["rule_id"], row["version"], row["entry_id"]) for row in instant or rows]

    def judged(
        self, since: datetime, *, is_current: bool = False, rule_id: int | None = None
    ) -> dict[int, Judged]:
        """Return what was said since a time, by rule.

        Args:
            since: the first moment.
            is_current: leave out what was said of a rule's earlier queries.
            rule_id: of this rule alone.
        """
        params = {"since": to_us(since), "rule_id": rule_id, "current": int(is_current)}
        return {
            row["rule_id"]: Judged(row["votes"], row["useful"], row["alerts"])
            for row in self._db.rows(_JUDGED, params)
        }

    def verdicts(self, rule_id: int, since: datetime) -> list[tuple[int, bool]]:
        """Return the reports that a rule of today's query alerted, and whether most found them useful."""
        params = {"rule_id": rule_id, "since": to_us(since), "current": 1}
        rows = self._db.rows(_VERDICTS, params)
        return [(row["entry_id"], bool(row["useful"])) for row in rows]

    def sources(self, since: datetime) -> dict[int, Counter[str]]:
        """Return, by rule, how many alerts of its channel it fired since a time, by source."""
        found: dict[int, Counter[str]] = {}
        names: dict[str, str] = {}
        for row in self._db.rows(_ALERTED, {"since": to_us(since)}):
            # feeds of one site are one source, under the name that was met first
            name = names.setdefault(site(row["url"]) or row["outlet"], row["outlet"])
            found.setdefault(row["rule_id"], Counter())[name] += 1
        return found

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
