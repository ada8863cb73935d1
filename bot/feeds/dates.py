"""Dates as feeds write them → aware UTC datetimes; never raises, never guesses silently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_ZONES: dict[float, str] = {
    0: "z ut utc gmt wet",
    1: "west bst cet met",
    2: "cest mest eet",
    3: "eest msk trt",
    4: "msd",
    5: "pkt",
    5.5: "ist",
    5.75: "npt",
    7: "ict wib",
    8: "hkt sgt pht awst",
    9: "kst jst",
    9.5: "acst",
    10: "aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
    -3: "adt brt art",
    -4: "ast edt",
    -5: "est cdt",
    -6: "cst mdt",
    -7: "mst pdt",
    -8: "pst akdt",
    -9: "akst",
    -10: "hst",
}
_ZONE_HOURS = {name: hours for hours, names in _ZONES.items() for name in names.split()}
_MONTHS = (
    "jan ene янв|feb fév fev фев|mar mär mrt мар|apr avr abr апр|may mai mag mei май мая|"
    "jun juin giu июн|jul juil lug июл|aug aoû ago авг|sep set сен|oct okt out ott окт|"
    "nov ноя|dec déc dic dez дек"
)
_MONTH_NUMBERS = {
    name: number for number, names in enumerate(_MONTHS.split("|"), 1) for name in names.split()
}
_KOREA = timezone(timedelta(hours=9))

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?"
_HALF = r"(?P<half>오전|오후|午前|午後|上午|下午|am\b|pm\b|)"
_HALF_AFTER = _HALF.replace("half", "half_after")
_ZONE = (
    r"(?P<zone>(?:[A-Za-z]+/)?[A-Za-z]{1,5}\b(?=[-+\s]|$)|)\s*"
    r"(?P<offset>[-+\u2212]\d{1,2}(?::?\d{2})?)?"
)
_WEEKDAY = r"(?:\w+\.?(?:,\s*|\s+))?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<name>[^\W\d_]{3,})\.?"
_AT = rf"(?:,?\s+(?:at\s+)?{_CLOCK}\s*{_HALF}\s*{_ZONE})?"
_HANGUL_OR_HAN_CLOCK = (
    r"(?P<hour_named>\d{1,2})\s*[시時时点]\s*(?:(?P<minute_named>\d{1,2})\s*[분分])?"
)

#: "Tue, 05 Nov 2024 09:30:00 +0100", "5 Nov 24 09:30 EST"
_DAY_FIRST = rf"{_WEEKDAY}{_DAY}[\s.-]+{_NAME}[\s,-]+(?P<year>\d{{4}}|\d{{2}}){_AT}"
#: "Nov 5, 2024 9:30 PM EST"
_MONTH_FIRST = rf"{_WEEKDAY}{_NAME}\s+{_DAY},?\s+(?P<year>\d{{4}}){_AT}"
#: "Tue Nov  5 09:30:00 2024"
_YEAR_LAST = rf"{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_CLOCK}\s+{_ZONE}\s*(?P<year>\d{{4}})"
#: "2024-11-05T09:30:00Z", "2024/11/05 09:30", "2024.11.05. 오전 9:30"
_YEAR_FIRST = (
    r"(?P<year>\d{4})[-/.]\s?(?P<month>\d{1,2})[-/.]\s?(?P<day>\d{1,2})\.?"
    rf"(?:[T\s,]\s*{_HALF}\s*{_CLOCK}\s*{_HALF_AFTER}\s*{_ZONE})?"
)
#: "20241105T093000Z"
_COMPACT = (
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    rf"(?:T?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?\s*{_ZONE})?"
)
#: "2024년 11월 5일 오전 9:30", "2024年11月5日 9時30分"
_EAST_ASIAN = (
    r"(?P<year>\d{4})\s*[년年]\s*(?P<month>\d{1,2})\s*[월月]\s*(?P<day>\d{1,2})\s*[일日号]"
    rf"(?:\s*\(?\w?\)?\s*{_HALF}\s*(?:{_CLOCK}|{_HANGUL_OR_HAN_CLOCK})\s*{_ZONE})?"
)
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (_DAY_FIRST, _YEAR_FIRST, _MONTH_FIRST, _YEAR_LAST, _COMPACT, _EAST_ASIAN)
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")
_MAX_LENGTH = 150


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A moment, and whether its zone was a guess."""

    when: datetime
    assumed_utc: bool = False  #: no zone was given, or one we don't know


def parse_date(text: str | None) -> ParsedDate | None:
    """Read a date of any form feeds are known to use; None when it is none."""
    text = (text or "").strip()
    if len(text) > _MAX_LENGTH:  # before any pattern sees it: they take quadratic time
        return None
    text = _COMMENT.sub("", text)
    try:
        if _EPOCH.fullmatch(text):
            return ParsedDate(datetime.fromtimestamp(int(text[:10]), tz=UTC))
        for shape in _SHAPES:
            if found := shape.fullmatch(text):
                return _from_parts(found.groupdict(), text)
    except (ValueError, OverflowError):
        return None
    return None


def _from_parts(parts: dict[str, str | None], text: str) -> ParsedDate | None:
    month = _month(parts)
    if month is None:
        return None
    midnight = datetime(_year(parts["year"] or ""), month, int(parts["day"] or 0))  # noqa: DTZ001 - the zone follows
    zone = _zone(parts, text)
    local = midnight + _clock(parts)
    return ParsedDate(local.replace(tzinfo=zone or UTC).astimezone(UTC), assumed_utc=zone is None)


def _month(parts: dict[str, str | None]) -> int | None:
    if parts.get("month"):
        return int(parts["month"] or 0)
    name = (parts.get("name") or "").lower()
    # "juin" and "juillet" differ only at the fourth letter.
    return _MONTH_NUMBERS.get(name[:4]) or _MONTH_NUMBERS.get(name[:3])


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:
        return year + (1900 if year >= 90 else 2000)
    return year


def _clock(parts: dict[str, str | None]) -> timedelta:
    """Return the time of day; 24:00 and leap seconds spill over as they should."""
    hour = int(parts.get("hour") or parts.get("hour_named") or 0)
    minute = int(parts.get("minute") or parts.get("minute_named") or 0)
    second = int(parts.get("second") or 0)
    half = (parts.get("half") or parts.get("half_after") or "").lower()
    if half in {"오후", "午後", "下午", "pm"} and hour < 12:
        hour += 12
    elif half in {"오전", "午前", "上午", "am"} and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError("no such time of day")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(parts: dict[str, str | None], text: str) -> timezone | None:
    """Return the zone, or None when the text does not say it in a way we know."""
    name = (parts.get("zone") or "").lower().rpartition("/")[2]
    offset = parts.get("offset")
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
        shift = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(shift if offset[0] == "+" else -shift)
    if name in _ZONE_HOURS:
        return timezone(timedelta(hours=_ZONE_HOURS[name]))
    if not name and "년" in text:
        return _KOREA  # Korea has one zone, and only Korea writes dates so
    return None
