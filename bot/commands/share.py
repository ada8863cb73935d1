"""Sharing an alert with another channel, once."""

from __future__ import annotations

from bot.commands.access import hidden_in
from bot.commands.alerts import Shown, alert_of, shown_alert
from bot.commands.desk import Asker, Desk, Reply, by, refuse, reply
from bot.commands.line import channel_reference, first_word, is_channel, numbered, tidy
from bot.commands.writing import find_channel
from bot.core.models import Alert, Message
from bot.core.render import alert_message, code, link, reply_message, shorten
from bot.store.changes import CHANNEL
from bot.store.deliveries import delivery_id

SHARED = "share"  #: kind of the delivery: an outlet's text, forgotten with those of other messages


def share(desk: Desk, asker: Asker, text: str) -> Reply:
    """Post the alert of a story to another channel."""
    word, rest = first_word(tidy(text))
    number = numbered(word, "S")
    reference = rest.removeprefix("in:")
    if number is None or not is_channel(reference):
        raise refuse(
            "Which story's alert, and where to? Like this:",
            code(f"{asker.invoked_as} share S88 #nk-alerts"),
        )
    alert = alert_of(desk, asker, number)
    return _shared(desk, asker, alert, channel_reference(reference))


def share_chosen(desk: Desk, asker: Asker, delivery: str, channel: str) -> Reply:
    """Post an alert to the channel chosen in its form."""
    return _shared(desk, asker, shown_alert(desk, asker, delivery), channel)


def _shared(desk: Desk, asker: Asker, alert: Shown, reference: str) -> Reply:
    again = f"{asker.invoked_as} share S{alert.story_id} #channel"
    channel = find_channel(desk, asker, reference, again=again)
    shown = desk.directory.shown(channel.address)
    if channel.address == alert.post.channel:
        raise refuse(f"It stands in {shown} already: choose another channel.")
    message, now = _signed(desk, asker, alert, channel.address), desk.clock()
    subject = f"share:{alert.post.id}"
    with desk.store.transaction():
        owed = desk.store.deliveries.get(delivery_id(channel.address, subject, SHARED))
        if owed is None:
            desk.store.deliveries.tell(channel.address, subject, message, now=now, kind=SHARED)
            title = shorten(alert.entry.title, 80)
            note = desk.store.changes.note
            note(CHANNEL, channel.address, "given an alert", who=asker.user, now=now, detail=title)
    if owed is not None:
        address = desk.directory.permalink(channel.address, owed.ts) if owed.ts else None
        where = f": {link('message', address)}" if address else ""
        return reply(f"It was shared in {shown} already{where}. Once is enough.")
    return reply(
        f":white_check_mark: Shared in {shown}.",
        f"By words: {code(f'{asker.invoked_as} share S{alert.story_id} #channel')}",
    )


def _signed(desk: Desk, asker: Asker, alert: Shown, channel: str) -> Message:
    """Return the alert as everybody in a channel may read it, and who shares it."""
    hidden = hidden_in(desk, channel)
    rules = tuple(rule for rule in alert.rules if rule.id not in hidden)
    known = {rule.id for rule in rules}
    why = tuple(
        reason
        for stored in desk.store.entries.matches(alert.entry.id)
        if stored.match.rule_id in known
        for reason in stored.match.why
    )
    outlets, last_at = desk.store.entries.outlets(alert.story_id)
    told = alert_message(
        Alert(
            entry=alert.entry,
            rules=rules,
            why=tuple(dict.fromkeys(why)),
            outlets=outlets,
            last_at=last_at,
        )
    )
    signed = reply_message([f"Shared by {by(asker)}"])
    return Message(text=told.text, blocks=(*told.blocks, *signed.blocks))
