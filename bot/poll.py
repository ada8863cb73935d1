"""Poll the feeds that are due: from URL to what is owed to the channels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot import catchup, health
from bot.absorb import Decision, Seen, absorb
from bot.core.models import FeedState, ParsedFeed
from bot.core.timing import next_poll, next_try
from bot.errors import FeedError, StoreError
from bot.feeds.fetch import Fetched, Fetcher, FetchFailed, FetchRequest, FetchResult, NotModified
from bot.health import Ward
from bot.log import get_logger
from bot.rulebook import Rulebook
from bot.spikes import Lookout
from bot.store import Store
from bot.store.feeds import KnownFeed
from bot.storyline import Storyline

log = get_logger(__name__)

_LEASE = timedelta(minutes=5)  #: renewed while a batch is worked on
_RENEW_AFTER = timedelta(minutes=1)
_BATCH = 64
_NOT_MODIFIED = 304
_MIN_WINDOW = 3  #: a document of fewer entries rolls over by itself
_OUTAGE_STEPS = 3  #: of backing off while nothing can be fetched: a quarter of an hour


class Reader(Protocol):
    """Whatever turns a document into entries: the parser process, or the parser itself."""

    def __call__(self, body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
        """Read a document; FeedError if it is none."""
        ...


@dataclass(slots=True)
class PollReport:
    """What a round of polling did."""

    polled: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: dict[Decision, int] = field(
        default_factory=lambda: {"new": 0, "update": 0, "duplicate": 0, "baseline": 0}
    )
    alerts: int = 0

    def add(self, seen: Iterable[Seen]) -> None:
        """Count the entries of one document."""
        for one in seen:
            self.entries[one.decision] += 1
            self.alerts += len(one.posts)


@dataclass(frozen=True, slots=True)
class Poller:
    """What polling needs: where to remember, how to fetch and read, what to match, the time."""

    store: Store
    fetcher: Fetcher
    read: Reader
    book: Rulebook
    stories: Storyline
    clock: Callable[[], datetime]
    readers: int = 2  #: documents read at the same time
    admins: tuple[str, ...] = ()  #: who is asked about feeds nobody added in person
    spikes: Lookout | None = None  #: who tells what is far more than usual; None: nobody

    def ward(self, now: datetime) -> Ward:
        """Return what looking after feeds needs."""
        return Ward(self.store, self.book, now, self.admins)


def poll_due(poller: Poller, *, stopped: Callable[[], bool] = lambda: False) -> PollReport:
    """Poll every feed that is due, a batch at a time until `stopped`; return what happened.

    ::

        claim due feeds | fetch | unchanged? done | read | record, match, owe: one commit

    Reading and recording run beside the fetching, so that one slow host delays no other feed.

    Raises:
        StoreError: the database refused; the feeds it concerned are polled again.
    """
    report = PollReport()
    while not stopped() and (batch := _claim(poller)):
        _poll_batch(poller, batch, report)
        if len(batch) < _BATCH:
            break
    return report


def _claim(poller: Poller) -> list[KnownFeed]:
    now = poller.clock()
    return poller.store.feeds.claim_due(now, lease_until=now + _LEASE, limit=_BATCH)


def _poll_batch(poller: Poller, batch: list[KnownFeed], report: PollReport) -> None:
    by_id = {known.feed.id: known for known in batch}
    lease = _Lease(poller, list(by_id))
    work: list[Future[list[Seen] | None]] = []
    with ThreadPoolExecutor(poller.readers, thread_name_prefix="read") as pool:
        for request, result in poller.fetcher.fetch(
            [_request(known) for known in batch], now=poller.clock()
        ):
            lease.renew()
            work.append(pool.submit(poll_one, poller, by_id[request.tag], result))
        for done in work:
            seen = done.result()
            lease.renew()
            report.polled += 1
            report.failed += seen is None
            report.unchanged += seen == []
            report.add(seen or [])


class _Lease:
    """The claim on a batch, renewed while it is worked on: one slow host must not end it."""

    def __init__(self, poller: Poller, feed_ids: list[int]) -> None:
        self._poller = poller
        self._feed_ids = feed_ids
        self._renewed_at = poller.clock()

    def renew(self) -> None:
        now = self._poller.clock()
        if now - self._renewed_at >= _RENEW_AFTER:
            self._poller.store.feeds.renew(self._feed_ids, lease_until=now + _LEASE)
            self._renewed_at = now


def _request(known: KnownFeed) -> FetchRequest:
    state = known.state
    return FetchRequest(
        url=known.address,
        etag=state.etag,
        last_modified=state.last_modified,
        tag=known.feed.id,
    )


def poll_one(poller: Poller, known: KnownFeed, result: FetchResult) -> list[Seen] | None:
    """Carry one fetched document to the end; None if the feed failed, [] if nothing changed."""
    now = poller.clock()
    if isinstance(result, FetchFailed):
        _fail(poller, known, result, now)
        return None
    try:
        return _answer(poller, known, result, now)
    except FeedError as error:
        failed = FetchFailed(reason=str(error), code="unreadable", status=_status(result))
    except StoreError:
        raise
    except Exception as error:
        log.exception("can't read a feed", feed=known.feed.url)
        failed = FetchFailed(
            reason=f"we could not read it ({type(error).__name__})", code="internal"
        )
    _fail(poller, known, failed, now)
    return None


def _status(result: Fetched | NotModified) -> int:
    return result.status if isinstance(result, Fetched) else _NOT_MODIFIED


def _answer(
    poller: Poller, known: KnownFeed, result: Fetched | NotModified, now: datetime
) -> list[Seen]:
    """Read a good answer, unless it is the document we have, and record all that follows.

    ::

        read | in one transaction: outage over? | record, match, owe | more than usual? | moved? |
    gap? back? quiet?
    """
    parsed = _read(poller, known, result)
    rules = poller.book.current(now)  # now, not before the fetch: a rule may be a minute old
    with poller.stories.in_step(), poller.store.transaction():
        # taken in turn: a digest that was made meanwhile tells of nothing that is recorded now
        now = poller.clock()
        known = _as_it_stands(poller, known)
        ward = poller.ward(now)
        health.answered(ward, known)
        state = _learned(known.state, result, parsed)
        seen = absorb(poller.store, poller.stories, rules, known, parsed, now=now) if parsed else []
        if poller.spikes and seen:
            is_late = catchup.outage_behind(poller.store, known, now) is not None
            poller.spikes.note(seen, rules.rules, now, is_late=is_late)
        state = health.moving(ward, replace(known, state=state), result.moved_to)
        _rest(ward, known, state, seen, parsed)
    return seen


def _rest(
    ward: Ward,
    known: KnownFeed,
    state: FeedState,
    seen: list[Seen],
    parsed: ParsedFeed | None,
) -> None:
    """Record a good poll, what it says about the feed's health, and when to come back."""
    feed, now = known.feed, ward.now
    brought = any(not one.is_known_here for one in seen)
    rolled_over = _rolled_over(known, seen)
    if rolled_over and known.state.last_ok_at:
        ward.store.feeds.skipped(feed.id, since=known.state.last_ok_at, until=now)
        catchup.name_gap(ward.store, known, now)
    state = replace(
        state,
        next_poll_at=next_poll(
            now,
            every_s=feed.every_s,
            floor_s=max(state.floor_s, state.ttl_s),
            seed=feed.url,
            skip_hours=state.skip_hours,
        ),
        failures=0,
        failing_since=None,
        last_error=None,
        last_ok_at=now,
        last_entry_at=now if brought else state.last_entry_at,
        baseline_at=state.baseline_at or (now if parsed else None),
    )
    ward.store.feeds.learn(feed.id, state, title=parsed.title if parsed else "")
    health.recovered(ward, known, may_lack=rolled_over)
    health.listened(ward, known, brought=brought)


