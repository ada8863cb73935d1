"""Times as people type them, in their own zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands.times import pause_end, take_period
from bot.errors import CommandError
from tests.commands.parts import NOW

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2d", NOW + timedelta(days=2)),
        ("for 4 h", NOW + timedelta(hours=4)),
        ("30M", NOW + timedelta(minutes=30)),
        ("1w", NOW + timedelta(weeks=1)),
        ("until monday", datetime(2026, 5, 18, tzinfo=UTC)),
        ("until Wed", datetime(2026, 5, 20, tzinfo=UTC)),  # today is one: the next
        ("tomorrow", datetime(2026, 5, 14, tzinfo=UTC)),
        ("until 2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
    ],
)
def test_a_pause_ends(text: str, end: datetime) -> None:
    assert pause_end(text, NOW, UTC) == end


def test_a_day_begins_where_the_asker_lives() -> None:
    late = datetime(2026, 5, 13, 20, tzinfo=UTC)  # already Thursday in Seoul
    assert pause_end("until tomorrow", late, SEOUL) == datetime(2026, 5, 14, 15, tzinfo=UTC)
    period, _ = take_period("today", late, SEOUL)
    assert period.since == datetime(2026, 5, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "0d", "yesterday", "2026-13-01", "2020-01-01", "9999d"])
def test_a_pause_that_makes_no_sense_says_what_to_write(text: str) -> None:
    with pytest.raises(CommandError, match="`2d`"):
        pause_end(text, NOW, UTC)


@pytest.mark.parametrize(
    ("text", "since", "words", "rest"),
    [
        ("", NOW - timedelta(hours=24), "last 24 h", ""),
        ("7d", NOW - timedelta(days=7), "last 7 d", ""),
        ("7d W12", NOW - timedelta(days=7), "last 7 d", "W12"),
        ("W12 2W", NOW - timedelta(weeks=2), "last 2 w", "W12"),
        ("since monday", datetime(2026, 5, 11, tzinfo=UTC), "since monday", ""),
        ("since Wednesday x", datetime(2026, 5, 13, tzinfo=UTC), "since wednesday", "x"),
        ("since 2026-05-01 a b", datetime(2026, 5, 1, tzinfo=UTC), "since 2026-05-01", "a b"),
        ("missile yesterday", datetime(2026, 5, 12, tzinfo=UTC), "since yesterday", "missile"),
        ('"in 7d time"', NOW - timedelta(hours=24), "last 24 h", '"in 7d time"'),
        ("todays news", NOW - timedelta(hours=24), "last 24 h", "todays news"),
    ],
)
def test_a_period_is_taken_off_a_line(text: str, since: datetime, words: str, rest: str) -> None:
    period, left = take_period(text, NOW, UTC)
    assert (period.since, period.words, left) == (since, words, rest)


@pytest.mark.parametrize(
    "text", ["since", "since x", "since tomorrow", "since 2020-01-01", "0d", "9999d"]
)
def test_a_period_that_makes_no_sense_says_what_to_write(text: str) -> None:
    with pytest.raises(CommandError, match="`since monday`"):
        take_period(text, NOW, UTC)
