"""A desk to ask at: a real store, real rules, a small gazetteer, a clock that is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.absorb import absorb
from bot.commands import (
    Asker,
    Channel,
    ConsoleDirectory,
    Desk,
    Directory,
    Reply,
    explained,
    press,
    run,
)
from bot.commands.pace import Pace
from bot.core.entities import Gazetteer
from bot.core.models import Entity, Entry, Feed, Kind, Message, ParsedFeed
from bot.core.render import literal
from bot.errors import WatchdeskError
from bot.feeds.fetch import AddressPolicy, Fetcher
from bot.feeds.parse import parse_document
from bot.rulebook import Rulebook
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
from bot.storyline import Storyline
from bot.team import TeamGazetteer
from tests.flow.parts import Apart
from tests.servers.block_kit import problems

NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)  # a Wednesday
ANA, BEN, BOSS = "U0ANA0000", "U0BEN0000", "U0BOSS000"


def place(
    key: str, name: str, *names: str, parent: str | None = None, kind: str = "country"
) -> Entity:
    return Entity(
        id=key, kind=Kind.LOCATION, name=name, type=kind, names=(name, *names), parent=parent
    )


GAZETTEER = Gazetteer(
    [
        place("loc:KP", "North Korea", "DPRK", "Pyongyang"),
        place("loc:KP/sohae", "Sohae", "Tongchang-ri", parent="loc:KP", kind="site"),
        place("loc:GE", "Georgia"),
        place("loc:US/ga", "Georgia", kind="region"),
        Entity(
            id="act:kim",
            kind=Kind.ACTOR,
            name="Kim Jong Un",
            type="person",
            names=("Kim Jong Un", "Kim Jong-un"),
        ),
    ]
)


@dataclass(frozen=True)
class Town:
    """A directory as Slack's: public and private channels, and who is in them."""

    members: dict[str, set[str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)

    def find(self, reference: str, *, user: str) -> Channel | None:
        if reference.startswith("D"):
            return Channel(address="D" + user[1:], name="direct messages", is_member=True)
        if reference not in self.members:
            return None
        return Channel(
            address=reference,
            name=reference,
            is_member=True,
            is_archived=reference in self.archived,
        )

    def shown(self, address: str) -> str:
        return literal(address)

    def is_private(self, address: str) -> bool:
        return address in self.private or address not in self.members

    def is_member(self, address: str, *, user: str) -> bool:
        return user in self.members.get(address, ())

    def permalink(self, address: str, ts: str) -> str | None:
        return f"https://chat.example/{address.strip('#')}/{ts}"

    def insisting(self) -> Town:
        return self


@dataclass
class Room:
    """Everything a command meets, and short ways to ask."""

    store: Store
    desk: Desk
    now: list[datetime] = field(default_factory=lambda: [NOW])
    asker: Asker = field(default_factory=lambda: Asker(user=ANA, channel="#nk", name="ana"))
    stories: Storyline = field(init=False)

    def __post_init__(self) -> None:
        self.stories = Apart(self.store, lambda: GAZETTEER)

    def __call__(self, text: str, *, as_: str = "", at: str = "", command: str = "watch") -> str:
        """Ask and return what the answer says; errors are raised."""
        return said(self.ask(text, as_=as_, at=at, command=command).message)

    def ask(self, text: str, *, as_: str = "", at: str = "", command: str = "watch") -> Reply:
        asker = self.who(as_, at, f"/{command}")
        reply = run(self.desk, asker, "digest" if command == "digest" else "watch", text)
        for message in (reply.message, *(line for _, line in reply.public)):
            assert problems(payload(message), mentions=True) == []
        return reply

    def refused(self, text: str, *, as_: str = "", at: str = "", command: str = "watch") -> str:
        """Ask for what can't be and return what the error says."""
        try:
            self.ask(text, as_=as_, at=at, command=command)
        except WatchdeskError as error:
            message = explained(error)
            assert problems(payload(message), mentions=True) == []
            return said(message)
        raise AssertionError(f"not refused: {text}")

    def press(self, action_id: str, value: str, *, as_: str = "", at: str = "") -> str:
        reply = press(self.desk, self.who(as_, at), action_id, value)
        assert problems(payload(reply.message), mentions=True) == []
        return said(reply.message)

    def press_refused(self, action_id: str, value: str, *, as_: str = "", at: str = "") -> str:
        try:
            self.press(action_id, value, as_=as_, at=at)
        except WatchdeskError as error:
            return said(explained(error))
        raise AssertionError(f"not refused: {action_id} {value}")

    def who(self, user: str = "", channel: str = "", invoked_as: str = "/watch") -> Asker:
        asker = replace(self.asker, invoked_as=invoked_as)
        return replace(asker, user=user or asker.user, channel=channel or asker.channel)

    def clock(self) -> datetime:
        return self.now[0]

    def forward(self, **amount: float) -> None:
        self.now[0] += timedelta(**amount)

    def feed(self, title: str = "Harbour Wire", url: str = "https://harbour.example/rss") -> int:
        return self.store.feeds.add(Feed(url=url, title=title, origin=ANA), now=self.clock())

    def publish(self, *entries: Entry, feed: int = 0, first: bool = False) -> None:
        """Let a feed carry entries; the first poll of a feed is its baseline unless told so."""
        known = self.store.feeds.get(feed or self.feed())
        assert known is not None
        if not first:
            state = replace(known.state, baseline_at=known.state.baseline_at or NOW)
            known = KnownFeed(known.feed, state)
        with self.store.transaction():
            rules = self.desk.book.current(self.clock())
            absorb(
                self.store,
                self.stories,
                rules,
                known,
                ParsedFeed(entries=entries),
                now=self.clock(),
            )
            self.store.feeds.learn(known.feed.id, replace(known.state, last_ok_at=self.clock()))


def story(number: int, title: str, summary: str = "", *, at: datetime | None = NOW) -> Entry:
    return Entry(
        key=f"k{number}",
        title=title,
        summary=summary,
        url=f"https://harbour.example/{number}",
        published=at,
    )


@contextmanager
def open_room(
    *,
    admins: Sequence[str] = (BOSS,),
    directory: Directory | None = None,
    url: str = "sqlite://",
) -> Iterator[Room]:
    store = open_store(url)
    now = [NOW]
    fetcher = Fetcher(
        user_agent="Watchdesk/test", policy=AddressPolicy(allow=("127.0.0.0/8",)), total_s=5
    )
    try:
        desk = Desk(
            store=store,
            book=Rulebook(store, TeamGazetteer(store, lambda: GAZETTEER)),
            clock=lambda: now[0],
            directory=directory or ConsoleDirectory({"#dmz": "C0DMZ0000"}),
            fetcher=fetcher,
            read=parse_document,
            admins=tuple(admins),
            pace=Pace(most=10_000),  # the clock stands still here
        )
        yield Room(store, desk, now)
    finally:
        fetcher.close()
        store.close()


def payload(message: Message) -> dict[str, object]:
    return {"text": message.text, "blocks": list(message.blocks)}


def said(message: Message) -> str:
    """Return a message's words as they go to Slack, those of digests included."""
    return "\n".join(
        [message.text, *(words for block in message.blocks for words in _words(block))]
    )


def _words(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in {"text", "fallback"} and isinstance(value, str):
                yield value
            else:
                yield from _words(value)
    elif isinstance(part, (list, tuple)):
        for one in part:
            yield from _words(one)


def owed_digests(room: Room, channel: str = "#nk") -> list[str]:
    """Return what the digests say that a channel is owed, as they will be sent."""
    rows = room.store._db.rows(
        "select id from deliveries where kind = 'digest' and channel = :at order by rowid",
        {"at": channel},
    )
    found = [room.store.deliveries.get(row["id"]) for row in rows]
    messages = [one.message for one in found if one and one.message]
    assert not any(problems(payload(message)) for message in messages)  # they call nobody
    return [said(message) for message in messages]


def buttons(message: Message) -> dict[str, str]:
    """Return the buttons below a message: action id → value."""
    return {
        element["action_id"]: element.get("value", "")
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


# ── pages on loopback ─────────────────────────────────────────────────────────


def rss(title: str, *items: tuple[str, str]) -> bytes:
    parts = "".join(
        f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid>"
        f"<pubDate>{date}</pubDate></item>"
        for name, date in items
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{parts}</channel></rss>".encode()


@contextmanager
def pages(**content: tuple[str, bytes]) -> Iterator[str]:
    """Serve path → (content type, body) on loopback and yield the address."""

    class Door(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            kind, body = content.get(self.path.strip("/"), ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
