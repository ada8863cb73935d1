"""Time /digest over 100,000 stored entries and 1,000 rules, against reading the same rows plainly.

python benchmarks/digest.py [ENTRIES [RULES]]

The database is a file as in production, with entries of 31 days, one in three of which fired one
to five rules. `plain` counts the matches of the period in SQL; of a query, it reads every entry of
the period from the table and does nothing with it. One entry in twelve holds the word asked for, one in
sixteen the place. The answer to a command should come within 5 s.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import gazetteer
from bot.chart import warm_up
from bot.commands import Asker, ConsoleDirectory, Desk, run
from bot.commands.desk import CONSOLE
from bot.feeds.fetch import AddressPolicy, Fetcher
from bot.feeds.parse import parse_document
from bot.rulebook import Rulebook
from bot.store import Store, open_store
from bot.store.times import to_us
from bot.team import TeamGazetteer

NOW = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)
DAYS = 31
WORDS = (
    "missile border talks harvest minister ceasefire reactor exports storm election launch port"
    " sanctions drone village court budget train refugees treaty island pipeline embassy summit"
).split()
FILLERS = tuple(
    f"{a}{b}{c}"
    for a in ("ba", "do", "ki", "lu", "mer", "nos", "pel", "ri", "sa", "tor")
    for b in ("lan", "den", "mi", "ro", "vu", "zen", "qua", "fel", "gor", "tis")
    for c in ("", "s", "ed", "ing", "er", "al")
)
PLACES = ("Pyongyang", "Tehran", "Kyiv", "Taipei", "Seoul", "Caracas", "Beirut", "Sohae")
ASKED = (
    "24h",
    "7d",
    "31d",
    "7d W12",
    '24h location:"North Korea"',
    '7d location:"North Korea"',
    '31d location:"North Korea"',
    "31d missile* -drone*",
)


@dataclass(frozen=True)
class Kept:
    """Takes every picture, as an upload would."""

    trouble: str = ""

    def keep(self, png: bytes, *, alt: str) -> str | None:
        """Return an id."""
        return "F00000001"


def fill(store: Store, entries: int, rules: int) -> None:
    """Write straight into the tables: how it got there is another benchmark's business."""
    dice, db = random.Random(7), store._db._conn  # noqa: SLF001
    feeds = 60
    db.execute("BEGIN IMMEDIATE")
    db.executemany(
        "insert into feeds (id, url, title, tags, every_s, enabled, backfill_s, origin, created_at,"
        " last_ok_at) values (?, ?, ?, '[]', 3600, 1, 0, 'x', 0, ?)",
        [(n, f"https://{n}.example/rss", f"Outlet {n}", to_us(NOW)) for n in range(1, feeds + 1)],
    )
    db.executemany(
        "insert into rules (id, name, query, channel, level, owner, version, created_at)"
        " values (?, ?, ?, ?, 'info', 'U1', 1, 0)",
        [
            (n, f"Rule {n}", f"{dice.choice(WORDS)} {dice.choice(WORDS)} x{n}", f"C{n % 40:08d}")
            for n in range(1, rules + 1)
        ],
    )
    stories = max(entries * 2 // 3, 1)
    rows, fired, times = [], [], {}
    for n in range(1, entries + 1):
        at = to_us(NOW - timedelta(days=DAYS) * (1 - n / (entries + 1)))
        story = n if n <= stories // 50 else max(1, n * stories // entries - dice.randrange(40))
        first, _ = times.get(story, (at, at))
        times[story] = (first, at)
        place = [dice.choice(PLACES)] if n % 4 == 0 else []  # two of the eight are North Korea
        title = " ".join([*place, dice.choice(WORDS), *dice.choices(FILLERS, k=7)])
        summary = " ".join([dice.choice(WORDS), *dice.choices(FILLERS, k=39)])
        rows.append(
            (
                n,
                dice.randint(1, feeds),
                f"k{n}",
                f"https://n.example/{n}",
                title,
                summary,
                at,
                story,
            )
        )
        if n % 3 == 0:
            for rule in dice.sample(range(1, rules + 1), min(dice.randint(1, 5), rules)):
                fired.append((n, rule, at))  # noqa: PERF401
    db.executemany(
        "insert into stories (id, uid, title, first_seen_at, last_seen_at) values (?, ?, '', ?, ?)",
        [(story, f"u{story}", *when) for story, when in times.items()],
    )
    db.executemany(
        "insert into entries (id, feed_id, key, url, title, summary, authors, tags, outlet,"
        " first_seen_at, changed_at, decision, reason, story_id, published_at)"
        " select ?1, ?2, ?3, ?4, ?5, ?6, '[]', '[]', 'Outlet ' || ?2, ?7, ?7, 'new', '', ?8, ?7",
        rows,
    )
    db.executemany(
        "insert into matches (entry_id, rule_id, rule_version, why, at, quiet)"
        " values (?, ?, 1, ?, ?, 0)",
        [(entry, rule, json.dumps([]), at) for entry, rule, at in fired],
    )
    db.executemany(
        "insert or ignore into deliveries (id, channel, kind, subject, story_id, priority, state,"
        " created_at, not_before) select ?1 || '/' || (?2 % 40), printf('C%08d', ?2 % 40), 'post',"
        " 'u' || story_id, story_id, 0, 'sent', ?3, ?3 from entries where id = ?1",
        fired,
    )
    db.execute("COMMIT")


def plain(store: Store, asked: str) -> Callable[[], object]:
    """Return the least that any answer to the same question would have to read."""
    days = 1 if asked.startswith("24h") else int(asked.partition("d")[0])
    since = {"since": to_us(NOW - timedelta(days=days))}
    rows = store._db.rows  # noqa: SLF001
    if len(asked.split()) > 1 and "W12" not in asked:
        since = {"since": to_us(NOW - timedelta(days=max(days, 14)))}
        return lambda: rows("select * from entries where first_seen_at >= :since", since)
    return lambda: rows("select count(*) from matches where at >= :since", since)


def timed(work: Callable[[], object], times: int = 3) -> tuple[float, float]:
    """Return the best of some runs, in seconds by the clock and of the processor."""
    took = []
    for _ in range(times):
        begun, used = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - begun, time.process_time() - used))
    return min(took)


