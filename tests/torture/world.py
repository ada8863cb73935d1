"""A whole Watchdesk inside one test: feeds, a database file, Slack's workspace, one told clock."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from bot.compose import Budget
from bot.config import Secret
from bot.core.models import Entry, Feed
from bot.deliver import Courier, deliver_due
from bot.feeds.fetch import Fetched, FetchFailed, FetchRequest, FetchResult, NotModified
from bot.poll import poll_due
from bot.sinks.slack import SlackSink
from bot.store import open_store
from bot.storyline import Placed
from tests.flow.parts import GAZETTEER, Apart, FakeClock, add_rule, make_poller
from tests.torture.fuse import Died, Fuse, Fused, fused_connections
from tests.torture.wire import API_URL, CHANNELS, Office, Wire
from tests.torture.words import invented

FEEDS = ("https://a.example/rss", "https://b.example/rss")
ONE, TWO = CHANNELS
#: What the two rules look for, and thus where an entry with these words belongs.
WORDS = {ONE: "missile", TWO: "reactor"}

FeedTrouble = Literal["500", "garbage", "cut"]


@dataclass
class Newsstand:
    """Feeds that answer with ETags, in the shape the poller fetches from."""

    entries: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: {url: [("k0", "Harvest festival opens quietly")] for url in FEEDS}
    )
    troubles: list[FeedTrouble] = field(default_factory=list)

    def publish(self, url: str, title: str) -> None:
        """Add an entry to a feed."""
        self.entries[url].append((title.split(maxsplit=1)[0], title))

    def fetch(
        self, requests: Iterable[FetchRequest], *, now: object
    ) -> Iterator[tuple[FetchRequest, FetchResult]]:
        """Answer as a server with validators would, or as told to misbehave."""
        for request in requests:
            yield request, self._answer(request)

    def _answer(self, request: FetchRequest) -> FetchResult:
        entries = self.entries[request.url]
        etag = f'"{len(entries)}"'
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble == "500":
            return FetchFailed(reason="HTTP 500", code="http", status=500)
        if trouble == "garbage":  # with the validator of what it hides
            page = b"<html><title>Sign in</title><body>Please sign in</body></html>"
            return Fetched(url=request.url, body=page, content_type="text/html", etag=etag)
        if request.etag == etag:
            return NotModified(etag=etag)
        body = document(request.url, entries)
        if trouble == "cut":  # a connection that ended early and did not say so
            body = body[: len(body) * 2 // 3]
        return Fetched(url=request.url, body=body, content_type="application/rss+xml", etag=etag)


def document(url: str, entries: list[tuple[str, str]]) -> bytes:
    """Return a feed's document; which end is the newest differs from feed to feed."""
    site = url.removesuffix("/rss")
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>{site}/{guid}</link></item>"
        for guid, title in (entries if url == FEEDS[1] else entries[::-1])
    )
    return f"<rss version='2.0'><channel><title>{site}</title>{items}</channel></rss>".encode()


class Sagas(Apart):
    """Entries with the same saga in their titles tell one story; any other has its own.

    One that names two sagas shows that they are the same.
    """

    def place(self, entry: Entry, now: datetime) -> Placed:
        placed = super().place(entry, now)
        sagas = next((word for word in entry.title.split() if word.startswith("saga")), "")
        stories = sorted({story for saga in sagas.split("+") if (story := self._story(saga))})
        if not stories:
            return placed
        one, *others = stories
        return replace(placed, story_id=one, kind="report", gathered=tuple(self._entries(others)))

    def record(self, placed: Placed, entry_id: int, story_id: int, now: datetime) -> None:
        super().record(placed.alone(), entry_id, story_id, now)  # another process may have the rest

    def _story(self, saga: str) -> int | None:
        first = "select story_id from entries where title like '% ' || :saga limit 1"
        row = self._store._db.row(first, {"saga": saga}) if saga else None
        return row["story_id"] if row else None

    def _entries(self, stories: list[int]) -> Iterator[int]:
        for story in stories:
            for one in self._store.entries.of_story(story):
                yield one.entry.id


class Bot:
    """The parts of one process over the database file."""

    def __init__(self, world: World, fuse: Fuse | None = None) -> None:
        self.world = world
        with fused_connections():
            self.store = open_store(world.url)
        connection = self.store._db._conn
        assert isinstance(connection, Fused)
        self.connection = connection
        self.fuse = fuse or Fuse()
        self.connection.fuse = fuse
        sink = world.open_sink(self.fuse)
        self.wire: Any = sink._client
        stories = Sagas(self.store, lambda: GAZETTEER)
        poller = make_poller(self.store, world.stand, world.clock, stories)  # type: ignore[arg-type]
        self.poller = replace(poller, readers=1)  # points come in the same order every time
        self.courier = Courier(self.store, sink, world.clock, budget=Budget(1000))
        world.spoil(self)

    def poll(self) -> None:
        """Poll what is due."""
        poll_due(self.poller)

    def deliver(self) -> None:
        """Deliver what is due."""
        deliver_due(self.courier)

    def close(self) -> None:
        """Be gone; what was not committed is not there."""
        self.connection.fuse = None
        if self.connection.in_transaction:  # a cursor somewhere would keep it open
            self.connection.execute("ROLLBACK")
        self.store.close()


