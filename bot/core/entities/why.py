"""Decisions about names, as people read them: what else a name may mean, what it stands for here."""

from __future__ import annotations

import re
from typing import Final

from bot.core.entities.candidates import STATES, Candidate
from bot.core.entities.verdict import Explained, Verdict, Why
from bot.core.models import Entity, Kind

_SEATS: Final = STATES | {"capital"}
_SAYS = re.compile(
    r"(?:['’]s (?:government|foreign ministry|embassy|position|stance|decision))"
    r"|\s(?:has |have |had |will |would |also |again )*(?:said|says?|warns?|warned|accuse[sd]?|den(?:y|ies|ied)|"
    r"announce[sd]?|want(?:s|ed)?|insist(?:s|ed)?|urge[sd]?|call(?:s|ed) (?:for|on)|reject(?:s|ed)?|"
    r"impose[sd]?|confirm(?:s|ed)?|condemn(?:s|ed)?|threaten(?:s|ed)?|agree[sd]?|refuse[sd]?|vow(?:s|ed)?|"
    r"claim(?:s|ed)?|demand(?:s|ed)?|plan(?:s|ned)?|sign(?:s|ed)?|back(?:s|ed)?|offer(?:s|ed)?)\b"
)
_PEOPLE = re.compile(
    r"(?:an|ian|ean|ese|ish|ch|i|er|an|no|na|en|in|isch\w*|sk\w*)s?$", re.IGNORECASE
)


def explained(verdict: Verdict) -> Explained:
    """Return a decision with the characters it is about."""
    candidate = verdict.candidate
    return Explained(
        field=candidate.field,
        start=candidate.start,
        end=candidate.end,
        text=candidate.text,
        senses=tuple(sense.entity for sense in candidate.senses),
        entity=verdict.entity,
        why=verdict.why,
        use=_use(candidate, verdict.entity, verdict.why),
    )


def _use(candidate: Candidate, entity: Entity | None, why: Why) -> str:
    """Say what a name stands for here: "Washington said" is a government, "Russians" a people."""
    if entity is None:
        return "language" if why is Why.LANGUAGE else ""
    if entity.kind is Kind.ACTOR:
        return entity.type
    if entity.type == "metonym" or (
        entity.type in _SEATS and _SAYS.match(candidate.whole, candidate.end)
    ):
        return "government"
    named = candidate.text.casefold() in entity.name.casefold() or candidate.text.isupper()
    if entity.type in STATES and not named and _PEOPLE.search(candidate.text):
        return "people"
    return "place"
