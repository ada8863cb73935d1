"""Work that goes on beside the rest, as long as that lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def in_background(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Have work done in a thread while inside; on leaving, tell it that it is over and wait.

    Args:
        name: of the thread.
        work: returns soon after its event is set.
    """
    over = threading.Event()
    worker = threading.Thread(target=work, args=(over,), name=name, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
