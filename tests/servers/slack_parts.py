"""What a workspace is made of, and how its lists are paged."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """Slack says no."""

    def __init__(self, code: str, *messages: str, **extra: Any) -> None:
        super().__init__(code, *messages)
        self.answer: Json = {"ok": False, "error": code, **extra}
        if messages:
            self.answer["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in messages]}


@dataclass(slots=True)
class Channel:
    """A conversation. The app sees a private one only as a member."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    private: bool = False
    archived: bool = False
    read_only: bool = False
    messages: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Person:
    """A member of the workspace."""

    id: str
    name: str
    tz: str = "Etc/UTC"
    admin: bool = False


@dataclass(slots=True)
class File:
    """A file that was announced, uploaded and completed, in this order."""

    id: str
    name: str
    length: int
    alt: str
    content: bytes | None = None
    is_complete: bool = False
    settles: int = 0  #: how often it can't be used yet


@dataclass(slots=True)
class Trigger:
    """A trigger_id: one use, three seconds."""

    expires: float
    used: bool = False


def between(ts: str, oldest: str, latest: str, inclusive: bool) -> bool:
    """Tell whether a ts lies in the window asked for."""
    at, low, high = (_micros(value) for value in (ts, oldest, latest))
    return low <= at <= high if inclusive else low < at < high


def _micros(ts: str) -> int:
    seconds, _, fraction = ts.partition(".")
    try:
        return int(seconds) * 1_000_000 + int(f"{fraction:0<6.6}")
    except ValueError:
        raise Refused("invalid_ts_oldest") from None


def seen(message: Json, args: Mapping[str, Any]) -> Json:
    """Return a message as history shows it: metadata only when asked for."""
    if truth(args.get("include_all_metadata")):
        return dict(message)
    return {key: value for key, value in message.items() if key != "metadata"}


def number(args: Mapping[str, Any], key: str, default: int) -> int:
    """Return an argument as a number."""
    try:
        return int(args.get(key) or default)
    except ValueError:
        raise Refused("invalid_arguments", f"/{key}: must be a number") from None


def truth(value: object) -> bool:
    """Read a boolean as forms and JSON spell it."""
    return value in (True, "1", "true", "True")


def to_cursor(index: int) -> str:
    """Return the cursor of a place in a list."""
    return base64.b64encode(f"next:{index}".encode()).decode()


def read_cursor(cursor: str | None) -> int:
    """Return the place a cursor stands for."""
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).removeprefix(b"next:"))
    except (ValueError, binascii.Error):
        raise Refused("invalid_cursor") from None
