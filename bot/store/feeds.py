"""Feeds and what polling has taught about them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.models import Feed, FeedState
from bot.store.changes import FEED, Changes
from bot.store.database import Database, Row
from bot.store.times import from_us, maybe_from, maybe_us, to_us

_ADD = """
insert into feeds (url, title, tags, lang, every_s, enabled, backfill_s, origin, created_at)
values (:url, :title, :tags, :lang, :every_s, :enabled, :backfill_s, :origin, :at)
on conflict (url) do update set
    title = case when excluded.title = '' then feeds.title else excluded.title end,
    tags = excluded.tags, lang = excluded.lang,
    every_s = excluded.every_s, enabled = excluded.enabled, backfill_s = excluded.backfill_s,
    origin = excluded.origin, removed_at = null,
    -- after a long absence what it holds is no news: a new baseline, for which it must be read
    baseline_at = iif(feeds.removed_at < :forgotten, null, feeds.baseline_at),
    body_hash = iif(feeds.removed_at < :forgotten, null, feeds.body_hash),
    etag = iif(feeds.removed_at < :forgotten, null, feeds.etag),
    last_modified = iif(feeds.removed_at < :forgotten, null, feeds.last_modified),
    failures = iif(feeds.removed_at is null, feeds.failures, 0),
    failing_since = iif(feeds.removed_at is null, feeds.failing_since, null),
    stopped_at = iif(feeds.removed_at is null, feeds.stopped_at, null),
    next_poll_at = case when feeds.removed_at is null and feeds.every_s = excluded.every_s
                        then feeds.next_poll_at else min(feeds.next_poll_at, :at) end
returning id
"""
_REMOVE = "update feeds set removed_at = :at where id = :id and removed_at is null"
_WAKE = """
update feeds set stopped_at = null, failures = 0, failing_since = null, next_poll_at = :now
where id = :id
"""
_MOVE = """
update feeds set address = nullif(:address, url), moved_to = null, moved_days = '[]',
    stopped_at = null, failures = 0, failing_since = null,
    etag = null, last_modified = null, next_poll_at = :now
where id = :id
"""
_ALL = "select * from feeds where removed_at is null order by id"
_BY_ID = "select * from feeds where id = :id"
_BY_URL = "select * from feeds where url = :url"
_CLAIM = """
update feeds set lease_until = :lease_until
where id in (
    select id from feeds
    where removed_at is null and enabled = 1 and stopped_at is null
        and next_poll_at <= :now and lease_until <= :now
    order by next_poll_at, id limit :limit
)
returning *
"""
_LEARN = """
update feeds set
    title = case when title = '' then :title else title end,
    etag = :etag, last_modified = :last_modified, body_hash = :body_hash,
    next_poll_at = :next_poll_at, lease_until = 0, floor_s = :floor_s,
    ttl_s = :ttl_s, skip_hours = :skip_hours,
    failures = :failures, failing_since = :failing_since,
    last_status = :last_status, last_error = :last_error,
    last_ok_at = :last_ok_at, last_entry_at = :last_entry_at, baseline_at = :baseline_at,
    address = :address, moved_to = :moved_to, moved_days = :moved_days, stopped_at = :stopped_at
where id = :id
"""
_RENEW = """
update feeds set lease_until = :lease_until
where lease_until > 0 and id in (select value from json_each(:ids))
"""
_RELEASE = "update feeds set lease_until = 0 where lease_until > 0"
_HURRY = """
update feeds set next_poll_at = min(next_poll_at, :now), failures = min(failures, 1),
    failing_since = :now
where failing_since >= :since and last_status is null and removed_at is null
"""
_COUNT_FAILING = """
select count(*) as n from feeds
where failing_since between :since and :until
    and removed_at is null and enabled = 1 and stopped_at is null
