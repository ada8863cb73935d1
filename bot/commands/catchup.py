"""The buttons of messages that stand for others: what an outage left, what a channel refused."""

from __future__ import annotations

from bot.catchup import dismiss, post_all
from bot.commands.access import may_manage, may_read
from bot.commands.desk import Asker, Desk, Reply, by, refuse, reply
from bot.commands.rules import try_again
from bot.commands.say import count
from bot.compose import held_alerts
from bot.core.models import Delivery
from bot.core.render import held_message
from bot.errors import CommandError
from bot.store.changes import CHANNEL


def post_held(desk: Desk, asker: Asker, value: str) -> Reply:
    """Send all that a catch-up message stands for."""
    told = _told(desk, asker, value)
    now = desk.clock()
    with desk.store.transaction():
        number = post_all(desk.store, told.id, by=by(asker), now=now)
        _insist_on_news(number, asker)
        _note(desk, asker, told, "sent what waited", number)
    return reply(
        f":arrow_forward: Posting {count(number, 'alert')} here, about one a second.",
        f"How it goes: `{asker.invoked_as} status`",
    )


def dismiss_held(desk: Desk, asker: Asker, value: str) -> Reply:
    """Mark all that a catch-up message stands for as seen."""
    told = _told(desk, asker, value)
    with desk.store.transaction():
        number = dismiss(desk.store, told.id, by=by(asker), now=desk.clock())
        _insist_on_news(number, asker)
        _note(desk, asker, told, "spared what waited", number)
    return reply(
        f":white_check_mark: {count(number, 'alert')} marked as seen; none of them will be posted.",
        "They stay on record: `/digest 7d` lists them.",
    )


def show_held(desk: Desk, asker: Asker, value: str) -> Reply:
    """Show all that a catch-up message stands for, to the asker alone."""
    told = desk.store.deliveries.get(value)
    if told is None or not may_read(desk, asker, told.channel):
        raise _gone(asker)
    alerts = held_alerts(desk.store, told.id)
    if not alerts:
        raise _decided(asker)
    return Reply(message=held_message(alerts))


def resume_refused(desk: Desk, asker: Asker, value: str) -> Reply:
    """Try a channel again that refused; the notice that offers it is about one channel."""
    if value not in {channel.name for channel in desk.store.channels.paused()}:
        raise refuse(
            "That channel takes alerts again already, or was never refused; nothing waits for it.",
            f"How all is: `{asker.invoked_as} status`",
        )
    return try_again(desk, asker, value)


def _told(desk: Desk, asker: Asker, value: str) -> Delivery:
    """Return the message a button belongs to, if the asker has a say in its channel."""
    told = desk.store.deliveries.get(value)
    readable = told is not None and may_read(desk, asker, told.channel)
    if told is None or told.kind != "catchup" or not readable:
        raise _gone(asker)
    if not may_manage(desk, asker, told.channel):
        shown = desk.directory.shown(told.channel)
        raise refuse(f"What waits for {shown} is for its members and for admins to decide.")
    return told


def _insist_on_news(number: int, asker: Asker) -> None:
    if not number:
        raise _decided(asker)


def _note(desk: Desk, asker: Asker, told: Delivery, what: str, number: int) -> None:
    detail = count(number, "alert")
    now = desk.clock()
    desk.store.changes.note(CHANNEL, told.channel, what, who=asker.user, now=now, detail=detail)


def _gone(asker: Asker) -> CommandError:
    return refuse(
        "That message is not on record any more. Nothing was changed.",
        f"How all is: `{asker.invoked_as} status`",
    )


def _decided(asker: Asker) -> CommandError:
    return refuse(
        "That was decided already, or nothing waits here any more; the message says by whom.",
        f"What was changed: `{asker.invoked_as} history`",
    )
