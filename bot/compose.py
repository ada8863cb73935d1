"""What each delivery says: from what is recorded to a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core.models import Alert, Delivery, Message, Reason
from bot.core.render import (
    CatchUp,
    alert_message,
    catchup_message,
    report_message,
    rolling_message,
)
from bot.errors import WatchdeskError
from bot.store import Store
from bot.store.deliveries import Owed
from bot.store.entries import whys
from bot.store.outages import Outage

PER_HOUR = 12  #: top-level messages that a channel takes unless the configuration says otherwise


@dataclass(frozen=True, slots=True)
class Budget:
    """How many top-level messages a channel takes in an hour."""

    per_hour: int = PER_HOUR
    channels: Mapping[str, int] = field(default_factory=dict)  #: by address, where it differs

    def of(self, channel: str) -> int:
        """Return what holds for a channel."""
        return self.channels.get(channel, self.per_hour)


def budget_of(store: Store, budget: Budget, channel: str) -> int:
    """Return how many messages a channel takes in an hour: what people said, else as configured."""
    return store.channels.per_hour(channel) or budget.of(channel)


class NothingToSayError(WatchdeskError):
    """Whatever a delivery was about is gone; says what."""


def compose(store: Store, delivery: Delivery, budget: Budget) -> Message:
    """Return what a delivery says now.

    Raises:
        NothingToSayError: nobody wants it any more.
    """
    match delivery.kind:
        case "post":
            return alert_message(_post(store, delivery))
        case "reply":
            return _reply(store, delivery)
        case "rolling":
            alerts = held_alerts(store, delivery.id)
            per_hour = budget_of(store, budget, delivery.channel)
            return rolling_message(alerts, per_hour=per_hour)
        case "catchup":
            return catchup_message(catch_up(store, delivery))
        case kind:
            raise NothingToSayError(f"a {kind} without a message")


def held_alerts(store: Store, delivery_id: str) -> list[Alert]:
    """Return the alerts that a message stands for, loudest first."""
    return [alert for alert, _ in _held(store, store.deliveries.held(delivery_id))]


def _held(store: Store, held: Iterable[Delivery]) -> list[tuple[Alert, int]]:
    found = [store.deliveries.owed(one) for one in held]
    return [(_alert(owed), owed.entries) for owed in found if owed]


def _stories(held: Iterable[Delivery]) -> list[Delivery]:
    """Return the posts without the reports that wait beside their story's own, which counts them."""
    held = list(held)
    whole = {one.story_id for one in held if one.entry_id is None}
    return [one for one in held if one.entry_id is None or one.story_id not in whole]


def _post(store: Store, delivery: Delivery) -> Alert:
    owed = store.deliveries.owed(delivery)
    if owed is None:
        raise NothingToSayError("no rule wants it any more: removed or changed before it went")
    outlets, last_at = store.entries.outlets(delivery.story_id or 0)
    return replace(_alert(owed), outlets=outlets, last_at=last_at, id=delivery.id)


def _alert(owed: Owed) -> Alert:
    return Alert(entry=owed.entry, rules=owed.rules, why=_reasons(owed.why))


def _reasons(recorded: Iterable[str]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reason for text in recorded for reason in whys(text)))


def _reply(store: Store, delivery: Delivery) -> Message:
    stored = store.entries.get(delivery.entry_id or 0)
    if stored is None:
        raise NothingToSayError("its entry is gone")
    why = [reason for told in store.entries.matches(stored.entry.id) for reason in told.match.why]
    return report_message(
        stored.entry,
        tuple(dict.fromkeys(why)),
        note=delivery.note,
        may_be_another="/" not in delivery.subject,  # of a changed title: the post's own entry
    )


def catch_up(store: Store, delivery: Delivery) -> CatchUp:
    """Return what a catch-up message tells.

    Raises:
        NothingToSayError: its outage is not recorded.
    """
    outage = store.outages.get(int(delivery.subject.partition(":")[2]))
    if outage is None:
        raise NothingToSayError("an outage that nobody knows of")
    held = _held(store, _stories(store.deliveries.held(delivery.id)))
    return CatchUp(
        id=delivery.id,
        began_at=outage.began_at,
        ended_at=outage.ended_at,
        is_restore=outage.is_restore,
        alerts=tuple(alert for alert, _ in held),
        entries=sum(entries for _, entries in held),
        gaps=tuple(_gaps(store, outage)),
    )


def _gaps(store: Store, outage: Outage) -> Iterator[str]:
    """Yield the names of feeds that may have shown more during an outage than we saw."""
    for gap in store.feeds.gaps(outage.began_at):
        known = store.feeds.get(gap.feed_id)
        if known and gap.since < outage.ended_at <= gap.until:
            yield known.feed.title or known.feed.url
