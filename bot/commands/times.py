"""Times as people type them: `2d`, `until monday`, `since 2026-11-01`, in their own zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.commands.desk import refuse
from bot.core.render import code

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LENGTH = re.compile(r"(\d{1,4}) ?([mhdw])", re.IGNORECASE)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = rf"today|yesterday|tomorrow|{'|'.join(rf'{day}|{day[:3]}' for day in DAYS)}|{_DATE.pattern}"
_PERIOD = rf"(?:{_LENGTH.pattern}|since +(?:{_DAY})|today|yesterday)"
_FIRST = re.compile(rf"({_PERIOD})(?= |$)", re.IGNORECASE)
_LAST = re.compile(rf"(?<= )({_PERIOD})$", re.IGNORECASE)

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time that ends now."""

    since: datetime
    words: str  #: as people call it: `last 24 h`, `since monday`


def pause_end(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when a pause ends.

    Raises:
        CommandError: not a length or a day, already over, or beyond a year.
    """
    words = text.strip().lower()
    length = _length(words.removeprefix("for ").strip())
    end = now + length if length else _midnight(words.removeprefix("until ").strip(), now, zone, 1)
    if end is None:
        raise refuse(f"I can't read {code(text)} as a time. {_pause_fix(now)}")
    if not now < end <= now + LONGEST:
        raise refuse(f"{code(text)} is not within the coming year. {_pause_fix(now)}")
    return end


def take_period(text: str, now: datetime, zone: tzinfo) -> tuple[Period, str]:
    """Take a period off the start or end of a line; without one it is the last 24 hours.

    Raises:
        CommandError: a day that can't be read, in the future, or more than a year ago.
    """
    found = _FIRST.match(text) or _LAST.search(text)
    if found:
        rest = (text[: found.start()] + text[found.end() :]).strip()
        return _period(found[1].lower(), now, zone), rest
    word, _, day = text.partition(" ")
    if word.lower() == "since":
        raise refuse(f"I can't read {code(f'since {day}'.strip())} as a time. {_digest_fix(now)}")
    return Period(now - timedelta(hours=24), "last 24 h"), text


def _pause_fix(now: datetime) -> str:
    date = (now + timedelta(days=14)).date()
    return f"Write `2d`, `4h`, `until monday` or `until {date}`; nothing means until resumed."


def _digest_fix(now: datetime) -> str:
    date = (now - timedelta(days=14)).date()
    return f"Write `24h`, `7d`, `today`, `since monday` or `since {date}`."


def _period(words: str, now: datetime, zone: tzinfo) -> Period:
    length = _length(words)
    day = " ".join(words.split()).removeprefix("since ")
    since = now - length if length else _midnight(day, now, zone, -1)
    if since is None or not now - LONGEST <= since < now:
        raise refuse(f"{code(words)} is not within the past year. {_digest_fix(now)}")
    if length:
        count, unit = _LENGTH.fullmatch(words).groups()  # type: ignore[union-attr]  # it has a length
        return Period(since, f"last {int(count)} {unit}")
    return Period(since, words if words.startswith("since") else f"since {words}")


def _length(words: str) -> timedelta | None:
    found = _LENGTH.fullmatch(words)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found and int(found[1]) else None


def _midnight(day: str, now: datetime, zone: tzinfo, direction: int) -> datetime | None:
    """Return the midnight with which a day begins where the asker lives.

    Args:
        day: `today`, `yesterday`, `tomorrow`, a weekday or an ISO date.
        now: the moment of asking.
        zone: the asker's.
        direction: 1 for the next such weekday, -1 for the last one, which may be today.
    """
    today = now.astimezone(zone).date()
    near = {"today": 0, "yesterday": -1, "tomorrow": 1}
    weekday = next((i for i, name in enumerate(DAYS) if day in (name, name[:3])), None)
    if day in near:
        date = today + timedelta(days=near[day])
    elif weekday is not None:
        ahead = (weekday - today.weekday()) % 7
        date = today + timedelta(days=(ahead or 7) if direction > 0 else (ahead - 7) % -7)
    elif _DATE.fullmatch(day):
        try:
            date = datetime.fromisoformat(day).date()
        except ValueError:
            return None
    else:
        return None
    return datetime.combine(date, time(), zone).astimezone(UTC)
