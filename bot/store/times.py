"""The one place where datetimes become epoch microseconds and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

FOREVER = datetime.max.replace(tzinfo=UTC)


def to_us(when: datetime) -> int:
    """Return an aware datetime as epoch microseconds."""
    return (when - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return epoch microseconds as an aware UTC datetime."""
    return _EPOCH + us * _MICROSECOND


def maybe_us(when: datetime | None) -> int | None:
    """Return epoch microseconds, or None for None."""
    return None if when is None else to_us(when)


def maybe_from(us: int | None) -> datetime | None:
    """Return an aware UTC datetime, or None for None."""
    return None if us is None else from_us(us)
