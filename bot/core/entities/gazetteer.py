"""All entities at hand: by id, by name, by nearness of name, and in text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from bot.core.entities.evidence import rank, settle, surnames
from bot.core.entities.surfaces import Row, Surfaces, rows_of
from bot.core.models import Entity, Entry, Kind, Mention
from bot.core.text import Folded, fold, fold_all

_NEAR = 0.7  # how alike a suggested name must be, 0 to 1


class Gazetteer:
    """Entities and their names. Cheap to make: indexes are built when first asked for."""

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self._by_id = {entity.id: entity for entity in entities}
        self._paths: dict[str, tuple[Entity, ...]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._by_id.values())

    def get(self, entity_id: str) -> Entity:
        """Return an entity by its id.

        Raises:
            KeyError: no such entity.
        """
        return self._by_id[entity_id]

    def lookup(self, name: str, kind: Kind | None = None) -> tuple[Entity, ...]:
        """Return every entity that has this name, in any case and script, the first-ranked first."""
        senses = self._by_name.get(fold(name).data.strip(), ())
        wanted = {entity.id: entity for entity in senses if kind in {None, entity.kind}}
        return tuple(sorted(wanted.values(), key=lambda entity: (rank(entity), entity.id)))

    def meant(self, name: str, kind: Kind) -> tuple[Entity, ...]:
        """Return what a rule means by a name: of several senses, those of the highest rank.

        Whose name it surely is comes before who is called so at times: CSIS is the think tank.
        """
        senses = self.lookup(name, kind)
        first = [entity for entity in senses if rank(entity) == rank(senses[0])]
        sure = self._sure.get(fold(name).data.strip(), set[str]())
        return tuple(entity for entity in first if entity.id in sure) or tuple(first)

    def suggest(self, name: str, kind: Kind | None = None, n: int = 3) -> tuple[str, ...]:
        """Return up to `n` names of entities that are spelled nearly like `name`."""
        wanted = fold(name).data.decode().strip()
        grams = {wanted[i : i + 2] for i in range(len(wanted) - 1)}
        shared = (
            (sum(gram in known for gram in grams), known)
            for known in self._spellings
            if abs(len(known) - len(wanted)) <= 3
        )
        likely = [known for count, known in sorted(shared, reverse=True)[:200] if count]
        close = difflib.get_close_matches(wanted, likely, n=5 * n, cutoff=_NEAR)
        names = dict.fromkeys(e.name for known in close for e in self.lookup(known, kind))
        return tuple(names)[:n]

    def within(self, entity: Entity) -> tuple[Entity, ...]:
        """Return the way up from an entity, itself first: Sohae, North Korea."""
        path = self._paths.get(entity.id)
        if path is None:
            path = self._paths[entity.id] = tuple(self._climb(entity))
        return path

    def mentions(self, entry: Entry) -> tuple[Mention, ...]:
        """Return the entities named in title and summary, in reading order."""
        return self.mentions_in((("title", fold(entry.title)), ("summary", fold(entry.summary))))

    def mentions_in(self, fields: Sequence[tuple[str, Folded]]) -> tuple[Mention, ...]:
        """Return the entities named in texts that are folded already, in reading order."""
        candidates = [c for field, folded in fields for c in self._surfaces.find(field, folded)]
        if not candidates:
            return ()
        settled = settle(candidates)
        more = surnames(settled, [(field, folded.text) for field, folded in fields])
        if more:
            order = [field for field, _ in fields]
            settled = sorted([*settled, *more], key=lambda s: (order.index(s[0].field), s[0].start))
        return tuple(
            Mention(field=c.field, start=c.start, end=c.end, text=c.text, entity=entity)
            for c, entity in settled
        )

    def _climb(self, entity: Entity) -> Iterator[Entity]:
        seen: set[str] = set()
        step: Entity | None = entity
        while step and step.id not in seen:
            seen.add(step.id)
            yield step
            step = self._by_id.get(_parent(step))

    @cached_property
    def _names(self) -> tuple[list[Row], list[bytes]]:
        rows = rows_of(self)
        return rows, fold_all([row[0] for row in rows])

    @cached_property
    def _surfaces(self) -> Surfaces:
        return Surfaces(*self._names)

    @cached_property
    def _by_name(self) -> dict[bytes, list[Entity]]:
        names: dict[bytes, list[Entity]] = {}
        for row, key in zip(*self._names, strict=True):
            names.setdefault(key, []).append(row[1])
        shown = fold_all([entity.name for entity in self])
        for entity, key in zip(self, shown, strict=True):
            names.setdefault(key, []).append(entity)
        names.pop(b"", None)
        return names

    @cached_property
    def _sure(self) -> dict[bytes, set[str]]:
        """The ids of those whose name is no weak one, by name."""
        names: dict[bytes, set[str]] = {}
        for (_, entity, weak), key in zip(*self._names, strict=True):
            if not weak:
                names.setdefault(key, set()).add(entity.id)
        return names

    @cached_property
    def _spellings(self) -> tuple[str, ...]:
        return tuple(key.decode() for key in self._by_name)


def _parent(entity: Entity) -> str:
    """Return the id of what contains an entity; the country, if it says no more."""
    if entity.parent or entity.kind is Kind.ACTOR or entity.type == "country":
        return entity.parent or ""
    return f"loc:{entity.country}"
