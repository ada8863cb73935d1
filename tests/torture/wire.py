"""The SDK's client with the network cut out: real requests, a workspace in memory, faults on order.

What crosses the wire is what the SDK would send; who gets it is a strict workspace with a clock
that is told the time, so that thousands of sends with lost and late ones take seconds.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request

from slack_sdk import WebClient

from tests.servers.slack_parts import Json
from tests.servers.slack_workspace import Workspace

Trouble = Literal[
    "refused",  # 429
    "reset before",  # the request never arrived
    "reset after",  # it did, its reply was lost
    "500 before",
    "500 after",
    "internal_error",  # Slack: "some aspect may have succeeded"; it has
    "garbage after",  # a proxy's page instead of the reply
    "late",  # given up here, accepted there some seconds afterwards
    "stall",  # others work on while this request is on its way
]
CHANNELS = ("C0ONE", "C0TWO")
API_URL = "https://slack.test/api/"


@dataclass
class Office:
    """The workspace, what goes wrong with the next posts, and requests still on their way."""

    clock: Callable[[], datetime]
    troubles: list[Trouble] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None  #: what others do during a stall
    late_s: float = 10
    waiting: list[tuple[datetime, str, Json]] = field(default_factory=list)
    met: list[str] = field(default_factory=list)  #: the troubles that happened

    def __post_init__(self) -> None:
        self.workspace = Workspace(clock=lambda: self.clock().timestamp())
        for channel in CHANNELS:
            self.workspace.add_channel(channel)
        self.workspace.add_person("U1")

    def settle(self) -> None:
        """Let requests arrive whose time has come."""
        due = [one for one in self.waiting if one[0] <= self.clock()]
        self.waiting = [one for one in self.waiting if one not in due]
        for _, method, args in due:
            self.accept(method, args)

    def accept(self, method: str, args: Mapping[str, Any]) -> Json:
        return self.workspace.call(method, args, self.workspace.token)

    def visible(self, channel: str) -> list[str]:
        """Return the ids of our deliveries that a channel shows, in its order."""
        return [
            message["metadata"]["event_payload"]["delivery_id"]
            for message in self.workspace.messages(channel)
            if "metadata" in message
        ]

    def threads(self, channel: str) -> list[list[str]]:
        """Return the replies of each thread of a channel, in its order."""
        found: dict[str, list[str]] = {}
        for message in self.workspace.messages(channel):
            if "thread_ts" in message:
                found.setdefault(str(message["thread_ts"]), []).append(str(message["text"]))
        return list(found.values())

    def texts(self, channel: str) -> list[str]:
        """Return what a channel shows."""
        return [str(message["text"]) for message in self.workspace.messages(channel)]


class Wire(WebClient):
    """One process's connection to the office; `strike` says where the process dies."""

    def __init__(self, office: Office, strike: Callable[[str], bool] = lambda _: False) -> None:
        super().__init__(
            token=office.workspace.token,
            base_url=API_URL,
            retry_handlers=[],
            logger=logging.getLogger("tests.torture.wire"),
        )
        self._logger.setLevel(logging.CRITICAL)
        self.office = office
        self._strike = strike
        self.is_blind = False  #: a wrong look: metadata is not asked for

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        method = urlsplit(url).path.rpartition("/")[2]
        args = _arguments(req)
        if self.is_blind:
            args.pop("include_all_metadata", None)
        if self._strike(f"before {method}"):
            raise ConnectionResetError("died before it was sent")
        answer = self._troubled(method, args) or _answer(200, self.office.accept(method, args))
        if self._strike(f"after {method}"):
            raise ConnectionResetError("died before the reply was read")
        return answer

    def _troubled(self, method: str, args: Json) -> dict[str, Any] | None:
        """Carry out what is to go wrong with a post; None if nothing is."""
        office = self.office
        if method != "chat.postMessage" or not office.troubles:
            return None
        trouble = office.troubles.pop(0)
        office.met.append(trouble)
        if trouble == "stall":
            office.meanwhile()
            return None
        if trouble == "late":
            due = office.clock() + timedelta(seconds=office.late_s)
            office.waiting.append((due, method, args))
            raise TimeoutError("timed out")
        if trouble in _ACCEPTED:
            office.accept(method, args)
        if trouble.startswith("reset"):
            raise ConnectionResetError("reset")
        return _REPLIES[trouble]


def _arguments(request: Request) -> Json:
    """Return what was sent, as JSON or as a form, the way the server reads it."""
    body = request.data if isinstance(request.data, bytes) else b""
    if "json" in (request.get_header("Content-type") or ""):
        sent = json.loads(body or b"{}")
        return sent if isinstance(sent, dict) else {}
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _answer(status: int, body: Json, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"status": status, "headers": dict(headers or {}), "body": json.dumps(body)}


_ACCEPTED = {"reset after", "500 after", "internal_error", "garbage after"}
_REPLIES: Mapping[str, dict[str, Any]] = {
    "refused": _answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"}),
    "500 before": _answer(500, {}),
    "500 after": _answer(500, {}),
    "internal_error": _answer(200, {"ok": False, "error": "internal_error"}),
    "garbage after": {"status": 200, "headers": {}, "body": "<html>signed in?</html>"},
}
