"""Links as feeds write them → absolute http(s) addresses, or none."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from bot.core.text import strip_controls

_MAX_LINK = 2_048
_BREAKS = re.compile(r"[\t\r\n]+")
_HOST = re.compile(r"[^\s<>\"'|\\^`{}%]+")
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>\"|\\^`{}]|\s")


def http_link(link: str, base: str = "") -> str | None:
    """Return `link` against `base` when that is an http(s) address, else None.

    White space around it and line breaks within are dropped, what no address may contain is
    percent-encoded, letters of any script stay readable.
    """
    link = _BREAKS.sub("", link.strip())
    if not link or len(link) > _MAX_LINK:
        return None
    try:
        absolute = strip_controls(link).strip()
        if not absolute.startswith(("http://", "https://")):
            absolute = urljoin(base, absolute)
        parts = urlsplit(absolute)
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.hostname or ""):
            return None
        _ = parts.port  # raises when it is no number
        absolute.encode()  # raises on half a surrogate pair
    except ValueError:
        return None
    return _UNSAFE.sub(lambda unsafe: quote(unsafe[0], safe=""), absolute)
