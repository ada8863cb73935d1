"""Rows of the outbox as values, and back."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from bot.core.models import Delivery, DeliveryState, Entry, Message, Rule
from bot.store.database import Row
from bot.store.times import from_us, maybe_from

UNSEEN = {
    DeliveryState.HELD,
    DeliveryState.DISMISSED,
    DeliveryState.REJECTED,
    DeliveryState.MUTED,
}  #: of a post that has no thread, since nobody sees it
_SPACE = uuid.UUID("6f1b2d0e-6a53-5d0c-9f3e-7a1c5be2d4a1")


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
    quiet_until: datetime | None  #: it waits for quiet hours to end


def delivery_id(channel: str, subject: str, kind: str) -> str:
    """Return the id that this message has today and after any restart: a UUIDv5 (RFC 9562)."""
    return str(uuid.uuid5(_SPACE, f"{channel}\n{subject}\n{kind}"))


def frozen(message: Message) -> str:
    """Return a message as it is kept."""
    kept = {"text": message.text, "blocks": message.blocks}
    kept |= {"instead": message.instead} if message.instead else {}
    return json.dumps(kept, ensure_ascii=False)


def delivery_of(row: Row) -> Delivery:
    """Read a delivery back from its row."""
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        subject=row["subject"],
        story_id=row["story_id"],
        priority=row["priority"],
        message=_thawed(row["message"]) if row["message"] else None,
        revision=row["revision"],
        state=DeliveryState(row["state"]),
        entry_id=row["entry_id"],
        parent=row["parent"],
        held_in=row["held_in"],
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


def _thawed(text: str) -> Message:
    kept = json.loads(text)
    return Message(
        text=kept["text"], blocks=tuple(kept["blocks"]), instead=tuple(kept.get("instead", ()))
    )


def record_of(row: Row) -> DeliveryRecord:
    """Read what people ask about back from a row."""
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
        quiet_until=maybe_from(row["quiet_until"]),
    )
