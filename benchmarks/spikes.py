"""Stream five weeks of feeds through the pipeline and count spikes, beside what others would tell.

python benchmarks/spikes.py [--shown]

`rss_archive_2026` was collected seven times a day. An entry is met here when it was published, as
by hourly polling, or up to six hours late; what was older when it was collected is met then.

Beside our spikes, on the same entries:

- Watcher's: fifteen entries in 24 hours, once a day;
- Huginn's peak detector: entries of two hours over three standard deviations above the mean of the
  hours of 14 days, at least two days apart.

A spike counts as real if the twelve hours on either side of it brought half as many stories again
as the subject's median day; the first week, in which we judge nothing, is left out for all.
`--shown` prints each with its top stories.
"""

from __future__ import annotations

import gzip
import html
import json
import statistics
import sys
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import gazetteer
from bot.absorb import absorb
from bot.core.identity import entry_key
from bot.core.models import Entry, Feed, FeedState, ParsedFeed, Rule
from bot.core.rules import canonical, parse
from bot.core.spikes import WINDOW
from bot.rulebook import Rulebook
from bot.spikes import Lookout
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
from bot.storyline import Storyline

ARCHIVE = Path(__file__).resolve().parents[2] / "shared/data/feeds/streams/rss_archive_2026"
LATE = timedelta(hours=6)
DAY = timedelta(days=1)
RULES = {
    "Pyongyang": 'location:"North Korea"',
    "Iran": "location:Iran",
    "Lebanon": "location:Lebanon",
    "Ukraine": "location:Ukraine",
    "Taiwan": "location:Taiwan",
    "Venezuela": "location:Venezuela",
    "Putin": 'actor:"Vladimir Putin"',
    "Ebola": "ebola",
    "Quakes": "earthquake* OR quake*",
    "Missiles": "missile* (launch* OR strike* OR test*)",
}

Seconds = list[float]


def main() -> int:
    """Print the table."""
    if not ARCHIVE.is_dir():
        print(f"{ARCHIVE} is absent; nothing to stream")
        return 0
    desk = Stream()
    started = time.perf_counter()
    for name, entry, now in arrivals():
        desk.take(name, entry, now)
    took = time.perf_counter() - started
    table(desk)
    if "--shown" in sys.argv:
        for told in desk.told:
            print(f"\n{told.at:%a %d %b %H:%M} [{told.rule}] {told.text}")
    print(f"\n{desk.entries:,} entries in {took:.0f} s, of which spikes {desk.spent:.1f} s")
    return 0


