"""`python -m tests.torture.soak --minutes 60 --feeds 1000`: does `bot run` grow while it works?

Samples the process from outside: resident memory, threads, descriptors, its parser processes, what
is owed and not yet sent. The slope is the median over all pairs of samples (Theil and Sen), so that
neither a burst nor a late rise of the ceiling passes for the trend.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from tests.live.world import CHANNEL, Feeds, running_bot, visible, wait_until
from tests.servers.slack_server import SlackServer
from tests.torture.words import invented

_PAGE_MB = 4096 / 1e6
_WARM_UP = 0.25  #: of the time; nothing in it counts
_GROWTH = 0.05  #: of the memory, over the time that counts: more is a leak
_STORY_KB = 3  #: per entry: what it tells is kept for the 72 hours in which others may join it
_ROWS = 24  #: of the table


@dataclass(frozen=True)
class Sample:
    """The process at one moment."""

    at_s: float
    rss_mb: float
    readers_mb: float  #: its parser processes together
    threads: int
    descriptors: int
    readers: int
    owed: int  #: deliveries neither sent nor given up
    deliveries: int
    database_mb: float


@dataclass(frozen=True)
class Report:
    """How a soak went."""

    samples: list[Sample]
    polls: int
    entries: int
    wanted: int
    shown: int

    @property
    def counted(self) -> list[Sample]:
        """Return the samples after the warm-up."""
        begin = self.samples[-1].at_s * _WARM_UP
        return [one for one in self.samples if one.at_s >= begin]

    def slope(self, of: Callable[[Sample], float]) -> float:
        """Return by how much something grows in an hour."""
        return 3600 * slope([(one.at_s, of(one)) for one in self.counted])

    def leaks(self) -> list[str]:
        """Return what grew, in words."""
        counted = self.counted
        hours = (counted[-1].at_s - counted[0].at_s) / 3600
        found = []
        for name in ("rss_mb", "readers_mb", "threads", "descriptors"):
            values = [float(getattr(one, name)) for one in counted]
            grown = self.slope(attrgetter(name)) * hours
            allowed = _GROWTH * statistics.median(values)
            if name == "rss_mb":
                allowed += self.entries * (1 - _WARM_UP) * _STORY_KB / 1000
            if grown > allowed:
                found.append(f"{name} grew by {grown:.1f} in {hours * 60:.0f} min")
        if self.samples[-1].owed:
            found.append(f"{self.samples[-1].owed} deliveries are still owed")
        if self.shown != self.wanted:
            found.append(f"{self.wanted} alerts were wanted, {self.shown} are visible")
        return found


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median slope over all pairs of points (Theil and Sen)."""
    step = max(1, len(points) // 200)
    pairs = itertools.combinations(points[::step], 2)
    return statistics.median([(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairs if x2 > x1])


def sample(pid: int, began: float, database: Path) -> Sample:
    """Look at a process and its database."""
    readers = [child for child in _children(pid) if "bot.feeds.worker" in _command(child)]
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        states = dict(db.execute("select state, count(*) from deliveries group by state"))
    waiting = ("pending", "sending", "editing", "unknown")
    return Sample(
        at_s=time.monotonic() - began,
        rss_mb=_rss_mb(pid),
        readers_mb=sum(_rss_mb(child) for child in readers),
        threads=len(list(Path(f"/proc/{pid}/task").iterdir())),
        descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        readers=len(readers),
        owed=sum(states.get(state, 0) for state in waiting),
        deliveries=sum(states.values()),
        database_mb=sum(file.stat().st_size for file in database.parent.glob("live.db*")) / 1e6,
    )


def _rss_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def soak(
    folder: Path, *, seconds: float, feeds: int, every_s: int, per_s: float, step_s: float
) -> Report:
    """Run the bot at feeds that publish `per_s` entries a second, one in ten of them wanted."""
    world = Feeds(feeds)
    config = folder / "feeds.yaml"
    config.write_text(
        "settings: {allow_addresses: [127.0.0.0/8], per_hour: 1000}\n"
        f'channels: [{{name: "#soak", id: {CHANNEL}}}]\n'
        'rules: [{name: Bases, channel: "#soak", keywords: [missile]}]\n'
        "feeds:\n"
        + "".join(f"  - {{url: {world.url}/{n}.xml, every: {every_s}s}}\n" for n in range(feeds))
    )
    database, over = folder / "live.db", threading.Event()
    wanted, published = [0], [0]

    def publish() -> None:
        dice = random.Random(1)
        while not over.wait(1 / per_s):
            published[0] += 1
            is_wanted = published[0] % 10 == 0
            wanted[0] += is_wanted
            title = f"{invented(published[0])} {'missile' if is_wanted else 'festival'}"
            world.publish(dice.randrange(feeds), title)

    with SlackServer() as slack:
        slack.add_channel(CHANNEL, "soak")
        with running_bot(folder, config, slack) as bot:
            ready = wait_until(lambda: world.statuses[200] >= feeds, timeout_s=120 + feeds / 4)
            assert ready, (folder / "bot.log").read_text()
            time.sleep(2)  # the first documents are recorded
            publisher = threading.Thread(target=publish)
            publisher.start()
            began, samples = time.monotonic(), []
            while time.monotonic() < began + seconds:
                time.sleep(step_s)
                samples.append(sample(bot.pid, began, database))
                assert bot.poll() is None, (folder / "bot.log").read_text()
            over.set()
            publisher.join()
            wait_until(lambda: len(visible(slack)) >= wanted[0], timeout_s=2.5 * every_s + 30)
            time.sleep(2)
            samples.append(sample(bot.pid, began, database))
        shown = len(visible(slack))
    world.close()
    return Report(samples, world.statuses.total(), published[0], wanted[0], shown)


def show(report: Report) -> None:
    """Print samples and slopes."""
    print("minute  bot MB  readers MB  threads  descriptors  owed  deliveries  database MB")
    for one in report.samples[:: max(1, len(report.samples) // _ROWS)]:
        print(
            f"{one.at_s / 60:6.1f}{one.rss_mb:8.1f}{one.readers_mb:12.1f}{one.threads:9}"
            f"{one.descriptors:13}{one.owed:6}{one.deliveries:12}{one.database_mb:13.1f}"
        )
    print(
        f"slope per hour after the warm-up: bot {report.slope(attrgetter('rss_mb')):+.2f} MB,"
        f" readers {report.slope(attrgetter('readers_mb')):+.2f} MB,"
        f" threads {report.slope(attrgetter('threads')):+.2f},"
        f" descriptors {report.slope(attrgetter('descriptors')):+.2f},"
        f" owed {report.slope(attrgetter('owed')):+.2f}"
    )
    print(
        f"{report.polls:,} polls, {report.entries:,} entries, {report.wanted:,} wanted,"
        f" {report.shown:,} visible, most owed at once {max(one.owed for one in report.samples)}"
    )


def main() -> int:
    """Print the table; exit 1 if anything leaks, grows or is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=os.environ.get("MINUTES", "60"))
    parser.add_argument("--feeds", type=int, default=os.environ.get("FEEDS", "1000"))
    parser.add_argument("--every", type=int, default=60, help="seconds between polls of a feed")
    parser.add_argument("--per-second", type=float, default=2, help="entries published")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = soak(
            Path(folder),
            seconds=given.minutes * 60,
            feeds=given.feeds,
            every_s=given.every,
            per_s=given.per_second,
            step_s=5,
        )
    show(report)
    for leak in report.leaks():
        print("!", leak)
    return int(bool(report.leaks()))


if __name__ == "__main__":
    sys.exit(main())
