"""What a response's headers say about when to come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot.feeds.dates import parse_date

_DAY_S = 86_400
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_STALE = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b", re.IGNORECASE)


def floor_s(headers: Mapping[str, str], now: datetime) -> int:
    """Return how long the answer stays fresh by `max-age` or `Expires`, the longer; at most a day.

    Args:
        headers: by lower-case name.
        now: our time, used when the server does not tell its own.
    """
    control = headers.get("cache-control", "")
    if _STALE.search(control):
        return 0
    age = _MAX_AGE.search(control)
    fresh_s = int(age[1]) if age else 0
    expires = parse_date(headers.get("expires"))
    if expires:
        server = parse_date(headers.get("date"))
        fresh_s = max(fresh_s, _seconds(expires.when, server.when if server else now))
    return min(fresh_s, _DAY_S)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> int | None:
    """Return how long `Retry-After` asks to wait: seconds or a date; None when it doesn't say."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:10]), 10 * _DAY_S)
    until = parse_date(said)
    return _seconds(until.when, now) if until else None


def _seconds(until: datetime, since: datetime) -> int:
    return max(0, round((until - since).total_seconds()))
