"""Entities by number and by id, each read when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bot.core.models import Entity


class Catalogue:
    """Entities in a fixed order. What is never asked for is never read."""

    def __init__(self, ids: Iterable[str], read: Callable[[int], Entity]) -> None:
        """Take the distinct ids and what gives the entity of each, by its number in that order."""
        self._numbers = {entity_id: number for number, entity_id in enumerate(ids)}
        self._read = read
        self._known: list[Entity | None] = [None] * len(self._numbers)

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> Catalogue:
        """Return a catalogue of entities at hand; of two with one id the last counts."""
        rows = {entity.id: entity for entity in entities}
        return cls(rows, list(rows.values()).__getitem__)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Entity]:
        return (self[number] for number in range(len(self)))

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self._numbers

    def __getitem__(self, number: int) -> Entity:
        entity = self._known[number]
        if entity is None:
            entity = self._known[number] = self._read(number)
        return entity

    def get(self, entity_id: str) -> Entity:
        """Return an entity by its id.

        Raises:
            KeyError: no such entity.
        """
        return self[self._numbers[entity_id]]

    def overlaid(self, changed: Mapping[str, Entity], added: Sequence[Entity]) -> Catalogue:
        """Return the same with some entities changed, at their numbers, and others at the end."""
        at = {self._numbers[entity_id]: entity for entity_id, entity in changed.items()}
        size = len(self)
        at |= {size + offset: entity for offset, entity in enumerate(added)}

        def read(number: int) -> Entity:
            return at[number] if number in at else self[number]

        return Catalogue([*self._numbers, *(entity.id for entity in added)], read)
