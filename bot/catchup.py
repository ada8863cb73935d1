"""After an outage: one message per channel instead of a flood, and a person decides.

An outage is a gap between two signs of life, or a database that came back from a backup. What
the first poll of each feed finds afterwards is recorded as always; its alerts are held under the
channel's catch-up message.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.compose import catch_up
from bot.core.models import Delivery, DeliveryState
from bot.core.render import catchup_message
from bot.log import get_logger
from bot.store import Store
from bot.store.feeds import KnownFeed
from bot.store.outages import Outage

log = get_logger(__name__)

MIN_OUTAGE = timedelta(minutes=30)  #: a shorter one is nobody's business
SETTLE = timedelta(seconds=60)  #: for most feeds to be polled before the message goes
CATCHING_UP = timedelta(minutes=30)  #: a feed that answers later than this is its own affair


def beat(store: Store, now: datetime) -> Outage | None:
    """Leave a sign of life; return the outage that this one ends, if it ends one."""
    with store.transaction():
        ended = _ended(store, now)
        store.beat(now)
    if ended:
        lasted = round((ended.ended_at - ended.began_at).total_seconds())
        log.warning("nobody was watching", seconds=lasted, restore=ended.is_restore)
    return ended


def _ended(store: Store, now: datetime) -> Outage | None:
    if made_at := store.restored_from():
        store.forget_restore()
        store.deliveries.doubt(since=made_at)
        return store.outages.add(began_at=made_at, ended_at=now, is_restore=True)
    last = store.heartbeat()
    if last is None or now - last < MIN_OUTAGE:
        return None
    return store.outages.add(began_at=last, ended_at=now, is_restore=False)


def outage_behind(store: Store, known: KnownFeed, now: datetime) -> Outage | None:
    """Return the outage during which the entries of this poll appeared, if there was one."""
    outage = store.outages.latest()
    polled_at = known.state.last_ok_at
    if outage is None or polled_at is None or now - outage.ended_at > CATCHING_UP:
        return None
    return outage if polled_at < outage.ended_at else None


def stands_for(store: Store, outage: Outage, channel: str, now: datetime) -> str:
    """Return the id of a channel's catch-up message, which from now on says more."""
    subject = f"outage:{outage.id}"
    due = max(now, outage.ended_at + SETTLE)
    held_in = store.deliveries.stand_in(channel, "catchup", subject, now=now, due=due)
    store.deliveries.revise(held_in, due=now + timedelta(seconds=5))
    return held_in


def name_gap(store: Store, known: KnownFeed, now: datetime) -> None:
    """Let every channel's catch-up message name a feed that may have shown more than we saw."""
    if outage := outage_behind(store, known, now):
        for channel in sorted({rule.channel for rule in store.rules.live()}):
            stands_for(store, outage, channel, now)


def post_all(store: Store, delivery_id: str, *, by: str, now: datetime) -> int:
    """Send all that a catch-up message stands for; return how many.

    Args:
        store: where it is recorded.
        delivery_id: the catch-up message.
        by: who asked, as mrkdwn.
        now: the time.
    """
    told = store.deliveries.get(delivery_id)
    outage = _outage_of(store, told)
    may_be_visible_since = outage.began_at if outage and outage.is_restore else None
    state = DeliveryState.UNKNOWN if may_be_visible_since else DeliveryState.PENDING
    words = f"Posted by {by}"
    return _settle(store, told, state, words, now=now, tried_at=may_be_visible_since)


def dismiss(store: Store, delivery_id: str, *, by: str, now: datetime) -> int:
    """Mark all that a catch-up message stands for as seen; arguments as for `post_all`."""
    told = store.deliveries.get(delivery_id)
    return _settle(store, told, DeliveryState.DISMISSED, f"Marked as seen by {by}", now=now)


def _outage_of(store: Store, told: Delivery | None) -> Outage | None:
    return store.outages.get(int(told.subject.partition(":")[2])) if told else None


def _settle(
    store: Store,
    told: Delivery | None,
    state: DeliveryState,
    words: str,
    *,
    now: datetime,
    tried_at: datetime | None = None,
) -> int:
    if told is None:
        return 0
    with store.transaction():
        message = catchup_message(replace(catch_up(store, told), settled=f"{words}."))
        count = store.deliveries.let_go(told.id, state, now=now, tried_at=tried_at)
        if count:
            store.deliveries.revise(told.id, due=now, message=message)
    return count
