"""Saying by words what the buttons of an alert say."""

from __future__ import annotations

from datetime import timedelta

from bot.core.models import DeliveryState, Message
from tests.commands.parts import BEN, NOW, Room, story


def alert(room: Room, number: int = 1, title: str = "Landmines found") -> str:
    """Publish a report, send the alert it is owed, and return the alert's id."""
    room.publish(story(number, title))
    outbox, now = room.store.deliveries, room.clock()
    while delivery := outbox.claim(lease="l", lease_until=now + timedelta(1), now=now):
        if not delivery.message:
            outbox.freeze(delivery.id, Message(text="x"))
        outbox.finish(delivery, DeliveryState.SENT, not_before=NOW, ts="1.0", sent_at=now)
        if delivery.kind == "post":
            return delivery.id
    raise AssertionError("no alert is owed")


def test_a_vote_by_words_is_that_of_the_button(room: Room) -> None:
    room("add landmine* yes")
    delivery = alert(room)
    assert "Noted: useful. It counts for *W1*" in room("judge s1 useful")
    assert room.store.votes.of(delivery, room.asker.user) is True
    assert "Noted: not useful, no longer useful" in room("judge S1 not useful")
    assert "no longer" not in room("judge S1 not")
    assert room.store.votes.of(delivery, room.asker.user) is False


def test_the_alert_of_the_channel_one_is_in_comes_first(room: Room) -> None:
    room("add landmine* yes")
    room("add landmine* in:#dmz yes")
    room.publish(story(1, "Landmines found"))
    outbox = room.store.deliveries
    for ts in ("1.0", "2.0"):
        delivery = outbox.claim(lease=ts, lease_until=NOW + timedelta(1), now=NOW)
        assert delivery is not None
        outbox.finish(delivery, DeliveryState.SENT, not_before=NOW, ts=ts, sent_at=NOW)
    assert "*W2*" in room("judge S1 useful", at="C0DMZ0000", as_=BEN)
    assert "*W1*" in room("judge S1 useful")


def test_what_can_not_be_judged_says_what_to_type(room: Room) -> None:
    for text in ("judge", "judge S1", "judge S1 nice", "judge W1 useful"):
        assert "`/watch judge S88 useful`" in room.refused(text)
    assert "S7 has no alert that you can see" in room.refused("judge S7 useful")
    room("add landmine* yes")
    room.publish(story(1, "Landmines found"))
    assert "S1 has no alert" in room.refused("judge S1 useful")  # it is not sent yet
