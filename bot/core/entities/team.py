"""What a team knows better: entities of its own, more names for ours, names it takes away."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from bot.core.entities.candidates import Sense
from bot.core.entities.catalogue import Catalogue
from bot.core.entities.names import NameBook, Owner
from bot.core.entities.surfaces import Layer
from bot.core.models import Entity
from bot.core.text import fold

SOURCE = "team"


def alias(entity: Entity, *names: str) -> Entity:
    """Return the row that gives an entity more names."""
    return dataclasses.replace(entity, names=names, weak=(), source=SOURCE)


def overlay(
    catalogue: Catalogue,
    book: NameBook,
    entities: Sequence[Entity],
    without: Iterable[tuple[str, str]],
) -> tuple[Catalogue, tuple[Layer, Layer]]:
    """Lay a team's entities over a catalogue.

    A row with a known id adds its names to that entity and changes what else it says. A name of
    the team means the team's entity only; one taken away is no name of that entity any more.

    Args:
        catalogue: the entities we ship.
        book: their names.
        entities: the team's rows.
        without: ids and the names to take away.

    Raises:
        KeyError: a name is to be taken from an entity that does not exist.
        ValueError: the entity has no such name.
    """
    gone = {(entity_id, _key(name)) for entity_id, name in without}
    changed = {entity_id: catalogue.get(entity_id) for entity_id, _ in gone}
    lost = {
        (entity_id, key)
        for entity_id, key in gone
        if key not in {_key(name) for name in (*changed[entity_id].names, *changed[entity_id].weak)}
    }
    if lost:
        raise ValueError(f"no such name: {', '.join(sorted(key.decode() for _, key in lost))}")
    changed = {entity_id: _less(entity, gone) for entity_id, entity in changed.items()}
    rows = _merged(entities)
    for row in rows:
        if row.id in catalogue:
            changed[row.id] = _more(changed.get(row.id) or catalogue.get(row.id), row)
    together = catalogue.overlaid(changed, [row for row in rows if row.id not in catalogue])
    ours = Catalogue.of(rows)
    names = NameBook.of(ours)
    owners = ((key, owner) for key in names.spellings for owner in names.owners(key, ours))
    said = {(owner.entity.kind, key) for key, owner in owners if not owner.weak}

    def read(key: bytes, owner: Owner) -> Sense | None:
        bare = key.strip()
        if (owner.entity.id, bare) in gone or (owner.entity.kind, bare) in said:
            return None
        return Sense(together.get(owner.entity.id), owner.weak)

    def read_ours(_key: bytes, owner: Owner) -> Sense:
        return Sense(together.get(owner.entity.id), owner.weak, team=not owner.weak)

    return together, (Layer(book, catalogue, read), Layer(names, ours, read_ours))


def _merged(entities: Iterable[Entity]) -> list[Entity]:
    rows: dict[str, Entity] = {}
    for row in entities:
        rows[row.id] = _more(rows[row.id], row) if row.id in rows else row
    return list(rows.values())


def _key(name: str) -> bytes:
    return fold(name).data.strip()


def _less(entity: Entity, gone: set[tuple[str, bytes]]) -> Entity:
    names, weak = (
        tuple(name for name in names if (entity.id, _key(name)) not in gone)
        for names in (entity.names, entity.weak)
    )
    return dataclasses.replace(entity, names=names, weak=weak)


def _more(known: Entity, row: Entity) -> Entity:
    return dataclasses.replace(
        known,
        name=row.name or known.name,
        type=row.type or known.type,
        names=tuple(dict.fromkeys((*known.names, *row.names))),
        weak=tuple(dict.fromkeys((*known.weak, *row.weak))),
        parent=row.parent or known.parent,
        country=row.country or known.country,
        lat=known.lat if row.lat is None else row.lat,
        lon=known.lon if row.lon is None else row.lon,
        source="+".join(dict.fromkeys((*known.source.split("+"), row.source))),
    )
