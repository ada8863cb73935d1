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
from bot.store.migrations import migrations

Params = Mapping[str, Any]
Row = dict[str, Any]

_BUSY_MS = 5_000
_ADVICE = {
    "locked": "another process holds the database; stop it or point DATABASE_URL elsewhere",
    "full": "the disk is full; free some space, nothing was half-saved",
    "readonly": "the database can't be written; check the owner of the file and its folder",
    "unable to open": "check that the folder exists and may be written",
    "not a database": "the file is no SQLite database; point DATABASE_URL elsewhere",
    "malformed": "the database is damaged; restore a backup",
}


def path_of(url: str) -> str:
    """Return the file of an `sqlite:///file.db` URL, or `:memory:` for `sqlite://`.

    Raises:
        StoreError: for any other scheme.
    """
    if url in {"sqlite://", "sqlite:///:memory:"}:
        return ":memory:"
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return url.removeprefix("sqlite:///")
    raise StoreError(f"DATABASE_URL {url.split(':', 1)[0]}:… → use sqlite:///watchdesk.db")


class Database:
    """A connection that speaks named parameters and dict rows."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with self._explained():
            self._conn = sqlite3.connect(path, check_same_thread=False, timeout=_BUSY_MS / 1000)
            try:
                self.tables = sqlite_utils.Database(self._conn)
                self._configure()
                with self.transaction():  # else a second process may migrate the same step
                    migrations.apply(self.tables)
            except BaseException:
                self._conn.close()
                raise

    def _configure(self) -> None:
        """WAL for readers beside the writer; FULL since the outbox must survive a power cut."""
        if self.path != ":memory:":
            self._enable_wal()
        self._conn.execute("PRAGMA synchronous=FULL")
        self._conn.execute("PRAGMA foreign_keys=ON")

    def _enable_wal(self) -> None:
        """Switch the journal's mode, for which SQLite itself does not wait its turn."""
        give_up = time.monotonic() + _BUSY_MS / 1000
        while True:
            try:
                return self.tables.enable_wal()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements inside, or none; nests into the outer one.

        Raises:
            StoreError: the database refused; nothing was saved.
        """
        with self._lock, self._explained():
            if self._depth:
                yield
                return
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

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement and return its rows."""
        with self._lock, self._explained():
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

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        """Run a statement and return its first row, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def run(self, sql: str, params: Params | None = None) -> int:
        """Run a writing statement and return how many rows it touched."""
        with self.transaction():
            return int(self.tables.execute(sql, dict(params or {})).rowcount)

    def close(self) -> None:
        """Close the connection; the database can't be used afterwards."""
        with self._lock:
            self._conn.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, with what to do."""
        try:
            yield
        except sqlite3.Error as error:
            text = str(error)
            advice = next((fix for sign, fix in _ADVICE.items() if sign in text), "")
            raise StoreError(
                f"{Path(self.path).name}: {text}" + (f" → {advice}" if advice else "")
            ) from error
