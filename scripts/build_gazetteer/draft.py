"""A location while it is being put together, and the rules for who keeps a contested name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import names as spelling

#: who keeps a name that two places of one country share, first wins
_RANK = ("country", "territory", "capital", "city", "region", "area", "sea", "site", "metonym")
SMALL = "\0"  #: ends the mark of a name in small letters
_DOMINANT = 5  #: a city this many times larger than its namesake abroad keeps the name
#: scripts written without spaces: a name inside a name of the same place adds nothing
_UNSPACED = ("CJK", "KATAKANA", "HIRAGANA", "THAI", "HANGUL")


@dataclass(slots=True, kw_only=True)
class Draft:
    """One location; `strong` and `weak` map the mark of a name to the name as written."""

    id: str
    type: str
    name: str
    country: str | None = None
    parent: str | None = None
    lat: float | None = None
    lon: float | None = None
    population: int = 0
    sources: list[str] = field(default_factory=list)
    strong: dict[str, str] = field(default_factory=dict)
    weak: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)  #: keys written by hand: never given up

    def add(self, found: Iterable[str], source: str, *, by_hand: bool = False) -> None:
        """Add names that count on their own, crediting `source` if any is new."""
        for name in found:
            key = mark(name)
            if not key.rstrip("*" + SMALL) or (key in self.weak and not by_hand):
                continue
            self.weak.pop(key, None)
            if by_hand:
                self.kept.add(key)
            if key not in self.strong:
                self.strong[key] = name
                self.credit(source)

    def weaken(self, found: Iterable[str]) -> None:
        """Let names count only with evidence around them."""
        for name in found:
            key = mark(name)
            self.weak[key] = self.strong.pop(key, name)

    def drop(self, found: Iterable[str]) -> None:
        """Forget names."""
        for name in found:
            key = mark(name)
            self.strong.pop(key, None)
            self.weak.pop(key, None)

    def credit(self, source: str) -> None:
        """Say that a row owes something to `source`."""
        if source not in self.sources:
            self.sources.append(source)

    def row(self) -> dict[str, Any]:
        """Return the shipped form: the fields of `Entity` that differ from their defaults."""
        fields = {
            "id": self.id,
            "kind": "location",
            "name": self.name,
            "type": self.type,
            "names": _ordered(self.strong, self.name),
            "weak": _ordered(self.weak, self.name),
            "parent": self.parent,
            "country": self.country,
            "lat": self.lat,
            "lon": self.lon,
            "source": "+".join(self.sources),
        }
        return {name: value for name, value in fields.items() if value not in (None, [])}


def mark(name: str) -> str:
    """Return what makes a name one of its own: how it folds, whether it is a stem, or small.

    The matcher tells Chinese from the Italian `chinese`, Indiana from `indiana`.
    """
    if name.endswith("*"):
        return spelling.key(name) + "*"
    return spelling.key(name) + (SMALL if name.islower() and " " not in name else "")


def _ordered(found: dict[str, str], first: str) -> list[str]:
    """Return the names, the display name first, then by script and spelling."""
    return sorted(
        found.values(),
        key=lambda name: (name != first, not name.isascii(), spelling.script(name), name),
    )


def tidy(draft: Draft) -> None:
    """Drop names that can add no match: covered by a prefix, or by a shorter name inside."""
    stems = [key[:-1] for key in draft.strong if key.endswith("*")]
    for key in list(draft.strong):
        if key in draft.kept or key == mark(draft.name):
            continue
        if any(key.startswith(stem) and key != stem + "*" for stem in stems):
            del draft.strong[key]


def drop_inside(found: Iterable[str]) -> list[str]:
    """Return names of unspaced scripts without those that contain another of them."""
    kept: list[str] = []
    for name in sorted(found, key=len):
        if spelling.script(name) in _UNSPACED and any(other in name for other in kept):
            continue
        kept.append(name)
    return kept


def settle(drafts: dict[str, Draft]) -> list[str]:
    """Leave each strong name to at most one place; return what was decided, in words."""
    owners: dict[str, list[Draft]] = {}
    for draft in drafts.values():
        for key in draft.strong:
            owners.setdefault(key, []).append(draft)
    return [
        line
        for key, claimants in owners.items()
        if len(claimants) > 1
        for line in _contest(key, claimants)
    ]


def _contest(key: str, claimants: list[Draft]) -> Iterator[str]:
    winner = _winner(key, claimants)
    for draft in claimants:
        if draft is winner:
            continue
        name = draft.strong.pop(key)
        # A capital called like its country needs no second reading of the name.
        kin = winner is not None and winner.country == draft.country
        if not kin or not draft.strong:
            draft.weak[key] = name
        yield f"{name}: {draft.id} yields to {winner.id if winner else 'nobody'}"


def _winner(key: str, claimants: list[Draft]) -> Draft | None:
    by_hand = [draft for draft in claimants if key in draft.kept]
    if len(by_hand) == 1:
        return by_hand[0]
    first, second = sorted(claimants, key=_claim)[:2]
    if first.country == second.country and first.country is not None:
        return first
    if _RANK.index(first.type) < 2 <= _RANK.index(second.type):
        return first
    settled = {"capital", "city"}
    if {first.type, second.type} <= settled and first.population >= _DOMINANT * second.population:
        return first
    return None


def _claim(draft: Draft) -> tuple[int, int]:
    rank = _RANK.index(draft.type)
    # Among cities and capitals size decides.
    return (min(rank, 2), -draft.population) if rank in {2, 3} else (rank, -draft.population)
