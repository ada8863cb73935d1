"""How far a replay is, and what it told so far: only in a file that `bot replay --state` made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.store.database import Database

# No step of the schema: the database of a bot has no such tables.
_TABLES = (
    "create table if not exists replay (name text primary key, value text not null)",
    "create table if not exists replayed (step integer primary key, lines text not null)",
)
_BEGUN = "select count(*) as n from sqlite_schema where name = 'replay'"
_BASIS = "select name, value from replay"
_SET_BASIS = "insert into replay (name, value) values (:name, :value)"
_ADD = "insert into replayed (step, lines) values (:step, :lines)"
_STEPS = "select count(*) as n from replayed"
_LINES = "select lines from replayed order by step"


class Replays:
    """The tables of a replay that may be stopped at any moment."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def basis(self) -> dict[str, str]:
        """Return what a replay was begun with; nothing where none was begun."""
        begun = self._db.row(_BEGUN)
        if not begun or not begun["n"]:
            return {}
        return {row["name"]: row["value"] for row in self._db.rows(_BASIS)}

    def begin(self, basis: Mapping[str, str]) -> None:
        """Note what a replay is begun with."""
        with self._db.transaction():
            for table in _TABLES:
                self._db.run(table)
            for name, value in basis.items():
                self._db.run(_SET_BASIS, {"name": name, "value": value})

    def add(self, step: int, lines: list[dict[str, Any]]) -> None:
        """Note what a step told; within the transaction that records the step."""
        self._db.run(_ADD, {"step": step, "lines": json.dumps(lines, ensure_ascii=False)})

    def steps(self) -> int:
        """Return how many steps are done."""
        row = self._db.row(_STEPS)
        return row["n"] if row else 0

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was told so far, in order."""
        for row in self._db.rows(_LINES):
            yield from json.loads(row["lines"])
