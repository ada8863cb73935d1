"""The SQLite engine: open, migrate, execute, commit; the only file that knows which database it is.

One connection, one lock: transactions are short (nothing waits on the network inside one), so
threads take turns. sqlite-utils opens, migrates and indexes; hot statements go straight through
`execute` inside `BEGIN IMMEDIATE`, since a deferred BEGIN fails at once under two writers.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from bot.errors import StoreError
from bot.store.backup import copy_into
from bot.store.failures import explained
from bot.store.migrations import migrations
from bot.store.place import BUSY_S, MEMORY, OpenFiles

Params = Mapping[str, Any]
Row = dict[str, Any]


class Database:
    """A connection that speaks named parameters and dict rows."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._lost: str | None = None
        with explained(path):
            self._conn = sqlite3.connect(path, check_same_thread=False, timeout=BUSY_S)
            try:
                self.tables = sqlite_utils.Database(self._conn)
                refuse_strangers(self.tables, path)
                self._configure()
                self._files = OpenFiles(path)
                with self.transaction():  # else a second process may migrate the same step
                    migrations.apply(self.tables)
            except BaseException:
                self._conn.close()
                raise

    def _configure(self) -> None:
        """WAL for readers beside the writer; FULL since the outbox must survive a power cut."""
        if self.path != MEMORY:
            self._enable_wal()
        self._conn.execute("PRAGMA synchronous=FULL")
        self._conn.execute("PRAGMA foreign_keys=ON")

    def _enable_wal(self) -> None:
        """Switch the journal's mode, for which SQLite itself does not wait its turn."""
        give_up = time.monotonic() + BUSY_S
        while True:
            try:
                self.tables.enable_wal()
                self._conn.execute("select count(*) from sqlite_schema")  # creates the log
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
            else:
                return

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements inside, or none; nests into the outer one.

        Raises:
            StoreError: the database refused; nothing was saved.
        """
        with self._lock, explained(self.path):
            if self._depth:
                yield
                return
            self._refuse_lost_files()
            self._conn.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._conn.execute("COMMIT")
            except BaseException:
                if self._conn.in_transaction:  # a full disk may have rolled back already
                    self._conn.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def _refuse_lost_files(self) -> None:
        """Stop writing into a file that has no name any more, and save what it holds."""
        if self._lost is None and (name := self._files.astray()):
            self._lost = f"{name}: deleted or replaced while in use → {self._rescue()}"
        if self._lost:
            raise StoreError(self._lost)

    def _rescue(self) -> str:
        rescued = Path(f"{self.path}.rescued-{time.time_ns() // 1_000_000_000}")
        try:
            copy_into(self._conn, rescued)
        except (StoreError, sqlite3.Error) as error:
            return f"what it held could not be saved ({error}); `bot restore` puts a backup in its place"
        return (
            f"all it held is saved in {rescued}; `bot restore` puts that or a backup in its place"
        )

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement and return its rows."""
        with self._lock, explained(self.path):
            if sql.lstrip()[:6].lower() != "select" and not self._depth:
                with self.transaction():
                    return self._fetch(sql, params or {})
            return self._fetch(sql, params or {})

    def _fetch(self, sql: str, params: Params) -> list[Row]:
        cursor = self.tables.execute(sql, dict(params))
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def tuples(self, sql: str, params: Params) -> list[tuple[Any, ...]]:
        """Run a reading statement and return its rows by position, for what reads many."""
        with self._lock, explained(self.path):
            return self.tables.execute(sql, dict(params)).fetchall()

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        """Run a statement and return its first row, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def run(self, sql: str, params: Params | None = None) -> int:
        """Run a writing statement and return how many rows it touched."""
        with self.transaction():
            return int(self.tables.execute(sql, dict(params or {})).rowcount)

    def compact(self) -> None:
        """Write the file anew without its gaps."""
        with self._lock, explained(self.path):
            self._conn.execute("VACUUM")
            self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection; the database can't be used afterwards."""
        with self._lock:
            self._conn.close()


def refuse_strangers(tables: sqlite_utils.Database, path: str) -> None:
    """Raise StoreError for a database of another program, or of a Watchdesk newer than this."""
    steps = [step.name for step in migrations.applied(tables)]
    if not steps and tables.table_names():
        raise StoreError(f"{path}: is another program's database → point DATABASE_URL elsewhere")
    if newer := [name for name in steps if name not in known_steps()]:
        raise StoreError(
            f"{path}: was written by a newer Watchdesk ({newer[-1]})"
            " → install that version, or `bot restore` a backup of this one"
        )


def known_steps() -> tuple[str, ...]:
    """Return the names of the schema's steps that this program knows, oldest first."""
    return tuple(step.name for step in migrations._migrations)  # noqa: SLF001  has no public name
