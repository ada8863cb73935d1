"""What the parent and its parsing process say to each other: length, then JSON or a body."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bot.core.models import Entry, ParsedFeed
from bot.errors import FeedError

OUT_OF_MEMORY = 7  #: exit status of a worker that ran into its memory limit
_LENGTH = struct.Struct("!Q")
_CHUNK = 1 << 20
_MAX_MESSAGE = 1 << 28
_MAX_ANSWER = 1 << 24  #: a body of 10 MB has less text, unless its entities multiply
_DATES = ("published", "updated")
_TUPLES = ("authors", "tags")


def send(channel: socket.socket, message: bytes, deadline: float | None = None) -> None:
    """Send a message; TimeoutError when it is not gone by `deadline` (monotonic seconds)."""
    channel.settimeout(_left(deadline))
    channel.sendall(_LENGTH.pack(len(message)) + message)


def receive(channel: socket.socket, deadline: float | None = None) -> bytes | None:
    """Return the next message, None when the other side hung up; OSError when it is no message."""
    head = _exactly(channel, _LENGTH.size, deadline)
    if head is None:
        return None
    (size,) = _LENGTH.unpack(head)
    if size > _MAX_MESSAGE:
        raise ConnectionError(f"a message of {size:,} bytes")
    return _exactly(channel, size, deadline)


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        channel.settimeout(_left(deadline))
        chunk = channel.recv(min(size - len(data), _CHUNK))
        if not chunk:
            return None
        data += chunk
    return bytes(data)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def request(body: bytes, url: str, content_type: str | None) -> bytes:
    """Return the message that asks for a document to be read."""
    head = json.dumps([url, content_type]).encode()
    return _LENGTH.pack(len(head)) + head + body


def answer(message: bytes, read: Callable[..., ParsedFeed]) -> bytes:
    """Return the message that answers a request."""
    start = _LENGTH.size + _LENGTH.unpack_from(message)[0]
    url, content_type = json.loads(message[_LENGTH.size : start])
    try:
        parsed = read(message[start:], url=url, content_type=content_type)
    except FeedError as error:
        return json.dumps({"error": str(error)}).encode()
    text = json.dumps({"feed": asdict(parsed)}, default=datetime.timestamp, ensure_ascii=False)
    said = text.encode("utf-8", "backslashreplace")  # of half a surrogate pair: JSON's own escape
    if len(said) > _MAX_ANSWER:
        said = json.dumps({"error": "it unfolds to more text than its size allows"}).encode()
    return said


def read_answer(message: bytes) -> ParsedFeed:
    """Return the feed of an answer.

    Raises:
        FeedError: as the reader said.
    """
    said: dict[str, Any] = json.loads(message)
    if "error" in said:
        raise FeedError(said["error"])
    feed = said["feed"]
    entries = tuple(_entry(entry) for entry in feed.pop("entries"))
    lists = {name: tuple(feed[name]) for name in ("problems", "skip_hours")}
    return ParsedFeed(**feed | lists | {"entries": entries})


def _entry(said: dict[str, Any]) -> Entry:
    for name in _DATES:
        if said[name] is not None:
            said[name] = datetime.fromtimestamp(said[name], tz=UTC)
    return Entry(**said | {name: tuple(said[name]) for name in _TUPLES})
