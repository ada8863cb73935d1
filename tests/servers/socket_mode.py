"""Slack's end of Socket Mode: the WebSocket handshake, envelopes out, acknowledgements in."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import queue
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


@dataclass(slots=True)
class _Connection:
    write: Any  #: takes bytes
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, size)
        elif size < 65_536:
            head = struct.pack("!BBH", 0x80 | opcode, 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
        with self.lock:
            self.write(head + payload)


class Sockets:
    """The open Socket Mode connections of the app."""

    def __init__(self) -> None:
        self._tickets: set[str] = set()
        self._open: list[_Connection] = []
        self._changed = threading.Condition()
        self._acks: dict[str, queue.SimpleQueue[Json]] = {}
        self._sent = 0

    def new_ticket(self, number: int) -> str:
        """Return a ticket for one connection."""
        ticket = f"ticket-{number}"
        self._tickets.add(ticket)
        return ticket

    def take_ticket(self, ticket: str) -> bool:
        """Use a ticket up; say whether it was good."""
        with self._changed:
            good = ticket in self._tickets
            self._tickets.discard(ticket)
        return good

    def wait_for_connection(self, timeout_s: float = 10) -> None:
        """Return once the app is connected."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open, timeout_s):
                raise TimeoutError("the app did not connect")

    def deliver(self, kind: str, payload: Json, *, timeout_s: float = 10) -> Json:
        """Send an envelope to the app and return its acknowledgement's payload.

        Args:
            kind: `slash_commands`, `interactive` or `events_api`.
            payload: as Slack sends it.
            timeout_s: how long the app may take to acknowledge; Slack gives it three seconds.
        """
        with self._changed:
            self._sent += 1
            name = f"envelope-{self._sent}"
            answers: queue.SimpleQueue[Json] = queue.SimpleQueue()
            self._acks[name] = answers
            connection = self._open[-1]
        envelope = {
            "envelope_id": name,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        connection.send(_TEXT, json.dumps(envelope).encode())
        ack: Json = answers.get(timeout=timeout_s)
        return ack

    def serve(self, write: Any, read: BinaryIO) -> None:
        """Talk to one connection until it ends."""
        connection = _Connection(write)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0TEST"}}
        connection.send(_TEXT, json.dumps(hello).encode())
        with self._changed:
            self._open.append(connection)
            self._changed.notify_all()
        try:
            while (frame := _read_frame(read)) is not None and frame[0] != _CLOSE:
                self._take(connection, *frame)
        finally:
            with self._changed:
                self._open = [one for one in self._open if one is not connection]
                self._changed.notify_all()

    def _take(self, connection: _Connection, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            connection.send(_PONG, payload)
        elif opcode == _TEXT:
            message = json.loads(payload)
            answers = self._acks.pop(message.get("envelope_id", ""), None)
            if answers is not None:
                answers.put(message.get("payload") or {})

    def close(self, *, timeout_s: float = 2) -> None:
        """Say good-bye to everyone, let nobody in again, and wait until they are gone."""
        with self._changed:
            self._tickets.clear()
            leaving = list(self._open)
        for connection in leaving:
            with contextlib.suppress(OSError):
                connection.send(_CLOSE, struct.pack("!H", 1001))
        with self._changed:
            self._changed.wait_for(
                lambda: not set(map(id, leaving)) & set(map(id, self._open)), timeout_s
            )


def upgrade(door: BaseHTTPRequestHandler, sockets: Sockets) -> None:
    """Turn an HTTP request into a Socket Mode connection and serve it."""
    ticket = parse_qs(urlsplit(door.path).query).get("ticket", [""])[0]
    if not sockets.take_ticket(ticket):
        door.send_error(401, "the ticket was used")
        return
    key = door.headers["Sec-WebSocket-Key"] + _GUID
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    door.protocol_version = "HTTP/1.1"
    door.send_response(101, "Switching Protocols")
    door.send_header("Upgrade", "websocket")
    door.send_header("Connection", "Upgrade")
    door.send_header("Sec-WebSocket-Accept", accept)
    door.end_headers()
    door.close_connection = True
    with contextlib.suppress(OSError):
        sockets.serve(door.wfile.write, door.rfile)  # type: ignore[arg-type]


def _read_frame(read: BinaryIO) -> tuple[int, bytes] | None:
    """Return opcode and payload of the next frame; None at the end. Clients always mask."""
    head = read.read(2)
    if len(head) < 2:
        return None
    size = head[1] & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", read.read(2))
    elif size == 127:
        (size,) = struct.unpack("!Q", read.read(8))
    mask = read.read(4) if head[1] & 0x80 else b"\0\0\0\0"
    payload = read.read(size)
    return head[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
