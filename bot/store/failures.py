"""SQLite's errors in our words: which file, what happened, what to do, and whether waiting helps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import StoreError

_BUSY = "another process holds the database; it is tried again, or stop that process"
_DISK = "the disk could not read or write; check its space, its quota and its health"

#: By SQLite's primary result code: what to do, and whether it may pass without anybody's doing.
_KINDS: dict[int, tuple[str, bool]] = {
    sqlite3.SQLITE_BUSY: (_BUSY, True),
    sqlite3.SQLITE_LOCKED: (_BUSY, True),
    sqlite3.SQLITE_PROTOCOL: (_BUSY, True),
    sqlite3.SQLITE_FULL: ("the disk is full; free some space, nothing was half-saved", True),
    sqlite3.SQLITE_IOERR: (_DISK, True),
    sqlite3.SQLITE_NOMEM: ("there is no memory left; nothing was half-saved", True),
    sqlite3.SQLITE_CANTOPEN: (
        "check that the folder exists and may be written, and that files may still be opened",
        True,
    ),
    sqlite3.SQLITE_READONLY: (
        "the database can't be written; check who owns file and folder, and how the disk is mounted",
        False,
    ),
    sqlite3.SQLITE_NOTADB: ("the file is no SQLite database; point DATABASE_URL elsewhere", False),
    sqlite3.SQLITE_CORRUPT: (
        "the database is damaged; `bot check --db` tells where, `bot restore` puts a backup in its place",
        False,
    ),
}


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        StoreError: `transient` if waiting may help.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        advice, transient = _KINDS.get(code, ("", False))
        said = f"{path}: {error}" + (f" → {advice}" if advice else "")
        raise StoreError(said, transient=transient) from error


def damage(db: sqlite3.Connection, *, limit: int) -> list[str]:
    """Return what SQLite finds wrong with the pages of a database, in its own words."""
    try:
        found = [row[0] for row in db.execute(f"pragma integrity_check({limit:d})")]
    except sqlite3.DatabaseError as error:  # too damaged even for the check
        return [str(error)]
    return [" ".join(line.split()) for line in found if line != "ok"]
