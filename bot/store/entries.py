"""Entries, the stories they tell, and the rules that fired on them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.core.models import Entry, Match, Reason
from bot.core.sameness import Known, Marks, site
from bot.store.database import Database, Row
from bot.store.times import from_us, maybe_from, maybe_us, to_us

_KNOWN = """
select * from entries
where feed_id = :feed_id and key in (select value from json_each(:keys))
"""
_ALIKE = """
select * from entries where link_key in (select value from json_each(:links))
union
select * from entries where title_key in (select value from json_each(:titles))
order by id
"""
_ADD = """
insert into entries (feed_id, key, link_key, title_key, url, title, summary, authors, tags, lang,
    outlet, published_at, updated_at, first_seen_at, changed_at, decision, reason, same_as, story_id)
values (:feed_id, :key, :link_key, :title_key, :url, :title, :summary, :authors, :tags, :lang,
    :outlet, :published_at, :updated_at, :now, :now, :decision, :reason, :same_as, :story_id)
returning id
"""
_CHANGE = """
update entries set link_key = :link_key, title_key = :title_key, url = :url, title = :title,
    summary = :summary, authors = :authors, tags = :tags, lang = :lang, outlet = :outlet,
    published_at = :published_at, updated_at = :updated_at, changed_at = :now
where id = :id
"""
_KEEP_TEXT = """
insert into past_texts (entry_id, title, summary, url, authors, tags, lang, outlet, until, after_id)
select id, title, summary, url, authors, tags, lang, outlet, :now, (select max(id) from entries)
from entries where id = :id and (title <> :title or summary <> :summary)
"""
_GET = "select * from entries where id = :id"
# Bare home pages have no link key; a partial index finds them, where an OR would scan the table.
_BY_LINK = """
select * from (
    select * from entries where link_key = :link_key
    union all
    select * from entries where link_key is null and url = :url
) order by same_as is not null, id limit 1
"""
_OF_STORY = "select * from entries where story_id = :story_id order by same_as is not null, id"
_TEXTS = """
select id, title, summary from entries
where same_as is null and first_seen_at >= :since and id > :after order by id limit 2000
"""
_SOME = """
select * from entries where id in (select value from json_each(:ids)) order by id
"""
_SEARCH = """
select e.* from entries_fts join entries e on e.id = entries_fts.rowid
where entries_fts match :words and e.same_as is null
order by e.id desc limit :limit
"""
_OUTLETS = "select url, outlet, first_seen_at from entries where story_id = :story_id order by id"
_OUTLETS = "select url, outlet, first_seen_at from entries where story_id = :story_id order by id"
_COUNTS = """
select count(*) as entries, coalesce(sum(first_seen_at >= :since), 0) as recent
from entries where same_as is null
"""
_START_STORY = """
insert into stories (uid, title, first_seen_at, last_seen_at) values (:uid, :title, :now, :now)
on conflict (uid) do update set last_seen_at = excluded.last_seen_at
returning id
"""
_TOUCH_STORY = "update stories set last_seen_at = :now where id = :id"
_STORY_UID = "select uid from stories where id = :id"
_MATCH = """
insert into matches (entry_id, rule_id, rule_version, why, at, quiet)
values (:entry_id, :rule_id, :rule_version, :why, :at, :quiet)
on conflict (entry_id, rule_id) do nothing
"""
_FIRED = """
select distinct m.rule_id from matches m join entries e on e.id = m.entry_id
where e.story_id = :story_id and m.quiet <= :quiet
"""
_HEARD = """
select distinct m.rule_id from matches m join entries e on e.id = m.entry_id
where e.story_id = :story_id and m.quiet = 0
    and not exists (select 1 from muted u where u.entry_id = e.id and u.rule_id = m.rule_id)
"""
_FIRED_BY_FEED = """
select distinct m.rule_id from entries e join matches m on m.entry_id = e.id and m.quiet = 0
where e.feed_id = :feed_id and e.first_seen_at >= :since
"""
_ARRIVALS = """
select distinct first_seen_at from entries where feed_id = :feed_id and first_seen_at >= :since
order by first_seen_at desc limit 1000
"""
_NEWEST = """
select * from entries where feed_id = :feed_id
order by first_seen_at desc, coalesce(published_at, 0) desc, id desc limit 1
"""
_MATCHES = "select * from matches where entry_id = :entry_id order by rule_id"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with what was decided when it was first seen."""

    entry: Entry
    feed_id: int
    decision: str
    reason: str
    first_seen_at: datetime
    same_as: int | None
    story_id: int


