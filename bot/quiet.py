"""Who has to wait for the end of quiet hours, and until when: a channel's, and its rules'."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core.models import Delivery, Level, Rule
from bot.core.quiet import QuietHours
from bot.store import Store

LONGEST = timedelta(days=1)  #: nothing waits for longer, however the hours of several add up
_HEARD = frozenset({"post", "rolling", "catchup", "notice", "spike"})  #: new in a channel, unasked
_HOPS = 3  #: a channel's hours may begin before a rule's end, and the other way round


def waits_until(store: Store, delivery: Delivery, now: datetime) -> datetime | None:
    """Return when the quiet hours end for which a delivery has to wait; None if it may go.

    ::

        flash, or asked for by a person? goes
        a reply in a thread? goes, unless the channel sees it too
        in the channel's hours, or in those of every rule that wants it? waits, for a day at most

    What is decided here holds for the moment of the claim: a rule or channel that is changed lets
    its waiting deliveries be claimed anew.
    """
    if delivery.asked or now - delivery.created_at >= LONGEST:
        return None
    if delivery.kind not in _HEARD and not delivery.broadcast:
        return None
    held = store.deliveries.held(delivery.id)
    if max(one.priority for one in (delivery, *held)) >= Level.FLASH.priority:
        return None
    own = store.channels.quiet_hours(delivery.channel)
    rules = [rule for one in held or [delivery] for rule in wanting(store, one)]
    at = now
    for _ in range(_HOPS):
        at = max(_end([own], at), _end([rule.quiet_hours for rule in rules], at))
    return at if at > now else None


def wanting(store: Store, delivery: Delivery) -> Iterable[Rule]:
    """Return the rules that a delivery is for, without those that wait for more outlets."""
    rules = store.deliveries.wanting(delivery)
    if delivery.story_id is None or all(rule.min_outlets == 1 for rule in rules):
        return rules
    outlets = max(len(store.stories.independent(delivery.story_id)), 1)
    return [rule for rule in rules if rule.min_outlets <= outlets]


def _end(hours: list[QuietHours | None], at: datetime) -> datetime:
    """Return when the first of them may hear of it; `at` if one may at once, or there is none."""
    return min(((one and one.until(at)) or at for one in hours), default=at)
