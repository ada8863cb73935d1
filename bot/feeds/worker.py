"""Parse in processes that can be killed: limits on time and memory that a thread can't have.

A worker is a fresh Python with none of our secrets in its environment, one socket, and limits it
sets on itself. The parent trusts nothing of it: answers are JSON, silence is a failure.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.parsers import expat

from bot.core.models import ParsedFeed
from bot.errors import ConfigError, FeedError, Problem
from bot.feeds import wire

_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")
_ROOT = Path(__file__).resolve().parents[2]
_START_S = 30.0  #: for a new process to import feedparser on a busy machine
_WALL_PER_CPU = 8  #: a worker may wait for the processor this much longer than it may use it
_DOCUMENTS_PER_WORKER = 2_000  #: then a fresh one, so that nothing leaks for ever


def require_safe_expat(version: tuple[int, int, int] = expat.version_info) -> None:
    """Make sure that expat bounds what entities unfold to, as it does since 2.4.1.

    Raises:
        ConfigError: it is older.
    """
    if version < (2, 4, 1):
        old = ".".join(map(str, version))
        what = f"its XML reader (expat {old}) can't stop an entity bomb"
        raise ConfigError([Problem("Python", what, "use one built with expat 2.4.1 or newer")])


class Parser:
    """A small pool of worker processes, started when first needed.

    Thread-safe. `parse` blocks while all workers are busy.

    Args:
        workers: how many documents may be read at the same time.
        cpu_s: seconds of processor time per document.
        memory_mb: address space per worker.

    Raises:
        ConfigError: this Python's XML reader can't stop an entity bomb.
    """

    def __init__(self, workers: int = 2, cpu_s: int = 5, memory_mb: int = 512) -> None:
        require_safe_expat()
        self._limits = (cpu_s, memory_mb)
        self._closed = False
        self._lock = threading.Lock()
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._slots.put(None)
        self._running: set[_Worker] = set()

    def parse(self, body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
        """Read a document as `parse_document` does, within the limits.

        Raises:
            FeedError: it is no feed, or takes too much time or memory.
        """
        worker = self._slots.get()
        try:
            if self._closed:
                raise RuntimeError("this parser was closed")
            worker = worker or self._start()
            return worker.parse(body, url, content_type)
        finally:
            self._slots.put(self._kept(worker))

    def _start(self) -> _Worker:
        worker = _Worker(*self._limits)
        with self._lock:
            self._running.add(worker)
        return worker

    def _kept(self, worker: _Worker | None) -> _Worker | None:
        if worker is None or (worker.is_usable and not self._closed):
            return worker
        worker.stop()
        with self._lock:
            self._running.discard(worker)
        return None

    def close(self) -> None:
        """Stop all workers; what they were reading ends in a FeedError."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, set()
        for worker in running:
            worker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Worker:
    """One process and the socket to it."""

    def __init__(self, cpu_s: int, memory_mb: int) -> None:
        self._cpu_s = cpu_s
        self._memory_mb = memory_mb
        self._documents = 0
        self._broken = False
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, fixed arguments
                [sys.executable, "-m", "bot.feeds.worker", str(cpu_s), str(memory_mb)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=_ROOT,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )

    @property
    def is_usable(self) -> bool:
        """Whether it may have another document."""
        return not self._broken and self._documents < _DOCUMENTS_PER_WORKER

    def parse(self, body: bytes, url: str, content_type: str | None) -> ParsedFeed:
        """Have one document read."""
        allowed_s = self._cpu_s * _WALL_PER_CPU + (0 if self._documents else _START_S)
        deadline = time.monotonic() + allowed_s
        self._documents += 1
        self._broken = True  # until it has answered
        try:
            wire.send(self._socket, wire.request(body, url, content_type), deadline)
            answer = wire.receive(self._socket, deadline)
        except TimeoutError:
            raise self._too_slow() from None
        except OSError as error:
            raise self._died() from error
        if answer is None:
            raise self._died()
        try:
            feed = wire.read_answer(answer)
        except FeedError:
            self._broken = False
            raise
        except (ValueError, LookupError, TypeError, AttributeError):
            raise FeedError("the reader answered nonsense on this document") from None
        self._broken = False
        return feed

    def _too_slow(self) -> FeedError:
        return FeedError(f"took longer than {self._cpu_s} s to read")

    def _died(self) -> FeedError:
        """Return what the manner of its death says about the document."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return FeedError("the reader stopped answering on this document")
        if code == -signal.SIGXCPU:
            return self._too_slow()
        if code == wire.OUT_OF_MEMORY:
            return FeedError(f"needs more than {self._memory_mb} MB to read")
        return FeedError("the reader crashed on this document")

    def stop(self) -> None:
        """End the process and wait until it is gone."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for its answer
        self._socket.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


# ── in the worker ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Budget:
    """What the worker may use; the kernel enforces it."""

    cpu_s: int
    memory_mb: int

    def limit_memory(self) -> None:
        import resource  # noqa: PLC0415 - only the worker needs it

        # Running out of time dumps core by default: half a gigabyte on disk per hostile document.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        size = self.memory_mb * 1_000_000
        # Where the system has no such limit (macOS), time alone bounds the worker.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (size, size))

    def renew_time(self) -> None:
        import resource  # noqa: PLC0415

        used_s = int(time.process_time()) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used_s + self.cpu_s, hard))


def serve(channel: socket.socket, budget: _Budget) -> int:
    """Answer documents until the parent hangs up; return the exit status."""
    from bot.feeds.read import read_document  # noqa: PLC0415 - feedparser loads in the worker only

    while (message := wire.receive(channel)) is not None:
        budget.renew_time()
        try:
            answer = wire.answer(message, read_document)
        except MemoryError:
            return wire.OUT_OF_MEMORY
        wire.send(channel, answer)
    return 0


def main() -> int:
    """Be a worker: the socket is standard input, the limits are the arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    budget = _Budget(*map(int, sys.argv[1:3]))
    budget.limit_memory()
    with socket.socket(fileno=os.dup(0)) as channel:
        try:
            return serve(channel, budget)
        except OSError:  # the parent is gone
            return 0


if __name__ == "__main__":
    sys.exit(main())
