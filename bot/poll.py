"""Poll the feeds that are due: from URL to what is owed to the channels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.absorb import Decision, Seen, absorb
from bot.core.models import FeedState, ParsedFeed
from bot.core.rules import RuleSet
from bot.core.timing import next_poll, next_try
from bot.errors import FeedError, StoreError
from bot.feeds.fetch import Fetched, Fetcher, FetchFailed, FetchRequest, FetchResult, NotModified
from bot.log import get_logger
from bot.rulebook import Rulebook
from bot.store import Store
from bot.store.feeds import KnownFeed

log = get_logger(__name__)

_LEASE = timedelta(minutes=5)  #: longer than any batch may take
_BATCH = 64
_GONE_S = 86_400


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
    clock: Callable[[], datetime]
    readers: int = 2  #: documents read at the same time


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
    work: list[Future[list[Seen] | None]] = []
    with ThreadPoolExecutor(poller.readers, thread_name_prefix="read") as pool:
        for request, result in poller.fetcher.fetch(
            [_request(known) for known in batch], now=poller.clock()
        ):
            work.append(pool.submit(poll_one, poller, by_id[request.tag], result))
    for done in work:
        seen = done.result()
        report.polled += 1
        report.failed += seen is None
        report.unchanged += seen == []
        report.add(seen or [])


def _request(known: KnownFeed) -> FetchRequest:
    state = known.state
    return FetchRequest(
        url=known.feed.url,
        etag=state.etag,
        last_modified=state.last_modified,
        tag=known.feed.id,
    )


def poll_one(poller: Poller, known: KnownFeed, result: FetchResult) -> list[Seen] | None:
    """Carry one fetched document to the end; None if the feed failed, [] if nothing changed."""
    now = poller.clock()
    if isinstance(result, NotModified):
        _rest(poller.store, known, _validated(known.state, result), now)
        return []
    if isinstance(result, FetchFailed):
        _fail(poller.store, known, result, now)
        return None
    rules = poller.book.current(now)  # now, not before the fetch: a rule may be a minute old
    try:
        return _absorb_body(poller, rules, known, result, now)
    except FeedError as error:
        failed = FetchFailed(reason=str(error), code="unreadable")
    except StoreError:
        raise
    except Exception as error:
        log.exception("can't read a feed", feed=known.feed.url)
        failed = FetchFailed(
            reason=f"we could not read it ({type(error).__name__})", code="internal"
        )
    _fail(poller.store, known, failed, now)
    return None


def _absorb_body(
    poller: Poller, rules: RuleSet, known: KnownFeed, result: Fetched, now: datetime
) -> list[Seen]:
    state = _validated(known.state, result)
    body_hash = hashlib.sha256(result.body).hexdigest()
    if body_hash == state.body_hash:
        _rest(poller.store, known, state, now)
        return []
    parsed = poller.read(result.body, url=result.url, content_type=result.content_type)
    with poller.store.transaction():
        seen = absorb(poller.store, rules, known, parsed, now=now)
        news = any(one.decision in {"new", "baseline"} for one in seen)
        state = replace(
            state,
            body_hash=body_hash,
            floor_s=max(state.floor_s, parsed.ttl_s),
            baseline_at=state.baseline_at or now,
            last_entry_at=now if news else state.last_entry_at,
        )
        _rest(poller.store, known, state, now, title=parsed.title)
    return seen


def _validated(state: FeedState, result: Fetched | NotModified) -> FeedState:
    """Take the validators of a good answer; a 304 may leave out those that did not change."""
    if isinstance(result, Fetched):
        return replace(
            state,
            etag=result.etag,
            last_modified=result.last_modified,
            floor_s=result.floor_s,
            last_status=result.status,
        )
    return replace(
        state,
        etag=result.etag or state.etag,
        last_modified=result.last_modified or state.last_modified,
        floor_s=max(result.floor_s, 0),
        last_status=304,
    )


def _rest(
    store: Store, known: KnownFeed, state: FeedState, now: datetime, *, title: str = ""
) -> None:
    """Record a good poll and when to come back."""
    feed = known.feed
    due = next_poll(now, every_s=feed.every_s, floor_s=state.floor_s, seed=feed.url)
    state = replace(state, next_poll_at=due, failures=0, last_error=None, last_ok_at=now)
    store.feeds.learn(feed.id, state, title=title)


def _fail(store: Store, known: KnownFeed, result: FetchFailed, now: datetime) -> None:
    """Record a bad poll; what was learned before stays, so that nothing is skipped."""
    feed, state = known.feed, known.state
    due = next_try(
        now,
        failures=state.failures + 1,
        every_s=feed.every_s,
        retry_after_s=_GONE_S if result.gone else result.retry_after_s,
        seed=feed.url,
    )
    store.feeds.learn(
        feed.id,
        replace(
            state,
            next_poll_at=due,
            failures=state.failures + 1,
            last_status=result.status,
            last_error=result.reason,
        ),
    )
    log.warning("feed failed", feed=feed.url, reason=result.reason, failures=state.failures + 1)
