"""Who and where in Slack: channels by id or name, people with their name, zone and rights."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_sdk import WebClient

from bot.commands.desk import Channel
from bot.core.render import literal
from bot.errors import CommandError, UnansweredError
from bot.sinks.slack.errors import is_passing
from bot.sinks.slack.web_api import call, within
from bot.slack_app.remembered import Remembered

TIMEOUT_S = 10.0
FRESH_S = 600.0  #: how long people and the list of names are believed
ACCESS_FRESH_S = 60.0  #: who was removed from a channel sees its rules no longer than this
_KINDS = "public_channel,private_channel"
_PAGE = 500
_MAX_PAGES = 40
_ID = re.compile(r"[CG](?=[A-Z]*\d)[A-Z0-9]{2,}")  # the digit tells DMZ, a name, from an id
_DIRECT = re.compile(r"D(?=[A-Z]*\d)[A-Z0-9]{2,}")
_NOT_THERE = {
    *("channel_not_found", "user_not_found", "message_not_found"),
    *("unknown_method", "HTTP 404"),  # of what stands in for Slack
}
_SCOPES = "channels:read, groups:read, im:write and users:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What Slack tells about someone."""

    name: str = ""
    zone: tzinfo | None = None
    is_admin: bool = False


class SlackDirectory:
    """Looks channels and people up with the bot's token.

    Args:
        client: from `open_client`.
        clock: seconds, for how long an answer is believed.
    """

    def __init__(self, client: WebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._people = Remembered[Person]("person", FRESH_S, clock)
        self._private = Remembered[bool]("channel", ACCESS_FRESH_S, clock)
        self._joined = Remembered[frozenset[str] | None]("membership", ACCESS_FRESH_S, clock)
        self._members = Remembered[frozenset[str]]("channel's members", ACCESS_FRESH_S, clock)
        self._addresses = Remembered[str | None]("channel's name", ACCESS_FRESH_S, clock)
        self._ids: list[tuple[float, Mapping[str, str]]] = [(-FRESH_S, {})]
        self._insists = False

    def insisting(self) -> SlackDirectory:
        """Return one that knows the same, and raises where Slack does not answer."""
        same = copy(self)
        same._insists = True  # noqa: SLF001 - it is of this class
        return same

    def find(self, reference: str, *, user: str) -> Channel | None:
        """Return the channel of an id or `#name`; a direct message is always the user's own.

        Raises:
            CommandError: Slack did not say; what to do about it.
        """
        if _DIRECT.fullmatch(reference):
            opened = self._ask("conversations.open", users=user)
            address = str(opened["channel"]["id"])
            return Channel(address=address, name="direct messages", is_member=True)
        channel_id = self._resolved(reference)
        found = self._ask("conversations.info", channel=channel_id) if channel_id else {}
        if not found:
            return None
        channel = found["channel"]
        return Channel(
            address=str(channel["id"]),
            name=f"#{channel.get('name', '')}",
            is_member=bool(channel.get("is_member")),
            is_archived=bool(channel.get("is_archived")),
        )

    def shown(self, address: str) -> str:
        """Return a channel as Slack shows it to each reader."""
        if _DIRECT.fullmatch(address):
            return "direct messages"
        return f"<#{address}>" if _ID.fullmatch(address) else literal(address)

    def is_private(self, address: str) -> bool:
        """Say whether only members can read a channel; True where Slack does not say."""
        if _DIRECT.fullmatch(address):
            return True
        look = self._look_whether_private
        return self._private.get(address, look, otherwise=True, insist=self._insists)

    def _look_whether_private(self, address: str) -> bool:
        channel_id = self._resolved(address)
        found = self._ask("conversations.info", channel=channel_id) if channel_id else {}
        # what is hidden from us too, or is a group's direct messages, is not public either
        return found.get("channel", {}).get("is_private", True) is not False

    def is_member(self, address: str, *, user: str) -> bool:
        """Say whether someone is in a channel; False where Slack does not say."""
        insist = self._insists
        channel_id = self._addresses.get(address, self._resolved, otherwise=None, insist=insist)
        joined = self._joined.get(user, self._look_what_joined, otherwise=None, insist=insist)
        if joined != frozenset() or channel_id is None:
            return channel_id in (joined or ())
        # in none at all: likelier that whatever stands in for Slack does not know what to say
        look, nobody = self._look_who_is_in, frozenset[str]()
        return user in self._members.get(channel_id, look, otherwise=nobody, insist=insist)

    def _look_who_is_in(self, channel_id: str) -> frozenset[str]:
        members = self._pages("conversations.members", "members", channel=channel_id)
        return frozenset(str(member) for member in members)

    def _look_what_joined(self, user: str) -> frozenset[str]:
        channels = self._pages("users.conversations", "channels", user=user, types=_KINDS)
        return frozenset(str(channel["id"]) for channel in channels)

    def _resolved(self, address: str) -> str | None:
        """Return the id of an address, which in feeds.yaml may be a `#name`."""
        return address if _ID.fullmatch(address) else self._id_of(address)

    def permalink(self, address: str, ts: str) -> str | None:
        """Return the address of a message; None if Slack does not say."""
        try:
            found = self._ask("chat.getPermalink", channel=address, message_ts=ts)
        except CommandError:
            return None
        return found.get("permalink")

    def person(self, user: str) -> Person:
        """Return what is known of someone; nothing much if Slack does not say."""
        return self._people.get(user, self._look_who, otherwise=Person())

    def _look_who(self, user: str) -> Person:
        found = self._ask("users.info", user=user).get("user", {})
        profile = found.get("profile", {})
        return Person(
            name=profile.get("display_name") or found.get("real_name") or found.get("name") or "",
            zone=_zone(found.get("tz")),
            is_admin=any(found.get(key) for key in ("is_admin", "is_owner", "is_primary_owner")),
        )

    def _id_of(self, reference: str) -> str | None:
        """Return the id of a `#name`; for those who typed it where Slack makes no link of it."""
        name = reference.removeprefix("#").lower()
        now = self._clock()
        [(at, ids)] = self._ids
        if name not in ids or now - at >= FRESH_S:
            ids = dict(self._names())
            self._ids[0] = (now, ids)
        return ids.get(name)

    def _names(self) -> Iterator[tuple[str, str]]:
        listed = self._pages(
            "conversations.list", "channels", types=_KINDS, exclude_archived="true"
        )
        for one in listed:
            yield str(one["name"]), str(one["id"])

    def _pages(self, method: str, field: str, **request: str) -> Iterator[Any]:
        """Yield what a field holds on all pages."""
        cursor = ""
        for _ in range(_MAX_PAGES):
            page = self._ask(method, **request, limit=str(_PAGE), cursor=cursor)
            yield from page.get(field, ())
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break

    def _ask(self, method: str, **params: str) -> Mapping[str, Any]:
        """Return Slack's answer; empty for what does not exist or is hidden from us.

        Raises:
            UnansweredError: no answer, or one that is not about the question.
            CommandError: a refusal that stays until somebody changes something.
        """
        try:
            answer = within(TIMEOUT_S, lambda: call(self._client, method, params=params))
        except Exception as error:
            raise UnansweredError(
                f"Slack did not answer ({literal(type(error).__name__)}). "
                "Nothing was saved; send it again in a minute."
            ) from error
        if answer.ok:
            return answer.body
        code = str(answer.body.get("error", f"HTTP {answer.status}"))
        if code in _NOT_THERE:
            return {}
        if code == "missing_scope":
            fix = f"Whoever runs the bot has to give it {_SCOPES}, and install it again."
        else:
            fix = "Send it again in a minute."
        kind = UnansweredError if is_passing(code) else CommandError
        raise kind(f"Slack refused to look that up ({literal(code)}). Nothing was saved. {fix}")


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (
        OSError,
        ValueError,
        ZoneInfoNotFoundError,
    ):  # a zone that this machine has never heard of
        return None
