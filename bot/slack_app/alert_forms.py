"""The modals that an alert's menu opens: what they show, what Slack sends back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands.mutes import LENGTHS, Choice
from bot.core.render import shorten

Json = dict[str, Any]

MUTE_CALLBACK, SHARE_CALLBACK = "mute_form", "share_form"
_ENOUGH = 75  #: columns of an option's text


@dataclass(frozen=True, slots=True)
class About:
    """Which alert a modal is about, and where its menu was; kept in the modal itself."""

    delivery_id: str
    channel: str

    def kept(self) -> str:
        """Return it as a modal carries it."""
        return json.dumps({"alert": self.delivery_id, "channel": self.channel})

    @classmethod
    def read(cls, view: Mapping[str, Any]) -> About:
        """Return what a submitted modal carried."""
        kept = json.loads(view["private_metadata"])
        return cls(kept["alert"], kept["channel"])


def mute_view(about: About, choices: Sequence[Choice]) -> Json:
    """Return the modal that asks what shall be silent, and how long."""
    offered = [_option(one.label, one.value) for one in choices]
    lengths = [_option(label, words) for words, label in LENGTHS.items()]
    return {
        "type": "modal",
        "callback_id": MUTE_CALLBACK,
        "private_metadata": about.kept(),
        "title": _plain("Mute"),
        "submit": _plain("Mute"),
        "close": _plain("Cancel"),
        "blocks": [
            _select("what", "What shall be silent", offered),
            _select("length", "How long", lengths),
        ],
    }


def read_mute(view: Mapping[str, Any]) -> tuple[str, str]:
    """Return what was chosen in a submitted modal: what, and how long."""
    values = view["state"]["values"]
    what, length = (
        str(values[name][name]["selected_option"]["value"]) for name in ("what", "length")
    )
    return what, length


def share_view(about: About) -> Json:
    """Return the modal that asks where an alert shall be posted too."""
    element = {
        "type": "conversations_select",
        "action_id": "channel",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return {
        "type": "modal",
        "callback_id": SHARE_CALLBACK,
        "private_metadata": about.kept(),
        "title": _plain("Share to channel"),
        "submit": _plain("Share"),
        "close": _plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": "channel",
                "label": _plain("Channel"),
                "hint": _plain("Rules of private channels are not named there."),
                "element": element,
            }
        ],
    }


def read_share(view: Mapping[str, Any]) -> str:
    """Return the channel chosen in a submitted modal."""
    return str(view["state"]["values"]["channel"]["channel"]["selected_conversation"])


def _select(name: str, label: str, options: Sequence[Json]) -> Json:
    element = {
        "type": "static_select",
        "action_id": name,
        "options": list(options),
        "initial_option": options[0],
    }
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _option(label: str, value: str) -> Json:
    return {"text": _plain(shorten(label, _ENOUGH) or value), "value": value}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
