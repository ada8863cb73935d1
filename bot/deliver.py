"""Send what is owed: one visible message per story and channel, whatever happens in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.models import (
    Alert,
    Delivery,
    DeliveryState,
    Message,
    Outcome,
    Reason,
    Rejected,
    Retry,
    Scope,
    Sent,
    Unknown,
)
from bot.core.render import alert_message
from bot.log import get_logger
from bot.sinks import Sink
from bot.store import Store
from bot.store.deliveries import Owed
from bot.store.entries import whys

log = get_logger(__name__)

SEND_TIMEOUT = timedelta(seconds=15)  #: what a sink may take in total, its own retries included
LEASE = timedelta(seconds=60)  #: longer than any send, or two senders could hold one delivery
GRACE = timedelta(seconds=30)  #: how long an unanswered request may still arrive
PACE = timedelta(seconds=1)  #: Slack's one message per second and channel
PAUSE = timedelta(minutes=5)  #: how soon a refused channel is tried again
RECHECK = timedelta(seconds=60)  #: how soon an incomplete look-up is repeated


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs."""

    store: Store
    sink: Sink
    clock: Callable[[], datetime]
    pace: timedelta = PACE
    grace: timedelta = GRACE


def deliver_due(courier: Courier, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Deliver until nothing is due, or `stopped` says so; return how many claims were worked on.

    ::

        claim one (render, freeze) | send | finish: a commit before and one after, none around

    Safe to run in several threads: a channel has one sender at a time.

    Raises:
        StoreError: the database refused; a claim in hand is looked up later, not repeated.
    """
    courier.store.deliveries.orphans_to_unknown(now=courier.clock())
    worked = 0
    # by turns: neither a queue of look-ups nor one of alerts may hold up the other
    while not stopped() and (done := _deliver_one(courier) + _reconcile_one(courier)):
        worked += done
    return worked


def _deliver_one(courier: Courier) -> bool:
    claimed = _claim(courier)
    if claimed is None:
        return False
    delivery, message = claimed
    if isinstance(message, str):
        _finish(courier, delivery, DeliveryState.REJECTED, message)
        return True
    outcome = courier.sink.send(delivery.id, delivery.channel, message)
    _record(courier, delivery, outcome)
    return True


def _claim(courier: Courier) -> tuple[Delivery, Message | str] | None:
    """Claim one delivery and fix its message, so that every attempt sends the same.

    Returns:
        The claim with its message, or with the reason why there is none; None if nothing is due.
    """
    now = courier.clock()
    outbox = courier.store.deliveries
    with courier.store.transaction():
        delivery = outbox.claim(lease=uuid.uuid4().hex, lease_until=now + LEASE, now=now)
        if delivery is None:
            return None
        if delivery.message is not None:
            return delivery, delivery.message
        owed = outbox.owed(delivery)
        if owed is None:
            return delivery, "its rules were removed before it went"
        try:
            message = alert_message(_alert(owed))
        except Exception as error:  # one alert that can't be shown must not stop all others
            log.exception("can't show an alert", delivery=delivery.id)
            return delivery, f"could not be shown ({type(error).__name__}): please report it"
        outbox.freeze(delivery.id, message)
        return delivery, message


def _alert(owed: Owed) -> Alert:
    reasons: dict[Reason, None] = {}
    for text in owed.why:
        reasons.update(dict.fromkeys(whys(text)))
    return Alert(entry=owed.entry, rules=owed.rules, why=tuple(reasons))


def _record(courier: Courier, delivery: Delivery, outcome: Outcome) -> None:
    """Write down how a send ended; each kind of refusal reaches as far as its cause."""
    now = courier.clock()
    outbox = courier.store.deliveries
    with courier.store.transaction():
        match outcome:
            case Sent(ts=ts):
                _finish(courier, delivery, DeliveryState.SENT, ts=ts)
                outbox.pace(delivery.channel, not_before=now + courier.pace)
            case Retry(after_s=after_s, reason=reason):
                wait = timedelta(seconds=after_s)
                _finish(courier, delivery, DeliveryState.PENDING, reason, wait=wait)
                outbox.pace(delivery.channel, not_before=now + wait)
            case Unknown(reason=reason):
                _finish(courier, delivery, DeliveryState.UNKNOWN, reason)
                outbox.pace(delivery.channel, not_before=now + courier.pace)  # it may have arrived
            case Rejected(scope=Scope.DELIVERY, reason=reason):
                _finish(courier, delivery, DeliveryState.REJECTED, reason)
            case Rejected(scope=Scope.CHANNEL, reason=reason, advice=advice):
                _finish(courier, delivery, DeliveryState.PENDING, reason)
                outbox.pause(
                    delivery.channel, until=now + PAUSE, reason=reason, advice=advice, now=now
                )
            case Rejected(reason=reason, advice=advice):
                _finish(courier, delivery, DeliveryState.PENDING, reason)
                outbox.pause_all(until=now + PAUSE, reason=reason, advice=advice, now=now)
    if not isinstance(outcome, Sent):
        log.warning("not delivered", channel=delivery.channel, outcome=repr(outcome))


def _finish(
    courier: Courier,
    delivery: Delivery,
    state: DeliveryState,
    reason: str | None = None,
    *,
    ts: str | None = None,
    wait: timedelta = timedelta(0),
) -> None:
    now = courier.clock()
    courier.store.deliveries.finish(
        delivery,
        state,
        not_before=now + wait,
        ts=ts,
        sent_at=now if state is DeliveryState.SENT else None,
        reason=reason,
    )


def _reconcile_one(courier: Courier) -> bool:
    """Look up one delivery of unknown fate: sent if the channel shows it, owed again if not.

    Only a complete look-up that shows nothing may lead to a second send, and only once no request
    of the first can still be in flight.
    """
    now = courier.clock()
    outbox = courier.store.deliveries
    delivery = outbox.claim_unknown(
        lease=uuid.uuid4().hex,
        lease_until=now + LEASE,
        attempted_before=now - SEND_TIMEOUT - courier.grace,
        now=now,
    )
    if delivery is None:
        return False
    assert delivery.attempt_at is not None  # it was claimed before it could become unknown
    found = courier.sink.find(delivery.id, delivery.channel, delivery.attempt_at)
    match found:
        case Sent(ts=ts):
            _finish(courier, delivery, DeliveryState.SENT, "found in the channel", ts=ts)
        case None:
            _finish(courier, delivery, DeliveryState.PENDING, "not in the channel, sending again")
        case Unknown(reason=reason):
            _finish(courier, delivery, DeliveryState.UNKNOWN, reason, wait=RECHECK)
    return True
