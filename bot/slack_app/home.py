"""The home tab: one's own rules, how the bot is, and what to type."""

from __future__ import annotations

from typing import Any

from bot.commands import Asker, Desk, run
from bot.commands.help import welcome
from bot.commands.listing import list_rules
from bot.core.models import Message

_DIVIDER = {"type": "divider"}


def home_view(desk: Desk, asker: Asker) -> dict[str, Any]:
    """Return the view; each part is what a command would answer."""
    parts: list[Message] = [
        list_rules(desk, asker, "mine").message,
        run(desk, asker, "watch", "status").message,
        welcome(asker).message,
    ]
    blocks = [block for part in parts for block in (*part.blocks, _DIVIDER)]
    return {"type": "home", "blocks": blocks[:-1]}
