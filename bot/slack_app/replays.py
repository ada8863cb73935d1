"""Refuse a request that was carried out already: a captured one stays signed for five minutes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import BoltResponse

WINDOW_S = 600.0  #: a signature is good for five minutes on either side of our clock


class RefuseReplays:
    """Bolt middleware that lets each trigger or event through once.

    Args:
        clock: seconds.
    """

    __name__ = "refuse_replays"  # Bolt logs middleware by name

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, float] = OrderedDict()

    def __call__(
        self,
        body: Mapping[str, Any],
        next: Callable[[], BoltResponse],  # noqa: A002  Bolt's name
    ) -> BoltResponse | None:
        """Pass a request on, or answer it here."""
        event = body.get("event_id")
        if self._is_new(str(event or body.get("trigger_id") or "")):
            return next()
        # Slack repeats an event until it hears 200; nobody but a stranger repeats a trigger.
        return BoltResponse(status=200 if event else 409, body="" if event else "seen already")

    def _is_new(self, key: str) -> bool:
        if not key:
            return True
        now = self._clock()
        with self._lock:
            while self._seen and now - next(iter(self._seen.values())) > WINDOW_S:
                self._seen.popitem(last=False)
            if key in self._seen:
                return False
            self._seen[key] = now
        return True
