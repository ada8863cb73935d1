"""Rules, and the audit of every change to one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.core.models import Form, Level, Mode, Rule, Threads
from bot.core.quiet import QuietHours
from bot.store.database import Database, Row
from bot.store.times import FOREVER, from_us, maybe_from, maybe_us, to_us

_ADD = """
insert into rules (name, query, form, channel, level, mode, min_outlets, threads, quiet_hours,
    owner, paused_until, version, created_at)
values (:name, :query, :form, :channel, :level, :mode, :min_outlets, :threads, :quiet_hours,
    :owner, :paused_until, 1, :at)
returning *
"""
_REPLACE = """
update rules set
    name = :name, query = :query, form = :form, channel = :channel, level = :level, mode = :mode,
    min_outlets = :min_outlets, threads = :threads, quiet_hours = :quiet_hours, owner = :owner,
    paused_until = :paused_until, version = version + 1
where id = :id
returning *
"""
_REMOVE = "update rules set removed_at = :at where id = :id returning *"
_RESTORE = "update rules set removed_at = null where id = :id returning *"
_BY_ID = "select * from rules where id = :id"
_LIVE = "select * from rules where removed_at is null order by id"
_LOG = """
insert into rule_changes (rule_id, at, who, what, before, after)
values (:rule_id, :at, :who, :what, :before, :after)
"""
# What waits for a rule's quiet hours looks again when a rule there is added or changed.
_STIR = """
update deliveries set not_before = 0, quiet_until = null
where state = 'pending' and quiet_until is not null and channel = :channel
"""
_HISTORY = "select * from rule_changes where rule_id = :rule_id order by id"
_AS_OF = """
select c.rule_id, c.after, r.created_at, (
    select count(*) from rule_changes v
    where v.rule_id = c.rule_id and v.id <= c.id and v.what not in ('removed', 'restored')
) as version
from rule_changes c join rules r on r.id = c.rule_id
where c.id in (select max(id) from rule_changes where at <= :at group by rule_id)
    and c.after is not null
order by c.rule_id
"""
_LAST_REMOVED = """
select c.rule_id from rule_changes c join rules r on r.id = c.rule_id
where c.who = :who and c.what = 'removed' and r.removed_at is not null
order by c.id desc limit 1
"""
_CHANGED = """
select * from rules where id in (select rule_id from rule_changes where id > :revision)
order by id
"""
_CHANGED_QUERIES = """
select id, iif(removed_at is null, query, null) as query from rules
where id in (select rule_id from rule_changes where id > :revision)
"""
_REVISION = "select coalesce(max(id), 0) as revision from rule_changes"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One line of the audit."""

    rule_id: int
    at: datetime
    who: str
    what: str  #: added, edited, paused, resumed, removed, restored
    before: str | None  #: the rule as JSON
    after: str | None


