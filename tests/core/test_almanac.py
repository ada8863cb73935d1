"""When a local time comes next, also where clocks leave hours out or show them twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.almanac import next_time

BERLIN, SEOUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Seoul")
WEDNESDAY = datetime(2026, 5, 13, 12, tzinfo=UTC)


def following(after: datetime, at: str, zone: ZoneInfo, weekday: int | None = None) -> str:
    found = next_time(after, at=time.fromisoformat(at), weekday=weekday, zone=zone)
    return f"{found:%Y-%m-%d %H:%M}"


def test_the_time_is_that_of_the_zone() -> None:
    assert following(WEDNESDAY, "08:30", SEOUL) == "2026-05-13 23:30"
    assert following(WEDNESDAY, "08:30", BERLIN) == "2026-05-14 06:30"
    assert following(WEDNESDAY, "14:30", BERLIN) == "2026-05-13 12:30"


def test_the_moment_itself_is_not_the_next_one() -> None:
    assert following(WEDNESDAY, "14:00", BERLIN) == "2026-05-14 12:00"


def test_a_weekday_is_that_of_the_zone() -> None:
    assert following(WEDNESDAY, "08:30", SEOUL, weekday=0) == "2026-05-17 23:30"
    assert following(WEDNESDAY, "20:00", BERLIN, weekday=2) == "2026-05-13 18:00"
    assert following(WEDNESDAY, "08:00", BERLIN, weekday=2) == "2026-05-20 06:00"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-27", "2026-03-28 01:30"),
        ("2026-03-28", "2026-03-29 01:30"),  # 02:30 is left out: 03:30 of the clock
        ("2026-03-29", "2026-03-30 00:30"),
        ("2026-10-24", "2026-10-25 00:30"),  # 02:30 comes twice: the first
        ("2026-10-25", "2026-10-26 01:30"),
    ],
)
def test_clocks_that_change_leave_out_no_day_and_double_none(day: str, expected: str) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")
    assert following(noon, "02:30", BERLIN) == expected


def test_a_day_that_a_zone_skipped_is_no_trap() -> None:
    apia = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
    before = datetime(2011, 12, 29, 12, tzinfo=UTC)
    assert following(before, "08:00", apia) == "2011-12-29 18:00"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.times(),
    st.none() | st.integers(0, 6),
    st.sampled_from(
        ["Europe/Berlin", "Asia/Seoul", "America/St_Johns", "Africa/Casablanca", "UTC"]
    ),
)
def test_the_next_one_is_later_and_within_its_rhythm(
    after: datetime, at: time, weekday: int | None, zone: str
) -> None:
    found = next_time(after, at=at, weekday=weekday, zone=ZoneInfo(zone))
    assert after < found <= after + timedelta(days=1 if weekday is None else 7, hours=2)
