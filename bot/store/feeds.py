"""Feeds and what polling has taught about them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.models import Feed, FeedState
from bot.store.database import Database, Row
from bot.store.times import maybe_from, maybe_us, to_us

_ADD = """
insert into feeds (url, title, tags, lang, every_s, enabled, backfill_s, origin, created_at)
values (:url, :title, :tags, :lang, :every_s, :enabled, :backfill_s, :origin, :at)
on conflict (url) do update set
    title = case when excluded.title = '' then feeds.title else excluded.title end,
    tags = excluded.tags, lang = excluded.lang,
    every_s = excluded.every_s, enabled = excluded.enabled, backfill_s = excluded.backfill_s,
    origin = excluded.origin, removed_at = null,
    next_poll_at = case when feeds.removed_at is null and feeds.every_s = excluded.every_s
                        then feeds.next_poll_at else min(feeds.next_poll_at, :at) end
returning id
"""
_REMOVE = "update feeds set removed_at = :at where id = :id and removed_at is null"
_ALL = "select * from feeds where removed_at is null order by id"
_BY_ID = "select * from feeds where id = :id"
_BY_URL = "select * from feeds where url = :url"
_CLAIM = """
update feeds set lease_until = :lease_until
where id in (
    select id from feeds
    where removed_at is null and enabled = 1
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
    failures = :failures, last_status = :last_status, last_error = :last_error,
    last_ok_at = :last_ok_at, last_entry_at = :last_entry_at, baseline_at = :baseline_at
where id = :id
"""


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed with what was learned about it."""

    feed: Feed
    state: FeedState


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
            },
        )
        assert row is not None
        return int(row["id"])

    def remove(self, feed_id: int, *, now: datetime) -> bool:
        """Stop polling a feed; its entries stay. False if it was not there."""
        return self._db.run(_REMOVE, {"id": feed_id, "at": to_us(now)}) > 0

    def configure(self, feeds: Iterable[Feed], *, origin: str, now: datetime) -> None:
        """Make the feeds that come from `origin` be exactly these."""
        wanted = [replace(feed, origin=origin) for feed in feeds]
        urls = {feed.url for feed in wanted}
        with self._db.transaction():
            for known in self.all():
                if known.feed.origin == origin and known.feed.url not in urls:
                    self.remove(known.feed.id, now=now)
            for feed in wanted:
                self.add(feed, now=now)

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
                "failures": state.failures,
                "last_status": state.last_status,
                "last_error": state.last_error,
                "last_ok_at": maybe_us(state.last_ok_at),
                "last_entry_at": maybe_us(state.last_entry_at),
                "baseline_at": maybe_us(state.baseline_at),
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
        failures=row["failures"],
        last_status=row["last_status"],
        last_error=row["last_error"],
        last_ok_at=maybe_from(row["last_ok_at"]),
        last_entry_at=maybe_from(row["last_entry_at"]),
        baseline_at=maybe_from(row["baseline_at"]),
    )
    return KnownFeed(feed, state)
