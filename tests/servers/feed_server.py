"""A loopback HTTP server that misbehaves on request, and remembers who asked for what."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server sends."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0  #: pause after every byte of the body
    reset_after: int | None = None  #: bytes of the body, then the connection is reset
    length: int | None = None  #: a Content-Length that may lie; below 0 none is sent


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in; header names in lower case."""

    path: str
    headers: dict[str, str]


class FeedServer:
    """Serves on 127.0.0.1 until closed. `answers` maps a path to an Answer or to a function."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Asked], Answer]] = {}
        self.asked: list[Asked] = []
        self.most_connections = 0  #: open at the same time
        self._connections = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/feed") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
        answer = self.answers.get(asked.path, Answer(status=404))
        return answer if isinstance(answer, Answer) else answer(asked)

    def connected(self, change: int) -> None:
        with self._lock:
            self._connections += change
            self.most_connections = max(self.most_connections, self._connections)

    def pause(self, seconds: float) -> bool:
        """Wait; True when the server is being closed meanwhile."""
        return self._stopping.wait(seconds)

    def close(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    owner: FeedServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each small answer waits 40 ms for an acknowledgement
    timeout = 10  # a client that left without a word holds up no test

    def setup(self) -> None:
        super().setup()
        self.owner.connected(1)

    def finish(self) -> None:
        self.owner.connected(-1)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client hung up, as several tests want it to
            self.close_connection = True

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.owner.answer(Asked(self.path, headers)))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            length = len(answer.body) if answer.length is None else answer.length
            if length >= 0:
                self.send_header("Content-Length", str(length))
        self.end_headers()
        if answer.length is not None:
            self.close_connection = True
        self._send_body(answer)

    def _send_body(self, answer: Answer) -> None:
        if answer.reset_after is not None:
            self.wfile.write(answer.body[: answer.reset_after])
            self._reset()
        elif answer.drip_s:
            for at in range(len(answer.body)):
                self.wfile.write(answer.body[at : at + 1])
                if self.owner.pause(answer.drip_s):
                    return
        else:
            self.wfile.write(answer.body)

    def _reset(self) -> None:
        hard = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass
