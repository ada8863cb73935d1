"""The actors and locations Watchdesk knows from the start, read from the files beside this one."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bot.core.models import Entity, Kind

if TYPE_CHECKING:
    from bot.core.entities import Gazetteer


@cache
def load_entities() -> tuple[Entity, ...]:
    """Return every built-in entity, file by file, each file in the order of its ids.

    A file is JSON Lines: one entity per line, with the fields of `Entity` that differ from
    their defaults. `README.md` beside the files says what the names mean.
    """
    documents = sorted(
        (file for file in files(__name__).iterdir() if file.name.endswith(".jsonl")),
        key=lambda file: file.name,
    )
    return tuple(
        entity for file in documents for entity in _entities(file.read_text(encoding="utf-8"))
    )


@cache
def load() -> Gazetteer:
    """Return the built-in gazetteer, ready to look names up and find them in text."""
    from bot.core.entities import Gazetteer  # noqa: PLC0415  only who matches pays for it

    return Gazetteer(load_entities())


def _entities(lines: str) -> list[Entity]:
    # One parse of the whole file is twice as fast as a parse per line.
    rows = json.loads(f"[{','.join(lines.splitlines())}]")
    return [_entity(row) for row in rows]


def _entity(row: dict[str, Any]) -> Entity:
    row["kind"] = _KINDS[row["kind"]]
    row["names"] = tuple(row.get("names", ()))
    row["weak"] = tuple(row.get("weak", ()))
    return Entity(**row)


_KINDS = {str(kind): kind for kind in Kind}
