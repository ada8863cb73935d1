"""The home tabs that people have opened: shown anew soon after anything on them has changed."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.background import in_background
from bot.commands import Asker, Desk
from bot.errors import WatchdeskError
from bot.log import get_logger
from bot.slack_app.home import FIRST, Pages, home_view
from bot.slack_app.remembered import Remembered

log = get_logger(__name__)

MOST_OPEN = 50  #: homes kept fresh, those opened last
AT_ONCE = 6  #: homes shown anew in one go; Slack takes a hundred views a minute
LINK_S = 600.0  #: how long the address of a message is believed
FRESH_S = 4.0  #: how often it is asked whether something has changed, whoever did it


@dataclass(slots=True)
class _Home:
    pages: Pages
    revision: tuple[int, ...] = ()  #: what it shows
    shown: str = ""  #: hash of the view


class Homes:
    """The homes that people have opened.

    Args:
        desk: where everything is.
        asker: who somebody is.
        publish: shows someone a view; False if Slack does not take it.
    """

    def __init__(
        self,
        desk: Desk,
        asker: Callable[[str], Asker],
        publish: Callable[[str, Mapping[str, Any]], bool],
    ) -> None:
        self._desk = desk
        self._asker = asker
        self._publish = publish
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Home] = OrderedDict()
        # a tab that is shown anew every few seconds need not ask Slack each time
        self._links = Remembered[str | None]("permalink", LINK_S, time.monotonic)

    def show(self, user: str, pages: Pages = FIRST) -> None:
        """Show someone their home, and keep it fresh from now on."""
        home = _Home(pages)
        with self._lock:
            self._open[user] = home
            self._open.move_to_end(user)
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        self._show(user, home, self._revision())

    def refresh(self) -> None:
        """Show open homes anew if something was changed since, those opened last first.

        What a person, a poll or another process changed is all the same; a view that would look
        as before is not sent.
        """
        try:
            self._refresh()
        except WatchdeskError as error:  # whoever asked has their answer
            log.warning("homes not refreshed", reason=error)

    def _refresh(self) -> None:
        with self._lock:
            opened = list(reversed(self._open.items()))
        if not opened:
            return
        revision = self._revision()
        stale = [(user, home) for user, home in opened if home.revision != revision]
        for user, home in stale[:AT_ONCE]:
            self._show(user, home, revision)

    def _show(self, user: str, home: _Home, revision: tuple[int, ...]) -> None:
        view = home_view(self._desk, self._asker(user), home.pages, permalink=self._permalink)
        text = json.dumps(view, sort_keys=True).encode()
        shown = hashlib.blake2b(text, digest_size=16).hexdigest()
        if shown == home.shown or self._publish(user, view):
            home.shown = shown
        home.revision = revision

    def _permalink(self, channel: str, ts: str) -> str | None:
        def look(_: str) -> str | None:
            return self._desk.directory.permalink(channel, ts)

        return self._links.get(f"{channel}/{ts}", look, otherwise=None)

    def _revision(self) -> tuple[int, ...]:
        return self._desk.store.overview.revision(self._desk.clock())


@contextmanager
def keeping_fresh(homes: Homes, *, every_s: float = FRESH_S) -> Iterator[None]:
    """Refresh the homes every few seconds while inside."""

    def keep(over: threading.Event) -> None:
        while not over.wait(every_s):
            try:
                homes.refresh()
            except Exception:  # the next round may find what this one did not
                log.exception("homes not refreshed")

    with in_background("homes", keep):
        yield
