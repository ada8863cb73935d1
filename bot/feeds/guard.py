"""A look at a document's shape before feedparser pays for it: limits, and repairs that are safe.

feedparser takes quadratic time over attributes, seconds over deep nesting and 20 s over 100,000
items. One pass of expat (well under a millisecond for an ordinary feed) finds all three, cuts a
document that breaks off after its last whole entry, and mends what would otherwise throw a
whole feed into the lenient parser: a bare `&`, an HTML entity, text after the end.
"""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from bot.errors import FeedError
from bot.feeds.clean import plain_text, shortened

MAX_ENTRIES = 2_000
MAX_ATTRIBUTES = 200
MAX_DEPTH = 200
MAX_ELEMENTS = 300_000
_REACH = 200_000  #: characters in which the root element must begin

_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"
_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_PAGES = frozenset({"html", "head", "body"})
#: What a publisher's template may leave around a feed; in any other page a feed is an example.
_EMPTY_PAGE = re.compile(
    r"(?:\s|<\?xml\s[^<>]*>|<!DOCTYPE\s[^<>]*>|</?(?:html|head|body)[^<>]*>)*+", re.IGNORECASE
)
_PAGE_ROOTS = frozenset({"html", "head", "body", "title", "meta", "script", "div"})
_FEED_START = re.compile(
    r"<(?:rss|rdf:RDF|feed|atom:feed)\s[^<>]{0,500}?(?:xmlns|version)\b", re.IGNORECASE
)
_XML_DECLARATION = re.compile(r"\A<\?xml\s[^>]{0,300}\?>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FIRST_TAG = re.compile(r"<([A-Za-z_][\w.:-]*)")
_PAGE_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:#(\d+|[xX][0-9a-fA-F]+);|(\w+;))?")
_NESTED_ENTITY = re.compile(r"&[A-Za-z_]")
_ENTRY_TAG = re.compile(r"<(?:[\w.-]{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[A-Za-z_](?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+>?")

_BREAKS_OFF = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)
_ROOT_ENDS = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_AMPLIFICATION = 43  # has no name in Python 3.11


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that feedparser may have, as UTF-8, and what was done to it."""

    data: bytes
    problems: tuple[str, ...] = ()
    broken: str = ""  #: what is wrong with XML that only the lenient reader can take
    cut: bool = False  #: there are more entries than `MAX_ENTRIES`, and the others are gone
    breaks_off: bool = False  #: it ends in the middle, as when a connection was lost


class _Full(Exception):  # noqa: N818 - a signal, no error
    """More entries than we read."""


@dataclass(slots=True)
class _Scan:
    """What expat saw: open tags, entries, and where the last whole entry ended."""

    open_tags: list[str] = field(default_factory=list)
    elements: int = 0
    entries: int = 0
    entry_depth: int = 0  #: depth of the entry being read, 0 outside
    cut: int = 0  #: byte offset behind the last whole entry
    cut_tags: tuple[str, ...] = ()  #: what was open there
    end: int = 0  #: byte offset behind the root element
    error: expat.ExpatError | None = None
    full: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether the root element was closed: what follows is not the feed's."""
        return self.elements > 0 and not self.open_tags

    @property
    def is_usable(self) -> bool:
        """Whether the whole entries in it are sound XML, whatever follows them."""
        return self.error is None or self.has_ended or _breaks_off(self.error)


def prepare(text: str) -> Prepared:
    """Return `text` as a document worth parsing.

    Raises:
        FeedError: it is empty, no feed, or hostile (attributes, nesting, entities, elements).
    """
    problems: list[str] = []
    text = _from_its_start(text, problems)
    text, illegal = _ILLEGAL.subn("", text)
    if illegal:
        problems.append(f"control characters removed: {illegal}")
    data = _encoded(text)
    scan = _scan(data)
    if not scan.is_usable:
        mended = _encoded(_mended(text))
        again = _scan(mended)
        if again.is_usable:
            problems.append(f"broken XML, mended: {scan.error}")
            data, scan = mended, again
    if scan.is_usable:
        handed_on = _bounded(data, scan, problems)
        return Prepared(
            handed_on, tuple(problems), cut=scan.full, breaks_off=_breaks_off(scan.error)
        )
    problems.append(f"broken XML, read leniently: {scan.error}")
    text = data.decode()
    lenient = _bounded_by_pattern(text)
    cut = len(lenient) < len(text)
    return Prepared(
        lenient.encode(),
        tuple(problems),
        broken=str(scan.error),
        cut=cut,
        breaks_off=not _ROOT_ENDS.search(text),
    )


def _from_its_start(text: str, problems: list[str]) -> str:
    text = text.lstrip("\ufeff \t\r\n\0")
    if not text:
        raise FeedError("the document is empty")
    root = _FIRST_TAG.search(_COMMENT.sub("", text[:_REACH]))
    name = root[1].lower() if root else ""
    if name.rpartition(":")[2] in _FEED_ROOTS:
        return text
    start = _FEED_START.search(text, 0, 5_000)
    if start is None or (name in _PAGES and not _EMPTY_PAGE.fullmatch(text, 0, start.start())):
        raise FeedError(_what_it_is(text, name))
    problems.append(f"characters before the feed ignored: {start.start()}")
    return text[start.start() :]


