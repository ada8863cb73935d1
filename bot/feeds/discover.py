"""The feeds a web page points to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.feeds.charset import decode
from bot.feeds.links import http_link

_MAX_PAGE = 2_000_000
_MAX_LINKS = 20
_MAX_TAGS = 5_000
_UNREAD = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|noscript|textarea)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_POINTER = re.compile(r"<(?:link|a|base)\s(?:[^<>\"']|\"[^\"<>]*+\"|'[^'<>]*+')*+>", re.IGNORECASE)
_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
    }
)
_LOOKS_LIKE_FEED = re.compile(
    r"(?:^|[/._-])(?:rss|atom|feed|feeds|rdf)(?:[/._?-]|$)|\.(?:rss|atom|rdf)$|/index\.xml$",
    re.IGNORECASE,
)


def feed_links(body: bytes, url: str) -> tuple[str, ...]:
    """Return the addresses of the feeds a page offers, in its order, absolute.

    What the page declares (`<link rel="alternate" type="application/rss+xml">`) counts; only if it
    declares nothing do links count whose address looks like a feed.

    Args:
        body: the page.
        url: where it came from.
    """
    text, _ = decode(body[:_MAX_PAGE], None)
    page = LexborHTMLParser(_pointers(text).encode("utf-8", "replace").decode())
    base = _base(page, url)
    declared = _resolved(_declared(page), base)
    return declared or _resolved(_guessed(page), base)


def _pointers(text: str) -> str:
    """Return the tags that may point to a feed, alone: a whole tree takes quadratic time."""
    tags = _POINTER.finditer(_UNREAD.sub(" ", text))
    return "".join(tag[0] for tag in islice(tags, _MAX_TAGS))


def _base(page: LexborHTMLParser, url: str) -> str:
    node = page.css_first("base[href]")
    return http_link(_attribute(node, "href"), url) or url if node else url


def _attribute(node: LexborNode, name: str) -> str:
    return (node.attributes.get(name) or "").strip()


def _declared(page: LexborHTMLParser) -> Iterator[str]:
    for node in page.css("link[rel][href]"):
        relations = _attribute(node, "rel").lower().split()
        kind = _attribute(node, "type").lower().partition(";")[0].strip()
        if "feed" in relations or ("alternate" in relations and kind in _TYPES):
            yield _attribute(node, "href")


def _guessed(page: LexborHTMLParser) -> Iterator[str]:
    for node in page.css("a[href]"):
        if _LOOKS_LIKE_FEED.search(_attribute(node, "href")):
            yield _attribute(node, "href")


def _resolved(links: Iterator[str], base: str) -> tuple[str, ...]:
    found = (http_link(link, base) for link in links)
    return tuple(dict.fromkeys(link for link in found if link))[:_MAX_LINKS]
