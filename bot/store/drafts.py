"""Rules that were shown and not saved yet: a button carries no more than the number of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.models import Rule
from bot.store.database import Database
from bot.store.rules import as_text, from_text
from bot.store.times import from_us, to_us

KEPT = timedelta(days=1)

_ADD = """
insert into drafts (who, channel, rule, rule_id, version, created_at)
values (:who, :channel, :rule, :rule_id, :version, :now)
returning id
"""
_GET = "select * from drafts where id = :id"
_END = """
update drafts set outcome = :outcome, saved_as = :saved_as where id = :id and outcome is null
"""
_FORGET = "delete from drafts where created_at < :before"


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as someone was shown it."""

    id: int
    who: str
    channel: str  #: where they asked
    rule: Rule  #: with the id of the rule it changes; 0: it is new
    created_at: datetime
    outcome: Literal["saved", "cancelled"] | None = None  #: None: it waits
    saved_as: int = 0  #: the rule it became


class Drafts:
    """The drafts table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, rule: Rule, *, who: str, channel: str, now: datetime) -> int:
        """Keep a rule for a day and return its number."""
        params = {
            "who": who,
            "channel": channel,
            "rule": as_text(rule),
            "rule_id": rule.id,
            "version": rule.version,
            "now": to_us(now),
        }
        return int(self._db.rows(_ADD, params)[0]["id"])

    def get(self, draft_id: int) -> Draft | None:
        """Return a draft; None if there is none, or none any more."""
        row = self._db.row(_GET, {"id": draft_id})
        if row is None:
            return None
        return Draft(
            id=row["id"],
            who=row["who"],
            channel=row["channel"],
            rule=from_text(row["rule"], rule_id=row["rule_id"], version=row["version"]),
            created_at=from_us(row["created_at"]),
            outcome=row["outcome"],
            saved_as=row["saved_as"] or 0,
        )

    def saved(self, draft_id: int, rule_id: int) -> None:
        """Note which rule a draft became."""
        self._db.run(_END, {"id": draft_id, "outcome": "saved", "saved_as": rule_id})

    def cancel(self, draft_id: int) -> None:
        """Note that a draft is not wanted."""
        self._db.run(_END, {"id": draft_id, "outcome": "cancelled", "saved_as": None})

    def forget(self, now: datetime) -> int:
        """Drop the drafts that are a day old; return how many."""
        return self._db.run(_FORGET, {"before": to_us(now - KEPT)})
