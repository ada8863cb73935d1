"""Channels: when they may be written to again, and which refuse us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.models import Threads
from bot.core.quiet import QuietHours
from bot.store.database import Database, Row
from bot.store.times import from_us, to_us

INSTALLATION = "*"  #: stands for every channel: the whole installation is refused

_WRITE = """
insert into channels (name, not_before, paused_reason, paused_advice, paused_at)
values (:name, :not_before, :reason, :advice, :paused_at)
on conflict (name) do update set not_before = max(channels.not_before, excluded.not_before),
    paused_reason = excluded.paused_reason, paused_advice = excluded.paused_advice,
    paused_at = case when excluded.paused_at is null then null
                     else coalesce(channels.paused_at, excluded.paused_at) end
"""
_RESUME = "update channels set not_before = :now where name = :name and paused_at is not null"
_WORKS = """
update channels set not_before = :now, paused_reason = null, paused_advice = null, paused_at = null
where name = :name and paused_at is not null
"""
_SETTINGS = "select threads, quiet_hours, per_hour from channels where name = :name"
_SET_THREADS = """
insert into channels (name, threads) values (:name, :mode)
on conflict (name) do update set threads = excluded.threads
"""
_SPIKES = "select spikes from channels where name = :name"
_SET_SPIKES = """
insert into channels (name, spikes) values (:name, :mode)
on conflict (name) do update set spikes = excluded.spikes
"""
_SET_QUIET_HOURS = """
insert into channels (name, quiet_hours) values (:name, :hours)
on conflict (name) do update set quiet_hours = excluded.quiet_hours
"""
_STIR = """
update deliveries set not_before = 0, quiet_until = null
where state = 'pending' and quiet_until is not null and channel = :name
"""
_SET_PER_HOUR = """
insert into channels (name, per_hour) values (:name, :per_hour)
on conflict (name) do update set per_hour = excluded.per_hour
"""
_PAUSED = "select * from channels where paused_at is not null order by name"


@dataclass(frozen=True, slots=True)
class PausedChannel:
    """A destination the sink refuses, whose queue is kept."""

    name: str
    reason: str
    advice: str
    since: datetime


class Channels:
    """The channels table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def pace(self, channel: str, *, not_before: datetime) -> None:
        """Send nothing to a channel before a time; whatever paused it stays."""
        paused = self._paused_one(channel)
        self._write(channel, not_before, paused)

    def works(self, channel: str, *, not_before: datetime, now: datetime) -> PausedChannel | None:
        """Note that a channel took a message; return what it was paused for, if it was."""
        was = self._paused_one(channel)
        self._write(channel, not_before, None)
        self._db.run(_WORKS, {"name": INSTALLATION, "now": to_us(now)})
        return was

    def pause(
        self, channel: str, *, until: datetime, reason: str, advice: str, now: datetime
    ) -> bool:
        """Note that a channel refuses us; its queue stays and is tried again at `until`.

        Args:
            channel: its address, or `INSTALLATION` for all of them.
            until: when to try again.
            reason: the sink's code.
            advice: what a person can do.
            now: the time.

        Returns:
            True if it was not paused before.
        """
        known = self._paused_one(channel)
        since = known.since if known else now
        self._write(channel, until, PausedChannel(channel, reason, advice, since))
        return known is None

    def threads(self, channel: str) -> Threads:
        """Return how a channel hears of later reports."""
        row = self._db.row(_SETTINGS, {"name": channel})
        return Threads(row["threads"]) if row else Threads.ON

    def set_threads(self, channel: str, mode: str) -> None:
        """Let a channel hear of later reports `on` threads, `quiet`ly, or each for itself."""
        self._db.run(_SET_THREADS, {"name": channel, "mode": mode})

    def spikes(self, channel: str) -> str:
        """Return whether a channel is told when something is far more than usual: `on`, `off`."""
        row = self._db.row(_SPIKES, {"name": channel})
        return str(row["spikes"]) if row else "on"

    def set_spikes(self, channel: str, mode: str) -> None:
        """Tell a channel of what is far more than usual, or not: `on`, `off`."""
        self._db.run(_SET_SPIKES, {"name": channel, "mode": mode})

    def quiet_hours(self, channel: str) -> QuietHours | None:
        """Return when alerts below flash wait in a channel."""
        row = self._db.row(_SETTINGS, {"name": channel})
        return QuietHours.of(row["quiet_hours"]) if row and row["quiet_hours"] else None

    def set_quiet_hours(self, channel: str, hours: QuietHours | None) -> None:
        """Let alerts below flash wait in these hours; what waits already looks again."""
        with self._db.transaction():
            params = {"name": channel, "hours": str(hours) if hours else None}
            self._db.run(_SET_QUIET_HOURS, params)
            self._db.run(_STIR, {"name": channel})

    def per_hour(self, channel: str) -> int | None:
        """Return the noise budget that people gave a channel; None if they gave none."""
        row = self._db.row(_SETTINGS, {"name": channel})
        return row["per_hour"] if row else None

    def set_per_hour(self, channel: str, per_hour: int | None) -> None:
        """Give a channel a noise budget of its own; None: the configured one again."""
        self._db.run(_SET_PER_HOUR, {"name": channel, "per_hour": per_hour})

    def resume(self, channel: str, *, now: datetime) -> None:
        """Try a paused channel at once; it stays paused until something arrives."""
        self._db.run(_RESUME, {"name": channel, "now": to_us(now)})

    def paused(self) -> list[PausedChannel]:
        """Return the channels that refuse us; `INSTALLATION` among them when all do."""
        return [_paused(row) for row in self._db.rows(_PAUSED)]

    def _paused_one(self, channel: str) -> PausedChannel | None:
        return next((one for one in self.paused() if one.name == channel), None)

    def _write(self, name: str, not_before: datetime, paused: PausedChannel | None) -> None:
        self._db.run(
            _WRITE,
            {
                "name": name,
                "not_before": to_us(not_before),
                "reason": paused and paused.reason,
                "advice": paused and paused.advice,
                "paused_at": to_us(paused.since) if paused else None,
            },
        )


def _paused(row: Row) -> PausedChannel:
    return PausedChannel(
        row["name"], row["paused_reason"], row["paused_advice"], from_us(row["paused_at"])
    )
