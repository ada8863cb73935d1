"""HTTP mode: one path, small bodies, short patience; TLS is the proxy's in front."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slack_bolt import App, BoltRequest

from bot import __version__
from bot.log import get_logger

log = get_logger(__name__)

PATH = "/slack/events"
MAX_BODY = 1_000_000  #: Slack's requests stay far below
READ_S = 10  #: how long a client may take for any part of its request
BUSIEST = 32  #: requests at the same time; more are told to come back


@contextmanager
def serving_http(app: App, *, port: int, host: str = "0.0.0.0") -> Iterator[int]:  # noqa: S104
    """Serve signed requests on `http://host:port/slack/events` while inside; yield the port.

    A container has to listen on all its addresses; every request must carry Slack's signature.

    Args:
        app: built with a signing secret.
        port: 0 for any free one.
        host: the address to listen on.
    """
    server = _Server((host, port), app)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="http", daemon=True)
    thread.start()
    log.info("listening for Slack", host=host, port=server.server_address[1], path=PATH)
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], app: App) -> None:
        self.app = app
        self.free = threading.Semaphore(BUSIEST)
        super().__init__(address, _Door)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with one connection; the others go on."""
        log.error("request failed", reason=repr(sys.exception()))


class _Door(BaseHTTPRequestHandler):
    server: _Server
    timeout = READ_S
    server_version = f"Watchdesk/{__version__}"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep addresses and paths out of the log."""

    def do_POST(self) -> None:
        """Let Bolt answer a request for our path."""
        if self.path.partition("?")[0] != PATH:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > MAX_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif not self.server.free.acquire(blocking=False):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            try:
                self._dispatch(self.rfile.read(int(length)))
            finally:
                self.server.free.release()

    def _dispatch(self, raw: bytes) -> None:
        try:
            body = raw.decode()
        except UnicodeDecodeError:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        headers: dict[str, str | Sequence[str]] = {
            name: [value] for name, value in self.headers.items()
        }
        answer = self.server.app.dispatch(BoltRequest(body=body, headers=headers))
        content = (answer.body or "").encode()
        self.send_response(answer.status)
        for name, value in answer.first_headers_without_set_cookie().items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True  # its body, if any, was not read
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
