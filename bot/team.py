"""The gazetteer with what the team says on top."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.core.entities import Gazetteer
from bot.core.entities.team import SOURCE, alias
from bot.core.models import Entity, Kind, Naming
from bot.core.text import fold
from bot.errors import ConfigError, Problem
from bot.log import get_logger
from bot.store import Store

log = get_logger(__name__)


class NamingError(ConfigError):
    """Something a team says about a name can't be."""

    def __init__(self, naming: Naming, message: str, fix: str) -> None:
        self.message, self.fix = message, fix
        super().__init__([Problem(naming.place or naming.name, message, fix)])


def overlaid(shipped: Gazetteer, namings: Iterable[Naming]) -> Gazetteer:
    """Return a gazetteer that knows what a team says.

    Args:
        shipped: what we know from the start.
        namings: in the order they were said; a place may lie in one that was named before.

    Raises:
        NamingError: a place it lies in, or a name to take away, is not known.
    """
    rows: list[Entity] = []
    without: list[tuple[str, str]] = []
    for naming in namings:
        row = entity_of(naming, shipped, rows)
        known = shipped.with_team([row], []).get(row.id)
        without += [(row.id, _known_name(naming, known, name)) for name in naming.without]
        rows.append(row)
    return shipped.with_team(rows, without) if rows else shipped


def entity_of(naming: Naming, shipped: Gazetteer, said: Iterable[Entity] = ()) -> Entity:
    """Return the row that a naming adds; the id of a known entity where it means one."""
    parent = _parent(naming, shipped, said)
    known = _meant(naming, shipped)
    if known is not None:
        row = alias(known, *naming.aliases)
        return replace(
            row,
            parent=parent.id if parent else row.parent,
            lat=row.lat if naming.lat is None else naming.lat,
            lon=row.lon if naming.lon is None else naming.lon,
        )
    kind = naming.kind or (Kind.LOCATION if parent else None)
    if kind is None:
        raise NamingError(
            naming,
            f"`{naming.name}` is not known yet: is it an actor or a place?",
            "say where it lies, or that it is an actor",
        )
    return Entity(
        id=f"team:{_slug(naming.name)}",
        kind=kind,
        name=naming.name,
        type="site" if kind is Kind.LOCATION else "group",
        names=(naming.name, *naming.aliases),
        parent=parent.id if parent else None,
        country=parent.country if parent else None,
        lat=naming.lat,
        lon=naming.lon,
        source=SOURCE,
    )


def _meant(naming: Naming, shipped: Gazetteer) -> Entity | None:
    """Return the one known entity that a naming is about; None if it names a new one."""
    kinds = [naming.kind] if naming.kind else list(Kind)
    found = {entity.id: entity for kind in kinds for entity in shipped.meant(naming.name, kind)}
    if len(found) > 1:
        raise NamingError(
            naming,
            f"`{naming.name}` means several things: "
            + ", ".join(sorted(f"{entity.name} ({entity.type})" for entity in found.values())),
            "use a name that only one of them has, or say its kind",
        )
    return next(iter(found.values()), None)


def _parent(naming: Naming, shipped: Gazetteer, said: Iterable[Entity]) -> Entity | None:
    if not naming.within:
        return None
    wanted = fold(naming.within).data.strip()
    own = [one for one in said if wanted in {fold(name).data.strip() for name in one.names}]
    found = own[-1:] or list(shipped.meant(naming.within, Kind.LOCATION))
    if len(found) == 1:
        return found[0]
    if found:
        raise NamingError(naming, f"`{naming.within}` is several places", "use a fuller name")
    near = ", ".join(shipped.suggest(naming.within, Kind.LOCATION)) or "a country"
    raise NamingError(naming, f"no place is known as `{naming.within}`", f"such as: {near}")


def _known_name(naming: Naming, known: Entity, name: str) -> str:
    wanted = fold(name).data.strip()
    if wanted not in {fold(own).data.strip() for own in (*known.names, *known.weak)}:
        raise NamingError(
            naming,
            f"`{name}` is no name of {known.name}",
            f"its names: {', '.join([*known.names, *known.weak][:8])}",
        )
    return name


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name.casefold()).strip("-")


class TeamGazetteer:
    """Hands out the gazetteer in force; made anew when somebody said something.

    Args:
        store: where the team's words are kept.
        load: what we know from the start.
    """

    def __init__(self, store: Store, load: Callable[[], Gazetteer]) -> None:
        self._store = store
        self._load = load
        self._lock = threading.Lock()
        self._revision = -1
        self._gazetteer: Gazetteer | None = None

    def __call__(self) -> Gazetteer:
        """Return the gazetteer in force."""
        with self._store.transaction(), self._lock:  # in this order everywhere
            revision = self._store.team.revision()
            if self._gazetteer is None or revision != self._revision:
                self._gazetteer = overlaid(self._load(), self._sound())
                self._revision = revision
            return self._gazetteer

    def _sound(self) -> list[Naming]:
        """Return what can still be: a newer gazetteer may have lost a place that was named."""
        sound: list[Naming] = []
        for naming in self._store.team.all():
            try:
                overlaid(self._load(), [*sound, naming])
            except NamingError as error:
                log.warning("a name of the team is left out", name=naming.name, why=error.message)
            else:
                sound.append(naming)
        return sound
