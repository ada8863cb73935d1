"""How long does a card take: what a rule would have caught in 14 days, with its variants?

    python benchmarks/backtest.py [--store FILE] [--copies N]
    python benchmarks/backtest.py --equal

The 22,607 items of `../shared/data/feeds/streams/rss_archive_2026` go through the pipeline into a
store (minutes; `--store` keeps it), then fifty varied rules are asked for by `/watch test`, first on
an empty shelf, then again. Beside each whole card: the same titles and summaries searched with
`re`, where the rule can be said so. The archive's five weeks are laid into the 14 days that a card
looks at; `--copies` lays it upon itself. `--equal` times nothing: ten rules watch while the archive
comes in, and what they posted is compared with what trials count afterwards.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from bot.absorb import absorb
from bot.backtest import Trial
from bot.commands import Asker, ConsoleDirectory, Desk, run
from bot.commands.pace import Pace
from bot.core.models import Entry, Feed, FeedState, ParsedFeed, Rule
from bot.core.rules import compile_rules, parse
from bot.core.rules.ast import Or, Term
from bot.feeds.fetch import AddressPolicy, Fetcher
from bot.feeds.parse import parse_document
from bot.gazetteer import load
from bot.rulebook import Rulebook
from bot.shelf import DAYS, Shelf, beginning
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
from bot.store.times import to_us
from bot.storyline import Storyline

ARCHIVE = Path(__file__).resolve().parents[2] / "shared/data/feeds/streams/rss_archive_2026"
END = datetime(2026, 6, 15, tzinfo=UTC)
RULES = """
missile*
"ballistic missile*"
missile* location:"North Korea"
actor:"Kim Jong Un"
location:"North Korea"
location:Iran
location:"United States"
location:Ukraine -sport*
location:Taiwan (drill* OR exercise*)
actor:"Donald Trump"
actor:"Vladimir Putin" OR actor:"Xi Jinping"
actor:"United Nations"
trump
said
the
says OR said
war OR peace
ebola
earthquake* OR quake*
sanction*
hantavirus
landmyne*
landmine*
landmine* OR minefield*
nuclear NEAR/5 deal
iran NEAR/10 talks
"white house" ONEAR/8 iran
case:US
case:WHO
/US-?Iran/ talks
/\\d+ (killed|dead)/i people
source:bbc
source:bbc iran
source:reuters,guardian
title:trump
title:election*
summary:ceasefire
hormuz OR houthi* OR "red sea"
(israel* OR gaza OR lebanon) (strike* OR attack*) -football
(flood* OR storm* OR wildfire*) location:China
location:Sohae
location:Pyongyang missile*
kim yonhap sohae
tariff* OR trade
oil price*
world cup
election* -trump -location:"United States"
strike* outlets:2
ukraine drone* outlets:3
korea* launch* sohae
abc* OR abd* OR bank* OR bomb* OR border* OR budget* OR camp* OR chip* OR coup* OR court*
""".strip().splitlines()
EQUAL = """
missile*
trump
location:Iran
location:Ukraine -sport*
location:Taiwan (drill* OR exercise*)
actor:"Vladimir Putin" OR actor:"Xi Jinping"
source:bbc iran
case:US
strike* outlets:2
ukraine drone* outlets:3
""".strip().splitlines()


# ── the store ─────────────────────────────────────────────────────────────────


def rows() -> list[dict[str, Any]]:
    """Return the archive in the order it was collected."""
    found = []
    for path in sorted(ARCHIVE.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found += [json.loads(line) for line in lines]
    return sorted(found, key=lambda row: (row["collectedAt"], row["source"], row["id"]))


def plain(text: str | None) -> str:
    """Return text without tags and entities."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", html.unescape(text or ""))).split())


def squeezed(at: datetime) -> datetime:
    """Return a time of the archive's five weeks, laid into 13 days before its end."""
    return END - (END - at) * 13 / 35


def documents(found: list[dict[str, Any]]) -> Iterator[tuple[datetime, str, tuple[Entry, ...]]]:
    """Yield what each source brought at a time."""
    for (at, source), group in groupby(found, lambda row: (row["collectedAt"], row["source"])):
        now = squeezed(datetime.fromisoformat(at))
        entries = tuple(
            Entry(
                key=row["id"],
                title=plain(row["title"]),
                summary=plain(row["description"]),
                url=row["link"],
                published=now,
            )
            for row in group
        )
        yield now, source, entries


def fill(store: Store, copies: int = 1, watched: Sequence[Rule] = ()) -> list[tuple[str, int]]:
    """Let the archive pass through the pipeline; return where and when posts were owed."""
    posts: list[tuple[str, int]] = []
    names = load()
    stories, rules = Storyline(store, lambda: names), compile_rules(watched, names)
    feeds: dict[str, KnownFeed] = {}
    found = list(documents(rows()))
    for copy in range(copies):
        for now, source, entries in found:
            name = f"{source} {copy}"
            if name not in feeds:
                feed = Feed(url=f"https://feeds.invalid/{len(feeds)}", title=source)
                feed = replace(feed, id=store.feeds.add(feed, now=now))
                feeds[name] = KnownFeed(feed, FeedState(baseline_at=now))
            told = tuple(
                replace(one, title=f"{one.title} {copy}" if copy else one.title,
                        url=f"{one.url}?copy={copy}" if copy else one.url)
                for one in entries
            )  # fmt: skip
            with store.transaction():
                seen = absorb(store, stories, rules, feeds[name], ParsedFeed(entries=told), now=now)
            posts += [(channel, to_us(now)) for one in seen for channel in one.posts]
    return posts


