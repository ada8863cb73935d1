"""When to ask a feed again; pure arithmetic on `now`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

_BACK_OFF = (60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800)  #: seconds after failure n
_CAP_S = 86_400  #: no feed is left alone for longer than a day
_JITTER = 0.1  #: of the interval; it only lengthens, so that a restart never polls early


def _fraction(seed: str) -> float:
    """Return a number in [0, 1) that depends on the seed alone, so that runs can be repeated."""
    return int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=4).digest(), "big") / 2**32


def next_poll(
    now: datetime, *, every_s: int, floor_s: int, seed: str, skip_hours: Collection[int] = ()
) -> datetime:
    """Return when to poll after a success.

    Args:
        now: the end of this poll.
        every_s: how often we were asked to look.
        floor_s: how long the server asked to be left alone; it wins when longer, up to a day.
        seed: spreads feeds of one interval over time.
        skip_hours: hours of the day, UTC, at which the feed wants its rest; not all of them.
    """
    wait_s = max(every_s, min(floor_s, _CAP_S))
    due = now + timedelta(seconds=wait_s * (1 + _JITTER * _fraction(f"{seed}{now.timestamp()}")))
    rest = next(hours for hours in range(24) if (due.hour + hours) % 24 not in skip_hours)
    return due + timedelta(hours=rest)


def next_try(
    now: datetime, *, failures: int, every_s: int, retry_after_s: float | None, seed: str
) -> datetime:
    """Return when to poll after failure number `failures` (from 1) in a row.

    Nothing is retried at once; `Retry-After` is honoured even beyond our own back-off, up to a day.
    """
    step_s = _BACK_OFF[min(failures, len(_BACK_OFF)) - 1]
    wait_s = max(step_s, min(every_s, 900), min(retry_after_s or 0, _CAP_S))
    return now + timedelta(seconds=wait_s * (1 + _JITTER * _fraction(f"{seed}{now.timestamp()}")))
