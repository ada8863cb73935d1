"""The menu of an alert: what Slack sends when an option is chosen, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from bot.commands import Asker, explained
from bot.commands.alerts import another_story, shown_alert, which_rule
from bot.commands.why import why_pressed
from bot.core.render import MORE
from bot.core.render.choices import ANOTHER, EDIT, WHY, chosen
from bot.errors import WatchdeskError
from bot.slack_app.form_listeners import open_form
from bot.slack_app.front import Front

Ack = Callable[..., object]
Body = Mapping[str, Any]
Choice = Callable[[Front, Body, str, Callable[[], Asker]], None]

MENU_ACTIONS = (MORE,)


def register_alerts(app: App, front: Front) -> None:
    """Put everything about an alert's menu on the app.

    Args:
        app: where Slack's requests arrive.
        front: carries them out.
    """
    app.action(MORE)(_on_choice(front))


def _on_choice(front: Front) -> Callable[..., None]:
    def on_choice(ack: Ack, body: Body) -> None:
        ack()
        option = body["actions"][0].get("selected_option") or {}
        what, delivery_id = chosen(option.get("value", ""))
        if choice := _CHOICES.get(what):
            choice(front, body, delivery_id, lambda: pressing(front, body))

    return on_choice


def pressing(front: Front, body: Body) -> Asker:
    """Return who pressed something, and where."""
    channel = (body.get("channel") or {}).get("id", "")
    return front.asker(body["user"]["id"], channel, name=body["user"].get("username", ""))


def _why(front: Front, body: Body, delivery_id: str, asker: Callable[[], Asker]) -> None:
    front.answer(body, lambda: why_pressed(front.desk, asker(), delivery_id))


def _another(front: Front, body: Body, delivery_id: str, asker: Callable[[], Asker]) -> None:
    front.answer(body, lambda: another_story(front.desk, asker(), delivery_id))


def _edit(front: Front, body: Body, delivery_id: str, asker: Callable[[], Asker]) -> None:
    """Open the form, or ask which of several rules it shall be opened for."""
    channel = (body.get("channel") or {}).get("id", "")
    # the trigger is good for three seconds: who that is, Slack is asked when the form stands
    nobody_yet = Asker(user=body["user"]["id"], channel=channel)
    try:
        alert = shown_alert(front.desk, nobody_yet, delivery_id)
    except WatchdeskError as error:
        front.respond(str(body.get("response_url", "")), explained(error))
        return
    if len(alert.rules) > 1:
        front.answer(body, lambda: which_rule(alert))
    else:
        open_form(front, body, f"W{alert.rules[0].id}", asker, channel)


_CHOICES: Mapping[str, Choice] = {WHY: _why, ANOTHER: _another, EDIT: _edit}
