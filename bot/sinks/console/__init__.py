"""The console as a sink: what Slack would show, for people, or one JSON object per message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.core.models import Message, Outcome, Sent
from bot.sinks.console.blocks import colour, message_lines
from bot.sinks.console.mrkdwn import visible

__all__ = ["ConsoleSink", "message_lines", "message_panel"]

_TS = "console:"
_HOW = {"thread": "in the thread", "edited": "edited"}
_WIDEST = 100  #: columns; longer lines are hard to read


def message_panel(
    message: Message, *, channel: str = "", zone: tzinfo | None = None, width: int | None = None
) -> Panel:
    """Return `message` in a frame in the colour of its level, with the channel's name on it.

    Args:
        message: as it is sent.
        channel: shown on the frame.
        zone: of the times shown; the machine's own if None.
        width: in columns; as wide as the console if None.
    """
    return Panel(
        Padding(message_lines(message, zone), (0, 1)),
        title=Text(visible(channel), "dim") if channel else None,
        title_align="right",
        border_style=colour(message),
        box=box.ROUNDED,
        width=width,
    )


class ConsoleSink:
    """Prints messages.

    Args:
        console: where to.
        json: print one JSON object per line instead: delivery_id, channel, text, blocks; `thread` or
            `edited` with the id of the message that is replied to or changed.
        zone: of the times shown to people; the machine's own if None.
    """

    def __init__(self, console: Console, *, json: bool = False, zone: tzinfo | None = None) -> None:
        self._console = console
        self._json = json
        self._zone = zone
        self._sent: dict[str, Sent] = {}

    def send(
        self,
        delivery_id: str,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> Outcome:
        """Print `message`; see `Sink.send`. Its `ts` follows from the delivery's id."""
        how = {"thread": thread} if thread else {}
        self._print(delivery_id, channel, _without_buttons(message), how)
        return self._sent.setdefault(delivery_id, Sent(ts=f"{_TS}{delivery_id}"))

    def edit(self, channel: str, ts: str, message: Message) -> Outcome:
        """Print what the message says now; see `Sink.edit`."""
        self._print(ts.removeprefix(_TS), channel, _without_buttons(message), {"edited": ts})
        return Sent(ts=ts)

    def find(
        self, delivery_id: str, channel: str, since: datetime, *, thread: str | None = None
    ) -> tuple[str, ...]:
        """Say whether this console printed it; see `Sink.find`."""
        return (self._sent[delivery_id].ts,) if delivery_id in self._sent else ()

    def delete(self, channel: str, ts: str) -> Outcome:
        """Do nothing: what was printed stays; see `Sink.delete`."""
        return Sent(ts=ts)

    def _print(
        self, delivery_id: str, channel: str, message: Message, how: Mapping[str, str]
    ) -> None:
        if self._json:
            self._console.out(_record(delivery_id, channel, message, how), highlight=False)
        else:
            width = min(self._console.width, _WIDEST)
            shown = " · ".join([channel, *(_HOW[key] for key in how)])
            panel = message_panel(message, channel=shown, zone=self._zone, width=width)
            self._console.print(panel)


def _without_buttons(message: Message) -> Message:
    """Leave out what nobody can press here."""
    blocks = tuple(block for block in message.blocks if block["type"] != "actions")
    return replace(message, blocks=blocks)


def _record(delivery_id: str, channel: str, message: Message, how: Mapping[str, str]) -> str:
    record = {
        "delivery_id": delivery_id,
        "channel": channel,
        "text": message.text,
        "blocks": list(message.blocks),
        **how,
    }
    return json.dumps(record)  # ASCII only: no terminal can obey it, no encoding can break it
