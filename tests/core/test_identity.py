"""Canonical links and the keys of entries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.identity import canonical_url, entry_key

CANONICAL = {
    "HTTPS://Quay.Example:443/A?b=1#top": "https://quay.example/A?b=1",
    "http://quay.example:80": "http://quay.example/",
    "http://quay.example:8080/": "http://quay.example:8080/",
    "https://quay.example:80/": "https://quay.example:80/",
    "https://quay.example/a?utm_source=rss&id=2&UTM_Medium=x&fbclid=y": "https://quay.example/a?id=2",
    "https://quay.example/a?at_medium=RSS&at_campaign=KARANGA": "https://quay.example/a",
    "https://quay.example/a?ns_mchannel=rss&xtor=RSS-1": "https://quay.example/a",
    "https://quay.example/a#xtor=RSS-1": "https://quay.example/a",
    "https://quay.example/a?b=2&a=1&b=1": "https://quay.example/a?b=2&a=1&b=1",
    "https://quay.example/a?at_home=1&nsfw=0&utm=1": "https://quay.example/a?at_home=1&nsfw=0&utm=1",
    "https://quay.example/#!/story/1": "https://quay.example/#!/story/1",
    "https://quay.example/#/story/1": "https://quay.example/#/story/1",
    "https://[2606:4700::A]:443/": "https://[2606:4700::a]/",
    "https://user:Pw@Quay.example/": "https://user:Pw@quay.example/",
    "  https://quay.example/  ": "https://quay.example/",
    "http://[broken": "http://[broken",
    "http://quay.example:99999/": "http://quay.example:99999/",
    "mailto:Ada@quay.example": "mailto:Ada@quay.example",
    "": "",
}


@pytest.mark.parametrize(("url", "expected"), CANONICAL.items())
def test_canonical_url(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


URL_PARTS = [
    "http://",
    "https://",
    "A.b",
    ":443",
    ":80",
    "/",
    "?",
    "&",
    "=",
    "#",
    "utm_x",
    "a",
    "[",
    "]",
    "@",
    " ",
    "%41",
]


@given(st.lists(st.sampled_from(URL_PARTS), max_size=12).map("".join) | st.text(max_size=20))
def test_canonical_is_canonical(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


def test_a_guid_is_the_key() -> None:
    assert entry_key(guid=" tag:q,1 ", url="https://q.example/", title="t") == "tag:q,1"


@pytest.mark.parametrize("guid", [None, "", "  "])
def test_without_a_guid_the_canonical_link_is(guid: str | None) -> None:
    key = entry_key(guid=guid, url="https://Q.example/?utm_a=1", title="t")
    assert key == "https://q.example/"


def test_without_both_title_and_day_are() -> None:
    morning = datetime(2026, 11, 3, 8, tzinfo=UTC)
    key = entry_key(guid=None, url=None, title="The  Ferry", published=morning)
    assert key.startswith("sha256:")
    assert key == entry_key(guid="", url="", title="the ferry ", published=morning.replace(hour=9))
    assert key != entry_key(
        guid=None, url=None, title="The Ferry", published=morning.replace(day=4)
    )
    assert key != entry_key(guid=None, url=None, title="The Ferry")


def test_a_key_is_never_long() -> None:
    long = entry_key(guid="g" * 501, url=None, title="t")
    assert long.startswith("sha256:")
    assert long != entry_key(guid="g" * 502, url=None, title="t")
    assert entry_key(guid="g" * 500, url=None, title="t") == "g" * 500
    assert entry_key(guid=None, url="https://q.example/" + "a" * 500, title="t").startswith(
        "sha256:"
    )


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert entry_key(guid=None, url=None, title="\ud83d").startswith("sha256:")
