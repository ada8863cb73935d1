"""What must hold for the locations before they are written."""

from __future__ import annotations

from collections.abc import Iterator

import names as spelling
from draft import Draft

_MIN_LETTERS = 3  #: a shorter name in an alphabet must be an acronym in capitals
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW")


def problems(drafts: dict[str, Draft]) -> list[str]:
    """Return everything wrong, in words; nothing may be written while there is any."""
    return [
        *_orphans(drafts),
        *_short(drafts),
        *_shared(drafts),
        *_reaching(drafts),
    ]


def _orphans(drafts: dict[str, Draft]) -> Iterator[str]:
    for draft in drafts.values():
        if draft.parent is not None and draft.parent not in drafts:
            yield f"{draft.id}: no such parent {draft.parent}"
        if not draft.strong and not draft.weak:
            yield f"{draft.id}: has no name"
        if not draft.sources:
            yield f"{draft.id}: has no source"


def _short(drafts: dict[str, Draft]) -> Iterator[str]:
    for draft in drafts.values():
        for name in draft.strong.values():
            if len(name) < 2:
                yield f"{draft.id}: {name!r} is one character"
            elif _is_short(name):
                yield f"{draft.id}: {name!r} is too short to be strong"


def _is_short(name: str) -> bool:
    letters = spelling.key(name).replace(" ", "")
    spelled = spelling.script(name) in _ALPHABETS and not name.isupper()
    return spelled and len(letters) < _MIN_LETTERS


def _shared(drafts: dict[str, Draft]) -> Iterator[str]:
    owner: dict[str, str] = {}
    for draft in drafts.values():
        for key in draft.strong:
            if key in owner:
                yield f"{draft.id}: {key!r} is strong for {owner[key]} too"
            owner[key] = draft.id


def _reaching(drafts: dict[str, Draft]) -> Iterator[str]:
    """Find prefixes that begin a name of another country."""
    whole = sorted(
        (key, draft.country or "")
        for draft in drafts.values()
        for key in (*draft.strong, *draft.weak)
        if not key.endswith("*")
    )
    for draft in drafts.values():
        for key in draft.strong:
            if not key.endswith("*"):
                continue
            for other, country in whole:
                # A name of more words is longer than what the prefix covers, and wins.
                reached = other.startswith(key[:-1]) and " " not in other[len(key) - 1 :]
                if reached and country != (draft.country or ""):
                    yield f"{draft.id}: prefix {key!r} reaches {other!r} of {country}"
