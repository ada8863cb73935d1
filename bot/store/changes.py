"""The audit of everything but rules, which keep their own: who changed what, when, and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row
from bot.store.times import from_us, to_us

_NOTE = """
insert into changes (at, who, kind, subject, what, detail)
values (:at, :who, :kind, :subject, :what, :detail)
"""
_OF = """
select * from changes where kind = :kind and subject = :subject order by id desc limit :limit
"""
_LATEST = """
select at, who, kind, subject, what, detail from (
    select id, at, who, kind, subject, what, detail from changes
    union all
    select id, at, who, 'rule', rule_id, what, '' from rule_changes
) order by at desc, id desc limit :limit
"""

_REVISION = "select coalesce(max(id), 0) as revision from changes"

FEED, CHANNEL, RULE, ENTITY, STORY = (
    "feed",
    "channel",
    "rule",
    "entity",
    "story",
)  #: kinds of subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the audit."""

    at: datetime
    who: str  #: a Slack user id, `console`, or the file it came from
    kind: str  #: feed, channel, rule, entity or story
    subject: str  #: the number of a feed or rule, the address of a channel
    what: str  #: added, removed, resumed, …
    detail: str = ""  #: plain text: a feed's address, what was shared


class Changes:
    """The changes table; lines are only ever added."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def note(
        self, kind: str, subject: str | int, what: str, *, who: str, now: datetime, detail: str = ""
    ) -> None:
        """Add a line; inside the transaction of the change itself, where there is one.

        Args:
            kind: `FEED` or `CHANNEL`.
            subject: the feed's number, the channel's address.
            what: one word in the past tense: `added`, `resumed`.
            who: a Slack user id, `console`, or the file it came from.
            now: the time.
            detail: plain text, for people.
        """
        row = {"kind": kind, "subject": str(subject), "what": what, "who": who, "detail": detail}
        self._db.run(_NOTE, row | {"at": to_us(now)})

    def of(self, kind: str, subject: str | int, *, limit: int) -> list[Change]:
        """Return the latest changes of a feed or channel, newest first."""
        params = {"kind": kind, "subject": str(subject), "limit": limit}
        return [_change(row) for row in self._db.rows(_OF, params)]

    def latest(self, *, limit: int) -> list[Change]:
        """Return the latest changes of all, those of rules among them, newest first."""
        return [_change(row) for row in self._db.rows(_LATEST, {"limit": limit})]

    def revision(self) -> int:
        """Return a number that grows with every line."""
        row = self._db.row(_REVISION)
        assert row is not None
        return int(row["revision"])


def _change(row: Row) -> Change:
    return Change(
        at=from_us(row["at"]),
        who=row["who"],
        kind=row["kind"],
        subject=str(row["subject"]),
        what=row["what"],
        detail=row["detail"],
    )
