"""Where deliveries go: the console and Slack, behind one small protocol."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.models import Message, Outcome, Sent, Unknown


class Sink(Protocol):
    """Takes messages for channels. How a send ended is a value; a sink raises only for bugs."""

    def send(self, delivery_id: str, channel: str, message: Message) -> Outcome:
        """Send once, without retries of its own, in bounded time.

        Args:
            delivery_id: goes with the message, so that `find` can recognise it.
            channel: a channel id, or `#name` where the sink takes names.
            message: what to show.
        """
        ...

    def find(self, delivery_id: str, channel: str, since: datetime) -> Sent | Unknown | None:
        """Look for what a send with an unknown end may have left.

        Args:
            delivery_id: as it was given to `send`.
            channel: as it was given to `send`.
            since: when it was sent; aware.

        Returns:
            `Sent` when it is there, None when a complete look shows that it isn't, `Unknown` when
            the look was not complete: then nobody may send again.
        """
        ...