def _rolled_over(known: KnownFeed, seen: list[Seen]) -> bool:
    """Say whether a document holds nothing known: what left its window may never have been seen."""
    had_entries = known.state.baseline_at is not None and known.state.last_entry_at is not None
    return had_entries and len(seen) >= _MIN_WINDOW and not any(one.is_known_here for one in seen)


def _read(poller: Poller, known: KnownFeed, result: Fetched | NotModified) -> ParsedFeed | None:
    """Read a document; None if it is the one we have."""
    if isinstance(result, NotModified) or _hash(result) == known.state.body_hash:
        return None
    return poller.read(result.body, url=result.url, content_type=result.content_type)


def _hash(result: Fetched) -> str:
    return hashlib.sha256(result.body).hexdigest()


def _as_it_stands(poller: Poller, known: KnownFeed) -> KnownFeed:
    """Return the feed as it is recorded now: a person may have moved it during the fetch."""
    return poller.store.feeds.get(known.feed.id) or known


def _learned(
    state: FeedState, result: Fetched | NotModified, parsed: ParsedFeed | None
) -> FeedState:
    """Take what a good answer teaches; a 304 may leave out validators that did not change."""
    if isinstance(result, NotModified):
        return replace(
            state,
            etag=result.etag or state.etag,
            last_modified=result.last_modified or state.last_modified,
            floor_s=result.floor_s,
            last_status=_NOT_MODIFIED,
        )
    # half a document must not hide the rest behind its validators, however often it comes
    is_whole = parsed is None or not parsed.breaks_off
    return replace(
        state,
        etag=result.etag if is_whole else state.etag,
        last_modified=result.last_modified if is_whole else state.last_modified,
        body_hash=_hash(result) if is_whole else state.body_hash,
        floor_s=result.floor_s,
        ttl_s=parsed.ttl_s if parsed else state.ttl_s,
        skip_hours=parsed.skip_hours if parsed else state.skip_hours,
        last_status=result.status,
    )


def _fail(poller: Poller, known: KnownFeed, result: FetchFailed, now: datetime) -> None:
    """Record a bad poll; what was learned before stays, so that nothing is skipped."""
    with poller.store.transaction():
        known = _as_it_stands(poller, known)
        feed, ward = known.feed, poller.ward(now)
        failures = known.state.failures + 1
        # an outage of ours is no host's fault, and should soon be noticed to be over
        is_ours = poller.store.troubles.standing(None, "outage") is not None
        state = replace(
            known.state,
            next_poll_at=next_try(
                now,
                failures=min(failures, _OUTAGE_STEPS) if is_ours else failures,
                every_s=feed.every_s,
                retry_after_s=result.retry_after_s,
                seed=feed.url,
            ),
            failures=failures,
            failing_since=known.state.failing_since or now,
            last_status=result.status,
            last_error=result.reason,
            stopped_at=now if result.gone else None,
        )
        poller.store.feeds.learn(feed.id, state)
        tell = health.ended if result.gone else partial(health.failed, code=result.code)
        tell(ward, replace(known, state=state))
    log.warning("feed failed", feed=feed.url, reason=result.reason, failures=failures)
