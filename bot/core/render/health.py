"""Notices about feeds: what fails and why, what fell silent, moved, ended or came in a flood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.core.models import Entry, Feed, FeedState, Message, Rule
from bot.core.render.alert import rule_label
from bot.core.render.blocks import MAX_SECTION, MAX_TEXT, context
from bot.core.render.markup import (
    code,
    cut_markup,
    link,
    literal,
    moment,
    registered_domain,
    shorten,
)
from bot.core.render.reply import reply_message
from bot.core.render.standin import span

_MOST_RULES = 10
_TITLE_COLUMNS = 80
_ADVICE = {
    HTTPStatus.UNAUTHORIZED: "It wants a login now: ask the publisher for an open feed.",
    HTTPStatus.PAYMENT_REQUIRED: "It wants to be paid for now.",
    HTTPStatus.FORBIDDEN: "It refuses programs, or this machine's address: ask the publisher, "
    "or look for another feed of theirs.",
    HTTPStatus.NOT_FOUND: "The address is dead: look on the site for the new one and add it with "
    "`/watch feed add`.",
    HTTPStatus.TOO_MANY_REQUESTS: "It is asked too often: give it a longer `every`.",
}
_ADVICE_BY_CODE = {
    "dns": "The name may have expired: look whether the site has a new address.",
    "tls": "Its certificate may have run out, which the publisher has to mend.",
    "unreadable": "It answers with something that is no feed: open it in a browser and look.",
    "address": "It points into a private network: allow that under `settings: allow_addresses`.",
    "size": "It is larger than any feed should be.",
}
_THEIR_SIDE = "That is for the publisher to mend; I keep asking."


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A feed that something is said about; input of the renderers."""

    feed: Feed
    state: FeedState
    last: Entry | None = None  #: what it brought last
    last_at: datetime | None = None  #: when that was first seen
    rules: Sequence[Rule] = ()  #: the rules of this channel that depend on it


def failing_message(patient: Patient, *, code: str) -> Message:
    """Say that a feed fails: why, what was tried, what it brought last, who depends on it.

    Args:
        patient: the feed and what is known of it.
        code: the kind of failure, as fetching calls it.
    """
    state = patient.state
    since = moment(state.failing_since) if state.failing_since else "a while"
    return reply_message(
        [
            f":warning: {_named(patient.feed)} has failed since {since}",
            f"*Reason* {_reason(state)}",
            f"*Tried* {state.failures:,} times so far{_next(state)}",
            _last(patient),
            _depends(patient.rules),
            _advice(state.last_status, code),
        ]
    )


def back_message(
    feed: Feed, *, since: datetime, until: datetime, reason: str, may_lack: bool
) -> Message:
    """Say that a feed is back; it replaces what was said when it failed.

    Args:
        feed: which one.
        since: when it began to fail.
        until: when it answered again.
        reason: why it failed, as text from anywhere.
        may_lack: whether its window rolled over meanwhile.
    """
    return reply_message(
        [
            f":white_check_mark: {_named(feed)} is back after {span(until - since)}",
            f"It failed from {moment(since)} to {moment(until)}: {literal(shorten(reason, 200))}",
            _LACKS if may_lack else "What it published meanwhile was read.",
        ]
    )


_LACKS = (
    "Nothing that it holds now was known before: some of what it published meanwhile may never "
    "have been seen."
)


def quiet_message(patient: Patient, *, silence: timedelta, usual: timedelta) -> Message:
    """Say, in small grey letters, that a feed has been silent for unusually long."""
    return _aside(
        f":zzz: {_named(patient.feed)} is unusually quiet: nothing new for {span(silence)}, "
        f"though it answers. By its own rhythm, {span(usual)} would be long.",
        _last(patient),
        _depends(patient.rules),
    )


def speaks_message(feed: Feed, *, silence: timedelta) -> Message:
    """Say that a quiet feed publishes again."""
    return _aside(f":speech_balloon: {_named(feed)} publishes again after {span(silence)}.")


def gone_message(patient: Patient) -> Message:
    """Say that a publisher ended a feed and that it is no longer polled."""
    number = patient.feed.id
    return reply_message(
        [
            f":octagonal_sign: {_named(patient.feed)} has ended, and I no longer ask for it",
            f"*Reason* {_reason(patient.state)}",
            _last(patient),
            _depends(patient.rules),
            (
                f"Look on the site for another feed: `/watch feed add …`. If this one comes back: "
                f"`/watch feed resume F{number}`. Done with it: `/watch feed remove F{number}`"
            ),
        ]
    )


def resumed_message(feed: Feed) -> Message:
    """Say that a feed that had ended is asked for again."""
    return reply_message([f":arrow_forward: {_named(feed)} had ended; it is asked for again."])


def dropped_message(feed: Feed) -> Message:
    """Say that a feed in trouble is no longer watched."""
    return reply_message([f":wastebasket: {_named(feed)} is no longer watched."])


