"""Stories: which entries tell one, what is kept of them to compare with, when one was told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.sameness import site
from bot.core.stories import Profile
from bot.store.database import Database, Row
from bot.store.times import from_us, maybe_from, to_us

_KEEP = """
insert into profiles (entry_id, is_copy, seen_at, at, lang, outlet, terms, kinds, weights)
values (:entry_id, :is_copy, :seen_at, :at, :lang, :outlet, :terms, :kinds, :weights)
"""
_IS_COPY = "update entries set is_copy = 1 where id = :entry_id"  # profiles are kept for days only
# A clock may go back; who holds the window in memory then keeps the latest time it saw.
_RECENT = """
select * from (
    select p.*, e.story_id, max(p.seen_at) over (order by p.entry_id) as met_at
    from profiles p join entries e on e.id = p.entry_id
)
where met_at >= :since order by entry_id
"""
_LATEST = "select max(seen_at) as at from profiles"
_OF_STORY = """
select p.*, e.story_id from entries e join profiles p on p.entry_id = e.id
where e.story_id = :story_id order by e.id
"""
_INDEPENDENT = """
select e.url, e.outlet from entries e join profiles p on p.entry_id = e.id
where e.story_id = :story_id and p.is_copy = 0
"""
_FORGET = "delete from profiles where seen_at < :before"
_MOVE = "update entries set story_id = :story_id where id = :entry_id or same_as = :entry_id"
_JOIN = "update entries set story_id = :story_id where story_id = :other"
_STORY = """
select s.title, min(e.first_seen_at) as first_at, max(e.first_seen_at) as last_at
from stories s left join entries e on e.story_id = s.id where s.id = :story_id group by s.id
"""
_GATHER = """
insert into gathered (by_id, entry_id, old_id, new_id, was_first, at)
select :by_id, id, story_id, :story_id, id = :entry_id and :was_first, :now from entries
where id = :entry_id or same_as = :entry_id order by id
"""
_NOW_THERE = """
update entries set reason = reason || :reason where id = :entry_id
"""
_RETITLE = """
update stories set title = (select title from entries where id = :entry_id) where id = :story_id
"""
_FIRST = """
select min(e.id) as id from entries e join profiles p on p.entry_id = e.id
where e.story_id = :story_id
"""
_BECAME = """
select new_id from gathered where old_id = :story_id and was_first order by id desc limit 1
"""
_SETTLE = "update stories set settled = 1 where id = :story_id"
_SETTLED = "select id from stories where settled and last_seen_at >= :since order by id"
_APART = "select story_id, taken_id from apart order by story_id, taken_id"
_KEEP_APART = "insert into apart (story_id, taken_id) values (:story_id, :taken_id)"
# What the other was kept apart from, the story that stays is kept apart from.
_RETELL_APART = (
    "delete from apart where story_id in (:story_id, :other) and taken_id in (:story_id, :other)",
    "update or replace apart set story_id = :story_id where story_id = :other",
    "update or replace apart set taken_id = :story_id where taken_id = :other",
)
_FORGET_APART = """
delete from apart where not exists (
    select 1 from entries e join profiles p on p.entry_id = e.id where e.story_id = apart.taken_id
)
"""
_CHANGED = """
insert into facts (name, value) values ('stories_moved', '1')
on conflict (name) do update set value = cast(cast(facts.value as integer) + 1 as text)
"""
_REVISION = "select value from facts where name = 'stories_moved'"
_BROADCAST = "update stories set broadcast_at = :now where id = :story_id"
_BROADCAST_AT = "select broadcast_at from stories where id = :story_id"


@dataclass(frozen=True, slots=True)
class Story:
    """Entries that report the same event. Shown to people as `S88`."""

    id: int
    title: str  #: of its first report
    first_seen_at: datetime
    last_seen_at: datetime


class Stories:
    """The stories and profiles tables."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, profile: Profile, *, is_copy: bool, seen_at: datetime) -> None:
        """Keep what an entry is compared by, and whether its text came from another outlet."""
        if is_copy:
            self._db.run(_IS_COPY, {"entry_id": profile.entry})
        self._db.run(
            _KEEP,
            {
                "entry_id": profile.entry,
                "is_copy": int(is_copy),
                "seen_at": to_us(seen_at),
                "at": profile.at,
                "lang": profile.lang,
                "outlet": profile.outlet,
                "terms": profile.terms,
                "kinds": profile.kinds,
                "weights": profile.weights,
            },
        )

    def recent(self, since: datetime) -> Iterator[tuple[Profile, int, datetime]]:
        """Yield the profiles of entries met since a time, with their stories and when, in order."""
        for row in self._db.rows(_RECENT, {"since": to_us(since)}):
            yield _profile(row), row["story_id"], from_us(row["met_at"])

    def latest(self) -> datetime | None:
        """Return the latest time at which an entry was met, whatever the clock says now."""
        row = self._db.row(_LATEST)
        return maybe_from(row["at"]) if row else None

    def told(self, story_id: int) -> list[Profile]:
        """Return the profiles of a story's entries, oldest first."""
        return [_profile(row) for row in self._db.rows(_OF_STORY, {"story_id": story_id})]

    def independent(self, story_id: int) -> set[str]:
        """Return the outlets that tell a story in words of their own; a site is one outlet."""
        rows = self._db.rows(_INDEPENDENT, {"story_id": story_id})
        return {site(row["url"]) or row["outlet"] for row in rows}

    def forget(self, before: datetime) -> int:
        """Drop the profiles of entries met before a time; return how many."""
        with self._db.transaction():
            forgotten = self._db.run(_FORGET, {"before": to_us(before)})
            self._db.run(_FORGET_APART)
        return forgotten

    def get(self, story_id: int) -> Story | None:
        """Return a story that has entries."""
        row = self._db.row(_STORY, {"story_id": story_id})
        if row is None or row["first_at"] is None:
            return None
        return Story(story_id, row["title"], from_us(row["first_at"]), from_us(row["last_at"]))

    def move(self, entry_id: int, story_id: int) -> None:
        """Let an entry, and what repeats it, tell another story."""
        with self._db.transaction():
            self._db.run(_MOVE, {"entry_id": entry_id, "story_id": story_id})
            self._db.run(_CHANGED)

    def gather(
        self, entry_id: int, story_id: int, *, by: int, was_first: bool, now: datetime
    ) -> None:
        """Let an entry, and what repeats it, tell another story, as a later report shows.

        Whoever holds the window in memory moves it there too.
        """
        params = {"entry_id": entry_id, "story_id": story_id, "by_id": by, "now": to_us(now)}
        reason = f"; now S{story_id}, as a later report shows"
        with self._db.transaction():
            self._db.run(_GATHER, params | {"was_first": int(was_first)})
            self._db.run(_MOVE, params)
            self._db.run(_NOW_THERE, params | {"reason": reason})

    def retitle(self, story_id: int, entry_id: int) -> None:
        """Call a story by another of its reports."""
        self._db.run(_RETITLE, {"story_id": story_id, "entry_id": entry_id})

    def first(self, story_id: int) -> int | None:
        """Return the first entry of a story that is compared with others."""
        row = self._db.row(_FIRST, {"story_id": story_id})
        return row["id"] if row else None

    def became(self, story_id: int) -> int | None:
        """Return the story that a story turned out to be."""
        row = self._db.row(_BECAME, {"story_id": story_id})
        return row["new_id"] if row else None

    def settled(self, since: datetime) -> list[int]:
        """Return the stories, told since a time, that people put together."""
        return [row["id"] for row in self._db.rows(_SETTLED, {"since": to_us(since)})]

    def join(self, story_id: int, other: int) -> int:
        """Let all entries of another story tell this one; return how many."""
        with self._db.transaction():
            self._db.run(_SETTLE, {"story_id": story_id})
            moved = self._db.run(_JOIN, {"story_id": story_id, "other": other})
            for statement in _RETELL_APART:
                self._db.run(statement, {"story_id": story_id, "other": other})
            self._db.run(_CHANGED)
        return moved

    def keep_apart(self, story_id: int, taken_id: int) -> None:
        """Remember that a story is not the one it was taken out of."""
        with self._db.transaction():
            for settled in (story_id, taken_id):
                self._db.run(_SETTLE, {"story_id": settled})
            self._db.run(_KEEP_APART, {"story_id": story_id, "taken_id": taken_id})
            self._db.run(_CHANGED)

    def apart(self) -> list[tuple[int, int]]:
        """Return the stories that are not the same, each before what was taken out of it."""
        return [(row["story_id"], row["taken_id"]) for row in self._db.rows(_APART)]

    def revision(self) -> int:
        """Return a number that grows whenever a person moves entries."""
        row = self._db.row(_REVISION)
        return int(row["value"]) if row else 0

    def broadcast(self, story_id: int, *, now: datetime) -> None:
        """Note that a channel was told of a change in a story."""
        self._db.run(_BROADCAST, {"story_id": story_id, "now": to_us(now)})

    def broadcast_at(self, story_id: int) -> datetime | None:
        """Return when that happened last."""
        row = self._db.row(_BROADCAST_AT, {"story_id": story_id})
        return maybe_from(row["broadcast_at"]) if row else None


def _profile(row: Row) -> Profile:
    return Profile(
        entry=row["entry_id"],
        at=row["at"],
        lang=row["lang"],
        outlet=row["outlet"],
        terms=row["terms"],
        kinds=row["kinds"],
        weights=row["weights"],
    )
