"""Where a feed comes from, as its address says: .co.uk, .com.au, en-GB."""

from __future__ import annotations

import re
from typing import Final

from bot.core.models import Entry

_COUNTRY_END = re.compile(r"^[a-z]+://(?:[^/@]*@)?[^/:?#]*\.([a-z]{2})(?=[/:?#]|$)", re.IGNORECASE)
_REGION = re.compile(r"^[a-z]{2,3}[-_]([a-z]{2})$", re.IGNORECASE)
#: Endings of addresses that everyone uses, whatever country they belong to.
_ANYWHERE: Final = frozenset("AI AM CC CO EU FM GG IM IO LA LY ME NU SH TO TV VC WS".split())
_OTHER_CODE: Final = {"UK": "GB", "SU": "RU"}
#: What software writes where nobody chose a language.
_UNCHOSEN: Final = "en-us"


def home_of(entry: Entry) -> str:
    """Return the country an entry's feed comes from, ISO 3166-1; empty when nothing says so."""
    end = _COUNTRY_END.match(entry.url or "")
    if end and end[1].upper() not in _ANYWHERE:
        return _OTHER_CODE.get(end[1].upper(), end[1].upper())
    lang = entry.lang or ""
    region = _REGION.match(lang) if lang.lower().replace("_", "-") != _UNCHOSEN else None
    return region[1].upper() if region else ""
