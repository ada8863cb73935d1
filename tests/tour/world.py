"""A workspace with the bot in it, and outlets that publish: what the tour and the pictures need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from slack_bolt import App, BoltRequest

from bot import app
from bot.cli.desk import open_desk
from bot.config import Secret, load_config
from bot.deliver import Courier, deliver_due
from bot.poll import poll_due
from bot.sinks.slack import SlackSink
from bot.slack_app import build_app
from tests.servers.block_kit import problems
from tests.servers.feed_server import Answer, FeedServer
from tests.servers.sign import signed_request
from tests.servers.slack_server import SlackServer

START = datetime(2018, 11, 12, 15, tzinfo=UTC)  #: a Monday
ANA, BEN, CHANNEL = "U0ANA0000", "U0BEN0000", "C0NK00000"
_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"

Json = Mapping[str, Any]


@dataclass
class Clock:
    """A clock that goes when told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Outlets:
    """Feeds on loopback, one an outlet, that carry what was published."""

    server: FeedServer
    clock: Clock
    _items: dict[str, list[str]] = field(default_factory=dict)

    def open(self, outlet: str) -> str:
        """Start an outlet and return the address of its feed."""
        self._items[outlet] = []
        path = f"/{len(self._items)}.xml"
        self.server.answers[path] = lambda _asked: self._answer(outlet)
        self.publish(outlet, f"Welcome to {outlet}")
        return self.server.url(path)

    def publish(self, outlet: str, title: str, summary: str = "") -> None:
        """Let an outlet carry one more entry."""
        items = self._items[outlet]
        site = outlet.lower().replace(" ", "-")
        items.insert(
            0,
            f"<item><guid isPermaLink='false'>{site}-{len(items)}</guid>"
            f"<title>{escape(title)}</title><description>{escape(summary)}</description>"
            f"<link>https://{site}.example/{self.clock.now:%Y/%m}/{len(items)}</link>"
            f"<pubDate>{format_datetime(self.clock.now, usegmt=True)}</pubDate></item>",
        )

    def _answer(self, outlet: str) -> Answer:
        shown = "".join(self._items[outlet])
        document = f"<rss version='2.0'><channel><title>{outlet}</title>{shown}</channel></rss>"
        return Answer(body=document.encode(), headers={"Content-Type": "application/rss+xml"})