# ── equality ──────────────────────────────────────────────────────────────────


def equal() -> None:
    """Compare what the pipeline owed with what trials of the same rules count."""
    store = open_store("sqlite://")
    rules = [
        store.rules.add(
            Rule(
                name=asked,
                query=asked.partition(" outlets:")[0],
                channel=f"#c{number}",
                min_outlets=int(asked.partition(" outlets:")[2] or 1),
            ),
            who="U0BENCH00",
            now=END - timedelta(days=30),
        )
        for number, asked in enumerate(EQUAL)
    ]
    posts = fill(store, watched=rules)
    for days in (DAYS, 5):
        since = beginning(END, UTC, days)
        trial = Trial(store, load(), Shelf(), since=since, until=END)
        caught = trial.catch(rules)
        for rule in rules:
            owed = Counter(
                at for channel, at in posts if channel == rule.channel and at >= to_us(since)
            )
            found = Counter(sight.at for sight in caught[rule.id].alerts)
            said = (
                "equal"
                if found == owed
                else f"NOT EQUAL: {found - owed} too many, {owed - found} missed"
            )
            print(f"{days:2} days  {owed.total():5} posts  {rule.name:40} {said}")


# ── the cards ─────────────────────────────────────────────────────────────────


def desk_of(store: Store, now: datetime) -> Desk:
    names = load()
    return Desk(
        store=store,
        book=Rulebook(store, lambda: names),
        clock=lambda: now,
        directory=ConsoleDirectory(),
        fetcher=Fetcher(user_agent="Watchdesk/benchmark", policy=AddressPolicy()),
        read=parse_document,
        pace=Pace(most=10_000),
    )


def expression(query: str) -> re.Pattern[str] | None:
    """Return a rule of words as one regular expression; None for any other."""
    expr = parse(query.partition(" outlets:")[0])
    items = expr.items if isinstance(expr, Or) else (expr,)
    if not all(isinstance(item, Term) and not item.field for item in items):
        return None
    words = (re.escape(item.text) + ("" if item.prefix else r"\b") for item in items)
    return re.compile("|".join(rf"\b{word}" for word in words), re.IGNORECASE)


def scanned(store: Store, since: datetime, pattern: re.Pattern[str]) -> float:
    """Read and search every title and summary; return the seconds it took."""
    start = time.perf_counter()
    texts = store.entries.texts(since)
    sum(bool(pattern.search(f"{title}\n{summary}")) for _, title, summary in texts)
    return time.perf_counter() - start


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def tell(name: str, times: list[float]) -> None:
    print(
        f"{name:36} p50 {percentile(times, 0.5):6.2f} s  p95 {percentile(times, 0.95):6.2f} s"
        f"  max {max(times):6.2f} s  of {len(times)}"
    )


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--store", type=Path, help="keep or take the filled store here")
    options.add_argument("--copies", type=int, default=1, help="the archive, laid upon itself")
    options.add_argument("--equal", action="store_true", help="compare counts instead")
    given = options.parse_args()
    if not ARCHIVE.is_dir():
        print("skipped: rss_archive_2026 is absent")
        return
    if given.equal:
        equal()
        return
    is_there = given.store is not None and given.store.exists()
    store = open_store(f"sqlite:///{given.store}" if given.store else "sqlite://")
    if not is_there:
        start = time.perf_counter()
        fill(store, given.copies)
        print(f"filled in {time.perf_counter() - start:.0f} s")
    now = END
    desk, asker = desk_of(store, now), Asker(user="U0BENCH00", channel="#nk", zone=UTC)
    for name in ("first, on an empty shelf", "again"):
        cards, busy = [], []
        for query in RULES:
            start, worked = time.perf_counter(), time.process_time()
            run(desk, asker, "watch", f"test {query}")
            cards.append(time.perf_counter() - start)
            busy.append(time.process_time() - worked)
        tell(f"card, {name}", cards)
        tell("    of it at work (CPU)", busy)
        slow = sorted(zip(cards, RULES, strict=True), reverse=True)[:3]
        print("    slowest:", "; ".join(f"{query[:40]} {took:.2f}" for took, query in slow))
    since = beginning(now, UTC, DAYS)
    patterns = [one for query in RULES if (one := expression(query))]
    raw = [scanned(store, since, pattern) for pattern in patterns]
    tell("limit: read and `re` each entry", raw)
    again = [took for took, query in zip(cards, RULES, strict=True) if expression(query)]
    print(
        f"card / `re`, rules of words only: {statistics.median(again) / statistics.median(raw):.2f}"
    )
    print(f"entries in the store: {store.entries.counts(since=since)}")


if __name__ == "__main__":
    main()
