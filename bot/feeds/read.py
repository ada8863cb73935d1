"""The steps from bytes to `ParsedFeed`: decode, guard, read, finish."""

from __future__ import annotations

from dataclasses import replace

from bot.core.models import ParsedFeed
from bot.errors import FeedError
from bot.feeds.charset import decode
from bot.feeds.entries import finish
from bot.feeds.guard import prepare
from bot.feeds.jsonfeed import read_json
from bot.feeds.xmlfeed import read_xml


def read_document(body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
    """Do what `bot.feeds.parse.parse_document` promises."""
    text, replaced = decode(body, content_type)
    odd = (replaced,) if replaced else ()
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return finish(read_json(text.lstrip("\ufeff")), url=url, problems=odd)
    prepared = prepare(text)
    raw = replace(read_xml(prepared.data), cut=prepared.cut)
    if prepared.broken and not raw.entries:
        raise FeedError(f"broken XML without an entry in it: {prepared.broken}")
    parsed = finish(raw, url=url, problems=(*odd, *prepared.problems))
    return replace(parsed, breaks_off=prepared.breaks_off)
