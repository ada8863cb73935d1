"""Places beside the regions they lie in: Paris, Texas is not in France."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.entities.candidates import Candidate, Senses
from bot.core.models import Kind

_BOUND_GAP = re.compile(r",\s{1,3}|\s\(")
_LONGEST_BOUND_GAP: Final = 4
_LONGEST_SHORT: Final = 4  # Mich., without the full stop
_LIST_GOES_ON = re.compile(r",? (?:and|or|&) ")


def bound(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Leave the senses of places that fit the region named right after them, and no other of it.

    Paris, Texas is not in France, and no Paris of the same entry is.
    """
    places = [c for c in candidates if c.kind is Kind.LOCATION]
    homes: dict[str, frozenset[str | None]] = {}
    regions: dict[tuple[str, int], Candidate] = {}
    for one, region in itertools.pairwise(places):
        if _is_bound(one, region):
            homes[one.text.casefold()] = region.senses.countries
            regions[region.field, region.start] = _as_region(region)
    if not homes:
        return candidates
    return [
        regions.get((c.field, c.start), _at_home(c, homes)) if c.kind is Kind.LOCATION else c
        for c in candidates
    ]


def _is_bound(one: Candidate, region: Candidate) -> bool:
    """Say whether `region` follows as the address of `one`: Cairo, Illinois; London (Ontario)."""
    if one.field != region.field or not 1 < region.start - one.end <= _LONGEST_BOUND_GAP:
        return False
    if all(s.entity.type != "region" for s in region.senses) or not is_address(region):
        return False
    if not _BOUND_GAP.fullmatch(one.whole, one.end, region.start):
        return False
    states = one.senses.is_state or region.senses.is_state
    return not (states and _LIST_GOES_ON.match(one.whole, region.end))


def is_address(region: Candidate) -> bool:
    """Say whether a short name of a region may be one here: Paris, Mo. but not Paris, Mo Farah."""
    short = len(region.text) <= _LONGEST_SHORT and all(sense.weak for sense in region.senses)
    return not short or region.whole[region.end : region.end + 1] == "."


def _as_region(region: Candidate) -> Candidate:
    regions = [sense for sense in region.senses if sense.entity.type == "region"]
    if len(regions) > 1 or len(regions) < len(region.senses):
        return region
    return region._replace(senses=Senses([regions[0]._replace(weak=False)]))


def _at_home(candidate: Candidate, homes: Mapping[str, frozenset[str | None]]) -> Candidate:
    home = homes.get(candidate.text.casefold())
    if home is None:
        return candidate
    kept = (sense for sense in candidate.senses if sense.entity.country in home)
    return candidate._replace(senses=Senses(kept))
