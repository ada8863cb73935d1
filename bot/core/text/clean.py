"""What is not to be seen, taken out of a text."""

from __future__ import annotations

import re
import unicodedata

_SPACE_LIKE = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")


def strip_controls(text: str) -> str:
    """Remove what is not to be seen: control, bidi and zero-width characters, lone surrogates.

    Line ends and tabs become spaces.
    """
    if text.isprintable():
        return text
    text = _SPACE_LIKE.sub(" ", text)
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
