"""The requests of Slack that were carried out: a captured one stays signed for five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.store.database import Database
from bot.store.times import to_us

#: Longer than a signature is good, which is five minutes on either side of our clock.
WINDOW = timedelta(minutes=11)

_FORGET = "delete from requests where at < :before"
_CLAIM = "insert into requests (key, at) values (:key, :now) on conflict do nothing"


class Requests:
    """The requests table; holds no more than the requests of one window."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def claim(self, key: str, *, now: datetime) -> bool:
        """Return True the first time a request is seen within the window, also after a restart.

        Args:
            key: what no two requests share: a trigger_id, an event_id.
            now: the time.
        """
        with self._db.transaction():
            self._db.run(_FORGET, {"before": to_us(now - WINDOW)})
            return self._db.run(_CLAIM, {"key": key, "now": to_us(now)}) == 1
