"""Traditional Chinese forms of the simplified characters our sources use."""

from __future__ import annotations

_SIMPLIFIED = ""
_TRADITIONAL = ""
_TABLE = str.maketrans(_SIMPLIFIED, _TRADITIONAL)


def traditional(text: str) -> str:
    """The same name in traditional characters; unknown characters stay."""
    return text.translate(_TABLE)
