"""The actors and locations Watchdesk knows from the start, read from the files beside this one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bot.core.models import Entity, Kind

if TYPE_CHECKING:
    from bot.core.entities import Catalogue, Gazetteer

#: All names as the matcher looks for them; `python -m scripts.build_names` writes it.
PACKED_NAMES = "names.bin"


@cache
def load_entities() -> tuple[Entity, ...]:
    """Return every built-in entity, file by file, each file in the order of its ids.

    A file is JSON Lines: one entity per line, with the fields of `Entity` that differ from
    their defaults. `README.md` beside the files says what the names mean.
    """
    return tuple(catalogue())


@cache
def load() -> Gazetteer:
    """Return the built-in gazetteer, ready to look names up and find them in text.

    Entities are read when first asked for, names come packed: a tenth of a second, not one.
    """
    from bot.core.entities import Gazetteer, NameBook  # noqa: PLC0415  only who matches pays for it

    packed = files(__name__) / PACKED_NAMES
    mark, _, data = (packed.read_bytes() if packed.is_file() else b"").partition(b"\n")
    fresh = mark == fingerprint()
    book = NameBook.unpacked(data) if fresh else NameBook.of(catalogue(), decoys())
    return Gazetteer(catalogue(), book)


@cache
def catalogue() -> Catalogue:
    """Return the built-in entities, each read when first asked for."""
    from bot.core.entities import Catalogue  # noqa: PLC0415  as above

    lines = [line for document in _documents() for line in document.splitlines()]
    # Every line begins with its id: written by us, and tested.
    ids = [line[7 : line.index(b'"', 7)].decode() for line in lines]
    return Catalogue(ids, _reader(lines))


def decoys() -> tuple[str, ...]:
    """Return the words that hold a name and mean something else."""
    lines = _decoys().decode().splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def fingerprint() -> bytes:
    """Return what tells whether the packed names belong to the entities at hand."""
    return b"%08x" % zlib.crc32(b"".join([*_documents(), _decoys()]))


def _decoys() -> bytes:
    return (files(__name__) / "decoys.txt").read_bytes()


def _documents() -> list[bytes]:
    documents = sorted(
        (file for file in files(__name__).iterdir() if file.name.endswith(".jsonl")),
        key=lambda file: file.name,
    )
    return [document.read_bytes() for document in documents]


def _reader(lines: list[bytes]) -> Callable[[int], Entity]:
    def read(number: int) -> Entity:
        return _entity(json.loads(lines[number]))

    return read


def _entity(row: dict[str, Any]) -> Entity:
    row["kind"] = _KINDS[row["kind"]]
    row["names"] = tuple(row.get("names", ()))
    row["weak"] = tuple(row.get("weak", ()))
    row["roles"] = tuple(row.get("roles", ()))
    return Entity(**row)


_KINDS = {str(kind): kind for kind in Kind}
