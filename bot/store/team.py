"""What the team says about actors and locations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core.models import Kind, Naming
from bot.store.database import Database, Row
from bot.store.times import to_us

_PUT = """
insert into namings (key, name, kind, aliases, without, within, lat, lon, origin, place, at)
values (:key, :name, :kind, :aliases, :without, :within, :lat, :lon, :origin, :place, :at)
on conflict (key) do update set name = excluded.name, kind = excluded.kind,
    aliases = excluded.aliases, without = excluded.without, within = excluded.within,
    lat = excluded.lat, lon = excluded.lon, origin = excluded.origin, place = excluded.place,
    at = excluded.at
"""
_DROP = "delete from namings where key = :key"
_ALL = "select * from namings order by rowid"
_CHANGED = """
insert into facts (name, value) values ('namings', '1')
on conflict (name) do update set value = cast(cast(facts.value as integer) + 1 as text)
"""
_REVISION = "select value from facts where name = 'namings'"


class Team:
    """The namings table: one row for each name."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, naming: Naming, *, now: datetime) -> None:
        """Save what is said about a name in place of what was said before."""
        with self._db.transaction():
            self._db.run(_PUT, _params(naming) | {"at": to_us(now)})
            self._db.run(_CHANGED)

    def drop(self, name: str) -> bool:
        """Forget what was said about a name; False if nothing was."""
        with self._db.transaction():
            dropped = self._db.run(_DROP, {"key": _key(name)}) > 0
            self._db.run(_CHANGED)
        return dropped

    def get(self, name: str) -> Naming | None:
        """Return what is said about a name, in any case."""
        return next((one for one in self.all() if _key(one.name) == _key(name)), None)

    def all(self) -> list[Naming]:
        """Return all that is said, in the order it was said first."""
        return [_naming(row) for row in self._db.rows(_ALL)]

    def configure(self, namings: Iterable[Naming], *, origin: str, now: datetime) -> None:
        """Make what comes from `origin` be exactly this."""
        wanted = {_key(one.name): replace(one, origin=origin) for one in namings}
        with self._db.transaction():
            current = {_key(one.name): one for one in self.all() if one.origin == origin}
            for key in current.keys() - wanted.keys():
                self.drop(key)
            for key, naming in wanted.items():
                if current.get(key) != naming:
                    self.put(naming, now=now)

    def revision(self) -> int:
        """Return a number that grows with every change."""
        row = self._db.row(_REVISION)
        return int(row["value"]) if row else 0


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _params(naming: Naming) -> dict[str, str | float | None]:
    return {
        "key": _key(naming.name),
        "name": naming.name,
        "kind": naming.kind and naming.kind.value,
        "aliases": json.dumps(naming.aliases, ensure_ascii=False),
        "without": json.dumps(naming.without, ensure_ascii=False),
        "within": naming.within,
        "lat": naming.lat,
        "lon": naming.lon,
        "origin": naming.origin,
        "place": naming.place,
    }


def _naming(row: Row) -> Naming:
    return Naming(
        name=row["name"],
        kind=Kind(row["kind"]) if row["kind"] else None,
        aliases=tuple(json.loads(row["aliases"])),
        without=tuple(json.loads(row["without"])),
        within=row["within"],
        lat=row["lat"],
        lon=row["lon"],
        origin=row["origin"],
        place=row["place"],
    )
