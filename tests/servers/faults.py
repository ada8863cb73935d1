"""Misbehaviour on order: what a server does instead of answering properly, once each."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "rate_limited",  # 429 with Retry-After
    "error",  # a Slack error code, nothing accepted
    "error_after_accept",  # a Slack error code although it was accepted
    "http_before_accept",  # an HTTP status and no JSON
    "http_after_accept",
    "reset_before_accept",
    "reset_after_accept",
    "hang_before_accept",  # no answer until the server closes
    "hang_after_accept",
    "drip_after_accept",  # a byte now and then
    "garbage_after_accept",  # HTTP 200 that is no JSON
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong."""

    kind: FaultKind
    method: str = "chat.postMessage"
    channel: str | None = None  #: None: any
    code: str = "internal_error"  #: of `error…`
    status: int = 500  #: of `http…`
    retry_after: str | None = "7"  #: of `rate_limited`; None leaves the header out


class Faults:
    """Faults waiting to happen, first in first out; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def push(
        self,
        kind: FaultKind,
        *,
        method: str = "chat.postMessage",
        channel: str | None = None,
        code: str = "internal_error",
        status: int = 500,
        retry_after: str | None = "7",
        times: int = 1,
    ) -> None:
        """Let the next `times` calls of `method` (to `channel`) fail this way."""
        fault = Fault(kind, method, channel, code, status, retry_after)
        with self._lock:
            self._waiting += [fault] * times

    def pull(self, method: str, channel: str | None) -> Fault | None:
        """Return the fault that is due for this call, if any, and forget it."""
        with self._lock:
            for fault in self._waiting:
                if fault.method == method and fault.channel in (None, channel):
                    self._waiting.remove(fault)
                    return fault
        return None

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._waiting.clear()
