"""Who asks, what the commands work with, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from bot.commands.pace import Pace
from bot.compose import Budget
from bot.config.values import WrongError, channel_name
from bot.core.models import Message
from bot.core.render import Button, literal, reply_message
from bot.errors import CommandError
from bot.feeds.fetch import Fetcher
from bot.poll import Reader
from bot.rulebook import Rulebook
from bot.shelf import Shelf
from bot.sinks import Pictures
from bot.store import Store

CONSOLE = "console"
BOT_NAME = "@Watchdesk"
_PERSON = re.compile(r"[UW][A-Z0-9]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The person at the other end, and where they are."""

    user: str  #: a Slack user id, or `console`
    channel: str  #: where they asked: an id, or `#name` in the terminal
    name: str = ""  #: for public lines: a mention would ring their own bell
    is_admin: bool = False
    zone: tzinfo | None = None  #: their time zone; UTC where it is not known
    invoked_as: str = "/watch"  #: the command as typed: several apps may claim one name

    @property
    def local(self) -> tzinfo:
        """The zone in which `monday` begins for them."""
        return self.zone or UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place where alerts can go."""

    address: str  #: what rules and deliveries carry
    name: str  #: for people, `#nk-alerts`
    is_member: bool  #: the bot may read and write there
    is_archived: bool = False


class Directory(Protocol):
    """Whoever knows the channels."""

    def find(self, reference: str, *, user: str) -> Channel | None:
        """Return the channel of an id or `#name`; a direct message is always the user's own."""
        ...

    def shown(self, address: str) -> str:
        """Return a channel as mrkdwn that people recognise."""
        ...

    def is_private(self, address: str) -> bool:
        """Say whether only members can read a channel; True where nobody says."""
        ...

    def is_member(self, address: str, *, user: str) -> bool:
        """Say whether someone is in a channel; False where nobody says."""
        ...

    def permalink(self, address: str, ts: str) -> str | None:
        """Return the address of a message; None where messages have none."""
        ...

    def insisting(self) -> Directory:
        """Return the same, but `is_private` and `is_member` raise UnansweredError if Slack is away."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleDirectory:
    """The terminal's: any well-spelled name is a channel, and configured ones have ids."""

    ids: Mapping[str, str] = field(default_factory=dict)  #: `#name` → id, from feeds.yaml

    def find(self, reference: str, *, user: str) -> Channel | None:
        """Return the channel of this name or id; None if it can't be a channel's name."""
        names = {address: name for name, address in self.ids.items()}
        try:
            name = names.get(reference) or channel_name(reference)
        except WrongError:
            return None
        return Channel(address=self.ids.get(name, name), name=name, is_member=True)

    def shown(self, address: str) -> str:
        """Return the channel's name."""
        names = {known: name for name, known in self.ids.items()}
        return literal(names.get(address, address))

    def is_private(self, address: str) -> bool:
        """Return False: whoever has the terminal sees everything."""
        return False

    def is_member(self, address: str, *, user: str) -> bool:
        """Return False: nobody joins a terminal."""
        return False

    def permalink(self, address: str, ts: str) -> str | None:
        """Return None: what scrolled by in a terminal has no address."""
        return None

    def insisting(self) -> ConsoleDirectory:
        """Return itself: it has an answer to everything."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What carrying out a command needs, passed by hand."""

    store: Store
    book: Rulebook
    clock: Callable[[], datetime]
    directory: Directory
    fetcher: Fetcher  #: for `feed add`
    read: Reader
    admins: tuple[str, ...] = ()  #: Slack user ids from feeds.yaml
    feed_every_s: int = 3600  #: how often a feed added by command is polled
    budget: Budget = field(
        default_factory=Budget
    )  #: what channels take unless people say otherwise
    pace: Pace = field(default_factory=Pace)
    pictures: Pictures | None = None  #: takes the charts of digests; None: bars of letters
    shelf: Shelf = field(default_factory=Shelf)  #: what trials of rules read again and again

    def is_admin(self, asker: Asker) -> bool:
        """Say whether they may manage feeds and everybody's rules."""
        return asker.is_admin or asker.user in (*self.admins, CONSOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer: to the asker alone, and one public line where a channel's rules changed."""

    message: Message
    public: tuple[tuple[str, Message], ...] = ()  #: channel address and line
    raw: str = ""  #: for the terminal, in place of the message: text to be kept byte for byte


def reply(
    *lines: str, buttons: tuple[Button, ...] = (), public: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """Return a reply of mrkdwn lines; empty ones are left out."""
    return Reply(
        message=reply_message([line for line in lines if line], buttons=buttons),
        public=tuple((channel, reply_message([line])) for channel, line in public),
    )


def is_person(owner: str) -> bool:
    """Say whether a rule or feed belongs to someone, not to a file of the configuration."""
    return owner == CONSOLE or _PERSON.fullmatch(owner) is not None


def who(owner: str) -> str:
    """Return a person or file as mrkdwn."""
    return f"<@{owner}>" if _PERSON.fullmatch(owner) else literal(owner)


def by(asker: Asker) -> str:
    """Return the asker as mrkdwn for everybody to read; not as a mention, which would ring."""
    return f"*{literal(asker.name) or literal(asker.user)}*"


def refuse(*lines: str) -> CommandError:
    """Return the error that shows these lines of mrkdwn."""
    return CommandError("\n".join(line for line in lines if line))
