"""Where a database is: its file, whether that is still there, and a look without a change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bot.errors import StoreError
from bot.store.failures import explained

MEMORY = ":memory:"
BUSY_S = 5.0  #: how long to wait for another process before saying so


def path_of(url: str) -> str:
    """Return the file of an `sqlite:///file.db` URL, or `:memory:` for `sqlite://`.

    Raises:
        StoreError: for any other scheme.
    """
    if url in {"sqlite://", "sqlite:///:memory:"}:
        return MEMORY
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return url.removeprefix("sqlite:///")
    raise StoreError(f"DATABASE_URL {url.split(':', 1)[0]}:… → use sqlite:///watchdesk.db")


class OpenFiles:
    """The files that a connection has open, by what they are and not by name.

    SQLite writes on, without an error, into a file that was deleted or replaced: all of it would
    be gone when the process ends.
    """

    def __init__(self, path: str) -> None:
        names = [] if path == MEMORY else [Path(path).absolute()]
        names += [name.with_name(f"{name.name}-wal") for name in names]
        self._opened = {name: _identity(name) for name in names}

    def astray(self) -> str | None:
        """Return the name of a file that is no longer the one opened; None if all are in place."""
        return next(
            (str(name) for name, opened in self._opened.items() if _identity(name) != opened), None
        )


def _identity(name: Path) -> tuple[int, int] | None:
    try:
        found = name.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def visiting(url: str) -> Iterator[sqlite3.Connection]:
    """Open a database as it is: nothing is created, nothing is migrated.

    Raises:
        StoreError: there is no such file, or it can't be read.
    """
    path = path_of(url)
    if path == MEMORY:
        raise StoreError("DATABASE_URL names no file → use sqlite:///watchdesk.db")
    if not Path(path).is_file():
        raise StoreError(f"{path}: no such file → check DATABASE_URL and the folder you are in")
    with explained(path):
        visit = sqlite3.connect(
            f"file:{quote(path)}?mode=rw", uri=True, timeout=BUSY_S, isolation_level=None
        )
        try:
            yield visit
        finally:
            visit.close()
