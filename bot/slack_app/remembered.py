"""Answers of Slack that are believed for a while, so that a command asks once and not ten times."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.errors import CommandError, UnansweredError
from bot.log import get_logger

log = get_logger(__name__)

V = TypeVar("V")

MOST = 5_000  #: answers kept; the longest known go first


class Remembered(Generic[V]):
    """What was learned about each id, and when.

    Args:
        what: for the log: `person`.
        fresh_s: how long an answer is believed.
        clock: seconds.
    """

    def __init__(self, what: str, fresh_s: float, clock: Callable[[], float]) -> None:
        self._what = what
        self._fresh_s = fresh_s
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str, look: Callable[[str], V], *, otherwise: V, insist: bool = False) -> V:
        """Return the answer for an id; `otherwise`, not remembered, where Slack gives none.

        Args:
            key: the id.
            look: asks Slack; may raise CommandError.
            otherwise: what to believe meanwhile.
            insist: rather raise than believe it where Slack gives no answer at all.

        Raises:
            UnansweredError: Slack gave none, and `insist` was said.
        """
        now = self._clock()
        with self._lock:
            known = self._known.get(key)
        if known and now - known[0] < self._fresh_s:
            return known[1]
        try:
            answer = look(key)
        except CommandError as error:
            log.warning("not looked up", what=self._what, id=key, reason=error)
            if insist and isinstance(error, UnansweredError):
                raise
            return otherwise
        with self._lock:
            self._known[key] = (now, answer)
            self._known.move_to_end(key)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return answer
