"""How often one person may ask for what takes long: others wait for the same few threads."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST = 5  #: heavy commands of one person …
WITHIN = timedelta(seconds=20)  #: … in this time
_MOST_PEOPLE = 10_000


class Pace:
    """Counts the heavy commands of each person; what is forgotten at a restart is no loss.

    Args:
        most: how many one person may send within `WITHIN`.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, user: str, *, now: datetime) -> int:
        """Count one heavy command, and return 0; or the seconds to wait if it is one too many."""
        with self._lock:
            asked = self._asked.setdefault(user, deque(maxlen=self.most))
            self._asked.move_to_end(user)
            while len(self._asked) > _MOST_PEOPLE:
                self._asked.popitem(last=False)
            free_at = asked[0] + WITHIN if len(asked) == self.most else now
            # a clock that was put back keeps nobody out
            if free_at <= now or free_at > now + WITHIN:
                asked.append(now)
                return 0
        return math.ceil((free_at - now).total_seconds())
