"""A loopback web server that publishes the demo's outlets: feeds, home pages, conditional GET."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from socketserver import TCPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self, cast

from bot.demo.documents import CONTENT_TYPES, write_document
from bot.demo.outlets import LAST_STEP, DemoEntry, Outlet, load_outlets

_PLACEHOLDER = "http://newsroom.example"  #: stands for our address in the demo's feeds.yaml


@dataclass(frozen=True, slots=True)
class _Page:
    """What a path answers."""

    body: bytes
    content_type: str
    etag: str
    last_modified: str


class Newsroom:
    """Serves every outlet on 127.0.0.1 while its `with` block lasts.

    Args:
        start: when the demo starts (aware); all dates are counted from it, so the same
            arguments and step always give the same bytes.
        pace: how much time the demo's clock lets pass between two steps.
        port: 0 takes any free one.
    """

    def __init__(self, start: datetime, *, pace: timedelta = timedelta(0), port: int = 0) -> None:
        self._start, self._pace = start, pace
        self._outlets = load_outlets()
        self._server = _Server(("127.0.0.1", port), _Answer)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.publish(0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def feed_url(self, outlet: Outlet) -> str:
        """Return where the outlet's feed is served."""
        return self.url + _feed_path(outlet)

    def home_url(self, outlet: Outlet) -> str:
        """Return where the outlet's home page is served; it links to the feed."""
        return f"{self.url}/{outlet.name}/"

    def publish(self, step: int) -> None:
        """Serve what the outlets have published by `step` (0 to `LAST_STEP`), at once."""
        if not 0 <= step <= LAST_STEP:
            raise ValueError(f"step {step} is not one of 0 to {LAST_STEP}")
        pages = {"/": self._html(self._outlets)}
        for outlet in self._outlets:
            pages[f"/{outlet.name}/"] = self._html((outlet,))
            pages[_feed_path(outlet)] = self._feed(outlet, step)
        self._server.pages = pages

    def take_tally(self) -> Counter[int]:
        """Return how often each HTTP status was answered since the last call."""
        with self._server.lock:
            tally, self._server.tally = self._server.tally, Counter()
        return tally

    def config_text(self) -> str:
        """Return the demo's `feeds.yaml`, its feeds at this newsroom's address."""
        template = files(__package__) / "feeds.yaml"
        return template.read_text("utf-8").replace(_PLACEHOLDER, self.url)

    def _feed(self, outlet: Outlet, step: int) -> _Page:
        changed = max(s for s in range(step + 1) if s == 0 or outlet.at(s) != outlet.at(s - 1))
        body = write_document(outlet, outlet.at(step), self._dated)
        kind = f"{CONTENT_TYPES[outlet.format]}; charset={outlet.encoding}"
        return _page(body, kind, self._start + timedelta(seconds=changed - LAST_STEP))

    def _dated(self, entry: DemoEntry) -> datetime:
        return self._start + entry.step * self._pace - timedelta(minutes=entry.ago)

    def _html(self, outlets: tuple[Outlet, ...]) -> _Page:
        links = "\n".join(
            f'<link rel="alternate" type="{CONTENT_TYPES[outlet.format]}"'
            f' title="{escape(outlet.title)}" href="{_feed_path(outlet)}">'
            for outlet in outlets
        )
        lines = "\n".join(
            f'<li lang="{outlet.lang}"><a href="/{outlet.name}/">{escape(outlet.title)}</a>:'
            f" {escape(outlet.about)}</li>"
            for outlet in outlets
        )
        title = outlets[0].title if len(outlets) == 1 else "The Watchdesk demo’s newsroom"
        text = f"""<!doctype html>
<html><head><meta charset="utf-8"><title>{escape(title)}</title>
{links}
</head><body><h1>{escape(title)}</h1>
<ul>
{lines}
</ul></body></html>
"""
        return _page(text.encode(), "text/html; charset=utf-8", self._start)


def _feed_path(outlet: Outlet) -> str:
    suffix = {"rss": "xml", "rdf": "rdf", "atom": "atom", "json": "json"}[outlet.format]
    return f"/feeds/{outlet.name}.{suffix}"


def _page(body: bytes, content_type: str, modified: datetime) -> _Page:
    # Weak, because one tag stands for the plain and the gzipped bytes.
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
    return _Page(body, content_type, etag, format_datetime(modified.astimezone(UTC), usegmt=True))


class _Server(ThreadingHTTPServer):
    """Holds what the answering threads share."""

    daemon_threads = True
    request_queue_size = 64

    pages: Mapping[str, _Page]
    tally: Counter[int]
    lock: Lock

    def server_bind(self) -> None:
        """Bind, without the name look-up that `HTTPServer` adds: it may wait for DNS."""
        self.pages, self.tally, self.lock = {}, Counter(), Lock()
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Answer(BaseHTTPRequestHandler):
    """One request."""

    server_version = "DemoNewsroom/1"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer 200, 304 or 404."""
        page = cast("_Server", self.server).pages.get(self.path.partition("?")[0])
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain"}, b"no such page\n")
            return
        headers = {"ETag": page.etag, "Last-Modified": page.last_modified}
        headers |= {"Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
        if self._has(page):
            self._answer(HTTPStatus.NOT_MODIFIED, headers, b"")
            return
        headers["Content-Type"] = page.content_type
        body = page.body
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        self._answer(HTTPStatus.OK, headers, body)

    def _has(self, page: _Page) -> bool:
        """Tell whether the client holds this version; a tag, when sent, decides alone."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return page.etag in (tag.strip() for tag in tags.split(","))
        return self.headers.get("If-Modified-Since") == page.last_modified

    def _answer(self, status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> None:
        server = cast("_Server", self.server)
        with server.lock:
            server.tally[status] += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited name
        """Stay quiet: the show counts requests instead."""
