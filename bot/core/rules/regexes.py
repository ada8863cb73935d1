"""Regular expressions of users, by RE2: no text and no pattern makes it slow."""

from __future__ import annotations

import functools
from typing import Protocol

_MEMORY = 1 << 20  # bytes for one expression; RE2 refuses what needs more


class BadPatternError(Exception):
    """RE2 can't read a pattern; the message says why."""


class Found(Protocol):
    """Where a pattern was found."""

    def span(self) -> tuple[int, int]:
        """Return start and end in code points."""
        ...


class Pattern(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> Found | None:
        """Return the first match."""
        ...


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str, any_case: bool) -> Pattern:
    """Compile a pattern, or take it from those compiled before.

    Raises:
        BadPatternError: RE2 can't read it.
    """
    import re2  # noqa: PLC0415 - most installations have no rule that needs it

    options = re2.Options()
    options.case_sensitive = not any_case
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        found: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        raise BadPatternError(
            reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        ) from None
    return found


def search(pattern: str, any_case: bool, text: str) -> tuple[int, int] | None:
    """Return where a pattern is found first in a text, in code points."""
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        text = text.encode(errors="replace").decode()
    found = compiled(pattern, any_case).search(text)
    return found.span() if found else None
