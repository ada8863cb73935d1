"""Feeds by command: the list, adding by address or page, removing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.models import Feed
from tests.commands.parts import BOSS, NOW, Room, pages, rss, story

FRESH = ("application/rss+xml", rss("Fresh Wire", ("One", "Tue, 12 May 2026 10:00:00 GMT")))
STALE = ("application/rss+xml", rss("Old Wire", ("One", "Sun, 01 Mar 2020 10:00:00 GMT")))
EMPTY = ("application/rss+xml", rss("Empty Wire"))
UNDATED = ("application/rss+xml", rss("Undated Wire", ("One", "")))
PAGE = (
    "text/html",
    (
        b"<html><head><link rel='alternate' type='application/rss+xml' href='/broken'>"
        b"<link rel='alternate' type='application/rss+xml' href='/fresh'>"
        b"<link rel='alternate' type='application/rss+xml' href='/stale'></head></html>"
    ),
)
BARE = ("text/html", b"<html><body>hello</body></html>")


def test_a_feed_is_added_by_its_own_address(room: Room) -> None:
    with pages(fresh=FRESH) as site:
        words = room(f"feed add {site}/fresh", as_=BOSS)
    assert "Watching `F1`" in words
    assert "Fresh Wire" in words
    assert "1 entry, newest <!date^" in words
    assert "without alerts" in words
    [known] = room.store.feeds.all()
    assert (known.feed.url, known.feed.title) == (f"{site}/fresh", "Fresh Wire")
    assert (known.feed.origin, known.feed.every_s) == (BOSS, 3600)
    assert room.store.feeds.claim_due(NOW, lease_until=NOW, limit=9)  # polled at once


def test_a_feed_is_found_on_a_page(room: Room) -> None:
    with pages(fresh=FRESH, stale=STALE, page=PAGE) as site:
        words = room(f"FEED ADD {site}/page", as_=BOSS)
    assert f"found on that page: `{site}/fresh`" in words
    assert f"Other feeds there: `{site}/broken`, `{site}/stale`" in words
    assert [known.feed.url for known in room.store.feeds.all()] == [f"{site}/fresh"]


def test_several_at_once_are_told_in_a_line_each(room: Room) -> None:
    with pages(fresh=FRESH, stale=STALE) as site:
        words = room(f"feed add {site}/fresh {site}/stale {site}/gone", as_=BOSS)
    assert "Watching `F1`" in words
    assert "Watching `F2`" in words
    assert f":x: `{site}/gone` can't be read" in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (STALE, "it may be abandoned"),
        (EMPTY, "It is empty now"),
        (UNDATED, "without dates"),
    ],
)
def test_what_is_odd_about_a_feed_is_said(
    room: Room, content: tuple[str, bytes], words: str
) -> None:
    with pages(feed=content) as site:
        assert words in room(f"feed add {site}/feed", as_=BOSS)


def test_a_feed_watched_already_is_refused(room: Room) -> None:
    with pages(fresh=FRESH, page=PAGE) as site:
        room(f"feed add {site}/fresh", as_=BOSS)
        for address in (f"{site}/fresh", f"{site}/page", f"{site.upper()}/fresh"):
            words = room.refused(f"feed add {address}", as_=BOSS)
            assert "is watched already: not polled yet" in words
            assert "`/watch feeds`" in words


def test_what_can_not_be_added_says_why_and_what_then(room: Room) -> None:
    with pages(bare=BARE, broken=("text/html", PAGE[1].replace(b"/fresh", b"/gone"))) as site:
        assert "names no feed:" in room.refused(f"feed add {site}/bare", as_=BOSS)
        assert "names no feed that can be read" in room.refused(f"feed add {site}/broken", as_=BOSS)
        assert "Open it in a browser" in room.refused(f"feed add {site}/none", as_=BOSS)
    assert "Which feed?" in room.refused("feed add", as_=BOSS)
    assert "At most 10 at once" in room.refused("feed add " + "a.example " * 11, as_=BOSS)
    assert "`ftp://x`" in room.refused("feed add ftp://x", as_=BOSS)
    assert "can't be read" in room.refused("feed add 10.0.0.1", as_=BOSS)  # a private network
    assert room.store.feeds.all() == []


@pytest.mark.parametrize("line", ["feed add a.example", "feed remove F1"])
def test_feeds_are_for_admins(room: Room, line: str) -> None:
    words = room.refused(line)
    assert "Feeds are for admins" in words
    assert "`settings: admins:` in feeds.yaml" in words


# ── listing and removing ──────────────────────────────────────────────────────


def test_the_list_has_failing_feeds_first_with_their_reason(room: Room) -> None:
    fine = room.feed()
    room.publish(story(1, "x"), feed=fine)
    bad = room.feed("Peninsula Monitor", "https://peninsula.example/rss")
    off = room.store.feeds.add(
        Feed(url="https://off.example/rss", tags=("korea",), enabled=False), now=NOW
    )
    known = room.store.feeds.get(bad)
    assert known is not None
    state = replace(
        known.state,
        failures=3,
        last_error="not found (404) <!channel>",
        next_poll_at=NOW + timedelta(hours=1),
    )
    room.store.feeds.learn(bad, state)
    lines = room("feeds").splitlines()
    assert lines[0] == "*3 feeds*, 1 failing"
    assert lines[1].startswith(f"`F{bad}`")
    assert "not found (404) &lt;!channel&gt; (3 times in a row, next try <!date^" in lines[1]
    assert f"`F{fine}`" in lines[2]
    assert "· ok <!date^" in lines[2]
    assert f"`F{off}` <https://off.example/rss|off.example> · korea · switched off in" in lines[3]
    assert "*1 feed* of 3, 1 failing" in room("feeds failing")
    assert "*1 feed* of 3, 0 failing" in room("feeds KOREA off")
    assert "No feed matches `zzz`" in room("feeds zzz")
    room.store.feeds.learn(bad, replace(state, failures=0))
    assert "No feed fails" in room("feeds failing")


def test_without_feeds_it_says_how_to_add_one(room: Room) -> None:
    assert "`/watch feed add https://" in room("feeds")


def test_a_feed_is_removed_by_id_or_address(room: Room) -> None:
    room.feed()
    other = "https://peninsula.example/rss"
    room.feed("Peninsula Monitor", other)
    words = room("feed rm f1", as_=BOSS)
    assert "No longer watching `F1`" in words
    assert "`/watch feed add https://harbour.example/rss`" in words
    room(f"feed remove {other}", as_=BOSS)
    assert room.store.feeds.all() == []
    for text in ("F1", "", "https://x.example", "a b"):
        assert "`/watch feed remove F7`" in room.refused(f"feed remove {text}", as_=BOSS)


def test_feeds_of_the_configuration_are_removed_there(room: Room) -> None:
    room.store.feeds.add(Feed(url="https://a.example/rss", origin="feeds.yaml"), now=NOW)
    words = room.refused("feed remove F1", as_=BOSS)
    assert "stands in feeds.yaml: remove it there" in words
    assert len(room.store.feeds.all()) == 1


def test_a_feed_from_an_opml_file_can_be_removed_here(room: Room) -> None:
    room.store.feeds.add(Feed(url="https://a.example/rss", origin="list.opml"), now=NOW)
    room("feed remove F1", as_=BOSS)
    assert room.store.feeds.all() == []
