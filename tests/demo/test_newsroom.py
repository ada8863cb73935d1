"""The newsroom over real HTTP: documents, validators, compression, discovery."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.config import load_config
from bot.core.identity import canonical_url
from bot.core.models import ParsedFeed
from bot.demo.newsroom import Newsroom
from bot.demo.outlets import LAST_STEP, DemoEntry, Outlet, load_outlets
from bot.feeds.parse import parse_document

START = datetime(2018, 11, 13, 9, 30, tzinfo=UTC)
PACE = timedelta(minutes=75)
STEPS = range(LAST_STEP + 1)
OUTLETS = load_outlets()
PAGES = [
    pytest.param(outlet, step, id=f"{outlet.name}@{step}") for outlet in OUTLETS for step in STEPS
]


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(START, pace=PACE) as room:
        yield room


def get(url: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    """Return what a client gets; header names are written with underscores."""
    _, _, host, path = url.split("/", 3)
    connection = HTTPConnection(host, timeout=5)
    connection.request(
        "GET", f"/{path}", headers={name.replace("_", "-"): v for name, v in headers.items()}
    )
    with connection.getresponse() as response:
        return response, response.read()


def etags(newsroom: Newsroom) -> dict[str, str | None]:
    return {o.name: get(newsroom.feed_url(o))[0].getheader("ETag") for o in OUTLETS}


@pytest.mark.parametrize(("outlet", "step"), PAGES)
def test_a_document_reads_back_as_exactly_the_entries_meant(
    newsroom: Newsroom, outlet: Outlet, step: int
) -> None:
    newsroom.publish(step)
    feed = read(newsroom, outlet)
    entries = outlet.at(step)
    assert (feed.title, feed.url, feed.language) == (outlet.title, outlet.site, outlet.lang)
    assert [entry.key for entry in feed.entries] == [
        outlet.guid_of(entry) or canonical_url(outlet.link_of(entry)) for entry in entries
    ]
    assert [entry.title for entry in feed.entries] == [spaced(e.title) for e in entries]
    assert [entry.summary for entry in feed.entries] == [plain(entry) for entry in entries]
    assert [entry.published for entry in feed.entries] == [
        START + entry.step * PACE - timedelta(minutes=entry.ago) for entry in entries
    ]
    assert [entry.url for entry in feed.entries] == [
        None if entry.link.startswith("javascript:") else outlet.link_of(entry) for entry in entries
    ]
    assert [entry.tags for entry in feed.entries] == [(entry.section,) for entry in entries]
    assert [" ".join(entry.authors) for entry in feed.entries] == [e.author for e in entries]


def read(newsroom: Newsroom, outlet: Outlet) -> ParsedFeed:
    url = newsroom.feed_url(outlet)
    response, body = get(url)
    return parse_document(body, url=url, content_type=response.getheader("Content-Type"))


def plain(entry: DemoEntry) -> str:
    """Return what people should read, by the plainest means: drop tags, then entities."""
    if not entry.html:
        return spaced(entry.summary)
    return spaced(unescape(re.sub(r"<[^>]+>", "", entry.summary.replace("</p><p>", " "))))


def spaced(text: str) -> str:
    return " ".join(text.split())


def test_the_same_start_gives_the_same_bytes() -> None:
    with Newsroom(START) as one, Newsroom(START) as other:
        for outlet in OUTLETS:
            assert get(one.feed_url(outlet))[1] == get(other.feed_url(outlet))[1]


def test_the_russian_feed_speaks_windows_1251(newsroom: Newsroom) -> None:
    outlet = next(outlet for outlet in OUTLETS if outlet.lang == "ru")
    response, body = get(newsroom.feed_url(outlet))
    assert response.getheader("Content-Type") == "application/rss+xml; charset=windows-1251"
    assert "Ким Чен Ын".encode("windows-1251") in body


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.name)
def test_a_repeated_conditional_get_is_answered_304(newsroom: Newsroom, outlet: Outlet) -> None:
    url = newsroom.feed_url(outlet)
    first, _ = get(url)
    etag, modified = first.getheader("ETag"), first.getheader("Last-Modified")
    assert etag is not None
    assert modified is not None
    for headers in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"older", {etag}'},
        {"If_Modified_Since": modified},
        {"If_None_Match": etag, "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        again, body = get(url, **headers)
        assert (again.status, body) == (304, b"")
        assert again.getheader("ETag") == etag


def test_a_tag_that_differs_outweighs_a_date_that_agrees(newsroom: Newsroom) -> None:
    url = newsroom.feed_url(OUTLETS[0])
    modified = get(url)[0].getheader("Last-Modified")
    assert modified is not None
    assert get(url, If_None_Match='"older"', If_Modified_Since=modified)[0].status == 200


def test_publishing_changes_the_tags_of_the_feeds_that_changed_and_of_no_other(
    newsroom: Newsroom,
) -> None:
    before = etags(newsroom)
    for step in STEPS[1:]:
        newsroom.publish(step)
        after = etags(newsroom)
        changed = {outlet.name for outlet in OUTLETS if outlet.at(step) != outlet.at(step - 1)}
        assert {name for name in after if after[name] != before[name]} == changed
        before = after


def test_last_modified_moves_with_the_tag_and_never_into_the_future(newsroom: Newsroom) -> None:
    seen: dict[str, set[tuple[str | None, str | None]]] = {outlet.name: set() for outlet in OUTLETS}
    for step in STEPS:
        newsroom.publish(step)
        for outlet in OUTLETS:
            response, _ = get(newsroom.feed_url(outlet))
            modified = response.getheader("Last-Modified")
            assert modified is not None
            assert datetime.strptime(modified, "%a, %d %b %Y %H:%M:%S %Z").replace(
                tzinfo=UTC
            ) <= START + timedelta(seconds=1)
            seen[outlet.name].add((response.getheader("ETag"), modified))
    for pairs in seen.values():
        assert len({etag for etag, _ in pairs}) == len({modified for _, modified in pairs})


def test_a_client_that_takes_gzip_gets_gzip(newsroom: Newsroom) -> None:
    url = newsroom.feed_url(OUTLETS[0])
    whole, body = get(url)
    packed, bytes_sent = get(url, Accept_Encoding="deflate, gzip")
    assert whole.getheader("Content-Encoding") is None
    assert packed.getheader("Content-Encoding") == "gzip"
    assert packed.getheader("Vary") == "Accept-Encoding"
    assert len(bytes_sent) < len(body) / 2
    assert gzip.decompress(bytes_sent) == body


def test_a_home_page_leads_to_its_feed(newsroom: Newsroom) -> None:
    outlet = next(outlet for outlet in OUTLETS if not outlet.subscribed)
    page = LexborHTMLParser(get(newsroom.home_url(outlet))[1])
    links = page.css('link[rel="alternate"]')
    assert [newsroom.url + str(link.attributes["href"]) for link in links] == [
        newsroom.feed_url(outlet)
    ]
    assert links[0].attributes["type"] == "application/atom+xml"
    assert links[0].attributes["title"] == outlet.title


def test_the_front_page_leads_to_all_feeds(newsroom: Newsroom) -> None:
    links = LexborHTMLParser(get(newsroom.url + "/")[1]).css('link[rel="alternate"]')
    assert len(links) == len(OUTLETS)


def test_an_unknown_page_is_404_and_a_query_does_not_matter(newsroom: Newsroom) -> None:
    assert get(newsroom.url + "/feeds/none.xml")[0].status == 404
    assert get(newsroom.feed_url(OUTLETS[0]) + "?utm_source=me")[0].status == 200


def test_the_tally_counts_answers_by_status_and_starts_over(newsroom: Newsroom) -> None:
    url = newsroom.feed_url(OUTLETS[0])
    etag = get(url)[0].getheader("ETag")
    assert etag is not None
    get(url, If_None_Match=etag)
    get(url, If_None_Match=etag)
    assert newsroom.take_tally() == {200: 1, 304: 2}
    assert newsroom.take_tally() == {}


@pytest.mark.parametrize("step", [-1, LAST_STEP + 1])
def test_a_step_that_is_not_in_the_script_is_refused(newsroom: Newsroom, step: int) -> None:
    with pytest.raises(ValueError, match=f"step {step} is not one of 0 to {LAST_STEP}"):
        newsroom.publish(step)


def test_its_configuration_is_one_the_product_accepts(newsroom: Newsroom, tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(newsroom.config_text(), "utf-8")
    config = load_config(path)
    subscribed = {newsroom.feed_url(outlet): outlet for outlet in OUTLETS if outlet.subscribed}
    assert {feed.url for feed in config.feeds} == set(subscribed)
    for feed in config.feeds:
        assert feed.title == subscribed[feed.url].title
        assert feed.lang == subscribed[feed.url].lang[:2]
    assert len({rule.channel for rule in config.rules}) == 3


def test_a_re_dated_entry_is_dated_by_the_step_that_changed_it(newsroom: Newsroom) -> None:
    ledger = next(outlet for outlet in OUTLETS if outlet.name == "seoul-ledger")
    dates = []
    for step in STEPS[1:]:
        newsroom.publish(step)
        found = {entry.key: entry.published for entry in read(newsroom, ledger).entries}
        dates.append(found["https://seoulledger.example/a/blue-house-known-all-along#0"])
    minute = timedelta(minutes=1)
    redated = START + 2 * PACE - minute
    assert dates == [START + PACE - 14 * minute, redated, redated]
