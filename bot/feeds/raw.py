"""What a document says, before it is cleaned: one form for XML and JSON feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Markup:
    """A text as the feed gives it, and whether the feed calls it HTML."""

    value: str = ""
    is_html: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDate:
    """A date as written, and what the reading library made of it."""

    text: str = ""
    fallback: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """An entry as written."""

    guid: str = ""
    link: str = ""
    title: Markup = Markup()
    summaries: tuple[Markup, ...] = ()  #: best first; the first with any text counts
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: RawDate = RawDate()
    updated: RawDate = RawDate()
    lang: str = ""
    outlet: Markup = Markup()  #: whom an aggregator quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """A feed as written."""

    title: Markup = Markup()
    link: str = ""
    language: str = ""
    ttl_s: int = 0
    skip_hours: tuple[int, ...] = ()
    entries: tuple[RawEntry, ...] = ()
    cut: bool = False  #: the document holds more entries than these, its first
