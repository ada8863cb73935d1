"""Copies of a database that may be trusted: made while it is in use, whole, private, in one step."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import StoreError
from bot.store.failures import damage, explained
from bot.store.place import path_of, visiting
from bot.store.times import to_us

#: The fact that a backup carries and the database it was made of does not.
BACKUP_MADE_AT = "backup_made_at"

_STAMP = """
insert into facts (name, value) values (?, ?)
on conflict (name) do update set value = excluded.value
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """A backup that was made and found whole."""

    path: Path
    size: int  #: bytes
    made_at: datetime


def backup(url: str, target: Path, *, now: datetime, overwrite: bool = False) -> Copied:
    """Copy a database, in use or not, into a file that appears only once it is whole.

    Args:
        url: the database; it is neither changed nor migrated.
        target: the file to make, readable by its owner alone.
        now: the moment that the copy remembers, see `Store.restored_from`.
        overwrite: whether a file of that name may be replaced.

    Raises:
        StoreError: nothing was made: the target is taken, the database damaged, the disk full.
    """
    _check_target(target, Path(path_of(url)), overwrite=overwrite)
    with visiting(url) as source:
        source.execute("begin")  # one moment of the database, however long the copying takes
        source.execute("select count(*) from sqlite_schema").fetchone()
        with _appearing(target, overwrite=overwrite) as unfinished:
            copy_into(source, unfinished)
            _stamp(unfinished, now)
    return Copied(target, target.stat().st_size, now)


def restore(url: str, source: Path, *, now: datetime) -> Path | None:
    """Put a backup in the place of a database that nobody works on.

    The log of the old database goes aside with it: beside the backup it would be played into it.

    Args:
        url: the database; the caller holds its lock.
        source: the backup, left as it is.
        now: the time, part of the name under which the old database is kept.

    Returns:
        Where the old database is now; None if there was none.

    Raises:
        StoreError: the backup is damaged or no database of Watchdesk; nothing was changed.
    """
    target = Path(path_of(url))
    if target.exists() and source.exists() and target.samefile(source):
        raise StoreError(f"{source}: is the database itself → name a backup")
    with visiting(f"sqlite:///{source}") as backup_, _appearing(target, overwrite=True) as copy:
        copy_into(backup_, copy)
        with _opened(copy) as opened:
            _check(opened)
        _own_as(target, copy)
        return _set_aside(target, f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}")


def _own_as(before: Path, copy: Path) -> None:
    """Give a file the mode and, where this is allowed, the owner of the one it replaces."""
    if before.exists():
        was = before.stat()
        copy.chmod(stat.S_IMODE(was.st_mode))
        with suppress(PermissionError):
            os.chown(copy, was.st_uid, was.st_gid)


def _set_aside(target: Path, name: str) -> Path | None:
    """Give a database a second name, and its log that name alone."""
    if not target.exists():
        return None
    aside = target.with_name(name)
    aside.hardlink_to(target)  # never a moment without a database: a start would make an empty one
    for end in ("-wal", "-shm"):
        log = target.with_name(f"{target.name}{end}")
        if log.exists():
            log.rename(aside.with_name(f"{name}{end}"))
    return aside


def copy_into(source: sqlite3.Connection, target: Path) -> None:
    """Copy all that a connection sees into a file that is empty or new.

    Raises:
        StoreError: the target can't be written.
    """
    with _opened(target) as copy:
        source.backup(copy)
        copy.execute("pragma journal_mode = delete")  # else the copy would be two files


def _stamp(path: Path, now: datetime) -> None:
    with _opened(path) as copy:
        _check(copy)
        copy.execute(_STAMP, (BACKUP_MADE_AT, str(to_us(now))))


def _check(copy: sqlite3.Connection) -> None:
    """Raise StoreError for a copy that must not be kept."""
    if found := damage(copy, limit=3):
        raise StoreError(f"the database is damaged, no copy was kept: {'; '.join(found)}")
    if not copy.execute("select 1 from sqlite_schema where name = 'facts'").fetchone():
        raise StoreError("this is no database of Watchdesk, no copy was kept")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with explained(str(path)):
        copy = sqlite3.connect(path, isolation_level=None)
        try:
            yield copy
        finally:
            copy.close()


def _check_target(target: Path, source: Path, *, overwrite: bool) -> None:
    """Refuse a target that is taken, that is a database in use, or that no file can take."""
    if not target.parent.is_dir():
        raise StoreError(f"{target}: there is no folder {target.parent} → make it first")
    if target.is_dir():
        raise StoreError(f"{target}: is a folder → name a file in it")
    if target.exists() and source.exists() and target.samefile(source):
        raise StoreError(f"{target}: is the database itself → name another file")
    if target.exists() and not overwrite:
        raise StoreError(f"{target}: is there already → name another file, or add --force")
    if target.with_name(f"{target.name}-wal").exists():
        raise StoreError(f"{target}: a database in use lies there ({target.name}-wal)")


@contextmanager
def _appearing(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a private file to write to; it takes its name when all went well, else vanishes."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror} → choose another folder") from error
    unfinished = Path(name)
    try:
        yield unfinished
        os.fsync(handle)
        if target.exists() and not overwrite:
            raise StoreError(f"{target}: was made by someone else meanwhile → name another file")
        unfinished.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from error
    finally:
        os.close(handle)
        for left in (unfinished, unfinished.with_name(f"{unfinished.name}-journal")):
            left.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
