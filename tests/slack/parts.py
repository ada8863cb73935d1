"""The real Bolt app between a strict Slack on loopback and a real desk.

Driven by signed requests, or through Socket Mode: what a test sends is the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlencode

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from bot.config import Secret
from bot.deliver import Courier, deliver_due
from bot.sinks.slack import SlackSink
from bot.sinks.slack.web_api import open_client
from bot.slack_app import build, serving_socket
from bot.slack_app.homes import Homes
from tests.commands.parts import ANA, BEN, BOSS, Room, open_room
from tests.servers.block_kit import problems
from tests.servers.sign import signed_request
from tests.servers.slack_server import SlackServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NK, DMZ, PRIVATE, TEAM = "C0NK00000", "C0DMZ0000", "G0PRIVATE", "C0TEAM000"

#: For tests that go through signed HTTP and through Socket Mode.
BOTH_WAYS = pytest.mark.parametrize("office", ["http", "socket"], indirect=True)


@dataclass
class Office:
    """Slack, the app, and the desk behind it."""

    slack: SlackServer
    app: App
    room: Room
    workers: ThreadPoolExecutor
    homes: Homes
    line: Line | None = None  #: requests come through Socket Mode

    def command(self, text: str, *, user: str = ANA, at: str = NK, name: str = "/watch") -> str:
        """Type a command and return what the asker sees."""
        return self.answers(command_body(self.slack, text, user=user, at=at, name=name))

    def press(self, action_id: str, value: str, *, user: str = ANA, at: str = NK) -> str:
        """Press a button and return what the asker sees."""
        return self.answers(action_body(self.slack, action_id, value, user=user, at=at))

    def choose(self, action_id: str, value: str, *, user: str = ANA, at: str = NK) -> str:
        """Choose an option of a message's menu and return what the asker sees."""
        option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
        body = action_body(
            self.slack, action_id, "", user=user, at=at, type="overflow", selected_option=option
        )
        return self.answers(body)

    def press_in(self, answer: dict[str, Any], action_id: str, **where: str) -> str:
        """Press a button of an answer."""
        return self.press(action_id, buttons(answer)[action_id], **where)

    def interact(self, kind: str, *, user: str = ANA, **more: Any) -> dict[str, Any]:
        """Send a shortcut, a form or what is typed into it; return what Slack is told to do."""
        payload = {
            "type": kind,
            "team": {"id": "T0TEST", "domain": "test"},
            "user": {"id": user, "username": user.lower(), "team_id": "T0TEST"},
            "api_app_id": "A0TEST",
            "token": "legacy",
            **more,
        }
        response = self.send(urlencode({"payload": json.dumps(payload)}))
        assert response.status == 200, response.body
        return json.loads(response.body) if response.body else {}

    @property
    def form(self) -> dict[str, Any]:
        """The modal that was opened last, as it is now."""
        opened = [one for one in self.slack.views.values() if one["type"] == "modal"]
        return opened[-1]

    def submit(self, view: dict[str, Any], *, user: str = ANA, **boxes: Any) -> dict[str, Any]:
        """Press Save in a modal, its boxes as Slack shows them but for those given."""
        values = shown_boxes(view)
        for name, value in boxes.items():
            values[name][name].update(value)
        answer = self.interact(
            "view_submission",
            user=user,
            trigger_id=self.slack.new_trigger(),
            view={**view, "state": {"values": values}},
        )
        if answer.get("response_action") == "update":
            assert problems(answer["view"], mentions=True) == []
        return answer

    def event(self, event: dict[str, Any], event_id: str = "Ev1") -> BoltResponse:
        body = {
            "type": "event_callback",
            "team_id": "T0TEST",
            "api_app_id": "A0TEST",
            "event_id": event_id,
            "event": event,
        }
        return self.send(json.dumps(body), content_type="application/json")

    def answers(self, body: str) -> str:
        before = len(self.slack.responses)
        response = self.send(body)
        assert (response.status, response.body) == (200, ""), response.body
        said = self.slack.responses[before:]
        assert all(one["response_type"] == "ephemeral" for one in said)
        return "\n".join(words(one) for one in said)

    @property
    def last(self) -> dict[str, Any]:
        """The last answer to an asker."""
        return self.slack.responses[-1]

    def send(
        self,
        body: str,
        *,
        secret: str = SECRET,
        timestamp: float | None = None,
        content_type: str = "application/x-www-form-urlencoded",
    ) -> BoltResponse:
        """Let the app answer a request, and the work that follows come to its end."""
        if self.line:
            answer = self.line.deliver(self.app, *envelope(body))
            response = BoltResponse(status=200, body=json.dumps(answer) if answer else "")
        else:
            response = self.acknowledge(
                body, signed_request(body, secret, timestamp, content_type=content_type)
            )
        self.settle()
        return response

    def acknowledge(self, body: str, headers: dict[str, str]) -> BoltResponse:
        return self.app.dispatch(
            BoltRequest(body=body, headers={name: [value] for name, value in headers.items()})
        )

    def deliver(self) -> None:
        """Send what is owed to the real sink, however long its pace takes."""
        sink = SlackSink(Secret(self.slack.token), self.slack.api_url)
        courier = Courier(self.room.store, sink, self.room.clock)
        for _ in range(6):
            self.room.forward(seconds=10)
            deliver_due(courier)

    def settle(self) -> None:
        """Wait until the one worker has done what it was given."""
        self.workers.submit(int).result(timeout=30)


