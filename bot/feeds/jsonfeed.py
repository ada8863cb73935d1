"""JSON Feed 1.0 and 1.1 → `RawFeed`; wrong types are passed over, never fatal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import FeedError
from bot.feeds.clean import plain_text, shortened
from bot.feeds.guard import MAX_ENTRIES
from bot.feeds.raw import Markup, RawDate, RawEntry, RawFeed

_VERSION = "jsonfeed.org/version/"


def read_json(text: str) -> RawFeed:
    """Read a JSON Feed.

    Raises:
        FeedError: it is not JSON, or JSON of another kind.
    """
    try:
        document = json.loads(text)
    except RecursionError:
        raise FeedError("JSON nested too deeply: refused") from None
    except ValueError as error:
        raise FeedError(f"not readable as JSON ({error})") from None
    if not isinstance(document, dict) or _VERSION not in _text(document.get("version")):
        raise FeedError(_what_it_is(document))
    items = [item for item in _list(document.get("items")) if isinstance(item, dict)]
    return RawFeed(
        title=Markup(_text(document.get("title"))),
        link=_text(document.get("home_page_url")),
        language=_text(document.get("language")),
        entries=tuple(_entry(item) for item in items[:MAX_ENTRIES]),
        cut=len(items) > MAX_ENTRIES,
    )


def _what_it_is(document: object) -> str:
    if isinstance(document, dict):
        for key in ("error", "message", "detail"):
            if said := _text(document.get(key)):
                shown = shortened(plain_text(said, is_html=False), 120)
                return f"JSON, but not a feed: it says “{shown}”"
    return "JSON, but not a JSON Feed (no version from jsonfeed.org)"


def _entry(item: Mapping[str, Any]) -> RawEntry:
    texts = [Markup(_text(item.get("summary"))), Markup(_text(item.get("content_text")))]
    return RawEntry(
        guid=_text(item.get("id")),
        link=_text(item.get("url")) or _text(item.get("external_url")),
        title=Markup(_text(item.get("title"))),
        summaries=(*texts, Markup(_text(item.get("content_html")), is_html=True)),
        authors=tuple(_authors(item)),
        tags=tuple(_text(tag) for tag in _list(item.get("tags"))),
        published=RawDate(text=_text(item.get("date_published"))),
        updated=RawDate(text=_text(item.get("date_modified"))),
        lang=_text(item.get("language")),
    )


def _authors(item: Mapping[str, Any]) -> Iterator[str]:
    for author in (*_list(item.get("authors")), item.get("author")):
        if isinstance(author, dict):
            yield _text(author.get("name"))


def _text(value: object) -> str:
    """Return a text; numbers count, since ids are often numbers although the standard forbids it."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
