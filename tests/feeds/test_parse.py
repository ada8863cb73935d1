"""Documents → entries, by case files: `<case>.xml` or `.jsonfeed` with `<case>.json` expected."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import ParsedFeed
from bot.errors import FeedError
from bot.feeds.json_form import feed_to_json
from bot.feeds.parse import parse_document

CASES = Path(__file__).parents[1] / "data" / "feeds"
DOCUMENTS = sorted(path for path in CASES.iterdir() if path.suffix in {".xml", ".jsonfeed"})
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
URL = "https://feeds.example/dir/feed.xml"


def parse(text: str, **options: Any) -> ParsedFeed:
    return parse_document(text.encode(), url=URL, **options)


def rss(items: str, head: str = "") -> str:
    return f"<rss version='2.0'><channel><title>T</title>{head}{items}</channel></rss>"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_case(document: Path) -> None:
    expected = json.loads(document.with_suffix(".json").read_text())
    parsed = parse_document(
        document.read_bytes(), url=URL, content_type=expected.get("content_type")
    )
    assert feed_to_json(parsed) == expected["parsed"]
    assert parsed.ttl_s == expected["ttl_s"]
    outlets = [entry.outlet for entry in parsed.entries]
    assert outlets == (expected["outlets"] or [""] * len(outlets))


def test_there_are_case_files() -> None:
    assert len(DOCUMENTS) >= 30


# ── what is no feed ───────────────────────────────────────────────────────────

NO_FEED = {
    "": "the document is empty",
    " \n\t ": "the document is empty",
    "<!DOCTYPE html><html lang=en><head><title>Sign &amp; enter</title></head>": (
        "an HTML page, not a feed: “Sign & enter”"
    ),
    "<html><body>Just a moment...</body></html>": "an HTML page, not a feed",
    "<!-- <rss> --><div>hello</div>": "an HTML page, not a feed",
    '{"error": "no\\nsuch feed"}': "JSON, but not a feed: it says “no such feed”",
    '{"items": []}': "JSON, but not a JSON Feed (no version from jsonfeed.org)",
    "[1, 2]": "JSON, but not a JSON Feed (no version from jsonfeed.org)",
    '{"version": ': "not readable as JSON (Expecting value: line 1 column 13 (char 12))",
    '{"a":' * 100_000: "JSON nested too deeply: refused",
    "Too many requests": "not a feed: plain text",
    "<opml version='2.0'/>": "an OPML list of feeds, not a feed: import it instead",
    "<urlset><url/></urlset>": "a sitemap, not a feed",
    "<note>hi</note>": "XML of another kind (<note>), not a feed",
    "<rss version='2.0'><channel><title>Cut": "the document breaks off before its first entry ends",
    "<feed>": "the document breaks off before its first entry ends",
    "<rss><b></c></rss>": ("broken XML without an entry in it: mismatched tag: line 2, column 10"),
    "<channel/>": "XML without a feed in it",
    rss("<item><title>Bridge returned error 404! (1)</title></item>"): (
        "the bridge that makes this feed fails: “Bridge returned error 404! (1)”"
    ),
}


@pytest.mark.parametrize(("text", "message"), NO_FEED.items(), ids=range(len(NO_FEED)))
def test_what_is_no_feed_says_what_it_is(text: str, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(text)
    assert str(caught.value) == message


def test_whatever_feedparser_raises_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise AssertionError("from its lenient parser")

    monkeypatch.setattr("feedparser.parse", broken)
    with pytest.raises(FeedError, match=r"can't be read as a feed \(AssertionError\)"):
        parse(rss(""))


def test_running_out_of_memory_is_not_the_feeds_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("feedparser.parse", greedy)
    with pytest.raises(MemoryError):
        parse(rss(""))


# ── hostile shapes ────────────────────────────────────────────────────────────

MANY_ATTRIBUTES = " ".join(f'a{number}=">"' for number in range(300))
REFUSED = {
    "attributes": (
        rss(f"<item {MANY_ATTRIBUTES}/>"),
        "an element with more than 200 attributes: refused",
    ),
    "attributes, broken XML": (
        rss(f"<b></c><item {MANY_ATTRIBUTES}/>"),
        "an element with more than 200 attributes: refused",
    ),
    "nesting": (rss("<a>" * 5000), "elements nested deeper than 200: refused"),
    "elements": (rss("<a/>" * 300_000), "more than 300,000 elements: refused"),
    "entities of entities": (
        '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
        + rss("<item><title>&b;</title></item>"),
        "the entity b is made of entities: refused",
    ),
    "a long entity": (
        f'<!DOCTYPE r [<!ENTITY a "{"ha" * 1000}">]>' + rss("<item/>"),
        "the entity a is 2,000 characters long: refused",
    ),
    "an entity many times": (
        f'<!DOCTYPE r [<!ENTITY a "{"h" * 999}">]>' + rss("&a;" * 100_000),
        "its entities blow up when expanded: refused",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_hostile_shapes_are_refused(text: str, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(text)
    assert str(caught.value) == message


def test_external_entities_are_not_fetched() -> None:
    text = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    parsed = parse(text + rss("<item><title>a &x; b</title></item>"))
    assert "root" not in parsed.entries[0].title


TOO_MANY = "more than 2,000 entries, not newest first: what is new would be missed"
NEWEST = datetime(2026, 11, 22, tzinfo=UTC)


def dated(count: int, *, step: int) -> str:
    """Return items a quarter of an hour apart; `step` -1 is newest first, 1 oldest first."""
    moments = (NEWEST + timedelta(minutes=15 * step * number) for number in range(count))
    return "".join(
        f"<item><guid>g{number}</guid><title>t</title>"
        f"<pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for number, moment in enumerate(moments)
    )


@pytest.mark.parametrize("tail", ["</channel></rss>", "<b></c>"], ids=["sound", "broken"])
def test_the_older_of_too_many_entries_are_not_read(tail: str) -> None:
    broken = "<y></z>" if tail != "</channel></rss>" else ""
    parsed = parse(f"<rss version='2.0'><channel>{broken}{dated(2_500, step=-1)}{tail}")
    assert [entry.key for entry in parsed.entries] == [f"g{n}" for n in range(2_000)]
    assert "more than 2,000 entries: the older ones were not read" in parsed.problems


@pytest.mark.parametrize(
    "items",
    [
        dated(2_001, step=1),
        dated(2_001, step=0),
        "<item><title>no date</title></item>" * 2_001,
        "<item/>" * 2_001,
        dated(900, step=-1) + "<item><title>no date</title></item>" * 1_101,
        dated(1_000, step=-1) + dated(1_001, step=1),
    ],
    ids=["oldest first", "one date", "no dates", "nothing", "mostly without", "half of each"],
)
def test_too_many_entries_of_which_the_newest_are_unknown_are_refused(items: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(rss(items))
    assert str(caught.value) == TOO_MANY


def test_a_document_that_breaks_off_after_an_empty_entry_is_cut_there() -> None:
    parsed = parse("<rss version='2.0'><channel><item><title>a</title></item><item/><item><b>")
    assert [entry.title for entry in parsed.entries] == ["a"]
    assert parsed.problems[0] == "the document breaks off: read up to its last whole entry"


def test_as_many_entries_as_the_limit_may_come_in_any_order() -> None:
    assert len(parse(rss(dated(2_000, step=1))).entries) == 2_000


def test_json_entries_have_the_same_limit() -> None:
    def items(step: int) -> list[dict[str, str]]:
        moments = (NEWEST + timedelta(hours=step * number) for number in range(2_001))
        return [
            {"id": str(number), "title": "t", "date_published": moment.isoformat()}
            for number, moment in enumerate(moments)
        ]

    version = "https://jsonfeed.org/version/1.1"
    parsed = parse(json.dumps({"version": version, "items": items(-1)}))
    assert len(parsed.entries) == 2_000
    assert parsed.problems == ("more than 2,000 entries: the older ones were not read",)
    with pytest.raises(FeedError, match="more than 2,000 entries, not newest first"):
        parse(json.dumps({"version": version, "items": items(1)}))


# ── errors dressed up as entries ──────────────────────────────────────────────

ONLY_ERRORS = [
    *("Bridge returned error 500! (20779)", "Bridge returned error 0!", "bridge returned error -1"),
    *("403 Forbidden", "Error 404", "HTTP 503: Service Unavailable", "HTTP Error 429: Too Many Requests"),
    *("Error: Not Found", "Page not found", "502 Bad Gateway", "Internal Server Error"),
    *("RSS reader not yet whitelisted!", "Just a moment...", "This feed has expired.", "Login required"),
    *("Failed to fetch the page: timeout after 30 s", "Error loading feed", "Rate limit exceeded"),
    *("Feed not found", "Unable to retrieve content", "Access denied", "Please log in"),
]  # fmt: skip
NO_ERRORS = [
    *("Forbidden City reopens after the flood", "Error 404: the village that vanished"),
    *("Access denied to aid convoys at the crossing", "503 detained after protest"),
    *("Not found: the crew of the trawler", "404", "Minister: feed prices not available"),
    *("Rate limit on harbour fees lifted", "Just a moment of silence", "Login required, says bank"),
    *("The bridge returned error after error", "Failed to load cargo, ship turns back"),
]


@pytest.mark.parametrize("title", ONLY_ERRORS)
def test_an_error_in_place_of_all_entries_is_a_failure(title: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(rss(f"<item><title>{title}</title><link>https://b.example/</link></item>"))
    assert str(caught.value) == f"the bridge that makes this feed fails: “{title}”"


@pytest.mark.parametrize("title", NO_ERRORS)
def test_news_that_sounds_like_an_error_is_news(title: str) -> None:
    assert parse(rss(f"<item><title>{title}</title></item>")).entries[0].title == title


@pytest.mark.parametrize("title", [title for title in ONLY_ERRORS if "ridge" not in title])
def test_beside_other_entries_only_a_bridges_own_words_are_an_error(title: str) -> None:
    parsed = parse(rss(f"<item><title>{title}</title></item><item><title>News</title></item>"))
    assert [entry.title for entry in parsed.entries] == [title, "News"]


# ── limits of text ────────────────────────────────────────────────────────────


def test_long_texts_are_cut_between_words() -> None:
    words = "harbour " * 1_000
    text = rss(f"<item><title>{words}</title><description>{words}</description></item>")
    [entry] = parse(text).entries
    assert len(entry.title) <= 250
    assert entry.title.endswith("harbour…")
    assert len(entry.summary) <= 2_000
    assert entry.summary.endswith("harbour…")


def test_a_long_link_that_stands_for_a_title_is_cut_too() -> None:
    [entry] = parse(rss(f"<item><link>https://a.example/{'a' * 400}</link></item>")).entries
    assert len(entry.title) == 250


def test_a_text_without_spaces_is_cut_anyway() -> None:
    [entry] = parse(rss(f"<item><title>{'港' * 400}</title></item>")).entries
    assert entry.title == "港" * 249 + "…"


def test_a_huge_guid_becomes_a_short_key() -> None:
    [entry] = parse(rss(f"<item><guid>{'g' * 5_000}</guid><title>t</title></item>")).entries
    assert len(entry.key) == len("sha256:") + 64


def test_a_link_beyond_all_measure_is_dropped() -> None:
    link = "https://long.example/" + "a" * 3_000
    [entry] = parse(rss(f"<item><title>t</title><link>{link}</link></item>")).entries
    assert entry.url is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("en_us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("", None),
        ("!", None),
    ],
)
def test_languages_are_written_the_usual_way(said: str, expected: str | None) -> None:
    assert parse(rss("", f"<language>{said}</language>")).language == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<ttl>15</ttl>", 900),
        ("<ttl>100000</ttl>", 86_400),
        ("<ttl>soon</ttl>", 0),
        ("<ttl>-5</ttl>", 0),
        (
            f"<sy:updatePeriod xmlns:sy='{SYNDICATION}'> daily</sy:updatePeriod>",
            86_400,
        ),
    ],
)
def test_how_long_a_feed_asks_to_be_left_alone(head: str, expected: int) -> None:
    assert parse(rss("", head)).ttl_s == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([23, 0, 7], (0, 7, 23)),
        ([24, " 5 "], (0, 5)),
        (["x", -1, 111], ()),
        ([], ()),
        (range(24), ()),
    ],
)
def test_hours_at_which_a_feed_wants_its_rest(hours: Iterable[object], expected: object) -> None:
    said = "".join(f"<hour>{hour}</hour>" for hour in hours)
    assert parse(rss("", f"<skipHours>\n{said}</skipHours>")).skip_hours == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("ada@desk.example (Ada Quay)", "Ada Quay"),
        ("Ada Quay &lt;ada@desk.example&gt;", "Ada Quay"),
        ("ada@desk.example", "ada@desk.example"),
        ("Ada &amp; Ben", "Ada & Ben"),
    ],
)
def test_authors_are_names(author: str, expected: str) -> None:
    [entry] = parse(rss(f"<item><title>t</title><author>{author}</author></item>")).entries
    assert entry.authors == (expected,)


# ── anything at all ───────────────────────────────────────────────────────────


def parse_or_refuse(body: bytes, content_type: str | None = None) -> None:
    try:
        parsed = parse_document(body, url=URL, content_type=content_type)
    except FeedError:
        return
    keys = [entry.key for entry in parsed.entries]
    assert len(set(keys)) == len(keys)
    for entry in parsed.entries:
        assert entry.title
        assert entry.url is None or entry.url.startswith(("http://", "https://"))
    json.dumps(feed_to_json(parsed), ensure_ascii=False).encode()


FRAGMENTS = [
    *("<rss version='2.0'>", "<channel>", "</channel>", "</rss>", "<item>", "</item>", "<title>"),
    *(
        "</title>",
        "<link>",
        "</link>",
        "<guid>",
        "</guid>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
    ),
    *(
        "<entry>",
        "</entry>",
        "<link href='",
        "'/>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&",
        "&#0;",
        "&#xD800;",
    ),
    *(
        "<?xml version='1.0' encoding='",
        "utf-7",
        "idna",
        "utf-16",
        "'?>",
        "<!DOCTYPE x [",
        "<!ENTITY a '",
        "]>",
    ),
    *("http://h/", "javascript:", "\x00", "\ud7ff", "\u202e", "{", "}", "[", "]", '"', "<pubDate>"),
    *(
        "9999-12-31T23:59:59-12:00",
        "</pubDate>",
        "<description>",
        "</description>",
        "<div>",
        "xml:base='//['",
    ),
    *(
        "<category term=''/>",
        "<author>",
        "</author>",
        "<source>",
        "</source>",
        "<image>",
        "<textinput>",
    ),
    *("<dc:date>", "<content type='base64'>", "!!", "</content>", "<!--", "-->", "<svg>", "<math>"),
]


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body: bytes) -> None:
    parse_or_refuse(body)


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=40),
    st.sampled_from([None, "text/xml", "application/json; charset=punycode", "x; charset=utf-16"]),
)
def test_no_arrangement_of_feed_parts_breaks_it(parts: list[str], content_type: str | None) -> None:
    parse_or_refuse("".join(parts).encode("utf-8", "surrogatepass"), content_type)


@settings(max_examples=300)
@given(st.sampled_from(DOCUMENTS), st.data())
def test_no_mutation_of_a_real_feed_breaks_it(document: Path, data: st.DataObject) -> None:
    body = bytearray(document.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        to = data.draw(st.integers(at, min(len(body), at + 40)))
        body[at:to] = data.draw(
            st.sampled_from([*(part.encode() for part in FRAGMENTS), b"", b"\xff\xfe"])
        )
    parse_or_refuse(bytes(body))
