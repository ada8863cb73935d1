"""Which configuration file feeds and rules came from, when that file is no longer the one in use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.store.database import Database
from bot.store.rules import Rules

_FILES = (".yaml", ".yml", ".json")  #: people, the terminal and OPML lists are origins as well

_ORIGINS = """
select origin, sum(feeds) as feeds, sum(rules) as rules from (
    select origin, 1 as feeds, 0 as rules from feeds where removed_at is null
    union all
    select owner, 0, 1 from rules where removed_at is null
) group by origin order by origin
"""
_HAND_OVER = "update feeds set origin = :new where origin = :old"


@dataclass(frozen=True, slots=True)
class Origin:
    """A configuration file and what of it is live."""

    name: str
    feeds: int
    rules: int

    def __str__(self) -> str:
        return f"{self.feeds} feeds and {self.rules} rules of {self.name}"


class Origins:
    """Where feeds and rules came from."""

    def __init__(self, db: Database, rules: Rules) -> None:
        self._db = db
        self._rules = rules

    def other_files(self, current: str) -> list[Origin]:
        """Return the configuration files but the current one of which something is live."""
        found = [
            Origin(row["origin"], row["feeds"], row["rules"]) for row in self._db.rows(_ORIGINS)
        ]
        return [one for one in found if one.name != current and one.name.endswith(_FILES)]

    def adopt(self, old: str, *, new: str, now: datetime) -> None:
        """Make the feeds and rules of one file those of another; their ids and history stay."""
        with self._db.transaction():
            self._db.run(_HAND_OVER, {"old": old, "new": new})
            for rule in self._rules.live():
                if rule.owner == old:
                    self._rules.edit(replace(rule, owner=new), who=new, now=now)
