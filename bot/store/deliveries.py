"""The outbox: what is owed to which channel, and how sending it went."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from bot.core.models import Delivery, DeliveryState, Entry, Message, Rule
from bot.store.database import Database, Row
from bot.store.entries import entry_of
from bot.store.rules import rule_of
from bot.store.times import from_us, maybe_from, to_us

_SPACE = uuid.UUID("6f1b2d0e-6a53-5d0c-9f3e-7a1c5be2d4a1")

_QUEUE = """
insert into deliveries (id, channel, kind, story_id, priority, state, created_at, not_before)
values (:id, :channel, :kind, :story_id, :priority, 'pending', :now, :now)
on conflict do nothing
returning id
"""
_CLAIM = """
update deliveries set state = 'sending', lease = :lease, lease_until = :lease_until,
    attempts = attempts + 1, attempt_at = :now
where id = (
    select d.id from deliveries d left join channels c on c.name = d.channel
    where d.state = 'pending' and d.not_before <= :now and coalesce(c.not_before, 0) <= :now
        and not exists (
            select 1 from deliveries s where s.channel = d.channel and s.state = 'sending'
        )
    order by d.priority desc, d.created_at, d.story_id limit 1
)
returning *
"""
_FREEZE = "update deliveries set message = :message where id = :id"
_OWED = """
select r.*, m.why as why, e.id as found_in from deliveries d
join entries e on e.story_id = d.story_id
join matches m on m.entry_id = e.id and m.quiet = 0
join rules r on r.id = m.rule_id
where d.id = :id and r.channel = d.channel and r.removed_at is null
order by e.id, r.id
"""
_ENTRY = "select * from entries where id = :id"
_FINISH = """
update deliveries set state = :state, lease = null, lease_until = null, not_before = :not_before,
    ts = coalesce(:ts, ts), sent_at = coalesce(:sent_at, sent_at), reason = :reason
where id = :id and lease = :lease
"""
_ORPHAN = """
update deliveries set state = 'unknown', lease = null, lease_until = null, not_before = :now,
    reason = 'stopped while sending'
where state = 'sending' and lease_until <= :now
"""
_TO_CHECK = """
update deliveries set state = 'sending', lease = :lease, lease_until = :lease_until
where id = (
    select d.id from deliveries d
    where d.state = 'unknown' and d.not_before <= :now and d.attempt_at <= :attempted_before
        and not exists (
            select 1 from deliveries s where s.channel = d.channel and s.state = 'sending'
        )
    order by d.not_before, d.id limit 1
)
returning *
"""
_CHANNEL = """
insert into channels (name, not_before, paused_reason, paused_advice, paused_at)
values (:name, :not_before, :reason, :advice, :paused_at)
on conflict (name) do update set not_before = max(channels.not_before, excluded.not_before),
    paused_reason = excluded.paused_reason, paused_advice = excluded.paused_advice,
    paused_at = case when excluded.paused_at is null then null
                     else coalesce(channels.paused_at, excluded.paused_at) end
"""
_RESUME = "update channels set not_before = :now, paused_reason = null, paused_at = null where name = :name"
_PAUSED = "select * from channels where paused_at is not null order by name"
_OPEN_CHANNELS = (
    "select distinct channel from deliveries where state in ('pending', 'sending', 'unknown')"
)
_COUNTS = "select state, count(*) as n from deliveries group by state"
_BY_STORY = "select * from deliveries where story_id = :story_id order by created_at, id"
_DEAD = "select * from deliveries where state = 'rejected' order by created_at, id"
_REQUEUE = """
update deliveries set state = 'pending', message = null, not_before = :now, reason = null
where state = 'rejected'
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a delivery has to tell: the entry that fired, the rules and their reasons."""

    entry: Entry
    rules: tuple[Rule, ...]
    why: tuple[str, ...]  #: the reasons of each rule as recorded, JSON


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as people ask about it."""

    id: str
    channel: str
    state: DeliveryState
    created_at: datetime
    sent_at: datetime | None
    ts: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class PausedChannel:
    """A destination the sink refuses, whose queue is kept."""

    name: str
    reason: str
    advice: str
    since: datetime


def delivery_id(channel: str, story_uid: str, kind: str) -> str:
    """Return the id that this alert has today and after any restart: a UUIDv5 (RFC 9562)."""
    return str(uuid.uuid5(_SPACE, f"{channel}\n{story_uid}\n{kind}"))


