"""A strict Slack on loopback: the Web API over real HTTP, response URLs, Socket Mode, and faults.

with SlackServer() as slack:
    slack.add_channel("C1", "alerts")
    slack.faults.push("reset_after_accept", channel="C1")
    ...  # SLACK_API_URL = slack.api_url, SLACK_BOT_TOKEN = slack.token
    slack.messages("C1")
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.servers.block_kit import problems
from tests.servers.faults import Fault, Faults
from tests.servers.slack_parts import Json
from tests.servers.slack_workspace import Workspace
from tests.servers.socket_mode import Sockets, upgrade

_JSON_FIELDS = ("blocks", "attachments", "metadata", "view", "files")
_RESPONSE_USES, _RESPONSE_S = 5, 1800


@dataclass(frozen=True, slots=True)
class Call:
    """A request that arrived, and how it was answered: an error code, "ok", or a fault's kind."""

    method: str
    args: Mapping[str, Any]
    answer: str


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer an interaction: five times in half an hour."""

    expires: float
    uses: int = 0


class SlackServer(Workspace):
    """The workspace, served."""

    def __init__(
        self,
        *,
        token: str = "xoxb-test-token",
        app_token: str = "xapp-test-token",
        clock: Callable[[], float] = time.time,
        mentions: bool = False,
    ) -> None:
        super().__init__(token=token, app_token=app_token, clock=clock, mentions=mentions)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.responses: list[Json] = []
        self.sockets = Sockets()
        self.closing = threading.Event()
        self._noted = threading.Condition(self._lock)
        self._response_urls: dict[str, ResponseUrl] = {}
        self._http = _Listener(self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.02,), name="slack-server", daemon=True
        )

    @property
    def url(self) -> str:
        """Return where it listens, without a path."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def api_url(self) -> str:
        """Return what SLACK_API_URL should be."""
        return f"{self.url}/api/"

    def new_response_url(self) -> str:
        """Return a response_url as Slack puts it into a request."""
        with self._lock:
            name = f"{self.next_number()}"
            self._response_urls[name] = ResponseUrl(self.clock() + _RESPONSE_S)
        return f"{self.url}/response/{name}"

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method so far."""
        with self._lock:
            return [one for one in self.calls if one.method == method]

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 30) -> None:
        """Return once something is so; asked again after each call.

        Raises:
            TimeoutError: it did not become so.
        """
        with self._noted:
            if not self._noted.wait_for(ready, timeout_s):
                raise TimeoutError

    def start(self) -> Self:
        """Serve in the background."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop; whoever still waits for an answer loses the connection."""
        self.closing.set()
        self.sockets.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ── what the HTTP side calls ──────────────────────────────────────────────

    def note(self, method: str, args: Mapping[str, Any], answer: str) -> None:
        """Remember a call."""
        with self._lock:
            self.calls.append(Call(method, args, answer))
            self._noted.notify_all()

    def new_socket_url(self) -> str:
        """Return where Socket Mode connects; each address is good for one connection."""
        with self._lock:
            ticket = self.sockets.new_ticket(self.next_number())
        return f"{self.url.replace('http', 'ws', 1)}/link/?ticket={ticket}"

    def upload_url(self, file_id: str) -> str:
        """Return where the bytes of a file go."""
        return f"{self.url}/upload/v1/{file_id}"

    def respond(self, name: str, body: Json) -> str:
        """Take an answer to an interaction; return "ok" or Slack's word for no."""
        with self._lock:
            address = self._response_urls.get(name)
            if address is None or self.clock() > address.expires:
                return "expired_url"
            if address.uses >= _RESPONSE_USES:
                return "used_url"
            address.uses += 1
            content: Json = {key: body[key] for key in ("text", "blocks") if key in body}
            found = problems(content, mentions=True) + self.unusable_files(body.get("blocks"))
            if not body.get("delete_original") and found:
                return f"invalid_blocks {found}"
            self.responses.append({**body, "response_url": name})
        return "ok"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, slack: SlackServer) -> None:
        self.slack = slack
        super().__init__(("127.0.0.1", 0), _Door)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client that went away go; anything else is a bug to be seen."""
        import sys  # noqa: PLC0415

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Door(BaseHTTPRequestHandler):
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/link/":
            upgrade(self, self.server.slack.sockets)
        else:
            self._api()

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/response/"):
            said = self.server.slack.respond(path.rpartition("/")[2], json.loads(self._body()))
            self._send(200 if said == "ok" else 404, said.encode(), "text/plain")
        elif path.startswith("/upload/"):
            self._upload(path.rpartition("/")[2])
        else:
            self._api()

    def _upload(self, file_id: str) -> None:
        """Take raw bytes; the address alone says whose they are."""
        slack, body = self.server.slack, self._body()
        fault = slack.faults.pull("upload", None)
        if fault is not None:
            slack.note("upload", {"file": file_id}, fault.kind)
            self._misbehave(fault)
            return
        taken = "Authorization" not in self.headers and slack.take_bytes(file_id, body)
        slack.note("upload", {"file": file_id}, "ok" if taken else "refused")
        said = f"OK - {len(body)}" if taken else "no such upload"
        self._send(200 if taken else 400, said.encode(), "text/plain")

    def _api(self) -> None:
        path = urlsplit(self.path).path
        if not path.startswith("/api/"):
            self._send(404, b"no such page", "text/plain")
            return
        slack, method = self.server.slack, path.removeprefix("/api/")
        args = self._args()
        token = self._token(args)
        fault = slack.faults.pull(method, args.get("channel"))
        if fault is not None:
            slack.note(method, args, fault.kind)
            if "after_accept" in fault.kind:
                slack.call(method, args, token)
            self._misbehave(fault)
            return
        answer = slack.call(method, args, token)
        if method == "apps.connections.open" and answer["ok"]:
            answer["url"] = slack.new_socket_url()
        slack.note(method, args, "ok" if answer["ok"] else answer["error"])
        self._answer(answer)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _args(self) -> Json:
        """Return the arguments, however the SDK sent them."""
        body = self._body()
        query = _form(urlsplit(self.path).query)
        if self.headers.get_content_type() == "application/json":
            sent = json.loads(body) if body else {}
            return {**query, **(sent if isinstance(sent, dict) else {})}
        return {**query, **_form(body.decode())}

    def _token(self, args: Json) -> str | None:
        given = self.headers.get("Authorization", "")
        return given.removeprefix("Bearer ") or args.pop("token", None)

    # ── answers ───────────────────────────────────────────────────────────────

    def _answer(self, answer: Json, status: int = 200, **headers: str) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json", headers)

    def _send(
        self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _misbehave(self, fault: Fault) -> None:
        match fault.kind:
            case "rate_limited":
                headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                self._answer({"ok": False, "error": "ratelimited"}, 429, **headers)
            case "error" | "error_after_accept":
                self._answer({"ok": False, "error": fault.code})
            case "http_before_accept" | "http_after_accept":
                self._send(fault.status, b"<html>out of order</html>", "text/html")
            case "reset_before_accept" | "reset_after_accept":
                self._reset()
            case "hang_before_accept" | "hang_after_accept":
                self.server.slack.closing.wait()
                self._reset()
            case "drip_after_accept":
                self._drip()
            case "garbage_after_accept":
                self._send(200, b"<html>signed in?</html>", "text/html")

    def _reset(self) -> None:
        """End the connection with a reset rather than politely."""
        linger = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        self.close_connection = True

    def _drip(self) -> None:
        """Answer so slowly that no single read times out."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.server.slack.closing.wait(0.05):
            self.wfile.write(b" ")


def _form(text: str) -> Json:
    fields: Json = {
        key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()
    }
    for key in _JSON_FIELDS:
        if key in fields:
            with contextlib.suppress(json.JSONDecodeError):
                fields[key] = json.loads(fields[key])
    return fields
