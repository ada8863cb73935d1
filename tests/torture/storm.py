"""SIGKILL at random moments, faults all the while: `bot run`, loopback feeds, a loopback Slack."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from tests.live.world import Feeds, FeedTrouble, wait_until
from tests.servers.slack_server import SlackServer
from tests.torture.nursery import GRACE_S, SEND_S
from tests.torture.weather import StormySlack, When
from tests.torture.words import invented

#: What a rule of each channel looks for.
WORDS = {f"C0STORM{n}": word for n, word in enumerate("missile reactor convoy embargo".split())}

#: What a channel is told of a feed that was not heard for long and brought much at once.
_FLOOD = re.compile(r"`(F\d+)`(?: brought \d+ new entries at once|: the \d+ that waited)")
_LIFE_S = 2.5  #: how long a process lives at most
_ARCHIVED_S = 1.5


@dataclass(frozen=True)
class Plan:
    """How hard a storm is."""

    kills: int
    alerts: int
    seed: int = 1
    chance: float = 0.15  #: of a fault, per post and per look-up
    feeds: int = 20
    restarts: int = 2  #: afterwards, which must bring nothing new


@dataclass
class Report:
    """What a storm did, and what came of it."""

    kills: Counter[str] = field(default_factory=Counter)
    planted: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    swept: int = 0  #: accepted more than once by Slack, all but one deleted again
    reconciled: int = 0  #: found in the channel after a crash or a lost reply
    sent_again: int = 0  #: looked up, not there, sent again
    looked_up: int = 0
    open: Counter[str] = field(default_factory=Counter)  #: deliveries that are not sent
    faults: Counter[str] = field(default_factory=Counter)
    feed_faults: Counter[str] = field(default_factory=Counter)
    archived: int = 0
    floods: int = 0  #: notices of much at once; what they held was asked for
    left_over: int = 0  #: processes that outlived their bot
    crashes: int = 0  #: processes that ended by themselves
    seconds: float = 0
    settled_s: float = 0  #: from the last kill to the last alert

    @property
    def is_right(self) -> bool:
        """Whether everything planted is visible once, and nothing else is."""
        wrong = (self.lost, self.doubled, self.unwanted, self.open, self.left_over, self.crashes)
        return not any(wrong)


class Nursery:
    """The process that forks bots; see `nursery.py`."""

    def __init__(self, folder: Path, config: Path, slack: SlackServer) -> None:
        self.environ = os.environ | {
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": f"sqlite:///{folder / 'storm.db'}",
        }
        arguments = [str(config), str(folder / "bot.log")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.nursery", *arguments],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.pid = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Let a bot be born."""
        self.pid = self._ask("start")

    def kill(self, number: int = signal.SIGKILL) -> bool:
        """Send the bot a signal; False if there is none."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self.pid:
                os.kill(self.pid, number)
                return True
        return False

    def reap(self) -> int:
        """Wait until the bot is gone; return how it went."""
        code = self._ask("reap")
        with self._lock:
            self.pid = 0
        return code

    def left_over(self) -> int:
        """Count the processes of this session that are neither nursery nor bot."""
        found = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                session = int(stat.read_text().rpartition(")")[2].split()[3])
                found += session == self._process.pid
        return found - 1

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout
        self._process.stdout.close()

    def _ask(self, word: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class Storm:
    """One bot, its feeds, its Slack, and what happens to them."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.dice = random.Random(plan.seed)
        self.report = Report()
        self.wanted: set[tuple[str, str]] = set()  #: channel, title
        self._numbers = iter(range(1, 1_000_000))
        self._killed = threading.Event()
        self._armed: When | None = None
        self._over = threading.Event()

    def run(self) -> Report:
        """Let it happen and give the account."""
        began = time.monotonic()
        with StormySlack(self.plan.seed, self.plan.chance) as self.slack, self._feeds() as feeds:
            for channel in WORDS:
                self.slack.add_channel(channel, channel.lower())
            self.slack.on_post = self._strike
            self.feeds = feeds
            self.config = self._config()
            self.nursery = Nursery(self.folder, self.config, self.slack)
            try:
                self._baseline()
                self._rage()
                self._settle()
            finally:
                self._over.set()
                self.nursery.kill()
                self.nursery.close()
            self._count()
        self.report.seconds = time.monotonic() - began
        return self.report

    # ── the scene ──

    @contextlib.contextmanager
    def _feeds(self) -> Iterator[Feeds]:
        feeds = Feeds(self.plan.feeds, window=60, trouble=self._feed_trouble)
        feeds.answered = lambda: self._strike("while polling")
        yield feeds
        feeds.close()

    def _feed_trouble(self) -> FeedTrouble | None:
        if self._over.is_set() or not self.wanted or self.dice.random() > self.plan.chance / 2:
            return None
        trouble: FeedTrouble = self.dice.choice(get_args(FeedTrouble))
        self.report.feed_faults[f"feed: {trouble}"] += 1
        return trouble

    def _config(self) -> Path:
        path = self.folder / "feeds.yaml"
        lines = [
            "settings: {allow_addresses: [127.0.0.0/8], per_hour: 1000}",
            "channels:",
            *(f'  - {{name: "#{channel.lower()}", id: {channel}}}' for channel in WORDS),
            "rules:",
            *(
                f'  - {{name: {word}, channel: "#{channel.lower()}", keywords: [{word}]}}'
                for channel, word in WORDS.items()
            ),
            "feeds:",
            *(f"  - {{url: {self.feeds.url}/{n}.xml, every: 1s}}" for n in range(self.plan.feeds)),
        ]
        path.write_text("\n".join(lines))
        return path

    def _baseline(self) -> None:
        self.slack.dice.is_calm = True
        self.nursery.start()
        ready = wait_until(self._all_began, timeout_s=60)
        assert ready, (self.folder / "bot.log").read_text()
        self.nursery.kill()
        self.nursery.reap()
        self.slack.dice.is_calm = False

    def _all_began(self) -> bool:
        """Say whether the first documents of all feeds are recorded: what they hold is no news."""
        if self.feeds.statuses[304] <= self.plan.feeds:
            return False
        began = "select count(*) from feeds where baseline_at is not null"
        with contextlib.closing(sqlite3.connect(self.folder / "storm.db")) as db:
            return bool(db.execute(began).fetchone()[0] == self.plan.feeds)

    # ── what happens ──

    def _rage(self) -> None:
        """Kill again and again, while entries are published and channels close and open."""
        chores = [threading.Thread(target=chore) for chore in (self._publish, self._archive)]
        for chore in chores:
            chore.start()
        while self.report.kills.total() < self.plan.kills or chores[0].is_alive():
            self._one_life()
        self._over.set()
        for chore in chores:
            chore.join()

    def _one_life(self) -> None:
        when = self.dice.choices(get_args(When), weights=(4, 2, 2, 3))[0]
        self._killed.clear()
        self.nursery.start()
        ahead = self.dice.uniform(0.02, _LIFE_S)
        if when == "at any time":
            time.sleep(ahead)
        else:
            time.sleep(ahead / 2)  # else it would always be the first of its kind
            self._armed = when
            if not self._killed.wait(_LIFE_S):
                when = "at any time"
        self._armed = None
        self.nursery.kill()
        code = self.nursery.reap()
        self.report.crashes += code != -signal.SIGKILL
        self.report.kills[when] += 1

    def _strike(self, when: When) -> None:
        """Kill the bot if this is the moment; called from the servers' threads."""
        if self._armed != when:
            return
        self._armed = None
        if when == "while polling":
            time.sleep(random.random() * 0.05)
        self.nursery.kill()
        self._killed.set()

    def _publish(self) -> None:
        """Publish entries at the pace of the kills: wanted in one channel, in two, in none."""
        while len(self.wanted) < self.plan.alerts:
            done = self.report.kills.total() / self.plan.kills
            if len(self.wanted) > done * self.plan.alerts + 20:
                time.sleep(0.05)
                continue
            number = next(self._numbers)
            channels = self.dice.sample(sorted(WORDS), self.dice.choice((0, 1, 1, 1, 2)))
            words = " ".join(WORDS[channel] for channel in channels) or "festival"
            title = f"{invented(number)} {words}"
            self.wanted |= {(channel, title) for channel in channels}
            self.feeds.publish(self.dice.randrange(self.plan.feeds), title)

    def _archive(self) -> None:
        while not self._over.wait(self.dice.uniform(2, 6)):
            channel = self.slack.channels[self.dice.choice(sorted(WORDS))]
            channel.archived = True
            self.report.archived += 1
            self._over.wait(_ARCHIVED_S)
            channel.archived = False

    # ── the account ──

    def _settle(self) -> None:
        """Run without faults until everything is said; then once more, to see that no more is."""
        self.slack.dice.is_calm = True
        self._armed = None
        began = time.monotonic()
        self.nursery.start()
        self._wait_for_alerts()
        self._ask_for_what_waits()
        self.report.settled_s = time.monotonic() - began
        time.sleep(2 * (SEND_S + GRACE_S) + 2)  # look-ups and sweeps
        for _ in range(self.plan.restarts):
            self.nursery.kill(signal.SIGTERM)
            self.report.crashes += self.nursery.reap() != 0
            self.nursery.start()
            time.sleep(2)
        self.nursery.kill(signal.SIGTERM)
        self.report.crashes += self.nursery.reap() != 0
        wait_until(lambda: self.nursery.left_over() == 0, timeout_s=10)
        self.report.left_over = self.nursery.left_over()

    def _wait_for_alerts(self) -> None:
        """Wait until all are there, or none has come for a while."""
        missing, since = self._missing(), time.monotonic()
        while missing and time.monotonic() - since < 30:
            time.sleep(0.2)
            before, missing = missing, self._missing()
            since = time.monotonic() if missing < before else since

    def _ask_for_what_waits(self) -> None:
        """Do what a flood's notice offers: post what else a feed brought at once."""
        self.report.floods = sum(map(len, self._floods().values()))
        for feed in {feed for listed in self._floods().values() for feed in listed}:
            command = [sys.executable, "-m", "bot", "watch", "--config", str(self.config)]
            subprocess.run(
                [*command, "feed", "post", feed],
                check=True,
                env=self.nursery.environ,
                stdout=subprocess.DEVNULL,
            )
        self._wait_for_alerts()

    def _floods(self) -> dict[str, list[str]]:
        """Return the feeds that brought too much at once, by the channel that was told so."""
        return {
            channel: [
                found[1]
                for message in self.slack.messages(channel)
                if (found := _FLOOD.search(str(message["text"])))
            ]
            for channel in WORDS
        }

    def _shown(self) -> Counter[tuple[str, str]]:
        """Count how often each channel shows each title that belongs there; others under ''."""
        shown: Counter[tuple[str, str]] = Counter()
        for channel in WORDS:
            titles = {
                " ".join(title.split()[:4]): title for at, title in self.wanted if at == channel
            }
            for message in self.slack.messages(channel):
                if _FLOOD.search(str(message["text"])):
                    continue
                found = [titles[four] for four in titles if four in str(message["text"])]
                for title in found or [f"? {message['text']}"]:
                    shown[channel, title] += 1
        return shown

    def _missing(self) -> int:
        return len(self.wanted - set(self._shown()))

    def _count(self) -> None:
        report, shown = self.report, self._shown()
        report.planted = len(self.wanted)
        report.lost = sorted(f"{c}: {t}" for c, t in self.wanted - set(shown))
        report.doubled = sorted(
            f"{c}: {t}" for (c, t), times in shown.items() if times > 1 and (c, t) in self.wanted
        )
        report.unwanted = sorted(f"{c}: {t}" for c, t in set(shown) - self.wanted)
        report.swept = sum(times - 1 for times in self.slack.accepted.values())
        report.looked_up = self.slack.lookups
        report.faults = self.slack.dice.thrown
        with contextlib.closing(sqlite3.connect(self.folder / "storm.db")) as db:
            states = "select state, count(*) from deliveries where state <> 'sent' group by state"
            report.open = Counter(dict(db.execute(states).fetchall()))
            found = "select count(*) from deliveries where reason like 'found in%'"
            report.reconciled = db.execute(found).fetchone()[0]
            again = "select coalesce(sum(attempts - 1), 0) from deliveries"
            report.sent_again = db.execute(again).fetchone()[0]
