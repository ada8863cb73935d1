"""Lists of feeds as OPML."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Feed
from bot.errors import FeedError
from bot.feeds.opml import read_opml, write_opml

LIST = """\ufeff<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
  <outline text="North East Asia">
    <outline text="Korea">
      <outline type="rss" text="Harbour &amp;amp; Sea" xmlUrl="https://harbour.example/rss?a=1&amp;b=2"/>
    </outline>
    <outline text="Tide" title="Tide Table" xmlurl="https://tide.example/" category="/water/sea,Daily news"/>
    <outline text="A web page" htmlUrl="https://page.example/"/>
  </outline>
  <outline text="https://bare.example/feed" xmlUrl=" https://bare.example/feed " language="ko"/>
  <outline text="Tide again" xmlUrl="https://tide.example/" category="twice"/>
  <outline text="Bad" xmlUrl="javascript:alert(1)"/>
</body></opml>"""


def test_folders_and_categories_are_tags() -> None:
    assert read_opml(LIST.encode()) == (
        Feed(
            url="https://harbour.example/rss?a=1&b=2",
            title="Harbour & Sea",
            tags=("north-east-asia", "korea"),
        ),
        Feed(
            url="https://tide.example/",
            title="Tide Table",
            tags=("north-east-asia", "water", "sea", "daily-news", "twice"),
        ),
        Feed(url="https://bare.example/feed", lang="ko"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as OPML: no element found"),
        ("<opml><body>", "not readable as OPML: no element found"),
        ("<rss/>", "not an OPML list: it begins with <rss>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><opml/>', "refused; remove the <!DOCTYPE"),
        ("<opml>" + "<outline>" * 60, "too large or too deep"),
        ("<opml>" + "<outline/>" * 20_001, "too large or too deep"),
    ],
    ids=["empty", "cut", "rss", "doctype", "deep", "long"],
)
def test_what_is_refused_says_why(text: str, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        read_opml(text.encode())
    assert message in str(caught.value)


def test_what_is_written_is_opml_2() -> None:
    written = write_opml(
        [Feed(url="https://a.example/", title="A & <B>", tags=("x", "y"))]
    ).decode()
    assert '<opml version="2.0">' in written
    assert "<title>Watchdesk feeds</title>" in written
    assert 'text="A &amp; &lt;B&gt;"' in written
    assert 'category="x,y"' in written


tags = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-ü한", min_size=1, max_size=8)
feeds = st.lists(
    st.builds(
        Feed,
        url=st.integers(0, 10**6).map("https://feed.example/?a=1&n={}".format),
        title=st.text(alphabet="abc &<>\"'é港", max_size=20).map(
            lambda text: " ".join(text.split())
        ),
        tags=st.lists(tags, max_size=3, unique=True).map(tuple),
        lang=st.sampled_from([None, "en", "zh-Hant"]),
    ),
    max_size=6,
    unique_by=lambda feed: feed.url,
)


@given(feeds)
def test_round_trip(watched: list[Feed]) -> None:
    assert read_opml(write_opml(watched)) == tuple(watched)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    with contextlib.suppress(FeedError):
        read_opml(data)
