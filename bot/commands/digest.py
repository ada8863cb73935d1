"""The digest by command: a period, a rule or a query, and sharing it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.commands.access import hidden_from, hidden_in, take_turn
from bot.commands.changes import SHARE
from bot.commands.desk import CONSOLE, Asker, Desk, Reply, by, reply
from bot.commands.line import first_word, numbered, read_line, tidy
from bot.commands.schedules import schedule
from bot.commands.times import take_period
from bot.commands.writing import any_rule, find_channel, read_expr
from bot.core.models import Message
from bot.core.render import Button, followed, reply_message
from bot.core.rules import canonical
from bot.digest import Question, build_digest, shown
from bot.store.changes import CHANNEL
from bot.store.times import from_us, to_us

_LONGEST_WORDS = 1900  #: in a button's value, whose limit is 2000
_STAMP = re.compile(r"\d{15,17}")  #: in a button's value: when it was shown


def digest(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show a digest to the asker, with `share` behind it to their channel; or schedule one."""
    words, now = tidy(text), desk.clock()
    first, rest = first_word(words)
    if first.lower() == "schedule":
        return schedule(desk, asker, rest)
    head, _, last = words.rpartition(" ")
    if last.lower() == "share":
        return _shared(desk, asker, head, now)
    take_turn(desk, asker)
    question, scope = _question(desk, asker, words, now)
    seen_at = desk.store.digests.glance(asker.user, scope)
    question = replace(question, hidden=hidden_from(desk, asker), seen_at=seen_at)
    message = _message(desk, asker, question)
    desk.store.digests.note_glance(asker.user, scope, now=now)
    if len(words) > _LONGEST_WORDS or asker.user == CONSOLE:
        return Reply(message=message)
    share = Button(text="Share here", action_id=SHARE, value=f"{to_us(now)} {words}".strip())
    offer = reply_message(["Only you see this."], buttons=(share,))
    return Reply(message=followed(message, *offer.blocks))


def share_digest(desk: Desk, asker: Asker, value: str) -> Reply:
    """Post the digest of a button, as of when it was shown, to the channel it stands in."""
    stamp, _, words = value.partition(" ")
    if not _STAMP.fullmatch(stamp):  # of before buttons had one
        return _shared(desk, asker, value, desk.clock())
    return _shared(desk, asker, words, from_us(int(stamp)))


def _shared(desk: Desk, asker: Asker, words: str, at: datetime) -> Reply:
    channel = find_channel(desk, asker, None, again=f"{asker.invoked_as} {words}".strip())
    take_turn(desk, asker)
    question, _ = _question(desk, asker, words, at)
    message = _message(desk, asker, replace(question, hidden=hidden_in(desk, channel.address)))
    signed = reply_message([f"Shared by {by(asker)}"])
    public = followed(message, *signed.blocks)
    subject, now = f"shared:{asker.user}:{to_us(at)}", desk.clock()
    with desk.store.transaction():
        is_first = desk.store.deliveries.digest(channel.address, subject, public, now=now)
        if is_first:
            note = desk.store.changes.note
            note(CHANNEL, channel.address, "given a digest", who=asker.user, now=now, detail=words)
    again = "" if is_first else " already; once is enough"
    return reply(f":white_check_mark: Shared in {desk.directory.shown(channel.address)}{again}.")


def _message(desk: Desk, asker: Asker, question: Question) -> Message:
    digest = build_digest(desk.store, desk.book.gazetteer, question)
    return shown(digest, desk.pictures, zone=asker.zone)


def _question(desk: Desk, asker: Asker, words: str, at: datetime) -> tuple[Question, str]:
    """Return what was asked for at that time, and what it is called whatever the period."""
    period, rest = take_period(words, at, asker.local)
    question = Question(since=period.since, until=at, period=period.words)
    if not rest:
        return question, ""
    if numbered(rest, "W") is not None and rest[0] in "wW":
        listing = replace(asker, invoked_as="/watch")
        rule = any_rule(desk, listing, rest, verb="show")
        return replace(question, rule=rule), f"W{rule.id}"
    query = canonical(read_expr(read_line(rest)))
    return replace(question, query=query), query
