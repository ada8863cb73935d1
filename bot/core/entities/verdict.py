"""What was decided about a name in a text, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.core.entities.candidates import Candidate
from bot.core.models import Entity


class Why(StrEnum):
    """Why a name counts or doesn't, in words for people."""

    # it counts
    PLAIN = "it means one thing only"
    TEAM = "the team says so"
    AROUND = "other names in the entry speak for it"
    BOUND = "the region it lies in is named beside it"
    STATE = "the words around it treat it as a state"
    REGION = "the words around it treat it as a region"
    HOME = "it lies where the feed comes from"
    FOREMOST = "it is the best known of its meanings"
    SAME = "it means the same elsewhere in the entry"
    SURNAME = "the full name is in the same entry"
    # it does not
    WRITTEN = "it is not written as a name"
    INSIDE = "it is part of a longer name"
    SOMEONE = "it is part of a person's or organisation's name"
    RELATIVE = "another given name stands before it"
    ELSEWHERE = "the region beside it is another one"
    LANGUAGE = "it is a language here"
    NOTHING = "nothing in the entry speaks for it"


class Verdict(NamedTuple):
    """What a candidate means; no entity when it does not count."""

    candidate: Candidate
    entity: Entity | None
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A name that stands in an entry, and why it counts or doesn't."""

    field: str  #: title or summary
    start: int  #: offset into the field, in Unicode code points
    end: int
    text: str
    senses: tuple[Entity, ...]  #: what the name may mean
    entity: Entity | None  #: what it means here; None: it does not count
    why: Why
    use: str  #: place, government, people, language, or the type of an actor; empty if none
