"""All entities at hand: by id, by name, by nearness of name, and in text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from bot.core.entities.candidates import Candidate, Sense
from bot.core.entities.catalogue import Catalogue
from bot.core.entities.evidence import settle, surnames
from bot.core.entities.home import home_of
from bot.core.entities.names import NameBook
from bot.core.entities.scale import rank
from bot.core.entities.surfaces import Asked, Layer, as_written, find
from bot.core.entities.team import overlay
from bot.core.entities.verdict import Explained, Verdict, Why
from bot.core.entities.why import explained
from bot.core.models import Entity, Entry, Kind, Mention
from bot.core.text import Folded, fold

_NEAR = 0.7  # how alike a suggested name must be, 0 to 1


class Gazetteer:
    """Entities and their names. Cheap to make: indexes are built when first asked for."""

    def __init__(
        self, entities: Iterable[Entity] | Catalogue = (), book: NameBook | None = None
    ) -> None:
        """Take the entities, and their names if they are worked out already."""
        self._entities = entities if isinstance(entities, Catalogue) else Catalogue.of(entities)
        self._shipped = self._entities
        if book is not None:
            self._book = book
        self._paths: dict[str, tuple[Entity, ...]] = {}

    def __len__(self) -> int:
        return len(self._entities)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._entities)

    def get(self, entity_id: str) -> Entity:
        """Return an entity by its id.

        Raises:
            KeyError: no such entity.
        """
        return self._entities.get(entity_id)

    def with_team(
        self, entities: Sequence[Entity], without: Iterable[tuple[str, str]] = ()
    ) -> Gazetteer:
        """Return what we ship with what a team says on top, and nothing it said before.

        Quick, for the names we ship stay where they are.

        Args:
            entities: the team's own, and rows made by `alias` that give ours more names. Their
                names mean them only, whatever else we know by that name, and need no evidence.
            without: ids of entities, and the names that are to be theirs no more.

        Raises:
            KeyError: a name is to be taken from an entity that does not exist.
            ValueError: the entity has no such name.
        """
        result = Gazetteer(self._shipped, self._book)
        result._entities, result._layers = overlay(self._shipped, self._book, entities, without)
        return result

    # ── by name ───────────────────────────────────────────────────────────────

    def lookup(self, name: str, kind: Kind | None = None) -> tuple[Entity, ...]:
        """Return every entity that has this name, in any case and script, the first-ranked first."""
        wanted = {
            s.entity.id: s.entity for s in self._senses(name) if kind in {None, s.entity.kind}
        }
        return tuple(sorted(wanted.values(), key=lambda entity: (rank(entity), entity.id)))

    def meant(self, name: str, kind: Kind) -> tuple[Entity, ...]:
        """Return what a rule means by a name: of several senses, those of the highest rank.

        Whose name it surely is comes before who is called so at times: CSIS is the think tank.
        """
        senses = self.lookup(name, kind)
        first = [entity for entity in senses if rank(entity) == rank(senses[0])]
        sure = {sense.entity.id for sense in self._senses(name) if not sense.weak}
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

    # ── in text ───────────────────────────────────────────────────────────────

    def mentions(self, entry: Entry) -> tuple[Mention, ...]:
        """Return the entities named in title and summary, in reading order."""
        return self.mentions_in(_fields(entry), home_of(entry))

    def mentions_in(
        self,
        fields: Sequence[tuple[str, Folded]],
        home: str = "",
    ) -> tuple[Mention, ...]:
        """Return the entities named in texts that are folded already, in reading order.

        Args:
            fields: names and texts.
            home: the country the feed comes from (`home_of`), which speaks for its own places.
        """
        layers = self._layers
        candidates = [c for field, folded in fields for c in find(layers, field, folded)]
        return tuple(
            Mention(field=c.field, start=c.start, end=c.end, text=c.text, entity=entity)
            for c, entity, _ in self._settled(candidates, fields, home)
            if entity
        )

    def asking(self, ids: Iterable[str]) -> Asked:
        """Return what tells at the cost of a scan whether a text may mention some of these.

        Args:
            ids: of entities; each stands for what lies in it as well.
        """
        return Asked(self._layers, frozenset(ids), self.within)

    def explain(self, entry: Entry) -> tuple[Explained, ...]:
        """Return every name that stands in title and summary, and why it counts or doesn't."""
        fields = _fields(entry)
        unwritten: list[Candidate] = []
        found = [
            candidate
            for field, folded in fields
            for layer in self._layers
            for candidate in layer.find(field, folded, unwritten)
        ]
        kept = [c for field, folded in fields for c in find(self._layers, field, folded)]
        spans = {(c.field, c.start, c.end, c.kind) for c in kept}
        verdicts = [
            *self._settled(kept, fields, home_of(entry)),
            *(
                Verdict(c, None, Why.INSIDE)
                for c in found
                if (c.field, c.start, c.end, c.kind) not in spans
            ),
            *(
                Verdict(c, None, Why.WRITTEN)
                for c in unwritten
                if (c.field, c.start, c.end, c.kind) not in spans
            ),
        ]
        order = [field for field, _ in fields]
        verdicts.sort(key=lambda v: (order.index(v.candidate.field), v.candidate.start))
        return tuple(map(explained, verdicts))

    def _settled(
        self, candidates: Sequence[Candidate], fields: Sequence[tuple[str, Folded]], home: str
    ) -> list[Verdict]:
        if not candidates:
            return []
        settled = settle(candidates, home)
        more = surnames(settled, [(field, folded.text) for field, folded in fields])
        if more:
            order = [field for field, _ in fields]
            settled = sorted(
                [*settled, *more],
                key=lambda v: (order.index(v.candidate.field), v.candidate.start),
            )
        return settled

    def _climb(self, entity: Entity) -> Iterator[Entity]:
        seen: set[str] = set()
        step: Entity | None = entity
        while step and step.id not in seen:
            seen.add(step.id)
            yield step
            parent = _parent(step)
            step = self._entities.get(parent) if parent in self._entities else None

    def _senses(self, name: str) -> list[Sense]:
        key = fold(name).data.strip()
        return [sense for layer in self._layers for sense in layer.senses(key)] if key else []

    @cached_property
    def _book(self) -> NameBook:
        return NameBook.of(self._entities)

    @cached_property
    def _layers(self) -> tuple[Layer, ...]:
        return (Layer(self._book, self._entities, as_written),)

    @cached_property
    def _spellings(self) -> tuple[str, ...]:
        keys = dict.fromkeys(key for layer in self._layers for key in layer.keys)
        return tuple(key.decode() for key in keys)


def _fields(entry: Entry) -> tuple[tuple[str, Folded], ...]:
    return ("title", fold(entry.title)), ("summary", fold(entry.summary))


def _parent(entity: Entity) -> str:
    """Return the id of what contains an entity; the country, if it says no more."""
    if entity.parent or entity.kind is Kind.ACTOR or entity.type == "country":
        return entity.parent or ""
    return f"loc:{entity.country}"