def main() -> None:
    entries, rules = (
        int(word) for word in (*sys.argv[1:], *("100000", "1000")[len(sys.argv) - 1 :])
    )
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'digest.db'}")
        fill(store, entries, rules)
        desk = Desk(
            store=store,
            book=Rulebook(store, TeamGazetteer(store, gazetteer.load)),
            clock=lambda: NOW,
            directory=ConsoleDirectory(),
            fetcher=Fetcher(user_agent="x", policy=AddressPolicy()),
            read=parse_document,
            pictures=Kept(),
        )
        asker = Asker(user=CONSOLE, channel="C00000001", is_admin=True, invoked_as="/digest")
        counts = [
            store._db.rows(f"select count(*) n from {table}")[0]["n"]  # noqa: SLF001
            for table in ("entries", "matches", "stories")
        ]
        print("{:,} entries, {:,} matches, {:,} stories, {:,} rules".format(*counts, rules))
        print(
            f"{'/digest …':32} {'first':>8} {'best of 3':>10} {'of CPU':>8} {'plain':>8} {'ratio':>7}"
        )
        for asked in ASKED:
            first, _ = timed(lambda: run(desk, asker, "digest", asked), 1)  # noqa: B023
            best, cpu = timed(lambda: run(desk, asker, "digest", asked))  # noqa: B023
            base, _ = timed(plain(store, asked))
            print(
                f"{asked:32} {first:7.2f}s {best:9.2f}s {cpu:7.2f}s {base:7.3f}s {best / base:6.1f}×",
                flush=True,
            )
        store.close()


if __name__ == "__main__":
    main()
