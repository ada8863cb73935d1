"""The edges of the process, small: a scripted fetcher, a recording sink, a clock that is told."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.core.entities import Gazetteer
from bot.core.models import (
    Entity,
    Entry,
    Kind,
    Message,
    Outcome,
    Rule,
    Sent,
    Unknown,
    Unreadable,
)
from bot.core.rules import canonical, parse
from bot.feeds.fetch import Fetched, FetchRequest, FetchResult
from bot.feeds.parse import parse_document
from bot.poll import Poller
from bot.rulebook import Rulebook
from bot.store import Store
from bot.storyline import Placed, Storyline

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that goes when told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class FakeFetch:
    """Answers from a dict of URL → result; records what was asked."""

    answers: dict[str, FetchResult] = field(default_factory=dict)
    asked: list[FetchRequest] = field(default_factory=list)

    def fetch(
        self, requests: Iterable[FetchRequest], *, now: datetime
    ) -> Iterator[tuple[FetchRequest, FetchResult]]:
        for request in requests:
            self.asked.append(request)
            yield request, self.answers[request.url]


Found = tuple[str, ...] | Unknown | Unreadable


@dataclass
class RecordingSink:
    """Says what it was told to say; remembers what became visible."""

    outcomes: list[Outcome] = field(default_factory=list)  #: the next ones; Sent when empty
    visible: list[tuple[str, str, Message]] = field(default_factory=list)
    found: Callable[[str], Found] = lambda _: ()
    deleted: list[str] = field(default_factory=list)
    threads: list[tuple[str | None, bool]] = field(default_factory=list)  #: beside `visible`
    edits: list[tuple[str, str, Message]] = field(default_factory=list)

    def send(
        self,
        delivery_id: str,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> Outcome:
        outcome = self._next(f"{len(self.visible)}.0")
        if isinstance(outcome, Sent):
            self.visible.append((channel, delivery_id, message))
            self.threads.append((thread, broadcast))
        return outcome

    def edit(self, channel: str, ts: str, message: Message) -> Outcome:
        outcome = self._next(ts)
        if isinstance(outcome, Sent):
            self.edits.append((channel, ts, message))
        return outcome

    def find(
        self, delivery_id: str, channel: str, since: datetime, *, thread: str | None = None
    ) -> Found:
        return self.found(delivery_id)

    def delete(self, channel: str, ts: str) -> Outcome:
        outcome = self._next(ts)
        if isinstance(outcome, Sent):
            self.deleted.append(ts)
        return outcome

    def _next(self, ts: str) -> Outcome:
        return self.outcomes.pop(0) if self.outcomes else Sent(ts=ts)

    def texts(self, channel: str = "#nk") -> list[str]:
        return [message.text for name, _, message in self.visible if name == channel]


GAZETTEER = Gazetteer(
    [
        Entity(
            id="loc:KP",
            kind=Kind.LOCATION,
            name="North Korea",
            type="country",
            names=("North Korea", "DPRK", "Pyongyang"),
            country="KP",
        ),
        Entity(
            id="loc:KP/sohae",
            kind=Kind.LOCATION,
            name="Sohae",
            type="site",
            names=("Sohae", "Tongchang-ri"),
            parent="loc:KP",
            country="KP",
        ),
    ]
)


def rss(*entries: tuple[str, str], summary: str = "", site: str = "https://a.example") -> bytes:
    """Return an RSS document of (guid, title) entries, dated by their place."""
    parts = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>{site}/{guid}</link><description>{summary}</description></item>"
        for guid, title in entries
    )
    return f"<rss version='2.0'><channel><title>A</title>{parts}</channel></rss>".encode()


def fetched(body: bytes, url: str = "https://a.example/rss", **more: object) -> Fetched:
    values: dict[str, object] = {
        "url": url,
        "status": 200,
        "body": body,
        "content_type": "application/rss+xml",
        "etag": '"1"',
        "last_modified": None,
        "floor_s": 0,
    }
    return Fetched(**(values | more))  # type: ignore[arg-type]


class Apart(Storyline):
    """Lets every entry tell a story of its own: most of what is tested here is not about them."""

    def place(self, entry: Entry, now: datetime) -> Placed:
        return replace(super().place(entry, now), story_id=None, news=()).alone()


def placed_in(
    placed: Placed, story: int | None, gathered: tuple[int, ...], *, is_copy: bool = False
) -> Placed:
    """Return where an entry belongs as a test says it, whatever was found."""
    kind: Literal["", "copy", "report"] = "copy" if is_copy else "report"
    kind = kind if story is not None or gathered else ""
    return replace(placed, story_id=story, kind=kind, news=(), gathered=gathered)


def make_poller(
    store: Store, fetch: FakeFetch, clock: FakeClock, stories: Storyline | None = None
) -> Poller:
    book = Rulebook(store, lambda: GAZETTEER)
    stories = stories or Apart(store, lambda: GAZETTEER)
    return Poller(store, fetch, parse_document, book, stories, clock)  # type: ignore[arg-type]


def add_rule(store: Store, query: str, channel: str = "#nk", name: str = "") -> Rule:
    text = canonical(parse(query))
    rule = Rule(name=name or text, query=text, channel=channel, owner="U1")
    return store.rules.add(rule, who="U1", now=START)
