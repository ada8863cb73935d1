"""Hostile documents by name: small ones are files, large ones are made here; a table of their cost.

python -m tests.feeds.hostile      what became of each, processor time and peak memory
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bot.core.models import ParsedFeed
from bot.errors import FeedError
from bot.feeds.parse import Parser

FILES = Path(__file__).resolve().parents[1] / "data" / "hostile"
URL = "https://feeds.example/dir/feed.xml"
NEWEST = datetime(2026, 11, 22, tzinfo=UTC)


def rss(items: str, head: str = "", doctype: str = "") -> bytes:
    """Return an RSS document with these items."""
    channel = f"<channel><title>T</title>{head}{items}</channel>"
    return f"{doctype}<rss version='2.0'>{channel}</rss>".encode()


def item(inside: str) -> str:
    return f"<item><title>t</title>{inside}</item>"


def dated(count: int, step: int) -> str:
    """Return items a minute apart; `step` -1 is newest first."""
    moments = (NEWEST + timedelta(minutes=step * number) for number in range(count))
    return "".join(
        item(f"<guid>{number}</guid><pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate>")
        for number, moment in enumerate(moments)
    )


def attributes(count: int) -> str:
    return " ".join(f'a{number}="x"' for number in range(count))


def namespaces(count: int) -> str:
    return " ".join(f'xmlns:n{number}="u:{number}"' for number in range(count))


def defaults(count: int) -> str:
    return " ".join(f'a{number} CDATA "x"' for number in range(count))


def tower(names: str) -> str:
    """Return entities of which each is ten times the one before."""
    steps = pairwise(names)
    return "".join(
        f"<!ENTITY {above} '{(chr(38) + below + chr(59)) * 10}'>" for below, above in steps
    )


def entities(count: int, value: str) -> str:
    declared = "".join(f'<!ENTITY e{number} "{value}">' for number in range(count))
    return f"<!DOCTYPE rss [{declared}]>"


def jsonfeed(items: object, **more: object) -> bytes:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "T", "items": items} | more).encode()


BROKEN = "<b></c>"  #: sends a document to the lenient reader
M = 1_000_000

GENERATED: dict[str, Callable[[], bytes]] = {
    "attributes_20k": lambda: rss(f"<item {attributes(20_000)}/>"),
    "attributes_20k_broken": lambda: rss(f"{BROKEN}<item {attributes(20_000)}/>"),
    "attributes_200_each": lambda: rss(f"<item {attributes(200)}><title>t</title></item>" * 1_500),
    "attributes_by_default": lambda: rss(
        "<item/>" * 1_000,
        doctype=f"<!DOCTYPE rss [<!ATTLIST item {defaults(5_000)}>]>",
    ),
    "namespaces_20k": lambda: rss(f"<item {namespaces(20_000)}><title>t</title></item>"),
    "namespaces_150_each": lambda: rss(f"<item {namespaces(150)}><title>t</title></item>" * 1_500),
    "attribute_of_9mb": lambda: rss(f"<item a='{'x' * 9 * M}'><title>t</title></item>"),
    "tag_of_9mb": lambda: rss(f"<{'x' * 9 * M}/>" + item("")),
    "deep_100k": lambda: rss("<a>" * 100_000 + "</a>" * 100_000),
    "deep_100k_broken": lambda: rss(BROKEN + "<a>" * 100_000 + item("")),
    "deep_html": lambda: rss(
        item(f"<description><![CDATA[{'<div>' * 12_000}]]></description>") * 40
    ),
    "deep_json": lambda: b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 500_000,
    "entries_100k": lambda: rss(item("") * 100_000),
    "entries_100k_broken": lambda: rss(BROKEN + item("") * 100_000),
    "entries_100k_json": lambda: jsonfeed([{"id": str(n), "title": "t"} for n in range(100_000)]),
    "entries_30k_newest_first": lambda: rss(dated(30_000, -1)),
    "entries_3k_oldest_first": lambda: rss(dated(3_000, 1)),
    "entries_2k_of_everything": lambda: rss(
        "".join(
            f"<item><guid>{number}</guid><title>t</title><description>{'&lt;p>x' * 20}</description>"
            f"{'<category>c</category>' * 20}</item>"
            for number in range(2_000)
        )
    ),
    "elements_3m": lambda: rss("<a/>" * 2_200_000),
    "categories_250k": lambda: rss(item("<category>c</category>" * 250_000)),
    "categories_80k_distinct": lambda: rss(
        item("".join(f"<category>{n}</category>" for n in range(80_000)))
    ),
    "authors_100k": lambda: rss(item("<author>a@b.example (A)</author>" * 100_000)),
    "enclosures_100k": lambda: rss(item("<enclosure url='http://h.example/'/>" * 100_000)),
    "titles_100k": lambda: rss(item("<title>again</title>" * 100_000)),
    "comments_500k": lambda: rss("<!---->" * 500_000 + item("")),
    "instructions_500k": lambda: rss("<?a b?>" * 500_000 + item("")),
    "cdata_500k": lambda: rss(f"<item><title>{'<![CDATA[x]]>' * 500_000}</title></item>"),
    "references_1m": lambda: rss(f"<item><title>{'&amp;' * M}</title></item>"),
    "entities_declared_5k": lambda: rss(item("&e4999;"), doctype=entities(5_000, "v")),
    "entity_bomb_quadratic": lambda: rss(
        f"<item><title>{'&e0;' * 100_000}</title></item>", doctype=entities(1, "h" * 999)
    ),
    "entity_bomb_below_the_limit": lambda: rss(
        item(f"<description>{'&e0;' * 2}</description>") * 2_000, doctype=entities(1, "港" * 999)
    ),
    "entity_bomb_long": lambda: rss(item("&e0;"), doctype=entities(1, "h" * 100_000)),
    "entity_bomb_nested": lambda: rss(
        item("&z;"), doctype=f"<!DOCTYPE rss [<!ENTITY a 'ha'>{tower('abcdefghz')}]>"
    ),
    "title_of_9mb": lambda: rss(f"<item><title>{'word ' * 1_800_000}</title></item>"),
    "title_of_9mb_broken": lambda: rss(f"{BROKEN}<item><title>{'x' * 9 * M}</title></item>"),
    "title_of_3m_han": lambda: rss(f"<item><title>{'港' * 3 * M}</title></item>"),
    "title_of_combining_marks": lambda: rss(f"<item><title>e{chr(0x344) * M}</title></item>"),
    "title_of_jamo": lambda: rss(f"<item><title>{chr(0x1100) * M}</title></item>"),
    "title_of_bidi_controls": lambda: rss(f"<item><title>{chr(0x202E) * M}x</title></item>"),
    "title_of_emoji": lambda: rss(f"<item><title>{'😀' * 2 * M}</title></item>"),
    "title_of_spaces": lambda: rss(f"<item><title>a{' ' * 5 * M}b</title></item>"),
    "title_of_open_brackets": lambda: rss(f"<item><title>{'&lt;' * 500_000}</title></item>"),
    "title_of_half_tags": lambda: rss(f"<item><title>{'&lt;img ' * 300_000}</title></item>"),
    "guid_of_5mb": lambda: rss(item(f"<guid>{'g' * 5 * M}</guid>")),
    "link_of_5mb": lambda: rss(item(f"<link>http://h.example/{'a' * 5 * M}</link>")),
    "author_of_spaces": lambda: rss(item(f"<author>a{' ' * M}b</author>")),
    "date_of_spaces": lambda: rss(item(f"<pubDate>Tue{' ' * M}x</pubDate>")),
    "date_of_digits": lambda: rss(item(f"<pubDate>{'1' * M}</pubDate>")),
    "dates_bad_2k": lambda: rss(item(f"<pubDate>{'9-' * 40}</pubDate>") * 2_000),
    "flood_open_brackets": lambda: rss("<" * 2 * M),
    "flood_ampersands": lambda: rss("<item><title>" + "&" * 2 * M + "</title></item>"),
    "flood_quotes": lambda: rss('<a "' * 300_000),
    "flood_open_tags": lambda: rss("<item " * M),
    "flood_comments": lambda: b"<!--" * M,
    "flood_comments_inside": lambda: rss("<!--" * M),
    "flood_cdata": lambda: rss("<![CDATA[" * 500_000),
    "flood_declarations": lambda: b"<?xml version='1.0'?>" * 300_000,
    "flood_doctypes": lambda: b"<!DOCTYPE rss [" * 300_000 + rss(item("")),
    "flood_nul": lambda: b"\0" * 9 * M,
    "flood_spaces": lambda: b" " * 9 * M,
    "flood_marks": lambda: b"\xef\xbb\xbf" * M + rss(item("")),
    "flood_closing_tags": lambda: rss("</a>" * M + item("")),
    "noise": lambda: bytes((n * n * 31 + n // 7) % 256 for n in range(M)),
    "utf16_of_9mb": lambda: ("\ufeff" + rss(item("")).decode() + "x" * 4_400_000).encode(
        "utf-16-le"
    ),
    "one_emoji_and_9mb": lambda: rss(item(f"<description>😀{'x' * 9 * M}</description>")),
    "json_keys_300k": lambda: jsonfeed([], **{f"k{n}": n for n in range(300_000)}),
    "json_number_of_1mb": lambda: (
        b'{"version":"https://jsonfeed.org/version/1","items":' + b"9" * M
    ),
    "json_empty_items_3m": lambda: (
        b'{"version":"https://jsonfeed.org/version/1","items":[' + b"{}," * 3 * M + b"{}]}"
    ),
    "json_strings_1m": lambda: jsonfeed([{"id": "1", "title": "t", "tags": ["x"] * M}]),
    "json_escapes_of_9mb": lambda: jsonfeed([{"id": "1", "title": "\ud800" * 1_500_000}]),
    "html_page_of_5mb": lambda: b"<html><title>Shop</title>" + b"<div>" * M,
    "html_page_around_a_feed": lambda: b"<html><body>" + b"<p>" * 200_000 + rss(item("")),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document, and what it cost the process that read it."""

    feed: ParsedFeed | None
    refused: str  #: why, "" if it was read
    cpu_s: float
    peak_mb: float  #: of resident memory, all of it; 0 when the process did not survive


