"""Die at the n-th statement: a SQLite connection that stops the process before or after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest


class Died(BaseException):
    """The process is gone; nothing may catch this."""


@dataclass
class Fuse:
    """Counts the points where a process can die, and lets it die at one of them.

    Every statement has two, before and after it; so has every request to Slack. `at=0` only counts.
    """

    at: int = 0
    points: list[str] = field(default_factory=list)
    blown: bool = False

    def strike(self, name: str) -> bool:
        """Pass a point; True if the process is dead (now or since before)."""
        if not self.blown:
            self.points.append(name)
            self.blown = len(self.points) == self.at
        return self.blown

    def pass_or_die(self, name: str) -> None:
        """Pass a point of this process, or die there."""
        if self.strike(name):
            raise Died(name)


class Fused(sqlite3.Connection):
    """A connection that asks its fuse at each statement; without one it is an ordinary one."""

    fuse: Fuse | None = None
    commits_before: str | None = None  #: a wrong order: statements that start so, start anew

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if self.commits_before and sql.lstrip().startswith(self.commits_before):
            self.execute("COMMIT")
            self.execute("BEGIN IMMEDIATE")
        if sql == "PRAGMA synchronous=FULL":
            sql = "PRAGMA synchronous=OFF"  # it guards against power cuts, which nothing here is
        if self.fuse is None:
            return super().execute(sql, *args)
        name = " ".join(sql.split()[:3])
        self.fuse.pass_or_die(f"before {name}")
        cursor = super().execute(sql, *args)
        self.fuse.pass_or_die(f"after {name}")
        return cursor


@contextmanager
def fused_connections() -> Iterator[None]:
    """Let every database opened meanwhile have a connection that can be fused."""
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def fused(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        return connect(*args, **({"factory": Fused} | kwargs))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", fused)
        yield
