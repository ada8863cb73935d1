"""Parse every capture and snapshot at hand: entries against an independent count, time against feedparser.

    python benchmarks/parse_corpus.py [FOLDER of feeds] [--every N]

The count is of `<item>` and `<entry>` start tags outside CDATA and comments, by a pattern, so
that it shares nothing with the reader. Every document that differs is listed with the reason.
"""

from __future__ import annotations

import argparse
import io
import math
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import feedparser

from bot.core.models import ParsedFeed
from bot.errors import FeedError
from bot.feeds.read import read_document

FEEDS = Path(__file__).resolve().parents[2] / "shared" / "data" / "feeds"
UNSEEN = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
#: What we say when we leave an entry out on purpose.
LEFT_OUT = re.compile(
    r"(?:(\d+) × )?an? (?:entry that is in the document twice|entry with nothing)"
)


@dataclass(slots=True)
class Tally:
    """What parsing a group of documents showed."""

    documents: int = 0
    entries: int = 0
    problems: int = 0
    differing: list[str] = field(default_factory=list)  #: unexplained
    explained: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ours_s: list[float] = field(default_factory=list)
    timed: list[Timed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds for one document: ours, feedparser as it comes, feedparser with its markup work off."""

    ours: float
    theirs: float
    bare: float


def documents(root: Path, *, every: int = 1) -> Iterator[tuple[str, Path]]:
    """Yield (group, file) of all captures, and of every n-th snapshot of each feed."""
    for path in sorted((root / "captures").iterdir()):
        yield "captures", path
    for feed in sorted((root / "timeseries").glob("*/*")):
        for path in sorted(feed.glob("*.xml"))[::every]:
            yield f"{feed.parent.name}/{feed.name}", path


def counted(body: bytes) -> int:
    """Count entries without parsing."""
    text = body.decode("utf-16").encode() if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else body
    return len(ENTRY.findall(UNSEEN.sub(b"", text)))


def left_out(parsed: ParsedFeed) -> int:
    """Return how many entries the reader says it left out."""
    found = (LEFT_OUT.match(problem) for problem in parsed.problems)
    return sum(int(one[1] or 1) for one in found if one)


def examine(path: Path, tally: Tally) -> None:
    """Parse one document and note what differs."""
    body = path.read_bytes()
    expected = counted(body)
    tally.documents += 1
    started = time.perf_counter()
    try:
        parsed = read_document(body, url="https://corpus.example/feed")
    except FeedError as error:
        tally.refused.append(f"{path.name}: {error}")
        return
    tally.ours_s.append(time.perf_counter() - started)
    tally.entries += len(parsed.entries)
    tally.problems += bool(parsed.problems)
    if len(parsed.entries) != expected:
        line = f"{path.name}: {len(parsed.entries)} of {expected}; {'; '.join(parsed.problems)}"
        told = len(parsed.entries) + left_out(parsed) == expected
        (tally.explained if told else tally.differing).append(line)


def compare(path: Path, tally: Tally) -> None:
    """Time one document three ways, one after the other."""
    body = path.read_bytes()
    tally.timed.append(
        Timed(
            ours=seconds(lambda: read_document(body, url="https://corpus.example/feed")),
            theirs=seconds(lambda: feedparser.parse(io.BytesIO(body))),
            bare=seconds(
                lambda: feedparser.parse(
                    io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False
                )
            ),
        )
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the better of two runs."""
    best = math.inf
    for _ in range(2):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", nargs="?", type=Path, default=FEEDS)
    arguments.add_argument("--every", type=int, default=1, help="every n-th snapshot of a feed")
    arguments.add_argument("--compare-every", type=int, default=10, help="feedparser on each n-th")
    given = arguments.parse_args()
    tallies: dict[str, Tally] = {}
    for number, (group, path) in enumerate(documents(given.folder, every=given.every)):
        tally = tallies.setdefault(group, Tally())
        examine(path, tally)
        if group == "captures" or number % given.compare_every == 0:
            compare(path, tally)
    show(tallies)


def show(tallies: dict[str, Tally]) -> None:
    print(f"{'feed':36}{'docs':>6}{'entries':>9}{'odd':>5}{'ms':>8}")
    for group, tally in tallies.items():
        mean = 1000 * statistics.mean(tally.ours_s) if tally.ours_s else 0
        print(f"{group:36}{tally.documents:6}{tally.entries:9}{tally.problems:5}{mean:8.1f}")
    every = list(tallies.values())
    print(
        f"\n{sum(tally.documents for tally in every)} documents, "
        f"{sum(tally.entries for tally in every)} entries; refused "
        f"{sum(len(tally.refused) for tally in every)}, differing without a reason "
        f"{sum(len(tally.differing) for tally in every)}, with a reason "
        f"{sum(len(tally.explained) for tally in every)}"
    )
    show_times([timed for tally in every for timed in tally.timed])
    for tally in every:
        for kind in ("refused", "differing", "explained"):
            for line in getattr(tally, kind):
                print(f"  {kind}: {line}")


def show_times(timed: list[Timed]) -> None:
    print(f"\n{len(timed)} documents timed, ms per document: mean (median)")
    ours = statistics.mean(one.ours for one in timed)
    for name in ("ours", "theirs", "bare"):
        times = [getattr(one, name) for one in timed]
        mean, median = statistics.mean(times), statistics.median(times)
        print(f"  {name:8}{1000 * mean:7.1f} ({1000 * median:.1f})  {mean / ours:5.2f} × ours")


if __name__ == "__main__":
    main()
