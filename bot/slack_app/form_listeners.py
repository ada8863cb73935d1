"""Opening the rule form, naming as one types, saving: what Slack sends, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from slack_bolt import App

from bot.commands import Asker, Desk, Reply, explained
from bot.commands.backtest import first_effect
from bot.commands.card import EDIT_DRAFT
from bot.commands.changes import ADD_FORM, EDIT_FORM
from bot.commands.form import (
    Filled,
    FormError,
    filled_from,
    filled_from_draft,
    preview,
    save,
)
from bot.commands.typeahead import Typeahead
from bot.core.models import Kind, Message, Rule
from bot.core.render import reply_message
from bot.errors import WatchdeskError
from bot.log import get_logger
from bot.sinks.slack.web_api import within
from bot.slack_app.forms import (
    CALLBACK,
    PREVIEW,
    SHORTCUT,
    TYPED,
    form_view,
    notice_view,
    options,
    read_form,
    waiting_view,
)
from bot.slack_app.front import Front

log = get_logger(__name__)

Ack = Callable[..., object]
Body = Mapping[str, Any]

SAVE_S = 2.0  #: for checking and saving: Slack shows an error of its own after three seconds
FORM_ACTIONS = (ADD_FORM, EDIT_FORM, EDIT_DRAFT)
NOT_OPENED = reply_message(
    [
        ":x: Slack did not open the form in time. Ask for it once more, or type it:",
        '`/watch add missile base* location:"North Korea" -football`',
        "`/watch edit W12 +launch -opinion`",
    ]
)


def register_form(app: App, front: Front, fresh_homes: Callable[[], None]) -> None:
    """Put everything about the form on the app.

    Args:
        app: where Slack's requests arrive.
        front: carries them out.
        fresh_homes: shows the open home tabs anew.
    """
    app.shortcut(SHORTCUT)(_on_shortcut(front))
    for action_id in FORM_ACTIONS:
        app.action(action_id)(_on_open(front, action_id))
    typeahead = Typeahead()
    for name in TYPED:
        app.options(name)(_on_typing(front, typeahead, name))
    app.view(CALLBACK)(_on_save(front, fresh_homes))
    app.action(PREVIEW)(_on_preview(front))
    # sorting all names takes a second: not while the first person waits
    warm = partial(_warm, front, typeahead)
    threading.Thread(target=warm, name="names", daemon=True).start()


def _warm(front: Front, typeahead: Typeahead) -> None:
    with suppress(WatchdeskError):  # then the first person waits, or hears of it
        typeahead.suggest(front.desk.book.gazetteer, Kind.ACTOR, "a")


def open_form(
    front: Front,
    body: Body,
    word: str,
    asker: Callable[[], Asker],
    channel: str,
    *,
    fill: Callable[[Desk, Asker, str], Filled] = filled_from,
) -> None:
    """Open the form for a new rule, or with what `word` names.

    The trigger is good for three seconds: the modal comes first, what takes longer afterwards.
    """
    trigger = str(body.get("trigger_id", ""))
    view_id = front.open_view(
        trigger, waiting_view() if word else form_view(Filled(channel=channel))
    )
    if view_id is None:
        if "response_url" in body:
            front.respond(body["response_url"], NOT_OPENED)
        return
    if not word:
        return
    try:
        view = form_view(fill(front.desk, asker(), word))
    except WatchdeskError as error:
        view = notice_view("Rule", explained(error))
    front.update_view(view_id, view)


def _on_shortcut(front: Front) -> Callable[..., None]:
    def on_shortcut(ack: Ack, body: Body) -> None:
        ack()
        open_form(front, body, "", lambda: front.presser(body), "")

    return on_shortcut


def _on_open(front: Front, action_id: str) -> Callable[..., None]:
    def on_open(ack: Ack, body: Body) -> None:
        ack()
        number = body["actions"][0].get("value", "")
        channel = (body.get("channel") or {}).get("id", "")
        asker = partial(front.presser, body)
        if action_id == EDIT_DRAFT:
            open_form(front, body, number, asker, channel, fill=filled_from_draft)
        else:
            word = f"W{number}" if action_id == EDIT_FORM else ""
            open_form(front, body, word, asker, channel)

    return on_open


def _on_typing(front: Front, typeahead: Typeahead, name: str) -> Callable[..., None]:
    def on_typing(ack: Ack, body: Body) -> None:
        found = typeahead.suggest(front.desk.book.gazetteer, TYPED[name], body.get("value", ""))
        ack(**options(found))

    return on_typing


def _on_preview(front: Front) -> Callable[..., None]:
    def on_preview(ack: Ack, body: Body) -> None:
        ack()
        view_id = front.push_view(str(body.get("trigger_id", "")), waiting_view())
        if view_id is None:
            return
        filled = read_form(body["view"])
        try:
            message = preview(front.desk, front.presser(body), filled).message
        except FormError as error:
            message = reply_message([f":x: {one}" for one in error.errors.values()])
        except WatchdeskError as error:
            message = explained(error)
        front.update_view(view_id, notice_view("Preview", message))

    return on_preview


def _on_save(front: Front, fresh_homes: Callable[[], None]) -> Callable[..., None]:
    def on_save(ack: Ack, body: Body) -> None:
        filled = read_form(body["view"])
        try:
            if not front.is_new(body):
                ack()
                return
            asker = front.presser(body)
            answer, rule = within(SAVE_S, lambda: save(front.desk, asker, filled))
        except FormError as error:
            ack(response_action="errors", errors=dict(error.errors))
            return
        except Exception as error:  # noqa: BLE001 - it is said where the person looks
            log.warning("form not saved", reason=type(error).__name__)
            ack(response_action="errors", errors={"name": _unsaved(error)})
            return
        ack(response_action="update", view=notice_view("Saved", answer.message))
        _afterwards(front, body, asker, answer, rule)
        fresh_homes()

    return on_save


def _unsaved(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "Slack or the database took too long. Look at /watch list, then press Save again."
    return (
        f"It could not be saved: {error}"
        if isinstance(error, WatchdeskError)
        else ("Something broke on our side; whoever runs the bot finds it in the log.")
    )


def _afterwards(front: Front, body: Body, asker: Asker, answer: Reply, rule: Rule) -> None:
    """Tell the channel, and add to the modal what the rule would have caught."""
    unsaid = [channel for channel, line in answer.public if not front.post(channel, line)]
    effect = first_effect(front.desk, asker, rule)
    lines = [effect, *(f":warning: I could not post in <#{channel}>." for channel in unsaid)]
    told = Message(
        text=answer.message.text, blocks=(*answer.message.blocks, *reply_message(lines).blocks)
    )
    front.update_view(body["view"]["id"], notice_view("Saved", told))
