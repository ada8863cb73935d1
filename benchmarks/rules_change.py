"""How soon a changed rule takes effect among 100,000, while another thread goes on matching.

    python benchmarks/rules_change.py [--rules 100000] [--changes 600]

Rules are in a store on disk and are changed there; what is timed is from the change being stored
to matching by it. After a few hundred changes the rulebook merges them in the background.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rules import Terms, entries, news, rules

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.rulebook import Rulebook
from bot.store import Store, open_store

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def fill(store: Store, count: int, rng: random.Random, text: str) -> None:
    terms = Terms(text, rng)
    with store.transaction():
        for rule in rules(count, terms.one, rng):
            store.rules.add(replace(rule, id=0, name="r"), who="U1", now=NOW)


class Matcher(threading.Thread):
    """Matches entry after entry until stopped, and remembers how long each took."""

    def __init__(self, book: Rulebook, news_: Sequence[Entry]) -> None:
        super().__init__(daemon=True)
        self._book, self._news = book, news_
        self.stopped = threading.Event()
        self.took: list[float] = []

    def run(self) -> None:
        """Match until stopped."""
        while not self.stopped.is_set():
            for entry in self._news:
                start = time.perf_counter()
                self._book.current(NOW).fired(entry)
                self.took.append((time.perf_counter() - start) * 1e3)
                time.sleep(0.001)  # an entry is never alone on a machine


def change(store: Store, book: Rulebook, number: int, victims: list[Rule]) -> float:
    """Store a new rule, or take one out; return the milliseconds until matching goes by it."""
    entry = Entry(key="1", title=f"Zyx{number} was launched")
    if number % 3 == 2:
        gone = victims.pop()
        store.rules.remove(gone.id, who="U1", now=NOW)
        start = time.perf_counter()
        assert gone.id not in book.current(NOW).fired(Entry(key="1", title=gone.query))
    else:
        rule = Rule(name="new", query=f'zyx{number} "launched" -sport', channel="#c")
        start = time.perf_counter()
        saved = store.rules.add(rule, who="U1", now=NOW)
        start = time.perf_counter()
        assert saved.id in book.current(NOW).fired(entry)
        victims.append(saved)
    return (time.perf_counter() - start) * 1e3


def say(what: str, values: Sequence[float]) -> None:
    ordered = sorted(values)
    at = ordered[int(0.99 * len(ordered))]
    print(
        f"{what}: median {statistics.median(ordered):.1f} ms, 99 % under {at:.1f} ms, "
        f"longest {ordered[-1]:.1f} ms, {sum(v < 50 for v in ordered) / len(ordered):.1%} under 50 ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rules", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=600)
    arguments = parser.parse_args()
    rng = random.Random(4)
    text, _ = news(rng)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'rules.db'}")
        fill(store, arguments.rules, rng, text)
        known = Gazetteer()
        book = Rulebook(store, lambda: known)
        start = time.perf_counter()
        book.current(NOW)
        print(f"{arguments.rules:,} rules read and compiled in {time.perf_counter() - start:.1f} s")
        matcher = Matcher(book, entries(text, 200))
        matcher.start()
        victims: list[Rule] = []
        load = Path("/proc/loadavg").read_text().split()[0]
        print(f"load of this machine: {load} on {os.cpu_count()} cores")
        took = [change(store, book, number, victims) for number in range(arguments.changes)]
        book.settle()
        matcher.stopped.set()
        matcher.join()
        say(f"{len(took)} changes", took)
        say(f"{len(matcher.took):,} entries matched meanwhile", matcher.took)
        store.close()


if __name__ == "__main__":
    main()
