"""Forgetting texts and not identities: what is pruned and comes back is still no news.

Of an entry that is old enough the text goes, with it its words in the search index, the reasons
why rules fired on it, what was said of its alerts, what kept it silent, and the messages that told
it. What stays is what it is recognised by, and the id of each delivery: a purge is no reason to
alert again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.database import Database, Row
from bot.store.times import to_us

_LAST = "select max(id) as id from entries where first_seen_at < :before"
# A story that is still told, or still owed to a channel, is kept whole.
_OLD = """
select e.id, e.story_id from entries e join stories s on s.id = e.story_id
where e.pruned_at is null and e.id > :after and e.id <= :last
    and e.first_seen_at < :before and e.changed_at < :before and s.last_seen_at < :before
    and not exists (
        select 1 from deliveries d where d.story_id = e.story_id
            and d.state in ('pending', 'sending', 'editing', 'unknown', 'rejected')
    )
order by e.id limit :limit
"""
_PRUNE_ENTRIES = """
update entries set title = '', summary = '', authors = '[]', tags = '[]', pruned_at = :now,
    reason = reason || '; its text was pruned'
where id in (select value from json_each(:entries))
"""
_PRUNE_STORIES = """
update stories set title = '' where id in (select value from json_each(:stories))
    and not exists (select 1 from entries e where e.story_id = stories.id and e.pruned_at is null)
"""
_PRUNE_MATCHES = "delete from matches where entry_id in (select value from json_each(:entries))"
_PRUNE_VOTES = "delete from votes where entry_id in (select value from json_each(:entries))"
_PRUNE_MUTED = "delete from muted where entry_id in (select value from json_each(:entries))"
_PRUNE_GATHERED = """
delete from gathered where entry_id in (select value from json_each(:entries))
"""
_PRUNE_PAST_TEXTS = """
delete from past_texts where entry_id in (select value from json_each(:entries))
"""
_PRUNE_MESSAGES = """
update deliveries set message = null
where message is not null and story_id in (select value from json_each(:stories))
"""
# A notice is compared with its last text, and is ours, not an outlet's.
_PRUNE_OTHER_MESSAGES = """
update deliveries set message = null
where message is not null and story_id is null and kind <> 'notice'
    and state in ('sent', 'dismissed', 'held') and coalesce(sent_at, created_at) < :before
"""
_PRUNE_GLANCES = "delete from glances where at < :before"
_LATEST = "select value from facts where name = 'pruned_at'"
_DONE = """
insert into facts (name, value) values ('pruned_at', :now)
on conflict (name) do update set value = excluded.value
"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was forgotten."""

    entries: int = 0
    matches: int = 0
    messages: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            self.entries + other.entries,
            self.matches + other.matches,
            self.messages + other.messages,
        )


class Retention:
    """What was seen long ago, in the tables of entries, matches and deliveries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def is_due(self, now: datetime, *, every: timedelta = timedelta(days=1)) -> bool:
        """Say whether the last complete round is long enough ago."""
        row = self._db.row(_LATEST)
        return row is None or to_us(now) - int(row["value"]) >= every // timedelta(microseconds=1)

    def prune(self, before: datetime, *, now: datetime, batch: int = 100) -> Iterator[Pruned]:
        """Forget the texts of what was last heard of before a time, a commit per batch.

        Args:
            before: entries, stories and messages that are older.
            now: the time.
            batch: how many entries at once; others wait that long for the database.

        Yields:
            What each batch forgot; the caller may pause, or stop and go on another day.
        """
        params = {"before": to_us(before), "now": to_us(now), "limit": batch}
        last = self._db.rows(_LAST, params)[0]["id"] or 0
        after: int | None = 0
        while after is not None:
            after, forgot = self._prune_after(after, params | {"last": last})
            yield forgot

    def shrink(self) -> None:
        """Write the whole file anew without its gaps; nobody else may use it meanwhile.

        A row that lost its text leaves a gap in its page, which only rows of that page could use.
        It takes as much free disk as the database is large.
        """
        self._db.compact()

    def _prune_after(self, after: int, params: dict[str, int]) -> tuple[int | None, Pruned]:
        """Forget one batch; return where the next one begins, or None after the last."""
        with self._db.transaction():
            old = self._db.rows(_OLD, params | {"after": after})
            if old:
                return int(old[-1]["id"]), self._forget(old, params)
            messages = self._db.run(_PRUNE_OTHER_MESSAGES, params)
            self._db.run(_PRUNE_GLANCES, params)
            self._db.run(_DONE, params)
            return None, Pruned(messages=messages)

    def _forget(self, old: list[Row], params: dict[str, int]) -> Pruned:
        lists = {
            "entries": json.dumps([row["id"] for row in old]),
            "stories": json.dumps(list({row["story_id"] for row in old})),
        }
        entries = self._db.run(_PRUNE_ENTRIES, params | lists)
        self._db.run(_PRUNE_PAST_TEXTS, lists)
        self._db.run(_PRUNE_GATHERED, lists)
        self._db.run(_PRUNE_STORIES, lists)
        matches = self._db.run(_PRUNE_MATCHES, lists)
        self._db.run(_PRUNE_VOTES, lists)
        self._db.run(_PRUNE_MUTED, lists)
        return Pruned(entries, matches, self._db.run(_PRUNE_MESSAGES, lists))
