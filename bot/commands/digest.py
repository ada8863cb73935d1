"""The digest by command: a period, a rule or a query, and sharing it."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.access import hidden_from, hidden_in, take_turn
from bot.commands.changes import SHARE
from bot.commands.desk import CONSOLE, Asker, Desk, Reply, by
from bot.commands.line import numbered, read_line, tidy
from bot.commands.times import take_period
from bot.commands.writing import any_rule, find_channel, read_expr
from bot.core.models import Message
from bot.core.render import Button, digest_message, reply_message
from bot.core.rules import canonical
from bot.digest import Question, build_digest
from bot.store.changes import CHANNEL

_LONGEST_VALUE = 1900  #: of a button's value; Slack's limit is 2000


def digest(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show a digest to the asker, or with `share` behind it to their channel."""
    words = tidy(text)
    head, _, last = words.rpartition(" ")
    if last.lower() == "share":
        return _shared(desk, asker, head)
    message = _message(desk, asker, words, hidden_from(desk, asker))
    if len(words) > _LONGEST_VALUE or asker.user == CONSOLE:
        return Reply(message=message)
    share = Button(text="Share here", action_id=SHARE, value=words)
    offer = reply_message(["Only you see this."], buttons=(share,))
    return Reply(message=Message(text=message.text, blocks=(*message.blocks, *offer.blocks)))


def share_digest(desk: Desk, asker: Asker, value: str) -> Reply:
    """Post the digest of a button to the channel it stands in."""
    return _shared(desk, asker, value)


def _shared(desk: Desk, asker: Asker, words: str) -> Reply:
    channel = find_channel(desk, asker, None, again=f"{asker.invoked_as} {words}".strip())
    message = _message(desk, asker, words, hidden_in(desk, channel.address))
    signed = reply_message([f"Shared by {by(asker)}"])
    public = Message(text=message.text, blocks=(*message.blocks, *signed.blocks))
    shown = desk.directory.shown(channel.address)
    desk.store.changes.note(
        CHANNEL, channel.address, "given a digest", who=asker.user, now=desk.clock(), detail=words
    )
    return Reply(
        message=reply_message([f":white_check_mark: Shared in {shown}."]),
        public=((channel.address, public),),
    )


def _message(desk: Desk, asker: Asker, words: str, hidden: frozenset[int]) -> Message:
    """Return the digest, without the rules that its readers must not hear of."""
    take_turn(desk, asker)
    now = desk.clock()
    period, rest = take_period(words, now, asker.local)
    whole = Question(since=period.since, until=now, period=period.words, hidden=hidden)
    question = _question(desk, asker, whole, rest)
    return digest_message(build_digest(desk.store, desk.book.gazetteer, question), zone=asker.zone)


def _question(desk: Desk, asker: Asker, question: Question, rest: str) -> Question:
    if not rest:
        return question
    if numbered(rest, "W") is not None and rest[0] in "wW":
        return replace(
            question, rule=any_rule(desk, replace(asker, invoked_as="/watch"), rest, verb="show")
        )
    return replace(question, query=canonical(read_expr(read_line(rest))))