"""
_SKIPPED = "insert into gaps (feed_id, since, until) values (:feed_id, :since, :until)"
_GAPS = "select * from gaps where until > :since order by until, id"


FORGOTTEN = timedelta(days=1)  #: a feed that was away for longer starts with a new baseline


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed with what was learned about it."""

    feed: Feed
    state: FeedState

    @property
    def address(self) -> str:
        """Where it is fetched: its URL, or where it moved to."""
        return self.state.address or self.feed.url


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a feed may have published what nobody saw: its window rolled over."""

    feed_id: int
    since: datetime
    until: datetime


class Feeds:
    """The feeds table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, feed: Feed, *, now: datetime) -> int:
        """Add a feed, or take over the configured part of one with the same URL; return its id."""
        row = self._db.row(
            _ADD,
            {
                "url": feed.url,
                "title": feed.title,
                "tags": json.dumps(feed.tags, ensure_ascii=False),
                "lang": feed.lang,
                "every_s": feed.every_s,
                "enabled": int(feed.enabled),
                "backfill_s": feed.backfill_s,
                "origin": feed.origin,
                "at": to_us(now),
                "forgotten": to_us(now - FORGOTTEN),
            },
        )
        assert row is not None
        return int(row["id"])

    def resume(self, feed_id: int, *, now: datetime) -> None:
        """Poll a feed again at once that its publisher had ended."""
        self._db.run(_WAKE, {"id": feed_id, "now": to_us(now)})

    def move(self, feed_id: int, address: str, *, now: datetime) -> None:
        """Fetch a feed from another address from now on; it stays the same feed."""
        self._db.run(_MOVE, {"id": feed_id, "address": address, "now": to_us(now)})

    def remove(self, feed_id: int, *, now: datetime) -> bool:
        """Stop polling a feed; its entries stay. False if it was not there."""
        return self._db.run(_REMOVE, {"id": feed_id, "at": to_us(now)}) > 0

    def configure(self, feeds: Iterable[Feed], *, origin: str, now: datetime) -> None:
        """Make the feeds that come from `origin` be exactly these; what changes is on record."""
        wanted = [replace(feed, origin=origin) for feed in feeds]
        urls = {feed.url for feed in wanted}
        changes = Changes(self._db)
        with self._db.transaction():
            before = {known.feed.url: known.feed for known in self.all()}
            for feed in before.values():
                if feed.origin == origin and feed.url not in urls:
                    self.remove(feed.id, now=now)
                    changes.note(FEED, feed.id, "removed", who=origin, now=now, detail=feed.url)
            for feed in wanted:
                number = self.add(feed, now=now)
                known = self.get(number)
                if known and known.feed != before.get(feed.url):
                    what = "changed" if feed.url in before else "added"
                    changes.note(FEED, number, what, who=origin, now=now, detail=feed.url)

    def all(self) -> list[KnownFeed]:
        """Return every feed that is not removed, oldest first."""
        return [_known(row) for row in self._db.rows(_ALL)]

    def get(self, feed_id: int) -> KnownFeed | None:
        """Return a feed by id, removed or not."""
        row = self._db.row(_BY_ID, {"id": feed_id})
        return _known(row) if row else None

    def by_url(self, url: str) -> KnownFeed | None:
        """Return a feed by its exact URL, removed or not."""
        row = self._db.row(_BY_URL, {"url": url})
        return _known(row) if row else None

    def claim_due(self, now: datetime, *, lease_until: datetime, limit: int) -> list[KnownFeed]:
        """Take the feeds that are due, so that no one else polls them before `lease_until`."""
        params = {"now": to_us(now), "lease_until": to_us(lease_until), "limit": limit}
        return [_known(row) for row in self._db.rows(_CLAIM, params)]

    def renew(self, feed_ids: Iterable[int], *, lease_until: datetime) -> None:
        """Keep feeds claimed for longer; those given back meanwhile stay free."""
        params = {"ids": json.dumps(list(feed_ids)), "lease_until": to_us(lease_until)}
        self._db.run(_RENEW, params)

    def release(self) -> None:
        """Give back every feed that is claimed: by a process that died, a poll that broke off.

        Only for whoever holds the database alone and polls nothing at this moment.
        """
        self._db.run(_RELEASE)

    def hurry(self, *, since: datetime, now: datetime) -> None:
        """Ask those that gave no answer since a time again at once, as if it were the first time.

        For the end of an outage of ours: they did nothing to be waited for.
        """
        self._db.run(_HURRY, {"since": to_us(since), "now": to_us(now)})

    def count_failing(self, since: datetime, until: datetime) -> int:
        """Return how many feeds fail that began to between two times."""
        params = {"since": to_us(since), "until": to_us(until)}
        return int(self._db.rows(_COUNT_FAILING, params)[0]["n"])

    def skipped(self, feed_id: int, *, since: datetime, until: datetime) -> None:
        """Record that a feed may have published between two polls what neither of them saw."""
        params = {"feed_id": feed_id, "since": to_us(since), "until": to_us(until)}
        self._db.run(_SKIPPED, params)

    def gaps(self, since: datetime) -> list[Gap]:
        """Return the possible gaps that ended after a time, oldest first."""
        return [
            Gap(row["feed_id"], from_us(row["since"]), from_us(row["until"]))
            for row in self._db.rows(_GAPS, {"since": to_us(since)})
        ]

    def learn(self, feed_id: int, state: FeedState, *, title: str = "") -> None:
        """Record what a poll has taught and give the lease back.

        Args:
            feed_id: which feed.
            state: all that is known now; `next_poll_at` None means at once.
            title: what the feed calls itself; taken only if nobody named it.
        """
        self._db.run(
            _LEARN,
            {
                "id": feed_id,
                "title": title,
                "etag": state.etag,
                "last_modified": state.last_modified,
                "body_hash": state.body_hash,
                "next_poll_at": maybe_us(state.next_poll_at) or 0,
                "floor_s": state.floor_s,
                "ttl_s": state.ttl_s,
                "skip_hours": json.dumps(state.skip_hours),
                "failures": state.failures,
                "failing_since": maybe_us(state.failing_since),
                "last_status": state.last_status,
                "last_error": state.last_error,
                "last_ok_at": maybe_us(state.last_ok_at),
                "last_entry_at": maybe_us(state.last_entry_at),
                "baseline_at": maybe_us(state.baseline_at),
                "address": state.address,
                "moved_to": state.moved_to,
                "moved_days": json.dumps(state.moved_days),
                "stopped_at": maybe_us(state.stopped_at),
            },
        )


def _known(row: Row) -> KnownFeed:
    feed = Feed(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        tags=tuple(json.loads(row["tags"])),
        lang=row["lang"],
        every_s=row["every_s"],
        enabled=bool(row["enabled"]),
        backfill_s=row["backfill_s"],
        origin=row["origin"],
    )
    state = FeedState(
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        next_poll_at=maybe_from(row["next_poll_at"]),
        floor_s=row["floor_s"],
        ttl_s=row["ttl_s"],
        skip_hours=tuple(json.loads(row["skip_hours"])),
        failures=row["failures"],
        failing_since=maybe_from(row["failing_since"]),
        last_status=row["last_status"],
        last_error=row["last_error"],
        last_ok_at=maybe_from(row["last_ok_at"]),
        last_entry_at=maybe_from(row["last_entry_at"]),
        baseline_at=maybe_from(row["baseline_at"]),
        address=row["address"],
        moved_to=row["moved_to"],
        moved_days=tuple(json.loads(row["moved_days"])),
        stopped_at=maybe_from(row["stopped_at"]),
    )
    return KnownFeed(feed, state)