def arrivals() -> Iterator[tuple[str, Entry, datetime]]:
    """Yield feed, entry and when it is met, in order."""
    found = []
    for path in sorted(ARCHIVE.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found += [arrival(json.loads(line)) for line in lines]
    yield from sorted(found, key=lambda one: (one[2], one[1].key))


def arrival(row: dict[str, Any]) -> tuple[str, Entry, datetime]:
    collected = datetime.fromisoformat(row["collectedAt"])
    published = datetime.fromisoformat(row["pubDate"]) if row["pubDate"] else collected
    met = min(collected, max(published, collected - LATE))
    title, summary, url = (html.unescape(row[name]) for name in ("title", "description", "link"))
    entry = Entry(
        key=entry_key(guid=row["id"], url=url, title=title, published=published),
        title=title,
        summary=summary,
        url=url,
        published=published,
        lang="en",
        outlet=row["source"],
    )
    return row["source"], entry, met.astimezone(UTC)


@dataclass(frozen=True)
class Told:
    """A spike as it was told."""

    at: datetime
    rule: str
    text: str


@dataclass
class Stream:
    """The pipeline, a channel for each rule, and what it was told."""

    store: Store = field(default_factory=lambda: open_store("sqlite://"))
    told: list[Told] = field(default_factory=list)
    stories: dict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    met: dict[str, Seconds] = field(default_factory=lambda: defaultdict(list))
    feeds: dict[str, KnownFeed] = field(default_factory=dict)
    spent: float = 0
    entries: int = 0

    def __post_init__(self) -> None:
        names = gazetteer.load()
        self.book = Rulebook(self.store, lambda: names)
        self.line = Storyline(self.store, lambda: names)
        self.lookout = Lookout(self.store, lambda: names)
        self.names: dict[int, str] = {}

    def begin(self, now: datetime) -> None:
        """Add the rules."""
        for name, query in RULES.items():
            rule = Rule(name=name, query=canonical(parse(query)), channel=f"#{name}")
            self.names[self.store.rules.add(rule, who="U1", now=now).id] = name

    def take(self, feed: str, entry: Entry, now: datetime) -> None:
        """Let a feed bring one entry."""
        if not self.names:
            self.begin(now)
        known = self.feeds.get(feed) or self.add(feed, now)
        rules = self.book.current(now)
        self.entries += 1
        with self.store.transaction():
            parsed = ParsedFeed(entries=(entry,))
            seen = absorb(self.store, self.line, rules, known, parsed, now=now)
            started = time.perf_counter()
            self.lookout.note(seen, rules.rules, now)
            self.spent += time.perf_counter() - started
        for one in seen:
            for match in one.matches if one.decision == "new" else ():
                name = self.names[match.rule_id]
                self.met[name].append(now.timestamp())
                if one.joined != "copy":
                    self.stories[name].setdefault(one.story_id, now.timestamp())
        self.collect(now)

    def add(self, feed: str, now: datetime) -> KnownFeed:
        """Watch a feed."""
        made = Feed(url=f"https://{len(self.feeds)}.example/rss", title=feed)
        made = replace(made, id=self.store.feeds.add(made, now=now))
        self.feeds[feed] = KnownFeed(made, FeedState(baseline_at=now))
        return self.feeds[feed]

    def collect(self, now: datetime) -> None:
        """Note the spikes that are new."""
        rows = self.store._db.rows(  # noqa: SLF001
            "select channel, message from deliveries where kind = 'spike' order by rowid"
        )
        for row in rows[len(self.told) :]:
            text = json.loads(row["message"])["text"]
            self.told.append(Told(now, row["channel"][1:], text))


# ── what others would tell ────────────────────────────────────────────────────


def watcher(met: Seconds) -> Seconds:
    """Return when fifteen entries have come within 24 hours, once a day."""
    told: Seconds = []
    for at, moment in enumerate(met):
        if at - bisect_left(met, moment - DAY.total_seconds()) >= 14 and (
            not told or moment - told[-1] >= DAY.total_seconds()
        ):
            told.append(moment)
    return told


def huginn(met: Seconds) -> Seconds:
    """Return when two hours brought more than the mean of 14 days and three deviations."""
    told: Seconds = []
    start, hour = met[0], 3600.0
    counts: list[int] = []
    end = start + 2 * hour
    while end < met[-1]:
        count = bisect_right(met, end) - bisect_right(met, end - 2 * hour)
        past = counts[-14 * 24 :]
        if len(past) >= 7 * 24:
            high = statistics.fmean(past) + 3 * statistics.pstdev(past)
            if count > high and (not told or end - told[-1] >= 2 * DAY.total_seconds()):
                told.append(end)
        counts.append(count)
        end += hour
    return told


# ── the table ─────────────────────────────────────────────────────────────────


def real(moments: Iterable[float], stories: Seconds) -> int:
    """Return how many of these moments lie in a day that is busy for the subject."""
    half = DAY.total_seconds() / 2
    start, end = stories[0], stories[-1]
    days = [
        bisect_left(stories, start + (n + 1) * 2 * half)
        - bisect_left(stories, start + n * 2 * half)
        for n in range(int((end - start) / 2 / half))
    ]
    usual = statistics.median(days)
    return sum(
        bisect_left(stories, at + half) - bisect_left(stories, at - half) >= 1.5 * max(usual, 1)
        for at in moments
    )


def table(desk: Stream) -> None:
    """Print a line for each subject: what is usual, and who tells how often, how many real."""
    print(f"{'rule':12}{'entries':>9}{'stories':>9}{'in 2 h':>8}", end="")
    print("".join(f"{name:>10}{'real':>6}" for name in ("spikes", "Watcher", "Huginn")))
    sums = [0] * 6
    for name in RULES:
        met, stories = sorted(desk.met[name]), sorted(desk.stories[name].values())
        ours = [told.at.timestamp() for told in desk.told if told.rule == name]
        row = []
        for moments in (ours, watcher(met), huginn(met)):
            late = [at for at in moments if at >= met[0] + 7 * DAY.total_seconds()]
            row += [len(late), real(late, stories)]
        sums = [a + b for a, b in zip(sums, row, strict=True)]
        usual = len(stories) * WINDOW.total_seconds() / (stories[-1] - stories[0])
        print(f"{name:12}{len(met):9,}{len(stories):9,}{usual:8.1f}", end="")
        print("".join(f"{a:10}{b:6}" for a, b in zip(row[::2], row[1::2], strict=True)))
    print(f"{'':38}" + "".join(f"{a:10}{b:6}" for a, b in zip(sums[::2], sums[1::2], strict=True)))


if __name__ == "__main__":
    sys.exit(main())
