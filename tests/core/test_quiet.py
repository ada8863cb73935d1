"""Quiet hours on the clocks of a place, over midnight and when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.quiet import QuietHours


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def end(hours: str, now: datetime) -> str | None:
    """Return when they end, on their own clocks."""
    quiet = QuietHours.of(hours)
    until = quiet.until(now)
    if until is None:
        return None
    return until.astimezone(ZoneInfo(quiet.zone)).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-01T21:59", None),
        ("2026-05-01T22:00", "2026-05-02T07:00+09:00"),
        ("2026-05-02T03:00", "2026-05-02T07:00+09:00"),
        ("2026-05-02T06:59:59", "2026-05-02T07:00+09:00"),
        ("2026-05-02T07:00", None),
    ],
)
def test_hours_over_midnight(now: str, until: str | None) -> None:
    assert end("22:00-07:00@Asia/Seoul", at(now, "Asia/Seoul")) == until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-01T11:59", None),
        ("2026-05-01T12:00", "2026-05-01T13:30+00:00"),
        ("2026-05-01T13:30", None),
    ],
)
def test_hours_within_a_day(now: str, until: str | None) -> None:
    assert end("12:00-13:30@UTC", at(now)) == until


BERLIN = (
    "Europe/Berlin"  # 2026: forward on 29 March 02:00 → 03:00, back on 25 October 03:00 → 02:00
)


def test_a_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    began, quiet = at("2026-03-28T22:00", BERLIN), QuietHours.of(f"22:00-07:00@{BERLIN}")
    assert quiet.until(began) == began + timedelta(hours=8)
    assert end(str(quiet), began) == "2026-03-29T07:00+02:00"


def test_a_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    began, quiet = at("2026-10-24T22:00", BERLIN), QuietHours.of(f"22:00-07:00@{BERLIN}")
    assert quiet.until(began) == began + timedelta(hours=10)


def test_an_end_that_comes_twice_is_the_second() -> None:
    night = at("2026-10-25T00:30", BERLIN)
    assert end(f"22:00-02:30@{BERLIN}", night) == "2026-10-25T02:30+01:00"
    first = at("2026-10-25T02:30", BERLIN)
    assert end(f"22:00-02:30@{BERLIN}", first + timedelta(minutes=40)) == "2026-10-25T02:30+01:00"


def test_an_end_that_does_not_come_is_as_late_as_on_other_days() -> None:
    assert end(f"22:00-02:30@{BERLIN}", at("2026-03-29T01:00", BERLIN)) == "2026-03-29T03:30+02:00"


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    quiet = QuietHours.of("22:00-07:00@Mars/Olympus")
    assert quiet.until(at("2026-05-01T23:00")) == at("2026-05-02T07:00")


times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(["UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])


@given(times, times, zones, moments)
def test_they_end_within_a_day_and_an_hour_and_are_then_over(
    start: time, until: time, zone: str, now: datetime
) -> None:
    quiet = QuietHours.of(f"{start:%H:%M}-{until:%H:%M}@{zone}")
    assert QuietHours.of(str(quiet)) == quiet
    ends = quiet.until(now)
    assert ends is None or now < ends <= now + timedelta(hours=25)
