"""Poll the feeds that are due: from URL to what is owed to the channels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.core.models import Entry, Feed, FeedState, Level, Match, ParsedFeed
from bot.core.rules import RuleSet
from bot.core.sameness import Known, Marks, change, marks, same_again, site
from bot.core.stories import story_uid
from bot.core.timing import next_poll, next_try
from bot.errors import FeedError, StoreError
from bot.feeds.fetch import Fetched, Fetcher, FetchFailed, FetchRequest, FetchResult, NotModified
from bot.log import get_logger
from bot.rulebook import Rulebook
from bot.store import Store
from bot.store.feeds import KnownFeed

log = get_logger(__name__)

Decision = Literal["new", "update", "duplicate", "baseline"]

_LEASE = timedelta(minutes=5)  #: longer than any batch may take
_BATCH = 64
_GONE_S = 86_400
_PRIORITY = {Level.INFO: 0, Level.URGENT: 1, Level.FLASH: 2}


class Reader(Protocol):
    """Whatever turns a document into entries: the parser process, or the parser itself."""

    def __call__(self, body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
        """Read a document; FeedError if it is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one entry of a document."""

    entry: Entry
    decision: Decision
    reason: str
    story_id: int
    matches: tuple[Match, ...] = ()
    posts: tuple[str, ...] = ()  #: the channels that were newly owed this story


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


def poll_due(poller: Poller) -> PollReport:
    """Poll every feed that is due, a batch at a time, and return what happened.

    ::

        claim due feeds | fetch | unchanged? done | read | record, match, owe: one commit

    Reading and recording run beside the fetching, so that one slow host delays no other feed.

    Raises:
        StoreError: the database refused; the feeds it concerned are polled again.
    """
    report = PollReport()
    while batch := _claim(poller):
        _poll_batch(poller, batch, report)
        if len(batch) < _BATCH:
            break
    return report


def _claim(poller: Poller) -> list[KnownFeed]:
    now = poller.clock()
    return poller.store.feeds.claim_due(now, lease_until=now + _LEASE, limit=_BATCH)


def _poll_batch(poller: Poller, batch: list[KnownFeed], report: PollReport) -> None:
    by_id = {known.feed.id: known for known in batch}
    rules = poller.book.current(poller.clock())
    work: list[Future[list[Seen] | None]] = []
    with ThreadPoolExecutor(poller.readers, thread_name_prefix="read") as pool:
        for request, result in poller.fetcher.fetch(
            [_request(known) for known in batch], now=poller.clock()
        ):
            work.append(pool.submit(poll_one, poller, rules, by_id[request.tag], result))
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


def poll_one(
    poller: Poller, rules: RuleSet, known: KnownFeed, result: FetchResult
) -> list[Seen] | None:
    """Carry one fetched document to the end; None if the feed failed, [] if nothing changed."""
    now = poller.clock()
    try:
        match result:
            case NotModified():
                _rest(poller.store, known, _validated(known.state, result), now)
                return []
            case Fetched():
                return _absorb_body(poller, rules, known, result, now)
            case FetchFailed():
                _fail(poller.store, known, result, now)
                return None
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


# ── from entries to what is owed ──────────────────────────────────────────────


def absorb(
    store: Store, rules: RuleSet, known: KnownFeed, parsed: ParsedFeed, *, now: datetime
) -> list[Seen]:
    """Record a document's entries and owe what follows from them, all in one transaction.

    ::

        known by key? unchanged → duplicate, changed → update
        known by link or title? the same entry again
        else new (baseline on a feed's first poll) | match | owe to the channels of the rules

    The caller holds the transaction and records the feed's validators in it: were they saved
    first, a crash would hide the entries behind a 304.

    Returns:
        One `Seen` per entry, oldest first.
    """
    desk = _Desk(store, rules, known, now)
    entries = sorted(
        (_in_context(entry, known.feed, parsed) for entry in parsed.entries),
        key=lambda entry: entry.published or now,
    )
    own = {entry.key: marks(entry, now=now) for entry in entries}
    recorded = store.entries.known(known.feed.id, own)
    fresh = [own[entry.key] for entry in entries if entry.key not in recorded]
    alike = store.entries.alike(
        {mark.link for mark in fresh if mark.link}, {mark.title for mark in fresh if mark.title}
    )
    seen = []
    for entry in entries:
        mark = own[entry.key]
        if entry.key in recorded:
            seen.append(desk.again(entry, mark, recorded[entry.key]))
        elif twin := same_again(entry, mark, known.feed.id, alike, own):
            seen.append(desk.twin(entry, mark, twin))
        else:
            one = desk.first(entry, mark)
            alike.append(_as_known(one, mark, known.feed.id))
            seen.append(one)
    return seen


def _in_context(entry: Entry, feed: Feed, parsed: ParsedFeed) -> Entry:
    """Fill in what an entry inherits from its feed."""
    return replace(
        entry,
        outlet=feed.title or parsed.title or site(feed.url),
        lang=entry.lang or feed.lang or parsed.language,
        tags=tuple(dict.fromkeys((*entry.tags, *feed.tags))),
    )


def _as_known(seen: Seen, mark: Marks, feed_id: int) -> Known:
    entry = seen.entry
    return Known(
        id=entry.id,
        feed_id=feed_id,
        key=entry.key,
        marks=mark,
        url=entry.url,
        title=entry.title,
        summary=entry.summary,
        published=entry.published,
        is_baseline=seen.decision == "baseline",
        same_as=None,
        story_id=seen.story_id,
    )


class _Desk:
    """Decides and records one entry at a time for one document."""

    def __init__(self, store: Store, rules: RuleSet, known: KnownFeed, now: datetime) -> None:
        self.store = store
        self.rules = rules
        self.feed = known.feed
        self.is_first_poll = known.state.baseline_at is None
        self.now = now

    def first(self, entry: Entry, mark: Marks) -> Seen:
        """Record an entry nobody has seen, start its story, owe it to whoever wants it."""
        entry = self._dated(entry, None)
        quiet = self._is_baseline(entry)
        decision: Decision = "baseline" if quiet else "new"
        reason = "on the feed's first poll" if quiet else "first report"
        story = self.store.entries.start_story(
            story_uid(self.feed.url, entry.key), entry.title, now=self.now
        )
        entry = self._add(entry, mark, decision=decision, reason=reason, story_id=story)
        return self._matched(entry, decision, reason, story, quiet=quiet, already=set())

    def again(self, entry: Entry, mark: Marks, known: Known) -> Seen:
        """Meet an entry under the key it is recorded by."""
        entry = replace(self._dated(entry, known), id=known.id)
        differs = change(entry, mark, known)
        if not differs.words:
            return self._seen(entry, "duplicate", "already recorded", known.story_id)
        self.store.entries.change(known.id, entry, mark, now=self.now)
        if not differs.text:
            return self._seen(entry, "update", differs.words, known.story_id)
        already = self.store.entries.fired(known.story_id, with_quiet=True)
        return self._matched(
            entry, "update", differs.words, known.story_id, quiet=False, already=already
        )

    def twin(self, entry: Entry, mark: Marks, known: Known) -> Seen:
        """Meet an entry again under another key: a changed guid, or another feed."""
        entry = self._dated(entry, known)
        where = "another feed" if known.feed_id != self.feed.id else "a changed id"
        reason = f"same as entry {known.same_as or known.id}, under {where}"
        quiet = self._is_baseline(entry)
        differs = change(entry, mark, known)
        unheard = known.is_baseline and known.feed_id != self.feed.id and not quiet
        decision: Decision = "new" if unheard else "update" if differs.words else "duplicate"
        reason = f"{differs.words}; {reason}" if differs.words else reason
        entry = self._add(
            entry,
            mark,
            decision=decision,
            reason=reason,
            story_id=known.story_id,
            same_as=known.same_as or known.id,
        )
        if not differs.text and not unheard:
            return self._seen(entry, decision, reason, known.story_id)
        already = self.store.entries.fired(known.story_id, with_quiet=not unheard)
        return self._matched(entry, decision, reason, known.story_id, quiet=quiet, already=already)

    def _dated(self, entry: Entry, known: Known | None) -> Entry:
        """Clamp a date in the future to the moment it was first met."""
        if entry.published is None or entry.published <= self.now:
            return entry
        return replace(entry, published=(known and known.published) or self.now)

    def _is_baseline(self, entry: Entry) -> bool:
        if not self.is_first_poll:
            return False
        since = self.now - timedelta(seconds=self.feed.backfill_s)
        return not self.feed.backfill_s or entry.published is None or entry.published < since

    def _add(
        self,
        entry: Entry,
        mark: Marks,
        *,
        decision: Decision,
        reason: str,
        story_id: int,
        same_as: int | None = None,
    ) -> Entry:
        entry_id = self.store.entries.add(
            entry,
            mark,
            feed_id=self.feed.id,
            decision=decision,
            reason=reason,
            same_as=same_as,
            story_id=story_id,
            now=self.now,
        )
        return replace(entry, id=entry_id)

    def _seen(self, entry: Entry, decision: Decision, reason: str, story_id: int) -> Seen:
        return Seen(entry=entry, decision=decision, reason=reason, story_id=story_id)

    def _matched(
        self,
        entry: Entry,
        decision: Decision,
        reason: str,
        story_id: int,
        *,
        quiet: bool,
        already: set[int],
    ) -> Seen:
        """Match, record why, and owe the story to the channels that have not had it."""
        matches = self.rules.match(entry)
        fresh = tuple(match for match in matches if match.rule_id not in already)
        self.store.entries.add_matches(entry.id, fresh, quiet=quiet, now=self.now)
        posts = () if quiet else self._owe(story_id, fresh)
        if decision == "update" and posts:
            reason = f"{reason}; now matches"
        return Seen(
            entry=entry,
            decision=decision,
            reason=reason,
            story_id=story_id,
            matches=matches,
            posts=posts,
        )

    def _owe(self, story_id: int, matches: tuple[Match, ...]) -> tuple[str, ...]:
        loudest: dict[str, int] = {}
        for match in matches:
            rule = self.rules.rules[match.rule_id]
            priority = _PRIORITY[rule.level]
            loudest[rule.channel] = max(priority, loudest.get(rule.channel, 0))
        if not loudest:
            return ()
        uid = self.store.entries.story_uid(story_id)
        return tuple(
            channel
            for channel, priority in loudest.items()
            if self.store.deliveries.queue(channel, story_id, uid, priority=priority, now=self.now)
        )
