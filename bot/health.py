"""Tell those who care how their feeds are: one message for each trouble, edited when it is over.

A channel cares about a feed if a live rule there fired on one of its entries within the last 30
days, or asks for it by name (`source:`, `tag:`, `url:`). What no channel cares about is told to
the person who added the feed, if it was a person; else `/watch feeds` shows it.

Everything here runs inside the transaction that records the poll it follows from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from bot.core.health import (
    HISTORY,
    MIN_QUIET,
    TOGETHER,
    Pulse,
    has_moved,
    naming,
    outage,
    quiet_after,
    told_to_move,
)
from bot.core.models import Feed, FeedState, Message, Rule
from bot.core.render.health import (
    Patient,
    back_message,
    dropped_message,
    failing_message,
    gone_message,
    move_question,
    moved_message,
    outage_message,
    outage_over_message,
    quiet_message,
    resumed_message,
    speaks_message,
)
from bot.core.sameness import site
from bot.log import get_logger
from bot.rulebook import Rulebook
from bot.store import Store
from bot.store.feeds import KnownFeed
from bot.store.troubles import Trouble, TroubleKind

log = get_logger(__name__)

MIN_FAILURES = 3
MIN_FAILING = timedelta(hours=1)
CARED_FOR = timedelta(days=30)  #: a rule that fired on a feed within this depends on it
SAME_TROUBLE = timedelta(hours=24)  #: one that comes back within this edits its old message
_PERSON = ("U", "W")  #: how the ids of Slack's users begin
_TINY_OUTAGE = 2  #: so many feeds that still fail are no outage any more


@dataclass(frozen=True)
class Ward:
    """What looking after feeds needs, at one moment."""

    store: Store
    book: Rulebook
    now: datetime
    admins: tuple[str, ...] = ()  #: Slack user ids

    @cached_property
    def rules(self) -> Mapping[int, Rule]:
        """The rules that are live."""
        return self.book.current(self.now).rules

    def depending(self, feed: Feed) -> dict[str, list[Rule]]:
        """Return the rules that depend on a feed, by channel."""
        since = self.now - CARED_FOR
        ids = self.store.entries.fired_by_feed(feed.id, since=since)
        ids |= naming(self.rules.values(), feed)
        rules = [rule for rule in self.rules.values() if rule.id in ids]
        rules.sort(key=lambda rule: (rule.channel, rule.id))
        return {
            channel: list(some) for channel, some in groupby(rules, key=lambda rule: rule.channel)
        }

    def owners(self, feed: Feed) -> tuple[str, ...]:
        """Return whom to ask about a feed: who added it, else the admins."""
        return _adder(feed) or self.admins


def _adder(feed: Feed) -> tuple[str, ...]:
    is_person = feed.origin.startswith(_PERSON) and feed.origin.isalnum() and feed.origin.isupper()
    return (feed.origin,) if is_person else ()


# ── failing, and back ─────────────────────────────────────────────────────────


def failed(ward: Ward, known: KnownFeed, *, code: str) -> None:
    """Tell of a feed that keeps failing, once; of an outage instead, when it fails with many.

    Args:
        ward: where and when.
        known: the feed with its state after this failure.
        code: the kind of failure, as fetching calls it.
    """
    state = known.state
    if state.failures < MIN_FAILURES or state.failing_since is None:
        return
    if ward.now - state.failing_since < MIN_FAILING or _is_told(ward, known):
        return
    if not _is_outage(ward, state.failing_since):
        _tell_each(
            ward,
            known.feed,
            "failing",
            since=state.failing_since,
            message=lambda rules: failing_message(_patient(ward, known, rules), code=code),
            otherwise=_adder(known.feed),
        )


def _is_told(ward: Ward, known: KnownFeed) -> bool:
    troubles, since = ward.store.troubles, known.state.failing_since
    if troubles.standing(known.feed.id, "failing") or troubles.standing(None, "outage"):
        return True
    wave = troubles.standing(None, "wave")
    return bool(wave and since and wave.since <= since <= wave.since + TOGETHER)


def _is_outage(ward: Ward, start: datetime) -> bool:
    """Say whether a feed failing since `start` is one of many, and tell that if so."""
    feeds = [known for known in ward.store.feeds.all() if _is_asked(known)]
    found = outage(
        (
            Pulse(known.feed.id, known.address, known.state.failing_since, known.state.last_ok_at)
            for known in feeds
        ),
        start,
    )
    if found is None:
        return False
    message = outage_message(
        since=found.since, down=len(found.feed_ids), of=len(feeds), is_ours=found.is_ours
    )
    cared = [known.feed for known in feeds if known.feed.id in found.feed_ids]
    channels = (
        {rule.channel for rule in ward.rules.values()}
        if found.is_ours
        else {channel for feed in cared for channel in ward.depending(feed)}
    )
    kind: TroubleKind = "outage" if found.is_ours else "wave"
    trouble = _begin(ward, None, kind, since=found.since, channels={*channels, *ward.admins})
    for channel in trouble.channels:
        _tell(ward, trouble, channel, message)
    return True


def _is_asked(known: KnownFeed) -> bool:
    return known.feed.enabled and known.state.stopped_at is None


def answered(ward: Ward, known: KnownFeed) -> None:
    """Note, before anything else, that a feed answered; an outage of ours may be over by that.

    Args:
        ward: where and when.
        known: the feed with its state before this answer.
    """
    state = known.state
    trouble = ward.store.troubles.standing(None, "outage") if state.failing_since else None
    if trouble is None:
        return
    # recorded first, so that what the feeds bring now comes as one message for each channel
    ward.store.outages.add(began_at=trouble.since, ended_at=ward.now, is_restore=False)
    ward.store.feeds.hurry(since=trouble.since - TOGETHER, now=ward.now)
    message = outage_over_message(since=trouble.since, until=ward.now, still=0)
    _end(ward, trouble, message)


def recovered(ward: Ward, known: KnownFeed, *, may_lack: bool) -> None:
    """Let the message about a feed that failed say that it is back.

    Args:
        ward: where and when.
        known: the feed with its state before it answered.
        may_lack: whether its window rolled over meanwhile.
    """
    since = known.state.failing_since
    if since is None:
        return
    feed, troubles = known.feed, ward.store.troubles
    if trouble := troubles.standing(feed.id, "failing"):
        message = back_message(
            feed,
            since=since,
            until=ward.now,
            reason=known.state.last_error or "not known",
            may_lack=may_lack,
        )
        _end(ward, trouble, message)
    if wave := troubles.standing(None, "wave"):
        left = ward.store.feeds.count_failing(wave.since, wave.since + TOGETHER)
        if left <= _TINY_OUTAGE:
            over = outage_over_message(since=wave.since, until=ward.now, still=left)
            _end(ward, wave, over)


# ── quiet, and speaking ───────────────────────────────────────────────────────


def listened(ward: Ward, known: KnownFeed, *, brought: bool) -> None:
    """Tell of a feed that answers but is unusually quiet; and when it speaks again.

    Args:
        ward: where and when.
        known: the feed with its state before this answer.
        brought: whether this answer held an entry that it had not held before.
    """
    last = known.state.last_entry_at
    if last is None or ward.now - last < MIN_QUIET:
        return
    trouble = ward.store.troubles.standing(known.feed.id, "quiet")
    silence = ward.now - last
    if brought and trouble:
        message = speaks_message(known.feed, silence=silence)
        _end(ward, trouble, message)
    elif not brought and not trouble:
        usual = quiet_after(ward.store.entries.arrivals(known.feed.id, since=last - HISTORY))
        if usual and silence > usual:
            _tell_each(
                ward,
                known.feed,
                "quiet",
                since=last,
                message=lambda rules: quiet_message(
                    _patient(ward, known, rules), silence=silence, usual=usual
                ),
            )


# ── ended ─────────────────────────────────────────────────────────────────────


def ended(ward: Ward, known: KnownFeed) -> None:
    """Tell that a publisher ended a feed (410), and that it is polled no longer."""
    _tell_each(
        ward,
        known.feed,
        "gone",
        since=ward.now,
        message=lambda rules: gone_message(_patient(ward, known, rules)),
        besides=ward.owners(known.feed),
    )


def returned(ward: Ward, feed: Feed) -> None:
    """Let the message about an ended feed say that it is asked for again."""
    if trouble := ward.store.troubles.standing(feed.id, "gone"):
        _end(ward, trouble, resumed_message(feed))


def dropped(ward: Ward, feed: Feed) -> None:
    """Let every message about a feed say that it is no longer watched."""
    for trouble in ward.store.troubles.all_standing():
        if trouble.feed_id == feed.id and trouble.kind != "flood":  # what waits can still be posted
            _end(ward, trouble, dropped_message(feed))


# ── moved ─────────────────────────────────────────────────────────────────────


def moving(ward: Ward, known: KnownFeed, moved_to: str | None) -> FeedState:
    """Follow a feed that moved on its own site; ask its owner when it went to another.

    Args:
        ward: where and when.
        known: the feed with its state after this answer.
        moved_to: where its permanent redirects led; None if there were none.

    Returns:
        The state to record.
    """
    state = told_to_move(known.state, moved_to, ward.now.date())
    if state.moved_to is None:
        if known.state.moved_to:
            settle_move(ward, known.feed, None)
        return state
    if not has_moved(state):
        return state
    twin = _at(ward, state.moved_to, known.feed)
    if twin is None and site(state.moved_to) == site(known.address):
        log.info("feed moved", feed=known.feed.url, to=state.moved_to)
        moved_to = None if state.moved_to == known.feed.url else state.moved_to
        return replace(state, address=moved_to, moved_to=None, moved_days=())
    _ask(ward, replace(known, state=state), twin)
    return state


def _at(ward: Ward, address: str, but: Feed) -> Feed | None:
    feeds = (known for known in ward.store.feeds.all() if known.feed.id != but.id)
    return next((known.feed for known in feeds if known.address == address), None)


def _ask(ward: Ward, known: KnownFeed, twin: Feed | None) -> None:
    to = known.state.moved_to
    assert to is not None
    owners = ward.owners(known.feed)
    depending = {} if owners else ward.depending(known.feed)
    trouble = ward.store.troubles.standing(known.feed.id, "moved") or _begin(
        ward, known.feed.id, "moved", since=ward.now, channels={*owners, *depending}
    )
    for channel in trouble.channels:
        patient = _patient(ward, known, depending.get(channel, ()))
        _tell(ward, trouble, channel, move_question(patient, to=to, twin=twin))


def settle_move(ward: Ward, feed: Feed, address: str | None) -> None:
    """Let the question say how it ended: where the feed is read now, or None if it stays."""
    if trouble := ward.store.troubles.standing(feed.id, "moved"):
        _end(ward, trouble, moved_message(feed, address=address))


# ── telling ───────────────────────────────────────────────────────────────────


def _patient(ward: Ward, known: KnownFeed, rules: Sequence[Rule]) -> Patient:
    last = ward.store.entries.newest(known.feed.id)
    return Patient(
        feed=known.feed,
        state=known.state,
        last=last.entry if last else None,
        last_at=last.first_seen_at if last else None,
        rules=rules,
    )


def _tell_each(
    ward: Ward,
    feed: Feed,
    kind: TroubleKind,
    *,
    since: datetime,
    message: Callable[[Sequence[Rule]], Message],
    besides: Iterable[str] = (),
    otherwise: Iterable[str] = (),
) -> None:
    """Tell every channel that cares, with the rules it has there.

    Args:
        ward: where and when.
        feed: what it is about.
        kind: what is wrong.
        since: since when.
        message: makes it for the rules of one channel.
        besides: who else is told.
        otherwise: who is told when no channel cares.
    """
    depending = ward.depending(feed)
    channels = {*depending, *besides} or {*otherwise}
    trouble = _begin(ward, feed.id, kind, since=since, channels=channels)
    for channel in channels:
        _tell(ward, trouble, channel, message(depending.get(channel, ())))


def _begin(
    ward: Ward, feed_id: int | None, kind: TroubleKind, *, since: datetime, channels: Iterable[str]
) -> Trouble:
    troubles = ward.store.troubles
    last = troubles.latest(feed_id, kind)
    log.warning("feed trouble", feed=feed_id, kind=kind, since=since.isoformat())
    if last and last.ended_at and ward.now - last.ended_at < SAME_TROUBLE:
        return troubles.again(last, channels)
    return troubles.begin(feed_id, kind, since=since, channels=channels, now=ward.now)


def _tell(ward: Ward, trouble: Trouble, channel: str, message: Message) -> None:
    ward.store.deliveries.tell(channel, trouble.subject, message, now=ward.now)


def _end(ward: Ward, trouble: Trouble, message: Message) -> None:
    for channel in trouble.channels:
        _tell(ward, trouble, channel, message)
    ward.store.troubles.end(trouble, now=ward.now)
