"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.dates import parse_date

ZONED = {
    "Tue, 05 Nov 2024 09:30:00 +0100": "2024-11-05T08:30:00",
    "Tue, 05 Nov 2024 09:30:00 GMT": "2024-11-05T09:30:00",
    "Tue,05 Nov 2024 09:30:00 +01:00": "2024-11-05T08:30:00",
    "Tue, 05 Nov, 2024 09:30:00 +0100": "2024-11-05T08:30:00",
    "Tue, 5 Nov 2024 10:00:00 GMT+03:00": "2024-11-05T07:00:00",
    "Tue, 5 Nov 2024 10:00 Etc/GMT": "2024-11-05T10:00:00",
    "Tue, 05 Nov 2024 09:30:00 +0000 (UTC)": "2024-11-05T09:30:00",
    "5 Nov 24 09:30 EST": "2024-11-05T14:30:00",
    "05-Nov-94 09:30:00 JST": "1994-11-05T00:30:00",
    "Tuesday, November 5, 2024 at 9:30 pm KST": "2024-11-05T12:30:00",
    "Tue Nov  5 09:30:00 UTC 2024": "2024-11-05T09:30:00",
    "mar., 05 nov. 2024 10:00:00 +0100": "2024-11-05T09:00:00",
    "1 juillet 2024 10:00 CEST": "2024-07-01T08:00:00",
    "1 juin 2024 10:00 CEST": "2024-06-01T08:00:00",
    "Вт, 05 ноя 2024 10:00:00 MSK": "2024-11-05T07:00:00",
    "2024-11-05T09:30:00Z": "2024-11-05T09:30:00",
    "2024-11-05T09:30:00.1234567+09:00": "2024-11-05T00:30:00",
    "2024-11-05T09:30:00+9": "2024-11-05T00:30:00",
    "2024-11-05 09:30:00 -0500": "2024-11-05T14:30:00",
    "2024-11-05 09:30:00 \u22120500": "2024-11-05T14:30:00",
    "2024-11-05T09:30:00 IST": "2024-11-05T04:00:00",
    "20241105T093000Z": "2024-11-05T09:30:00",
    "2024년 11월 5일 오전 9:30": "2024-11-05T00:30:00",
    "2024년 11월 5일 오후 12시 30분": "2024-11-05T03:30:00",
    "1730800000": "2024-11-05T09:46:40",
    "1730800000123": "2024-11-05T09:46:40",
    "Tue, 05 Nov 2024 24:00:00 +0000": "2024-11-06T00:00:00",
    "Sat, 31 Dec 2016 23:59:60 GMT": "2017-01-01T00:00:00",
}
ZONELESS = {
    "2022-07-23 03:33:54": "2022-07-23T03:33:54",
    "2024-11-05": "2024-11-05T00:00:00",
    "2024.11.05. 09:30": "2024-11-05T09:30:00",
    "2024-11-05 오후 9:30:11": "2024-11-05T21:30:11",
    "2024-11-05 오전 12:30": "2024-11-05T00:30:00",
    "2024/11/05 9:30 PM": "2024-11-05T21:30:00",
    "2024年11月5日 9時30分": "2024-11-05T09:30:00",
    "Tue Nov  5 09:30:00 2024": "2024-11-05T09:30:00",
    "Sept 5, 2024": "2024-09-05T00:00:00",
    "Tue, 05 Nov 2024": "2024-11-05T00:00:00",
    "Tue, 05 Nov 2024 09:30:00 XYZ": "2024-11-05T09:30:00",
    "Tue, 05 Nov 2024 09:30:00 -0000 KKK": None,
}
NONE = [
    *(
        "",
        "   ",
        None,
        "yesterday",
        "05/11/2024 10:00",
        "Tue, 32 Nov 2024 09:30:00 GMT",
        "2024-13-01",
    ),
    *("Tue, 05 Xyz 2024 09:30:00 GMT", "2024-11-05T25:00:00Z", "2024-11-05T09:61:00Z"),
    *("2024-11-05T09:30:00+99:99", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"),
    *("9" * 30, "1" * 5000),
]


@pytest.mark.parametrize(("text", "expected"), ZONED.items())
def test_a_date_with_a_zone_is_exact(text: str, expected: str) -> None:
    parsed = parse_date(text)
    assert parsed is not None
    assert parsed.when == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert parsed.when.tzinfo is UTC
    assert not parsed.assumed_utc


@pytest.mark.parametrize(("text", "expected"), ZONELESS.items())
def test_a_date_without_a_zone_is_taken_as_utc_and_says_so(text: str, expected: str | None) -> None:
    parsed = parse_date(text)
    if expected is None:
        assert parsed is None
        return
    assert parsed is not None
    assert parsed.when == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert parsed.assumed_utc


@pytest.mark.parametrize("text", ["x" + " " * 100_000 + "x", "(" * 100_000, " " * 100_000 + ")"])
def test_a_date_of_any_length_costs_nothing(text: str) -> None:
    """Quadratic patterns would take minutes over these: a header may be as long."""
    assert parse_date(text) is None


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert parse_date(text) is None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_iso_dates_survive(when: datetime) -> None:
    aware = when.replace(microsecond=0, tzinfo=UTC)
    parsed = parse_date(aware.isoformat())
    assert parsed is not None
    assert parsed.when == aware


@given(st.text(alphabet="0123456789-:TZ+/. ,년월일年月日 novNOVamp", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    parse_date(text)
