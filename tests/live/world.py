"""Feeds that publish at random, the bot as a real process, and the account of what arrived."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

from tests.servers.slack_server import SlackServer

CHANNEL = "C0LIVE"
_WANTED = "A missile base numbered {n} is reported by outlet {feed}"
_UNWANTED = "Harvest festival number {n} opens in the town of outlet {feed}"


FeedTrouble = Literal["500", "503", "garbage", "reset", "cut"]


@dataclass
class Feeds:
    """Any number of feeds on one loopback server, with ETags; `publish` adds an entry to one.

    Args:
        count: how many.
        window: how many entries a document holds.
        trouble: says at each request what goes wrong with it, if anything.
        answered: is told of each answer that was written.
    """

    count: int
    window: int = 20
    trouble: Callable[[], FeedTrouble | None] = lambda: None
    answered: Callable[[], None] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.entries: list[list[tuple[str, str, str]]] = [[] for _ in range(self.count)]
        for feed in range(self.count):
            self.publish(feed, _UNWANTED.format(n=0, feed=feed))
        self._http = _Http(self)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def publish(self, feed: int, title: str) -> None:
        with self._lock:
            own = self.entries[feed]
            own.append((f"feed{feed}-{len(own)}", title, formatdate(time.time(), usegmt=True)))

    def document(self, feed: int) -> bytes:
        with self._lock:
            newest = self.entries[feed][-self.window :][::-1]
        parts = "".join(
            f"<item><guid isPermaLink='false'>{guid}</guid><title>{escape(title)}</title>"
            f"<link>https://outlet{feed}.example/{guid}</link><pubDate>{at}</pubDate></item>"
            for guid, title, at in newest
        )
        return f"<rss version='2.0'><channel><title>Outlet {feed}</title>{parts}</channel></rss>".encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, feeds: Feeds) -> None:
        self.feeds = feeds
        super().__init__(("127.0.0.1", 0), _Answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bot that is killed leaves its connections; that is no error of the world's."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""

    def do_GET(self) -> None:
        feeds = self.server.feeds
        body = feeds.document(int(self.path.strip("/").removesuffix(".xml")))
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        if trouble := feeds.trouble():
            self._misbehave(trouble, body, etag)
        else:
            same = self.headers.get("If-None-Match") == etag
            self._send(304 if same else 200, etag, "application/rss+xml", b"" if same else body)
        feeds.answered()

    def _send(self, status: int, etag: str, kind: str, body: bytes) -> None:
        self.server.feeds.statuses[status] += 1
        self.send_response(status)
        self.send_header("ETag", etag)
        if status == 503:
            self.send_header("Retry-After", "2")
        if status != 304:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _misbehave(self, trouble: FeedTrouble, body: bytes, etag: str) -> None:
        """Go wrong, with the validator of the document that should have come."""
        match trouble:
            case "500" | "503":
                self._send(int(trouble), etag, "text/html", b"<html>out of order</html>")
            case "garbage":
                self._send(200, etag, "text/html", b"<html><p>Please sign in</p></html>")
            case "reset":
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])
            case "cut":  # half a document that says neither how long it is nor that it ended
                self.send_response(200)
                self.send_header("ETag", etag)
                self.send_header("Content-Type", "application/rss+xml")
                self.end_headers()
                self.wfile.write(body[: len(body) * 2 // 3])
        self.close_connection |= trouble in {"reset", "cut"}


def write_config(path: Path, feeds: Feeds, *, every: str) -> Path:
    """Write the feeds.yaml of this world."""
    lines = [
        "settings: {allow_addresses: [127.0.0.0/8], per_hour: 1000}",  # a day in a few minutes
        f'channels: [{{name: "#live", id: {CHANNEL}}}]',
        'rules: [{name: Bases, channel: "#live", keywords: ["missile base*"]}]',
        "feeds:",
        *(f"  - {{url: {feeds.url}/{n}.xml, every: {every}}}" for n in range(feeds.count)),
    ]
    path.write_text("\n".join(lines))
    return path


@contextmanager
def running_bot(
    folder: Path, config: Path, slack: SlackServer
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `bot run` in Socket Mode until the block ends, then stop it as a supervisor would."""
    environ = os.environ | {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'live.db'}",
    }
    command = [sys.executable, "-m", "bot", "--log", "warning", "run", "--config", str(config)]
    with (folder / "bot.log").open("ab") as log:
        bot = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            yield bot
        finally:
            bot.send_signal(signal.SIGTERM)
            try:
                bot.wait(30)
            except subprocess.TimeoutExpired:
                bot.kill()
                bot.wait()


@dataclass
class Account:
    """What was planted and what became visible."""

    planted: set[str]
    texts: list[str]

    @property
    def lost(self) -> list[str]:
        return [title for title in self.planted if not any(title in text for text in self.texts)]

    @property
    def doubled(self) -> list[str]:
        return [title for title in self.planted if sum(title in text for text in self.texts) > 1]

    @property
    def unwanted(self) -> list[str]:
        return [text for text in self.texts if not any(title in text for title in self.planted)]


def publish_at_random(
    feeds: Feeds, *, seconds: float, alerts: int, noise: int, seed: int
) -> set[str]:
    """Publish wanted and unwanted entries at random times and feeds; return the wanted titles."""
    dice = random.Random(seed)
    plan = sorted(
        (dice.uniform(0, seconds), dice.randrange(feeds.count), number, number < alerts)
        for number in range(alerts + noise)
    )
    planted, start = set(), time.monotonic()
    for at, feed, number, is_wanted in plan:
        time.sleep(max(0, start + at - time.monotonic()))
        title = (_WANTED if is_wanted else _UNWANTED).format(n=f"{number:05d}", feed=feed)
        feeds.publish(feed, title)
        if is_wanted:
            planted.add(title)
    return planted


def visible(slack: SlackServer) -> list[str]:
    """Return the texts of what the channel shows."""
    return [str(message["text"]) for message in slack.messages(CHANNEL)]


def wait_until(ready: Any, *, timeout_s: float) -> bool:
    """Look every tenth of a second until `ready()`; False if it never was."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(0.1)
    return False
