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
from bot.store.times import from_us, maybe_from, maybe_us, to_us

_SPACE = uuid.UUID("6f1b2d0e-6a53-5d0c-9f3e-7a1c5be2d4a1")

_QUEUE = """
insert into deliveries (id, channel, kind, subject, story_id, entry_id, parent, broadcast, note,
    priority, state, created_at, not_before, message, held_in)
values (:id, :channel, :kind, :subject, :story_id, :entry_id, :parent, :broadcast, :note,
    :priority, :state, :now, :not_before, :message, :held_in)
on conflict do nothing
returning id
"""
# A channel has one sender at a time, keeps its pace, and waits while it or all refuse us.
_CHANNEL_IS_FREE = """
    d.not_before <= :now and coalesce(c.not_before, 0) <= :now
    and not exists (select 1 from channels x where x.name = '*' and x.not_before > :now)
    and not exists (
        select 1 from deliveries s where s.channel = d.channel and s.state in ('sending', 'editing')
    )
"""
_CLAIM = """
update deliveries set state = 'sending', lease = :lease, lease_until = :lease_until,
    attempts = attempts + 1, attempt_at = :now, first_try_at = coalesce(first_try_at, :now)
where id = (
    select d.id from deliveries d left join channels c on c.name = d.channel
    where d.state = 'pending' and $CHANNEL_IS_FREE and $ITS_TURN_IN_THE_THREAD
    order by d.priority desc, d.created_at, d.story_id limit 1
)
returning *
"""
_CLAIM_STALE = """
update deliveries set state = 'editing', lease = :lease, lease_until = :lease_until
where id = (
    select d.id from deliveries d left join channels c on c.name = d.channel
    where d.state = 'sent' and d.revision > d.shown and $CHANNEL_IS_FREE
    order by d.not_before limit 1
)
returning *
"""
# A reply needs a visible parent, and comes after the replies before it.
_ITS_TURN_IN_THE_THREAD = """
    (d.parent is null or (
        exists (select 1 from deliveries p where p.id = d.parent and p.state = 'sent')
        and not exists (
            select 1 from deliveries r where r.parent = d.parent and r.rowid < d.rowid
                and r.state in ('pending', 'sending', 'unknown')
        )
    ))
"""
_CLAIM, _CLAIM_STALE = (
    sql.replace("$CHANNEL_IS_FREE", _CHANNEL_IS_FREE).replace(
        "$ITS_TURN_IN_THE_THREAD", _ITS_TURN_IN_THE_THREAD
    )
    for sql in (_CLAIM, _CLAIM_STALE)
)
_FREEZE = "update deliveries set message = :message where id = :id"
_REVISE = """
update deliveries set message = :message, revision = revision + 1,
    not_before = case when state = 'sent' then max(not_before, :not_before) else not_before end
where id = :id and (:message is null or message is not :message)
"""
_OWED = """
select r.*, m.why as why, e.id as found_in from deliveries d
join entries e on e.story_id = d.story_id
join matches m on m.entry_id = e.id and m.quiet = 0
join rules r on r.id = m.rule_id
where d.id = :id and r.channel = d.channel and r.removed_at is null
    and (d.entry_id is null or e.id = d.entry_id)
order by e.id, r.id
"""
_ENTRY = "select * from entries where id = :id"
_FINISH = """
update deliveries set state = :state, lease = null, lease_until = null, not_before = :not_before,
    ts = coalesce(:ts, ts), sent_at = coalesce(sent_at, :sent_at), shown = coalesce(:shown, shown),
    repeats = max(repeats, :repeats), sweep_at = coalesce(:sweep_at, sweep_at), reason = :reason
where id = :id and lease = :lease
"""
_ORPHAN = """
update deliveries set state = case state when 'editing' then 'sent' else 'unknown' end,
    lease = null, lease_until = null, not_before = :now, reason = 'stopped while sending'
where state in ('sending', 'editing') and lease_until <= :now
"""
_TO_CHECK = """
update deliveries set state = 'sending', lease = :lease, lease_until = :lease_until
where id = (
    select d.id from deliveries d
    where d.state = 'unknown' and d.not_before <= :now and d.attempt_at <= :attempted_before
        and not exists (
            select 1 from deliveries s
            where s.channel = d.channel and s.state in ('sending', 'editing')
        )
    order by d.not_before, d.id limit 1
)
returning *
"""
_TO_SWEEP = """
update deliveries set sweep_at = :again_at
where id = (
    select id from deliveries where sweep_at <= :now and state = 'sent' order by sweep_at limit 1
)
returning *
"""
_SWEPT = "update deliveries set sweep_at = null, ts = coalesce(:ts, ts) where id = :id"
_HOLD = """
update deliveries set state = 'held', held_in = :held_in, lease = null, lease_until = null,
    attempts = attempts - 1, attempt_at = null, first_try_at = null
where id = :id and lease = :lease
"""
_HOLD_REPLIES = """
update deliveries set state = 'held', held_in = :held_in where parent = :id and state = 'pending'
"""
_HELD = """
select * from deliveries where held_in = :id and state = 'held' and kind = 'post'
order by priority desc, created_at, story_id
"""
_LET_GO = """
update deliveries set state = :state, asked = 1, held_in = :held_in, not_before = :now,
    attempt_at = :tried_at, first_try_at = :tried_at
where held_in = :id and state = 'held'
"""
_LATEST = """
select * from deliveries where channel = :channel and kind = :kind and created_at > :since
order by created_at desc, subject desc limit 1
"""
_POSTED = """
select count(*) as n from deliveries where channel = :channel and state in ('sent', 'editing')
    and sent_at > :since and kind in ('post', 'rolling')
"""
_TRYING = """
select count(*) as n from deliveries where state in ('unknown', 'sending') and channel = :channel
    and attempt_at > :since and kind in ('post', 'rolling') and id <> :but
"""
_DOUBT = """
update deliveries set state = 'unknown', attempt_at = :since, first_try_at = :since,
    lease = null, lease_until = null, reason = 'may have been sent before the restore'
where state in ('pending', 'sending')
"""
_WAITING = """
select count(*) as n from deliveries where channel = :channel and state in ('pending', 'unknown')
"""
_BY_ID = "select * from deliveries where id = :id"
_COUNTS = "select state, count(*) as n from deliveries group by state"
_BY_STORY = "select * from deliveries where story_id = :story_id order by created_at, id"
_POSTS = "select * from deliveries where story_id = :story_id and kind = 'post' order by rowid"
_RENOTE = """
update deliveries set note = :note, message = null, revision = revision + 1,
    not_before = max(not_before, :due)
where entry_id = :entry_id and kind = 'reply'
"""
_RETELL = """
update deliveries set story_id = :story_id
where story_id = :other and kind = 'post' and channel not in (
    select channel from deliveries where story_id = :story_id and kind = 'post'
)
"""
_DEAD = "select * from deliveries where state = 'rejected' order by created_at, id"
_REQUEUE = """
update deliveries set state = 'pending', not_before = :now, reason = null,
    message = case when kind = 'notice' then message end
where state = 'rejected'
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a post has to tell: the entry that fired first, the rules and their reasons."""

    entry: Entry
    rules: tuple[Rule, ...]  #: all that fired on the story
    why: tuple[str, ...]  #: the reasons of those that fired on this entry, as recorded, JSON
    entries: int  #: how many entries of the story fired


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
    kind: str
    held_in: str | None  #: the message that stands for it


