"""Send what is owed: one visible message per story and channel, whatever happens in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.compose import Budget, NothingToSayError, budget_of, compose
from bot.core.models import (
    Delivery,
    DeliveryState,
    Level,
    Message,
    Outcome,
    Rejected,
    Retry,
    Scope,
    Sent,
    Unknown,
    Unreadable,
)
from bot.core.render import (
    ROLLING_LINES,
    paused_message,
    repeated,
    working_again_message,
)
from bot.log import get_logger
from bot.muting import falls_silent
from bot.quiet import waits_until
from bot.sinks import Sink
from bot.store import Store
from bot.store.channels import INSTALLATION, PausedChannel

log = get_logger(__name__)

SEND_TIMEOUT = timedelta(seconds=15)  #: what a sink may take in total, its own retries included
LEASE = timedelta(seconds=60)  #: longer than any send, or two senders could hold one delivery
GRACE = timedelta(seconds=30)  #: how long an unanswered request may still arrive
PACE = timedelta(seconds=1)  #: Slack's one message per second and channel
PAUSE = timedelta(minutes=5)  #: how soon a refused channel is tried again
RECHECK = timedelta(seconds=60)  #: how soon an incomplete look-up is repeated
GIVE_UP_LOOKING = timedelta(hours=1)  #: in a place that lets nobody look for the moment
HOUR = timedelta(hours=1)  #: what a noise budget is about
EDIT_PACE = timedelta(seconds=5)  #: changes within it become one edit


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs."""

    store: Store
    sink: Sink
    clock: Callable[[], datetime]
    pace: timedelta = PACE
    grace: timedelta = GRACE
    budget: Budget = field(default_factory=Budget)
    admins: tuple[str, ...] = ()  #: who is told of a refused channel whose rules nobody owns