@dataclass
class World:
    """Everything, and short ways to act in it."""

    slack: SlackServer
    room: app.Room
    bolt: App
    outlets: Outlets
    clock: Clock
    courier: Courier
    workers: ThreadPoolExecutor

    def forward(self, **amount: float) -> None:
        """Let time pass, and the bot do its work."""
        self.clock.now += timedelta(**amount)
        poll_due(self.room.poller)
        for _ in range(3):  # an edit waits for a few seconds after its message
            deliver_due(self.courier)
            self.clock.now += timedelta(seconds=10)

    def type(self, text: str, *, user: str = ANA, at: str = CHANNEL) -> Json:
        """Type a command line, slash and all; return what its asker is shown."""
        command, _, rest = text.partition(" ")
        body = {
            "command": command,
            "text": _as_slack_sends_it(rest),
            "user_id": user,
            "user_name": self.slack.people[user].name,
            "channel_id": at,
            "channel_name": self.slack.channels[at].name,
            "team_id": self.slack.team_id,
            "response_url": self.slack.new_response_url(),
            "trigger_id": self.slack.new_trigger(),
        }
        return self._shown(urlencode(body))

    def press(self, message: Json, label: str, *, user: str = ANA, at: str = CHANNEL) -> Json:
        """Press a button, or choose from a menu, by what it says; return what that shows."""
        block, element, option = _pressable(message, label)
        action = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block.get("block_id", "b"),
            "value": element.get("value", ""),
            **({"selected_option": option} if option else {}),
        }
        shown_at = {"type": "message", "channel_id": at, "message_ts": message.get("ts", "")}
        return self._shown(
            self._interaction(
                "block_actions",
                user,
                container=shown_at,
                channel={"id": at, "name": self.slack.channels[at].name},
                message=dict(message),
                response_url=self.slack.new_response_url(),
                actions=[action],
            )
        )

    def submit(self, view: Json, *, user: str = ANA, **boxes: Any) -> Json:
        """Press a modal's button, its boxes as they stand but for those given."""
        values = {
            block["block_id"]: {block["element"]["action_id"]: _state(block["element"])}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        for name, value in boxes.items():
            (state,) = values[name].values()
            state.update(value)
        filled = {**view, "state": {"values": values}}
        return self._shown(self._interaction("view_submission", user, view=filled))

    def open_home(self, *, user: str = ANA) -> Json:
        """Open somebody's home tab and return it."""
        body = json.dumps(
            {
                "type": "event_callback",
                "team_id": self.slack.team_id,
                "api_app_id": self.slack.app_id,
                "event_id": f"Ev{self.slack.next_number()}",
                "event": {"type": "app_home_opened", "user": user, "tab": "home"},
            }
        )
        self._send(body, content_type="application/json")
        return self.slack.homes[user]

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures that were uploaded, by file id."""
        return {name: one.content for name, one in self.slack.files.items() if one.content}

    def posts(self, *, at: str = CHANNEL) -> list[Json]:
        """Return what stands in a channel itself, oldest first."""
        return [m for m in self.slack.messages(at) if m.get("thread_ts", m["ts"]) == m["ts"]]

    def replies(self, post: Json, *, at: str = CHANNEL) -> list[Json]:
        """Return what stands in a message's thread, oldest first."""
        messages = self.slack.messages(at)
        return [m for m in messages if m.get("thread_ts") == post["ts"] != m["ts"]]

    # ── what Slack sends ──

    def _interaction(self, kind: str, user: str, **more: Any) -> str:
        payload = {
            "type": kind,
            "team": {"id": self.slack.team_id, "domain": "test"},
            "user": {"id": user, "username": self.slack.people[user].name},
            "api_app_id": self.slack.app_id,
            "trigger_id": self.slack.new_trigger(),
            **more,
        }
        return urlencode({"payload": json.dumps(payload)})

    def _shown(self, body: str) -> Json:
        """Send a request; return the answer, else the view that opened, else nothing."""
        answers, views = len(self.slack.responses), dict(self.slack.views)
        ephemerals = len(self.slack.ephemerals)
        self._send(body)
        for found in (self.slack.responses[answers:], self.slack.ephemerals[ephemerals:]):
            if found:
                assert problems({"text": "", **found[-1]}, mentions=True) == []
                return found[-1]
        opened = [view for name, view in self.slack.views.items() if views.get(name) != view]
        return opened[-1] if opened else {"blocks": []}

    def _send(self, body: str, *, content_type: str = "application/x-www-form-urlencoded") -> None:
        headers = signed_request(body, _SECRET, None, content_type=content_type)
        request = BoltRequest(body=body, headers={name: [value] for name, value in headers.items()})
        response = self.bolt.dispatch(request)
        assert response.status == 200, (response.status, response.body)
        self.workers.submit(int).result(timeout=60)


def _as_slack_sends_it(text: str) -> str:
    """Return typed text as a slash command carries it, `#nk-alerts` as a link."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("#nk-alerts", f"<#{CHANNEL}|nk-alerts>")


def _pressable(message: Json, label: str) -> tuple[Json, Json, Json | None]:
    seen = []
    for block in message["blocks"]:
        elements = [
            *block.get("elements", ()),
            *([block["accessory"]] if "accessory" in block else []),
        ]
        for element in elements if block["type"] in {"actions", "section"} else ():
            options = element.get("options", ())
            for option in options:
                seen.append(option["text"]["text"])
                if seen[-1] == label:
                    return block, element, option
            if "text" in element:
                seen.append(element["text"]["text"])
                if seen[-1] == label:
                    return block, element, None
    raise AssertionError(f"nothing to press says {label!r}; there is {seen}")


def _state(element: Json) -> dict[str, Any]:
    return {
        "type": element["type"],
        "value": element.get("initial_value"),
        "selected_options": element.get("initial_options", []),
        "selected_option": element.get("initial_option"),
        "selected_conversation": element.get("initial_conversation"),
        "selected_time": element.get("initial_time"),
    }


@contextmanager
def open_world(
    folder: Path, config: str, outlets: tuple[str, ...], *, start: datetime = START
) -> Iterator[World]:
    """Start a bot in a workspace.

    Args:
        folder: for its files.
        config: a feeds.yaml without `feeds:`.
        outlets: whose feeds it polls, each with a first entry that is its baseline.
        start: the time.
    """
    clock = Clock(start)
    with FeedServer() as server, SlackServer() as slack, ThreadPoolExecutor(1) as workers:
        published = Outlets(server, clock)
        feeds = "".join(
            f"  - {{title: {name}, url: '{published.open(name)}', every: 5m}}\n" for name in outlets
        )
        path = folder / "feeds.yaml"
        path.write_text(f"{config}\nfeeds:\n{feeds}", encoding="utf-8")
        slack.add_person(ANA, "ana", tz="Asia/Seoul")
        slack.add_person(BEN, "ben")
        slack.add_channel(CHANNEL, "nk-alerts").members.update({ANA, BEN})
        with app.open_room(load_config(path), f"sqlite:///{folder}/w.db", clock=clock) as room:
            bolt = build_app(
                open_desk(room),
                token=Secret(slack.token),
                signing_secret=Secret(_SECRET),
                api_url=slack.api_url,
                executor=workers,
            )
            sink = SlackSink(Secret(slack.token), slack.api_url)
            courier = Courier(room.store, sink, clock, pace=timedelta(0), grace=timedelta(0))
            world = World(slack, room, bolt, published, clock, courier, workers)
            world.forward(minutes=0)
            yield world