class Gauge:
    """One parsing process, measured by the kernel around each document."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser

    def read(self, body: bytes) -> Outcome:
        """Have a document read; resets the kernel's record of the peak before it."""
        self._parser.parse(rss(item("")), url=URL)  # so that there is a process
        [worker] = self._parser._running
        process = Path("/proc") / str(worker._process.pid)
        (process / "clear_refs").write_text("5")
        before = self._cpu_s(process)
        feed, refused = None, ""
        try:
            feed = self._parser.parse(body, url=URL)
        except FeedError as error:
            refused = str(error)
        if not process.exists():
            return Outcome(feed, refused, 0.0, 0.0)
        return Outcome(feed, refused, self._cpu_s(process) - before, self._peak_mb(process))

    @staticmethod
    def _cpu_s(process: Path) -> float:
        user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / 100

    @staticmethod
    def _peak_mb(process: Path) -> float:
        status = (process / "status").read_text().splitlines()
        [peak] = [line.split()[1] for line in status if line.startswith("VmHWM:")]
        return int(peak) / 1000


def documents() -> Iterator[tuple[str, bytes]]:
    """Yield every hostile document with its name."""
    for file in sorted(FILES.iterdir()):
        if file.suffix != ".toml":
            yield file.name, file.read_bytes()
    for name, make in GENERATED.items():
        yield name, make()


def main() -> None:
    """Print the table."""
    print(f"{'document':32} {'kB':>7} {'CPU s':>6} {'MB':>5}  outcome")
    with Parser(workers=1) as parser:
        gauge = Gauge(parser)
        for name, body in documents():
            started = time.monotonic()
            got = gauge.read(body)
            cpu = f"{got.cpu_s:6.2f}" if got.peak_mb else f"{time.monotonic() - started:5.1f}w"
            outcome = got.refused or f"{len(got.feed.entries) if got.feed else 0} entries"
            print(f"{name:32} {len(body) / 1000:7.0f} {cpu} {got.peak_mb:5.0f}  {outcome[:100]}")


if __name__ == "__main__":
    main()
