"""The feeds a page points to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.discover import feed_links

URL = "https://page.example/news/index.html"

PAGES = {
    "declared, in order": (
        """<link rel="alternate" type="application/rss+xml" href="/rss.xml">
        <link rel="ALTERNATE nofollow" type="application/atom+xml; charset=utf-8" href="atom">
        <link rel="alternate" type="application/feed+json" href="//cdn.example/feed.json">""",
        (
            "https://page.example/rss.xml",
            "https://page.example/news/atom",
            "https://cdn.example/feed.json",
        ),
    ),
    "other alternates don't count": (
        '<link rel="alternate" hreflang="fr" href="/fr"><link rel="stylesheet" href="/rss.css">',
        (),
    ),
    "the base counts": (
        '<base href="https://other.example/x/"><link rel="feed" href="f">',
        ("https://other.example/x/f",),
    ),
    "a base that leads nowhere doesn't": (
        '<base href="javascript:0"><link rel="feed" href="f">',
        ("https://page.example/news/f",),
    ),
    "links only when nothing is declared": (
        """<a href="/about">About</a><a href="/feed/">Feed</a><a href="/x.rss">x</a>
        <a href="/feed/">Again</a><a href="/feedback">No</a><a href="/press">No</a>""",
        ("https://page.example/feed/", "https://page.example/x.rss"),
    ),
    "declared beats guessed": (
        '<link rel=alternate type=application/rss+xml href=/a><a href="/feed">Feed</a>',
        ("https://page.example/a",),
    ),
    "no web address, no feed": (
        '<link rel="feed" href="javascript:alert(1)"><link rel="feed" href="">',
        (),
    ),
    "comments and scripts point nowhere": (
        """<!-- <link rel=feed href=/c> --><script>'<link rel=feed href=/s>'</script>
        <STYLE><link rel=feed href=/t></STYLE ><link rel=feed href=/f><!--<link rel=feed href=/e>""",
        ("https://page.example/f",),
    ),
    "nested without end": ("<div>" * 300_000 + "<a href=/feed>", ("https://page.example/feed",)),
    "empty": ("", ()),
}


@pytest.mark.parametrize(("page", "expected"), PAGES.values(), ids=PAGES)
def test_feed_links(page: str, expected: tuple[str, ...]) -> None:
    assert feed_links(page.encode(), URL) == expected


@given(
    st.binary(max_size=200)
    | st.text(alphabet="<link a href=rel'\"feed>/", max_size=80).map(str.encode)
)
def test_no_page_breaks_it(body: bytes) -> None:
    assert all(link.startswith("http") for link in feed_links(body, URL))
