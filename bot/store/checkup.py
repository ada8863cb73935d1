"""Is a database sound, and what is in it: looked at as it is, while others use it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import StoreError
from bot.store.backup import BACKUP_MADE_AT
from bot.store.channels import INSTALLATION, PausedChannel
from bot.store.database import known_steps
from bot.store.failures import damage
from bot.store.place import path_of, visiting
from bot.store.times import from_us

_STEPS = "select name from _sqlite_migrations where migration_set = 'watchdesk' order by id"
_STRAYS = 'select "table", parent, count(*) from pragma_foreign_key_check group by 1, 2'
_FREE = "select freelist_count * page_size from pragma_freelist_count, pragma_page_size"
_STATES = "select state, count(*) from deliveries group by state order by state"
_FACTS = "select name, value from facts"
_REFUSED = """
select name, paused_reason, paused_advice, paused_at from channels
where name = :name and paused_at is not null
"""
_TABLES = ("feeds", "rules", "entries", "stories", "matches", "deliveries")
_COMPARE = "insert into entries_fts (entries_fts, rank) values ('integrity-check', 1)"
_REBUILD = "insert into entries_fts (entries_fts) values ('rebuild')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What was found in a database."""

    path: Path
    problems: tuple[str, ...]  #: what is wrong and what to do; empty if it is sound
    size: int  #: bytes of the file
    log_size: int  #: bytes of the write-ahead log beside it
    free: int  #: bytes in the file that wait to be used again
    step: str  #: the last step of the schema that was taken
    behind: int  #: steps of the schema that the next start takes
    rows: Mapping[str, int]  #: by table
    deliveries: Mapping[str, int]  #: by state
    heartbeat: datetime | None
    restored_from: datetime | None


def check_up(url: str) -> Checkup:
    """Examine a database from its pages to the meaning of its tables.

    Writers wait while the full text is compared, as they do for any other write.

    Raises:
        StoreError: there is no such file, or it is no database of Watchdesk.
    """
    path = Path(path_of(url))
    with visiting(url) as db:
        look = _Look(db)
        steps = _steps(db, path)
        look.pages()
        look.references()
        look.full_text()
        look.schema(steps)
        facts = dict(look.rows(_FACTS))
        return Checkup(
            path=path,
            size=path.stat().st_size,
            log_size=_size(path.with_name(f"{path.name}-wal")),
            free=look.count(_FREE),
            step=steps[-1],
            behind=len(set(known_steps()) - set(steps)),
            rows={name: look.count(f"select count(*) from {name}") for name in _TABLES},  # noqa: S608
            deliveries=dict(look.rows(_STATES)),
            heartbeat=_moment(facts, "heartbeat"),
            restored_from=_moment(facts, BACKUP_MADE_AT),
            problems=tuple(dict.fromkeys(look.problems)),
        )


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells whether a running bot is well."""

    heartbeat: datetime | None
    refused: PausedChannel | None  #: why the sink takes nothing at all, if so


def vital_signs(url: str) -> Signs:
    """Return the signs of life that a running bot leaves, without disturbing it.

    Raises:
        StoreError: there is no database, or it can't be read.
    """
    with visiting(url) as db:
        facts = dict(db.execute(_FACTS).fetchall())
        refused = db.execute(_REFUSED, {"name": INSTALLATION}).fetchone()
    moment = _moment(facts, "heartbeat")
    if refused is None:
        return Signs(moment, None)
    name, reason, advice, since = refused
    paused = PausedChannel(name=name, reason=reason, advice=advice, since=from_us(since))
    return Signs(moment, paused)


def _steps(db: sqlite3.Connection, path: Path) -> list[str]:
    found = db.execute("select 1 from sqlite_schema where name = '_sqlite_migrations'").fetchone()
    steps = [row[0] for row in db.execute(_STEPS)] if found else []
    if not steps:
        raise StoreError(f"{path}: is no database of Watchdesk → check DATABASE_URL")
    return steps


class _Look:
    """Asks one thing after the other; what can't be answered is a finding, not an end."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.problems: list[str] = []

    def rows(self, sql: str) -> list[Any]:
        try:
            return self._db.execute(sql).fetchall()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise  # says nothing about the database
            self.problems.append(str(error))
            return []

    def count(self, sql: str) -> int:
        return next((int(row[0]) for row in self.rows(sql)), 0)

    def pages(self) -> None:
        advice = "`bot restore` puts a backup in its place"
        self.problems += [f"pages: {line} → {advice}" for line in damage(self._db, limit=20)]

    def references(self) -> None:
        for table, parent, count in self.rows(_STRAYS):
            self.problems.append(f"{count} rows of {table} point to {parent} that are not there")

    def full_text(self) -> None:
        """Compare the search index with the texts, which SQLite does only as a kind of write."""
        self._db.execute("begin immediate")
        before = len(self.problems)
        self.rows(_COMPARE)
        self._db.execute("rollback")
        self.problems[before:] = [
            f'search index: {said} → stop the bot, then: sqlite3 FILE "{_REBUILD}"'
            for said in self.problems[before:]
        ]

    def schema(self, steps: list[str]) -> None:
        for name in steps:
            if name not in known_steps():
                said = f"step {name} was taken by a newer Watchdesk"
                self.problems.append(f"schema: {said} → install that version")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _moment(facts: Mapping[str, str], name: str) -> datetime | None:
    return from_us(int(facts[name])) if name in facts else None
