"""What people and Slack really type: curly quotes, long dashes, wrapped links, escapes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_QUOTES: Final = dict.fromkeys("“”„‟«»＂", '"') | dict.fromkeys("‘’‚‛＇", "'")
_DASHES: Final = dict.fromkeys("‐‑‒–—―−－", "-")
_OTHERS: Final = dict(zip("（）：，＊／～", "():,*/~", strict=True))
_STRAIGHT: Final = str.maketrans(_QUOTES | _DASHES | _OTHERS)

_SLACK = re.compile(r"<([#@!]?)([^<>|\s]+)(?:\|([^<>]*))?>")
_ESCAPES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def straighten(text: str) -> tuple[str, Sequence[int]]:
    """Make quotes, dashes and spaces plain and drop what is invisible.

    Returns:
        The plain text, and for each of its characters (and its end) the offset in `text`.
    """
    if text.isascii() and text.isprintable():
        return text, range(len(text) + 1)
    kept = [(i, c) for i, c in enumerate(text) if unicodedata.category(c) not in {"Cf", "Cs"}]
    plain = "".join(" " if c.isspace() or c < " " else c for _, c in kept)
    return plain.translate(_STRAIGHT), [*(i for i, _ in kept), len(text)]


def plain_input(text: str) -> str:
    """Return what a person typed from what Slack sent; to be applied exactly once.

    `<https://38north.org|38north.org>` is `38north.org` again, `<#C1|alerts>` is `#alerts`,
    `<@U1>` is `@U1`, `&amp;` is `&`. Whoever needs a channel's id takes it out before.
    """
    text = _SLACK.sub(_typed, text)
    for escape, char in _ESCAPES:  # `&amp;` last: `&amp;lt;` is what someone typed as `&lt;`
        text = text.replace(escape, char)
    return text


def _typed(match: re.Match[str]) -> str:
    mark, target, shown = match.groups()
    if mark:
        return f"{'@' if mark == '!' else mark}{shown or target}"
    return shown if shown and shown in target else target.removeprefix("mailto:")
