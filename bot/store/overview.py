"""What the home tab asks of the record: how loud rules are, which digests went, what has changed."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from bot.store.database import Database
from bot.store.deliveries.rows import DeliveryRecord, record_of
from bot.store.times import to_us

# Every number that something on a home tab follows from, without reading a text.
_REVISION = """
select
    (select coalesce(max(id), 0) from rule_changes) as rules,
    (select count(*) from rules where paused_until > :now) as asleep,
    (select coalesce(max(id), 0) from changes) as changes,
    (select coalesce(max(id), 0) from mutes) as mutes,
    (select count(*) from mutes where ended_at is null and until > :now) as muted,
    (select count(*) from muted) as kept,
    (select coalesce(sum(due_at / 1000000), 0) from schedules where removed_at is null) as due,
    (select count(*) from feeds where removed_at is null) as feeds,
    (select coalesce(sum(failures + (stopped_at is not null)), 0) from feeds
        where removed_at is null and (failures > 0 or stopped_at is not null)) as failing,
    (select count(*) from troubles where ended_at is null) as troubles,
    (select coalesce(sum(paused_at / 1000000), 0) from channels where paused_at is not null) as refusing,
    (select count(*) from deliveries) as owed,
    (select count(*) from deliveries where state in ('pending', 'sending', 'unknown')) as waiting,
    (select count(*) from deliveries where state = 'rejected') as refused
"""
# Cross joins keep the order: the few rules first, or all deliveries would be gone through.
_ALERTS = """
select m.rule_id, count(distinct d.id) as n from json_each(:rules) j
cross join rules r on r.id = j.value
cross join matches m on m.rule_id = r.id and m.at >= :since and m.quiet = 0
cross join entries e on e.id = m.entry_id
cross join deliveries d on d.story_id = e.story_id and d.kind = 'post' and d.channel = r.channel
    and d.state in ('sent', 'editing')
group by m.rule_id
"""
_LATEST = """
select * from deliveries where kind = :kind and state in ('sent', 'editing')
order by sent_at desc limit 200
"""


class Overview:
    """Questions over all tables; writes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def revision(self, now: datetime) -> tuple[int, ...]:
        """Return numbers of which one differs whenever a home tab may show something else.

        Cheap: whoever changed it, in this process or another, it is asked every few seconds.
        """
        row = self._db.row(_REVISION, {"now": to_us(now)})
        assert row is not None
        return tuple(int(number) for number in row.values())

    def alerts(self, rule_ids: Collection[int], *, since: datetime) -> dict[int, int]:
        """Return how many visible alerts since a time show each of these rules."""
        params = {"rules": json.dumps(list(rule_ids)), "since": to_us(since)}
        return {int(row["rule_id"]): int(row["n"]) for row in self._db.rows(_ALERTS, params)}

    def latest(self, kind: str) -> list[DeliveryRecord]:
        """Return the visible messages of a kind, newest first."""
        return [record_of(row) for row in self._db.rows(_LATEST, {"kind": kind})]
