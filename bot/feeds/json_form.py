"""A parsed feed as the machine interface of `bot parse` shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.core.models import Entry, ParsedFeed


def feed_to_json(parsed: ParsedFeed) -> dict[str, Any]:
    """Return the one object `bot parse` prints: plain text, http(s) links, dates in UTC or null."""
    return {
        "feed": {"title": parsed.title, "url": parsed.url, "language": parsed.language},
        "entries": [_entry(entry) for entry in parsed.entries],
        "problems": list(parsed.problems),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.key,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "authors": list(entry.authors),
        "tags": list(entry.tags),
        "published": _iso(entry.published),
        "updated": _iso(entry.updated),
        "lang": entry.lang,
    }


def _iso(when: datetime | None) -> str | None:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None
