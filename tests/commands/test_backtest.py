"""What a rule would have caught."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands.backtest import DAYS, backtest
from bot.core.models import Entry, Rule
from bot.core.sameness import marks
from tests.commands.parts import GAZETTEER, NOW, Room, story

MINES = Rule(name="x", query="landmine*", channel="#nk")


def test_it_counts_by_the_day_of_publication_and_saves_nothing(room: Room) -> None:
    other = room.feed("Peninsula Monitor", "https://peninsula.example/rss")
    room.publish(
        story(1, "Landmines one", at=NOW),
        story(2, "Landmines two", at=NOW - timedelta(hours=1)),
        story(3, "Landmines three", at=NOW - timedelta(days=3)),
        story(4, "Landmines of old", at=NOW - timedelta(days=40)),
        story(5, "Weather", at=NOW),
        first=True,
    )
    room.publish(story(6, "Landmines undated", at=None), feed=other)
    found = backtest(room.store, GAZETTEER, MINES, now=NOW, zone=UTC)
    assert found.days == (*([0] * 10), 1, 0, 0, 3)
    assert (found.entries, found.stories, found.feeds, found.looked_at) == (4, 4, 2, 5)
    assert [stored.entry.title for stored, _ in found.latest][-1] == "Landmines three"
    assert room.store.rules.live() == []
    assert room.store.entries.matches(1) == []


def test_days_begin_where_the_asker_lives(room: Room) -> None:
    room.publish(story(1, "Landmines", at=NOW - timedelta(hours=10)))  # 02:00 UTC, 11:00 in Seoul
    in_lima = backtest(room.store, GAZETTEER, MINES, now=NOW, zone=ZoneInfo("America/Lima"))
    assert in_lima.days[-2:] == (1, 0)
    assert backtest(room.store, GAZETTEER, MINES, now=NOW, zone=UTC).days[-2:] == (0, 1)


def test_the_answer_shows_numbers_bars_and_the_latest_with_their_reasons(room: Room) -> None:
    room.publish(*(story(n, f"Landmines no. {n}") for n in range(7)), first=True)
    words = room("TEST landmine* in:#no-such-channel level:flash")
    assert "nothing was saved" in words
    assert "*7 entries* (7 stories), busiest day 7 (13 May), from 1 of 1 feed" in words
    assert "▁▁▁▁▁▁▁▁▁▁▁▁▁█" in words
    assert words.count("why: *Landmines* (title)") >= 5
    assert len(words.split("\n")) // 2 <= 8
    assert room.store.rules.live() == []


def test_nothing_found_and_nothing_to_look_at(room: Room) -> None:
    assert "No entries are stored yet" in room("test landmine*")
    room.publish(story(1, "Weather"))
    assert "caught nothing of 1 entry" in room("test landmine*")
    assert "I don't know the location `Atlantis`" in room("test location:Atlantis")


@pytest.mark.slow
def test_two_weeks_of_a_busy_desk_are_counted_whole(room: Room) -> None:
    feed = room.feed()
    with room.store.transaction():
        for number in range(22_000):
            at = NOW - timedelta(seconds=50 * number)
            place = "Pyongyang" if number % 20 == 0 else "the capital"
            title = f"Report {number} on talks in {place} and the price of rice"
            entry = Entry(key=f"k{number}", title=title, summary=title * 4, published=at)
            story_id = room.store.entries.start_story(f"u{number}", title, now=at)
            room.store.entries.add(
                entry,
                marks(entry, now=at),
                feed_id=feed,
                decision="new",
                reason="first report",
                same_as=None,
                story_id=story_id,
                now=at,
            )
    rule = Rule(name="x", query='location:"North Korea" (rice OR missile*) -opinion', channel="#nk")
    found = backtest(room.store, GAZETTEER, rule, now=NOW, zone=UTC)
    assert found.entries > 1_000
    assert len(found.days) == DAYS