@dataclass(frozen=True, slots=True)
class StoredMatch:
    """A match as recorded at the time."""

    match: Match
    at: datetime
    quiet: bool


class Entries:
    """The entries, stories and matches tables."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ── identity ──

    def known(self, feed_id: int, keys: Collection[str]) -> dict[str, Known]:
        """Return the recorded entries of a feed among these keys."""
        params = {"feed_id": feed_id, "keys": json.dumps(list(keys))}
        return {row["key"]: _known(row) for row in self._db.rows(_KNOWN, params)}

    def alike(self, links: Collection[str], titles: Collection[str]) -> list[Known]:
        """Return recorded entries of any feed that share a link or a title key, oldest first."""
        params = {"links": json.dumps(list(links)), "titles": json.dumps(list(titles))}
        return [_known(row) for row in self._db.rows(_ALIKE, params)]

    # ── writing ──

    def add(
        self,
        entry: Entry,
        marks: Marks,
        *,
        feed_id: int,
        decision: str,
        reason: str,
        same_as: int | None,
        story_id: int,
        now: datetime,
    ) -> int:
        """Record an entry never seen before under its key and return its id."""
        params = _params(entry, marks) | {
            "feed_id": feed_id,
            "key": entry.key,
            "decision": decision,
            "reason": reason,
            "same_as": same_as,
            "story_id": story_id,
            "now": to_us(now),
        }
        return int(self._db.rows(_ADD, params)[0]["id"])

    def change(self, entry_id: int, entry: Entry, marks: Marks, *, now: datetime) -> None:
        """Record the new text and dates of a known entry; the text before is kept."""
        params = _params(entry, marks) | {"id": entry_id, "now": to_us(now)}
        with self._db.transaction():
            self._db.run(_KEEP_TEXT, params)
            self._db.run(_CHANGE, params)

    def start_story(self, uid: str, title: str, *, now: datetime) -> int:
        """Start the story with this uid, or return the one that has it."""
        return int(
            self._db.rows(_START_STORY, {"uid": uid, "title": title, "now": to_us(now)})[0]["id"]
        )

    def touch_story(self, story_id: int, *, now: datetime) -> None:
        """Note that a story was told again."""
        self._db.run(_TOUCH_STORY, {"id": story_id, "now": to_us(now)})

    def story_uid(self, story_id: int) -> str:
        """Return the uid of a story."""
        return str(self._db.rows(_STORY_UID, {"id": story_id})[0]["uid"])

    def add_matches(
        self, entry_id: int, matches: Collection[Match], *, quiet: bool, now: datetime
    ) -> None:
        """Record which rules fired and why; a repeated one is left as it was."""
        for match in matches:
            self._db.run(
                _MATCH,
                {
                    "entry_id": entry_id,
                    "rule_id": match.rule_id,
                    "rule_version": match.rule_version,
                    "why": json.dumps([asdict(reason) for reason in match.why], ensure_ascii=False),
                    "at": to_us(now),
                    "quiet": int(quiet),
                },
            )

    # ── reading ──

    def fired(self, story_id: int, *, with_quiet: bool) -> set[int]:
        """Return the ids of the rules that a story has fired, first polls included or not."""
        params = {"story_id": story_id, "quiet": int(with_quiet)}
        return {int(row["rule_id"]) for row in self._db.rows(_FIRED, params)}

    def heard(self, story_id: int) -> set[int]:
        """Return the ids of the rules that a story has fired and that were not kept silent."""
        rows = self._db.rows(_HEARD, {"story_id": story_id})
        return {int(row["rule_id"]) for row in rows}

    def fired_by_feed(self, feed_id: int, *, since: datetime) -> set[int]:
        """Return the ids of the rules that a feed's entries have fired since a time."""
        params = {"feed_id": feed_id, "since": to_us(since)}
        return {int(row["rule_id"]) for row in self._db.rows(_FIRED_BY_FEED, params)}

    def arrivals(self, feed_id: int, *, since: datetime) -> list[datetime]:
        """Return when a feed brought something, oldest first: the last thousand times at most."""
        params = {"feed_id": feed_id, "since": to_us(since)}
        return [from_us(row["first_seen_at"]) for row in self._db.rows(_ARRIVALS, params)][::-1]

    def newest(self, feed_id: int) -> StoredEntry | None:
        """Return the entry that a feed brought last."""
        row = self._db.row(_NEWEST, {"feed_id": feed_id})
        return _stored(row) if row else None

    def get(self, entry_id: int) -> StoredEntry | None:
        """Return an entry by id."""
        row = self._db.row(_GET, {"id": entry_id})
        return _stored(row) if row else None

    def by_link(self, url: str, link_key: str | None) -> StoredEntry | None:
        """Return the first entry recorded under this link, decorated or not."""
        row = self._db.row(_BY_LINK, {"url": url, "link_key": link_key})
        return _stored(row) if row else None

    def of_story(self, story_id: int) -> list[StoredEntry]:
        """Return the entries that tell a story, originals first, then repeats."""
        return [_stored(row) for row in self._db.rows(_OF_STORY, {"story_id": story_id})]

    def outlets(self, story_id: int) -> tuple[tuple[str, ...], datetime | None]:
        """Return who reports a story, first one first, and when its latest report came.

        Feeds of one site are one outlet.
        """
        rows = self._db.rows(_OUTLETS, {"story_id": story_id})
        names = {site(row["url"]) or row["outlet"]: row["outlet"] for row in reversed(rows)}
        last = max((row["first_seen_at"] for row in rows), default=None)
        return tuple(reversed(names.values())), maybe_from(last)

    def texts(self, when: datetime) -> Iterator[tuple[int, str, str]]:
        """Yield id, title and summary of what was first seen since then, repeats left out."""
        after = 0
        while rows := self._db.rows(_TEXTS, {"since": to_us(when), "after": after}):
            yield from ((row["id"], row["title"], row["summary"]) for row in rows)
            after = rows[-1]["id"]

    def some(self, ids: Collection[int]) -> list[StoredEntry]:
        """Return entries by id, oldest first."""
        return [_stored(row) for row in self._db.rows(_SOME, {"ids": json.dumps(list(ids))})]

    def search(self, words: str, *, limit: int = 10) -> list[StoredEntry]:
        """Return the newest originals that hold all these words, by full text."""
        quoted = " ".join('"' + word.replace('"', '""') + '"' for word in words.split())
        if not quoted:
            return []
        return [_stored(row) for row in self._db.rows(_SEARCH, {"words": quoted, "limit": limit})]

    def matches(self, entry_id: int) -> list[StoredMatch]:
        """Return what fired on an entry, by rule id."""
        return [
            StoredMatch(
                Match(
                    rule_id=row["rule_id"], rule_version=row["rule_version"], why=whys(row["why"])
                ),
                from_us(row["at"]),
                bool(row["quiet"]),
            )
            for row in self._db.rows(_MATCHES, {"entry_id": entry_id})
        ]

    def counts(self, *, since: datetime) -> tuple[int, int]:
        """Return how many originals are recorded, and how many of them since a time."""
        row = self._db.rows(_COUNTS, {"since": to_us(since)})[0]
        return int(row["entries"]), int(row["recent"])


