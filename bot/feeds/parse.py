"""A document → `ParsedFeed`: in this process (`parse_document`) or in one that can be killed."""

from __future__ import annotations

from importlib import import_module

from bot.core.models import ParsedFeed
from bot.feeds.worker import Parser

__all__ = ["Parser", "parse_document"]


def parse_document(body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
    """Read an RSS, Atom, RDF or JSON feed.

    Args:
        body: the document, already decompressed.
        url: where it came from; what its relative links start from.
        content_type: the header as received, for the charset in it.

    Raises:
        FeedError: it is no feed, or one that we refuse to read; the message says why.
    """
    # feedparser takes a tenth of a second to import: those who only hold a Parser don't pay it.
    read = import_module("bot.feeds.read")
    parsed: ParsedFeed = read.read_document(body, url=url, content_type=content_type)
    return parsed
