"""Feeds in trouble by command: moved, ended, held in a flood, listed in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.models import DeliveryState, Message
from tests.commands.parts import ANA, BEN, BOSS, NOW, Room, pages, rss, story

FRESH = ("application/rss+xml", rss("Fresh Wire", ("One", "Tue, 12 May 2026 10:00:00 GMT")))
BARE = ("text/html", b"<html><body>hello</body></html>")


def learn(room: Room, feed: int, **state: Any) -> None:
    """Let polling have taught something about a feed."""
    known = room.store.feeds.get(feed)
    assert known is not None
    room.store.feeds.learn(feed, replace(known.state, **state))


def tell(room: Room, kind: Any, feed: int, channel: str) -> str:
    """Let a trouble of a feed have been told; return the id of the notice."""
    trouble = room.store.troubles.begin(feed, kind, since=NOW, channels=[channel], now=NOW)
    return room.store.deliveries.tell(channel, trouble.subject, Message(text="trouble"), now=NOW)


def hold(room: Room, feed: int, channel: str = "#nk", key: int = 9) -> str:
    """Let a story of a feed's flood wait in a channel; return the id of its notice."""
    notice = tell(room, "flood", feed, channel)
    room.publish(story(key, f"Flooding number {key}"), feed=feed)
    (entry, *_) = room.store.entries.search(f"Flooding {key}")
    uid = room.store.entries.story_uid(entry.story_id)
    room.store.deliveries.queue(channel, entry.story_id, uid, priority=0, now=NOW, held_in=notice)
    return notice


def notice(room: Room, notice_id: str) -> str:
    """Return what a notice says now."""
    delivery = room.store.deliveries.get(notice_id)
    assert delivery is not None
    assert delivery.message is not None
    return delivery.message.text


# ── moved ─────────────────────────────────────────────────────────────────────


def test_a_feed_is_moved_to_where_it_says(room: Room) -> None:
    feed = room.feed()
    asked = tell(room, "moved", feed, BOSS)
    with pages(fresh=FRESH) as site:
        learn(room, feed, moved_to=f"{site}/fresh", moved_days=("2026-05-01",))
        assert f"moved? It says so, to `{site}/fresh`: `/watch feed move F1`" in room("feeds")
        words = room("feed move F1", as_=BOSS)
        assert f"is now read at `{site}/fresh`" in words
        assert "1 entry there" in words
        (known,) = room.store.feeds.all()
        assert (known.address, known.feed.url) == (f"{site}/fresh", "https://harbour.example/rss")
        assert known.state.moved_to is None
        assert f"is now read at `{site}/fresh`" in notice(room, asked)
        assert room.store.troubles.all_standing() == []
        assert f"read at `{site}/fresh`" in room("feeds")
        assert "is watched already" in room.refused(f"feed add {site}/fresh", as_=BOSS)
        assert "No longer watching `F1`" in room(f"feed remove {site}/fresh", as_=BOSS)


def test_a_feed_is_moved_to_where_someone_says_if_a_feed_is_there(room: Room) -> None:
    feed, other = room.feed(), room.feed("Other", "https://other.example/rss")
    with pages(fresh=FRESH, bare=BARE) as site:
        for line, words in (
            ("F1", "does not say that it moved"),
            (f"F1 {site}/bare", "is no feed"),
            (f"F1 {site}/none", "Nothing was saved"),
            ("F1 ftp://x", "`ftp://x`"),
            ("F1 https://other.example/rss", f"is watched already, as `F{other}`"),
            ("F9", "There is no feed `F9`"),
            ("", "Which feed?"),
        ):
            assert words in room.refused(f"feed move {line}", as_=BOSS)
        assert [known.state.address for known in room.store.feeds.all()] == [None, None]
        room(f"feed move F{feed} {site}/fresh", as_=BOSS)
        room.store.feeds.move(feed, "https://harbour.example/rss", now=NOW)
    assert [known.state.address for known in room.store.feeds.all()] == [None, None]


@pytest.mark.parametrize("line", ["feed move F1", "feed resume F1"])
def test_feeds_are_for_admins_to_care_for(room: Room, line: str) -> None:
    assert "Feeds are for admins" in room.refused(line)


