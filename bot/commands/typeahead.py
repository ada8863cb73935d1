"""Names of actors and places as somebody types them, those that mean several things apart."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass

from bot.core.entities import Gazetteer
from bot.core.models import Entity, Kind
from bot.core.text import fold

MOST = 40  #: suggestions at once
_LOOKED_AT = 400  #: names that begin alike


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name to choose."""

    value: str  #: what the rule will say; means this entity and no other
    label: str  #: for people: `Sohae · site in North Korea`
    is_shared: bool = False  #: others bear the name that was typed


class Typeahead:
    """The names of one gazetteer by their beginnings, sorted when first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Gazetteer | None = None
        self._names: list[tuple[str, str]] = []

    def suggest(self, gazetteer: Gazetteer, kind: Kind, typed: str) -> list[Suggestion]:
        """Return names that begin with what was typed, best first; what nobody knows is last.

        Args:
            gazetteer: where names are known from; another one is sorted anew.
            kind: actors or locations.
            typed: at least a letter.
        """
        wanted = _key(typed)
        if not wanted:
            return []
        found = [gazetteer.get(one) for one in self._starting(gazetteer, wanted)]
        fitting = [entity for entity in found if entity.kind is kind]
        exact = {entity.id for entity in gazetteer.lookup(typed, kind)}
        fitting.sort(key=lambda one: (one.id not in exact, len(one.name), one.name))
        said = [_suggestion(gazetteer, one, typed) for one in fitting[:MOST]]
        known = [one for one in said if one]
        if exact or not typed.strip():
            return known
        return [*known, Suggestion(" ".join(typed.split()), f"“{typed.strip()}”, just these words")]

    def _starting(self, gazetteer: Gazetteer, wanted: str) -> list[str]:
        """Return ids of entities with a name that begins so, each once."""
        with self._lock:
            if self._of is not gazetteer:
                self._names = sorted(
                    (_key(name), entity.id)
                    for entity in gazetteer
                    for name in (entity.name, *entity.names, *entity.weak)
                )
                self._of = gazetteer
            names = self._names
        at = bisect_left(names, (wanted, ""))
        found: dict[str, None] = {}
        for key, entity_id in names[at : at + _LOOKED_AT]:
            if not key.startswith(wanted):
                break
            found[entity_id] = None
        return list(found)


def _key(name: str) -> str:
    return fold(name).data.decode(errors="replace").strip()


def _suggestion(gazetteer: Gazetteer, entity: Entity, typed: str) -> Suggestion | None:
    value = unambiguous_name(gazetteer, entity)
    if value is None:
        return None
    parents = [one.name for one in gazetteer.within(entity) if one.id != entity.id]
    where = f" in {parents[0]}" if parents else ""
    label = f"{entity.name} · {entity.type}{where}"
    shared = max(len(gazetteer.lookup(name, entity.kind)) for name in (entity.name, typed))
    return Suggestion(value, label, is_shared=shared > 1)


def unambiguous_name(gazetteer: Gazetteer, entity: Entity) -> str | None:
    """Return a name by which a rule means this entity alone; None if it has none."""
    for name in (entity.name, *entity.names):
        meant = gazetteer.meant(name, entity.kind)
        if "*" not in name and [one.id for one in meant] == [entity.id]:
            return name
    return None
