"""What can be done from an alert: say whether it was useful, and a menu for the rest."""

from __future__ import annotations

from bot.core.render.blocks import Block, Element
from bot.core.render.reply import Button, button_row

USEFUL, NOT_USEFUL = "alert_useful", "alert_not_useful"  #: action ids; the value is the delivery's
MORE = "alert_more"  #: action id of the menu; an option's value is what to do, and with which alert
#: What its options do.
WHY, MUTE, ANOTHER, EDIT, SHARE = "why", "mute", "another", "edit", "share"

_OPTIONS = {
    WHY: "Why?",
    MUTE: "Mute…",
    ANOTHER: "Not the same story",
    EDIT: "Edit rule",
    SHARE: "Share to channel…",
}


def alert_buttons(delivery_id: str) -> Block:
    """Return the row below an alert; Slack takes at most five options in the menu."""
    buttons = [
        Button(text="Useful", action_id=USEFUL, value=delivery_id),
        Button(text="Not useful", action_id=NOT_USEFUL, value=delivery_id),
    ]
    options = [_option(text, f"{what}.{delivery_id}") for what, text in _OPTIONS.items()]
    return button_row(buttons, {"type": "overflow", "action_id": MORE, "options": options})


def chosen(value: str) -> tuple[str, str]:
    """Return what an option of the menu does, and the id of the alert it is about."""
    what, _, delivery_id = value.partition(".")
    return what, delivery_id


def _option(text: str, value: str) -> Element:
    return {"text": {"type": "plain_text", "text": text, "emoji": False}, "value": value}
