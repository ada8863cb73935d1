"""Hostile documents: what becomes of each, and what it may cost the process that reads it.

The quick ones run always; `HOSTILE=all` reads the costly ones too and lets Hypothesis look longer.
"""

from __future__ import annotations

import os
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import ParsedFeed
from bot.errors import FeedError
from bot.feeds.parse import Parser, parse_document
from tests.feeds.hostile import FILES, GENERATED, URL, Gauge, Outcome

LONG = os.environ.get("HOSTILE") == "all"
SMALL = [file for file in sorted(FILES.iterdir()) if file.suffix != ".toml"]
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((FILES / "expected.toml").read_text())
VALID = [
    file
    for file in sorted((FILES.parent / "feeds").iterdir())
    if file.suffix in {".xml", ".jsonfeed"}
]

#: Resident memory of the whole process; an ordinary feed takes 30 MB. The kernel's limit is 512
#: of address space.
SMALL_MB = 60
LARGE_MB = 400

SLOW = "took longer than 5 s to read"
ATTRIBUTES = "an element with more than 200 attributes: refused"
TOO_MANY = "more than 2,000 entries, not newest first: what is new would be missed"
PLAIN = "not a feed: plain text"
#: A number is how many entries are read; a text is why it is refused; two are both right.
OUTCOMES: dict[str, int | str | tuple[int | str, ...]] = {
    "attributes_20k": ATTRIBUTES,
    "attributes_20k_broken": ATTRIBUTES,
    "attributes_by_default": ATTRIBUTES,
    "deep_100k": "elements nested deeper than 200: refused",
    "deep_html": (SLOW, 1),
    "deep_json": "JSON nested too deeply: refused",
    "entries_100k": TOO_MANY,
    "entries_100k_broken": TOO_MANY,
    "entries_100k_json": TOO_MANY,
    "entries_30k_newest_first": 2_000,
    "entries_3k_oldest_first": TOO_MANY,
    "entries_2k_of_everything": 2_000,
    "elements_3m": "more than 300,000 elements: refused",
    "categories_250k": (SLOW, 1),
    "categories_80k_distinct": (SLOW, 1),
    "authors_100k": (SLOW, 1),
    "entity_bomb_quadratic": "its entities blow up when expanded: refused",
    "entity_bomb_long": "the entity e0 is 100,000 characters long: refused",
    "entity_bomb_nested": "the entity b is made of entities: refused",
    "title_of_bidi_controls": 0,
    "flood_open_brackets": ("broken XML without an entry in it", SLOW),
    "flood_ampersands": (1, SLOW),
    "flood_quotes": (SLOW, "broken XML without an entry in it"),
    "flood_open_tags": TOO_MANY,
    "flood_comments": PLAIN,
    "flood_comments_inside": "broken XML without an entry in it",
    "flood_cdata": "the document breaks off before its first entry ends",
    "flood_declarations": PLAIN,
    "flood_doctypes": PLAIN,
    "flood_nul": "the document is empty",
    "flood_spaces": "the document is empty",
    "flood_closing_tags": (1, SLOW),
    "noise": "XML of another kind (<w>), not a feed",
    "json_keys_300k": 0,
    "json_number_of_1mb": "not readable as JSON (Exceeds the limit (4300 digits)",
    "json_empty_items_3m": TOO_MANY,
    "html_page_of_5mb": "an HTML page, not a feed: “Shop”",
    "html_page_around_a_feed": "an HTML page, not a feed",
}
#: Those that take a third of a second or more.
COSTLY = frozenset(
    """attributes_200_each attribute_of_9mb tag_of_9mb deep_100k_broken deep_html elements_3m
    entries_100k_broken entries_30k_newest_first entries_2k_of_everything namespaces_150_each
    categories_250k categories_80k_distinct authors_100k enclosures_100k titles_100k cdata_500k
    references_1m title_of_9mb_broken title_of_3m_han title_of_open_brackets title_of_half_tags
    flood_open_brackets flood_ampersands flood_quotes flood_open_tags flood_comments_inside
    flood_closing_tags one_emoji_and_9mb json_empty_items_3m""".split()
)


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser(workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def own_parser() -> Iterator[Parser]:
    """Another process for the small ones: memory that a large one left would count."""
    with Parser(workers=1) as running:
        yield running


def measured(parser: Parser, body: bytes) -> Outcome:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("no /proc here to measure a process with")
    return Gauge(parser).read(body)


@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.name)
def test_small(own_parser: Parser, file: Path) -> None:
    expected = EXPECTED[file.name]
    got = measured(own_parser, file.read_bytes())
    assert got.refused == expected.get("refused", "")
    assert 0 < got.peak_mb <= SMALL_MB
    if got.feed:
        sound(got.feed)
        entries = got.feed.entries
        assert [entry.title for entry in entries] == expected["titles"]
        links = [entry.url or "" for entry in entries]
        assert links == expected.get("links", [""] * len(entries))
        assert list(got.feed.problems) == expected.get("problems", [])


@pytest.mark.parametrize("name", GENERATED)
def test_large(parser: Parser, name: str) -> None:
    if name in COSTLY and not LONG:
        pytest.skip("costly: read with HOSTILE=all")
    if name in COSTLY:  # in a process of its own, where nothing else has left memory behind
        with Parser(workers=1) as fresh:
            got = measured(fresh, GENERATED[name]())
    else:
        got = measured(parser, GENERATED[name]())
    allowed = OUTCOMES.get(name, 1)
    assert any(fits(got, one) for one in (allowed if isinstance(allowed, tuple) else (allowed,))), (
        got.refused
    )
    assert got.refused == SLOW or 0 < got.peak_mb <= LARGE_MB
    if got.feed:
        sound(got.feed)


