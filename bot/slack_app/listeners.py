"""What the app listens to: two commands, the buttons, and the opening of its home tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from slack_bolt import App

from bot.commands import ACTIONS, REPLACING, Asker, press, run
from bot.slack_app.form_listeners import open_form, register_form
from bot.slack_app.forms import asked_for
from bot.slack_app.front import Front, typed
from bot.slack_app.home import home_view

Ack = Callable[[], object]
Body = Mapping[str, Any]

#: The slash commands; all of them are in manifest.yaml.
COMMANDS: Mapping[str, Literal["watch", "digest"]] = {"/watch": "watch", "/digest": "digest"}
EVENTS = ("app_home_opened",)


def register(app: App, front: Front) -> None:
    """Put every listener on the app; each acknowledges first and works afterwards."""
    for name, kind in COMMANDS.items():
        app.command(name)(_on_command(front, kind))
    for action_id in ACTIONS:
        app.action(action_id)(_on_button(front, action_id))
    fresh_home = partial(_show_home, front)
    app.event("app_home_opened")(_on_home(front, fresh_home))
    register_form(app, front, fresh_home)


def _on_command(front: Front, kind: Literal["watch", "digest"]) -> Callable[..., None]:
    def on_command(ack: Ack, body: Body) -> None:
        ack()
        text = typed(body.get("text", ""))
        wanted = asked_for(text) if kind == "watch" else None
        if wanted is not None:
            asker = partial(_command_asker, front, body)
            open_form(front, body, wanted, asker, body["channel_id"])
            return
        front.answer(
            body,
            lambda: run(front.desk, _command_asker(front, body), kind, text),
        )

    return on_command


def _command_asker(front: Front, body: Body) -> Asker:
    return front.asker(
        body["user_id"],
        body["channel_id"],
        name=body.get("user_name", ""),
        invoked_as=body["command"],
    )


def _button_asker(front: Front, body: Body) -> Asker:
    channel = (body.get("channel") or {}).get("id", "")
    return front.asker(body["user"]["id"], channel, name=body["user"].get("username", ""))


def _on_button(front: Front, action_id: str) -> Callable[..., None]:
    def on_button(ack: Ack, body: Body) -> None:
        ack()
        value = body["actions"][0].get("value", "")
        front.answer(
            body,
            lambda: press(front.desk, _button_asker(front, body), action_id, value),
            replace_original=action_id in REPLACING,
        )

    return on_button


def _on_home(front: Front, fresh_home: Callable[[str], None]) -> Callable[..., None]:
    def on_home(ack: Ack, body: Body) -> None:
        ack()
        event = body["event"]
        if event.get("tab") == "home" and front.is_new(body):
            fresh_home(event["user"])

    return on_home


def _show_home(front: Front, user: str) -> None:
    front.publish(user, home_view(front.desk, front.asker(user, "")))