class Deliveries:
    """The deliveries and channels tables."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def queue(
        self, channel: str, story_id: int, story_uid: str, *, priority: int, now: datetime
    ) -> bool:
        """Owe a story to a channel; False if it already was, sent or not."""
        row = self._db.row(
            _QUEUE,
            {
                "id": delivery_id(channel, story_uid, "post"),
                "channel": channel,
                "kind": "post",
                "story_id": story_id,
                "priority": priority,
                "now": to_us(now),
            },
        )
        return row is not None

    def claim(self, *, lease: str, lease_until: datetime, now: datetime) -> Delivery | None:
        """Take one delivery that is due, of a channel nobody is sending to, loudest first."""
        params = {"lease": lease, "lease_until": to_us(lease_until), "now": to_us(now)}
        row = self._db.row(_CLAIM, params)
        return _delivery(row) if row else None

    def owed(self, delivery: Delivery) -> Owed | None:
        """Return what to tell; None if every rule that wanted it was removed since."""
        rows = self._db.rows(_OWED, {"id": delivery.id})
        if not rows:
            return None
        first = rows[0]["found_in"]
        rows = [row for row in rows if row["found_in"] == first]
        entry = entry_of(self._db.rows(_ENTRY, {"id": first})[0])
        return Owed(entry, tuple(rule_of(row) for row in rows), tuple(row["why"] for row in rows))

    def freeze(self, delivery_id: str, message: Message) -> None:
        """Fix what will be sent, so that every attempt sends the same."""
        text = json.dumps({"text": message.text, "blocks": message.blocks}, ensure_ascii=False)
        self._db.run(_FREEZE, {"id": delivery_id, "message": text})

    def finish(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        not_before: datetime,
        ts: str | None = None,
        sent_at: datetime | None = None,
        reason: str | None = None,
    ) -> bool:
        """Record how it went, if the lease is still ours; False if it was taken over."""
        params = {
            "id": delivery.id,
            "lease": delivery.lease,
            "state": state.value,
            "not_before": to_us(not_before),
            "ts": ts,
            "sent_at": to_us(sent_at) if sent_at else None,
            "reason": reason,
        }
        return self._db.run(_FINISH, params) > 0

    def orphans_to_unknown(self, *, now: datetime) -> int:
        """Turn claims whose lease ran out into `unknown`: their sender may have died mid-send."""
        return self._db.run(_ORPHAN, {"now": to_us(now)})

    def claim_unknown(
        self, *, lease: str, lease_until: datetime, attempted_before: datetime, now: datetime
    ) -> Delivery | None:
        """Take one delivery of unknown fate, old enough that no request can still be in flight."""
        row = self._db.row(
            _TO_CHECK,
            {
                "lease": lease,
                "lease_until": to_us(lease_until),
                "attempted_before": to_us(attempted_before),
                "now": to_us(now),
            },
        )
        return _delivery(row) if row else None

    # ── channels ──

    def pace(self, channel: str, *, not_before: datetime) -> None:
        """Send nothing to a channel before a time; it works, so it is not paused."""
        self._channel(channel, not_before, None, None, None)

    def pause(
        self, channel: str, *, until: datetime, reason: str, advice: str, now: datetime
    ) -> None:
        """Note that a channel refuses us; its queue stays and is tried again at `until`."""
        self._channel(channel, until, reason, advice, to_us(now))

    def pause_all(self, *, until: datetime, reason: str, advice: str, now: datetime) -> None:
        """Note that the whole installation is refused."""
        with self._db.transaction():
            for row in self._db.rows(_OPEN_CHANNELS):
                self.pause(row["channel"], until=until, reason=reason, advice=advice, now=now)

    def resume(self, channel: str, *, now: datetime) -> None:
        """Try a paused channel at once."""
        self._db.run(_RESUME, {"name": channel, "now": to_us(now)})

    def paused(self) -> list[PausedChannel]:
        """Return the channels that refuse us."""
        return [
            PausedChannel(
                row["name"], row["paused_reason"], row["paused_advice"], from_us(row["paused_at"])
            )
            for row in self._db.rows(_PAUSED)
        ]

    def _channel(
        self,
        name: str,
        not_before: datetime,
        reason: str | None,
        advice: str | None,
        paused_at: int | None,
    ) -> None:
        params = {"name": name, "not_before": to_us(not_before), "reason": reason}
        self._db.run(_CHANNEL, params | {"advice": advice, "paused_at": paused_at})

    # ── reading ──

    def counts(self) -> dict[DeliveryState, int]:
        """Return how many deliveries stand in each state."""
        found = {DeliveryState(row["state"]): int(row["n"]) for row in self._db.rows(_COUNTS)}
        return {state: found.get(state, 0) for state in DeliveryState}

    def of_story(self, story_id: int) -> list[DeliveryRecord]:
        """Return the deliveries of a story."""
        return [_record(row) for row in self._db.rows(_BY_STORY, {"story_id": story_id})]

    def dead(self) -> list[DeliveryRecord]:
        """Return the deliveries that were refused for good."""
        return [_record(row) for row in self._db.rows(_DEAD)]

    def requeue_dead(self, *, now: datetime) -> int:
        """Owe the refused ones again, rendered anew; return how many."""
        return self._db.run(_REQUEUE, {"now": to_us(now)})


def _delivery(row: Row) -> Delivery:
    frozen = json.loads(row["message"]) if row["message"] else None
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        story_id=row["story_id"],
        message=Message(text=frozen["text"], blocks=tuple(frozen["blocks"])) if frozen else None,
        attempts=row["attempts"],
        attempt_at=maybe_from(row["attempt_at"]),
        lease=row["lease"],
    )


def _record(row: Row) -> DeliveryRecord:
    return DeliveryRecord(
        id=row["id"],
        channel=row["channel"],
        state=DeliveryState(row["state"]),
        created_at=from_us(row["created_at"]),
        sent_at=maybe_from(row["sent_at"]),
        ts=row["ts"],
        reason=row["reason"],
    )
