"""Lists of feeds as OPML: how readers hand their subscriptions to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.parsers import expat

from bot.core.models import Feed
from bot.core.text import strip_controls
from bot.errors import FeedError
from bot.feeds.charset import decode
from bot.feeds.clean import MAX_TITLE, plain_text, shortened
from bot.feeds.links import http_link

_MAX_OUTLINES = 20_000
_MAX_DEPTH = 50
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]{0,300}\?>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def read_opml(data: bytes) -> tuple[Feed, ...]:
    """Return the feeds of an OPML list; folders and categories become tags.

    A feed that is listed twice is one feed with the tags of both places.

    Raises:
        FeedError: it is no OPML, broken, or declares a document type (entities are refused).
    """
    text, _ = decode(data, None)
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(_DECLARATION.sub("", text.lstrip("\ufeff")).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise FeedError(f"not readable as OPML: {error}") from None
    return tuple(reader.feeds.values())


def _refuse_doctype(*_: object) -> None:
    raise FeedError("an OPML list with a document type: refused; remove the <!DOCTYPE …> line")


@dataclass(slots=True)
class _Reader:
    """Walks the outlines; every open one without a feed is a folder."""

    feeds: dict[str, Feed] = field(default_factory=dict)
    _open: list[str | None] = field(default_factory=list)  #: folder names; None for what is none
    _depth: int = 0
    _outlines: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name.lower() != "opml":
            raise FeedError(f"not an OPML list: it begins with <{name[:40]}>")
        if name.lower() == "outline":
            self._outline({key.lower(): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._depth -= 1
        if name.lower() == "outline":
            self._open.pop()

    def _outline(self, attributes: dict[str, str]) -> None:
        self._outlines += 1
        if self._outlines > _MAX_OUTLINES or len(self._open) > _MAX_DEPTH:
            raise FeedError("an OPML list too large or too deep to read")
        url = http_link(attributes.get("xmlurl", ""))
        title = _title(attributes)
        self._open.append(None if url else title)
        if url:
            self._add(url, "" if title == url else title, attributes)

    def _add(self, url: str, title: str, attributes: dict[str, str]) -> None:
        folders = [folder for folder in self._open if folder]
        tags = [_tag(name) for name in (*folders, *_categories(attributes.get("category", "")))]
        before = self.feeds.get(url)
        lang = attributes.get("language", "")
        self.feeds[url] = Feed(
            url=url,
            title=(before.title if before else "") or title,
            tags=tuple(dict.fromkeys([*(before.tags if before else ()), *filter(None, tags)])),
            lang=lang if _LANGUAGE.fullmatch(lang) else before.lang if before else None,
        )


def _title(attributes: dict[str, str]) -> str:
    markup = attributes.get("title") or attributes.get("text") or ""
    return shortened(plain_text(markup, is_html=False), MAX_TITLE)


def _categories(text: str) -> list[str]:
    """Split `/Asia/Korea,security`: categories by comma, their levels by slash."""
    return [part for category in text.split(",") for part in category.split("/")]


def _tag(name: str) -> str:
    """Return a tag as rules can name it: one word in lower case."""
    return "-".join(plain_text(name, is_html=False).lower().replace(",", " ").split())


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """Return the feeds as OPML 2.0, tags as categories; `read_opml` gives the same feeds back."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "Watchdesk feeds"
    body = SubElement(root, "body")
    for feed in feeds:
        SubElement(body, "outline", _attributes(feed))
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _attributes(feed: Feed) -> dict[str, str]:
    optional = {"category": ",".join(feed.tags), "language": feed.lang or ""}
    title = strip_controls(feed.title)
    # `text` is required; an address there is read back as "no title".
    required = {"type": "rss", "text": title or feed.url, "title": title, "xmlUrl": feed.url}
    return required | {name: value for name, value in optional.items() if value}
