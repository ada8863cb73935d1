"""One process works on a database at a time: a lock beside the file that the kernel gives back.

It is a `flock` on `<database>.lock`, so a killed process leaves none behind, and containers that
share a volume see each other's. The file says who holds it; it is never deleted, since a lock on
a deleted file would be seen by nobody.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.errors import StoreError
from bot.store.place import MEMORY, path_of

_PATIENCE_S = 1.0  #: a look at the lock, or a process about to end, holds it this long at most
_TAKEN = {errno.EAGAIN, errno.EACCES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who works on a database."""

    pid: int
    host: str
    what: str  #: the command: `bot run`
    since: str  #: UTC
    trouble: str | None = None  #: what keeps it from working, in words

    def __str__(self) -> str:
        return f"`{self.what}` (process {self.pid} on {self.host}) since {self.since}"


class Lock:
    """A lock that is held; a database in memory needs none and gets one without a file."""

    def __init__(self, handle: int | None = None, holder: Holder | None = None) -> None:
        self._handle = handle
        self._holder = holder

    def note(self, trouble: str | None) -> None:
        """Tell whoever asks what keeps this process from working; None: nothing does.

        It is written in place, into a file that is there: that works on a full disk too.
        """
        if self._handle is None or self._holder is None or self._holder.trouble == trouble:
            return
        self._holder = replace(self._holder, trouble=trouble)
        _write(self._handle, self._holder)


@contextmanager
def alone(url: str, *, what: str, now: datetime) -> Iterator[Lock]:
    """Hold a database while inside.

    Args:
        url: the database.
        what: the command that wants it, for whoever is refused.
        now: the time.

    Raises:
        StoreError: another process holds it; says which one, and since when.
    """
    if path_of(url) == MEMORY:
        yield Lock()
        return
    holder = Holder(
        pid=os.getpid(), host=socket.gethostname(), what=what, since=f"{now:%Y-%m-%d %H:%M:%S}Z"
    )
    path = _lock_file(url)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror} → check that the folder exists and may be written"
        ) from error
    try:
        _acquire(handle, url)
        _write(handle, holder)
        yield Lock(handle, holder)
    finally:
        os.close(handle)


def holder_of(url: str) -> Holder | None:
    """Return who works on a database at this moment; None if nobody does."""
    try:
        handle = os.open(_lock_file(url), os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if _take(handle, fcntl.LOCK_SH) else _read(handle)
    finally:
        os.close(handle)


def _lock_file(url: str) -> Path:
    """Return the same file for every name that the database has."""
    path = Path(path_of(url)).resolve()
    return path.with_name(f"{path.name}.lock")


def _acquire(handle: int, url: str) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while not _take(handle, fcntl.LOCK_EX):
        if time.monotonic() > give_up:
            raise StoreError(
                f"{path_of(url)}: is in use by {_read(handle)}"
                " → stop that one first, or set another DATABASE_URL"
            )
        time.sleep(0.02)


def _take(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise StoreError(
            f"the folder of the database takes no locks ({error.strerror}) → use a local disk"
        ) from error
    return True


def _write(handle: int, holder: Holder) -> None:
    content = json.dumps(asdict(holder), ensure_ascii=False).encode()
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))


def _read(handle: int) -> Holder:
    try:
        return Holder(**json.loads(os.pread(handle, 65_536, 0)))
    except (ValueError, TypeError):  # it has the lock and is about to write its name
        return Holder(pid=0, host="this machine", what="another process", since="just now")
