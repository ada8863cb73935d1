"""Where deliveries go: the console and Slack, behind one small protocol."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.models import Message, Outcome, Unknown, Unreadable


class Sink(Protocol):
    """Takes messages for channels. How a call ended is a value; a sink raises only for bugs."""

    def send(
        self,
        delivery_id: str,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> Outcome:
        """Send once, without retries of its own, in bounded time.

        Args:
            delivery_id: goes with the message, so that `find` can recognise it.
            channel: a channel id, or `#name` where the sink takes names.
            message: what to show.
            thread: the `ts` of the message to reply to.
            broadcast: of a reply: the channel sees it too.
        """
        ...

    def edit(self, channel: str, ts: str, message: Message) -> Outcome:
        """Let a visible message show something else; harmless to repeat.

        `Rejected` for the delivery when the message is gone or can't be changed any more.
        """
        ...

    def find(
        self, delivery_id: str, channel: str, since: datetime, *, thread: str | None = None
    ) -> tuple[str, ...] | Unknown | Unreadable:
        """Look for what a send with an unknown end may have left.

        Args:
            delivery_id: as it was given to `send`.
            channel: as it was given to `send`.
            since: when it was first sent; aware.
            thread: as it was given to `send`.

        Returns:
            The `ts` of every copy, oldest first, when the look was complete: none means that it
            isn't there. `Unknown` when it was not complete: look again before sending again.
            `Unreadable` when looking is in vain.
        """
        ...

    def delete(self, channel: str, ts: str) -> Outcome:
        """Take back an own message, one that is gone already included."""
        ...


class Pictures(Protocol):
    """Takes pictures that messages then show."""

    @property
    def trouble(self) -> str:
        """Why there can be none now, as mrkdwn with what to do about it; "" if all is well."""
        ...

    def keep(self, png: bytes, *, alt: str) -> str | None:
        """Return the id by which a message shows this picture; None if it was not taken.

        Args:
            png: the picture.
            alt: what it shows, in words.
        """
        ...
