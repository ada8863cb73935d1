"""The menu of an alert: what Slack sends when an option is chosen, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from bot.commands import Asker, Reply, explained
from bot.commands.alerts import another_story, shown_alert, which_rule
from bot.commands.form import plain_words
from bot.commands.mutes import choices, mute_chosen
from bot.commands.share import share_chosen
from bot.commands.why import why_pressed
from bot.core.render import MORE
from bot.core.render.choices import ANOTHER, EDIT, MUTE, SHARE, WHY, chosen
from bot.errors import WatchdeskError
from bot.log import get_logger
from bot.sinks.slack.web_api import within
from bot.slack_app.alert_forms import (
    MUTE_CALLBACK,
    SHARE_CALLBACK,
    About,
    mute_view,
    read_mute,
    read_share,
    share_view,
)
from bot.slack_app.form_listeners import NOT_OPENED, SAVE_S, open_form
from bot.slack_app.forms import notice_view, waiting_view
from bot.slack_app.front import Front

log = get_logger(__name__)

Ack = Callable[..., object]
Body = Mapping[str, Any]
Json = Mapping[str, Any]
Who = Callable[[], Asker]

MENU_ACTIONS = (MORE,)
VIEWS = (MUTE_CALLBACK, SHARE_CALLBACK)


def register_alerts(app: App, front: Front, fresh_homes: Callable[[], None]) -> None:
    """Put everything about an alert's menu on the app.

    Args:
        app: where Slack's requests arrive.
        front: carries them out.
        fresh_homes: shows the open home tabs anew.
    """
    app.action(MORE)(_on_choice(front))
    app.view(MUTE_CALLBACK)(_on_mute(front, fresh_homes))
    app.view(SHARE_CALLBACK)(_on_share(front))


def _on_choice(front: Front) -> Callable[..., None]:
    def on_choice(ack: Ack, body: Body) -> None:
        ack()
        option = body["actions"][0].get("selected_option") or {}
        what, delivery_id = chosen(option.get("value", ""))
        if choice := _CHOICES.get(what):
            choice(front, body, delivery_id, lambda: front.presser(body))

    return on_choice


def _where(body: Body) -> str:
    return str((body.get("channel") or {}).get("id", ""))


def _why(front: Front, body: Body, delivery_id: str, asker: Who) -> None:
    front.answer(body, lambda: why_pressed(front.desk, asker(), delivery_id))


def _another(front: Front, body: Body, delivery_id: str, asker: Who) -> None:
    front.answer(body, lambda: another_story(front.desk, asker(), delivery_id))


def _edit(front: Front, body: Body, delivery_id: str, asker: Who) -> None:
    """Open the form, or ask which of several rules it shall be opened for."""
    # the trigger is good for three seconds: who that is, Slack is asked when the form stands
    nobody_yet = Asker(user=body["user"]["id"], channel=_where(body))
    try:
        alert = shown_alert(front.desk, nobody_yet, delivery_id)
    except WatchdeskError as error:
        front.respond(str(body.get("response_url", "")), explained(error))
        return
    if len(alert.rules) > 1:
        front.answer(body, lambda: which_rule(alert))
    else:
        open_form(front, body, f"W{alert.rules[0].id}", asker, _where(body))


# ── muting, sharing ───────────────────────────────────────────────────────────


def _mute(front: Front, body: Body, delivery_id: str, asker: Who) -> None:
    about = About(delivery_id, _where(body))
    _open(front, body, lambda: mute_view(about, choices(front.desk, asker(), delivery_id)))


def _open(front: Front, body: Body, view: Callable[[], Json]) -> None:
    """Open a modal at once, and show in it what takes a moment to find."""
    view_id = front.open_view(str(body.get("trigger_id", "")), waiting_view())
    if view_id is None:
        front.respond(str(body.get("response_url", "")), NOT_OPENED)
        return
    try:
        shown = view()
    except WatchdeskError as error:
        shown = notice_view("Alert", explained(error))
    front.update_view(view_id, shown)


def _on_mute(front: Front, fresh_homes: Callable[[], None]) -> Callable[..., None]:
    def on_mute(ack: Ack, body: Body) -> None:
        what, length = read_mute(body["view"])

        def work(asker: Asker, about: About) -> Reply:
            return mute_chosen(front.desk, asker, about.delivery_id, what, length)

        _submitted(front, ack, body, "what", work)
        fresh_homes()

    return on_mute


def _share(front: Front, body: Body, delivery_id: str, asker: Who) -> None:
    def view() -> Json:
        shown_alert(front.desk, asker(), delivery_id)  # says so if it is out of date
        return share_view(About(delivery_id, _where(body)))

    _open(front, body, view)


def _on_share(front: Front) -> Callable[..., None]:
    def on_share(ack: Ack, body: Body) -> None:
        channel = read_share(body["view"])

        def work(asker: Asker, about: About) -> Reply:
            return share_chosen(front.desk, asker, about.delivery_id, channel)

        _submitted(front, ack, body, "channel", work)

    return on_share


def _submitted(
    front: Front, ack: Ack, body: Body, box: str, work: Callable[[Asker, About], Reply]
) -> None:
    """Carry out a modal; what goes wrong stands under `box`, what went well in the channel."""
    about = About.read(body["view"])
    try:
        if not front.is_new(body):
            ack()
            return
        asker = front.presser(body, about.channel)
        answer = within(SAVE_S, lambda: work(asker, about))
    except WatchdeskError as error:
        ack(response_action="errors", errors={box: plain_words(str(error))})
        return
    except Exception as error:  # noqa: BLE001 - it is said where the person looks
        log.warning("not carried out", reason=type(error).__name__)
        said = "Something broke on our side. Look at /watch history, then try once more."
        ack(response_action="errors", errors={box: said})
        return
    ack()
    for channel, line in answer.public:
        front.post(channel, line)
    # who has left the channel meanwhile reads it in direct messages
    if not front.whisper(asker.user, about.channel, answer.message):
        front.post(asker.user, answer.message)


_CHOICES: Mapping[str, Callable[[Front, Body, str, Who], None]] = {
    WHY: _why,
    MUTE: _mute,
    ANOTHER: _another,
    EDIT: _edit,
    SHARE: _share,
}