def delivery_id(channel: str, subject: str, kind: str) -> str:
    """Return the id that this message has today and after any restart: a UUIDv5 (RFC 9562)."""
    return str(uuid.uuid5(_SPACE, f"{channel}\n{subject}\n{kind}"))


class Deliveries:
    """The deliveries table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ── owing ──

    def queue(
        self,
        channel: str,
        story_id: int,
        story_uid: str,
        *,
        priority: int,
        now: datetime,
        held_in: str | None = None,
        entry_id: int | None = None,
    ) -> bool:
        """Owe a story to a channel; False if it already was, sent or not.

        Args:
            channel: where.
            story_id: which story.
            story_uid: what it is called after a restore too.
            priority: louder ones go first.
            now: the time.
            held_in: the message that stands for it for now; None to send it.
            entry_id: the one report to show; None for the first that fired.
        """
        state = DeliveryState.HELD if held_in else DeliveryState.PENDING
        return self._add(
            channel,
            "post",
            story_uid,
            now=now,
            story_id=story_id,
            priority=priority,
            state=state.value,
            held_in=held_in,
            entry_id=entry_id,
        )

    def reply(
        self,
        parent: Delivery,
        uid: str,
        entry_id: int,
        *,
        now: datetime,
        note: str | None = None,
        broadcast: bool = False,
    ) -> bool:
        """Owe a thread another report of its story, or what became of one.

        Args:
            parent: the story's post.
            uid: what it is called after a restore too; a thread gets each once.
            entry_id: the report.
            now: the time.
            note: what is new in it, in plain words.
            broadcast: whether the channel sees it too.

        Returns:
            False if the thread already has it, or if there is none: the story is held back.
        """
        if parent.state in {DeliveryState.HELD, DeliveryState.DISMISSED, DeliveryState.REJECTED}:
            return False
        return self._add(
            parent.channel,
            "reply",
            uid,
            now=now,
            story_id=parent.story_id,
            entry_id=entry_id,
            parent=parent.id,
            note=note,
            broadcast=int(broadcast),
            priority=parent.priority,
        )

    def renote(self, entry_id: int, note: str, *, due: datetime) -> None:
        """Let the replies that show an entry say something else about it."""
        self._db.run(_RENOTE, {"entry_id": entry_id, "note": note, "due": to_us(due)})

    def retell(self, story_id: int, other: int) -> None:
        """Let the posts of another story stand for this one, where it has none."""
        self._db.run(_RETELL, {"story_id": story_id, "other": other})

    def tell(
        self, channel: str, subject: str, message: Message, *, now: datetime, priority: int = 0
    ) -> str:
        """Owe a channel a notice, or let the one about this subject say something else now.

        Args:
            channel: a channel's address, or a person's id.
            subject: what it is about; one visible message each.
            message: what it shall say; the same again does nothing.
            now: the time.
            priority: louder ones go first.

        Returns:
            The delivery's id.
        """
        text = _frozen(message)
        if not self._add(channel, "notice", subject, now=now, priority=priority, message=text):
            self._revise(delivery_id(channel, subject, "notice"), text, now)
        return delivery_id(channel, subject, "notice")

    def stand_in(
        self, channel: str, kind: str, subject: str, *, now: datetime, due: datetime
    ) -> str:
        """Owe a channel, not before `due`, the message that stands for held ones; return its id."""
        self._add(channel, kind, subject, now=now, priority=1, not_before=to_us(due))
        return delivery_id(channel, subject, kind)

    def revise(self, delivery_id: str, *, due: datetime, message: Message | None = None) -> None:
        """Let a message say something else, or without one, what is recorded when it goes."""
        self._revise(delivery_id, _frozen(message) if message else None, due)

    def _add(
        self, channel: str, kind: str, subject: str, *, now: datetime, **more: str | int | None
    ) -> bool:
        params = {
            "id": delivery_id(channel, subject, kind),
            "channel": channel,
            "kind": kind,
            "subject": subject,
            "story_id": None,
            "entry_id": None,
            "parent": None,
            "broadcast": 0,
            "note": None,
            "state": DeliveryState.PENDING.value,
            "message": None,
            "held_in": None,
            "now": to_us(now),
            "not_before": to_us(now),
        }
        return self._db.row(_QUEUE, params | more) is not None

    def _revise(self, delivery_id: str, message: str | None, due: datetime) -> None:
        params = {"id": delivery_id, "message": message, "not_before": to_us(due)}
        self._db.run(_REVISE, params)

    # ── sending ──

    def claim(self, *, lease: str, lease_until: datetime, now: datetime) -> Delivery | None:
        """Take one delivery that is due, of a channel nobody is sending to, loudest first."""
        return self._claimed(_CLAIM, lease=lease, lease_until=to_us(lease_until), now=to_us(now))

    def claim_stale(self, *, lease: str, lease_until: datetime, now: datetime) -> Delivery | None:
        """Take one visible message that shows less than it should."""
        return self._claimed(
            _CLAIM_STALE, lease=lease, lease_until=to_us(lease_until), now=to_us(now)
        )

    def claim_unknown(
        self, *, lease: str, lease_until: datetime, attempted_before: datetime, now: datetime
    ) -> Delivery | None:
        """Take one delivery of unknown fate, old enough that no request can still be in flight."""
        return self._claimed(
            _TO_CHECK,
            lease=lease,
            lease_until=to_us(lease_until),
            attempted_before=to_us(attempted_before),
            now=to_us(now),
        )

    def _claimed(self, sql: str, **params: str | int) -> Delivery | None:
        row = self._db.row(sql, params)
        return _delivery(row) if row else None

    def owed(self, delivery: Delivery) -> Owed | None:
        """Return what a post has to tell; None if every rule that wanted it was removed since."""
        rows = self._db.rows(_OWED, {"id": delivery.id})
        if not rows:
            return None
        first = rows[0]["found_in"]
        entries = len({row["found_in"] for row in rows})
        rules = {row["id"]: rule_of(row) for row in rows}
        why = tuple(row["why"] for row in rows if row["found_in"] == first)
        entry = entry_of(self._db.rows(_ENTRY, {"id": first})[0])
        return Owed(entry, tuple(rules[id_] for id_ in sorted(rules)), why, entries)

    def freeze(self, delivery_id: str, message: Message) -> None:
        """Fix what will be sent, so that every attempt sends the same."""
        self._db.run(_FREEZE, {"id": delivery_id, "message": _frozen(message)})

    def finish(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        not_before: datetime,
        ts: str | None = None,
        sent_at: datetime | None = None,
        shown: int | None = None,
        sweep_at: datetime | None = None,
        repeats: bool = False,
        reason: str | None = None,
    ) -> bool:
        """Record how it went, if the lease is still ours; False if it was taken over.

        Args:
            delivery: as it was claimed.
            state: where it stands now.
            not_before: when it may be worked on again.
            ts: the visible message's id.
            sent_at: when it became visible; the first time counts.
            shown: the revision that is visible.
            sweep_at: when to look for a double.
            repeats: whether the next attempt says that it may be one too many.
            reason: why it stands there, in words.
        """
        params = {
            "id": delivery.id,
            "lease": delivery.lease,
            "state": state.value,
            "not_before": to_us(not_before),
            "ts": ts,
            "sent_at": maybe_us(sent_at),
            "shown": shown,
            "sweep_at": maybe_us(sweep_at),
            "repeats": int(repeats),
            "reason": reason,
        }
        return self._db.run(_FINISH, params) > 0

    def orphans(self, *, now: datetime) -> int:
        """Give up claims whose lease ran out: a send becomes unknown, its sender may have died."""
        return self._db.run(_ORPHAN, {"now": to_us(now)})

    # ── doubles ──

    def claim_sweep(self, *, again_at: datetime, now: datetime) -> Delivery | None:
        """Take one visible message that may have a double; it comes again unless `swept`."""
        return self._claimed(_TO_SWEEP, again_at=to_us(again_at), now=to_us(now))

    def swept(self, delivery_id: str, *, ts: str | None) -> None:
        """Note that a message has no double (any more), and which one stayed."""
        self._db.run(_SWEPT, {"id": delivery_id, "ts": ts})

    def doubt(self, *, since: datetime) -> int:
        """Let all that is open be looked up first: it may have been sent since that time."""
        return self._db.run(_DOUBT, {"since": to_us(since)})

    # ── holding ──

    def hold(self, delivery: Delivery, held_in: str) -> bool:
        """Put a claimed delivery under the message that stands for it."""
        params = {"id": delivery.id, "lease": delivery.lease, "held_in": held_in}
        self._db.run(_HOLD_REPLIES, {"id": delivery.id, "held_in": held_in})
        return self._db.run(_HOLD, params) > 0

    def held(self, delivery_id: str) -> list[Delivery]:
        """Return what a message stands for, loudest and oldest first."""
        return [_delivery(row) for row in self._db.rows(_HELD, {"id": delivery_id})]

    def let_go(
        self, delivery_id: str, state: DeliveryState, *, now: datetime, tried_at: datetime | None
    ) -> int:
        """Give all that a message stands for another state, as a person asked; return how many.

        Args:
            delivery_id: the message that stands for them.
            state: PENDING to send them, UNKNOWN to look first, DISMISSED for never.
            now: the time.
            tried_at: since when they may be visible already.
        """
        params: dict[str, str | int | None] = {
            "id": delivery_id,
            "state": state.value,
            "now": to_us(now),
            "tried_at": maybe_us(tried_at),
            "held_in": delivery_id if state is DeliveryState.DISMISSED else None,
        }
        count = len(self.held(delivery_id))
        self._db.run(_LET_GO, params)
        return count

    def latest(self, channel: str, kind: str, *, since: datetime) -> Delivery | None:
        """Return the youngest message of a kind that a channel was owed after a time."""
        return self._claimed(_LATEST, channel=channel, kind=kind, since=to_us(since))

    def waiting(self, channel: str) -> int:
        """Return how many messages are owed to a channel."""
        return int(self._db.rows(_WAITING, {"channel": channel})[0]["n"])

    def spent(self, channel: str, *, since: datetime, but: str) -> int:
        """Return how many alerts a channel may have got after a time, `but` one of them aside."""
        params = {"channel": channel, "since": to_us(since), "but": but}
        return sum(int(self._db.rows(sql, params)[0]["n"]) for sql in (_POSTED, _TRYING))

    # ── reading ──

    def posts(self, story_id: int) -> list[Delivery]:
        """Return the posts of a story, in all channels."""
        return [_delivery(row) for row in self._db.rows(_POSTS, {"story_id": story_id})]

    def get(self, delivery_id: str) -> Delivery | None:
        """Return a delivery by id."""
        return self._claimed(_BY_ID, id=delivery_id)

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
        """Owe the refused ones again, alerts rendered anew; return how many."""
        return self._db.run(_REQUEUE, {"now": to_us(now)})


def _frozen(message: Message) -> str:
    return json.dumps({"text": message.text, "blocks": message.blocks}, ensure_ascii=False)


def _delivery(row: Row) -> Delivery:
    frozen = json.loads(row["message"]) if row["message"] else None
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        subject=row["subject"],
        story_id=row["story_id"],
        priority=row["priority"],
        message=Message(text=frozen["text"], blocks=tuple(frozen["blocks"])) if frozen else None,
        revision=row["revision"],
        state=DeliveryState(row["state"]),
        entry_id=row["entry_id"],
        parent=row["parent"],
        broadcast=bool(row["broadcast"]),
        note=row["note"] or "",
        attempts=row["attempts"],
        created_at=from_us(row["created_at"]),
        first_try_at=maybe_from(row["first_try_at"]),
        attempt_at=maybe_from(row["attempt_at"]),
        asked=bool(row["asked"]),
        repeats=bool(row["repeats"]),
        ts=row["ts"],
        lease=row["lease"] or "",
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
        kind=row["kind"],
        held_in=row["held_in"],
    )
