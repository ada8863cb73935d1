"""The home tab: one's rules, those of one's channels, feeds, deliveries; fresh after a change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.commands import Asker, Desk, run
from bot.commands.access import may_change, visible
from bot.commands.changes import ADD_FORM, EDIT_FORM
from bot.commands.desk import is_person
from bot.commands.help import welcome
from bot.commands.listing import row
from bot.commands.say import count
from bot.core.models import Rule
from bot.core.render import cut_markup
from bot.errors import WatchdeskError
from bot.log import get_logger

log = get_logger(__name__)

Json = dict[str, Any]

PAGE = "home_page"  #: action id of the buttons that turn a page; Slack wants each once in a block
BACK, ON = f"{PAGE}_back", f"{PAGE}_on"
PER_PAGE = 10  #: rules; both lists together stay far below the 100 blocks of a view
MOST_OPEN = 50  #: homes kept fresh, those opened last
_MAX_SECTION = 2900
_TITLES = {"mine": "Your rules", "others": "Rules of your channels"}


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of each list somebody looks at, from 0."""

    mine: int = 0
    others: int = 0

    @property
    def value(self) -> str:
        """What a button carries."""
        return f"{self.mine}.{self.others}"

    @classmethod
    def read(cls, value: str) -> Pages:
        """Return the pages of a button."""
        mine, _, others = value.partition(".")
        return cls(int(mine), int(others or 0))


def home_view(desk: Desk, asker: Asker, pages: Pages = Pages()) -> Json:
    """Return the view."""
    rules = visible(desk, asker)
    mine = [rule for rule in rules if rule.owner == asker.user]
    others = [rule for rule in rules if rule.owner != asker.user and _is_near(desk, asker, rule)]
    blocks = [
        _buttons(_button("Add rule", ADD_FORM, style="primary")),
        *_listed(desk, asker, "mine", mine, pages),
        {"type": "divider"},
        *_listed(desk, asker, "others", others, pages),
        {"type": "divider"},
        *run(desk, asker, "watch", "status").message.blocks,
        {"type": "divider"},
        *(block for block in welcome(asker).message.blocks if block["type"] != "actions"),
    ]
    return {"type": "home", "blocks": [dict(block) for block in blocks]}


def _is_near(desk: Desk, asker: Asker, rule: Rule) -> bool:
    return desk.directory.is_member(rule.channel, user=asker.user)


def _listed(
    desk: Desk, asker: Asker, which: str, rules: list[Rule], pages: Pages
) -> Iterator[Json]:
    """Yield a list's title, one page of its rules, and the buttons that turn the page."""
    last = max(0, (len(rules) - 1) // PER_PAGE)
    at = min(getattr(pages, which), last)
    of = f", page {at + 1} of {last + 1}" if last else ""
    none = "" if rules else "\nNone yet."
    yield _section(f"*{_TITLES[which]}* · {count(len(rules), 'rule')}{of}{none}")
    for rule in rules[at * PER_PAGE : (at + 1) * PER_PAGE]:
        edit = _button("Edit", EDIT_FORM, str(rule.id))
        may = is_person(rule.owner) and may_change(desk, asker, rule)
        yield _section(row(desk, asker, rule)) | ({"accessory": edit} if may else {})
    turns = [
        _button(label, action_id, replace(pages, **{which: to}).value)
        for label, action_id, to in (("‹ Back", BACK, at - 1), ("More ›", ON, at + 1))
        if 0 <= to <= last
    ]
    if turns:
        yield _buttons(*turns)


def _section(text: str) -> Json:
    shown = cut_markup(text, _MAX_SECTION)
    return {"type": "section", "text": {"type": "mrkdwn", "text": shown, "verbatim": True}}


def _buttons(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons)}


def _button(text: str, action_id: str, value: str = "", *, style: str = "") -> Json:
    button: Json = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text, "emoji": False},
    }
    return button | ({"value": value} if value else {}) | ({"style": style} if style else {})


class Homes:
    """The homes that people have opened, shown anew when something they show has changed.

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
        self._open: OrderedDict[str, Pages] = OrderedDict()
        self._shown = self._revision()

    def show(self, user: str, pages: Pages = Pages()) -> None:
        """Show someone their home, and keep it fresh from now on."""
        with self._lock:
            self._open[user] = pages
            self._open.move_to_end(user)
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        self._publish(user, home_view(self._desk, self._asker(user), pages))

    def refresh(self) -> None:
        """Show all open homes anew if a rule, feed or channel was changed since."""
        try:
            self._refresh()
        except WatchdeskError as error:  # whoever asked has their answer
            log.warning("homes not refreshed", reason=error)

    def _refresh(self) -> None:
        revision = self._revision()
        with self._lock:
            if revision == self._shown:
                return
            self._shown = revision
            shown = list(self._open.items())
        for user, pages in reversed(shown):
            self._publish(user, home_view(self._desk, self._asker(user), pages))

    def _revision(self) -> tuple[int, int]:
        store = self._desk.store
        return store.rules.revision(), store.changes.revision()
