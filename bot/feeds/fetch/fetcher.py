"""Many transfers in one thread: libcurl's multi interface, one connection per host."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import pycurl

from bot.feeds.address import AddressPolicy, AddressRefused
from bot.feeds.fetch.results import FetchFailed, FetchRequest, FetchResult
from bot.feeds.fetch.transfer import Limits, Transfer

_MAX_WAIT_S = 1.0
_NO_SOCKET_WAIT_S = 0.02  #: while a name is being looked up there is no socket to wait for


class Fetcher:
    """Fetches feeds; keeps connections and looked-up names from one call to the next.

    Several threads may use it at once; each call has its own connections.

    Args:
        user_agent: who we are, with a contact; sent with every request.
        policy: which addresses may be reached.
        total_s: for a request with all its redirects, from the first byte sent.
        connect_s: for one connection.
        max_bytes: of a document, on the wire and after decompression.
        concurrency: how many hosts at the same time.
        host_s: for all requests of one call to one host; those left then fail unasked, so that
            one slow host with many feeds can't hold up everybody else's.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        policy: AddressPolicy | None = None,
        total_s: float = 20.0,
        connect_s: float = 10.0,
        max_bytes: int = 10_000_000,
        concurrency: int = 64,
        host_s: float = 120.0,
    ) -> None:
        self._limits = Limits(
            user_agent=user_agent,
            policy=policy or AddressPolicy(),
            total_s=total_s,
            connect_s=connect_s,
            max_bytes=max_bytes,
            concurrency=concurrency,
            host_s=host_s,
        )
        self._idle: deque[pycurl.CurlMulti] = deque()
        self._closed = False

    def fetch(
        self, requests: Iterable[FetchRequest], *, now: datetime
    ) -> Iterator[tuple[FetchRequest, FetchResult]]:
        """Yield each request with its result as soon as it is there, in no particular order.

        Abandoning the iterator closes what is under way.

        Args:
            requests: what to fetch.
            now: for headers that name a date.
        """
        multi = self._take()
        round_ = _Round(multi, requests, self._limits, now)
        try:
            yield from round_.results()
        finally:
            round_.abandon()
            self._give_back(multi)

    def _take(self) -> pycurl.CurlMulti:
        if self._closed:
            raise RuntimeError("this fetcher was closed")
        try:
            return self._idle.pop()
        except IndexError:
            multi = pycurl.CurlMulti()
            multi.setopt(pycurl.M_MAXCONNECTS, self._limits.concurrency)
            return multi

    def _give_back(self, multi: pycurl.CurlMulti) -> None:
        if self._closed:
            multi.close()
        else:
            self._idle.append(multi)

    def close(self) -> None:
        """Close all idle connections; calls under way close theirs when they end."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Round:
    """One call of `fetch`: who waits, who is on the way, what is done."""

    def __init__(
        self,
        multi: pycurl.CurlMulti,
        requests: Iterable[FetchRequest],
        limits: Limits,
        now: datetime,
    ) -> None:
        self._multi = multi
        self._limits = limits
        self._now = now
        self._waiting: deque[Transfer] = deque()
        self._behind: dict[tuple[str, int], deque[Transfer]] = {}  #: waiting for their host
        self._active: dict[pycurl.Curl, Transfer] = {}
        self._busy: set[tuple[str, int]] = set()
        self._took_s: Counter[tuple[str, int]] = Counter()
        self._closed: dict[tuple[str, int], FetchFailed] = {}  #: hosts to leave alone, and why
        self._spare: list[pycurl.Curl] = []
        self._done: deque[tuple[FetchRequest, FetchResult]] = deque()
        for request in requests:
            self._admit(request)

    def _admit(self, request: FetchRequest) -> None:
        try:
            self._waiting.append(Transfer(request, self._limits))
        except AddressRefused as refused:
            failed = FetchFailed(reason=f"the address {refused}", code="url")
            self._done.append((request, failed))

    def results(self) -> Iterator[tuple[FetchRequest, FetchResult]]:
        """Drive the transfers; yield between steps, so that a slow caller stalls none for long."""
        while self._waiting or self._active or self._done:
            self._start_waiting()
            self._step()
            if self._done:
                yield self._done.popleft()
            elif self._active:
                self._wait()

    def _start_waiting(self) -> None:
        while self._waiting and len(self._active) < self._limits.concurrency:
            transfer = self._waiting.popleft()
            if refusal := self._closed.get(transfer.host):
                self._done.append((transfer.request, refusal))
                self._next_at(transfer.host)
                continue
            if transfer.host in self._busy:
                self._behind.setdefault(transfer.host, deque()).append(transfer)
                continue
            self._busy.add(transfer.host)
            curl = self._spare.pop() if self._spare else pycurl.Curl()
            transfer.begin(curl)
            self._active[curl] = transfer
            self._multi.add_handle(curl)

    def _step(self) -> None:
        self._multi.perform()
        more = True
        while more:
            more, good, bad = self._multi.info_read()
            for curl in good:
                self._finish(curl, None)
            for curl, number, message in bad:
                self._finish(curl, (number, message))

    def _finish(self, curl: pycurl.Curl, error: tuple[int, str] | None) -> None:
        transfer = self._active.pop(curl)
        self._multi.remove_handle(curl)
        host = transfer.host
        self._busy.discard(host)
        self._took_s[host] += curl.getinfo(pycurl.TOTAL_TIME)
        result = transfer.became(curl, error, self._now)
        self._spare.append(curl)
        if refusal := self._unasked(host, result):
            self._closed[host] = refusal
        self._next_at(host)
        if result is None:
            self._waiting.appendleft(transfer)  # its time runs: before those that wait
        else:
            self._done.append((transfer.request, result))

    def _unasked(self, host: tuple[str, int], result: FetchResult | None) -> FetchFailed | None:
        """Return what other requests to this host get without being sent, if it has had enough."""
        if isinstance(result, FetchFailed) and result.status == HTTPStatus.TOO_MANY_REQUESTS:
            return replace(result, reason=f"not asked: of another feed {result.reason}")
        if self._took_s[host] >= self._limits.host_s:
            reason = f"not asked: other feeds of this host took {self._limits.host_s:g} s"
            return FetchFailed(reason=reason, code="timeout")
        return None

    def _next_at(self, host: tuple[str, int]) -> None:
        if behind := self._behind.get(host):
            self._waiting.appendleft(behind.popleft())

    def _wait(self) -> None:
        pause_ms = self._multi.timeout()
        pause_s = _MAX_WAIT_S if pause_ms < 0 else min(pause_ms / 1000, _MAX_WAIT_S)
        if pause_s and self._multi.select(pause_s) < 0:
            time.sleep(min(pause_s, _NO_SOCKET_WAIT_S))

    def abandon(self) -> None:
        """Let go of everything, done or not."""
        for curl, transfer in self._active.items():
            self._multi.remove_handle(curl)
            transfer.release()
            curl.close()
        self._active.clear()
        for curl in self._spare:
            curl.close()
        self._spare.clear()