@dataclass
class Line:
    """A Socket Mode connection that serves one app after the other.

    It outlives a test, since closing one takes the SDK three seconds.
    """

    slack: SlackServer
    client: WebClient
    app: App | None = None

    def deliver(self, app: App, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.app = app
        return self.slack.sockets.deliver(kind, payload)

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        assert self.app is not None
        return self.app.dispatch(request)


@contextmanager
def open_line() -> Iterator[Line]:
    with SlackServer() as slack:
        line = Line(slack, open_client(slack.token, slack.api_url, 5))
        logger = logging.getLogger("bot.slack_app.bolt")  # as in production
        served = cast("App", line)
        with serving_socket(served, Secret(slack.app_token), logger=logger):
            slack.sockets.wait_for_connection()
            yield line


def envelope(body: str) -> tuple[str, dict[str, Any]]:
    """Return what Socket Mode makes of a request: its kind and its payload."""
    if body.startswith("{"):
        return "events_api", json.loads(body)
    form = {key: values[0] for key, values in parse_qs(body, keep_blank_values=True).items()}
    if "payload" in form:
        return "interactive", json.loads(form["payload"])
    return "slash_commands", form


def command_body(
    slack: SlackServer, text: str, *, user: str = ANA, at: str = NK, name: str = "/watch"
) -> str:
    return urlencode(
        {
            "token": "legacy",
            "team_id": "T0TEST",
            "team_domain": "test",
            "channel_id": at,
            "channel_name": "somewhere",
            "user_id": user,
            "user_name": user.lower(),
            "command": name,
            "text": text,
            "api_app_id": "A0TEST",
            "is_enterprise_install": "false",
            "response_url": slack.new_response_url(),
            "trigger_id": slack.new_trigger(),
        }
    )


def action_body(
    slack: SlackServer,
    action_id: str,
    value: str,
    *,
    user: str = ANA,
    at: str = NK,
    **action: Any,
) -> str:
    payload = {
        "type": "block_actions",
        "team": {"id": "T0TEST", "domain": "test"},
        "user": {"id": user, "username": user.lower(), "team_id": "T0TEST"},
        "api_app_id": "A0TEST",
        "token": "legacy",
        "container": {"type": "message", "channel_id": at, "is_ephemeral": True},
        "channel": {"id": at, "name": "somewhere"},
        "trigger_id": slack.new_trigger(),
        "response_url": slack.new_response_url(),
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "b",
                **({"value": value} if value else {}),
                **action,
            }
        ],
    }
    return urlencode({"payload": json.dumps(payload)})


def shown_boxes(view: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a form nobody touched, as Slack sends it."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = {
            "type": element["type"],
            "value": element.get("initial_value"),
            "selected_options": element.get("initial_options", []),
            "selected_option": element.get("initial_option"),
            "selected_conversation": element.get("initial_conversation"),
        }
        values[block["block_id"]] = {element["action_id"]: state}
    return values


def words(payload: dict[str, Any]) -> str:
    """Return what a payload says, its blocks included."""
    return json.dumps(payload, ensure_ascii=False).replace("\\n", "\n").replace('\\"', '"')


def buttons(payload: dict[str, Any]) -> dict[str, str]:
    return {
        element["action_id"]: element.get("value", "")
        for block in payload["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    }


@contextmanager
def open_office(line: Line | None = None, *, url: str = "sqlite://") -> Iterator[Office]:
    with (
        open_room(admins=(), url=url) as room,
        SlackServer() as slack,
        ThreadPoolExecutor(1) as workers,
    ):
        slack.add_person(ANA, "ana", tz="Asia/Seoul")
        slack.add_person(BEN, "ben & <co>")
        slack.add_person(BOSS, "boss", admin=True)
        slack.add_channel(NK, "nk-alerts").members.add(ANA)
        slack.add_channel(DMZ, "dmz")
        slack.add_channel("C0EMPTY00", "not-joined", joined=False)
        slack.add_channel(PRIVATE, "secret", joined=False, private=True)
        slack.add_channel(TEAM, "team", private=True).members.add(BEN)
        app, homes = build(
            room.desk,
            token=Secret(slack.token),
            signing_secret=Secret(SECRET),
            api_url=slack.api_url,
            executor=workers,
        )
        yield Office(slack, app, room, workers, homes, line)
