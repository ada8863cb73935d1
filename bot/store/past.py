"""What was published lately, as rules met it: each entry, and each later change of its text."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.core.models import Entry
from bot.core.sameness import site
from bot.store.database import Database, Row
from bot.store.entries import entry_of
from bot.store.times import to_us

_PAGE = 500

# Of what repeats another entry, rules look only at what reads differently; a story that is still
# told has to be known from its beginning: it may have been alerted before.
_FIRST = """
select iif(decision = 'baseline', min(first_seen_at, ifnull(published_at, first_seen_at)),
    first_seen_at), id, feed_id, story_id, same_as is null, is_copy, changed_at
from entries
where pruned_at is null
    and (same_as is null or reason like 're-titled%' or reason like 'rewritten%')
"""
_SIGHTS = f"""
{_FIRST} and first_seen_at >= :since
union all
{_FIRST} and first_seen_at < :since and story_id in (
    select story_id from entries where first_seen_at >= :since
    union
    select e.story_id from past_texts p join entries e on e.id = p.entry_id where p.until >= :since
)
"""  # noqa: S608 - put together from what stands above
_CHANGES = "select * from past_texts where until >= :since order by id"
_ENTRIES = "select * from entries where id in (select value from json_each(:ids))"
_OUTLETS = """
select id, url, outlet from entries where id in (select value from json_each(:ids))
"""
_GATHERED = "select * from gathered where at >= :since order by id"
_NEWEST = """
select id, first_seen_at as at from entries
where pruned_at is null and same_as is null and first_seen_at >= :since
order by id desc limit :most
"""
_OLDEST = """
select min(first_seen_at) as at from entries where pruned_at is null and first_seen_at >= :since
"""


class Sight(NamedTuple):
    """A moment at which the rules looked at an entry."""

    at: int  #: microseconds; of what stood on a feed's first poll, when it was published
    order: tuple[int, int]  #: within one moment
    entry_id: int
    version: int  #: of its text: 0 as first met, then one more with each change
    feed_id: int
    story_id: int
    is_first: bool  #: nobody had told it before
    is_copy: bool  #: its text came from another outlet
    changed_at: int


class Change(NamedTuple):
    """A text that an entry had until it was changed."""

    entry_id: int
    fields: dict[str, object]  #: of the entry
    until: int
    order: tuple[int, int]

    def undone(self, entry: Entry) -> Entry:
        """Return an entry as it was before."""
        return replace(entry, **self.fields)  # type: ignore[arg-type]

    def text_undone(self, entry: Entry) -> Entry:
        """Return an entry with only title and summary as they were before."""
        return replace(entry, title=str(self.fields["title"]), summary=str(self.fields["summary"]))


class Brought(NamedTuple):
    """An entry that a later report brought over from one story to another."""

    by_id: int
    entry_id: int
    old_id: int
    new_id: int
    was_first: bool  #: the old story's posts came with it


class Past:
    """The entries and past_texts tables, read for trials."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def sights(self, since: datetime) -> list[Sight]:
        """Return how entries were first met, from a time on, and of their stories before it."""
        return [
            Sight(
                at, (id_, 0), id_, 0, feed_id, story_id, bool(is_first), bool(is_copy), changed_at
            )
            for at, id_, feed_id, story_id, is_first, is_copy, changed_at in self._db.tuples(
                _SIGHTS, {"since": to_us(since)}
            )
        ]

    def changes(self, since_us: int) -> list[Change]:
        """Return the texts that entries had before they were changed, oldest first."""
        return [_change(row) for row in self._db.rows(_CHANGES, {"since": since_us})]

    def gathered(self, since_us: int) -> list[Brought]:
        """Return which entries were brought over to other stories since a time, in order."""
        return [
            Brought(
                row["by_id"], row["entry_id"], row["old_id"], row["new_id"], bool(row["was_first"])
            )
            for row in self._db.rows(_GATHERED, {"since": since_us})
        ]

    def entries(self, ids: Collection[int]) -> Iterator[Entry]:
        """Yield entries, by id, with what they say now."""
        for page in self._pages(_ENTRIES, ids):
            yield from map(entry_of, page)

    def newest(self, since: datetime, *, most: int) -> list[tuple[int, int]]:
        """Return the ids of entries met since a time that repeat no other, and when that was, newest first."""
        rows = self._db.rows(_NEWEST, {"since": to_us(since), "most": most})
        return [(row["id"], row["at"]) for row in rows]

    def outlets(self, ids: Collection[int]) -> dict[int, str]:
        """Return who said each of some entries; a site is one outlet."""
        pages = self._pages(_OUTLETS, ids)
        return {row["id"]: site(row["url"]) or row["outlet"] for page in pages for row in page}

    def oldest(self, since: datetime) -> int | None:
        """Return when the first entry since a time was met that still has its text."""
        row = self._db.row(_OLDEST, {"since": to_us(since)})
        return row["at"] if row else None

    def _pages(self, sql: str, ids: Collection[int]) -> Iterator[list[Row]]:
        wanted = sorted(ids)
        for start in range(0, len(wanted), _PAGE):
            yield self._db.rows(sql, {"ids": json.dumps(wanted[start : start + _PAGE])})


def _change(row: Row) -> Change:
    fields = {
        "title": row["title"],
        "summary": row["summary"],
        "url": row["url"],
        "authors": tuple(json.loads(row["authors"])),
        "tags": tuple(json.loads(row["tags"])),
        "lang": row["lang"],
        "outlet": row["outlet"],
    }
    return Change(row["entry_id"], fields, row["until"], (row["after_id"], row["id"]))
