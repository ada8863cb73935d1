"""The outbox: what is owed to which channel, and how sending it went."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bot.core.models import Delivery, DeliveryState, Level, Message, Mode, Rule
from bot.store.deliveries import statements
from bot.store.deliveries.rows import (
    UNSEEN,
    DeliveryRecord,
    Owed,
    delivery_id,
    delivery_of,
    frozen,
    record_of,
)
from bot.store.deliveries.told import Told
from bot.store.entries import entry_of
from bot.store.rules import rule_of
from bot.store.times import maybe_from, maybe_us, to_us


class Deliveries(Told):
    """The deliveries table."""

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

        One that waits for quiet hours to end is looked at again: it may be louder now. One that
        another message stands for is sent after all if it is `flash` now. One that was muted before
        anybody saw it is owed anew.

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
        known = None if entry_id else self.post_of(channel, story_id)
        if known is None:
            subject = story_uid if entry_id else self.subject(channel, story_uid)
            if self._add(
                channel,
                "post",
                subject,
                now=now,
                story_id=story_id,
                priority=priority,
                state=state.value,
                held_in=held_in,
                entry_id=entry_id,
            ):
                return True
            known = delivery_id(channel, subject, "post")
        params = {"id": known, "priority": priority, "now": to_us(now)}
        if self._db.run(statements.OWE_AGAIN, params | {"state": state.value, "held_in": held_in}):
            return True
        self._db.run(statements.LOUDER, params)
        if held_in is None and priority >= Level.FLASH.priority:
            self._db.run(statements.BREAK_OUT, params)
        return False

    def reply(
        self,
        parent: Delivery,
        uid: str,
        entry_id: int,
        *,
        now: datetime,
        priority: int = 0,
        note: str | None = None,
        broadcast: bool = False,
    ) -> bool:
        """Owe a thread another report of its story, or what became of one.

        Args:
            parent: the story's post.
            uid: what it is called after a restore too; a thread gets each once.
            entry_id: the report.
            now: the time.
            priority: of the report itself; at least the post's.
            note: what is new in it, in plain words.
            broadcast: whether the channel sees it too.

        Returns:
            False if the thread already has it, or if there is none: the story is held back.
        """
        if parent.state in UNSEEN:
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
            priority=max(priority, parent.priority),
        )

    def tell(
        self,
        channel: str,
        subject: str,
        message: Message,
        *,
        now: datetime,
        priority: int = 0,
        kind: str = "notice",
    ) -> str:
        """Owe a channel a notice, or let the one about this subject say something else now.

        Args:
            channel: a channel's address, or a person's id.
            subject: what it is about; one visible message each.
            message: what it shall say; the same again does nothing.
            now: the time.
            priority: louder ones go first.
            kind: `notice`, or a kind whose text is outlets' and forgotten with theirs.

        Returns:
            The delivery's id.
        """
        text = frozen(message)
        if not self._add(channel, kind, subject, now=now, priority=priority, message=text):
            self._revise(delivery_id(channel, subject, kind), text, now)
        return delivery_id(channel, subject, kind)

    def digest(
        self,
        channel: str,
        subject: str,
        message: Message,
        *,
        now: datetime,
        due: datetime | None = None,
        tried_at: datetime | None = None,
    ) -> bool:
        """Owe a channel a digest; False if it already was, sent or not.

        Args:
            channel: a channel's address.
            subject: what is owed once: a schedule's time, one press of a button.
            message: what it says.
            now: the time.
            due: not before this time.
            tried_at: since when it may be visible already: it is looked for first.
        """
        due_us, text = to_us(due or now), frozen(message)
        is_new = self._add(
            channel, "digest", subject, now=now, priority=0, not_before=due_us, message=text
        )
        if is_new and tried_at:
            params = {"id": delivery_id(channel, subject, "digest"), "since": to_us(tried_at)}
            self._db.run(statements.DOUBT_ONE, params)
        return is_new

    def stand_in(
        self, channel: str, kind: str, subject: str, *, now: datetime, due: datetime
    ) -> str:
        """Owe a channel, not before `due`, the message that stands for held ones; return its id."""
        self._add(channel, kind, subject, now=now, priority=1, not_before=to_us(due))
        return delivery_id(channel, subject, kind)

    def revise(self, delivery_id: str, *, due: datetime, message: Message | None = None) -> None:
        """Let a message say something else, or without one, what is recorded when it goes."""
        self._revise(delivery_id, frozen(message) if message else None, due)

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
        return self._db.row(statements.QUEUE, params | more) is not None

    def _revise(self, delivery_id: str, message: str | None, due: datetime) -> None:
        params = {"id": delivery_id, "message": message, "not_before": to_us(due)}
        self._db.run(statements.REVISE, params)

    # ── sending ──

    def claim(self, *, lease: str, lease_until: datetime, now: datetime) -> Delivery | None:
        """Take one delivery that is due, of a channel nobody is sending to, loudest first."""
        return self._claimed(
            statements.CLAIM, lease=lease, lease_until=to_us(lease_until), now=to_us(now)
        )

    def claim_stale(self, *, lease: str, lease_until: datetime, now: datetime) -> Delivery | None:
        """Take one visible message that shows less than it should."""
        return self._claimed(
            statements.CLAIM_STALE, lease=lease, lease_until=to_us(lease_until), now=to_us(now)
        )

    def claim_unknown(
        self, *, lease: str, lease_until: datetime, attempted_before: datetime, now: datetime
    ) -> Delivery | None:
        """Take one delivery of unknown fate, old enough that no request can still be in flight."""
        return self._claimed(
            statements.TO_CHECK,
            lease=lease,
            lease_until=to_us(lease_until),
            attempted_before=to_us(attempted_before),
            now=to_us(now),
        )

    def _claimed(self, sql: str, **params: str | int) -> Delivery | None:
        row = self._db.row(sql, params)
        return delivery_of(row) if row else None

    def owed(self, delivery: Delivery) -> Owed | None:
        """Return what a post has to tell; None if no rule wants it any more.

        Rules that only digests tell of want none; what is visible already goes on for them.
        """
        every = self._db.rows(statements.OWED, {"id": delivery.id})
        rows = [row for row in every if row["mode"] == Mode.INSTANT]
        rows = rows or (every if delivery.ts else [])
        if not rows:
            return None
        first = rows[0]["found_in"]
        entries = len({row["found_in"] for row in rows})
        rules = {row["id"]: rule_of(row) for row in rows}
        why = tuple(row["why"] for row in rows if row["found_in"] == first)
        entry = entry_of(self._db.rows(statements.ENTRY, {"id": first})[0])
        return Owed(entry, tuple(rules[id_] for id_ in sorted(rules)), why, entries)

    def freeze(self, delivery_id: str, message: Message) -> None:
        """Fix what will be sent, so that every attempt sends the same."""
        self._db.run(statements.FREEZE, {"id": delivery_id, "message": frozen(message)})

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
        return self._db.run(statements.FINISH, params) > 0

    def wait(self, delivery: Delivery, *, until: datetime) -> bool:
        """Put a claimed delivery back until quiet hours end; False if the lease is not ours."""
        params = {"id": delivery.id, "lease": delivery.lease, "until": to_us(until)}
        return self._db.run(statements.WAIT, params) > 0

    def mute(self, delivery: Delivery) -> bool:
        """Put a claimed delivery aside, and its thread; False if the lease is not ours."""
        self._db.run(statements.MUTE_REPLIES, {"id": delivery.id})
        params = {"id": delivery.id, "lease": delivery.lease}
        return self._db.run(statements.MUTE, params) > 0

    def wanting(self, delivery: Delivery) -> list[Rule]:
        """Return the rules of its channel that fired on what a delivery tells."""
        by_entry = delivery.entry_id is not None
        sql = statements.WANTING_ENTRY if by_entry else statements.WANTING_STORY
        params = {
            "entry_id": delivery.entry_id,
            "story_id": delivery.story_id,
            "channel": delivery.channel,
        }
        return [rule_of(row) for row in self._db.rows(sql, params)]

    def moved(self, delivery: Delivery) -> list[Rule]:
        """Return the rules that a post was owed for and that belong to other channels now."""
        return [rule_of(row) for row in self._db.rows(statements.MOVED, {"id": delivery.id})]

    def orphans(self, *, now: datetime) -> int:
        """Give up claims whose lease ran out: a send becomes unknown, its sender may have died."""
        return self._db.run(statements.ORPHAN, {"now": to_us(now)})

    # ── doubles ──

    def claim_sweep(self, *, again_at: datetime, now: datetime) -> Delivery | None:
        """Take one visible message that may have a double; it comes again unless `swept`."""
        return self._claimed(statements.TO_SWEEP, again_at=to_us(again_at), now=to_us(now))

    def swept(self, delivery_id: str, *, ts: str | None) -> None:
        """Note that a message has no double (any more), and which one stayed."""
        self._db.run(statements.SWEPT, {"id": delivery_id, "ts": ts})

    def doubt(self, *, since: datetime) -> int:
        """Let all that is open be looked up first: it may have been sent since that time."""
        return self._db.run(statements.DOUBT, {"since": to_us(since)})

    # ── holding ──

    def hold(self, delivery: Delivery, held_in: str) -> bool:
        """Put a claimed delivery under the message that stands for it."""
        params = {"id": delivery.id, "lease": delivery.lease, "held_in": held_in}
        self._db.run(statements.HOLD_REPLIES, {"id": delivery.id, "held_in": held_in})
        return self._db.run(statements.HOLD, params) > 0

    def held(self, delivery_id: str) -> list[Delivery]:
        """Return what a message stands for, loudest and oldest first."""
        return [delivery_of(row) for row in self._db.rows(statements.HELD, {"id": delivery_id})]

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
        self._db.run(statements.LET_GO, params)
        return count

    def latest(self, channel: str, kind: str, *, since: datetime) -> Delivery | None:
        """Return the youngest message of a kind that a channel was owed after a time."""
        return self._claimed(statements.LATEST, channel=channel, kind=kind, since=to_us(since))

    def waiting(self, channel: str) -> int:
        """Return how many messages are owed to a channel."""
        return int(self._db.rows(statements.WAITING, {"channel": channel})[0]["n"])

    def waiting_quietly(self) -> tuple[int, datetime | None]:
        """Return how many messages wait for quiet hours to end, and when the first of them do."""
        row = self._db.rows(statements.WAITING_QUIETLY, {})[0]
        return int(row["n"]), maybe_from(row["soonest"])

    def spent(self, channel: str, *, since: datetime, but: str) -> int:
        """Return how many alerts a channel may have got after a time, `but` one of them aside."""
        params = {"channel": channel, "since": to_us(since), "but": but}
        return sum(
            int(self._db.rows(sql, params)[0]["n"])
            for sql in (statements.POSTED, statements.TRYING)
        )

    # ── reading ──

    def get(self, delivery_id: str) -> Delivery | None:
        """Return a delivery by id."""
        return self._claimed(statements.BY_ID, id=delivery_id)

    def counts(self) -> dict[DeliveryState, int]:
        """Return how many deliveries stand in each state."""
        found = {
            DeliveryState(row["state"]): int(row["n"]) for row in self._db.rows(statements.COUNTS)
        }
        return {state: found.get(state, 0) for state in DeliveryState}

    def sent(self) -> Counter[str]:
        """Return how many messages of each kind are visible."""
        return Counter({row["kind"]: row["n"] for row in self._db.rows(statements.SENT)})

    def of_story(self, story_id: int) -> list[DeliveryRecord]:
        """Return the deliveries of a story."""
        return [
            record_of(row) for row in self._db.rows(statements.BY_STORY, {"story_id": story_id})
        ]

    def dead(self) -> list[DeliveryRecord]:
        """Return the deliveries that were refused for good."""
        return [record_of(row) for row in self._db.rows(statements.DEAD)]

    def requeue_dead(self, *, now: datetime) -> int:
        """Owe the refused ones again, alerts rendered anew; return how many."""
        return self._db.run(statements.REQUEUE, {"now": to_us(now)})