def fits(got: Outcome, allowed: int | str) -> bool:
    if isinstance(allowed, str):
        return got.refused.startswith(allowed)
    return got.feed is not None and len(got.feed.entries) == allowed


def test_there_are_forty_and_each_has_its_expectation() -> None:
    assert len(SMALL) + len(GENERATED) >= 40
    assert set(EXPECTED) == {file.name for file in SMALL}
    assert set(OUTCOMES) | COSTLY <= set(GENERATED)


# ── anything at all: a feed or a FeedError, and every feed is fit to be shown ─


def sound(feed: ParsedFeed) -> None:
    """Check what everything after the parser relies on."""
    assert len(feed.entries) <= 2_000
    assert len({entry.key for entry in feed.entries}) == len(feed.entries)
    for line in (feed.title, *feed.problems):
        plain(line, 400)
    for entry in feed.entries:
        assert entry.title
        plain(entry.title, 250)
        plain(entry.summary, 2_000)
        plain(entry.key, 520)
        plain(entry.outlet, 100)
        for name in (*entry.authors, *entry.tags):
            plain(name, 100)
        assert max(len(entry.authors), len(entry.tags)) <= 20
        assert entry.url is None or fits_on_the_web(entry.url)
    assert feed.url is None or feed.url.startswith(("http://", "https://"))


def plain(text: str, limit: int) -> None:
    assert len(text) <= limit
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def fits_on_the_web(url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0]
    return url.startswith(("http://", "https://")) and not set(host) & set("@<>|\\ ")


def read(body: bytes, content_type: str | None = None) -> None:
    try:
        feed = parse_document(body, url=URL, content_type=content_type)
    except FeedError as error:
        plain(str(error), 400)
    else:
        sound(feed)


def fuzz(quick: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(max_examples=quick * 50 if LONG else quick)


NAMES = st.sampled_from(
    """rss channel item entry feed title link guid description summary content author name category
    pubDate updated id source image ttl language media:title dc:date content:encoded rdf:RDF svg
    math a div script""".split()
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *("&#x202e;", "&lt;b&gt;", "&amp;amp;", "<![CDATA[<p>x]]>", "&nope;", "<!-- -->"),
            *(
                "javascript:alert(1)",
                "data:x,y",
                "http://h.example/a",
                "//h",
                "http://a@b.example/",
            ),
            *(
                "Sun, 22 Nov 2026 10:00:00 GMT",
                "2026-11-22T10:00:00Z",
                "9999999999",
                "\u202e\u200b",
            ),
            *("Bridge returned error 1!", "403 Forbidden", "ko", "text/html", "base64"),
        ]
    ),
)
ATTRIBUTES_OF = st.dictionaries(
    st.sampled_from("href rel type xml:base xml:lang url isPermaLink mode version xmlns".split()),
    TEXTS.map(lambda text: text.replace('"', "").replace("<", "&lt;")),
    max_size=3,
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    """Draw an element with what may be in it."""
    name, held = draw(NAMES), draw(ATTRIBUTES_OF)
    written = "".join(f' {key}="{value}"' for key, value in held.items())
    below = TEXTS if depth > 3 else st.one_of(TEXTS, trees(depth + 1))
    inside = "".join(draw(st.lists(below, max_size=4)))
    return f"<{name}{written}>{inside}</{name}>"


@fuzz(150)
@given(st.lists(trees(), max_size=5), st.sampled_from(["rss version='2.0'", "feed", "rdf:RDF", ""]))
def test_any_tree(parts: list[str], root: str) -> None:
    inside = "".join(parts)
    name = root.partition(" ")[0]
    text = f"<{root}><channel>{inside}</channel></{name}>" if root else inside
    read(text.encode("utf-8", "replace"))


@fuzz(150)
@given(st.sampled_from(VALID), st.randoms(use_true_random=False), st.integers(1, 20))
def test_a_valid_feed_with_bytes_changed(file: Path, random: Any, changes: int) -> None:
    body = bytearray(file.read_bytes())
    for _ in range(changes):
        at, kind = random.randrange(len(body)), random.randrange(4)
        length = random.choice((1, 1, 2, 10, 200))
        piece = bytes(body[at : at + length])
        if kind == 0:
            body[at : at + length] = random.randbytes(length)
        elif kind == 1:
            del body[at : at + length]
        elif kind == 2:
            body[at:at] = piece * random.choice((1, 2, 50))
        else:
            to = random.randrange(len(body))
            body[to:to] = piece
        body = body or bytearray(b"<")
    read(bytes(body))


@fuzz(100)
@given(st.sampled_from(SMALL), st.sampled_from(VALID), st.floats(0, 1), st.floats(0, 1))
def test_a_hostile_document_spliced_into_a_valid_one(
    hostile: Path, valid: Path, cut: float, at: float
) -> None:
    bad, good = hostile.read_bytes(), valid.read_bytes()
    place, start = int(len(good) * at), int(len(bad) * cut)
    read(good[:place] + bad[start:] + good[place:])


@fuzz(150)
@given(
    st.binary(max_size=500)
    | st.tuples(st.sampled_from(VALID), st.binary(max_size=50)).map(
        lambda drawn: drawn[0].read_bytes()[:200] + drawn[1]
    ),
    st.none() | st.text(max_size=30).map("text/xml; charset={}".format),
)
def test_any_bytes(body: bytes, content_type: str | None) -> None:
    read(body, content_type)
