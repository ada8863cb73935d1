"""How the bot itself is doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.commands.parts import NOW, Room, story


def test_an_empty_desk(room: Room) -> None:
    words = room("status")
    assert "*Feeds* 0 watched, 0 failing · not polled yet" in words
    assert "*Deliveries* none yet" in words


def test_all_that_is_wrong_is_there_with_what_to_type(room: Room) -> None:
    room("add landmine* yes")
    room("add mine* yes")
    room("pause W2")
    room.publish(story(1, "Landmines"), story(2, "Weather"))
    for number in range(4):
        feed = room.feed(f"Wire {number}", f"https://wire{number}.example/rss")
        known = room.store.feeds.get(feed)
        assert known is not None
        state = replace(known.state, failures=number + 1, last_error=f"reason {number}")
        room.store.feeds.learn(feed, state)
    pause = room.store.channels.pause
    for channel in ("C0NK00000", "#nk", "#other"):
        advice = f"Type `/invite @Watchdesk` in {channel}."
        pause(channel, until=NOW + timedelta(1), reason="not_in_channel", advice=advice, now=NOW)
    words = room("STATUS")
    assert "*Feeds* 5 watched, 4 failing · last polled <!date^" in words
    assert "<https://wire3.example/rss|Wire 3> (wire3.example): reason 3" in words
    assert "2 more: `/watch feeds failing`" in words
    assert "*Entries* 2 in 24 h, 2 in all" in words
    assert "*Rules* 2, 1 paused" in words
    assert "*Deliveries* 1 waiting" in words
    assert "refuses (notˍinˍchannel) since <!date^" in words
    assert "Type `/invite @Watchdesk` in #nk. Then `/watch resume` #nk" in words
    assert "1 more channels refuse too" in words
    assert len(words.split("\n")) // 2 <= 8


def test_it_takes_no_words(room: Room) -> None:
    assert "takes no words" in room.refused("status now")


def test_a_bot_that_slack_refuses_altogether_says_so_once(room: Room) -> None:
    pause = room.store.channels.pause
    pause("#nk", until=NOW, reason="is_archived", advice="x", now=NOW)
    pause("*", until=NOW, reason="token_revoked", advice="Install it again.", now=NOW)
    words = room("status")
    assert "Slack refuses the bot itself (tokenˍrevoked)" in words
    assert "Install it again. Nothing is lost" in words
    assert "isˍarchived" not in words