def whys(text: str) -> tuple[Reason, ...]:
    """Read the reasons of a match back from JSON."""
    return tuple(Reason(**{**reason, "path": tuple(reason["path"])}) for reason in json.loads(text))


def entry_of(row: Row) -> Entry:
    """Read an entry back from its row."""
    return Entry(
        id=row["id"],
        key=row["key"],
        title=row["title"],
        summary=row["summary"],
        url=row["url"],
        authors=tuple(json.loads(row["authors"])),
        tags=tuple(json.loads(row["tags"])),
        published=maybe_from(row["published_at"]),
        updated=maybe_from(row["updated_at"]),
        lang=row["lang"],
        outlet=row["outlet"],
    )


def _stored(row: Row) -> StoredEntry:
    return StoredEntry(
        entry=entry_of(row),
        feed_id=row["feed_id"],
        decision=row["decision"],
        reason=row["reason"],
        first_seen_at=from_us(row["first_seen_at"]),
        same_as=row["same_as"],
        story_id=row["story_id"],
    )


def _known(row: Row) -> Known:
    return Known(
        id=row["id"],
        feed_id=row["feed_id"],
        key=row["key"],
        marks=Marks(link=row["link_key"], title=row["title_key"]),
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        published=maybe_from(row["published_at"]),
        is_baseline=row["decision"] == "baseline",
        same_as=row["same_as"],
        story_id=row["story_id"],
        is_pruned=row["pruned_at"] is not None,
    )


def _params(entry: Entry, marks: Marks) -> dict[str, str | int | None]:
    return {
        "link_key": marks.link,
        "title_key": marks.title,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "authors": json.dumps(entry.authors, ensure_ascii=False),
        "tags": json.dumps(entry.tags, ensure_ascii=False),
        "lang": entry.lang,
        "outlet": entry.outlet,
        "published_at": maybe_us(entry.published),
        "updated_at": maybe_us(entry.updated),
    }