class Rules:
    """The rules table; every write leaves a line in the audit."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, rule: Rule, *, who: str, now: datetime) -> Rule:
        """Save a new rule and return it with its id."""
        with self._db.transaction():
            saved = rule_of(self._db.rows(_ADD, _params(rule) | {"at": to_us(now)})[0])
            self._log(saved.id, who=who, what="added", before=None, after=saved, now=now)
        return saved

    def edit(self, rule: Rule, *, who: str, now: datetime, what: str = "edited") -> Rule:
        """Save a changed rule under its id as a new version and return it."""
        with self._db.transaction():
            before = self.get(rule.id)
            saved = rule_of(self._db.rows(_REPLACE, _params(rule) | {"id": rule.id})[0])
            self._log(rule.id, who=who, what=what, before=before, after=saved, now=now)
        return saved

    def pause(self, rule: Rule, *, until: datetime = FOREVER, who: str, now: datetime) -> Rule:
        """Silence a rule until a time, or until someone resumes it."""
        return self.edit(replace(rule, paused_until=until), who=who, now=now, what="paused")

    def resume(self, rule: Rule, *, who: str, now: datetime) -> Rule:
        """Let a paused rule speak again."""
        return self.edit(replace(rule, paused_until=None), who=who, now=now, what="resumed")

    def remove(self, rule_id: int, *, who: str, now: datetime) -> Rule:
        """Remove a rule; it can be restored."""
        return self._flip(_REMOVE, rule_id, who, "removed", now)

    def restore(self, rule_id: int, *, who: str, now: datetime) -> Rule:
        """Bring a removed rule back as it was."""
        return self._flip(_RESTORE, rule_id, who, "restored", now)

    def _flip(self, sql: str, rule_id: int, who: str, what: str, now: datetime) -> Rule:
        with self._db.transaction():
            saved = rule_of(self._db.rows(sql, {"id": rule_id, "at": to_us(now)})[0])
            after = None if what == "removed" else saved
            self._log(rule_id, who=who, what=what, before=saved, after=after, now=now)
        return saved

    def configure(self, rules: Iterable[Rule], *, origin: str, now: datetime) -> None:
        """Make the rules that come from `origin` be exactly these; equal ones are not touched."""
        wanted = {rule.name: replace(rule, owner=origin) for rule in rules}
        with self._db.transaction():
            current = {rule.name: rule for rule in self.live() if rule.owner == origin}
            for name in current.keys() - wanted.keys():
                self.remove(current[name].id, who=origin, now=now)
            for name, rule in wanted.items():
                if name not in current:
                    self.add(rule, who=origin, now=now)
                elif _params(rule) != _params(current[name]):
                    self.edit(replace(rule, id=current[name].id), who=origin, now=now)

    def live(self) -> list[Rule]:
        """Return all rules that are not removed, paused ones too, by id."""
        return [rule_of(row) for row in self._db.rows(_LIVE)]

    def get(self, rule_id: int) -> Rule | None:
        """Return a rule by id, removed or not."""
        row = self._db.row(_BY_ID, {"id": rule_id})
        return rule_of(row) if row else None

    def is_removed(self, rule_id: int) -> bool:
        """Say whether a rule was removed."""
        row = self._db.row(_BY_ID, {"id": rule_id})
        return row is not None and row["removed_at"] is not None

    def last_removed_by(self, who: str) -> int | None:
        """Return the id of the rule this person removed last and nobody restored."""
        row = self._db.row(_LAST_REMOVED, {"who": who})
        return int(row["rule_id"]) if row else None

    def history(self, rule_id: int) -> list[RuleChange]:
        """Return who changed a rule, how and when, oldest first."""
        return [
            RuleChange(
                row["rule_id"],
                from_us(row["at"]),
                row["who"],
                row["what"],
                row["before"],
                row["after"],
            )
            for row in self._db.rows(_HISTORY, {"rule_id": rule_id})
        ]

    def as_of(self, at: datetime) -> list[Rule]:
        """Return the rules as they stood at a time, without those that were removed then."""
        return [
            rule_of(
                {
                    **json.loads(row["after"]),
                    "id": row["rule_id"],
                    "version": row["version"],
                    "created_at": row["created_at"],
                }
            )
            for row in self._db.rows(_AS_OF, {"at": to_us(at)})
        ]

    def revision(self) -> int:
        """Return a number that grows with every change to any rule."""
        row = self._db.row(_REVISION)
        assert row is not None
        return int(row["revision"])

    def changed_since(self, revision: int) -> tuple[list[Rule], list[int]]:
        """Return the rules changed after a revision as they are now, and the ids of removed ones."""
        rows = self._db.rows(_CHANGED, {"revision": revision})
        live = [rule_of(row) for row in rows if row["removed_at"] is None]
        return live, [int(row["id"]) for row in rows if row["removed_at"] is not None]

    def changed_queries(self, revision: int) -> dict[int, str | None]:
        """Return the queries of rules changed after a revision, None for removed ones."""
        rows = self._db.rows(_CHANGED_QUERIES, {"revision": revision})
        return {int(row["id"]): row["query"] for row in rows}

    def _log(
        self,
        rule_id: int,
        *,
        who: str,
        what: str,
        before: Rule | None,
        after: Rule | None,
        now: datetime,
    ) -> None:
        self._db.run(
            _LOG,
            {
                "rule_id": rule_id,
                "at": to_us(now),
                "who": who,
                "what": what,
                "before": json.dumps(_params(before), ensure_ascii=False) if before else None,
                "after": json.dumps(_params(after), ensure_ascii=False) if after else None,
            },
        )
        # where a rule went away, what waits may wait on: it may be put back before its hour
        if after:
            self._db.run(_STIR, {"channel": after.channel})


def _params(rule: Rule) -> dict[str, str | int | None]:
    form = json.dumps(asdict(rule.form), ensure_ascii=False) if rule.form else None
    return {
        "name": rule.name,
        "query": rule.query,
        "form": form,
        "channel": rule.channel,
        "level": rule.level.value,
        "mode": rule.mode.value,
        "min_outlets": rule.min_outlets,
        "threads": rule.threads.value if rule.threads else None,
        "quiet_hours": str(rule.quiet_hours) if rule.quiet_hours else None,
        "owner": rule.owner,
        "paused_until": maybe_us(rule.paused_until),
    }


def rule_of(row: Row) -> Rule:
    """Read a rule back from its row."""
    form = {name: tuple(values) for name, values in json.loads(row["form"] or "{}").items()}
    return Rule(
        id=row["id"],
        name=row["name"],
        query=row["query"],
        form=Form(**form) if form else None,
        channel=row["channel"],
        level=Level(row["level"]),
        # the audit has rules from before there were these
        mode=Mode(row.get("mode", Mode.INSTANT)),
        min_outlets=row.get("min_outlets", 1),
        threads=Threads(threads) if (threads := row.get("threads")) else None,
        quiet_hours=QuietHours.of(hours) if (hours := row.get("quiet_hours")) else None,
        owner=row["owner"],
        paused_until=maybe_from(row["paused_until"]),
        version=row["version"],
        created_at=from_us(row["created_at"]),
    )


def as_text(rule: Rule) -> str:
    """Return a rule as the audit keeps it."""
    return json.dumps(_params(rule), ensure_ascii=False)


def from_text(text: str, *, rule_id: int, version: int, created_at: datetime | None = None) -> Rule:
    """Read a rule back from what the audit keeps."""
    created = maybe_us(created_at) or 0
    return rule_of({**json.loads(text), "id": rule_id, "version": version, "created_at": created})