# ── ended ─────────────────────────────────────────────────────────────────────


def test_a_feed_that_had_ended_is_asked_for_again(room: Room) -> None:
    feed = room.feed()
    told = tell(room, "gone", feed, "#nk")
    learn(room, feed, stopped_at=NOW, failures=1, last_error="the server answered 410 Gone")
    words = room("feeds failing")
    assert "stopped <!date^" in words
    assert "410 Gone. Try again: `/watch feed resume F1`" in words
    assert room.store.feeds.claim_due(NOW, lease_until=NOW, limit=9) == []
    assert "`/watch feed resume F1`" in room.refused(
        "feed add https://harbour.example/rss", as_=BOSS
    )
    assert "Asking for `F1`" in room("feed resume F1", as_=BOSS)
    assert "it is asked for again" in notice(room, told)
    assert room.store.feeds.claim_due(NOW, lease_until=NOW, limit=9)
    assert "nothing to resume" in room.refused("feed resume F1", as_=BOSS)
    assert "`/watch feed resume F7`" in room.refused("feed resume F4", as_=BOSS)


def test_what_was_said_about_a_feed_ends_with_it(room: Room) -> None:
    feed, other = room.feed(), room.feed("Other", "https://other.example/rss")
    told, else_ = tell(room, "failing", feed, "#nk"), tell(room, "quiet", other, "#nk")
    tell(room, "quiet", feed, "#nk")
    room("feed remove F1", as_=BOSS)
    assert "is no longer watched" in notice(room, told)
    assert notice(room, else_) == "trouble"
    assert "1 unusually quiet" in room("feeds")


# ── floods ────────────────────────────────────────────────────────────────────


def test_what_waits_of_a_flood_is_posted_in_the_channel_that_asks(room: Room) -> None:
    feed = room.feed()
    here, there = hold(room, feed), hold(room, feed, "#other", key=10)
    assert "Nothing of `F1`" in room.refused("feed post F1", at="#third")
    assert "1 alert of `F1`" in room("feed post F1", as_=BEN)
    assert "the 1 that waited" in notice(room, here)
    assert notice(room, there) == "trouble"
    counts = room.store.deliveries.counts()
    assert counts[DeliveryState.HELD] == 1
    assert "Nothing of `F1`" in room.refused("feed post F1", as_=ANA)
    assert "1 alert of `F1`" in room("feed post F1", at="#other")
    assert room.store.deliveries.counts()[DeliveryState.HELD] == 0


def test_the_terminal_posts_what_waits_anywhere(room: Room) -> None:
    feed = room.feed()
    hold(room, feed)
    hold(room, feed, "#other", key=10)
    assert "2 alerts of `F1`" in room("feed post F1", as_="console", at="terminal")


# ── in the list ───────────────────────────────────────────────────────────────


def test_quiet_feeds_are_listed(room: Room) -> None:
    assert "No feeds yet" in room("feeds quiet")
    lively, quiet = room.feed("Lively", "https://lively.example/rss"), room.feed()
    assert "No feed is unusually quiet" in room("feeds quiet")
    learn(room, lively, last_ok_at=NOW)
    learn(room, quiet, last_ok_at=NOW, last_entry_at=NOW - timedelta(days=3))
    tell(room, "quiet", quiet, "#nk")
    words = room("feeds quiet")
    assert words.startswith("*1 feed* of 2, 0 failing, 1 unusually quiet")
    assert f"`F{quiet}`" in words
    assert "quiet since <!date^" in words
    assert f"`F{lively}`" not in words
    assert room("feeds").index(f"`F{quiet}`") < room("feeds").index(f"`F{lively}`")


def test_possible_gaps_of_a_week_are_listed(room: Room) -> None:
    feed = room.feed()
    for days in (1, 2, 30):
        at = NOW - timedelta(days=days)
        room.store.feeds.skipped(feed, since=at - timedelta(hours=1), until=at)
    assert ":hole: 2 possible gaps in 7 days" in room("feeds")
