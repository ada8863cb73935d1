"""Hours in which alerts wait: from one time of day to another, on the clocks of a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Every day from `start` to `end`, over midnight if `end` is the earlier one."""

    start: time
    end: time
    zone: str  #: whose clocks: `Asia/Seoul`

    @classmethod
    def of(cls, text: str) -> QuietHours:
        """Return what `str` made of it."""
        hours, _, zone = text.partition("@")
        start, _, end = hours.partition("-")
        return cls(start=time.fromisoformat(start), end=time.fromisoformat(end), zone=zone)

    def __str__(self) -> str:
        """Return how people write it: `22:00-07:00@Asia/Seoul`."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}@{self.zone}"

    def until(self, now: datetime) -> datetime | None:
        """Return when they end, if `now` is within them.

        Where clocks go back, both of an hour that comes twice are within; where they go forward,
        a time that does not come is as far from midnight as on other days.
        """
        zone = _zone(self.zone)
        today = now.astimezone(zone).date()
        for day in (today - _DAY, today):
            start, end = self._of_day(day, zone)
            if start <= now < end:
                return end
        return None

    def _of_day(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        last = day if self.start < self.end else day + _DAY
        start = datetime.combine(day, self.start, zone).astimezone(UTC)
        either = [datetime.combine(last, self.end.replace(fold=fold), zone) for fold in (0, 1)]
        return start, max(end.astimezone(UTC) for end in either)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):  # known where it was written, not here
        return UTC