def _what_it_is(text: str, root: str) -> str:
    if root in _PAGE_ROOTS or "<html" in text[:5_000].lower():
        found = _PAGE_TITLE.search(text[:50_000])
        title = shortened(plain_text(found[1], is_html=True), 80) if found else ""
        return f"an HTML page, not a feed: “{title}”" if title else "an HTML page, not a feed"
    if root == "opml":
        return "an OPML list of feeds, not a feed: import it instead"
    if root in {"urlset", "sitemapindex"}:
        return "a sitemap, not a feed"
    return f"XML of another kind (<{root[:40]}>), not a feed" if root else "not a feed: plain text"


def _encoded(text: str) -> bytes:
    return (_DECLARATION + _XML_DECLARATION.sub("", text)).encode()


def _breaks_off(error: expat.ExpatError | None) -> bool:
    return error is not None and error.code in _BREAKS_OFF


# ── one pass of expat ─────────────────────────────────────────────────────────


def _scan(data: bytes) -> _Scan:
    scan = _Scan()
    parser = expat.ParserCreate("utf-8", "}")
    parser.namespace_prefixes = True  # names come as uri}local}prefix

    def start(name: str, attributes: dict[str, str]) -> None:
        _count(scan, name, len(attributes))
        if scan.entry_depth == 0 and _is_entry(name):
            if scan.entries == MAX_ENTRIES:
                scan.full = True
                raise _Full
            scan.entry_depth = len(scan.open_tags)

    def end(name: str) -> None:
        depth = len(scan.open_tags)
        scan.open_tags.pop()
        if depth == scan.entry_depth:
            scan.entry_depth = 0
            scan.entries += 1
            scan.cut = _behind(data, name, parser.CurrentByteIndex)
            scan.cut_tags = tuple(scan.open_tags)
        if not scan.open_tags:
            scan.end = _behind(data, name, parser.CurrentByteIndex)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = _refuse_nested_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if error.code == _AMPLIFICATION:
            raise FeedError("its entities blow up when expanded: refused") from None
        scan.error = error
    except _Full:
        pass
    return scan


def _count(scan: _Scan, name: str, attributes: int) -> None:
    scan.open_tags.append(name)
    scan.elements += 1
    if attributes > MAX_ATTRIBUTES:
        raise FeedError(f"an element with more than {MAX_ATTRIBUTES} attributes: refused")
    if len(scan.open_tags) > MAX_DEPTH:
        raise FeedError(f"elements nested deeper than {MAX_DEPTH}: refused")
    if scan.elements > MAX_ELEMENTS:
        raise FeedError(f"more than {MAX_ELEMENTS:,} elements: refused")


def _behind(data: bytes, name: str, index: int) -> int:
    """Return where an element ends: expat points before `</item>`, but behind `<item/>`."""
    if data.startswith(f"</{_written(name)}".encode(), index):
        return data.find(b">", index) + 1
    return index


def _is_entry(name: str) -> bool:
    return _written(name).rpartition(":")[2].lower() in {"item", "entry"}


def _written(name: str) -> str:
    """Return the tag as the document writes it, from expat's `uri}local}prefix`."""
    parts = name.split("}")
    return f"{parts[2]}:{parts[1]}" if len(parts) == 3 else parts[-1]


def _refuse_nested_entity(name: str, is_parameter: bool, value: str | None, *_: Any) -> None:
    if value is not None and not is_parameter and _NESTED_ENTITY.search(value):
        raise FeedError(f"the entity {name[:40]} is made of entities: refused")
    if value is not None and len(value) > 1_000:
        raise FeedError(f"the entity {name[:40]} is {len(value):,} characters long: refused")


# ── what to hand on ───────────────────────────────────────────────────────────


def _bounded(data: bytes, scan: _Scan, problems: list[str]) -> bytes:
    if scan.full:
        return _closed(data, scan)
    if scan.error is None:
        return data
    if _breaks_off(scan.error):
        if not scan.entries:
            raise FeedError("the document breaks off before its first entry ends")
        problems.append("the document breaks off: read up to its last whole entry")
        return _closed(data, scan)
    problems.append("text after the end of the feed ignored")
    return data[: scan.end]


def _closed(data: bytes, scan: _Scan) -> bytes:
    closing = "".join(f"</{_written(name)}>" for name in reversed(scan.cut_tags))
    return data[: scan.cut] + closing.encode()


def _bounded_by_pattern(text: str) -> str:
    """Apply the limits to a document expat can't read."""
    for tag in _LONG_TAG.finditer(text):
        if tag.end() - tag.start() > MAX_ATTRIBUTES * 3 and tag[0].count("=") > MAX_ATTRIBUTES:
            raise FeedError(f"an element with more than {MAX_ATTRIBUTES} attributes: refused")
    for number, entry in enumerate(_ENTRY_TAG.finditer(text)):
        if number == MAX_ENTRIES:
            return text[: entry.start()]
    return text


def _mended(text: str) -> str:
    """Return `text` with references XML does not know made into what they stand for."""
    parts = _CDATA.split(text)
    parts[::2] = [_REFERENCE.sub(_known_reference, part) for part in parts[::2]]
    return "".join(parts)


def _known_reference(found: re.Match[str]) -> str:
    number, name = found.groups()
    if number:
        return found[0] if _is_legal(number) else ""
    if name and (character := html.entities.html5.get(name)):
        return html.escape(character)
    return "&amp;" + (name or "")


def _is_legal(number: str) -> bool:
    """Say whether XML allows the character of a numeric reference."""
    code = int(number[1:9], 16) if number[0] in "xX" else int(number[:9])
    if code > 0x10FFFF or (code < 0x20 and code not in {9, 10, 13}):
        return False
    return not _ILLEGAL.match(chr(code))
