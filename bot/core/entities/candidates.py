"""Names found in a text, before anything is weighed, and what each may mean."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

from bot.core.models import Entity, Kind

#: Types of places that are states.
STATES: Final = frozenset({"country", "territory"})


class Sense(NamedTuple):
    """One thing a name may mean."""

    entity: Entity
    weak: bool  #: needs evidence around it
    team: bool = False  #: the team said so: nothing weighs more


class Senses(tuple[Sense, ...]):  # noqa: SLOT001  what is worked out is kept beside it
    """What a name may mean; what that implies is worked out once for all mentions."""

    @cached_property
    def is_sure(self) -> bool:
        """Whether nothing needs to speak for it."""
        return len(self) == 1 and (not self[0].weak or self[0].team)

    @cached_property
    def is_state(self) -> bool:
        """Whether a country or territory is among them."""
        return any(sense.entity.type in STATES for sense in self)

    @cached_property
    def is_firm(self) -> bool:
        """Whether it is well known as a place: more than a city's name."""
        return any(s.entity.type not in {"city", "town"} and not s.weak for s in self)

    @cached_property
    def is_person(self) -> bool:
        """Whether only persons are called so."""
        return bool(self) and all(sense.entity.type == "person" for sense in self)

    @cached_property
    def is_surname(self) -> bool:
        """Whether it is but a surname of persons."""
        return self.is_person and all(sense.weak for sense in self)

    @cached_property
    def countries(self) -> frozenset[str | None]:
        """The countries they belong to."""
        return frozenset(sense.entity.country for sense in self)


class Candidate(NamedTuple):
    """Characters of a field that are some entity's name, before anything is weighed."""

    field: str
    whole: str  #: the field's text
    start: int
    end: int
    kind: Kind
    senses: Senses

    @property
    def text(self) -> str:
        """The characters found."""
        return self.whole[self.start : self.end]
