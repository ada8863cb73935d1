"""Mutes: what people keep silent, until when, and what that kept silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.core.models import Match, Rule
from bot.core.sameness import site
from bot.store.database import Database, Row
from bot.store.times import from_us, maybe_from, to_us

What = Literal["rule", "story", "source", "term"]

_ADD = """
insert into mutes (what, channel, rule_id, story_id, word, priority, who, at, until)
values (:what, :channel, :rule_id, :story_id, :word, :priority, :who, :now, :until)
returning *
"""
_GET = "select * from mutes where id = :id"
_ACTIVE = "select * from mutes where ended_at is null and until > :now order by id"
_OVER = "select * from mutes where ended_at is null and until <= :now order by id"
_END = "update mutes set ended_at = :now where id = :id and ended_at is null"
_FOLLOW = "update mutes set story_id = :story_id where story_id = :other"
_RELEASE = """
delete from muted where entry_id = :entry_id
    and mute_id in (select id from mutes where what = 'story')
"""
_KEEP = """
insert into muted (entry_id, rule_id, mute_id, at) values (:entry_id, :rule_id, :mute_id, :now)
on conflict do nothing
"""
_COUNTED = """
select u.rule_id, u.entry_id, e.story_id from muted u join entries e on e.id = u.entry_id
where u.at >= :since and u.at < :until
"""
_OF_MUTE = """
select u.rule_id, u.entry_id, e.story_id from muted u join entries e on e.id = u.entry_id
where u.mute_id = :id
"""
_KEPT = """
select entry_id, max(at) as at from muted where mute_id = :id
group by entry_id order by at desc, entry_id desc limit :limit
"""
_OF_ENTRY = """
select m.*, u.rule_id as fired from muted u join mutes m on m.id = u.mute_id
where u.entry_id = :entry_id order by u.rule_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Something kept silent in a channel. Shown to people as `M3`."""

    what: What
    channel: str  #: whose alerts it keeps silent
    rule_id: int | None = None  #: of a rule, source or term
    story_id: int | None = None  #: of a story
    word: str = ""  #: the source, by a part of its site or name; or the rule's term
    priority: int = 2  #: what is louder passes
    who: str = ""  #: a Slack user id, or `console`
    until: datetime
    at: datetime | None = None
    ended_at: datetime | None = None  #: when it was lifted, or its end was told
    id: int = 0  #: the store's number; 0 before it is stored

    def silences(self, rule: Rule, match: Match | None, *, story_id: int, source: str) -> bool:
        """Say whether it keeps a rule's alert of a report silent.

        Args:
            rule: the one that fired.
            match: how it fired; None if it did so earlier, and waited.
            story_id: the report's.
            source: the report's, as `source_of` gives it.
        """
        if self.what == "story":
            here = self.story_id == story_id and self.channel == rule.channel
            return here and rule.level.priority <= self.priority
        if self.rule_id != rule.id:
            return False
        if self.what == "term":
            return match is not None and any(why.term == self.word for why in match.why)
        return self.what == "rule" or self.word.casefold() in source


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was kept silent."""

    stories: int = 0  #: each once, whatever the number of its reports and rules
    entries: int = 0  #: reports, each once
    rules: Mapping[int, int] = field(default_factory=dict)  #: reports by the rule that fired


def source_of(url: str | None, outlet: str) -> str:
    """Return what the word of a muted source is looked for in: its site and its name."""
    return f"{site(url)} {outlet}".casefold()


class Mutes:
    """The mutes and muted tables."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, mute: Mute, *, now: datetime) -> Mute:
        """Keep something silent from now on; return it with its id."""
        params = {
            "what": mute.what,
            "channel": mute.channel,
            "rule_id": mute.rule_id,
            "story_id": mute.story_id,
            "word": mute.word,
            "priority": mute.priority,
            "who": mute.who,
            "now": to_us(now),
            "until": to_us(mute.until),
        }
        return _mute(self._db.rows(_ADD, params)[0])

    def get(self, mute_id: int) -> Mute | None:
        """Return a mute by id, over or not."""
        row = self._db.row(_GET, {"id": mute_id})
        return _mute(row) if row else None

    def active(self, now: datetime) -> list[Mute]:
        """Return what is kept silent at a time, oldest first."""
        return [_mute(row) for row in self._db.rows(_ACTIVE, {"now": to_us(now)})]

    def over(self, now: datetime) -> list[Mute]:
        """Return the mutes whose time is over and whose end was not told."""
        return [_mute(row) for row in self._db.rows(_OVER, {"now": to_us(now)})]

    def follow(self, story_id: int, other: int) -> None:
        """Let what is muted of another story be muted of this one: they were made one."""
        self._db.run(_FOLLOW, {"story_id": story_id, "other": other})

    def release(self, entry_id: int) -> None:
        """Forget that a story's mute kept a report silent: it tells another story."""
        self._db.run(_RELEASE, {"entry_id": entry_id})

    def end(self, mute_id: int, *, now: datetime) -> bool:
        """Note that a mute was lifted, or its end told; False if it was already."""
        return self._db.run(_END, {"id": mute_id, "now": to_us(now)}) > 0

    def keep(self, mute_id: int, entry_id: int, rule_id: int, *, now: datetime) -> None:
        """Record a match that a mute kept silent."""
        params = {"mute_id": mute_id, "entry_id": entry_id, "rule_id": rule_id, "now": to_us(now)}
        self._db.run(_KEEP, params)

    def counted(
        self, since: datetime, until: datetime, *, hidden: frozenset[int] = frozenset()
    ) -> Counted:
        """Return how much was kept silent in a period.

        Args:
            since: the first moment.
            until: the first moment after it.
            hidden: ids of rules that the readers must not hear of.
        """
        rows = self._db.rows(_COUNTED, {"since": to_us(since), "until": to_us(until)})
        return _counted(row for row in rows if row["rule_id"] not in hidden)

    def kept(self, mute_id: int) -> Counted:
        """Return how much a mute has kept silent."""
        return _counted(self._db.rows(_OF_MUTE, {"id": mute_id}))

    def entries(self, mute_id: int, *, limit: int) -> list[int]:
        """Return the ids of the reports that a mute kept silent, latest first."""
        rows = self._db.rows(_KEPT, {"id": mute_id, "limit": limit})
        return [int(row["entry_id"]) for row in rows]

    def of_entry(self, entry_id: int) -> dict[int, Mute]:
        """Return what kept the rules silent that fired on an entry, by rule id."""
        return {
            int(row["fired"]): _mute(row)
            for row in self._db.rows(_OF_ENTRY, {"entry_id": entry_id})
        }


def _counted(rows: Iterable[Row]) -> Counted:
    stories, entries, rules = set(), set(), dict[int, set[int]]()
    for row in rows:
        stories.add(row["story_id"])
        entries.add(row["entry_id"])
        rules.setdefault(row["rule_id"], set()).add(row["entry_id"])
    by_rule = {rule_id: len(found) for rule_id, found in rules.items()}
    return Counted(len(stories), len(entries), by_rule)


def _mute(row: Row) -> Mute:
    return Mute(
        id=row["id"],
        what=row["what"],
        channel=row["channel"],
        rule_id=row["rule_id"],
        story_id=row["story_id"],
        word=row["word"],
        priority=row["priority"],
        who=row["who"],
        at=from_us(row["at"]),
        until=from_us(row["until"]),
        ended_at=maybe_from(row["ended_at"]),
    )