def deliver_due(courier: Courier, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Deliver until nothing is due, or `stopped` says so; return how many claims were worked on.

    ::

        claim one (quiet hours? wait; muted since? drop; over budget? hold) | compose, freeze | send |
        record: a commit before and one after, none around

    By turns with it: bring a visible message up to date, look up one of unknown fate, sweep up
    a double. Safe to run in several threads: a channel has one sender at a time.

    Raises:
        StoreError: the database refused; a claim in hand is looked up later, not repeated.
    """
    courier.store.deliveries.orphans(now=courier.clock())
    worked = 0
    while not stopped() and (done := sum(work(courier) for work in _WORK)):
        worked += done
    return worked


# ── sending ───────────────────────────────────────────────────────────────────


def _deliver_one(courier: Courier) -> bool:
    now, outbox = courier.clock(), courier.store.deliveries
    with courier.store.transaction():
        delivery = outbox.claim(lease=uuid.uuid4().hex, lease_until=now + LEASE, now=now)
        if delivery is None:
            return False
        if _is_put_aside(courier, delivery, now):
            return True
        if _is_over_budget(courier, delivery, now):
            _hold(courier, delivery, now)
            return True
        message = _composed(courier, delivery)
    if message is not None:
        message = repeated(message) if delivery.repeats else message
        outcome = courier.sink.send(
            delivery.id,
            delivery.channel,
            message,
            thread=_thread(courier, delivery),
            broadcast=delivery.broadcast,
        )
        _record(courier, delivery, outcome)
    return True


def _is_put_aside(courier: Courier, delivery: Delivery, now: datetime) -> bool:
    """Let a claimed delivery wait for quiet hours to end, or fall silent; say whether it has to."""
    outbox = courier.store.deliveries
    if _has_to_wait(courier, delivery, now):
        return True
    if falls_silent(courier.store, delivery, now=now):
        return outbox.mute(delivery)
    return _has_to_wait(courier, delivery, now)  # what is left may have hours of its own


def _has_to_wait(courier: Courier, delivery: Delivery, now: datetime) -> bool:
    until = waits_until(courier.store, delivery, now)
    return until is not None and courier.store.deliveries.wait(delivery, until=until)


def _thread(courier: Courier, delivery: Delivery) -> str | None:
    """Return the `ts` of the message that a reply goes under."""
    parent = courier.store.deliveries.get(delivery.parent) if delivery.parent else None
    return parent.ts if parent else None


def _composed(courier: Courier, delivery: Delivery) -> Message | None:
    """Return the message, fixed so that every attempt sends the same; None if there is none."""
    if delivery.message is not None:
        return delivery.message
    try:
        message = compose(courier.store, delivery, courier.budget)
    except NothingToSayError as error:
        reason = _passed_on(courier, delivery) or str(error)
        _finish(courier, delivery, _given_up(delivery), reason, shown=delivery.revision)
        return None
    except Exception as error:  # one alert that can't be shown must not stop all others
        log.exception("can't show an alert", delivery=delivery.id)
        reason = f"could not be shown ({type(error).__name__}): please report it"
        _finish(courier, delivery, _given_up(delivery), reason, shown=delivery.revision)
        return None
    courier.store.deliveries.freeze(delivery.id, message)
    return message


def _passed_on(courier: Courier, delivery: Delivery) -> str | None:
    """Owe what nobody saw to where its rules were moved meanwhile; return that in words, if so."""
    if delivery.kind != "post" or delivery.story_id is None or delivery.ts:
        return None
    outbox = courier.store.deliveries
    moved = outbox.moved(delivery)
    for rule in moved:
        outbox.queue(
            rule.channel,
            delivery.story_id,
            delivery.subject,
            priority=rule.level.priority,
            now=courier.clock(),
            entry_id=delivery.entry_id,
        )
    return "its rule was moved to another channel, and it goes there" if moved else None


def _given_up(delivery: Delivery) -> DeliveryState:
    return DeliveryState.SENT if delivery.ts else DeliveryState.REJECTED


def _record(courier: Courier, delivery: Delivery, outcome: Outcome) -> None:
    """Write down how a send ended."""
    now = courier.clock()
    with courier.store.transaction():
        match outcome:
            case Sent(ts=ts):
                # an earlier attempt may yet turn up
                sweep_at = now + SEND_TIMEOUT + courier.grace if delivery.attempts > 1 else None
                state, shown = DeliveryState.SENT, delivery.revision
                _finish(courier, delivery, state, ts=ts, shown=shown, sweep_at=sweep_at)
                _works(courier, delivery.channel, now)
            case Unknown(reason=reason):
                _finish(courier, delivery, DeliveryState.UNKNOWN, reason)
                # it may have arrived
                courier.store.channels.pace(delivery.channel, not_before=now + courier.pace)
            case Rejected(scope=Scope.DELIVERY, reason=reason):
                _finish(courier, delivery, DeliveryState.REJECTED, reason)
            case Retry() | Rejected():
                _wait(courier, delivery, outcome, DeliveryState.PENDING, now)
    _warn(delivery, outcome)


def _wait(
    courier: Courier,
    delivery: Delivery,
    outcome: Retry | Rejected,
    state: DeliveryState,
    now: datetime,
) -> None:
    """Put a delivery back; each kind of refusal reaches as far as its cause."""
    channels = courier.store.channels
    match outcome:
        case Retry(after_s=after_s, reason=reason):
            wait = timedelta(seconds=after_s)
            _finish(courier, delivery, state, reason, wait=wait)
            channels.pace(delivery.channel, not_before=now + wait)
        case Rejected(scope=Scope.INSTALLATION, reason=reason, advice=advice):
            _finish(courier, delivery, state, reason)
            until = now + PAUSE
            channels.pause(INSTALLATION, until=until, reason=reason, advice=advice, now=now)
        case Rejected(reason=reason, advice=advice):
            _finish(courier, delivery, state, reason)
            until, channel = now + PAUSE, delivery.channel
            if channels.pause(channel, until=until, reason=reason, advice=advice, now=now):
                _tell_owners(courier, PausedChannel(channel, reason, advice, now), now)


def _finish(
    courier: Courier,
    delivery: Delivery,
    state: DeliveryState,
    reason: str | None = None,
    *,
    ts: str | None = None,
    shown: int | None = None,
    wait: timedelta = timedelta(0),
    sweep_at: datetime | None = None,
    repeats: bool = False,
) -> None:
    now = courier.clock()
    courier.store.deliveries.finish(
        delivery,
        state,
        not_before=now + wait,
        ts=ts,
        sent_at=now if state is DeliveryState.SENT else None,
        shown=shown,
        sweep_at=sweep_at,
        repeats=repeats,
        reason=reason,
    )


def _warn(delivery: Delivery, outcome: Outcome) -> None:
    if not isinstance(outcome, Sent):
        log.warning("not delivered", channel=delivery.channel, outcome=repr(outcome))


# ── the noise budget ──────────────────────────────────────────────────────────


def _is_over_budget(courier: Courier, delivery: Delivery, now: datetime) -> bool:
    """Say whether a post must join the rolling message; one place of the hour is kept for that."""
    if delivery.kind != "post" or delivery.asked or delivery.message is not None:
        return False
    if delivery.priority >= Level.FLASH.priority:
        return False
    outbox, channel = courier.store.deliveries, delivery.channel
    rolling = outbox.latest(channel, "rolling", since=now - HOUR)
    spent = outbox.spent(channel, since=now - HOUR, but=delivery.id)
    budget = budget_of(courier.store, courier.budget, channel)
    return spent >= budget - (rolling is None)


def _hold(courier: Courier, delivery: Delivery, now: datetime) -> None:
    """Put a post into the channel's rolling message, or into a new one when that is full."""
    outbox, channel = courier.store.deliveries, delivery.channel
    rolling = outbox.latest(channel, "rolling", since=now - HOUR)
    if rolling and len(outbox.held(rolling.id)) < ROLLING_LINES:
        stands_for = rolling.id
        outbox.revise(stands_for, due=now + EDIT_PACE)
    else:
        subject = f"rolling:{now:%Y-%m-%dT%H:%M:%S.%fZ}"
        stands_for = outbox.stand_in(channel, "rolling", subject, now=now, due=now)
    outbox.hold(delivery, stands_for)


# ── channels that refuse ──────────────────────────────────────────────────────


def _tell_owners(courier: Courier, paused: PausedChannel, now: datetime) -> None:
    """Tell those whose rules post there, once per refusal; the message changes when it works."""
    waiting = courier.store.deliveries.waiting(paused.name)
    message = paused_message(
        paused.name, reason=paused.reason, advice=paused.advice, waiting=waiting
    )
    for person in _owners(courier, paused.name):
        courier.store.deliveries.tell(person, _subject(paused), message, now=now)


def _works(courier: Courier, channel: str, now: datetime) -> None:
    was = courier.store.channels.works(channel, not_before=now + courier.pace, now=now)
    if was is not None:
        for person in _owners(courier, channel):
            message = working_again_message(channel)
            courier.store.deliveries.tell(person, _subject(was), message, now=now)


def _subject(paused: PausedChannel) -> str:
    return f"paused:{paused.name}:{paused.since:%Y-%m-%dT%H:%M:%SZ}"


def _owners(courier: Courier, channel: str) -> list[str]:
    """Return who answers for a channel's rules, the channel itself left out."""
    owners = {rule.owner for rule in courier.store.rules.live() if rule.channel == channel}
    people = {owner for owner in owners if owner[:1] in {"U", "W"}}
    if owners and not people:  # rules of a file
        people = set(courier.admins)
    return sorted(people - {channel})


# ── messages that change ──────────────────────────────────────────────────────


def _edit_one(courier: Courier) -> bool:
    """Bring one visible message up to date; repeating an edit harms nobody."""
    now, outbox = courier.clock(), courier.store.deliveries
    with courier.store.transaction():
        delivery = outbox.claim_stale(lease=uuid.uuid4().hex, lease_until=now + LEASE, now=now)
        if delivery is None:
            return False
        message = _composed(courier, delivery)
    if message is None:
        return True
    assert delivery.ts is not None  # it is visible
    outcome = courier.sink.edit(delivery.channel, delivery.ts, message)
    now = courier.clock()
    with courier.store.transaction():
        match outcome:
            case Sent():
                _finish(courier, delivery, DeliveryState.SENT, shown=delivery.revision)
                _works(courier, delivery.channel, now)
            case Unknown(reason=reason):
                _finish(courier, delivery, DeliveryState.SENT, reason, wait=RECHECK)
            case Rejected(scope=Scope.DELIVERY, reason=reason):
                _finish(courier, delivery, DeliveryState.SENT, reason, shown=delivery.revision)
            case Retry() | Rejected():
                _wait(courier, delivery, outcome, DeliveryState.SENT, now)
    _warn(delivery, outcome)
    return True


# ── what may be visible ───────────────────────────────────────────────────────


def _reconcile_one(courier: Courier) -> bool:
    """Look up one delivery of unknown fate: sent if the channel shows it, owed again if not.

    Only a complete look-up that shows nothing may lead to a second send, and only once no request
    of the first can still be in flight. Where nobody can look, a repeat is better than a loss, and
    it says what it is.
    """
    now = courier.clock()
    delivery = courier.store.deliveries.claim_unknown(
        lease=uuid.uuid4().hex,
        lease_until=now + LEASE,
        attempted_before=now - SEND_TIMEOUT - courier.grace,
        now=now,
    )
    if delivery is None:
        return False
    match _find(courier, delivery):
        case Unknown(reason=reason):
            _finish(courier, delivery, DeliveryState.UNKNOWN, reason, wait=RECHECK)
        case Unreadable(reason=reason, for_good=for_good) if (
            not for_good and now - (delivery.attempt_at or now) < GIVE_UP_LOOKING
        ):
            _finish(courier, delivery, DeliveryState.UNKNOWN, reason, wait=RECHECK)
        case Unreadable(reason=reason):
            reason = f"can't be looked up ({reason}), sending again"
            _finish(courier, delivery, DeliveryState.PENDING, reason, repeats=True)
        case ():
            _finish(courier, delivery, DeliveryState.PENDING, "not in the channel, sending again")
        case found:
            again = now if len(found) > 1 else None
            _finish(
                courier,
                delivery,
                DeliveryState.SENT,
                "found in the channel",
                ts=found[0],
                sweep_at=again,
                # which revision it shows nobody knows
                shown=0,
            )
    return True


def _sweep_one(courier: Courier) -> bool:
    """Take back all but the first copy of a message that was sent more than once."""
    now = courier.clock()
    outbox = courier.store.deliveries
    delivery = outbox.claim_sweep(again_at=now + RECHECK, now=now)
    if delivery is None:
        return False
    found = _find(courier, delivery)
    if isinstance(found, Unreadable):
        outbox.swept(delivery.id, ts=None)
    elif isinstance(found, tuple):
        ends = [courier.sink.delete(delivery.channel, ts) for ts in found[1:]]
        if all(isinstance(end, Sent) for end in ends):
            outbox.swept(delivery.id, ts=found[0] if found else None)
        for end in ends:
            log.warning("a double", channel=delivery.channel, deleted=repr(end))
    return True


def _find(courier: Courier, delivery: Delivery) -> tuple[str, ...] | Unknown | Unreadable:
    since = delivery.first_try_at or delivery.created_at
    thread = _thread(courier, delivery)
    return courier.sink.find(delivery.id, delivery.channel, since, thread=thread)


_WORK = (_deliver_one, _edit_one, _reconcile_one, _sweep_one)
