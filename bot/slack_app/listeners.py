"""What the app listens to: two commands, the buttons, and the opening of its home tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from slack_bolt import App

from bot.commands import ACTIONS, REPLACING, Asker, explained, press, run
from bot.errors import WatchdeskError
from bot.slack_app.alert_listeners import register_alerts
from bot.slack_app.form_listeners import open_form, register_form
from bot.slack_app.forms import asked_for, notice_view
from bot.slack_app.front import Front, typed
from bot.slack_app.home import BACK, ON, UNMUTE, Pages
from bot.slack_app.homes import Homes

Ack = Callable[[], object]
Body = Mapping[str, Any]

#: The slash commands; all of them are in manifest.yaml.
COMMANDS: Mapping[str, Literal["watch", "digest"]] = {"/watch": "watch", "/digest": "digest"}
EVENTS = ("app_home_opened",)
PAGE_ACTIONS = (BACK, ON, UNMUTE)  #: of the home tab


def register(app: App, front: Front) -> Homes:
    """Put every listener on the app; each acknowledges first and works afterwards.

    Returns:
        The home tabs, which someone has to keep fresh.
    """
    homes = Homes(front.desk, lambda user: front.asker(user, ""), front.publish)
    for name, kind in COMMANDS.items():
        app.command(name)(_on_command(front, kind, homes))
    for action_id in ACTIONS:
        app.action(action_id)(_on_button(front, action_id, homes))
    register_form(app, front, homes.refresh)
    register_alerts(app, front, homes.refresh)
    app.event("app_home_opened")(_on_home(front, homes))
    for action_id in (BACK, ON):
        app.action(action_id)(_on_page(homes))
    app.action(UNMUTE)(_on_unmute(front, homes))
    return homes


def _on_command(
    front: Front, kind: Literal["watch", "digest"], homes: Homes
) -> Callable[..., None]:
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
        homes.refresh()

    return on_command


def _command_asker(front: Front, body: Body) -> Asker:
    return front.asker(
        body["user_id"],
        body["channel_id"],
        name=body.get("user_name", ""),
        invoked_as=body["command"],
    )


def _on_button(front: Front, action_id: str, homes: Homes) -> Callable[..., None]:
    def on_button(ack: Ack, body: Body) -> None:
        ack()
        value = body["actions"][0].get("value", "")
        front.answer(
            body,
            lambda: press(front.desk, front.presser(body), action_id, value),
            replace_original=action_id in REPLACING,
        )
        homes.refresh()

    return on_button


def _on_home(front: Front, homes: Homes) -> Callable[..., None]:
    def on_home(ack: Ack, body: Body) -> None:
        ack()
        event = body["event"]
        if event.get("tab") == "home" and front.is_new(body):
            homes.show(event["user"])

    return on_home


def _on_page(homes: Homes) -> Callable[..., None]:
    def on_page(ack: Ack, body: Body) -> None:
        ack()
        homes.show(body["user"]["id"], Pages.read(body["actions"][0].get("value", "0.0")))

    return on_page


def _on_unmute(front: Front, homes: Homes) -> Callable[..., None]:
    """Lift a mute from the home tab, which has no place for an answer but a modal, and itself."""

    def on_unmute(ack: Ack, body: Body) -> None:
        ack()
        number = body["actions"][0].get("value", "")
        try:
            if front.is_new(body):
                answer = run(front.desk, front.presser(body), "watch", f"unmute M{number}")
                for channel, line in answer.public:
                    front.post(channel, line)
        except WatchdeskError as error:
            front.open_view(str(body.get("trigger_id")), notice_view("Muted", explained(error)))
        homes.refresh()

    return on_unmute