def move_question(patient: Patient, *, to: str, twin: Feed | None = None) -> Message:
    """Ask the owner whether a feed may live where it says it moved to: another site.

    Args:
        patient: the feed.
        to: the new address, as the redirects gave it.
        twin: the feed that is watched at that address already.
    """
    feed = patient.feed
    head = f":truck: {_named(feed)} says it has moved for good to {code(to)}"
    if twin:
        return reply_message(
            [
                head,
                (
                    f"That is {_named(twin)}, which is watched already. "
                    f"Then one is enough: `/watch feed remove F{feed.id}`"
                ),
            ]
        )
    return reply_message(
        [
            head,
            (
                f"That is another site ({literal(registered_domain(to) or to)}), so I ask: a domain "
                "that was sold or stolen looks the same. Until you say so it stays where it is, and "
                "what the redirect leads to is read."
            ),
            _depends(patient.rules),
            (
                f"If that is right: `/watch feed move F{feed.id}`. "
                f"If not: `/watch feed remove F{feed.id}`"
            ),
        ]
    )


def moved_message(feed: Feed, *, address: str | None) -> Message:
    """Say how the question ended: it moved, or no longer says so."""
    if address is None:
        return reply_message([f":white_check_mark: {_named(feed)} no longer says it has moved."])
    return reply_message([f":white_check_mark: {_named(feed)} is now read at {code(address)}"])


def outage_message(*, since: datetime, down: int, of: int, is_ours: bool) -> Message:
    """Say that many feeds fail at once, in one message instead of one for each.

    Args:
        since: when the first began to fail.
        down: how many fail.
        of: how many are watched.
        is_ours: nearly nothing answers.
    """
    if is_ours:
        return reply_message(
            [
                (
                    f":satellite_antenna: Nothing can be fetched since {moment(since)}: "
                    f"{down:,} of {of:,} feeds fail, and nearly none answers"
                ),
                (
                    "That looks like our own network, not theirs. Until it is back, silence here "
                    "means nothing. What they publish meanwhile is read then, as far as they still "
                    "hold it."
                ),
            ]
        )
    return reply_message(
        [
            (
                f":satellite_antenna: {down:,} of {of:,} feeds began to fail together "
                f"at {moment(since)}"
            ),
            "They may share a network or a provider. Which, and why: `/watch feeds failing`",
        ]
    )


def outage_over_message(*, since: datetime, until: datetime, still: int) -> Message:
    """Say that an outage is over; it replaces what was said when it began.

    Args:
        since: when the first began to fail.
        until: when most answered again.
        still: how many still fail.
    """
    left = f" {still:,} still fail: `/watch feeds failing`" if still else ""
    return reply_message(
        [
            f":white_check_mark: Feeds are back after {span(until - since)}",
            f"From {moment(since)} to {moment(until)} they could not be fetched.{left}",
        ]
    )


def flood_message(feed: Feed, *, entries: int, posted: int, waiting: int) -> Message:
    """Say that a feed brought unusually much at once, and that most of it waits.

    Args:
        feed: which one.
        entries: how many new entries it brought.
        posted: how many of those this channel's rules want were sent on.
        waiting: how many were not.
    """
    total = posted + waiting
    return reply_message(
        [
            (
                f":ocean: {_named(feed)} brought {entries:,} new entries at once. {total:,} of them "
                f"match rules here: {posted:,} are posted, {waiting:,} wait"
            ),
            (
                f"Post them after all: `/watch feed post F{feed.id}`. "
                f"Read them in one: `/digest 24h source:{_quoted(feed)}`"
            ),
        ]
    )


def flood_over_message(feed: Feed, *, posted: int) -> Message:
    """Say that what waited was posted on somebody's word."""
    return reply_message([f":ocean: {_named(feed)}: the {posted:,} that waited are being posted"])


# ── parts ─────────────────────────────────────────────────────────────────────


def _named(feed: Feed) -> str:
    domain = registered_domain(feed.url)
    title = shorten(feed.title or domain or feed.url, _TITLE_COLUMNS)
    where = "" if title == domain else f" ({literal(domain)})"
    return f"*{link(title, feed.url)}*{where} `F{feed.id}`"


def _reason(state: FeedState) -> str:
    reason = literal(shorten(state.last_error or "not known", 300))
    status = state.last_status
    return reason + (f" · HTTP {status}" if status and str(status) not in reason else "")


def _next(state: FeedState) -> str:
    return f", next {moment(state.next_poll_at)}" if state.next_poll_at else ""


def _last(patient: Patient) -> str:
    if patient.last is None:
        return "*Last entry* none ever"
    title = link(shorten(patient.last.title, _TITLE_COLUMNS), patient.last.url)
    return f"*Last entry* {title}" + (f" · {moment(patient.last_at)}" if patient.last_at else "")


def _depends(rules: Sequence[Rule]) -> str:
    if not rules:
        return ""
    names = [literal(rule_label(rule)) for rule in rules[:_MOST_RULES]]
    more = f" and {len(rules) - _MOST_RULES:,} more" if len(rules) > _MOST_RULES else ""
    return f"*Rules here that depend on it* {', '.join(names)}{more}"


def _advice(status: int | None, kind: str) -> str:
    by_status = next((said for known, said in _ADVICE.items() if known == status), None)
    return by_status or _ADVICE_BY_CODE.get(kind) or _THEIR_SIDE


def _aside(*lines: str) -> Message:
    """Return lines as a notice that nobody takes for news."""
    shown = [cut_markup(line, MAX_SECTION) for line in lines if line]
    return Message(text=cut_markup("\n".join(shown), MAX_TEXT), blocks=(context(*shown),))


def _quoted(feed: Feed) -> str:
    name = shorten(feed.title or registered_domain(feed.url), 60).replace('"', "")
    return f'"{literal(name)}"'