@dataclass
class World:
    """Everything around the bot, and the account of what it should have said."""

    folder: Path
    spoil: Callable[[Bot], None] = lambda _: None  #: what is done wrong in every process
    wanted: set[tuple[str, str]] = field(default_factory=set)  #: channel, title

    def __post_init__(self) -> None:
        self.truth = FakeClock()  #: Slack's and everybody's
        self.skew = timedelta(0)  #: what our machine's clock makes of it
        self.office = Office(self.truth)
        self.stand = Newsstand()
        self.published = 0

    def clock(self) -> datetime:
        """Return what our machine takes for the time."""
        return self.truth() + self.skew

    @property
    def url(self) -> str:
        """Return the database's address."""
        return f"sqlite:///{self.folder / 'w.db'}"

    def open_sink(self, fuse: Fuse) -> SlackSink:
        """Return the real sink, whose requests reach the office."""
        sink = SlackSink(Secret(self.office.workspace.token), API_URL)
        sink._client = Wire(self.office, fuse.strike)
        return sink

    def set_up(self) -> None:
        """Record feeds and rules, and the feeds' baseline."""
        if (template := self.folder.parent / "template.db").exists():
            shutil.copyfile(template, self.folder / "w.db")
        else:
            self._record()
            shutil.copyfile(self.folder / "w.db", template)
        self.truth.forward(seconds=120)

    def _record(self) -> None:
        bot = Bot(self)
        for url in FEEDS:
            bot.store.feeds.add(Feed(url=url, every_s=60), now=self.clock())
        for channel, word in WORDS.items():
            add_rule(bot.store, word, channel=channel)
        bot.poll()
        bot.close()

    def publish(self, url: str, *channels: str, saga: str = "") -> str:
        """Publish an entry that the rules of these channels want; return its title."""
        title = self.publish_words(url, [*(WORDS[channel] for channel in channels), saga])
        self.wanted |= {(channel, title) for channel in channels}
        return title

    def publish_three(self) -> None:
        """Publish an entry for one channel, for none, and for both."""
        self.publish(FEEDS[0], ONE)
        self.publish(FEEDS[0])
        self.publish(FEEDS[1], ONE, TWO)

    def publish_sagas(self) -> None:
        """Publish two stories that turn out to be one."""
        self.publish(FEEDS[0], ONE, saga="saga1")
        self.publish(FEEDS[0], ONE, TWO, saga="saga2")
        self.publish(FEEDS[1], ONE, saga="saga1+saga2")

    def publish_words(self, url: str, words: Iterable[str]) -> str:
        """Publish an entry with these words in its title, and return that."""
        self.published += 1
        title = f"{invented(self.published)} {' '.join(filter(None, words)) or 'festival'}"
        self.stand.publish(url, title)
        return title

    def forward(self, seconds: float) -> None:
        """Let time pass, and requests arrive that were on their way."""
        end = self.truth() + timedelta(seconds=seconds)
        for due in sorted(at for at, *_ in self.office.waiting if at <= end):
            self.truth.now = max(due, self.truth())
            self.office.settle()
        self.truth.now = max(end, self.truth())

    def live(self, fuse: Fuse) -> None:
        """Run a process that polls and delivers, until all is sent or its fuse blows."""
        bot = Bot(self, fuse)
        try:
            bot.poll()
            for _ in range(2):  # two alerts at most for a channel, and its pace
                bot.deliver()
                self.forward(2)
        except Died:
            pass
        finally:
            bot.close()

    def recover(self) -> None:
        """Run a process that nothing happens to, past every lease and grace, until all is said."""
        bot = Bot(self)
        try:
            for _ in range(2):
                self.forward(310)
                bot.poll()
                for _ in range(2):
                    bot.deliver()
                    self.forward(2)
        finally:
            bot.close()

    def account(self) -> Account:
        """Compare what is visible with what was wanted."""
        texts = {channel: self.office.texts(channel) for channel in CHANNELS}
        shown = Counter(
            (channel, title)
            for channel, title in self.wanted
            for text in texts[channel]
            if title in text
        )
        titles = {channel: {t for c, t in self.wanted if c == channel} for channel in CHANNELS}
        return Account(
            lost=sorted(self.wanted - set(shown)),
            doubled=sorted(one for one, times in shown.items() if times > 1),
            unwanted=[
                text
                for channel, listed in texts.items()
                for text in listed
                if not any(title in text for title in titles[channel])
            ],
        )


@dataclass(frozen=True)
class Account:
    """What became visible, compared with what should have."""

    lost: list[tuple[str, str]]
    doubled: list[tuple[str, str]]
    unwanted: list[str]

    @property
    def is_right(self) -> bool:
        """Whether everything wanted is visible once, and nothing else is."""
        return not (self.lost or self.doubled or self.unwanted)
