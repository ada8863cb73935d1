"""When a local time of day comes next, whatever the clocks of its zone do; pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

_DAYS_AHEAD = range(-1, 9)  #: from the day before, should a zone have skipped today


def next_time(after: datetime, *, at: time, weekday: int | None, zone: tzinfo) -> datetime:
    """Return the first moment after another at which clocks of a zone show this time.

    A time that is left out when clocks go forward comes as much later as they went; one that is
    shown twice when they go back counts the first time.

    Args:
        after: the moment.
        at: the time of day.
        weekday: 0 for Monday; None for every day.
        zone: where.
    """
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in _DAYS_AHEAD)
    moments = (
        datetime.combine(day, at, zone).astimezone(UTC)
        for day in days
        if weekday in {None, day.weekday()}
    )
    return next(moment for moment in moments if moment > after)
