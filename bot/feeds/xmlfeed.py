"""RSS 0.9 to 2.0, Atom 0.3 and 1.0, RDF → `RawFeed`, by feedparser and nothing else of it.

feedparser sees bytes only (it would open a URL or a file given as text), gets no base address
(it would turn a guid "0" into a link) and neither sanitises nor resolves markup: that takes two
thirds of its time, and the text is ours to clean anyway.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import feedparser

from bot.errors import FeedError
from bot.feeds.raw import Markup, RawDate, RawEntry, RawFeed

_AS_UTF8 = {"content-type": "application/xml; charset=utf-8"}
_SKIP_HOURS = re.compile(rb"<skipHours>([^!]{0,2000}?)</skipHours>", re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_PERIODS_S = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000}
_DAY_S = 86_400
_MAX_PERSON = 500  #: characters of an author that the pattern below, quadratic in spaces, may see
_WEB = ("http://", "https://")
_MAIL_AND_NAME = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\s*\((.+)\)|(.+?)\s*<[^\s@<>()]+@[^\s@<>()]+>")


def read_xml(data: bytes) -> RawFeed:
    """Read an XML feed in UTF-8.

    Raises:
        FeedError: it has neither entries nor a version feedparser knows.
    """
    try:
        document = feedparser.parse(
            io.BytesIO(data),
            response_headers=_AS_UTF8,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # its lenient parser may raise anything on a hostile document
        raise FeedError(f"can't be read as a feed ({type(error).__name__})") from error
    if not document.entries and not document.get("version"):
        raise FeedError("XML without a feed in it")
    return replace(_feed(document), skip_hours=_skip_hours(data))


def _skip_hours(data: bytes) -> tuple[int, ...]:
    """Return the hours of the day, UTC, at which a feed asks not to be polled: feedparser can't."""
    found = _SKIP_HOURS.search(data)
    hours = {int(hour) % 24 for hour in _HOUR.findall(found[1])} if found else set()
    return tuple(sorted(hours)) if len(hours) < 24 else ()  # never to come is no answer


def _feed(document: Mapping[str, Any]) -> RawFeed:
    feed = document["feed"]
    is_rss = not str(document.get("version", "")).startswith("atom")
    language = _text(feed.get("language"))
    return RawFeed(
        title=_markup(feed, "title"),
        link=_text(feed.get("link")),
        language=language,
        ttl_s=_ttl_s(feed),
        # A plain dict: feedparser's own is slow, warns, and answers "updated" with "published".
        entries=tuple(_entry(dict(entry), language, is_rss) for entry in document["entries"]),
    )


def _entry(entry: dict[str, Any], feed_language: str, is_rss: bool) -> RawEntry:
    published = _date(entry, "published") or _date(entry, "created")
    updated = _date(entry, "updated")
    if published is None and is_rss:
        published = updated  # dc:date is when it came out; feedparser files it under updated
    return RawEntry(
        guid=_text(entry.get("id")),
        link=_link(entry),
        title=_markup(entry, "title"),
        summaries=tuple(_summaries(entry)),
        authors=tuple(_authors(entry, is_rss)),
        tags=tuple(_tags(entry)),
        published=published or RawDate(),
        updated=updated or RawDate(),
        lang=_language(entry, feed_language),
        outlet=_markup(_mapping(entry.get("source")), "title"),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _markup(holder: Mapping[str, Any], key: str) -> Markup:
    detail = _mapping(holder.get(key + "_detail"))
    return Markup(_text(holder.get(key)), "html" in _text(detail.get("type")))


def _link(entry: dict[str, Any]) -> str:
    """Return where the entry can be read: the publisher's own address, else any that leads there.

    A guid is a link only when it is a web address: feedparser would make a link of a guid "0".
    """
    guid = _text(entry.get("id")).strip()
    own = (_text(entry.get("feedburner_origlink")) or _text(entry.get("link"))).strip()
    if own and (own != guid or guid.startswith(_WEB)):
        return own
    links = [_mapping(link) for link in entry.get("links") or ()]
    leading = (_text(link.get("href")) for link in links if link.get("rel") == "alternate")
    return next(filter(None, leading), guid if guid.startswith(_WEB) else "")


def _summaries(entry: dict[str, Any]) -> Iterator[Markup]:
    yield _markup(entry, "summary")
    for content in entry.get("content") or ():
        detail = _mapping(content)
        yield Markup(_text(detail.get("value")), "html" in _text(detail.get("type")))


def _authors(entry: dict[str, Any], is_rss: bool) -> Iterator[str]:
    authors = [_mapping(author) for author in entry.get("authors") or ()]
    if is_rss and len(authors) == 1:
        # feedparser cuts "desk@paper.example (Name)" in the wrong place.
        yield _person(_text(entry.get("author")))
        return
    for author in authors:
        yield _text(author.get("name")) or _text(author.get("email"))


def _person(text: str) -> str:
    """Return the name in `mail@host (Name)`, `Name <mail@host>`, or the text itself."""
    found = _MAIL_AND_NAME.fullmatch(text[:_MAX_PERSON].strip())
    return (found[1] or found[2]) if found else text


def _tags(entry: dict[str, Any]) -> Iterator[str]:
    for tag in entry.get("tags") or ():
        detail = _mapping(tag)
        term = _text(detail.get("label")) or _text(detail.get("term"))
        if not term.startswith(_WEB):
            yield term


def _date(entry: dict[str, Any], key: str) -> RawDate | None:
    text = _text(entry.get(key))
    if not text.strip():
        return None
    return RawDate(text=text, fallback=_moment(entry.get(key + "_parsed")))


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime(*parsed[:6], tzinfo=UTC)
    except ValueError:  # second 60 and 61, year 0
        return None


def _language(entry: dict[str, Any], feed_language: str) -> str:
    """Return the entry's own language; what it merely inherits is the feed's to say."""
    details = (_mapping(entry.get("title_detail")), _mapping(entry.get("summary_detail")))
    for said in (entry.get("language"), *(detail.get("language") for detail in details)):
        if _text(said) and _text(said).lower() != feed_language.lower():
            return _text(said)
    return ""


def _ttl_s(feed: Mapping[str, Any]) -> int:
    """Return how long the feed asks to be left alone, at most a day."""
    minutes = _number(feed.get("ttl"))
    period = _PERIODS_S.get(_text(feed.get("sy_updateperiod")).strip().lower(), 0)
    frequency = max(1, _number(feed.get("sy_updatefrequency")))
    return min(_DAY_S, max(minutes * 60, period // frequency))


def _number(value: object) -> int:
    text = _text(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
