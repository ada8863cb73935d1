"""The home tab: one's rules, those of one's channels, feeds, deliveries, digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from bot.commands import Asker, Desk
from bot.commands.access import may_change, may_read, visible
from bot.commands.changes import ADD_FORM, EDIT_FORM
from bot.commands.desk import is_person
from bot.commands.feeds import fails, quiet_feeds, state_of, titled
from bot.commands.help import welcome
from bot.commands.listing import row
from bot.commands.say import count
from bot.commands.status import deliveries_line, last_poll, refusing_lines
from bot.core.models import Rule
from bot.core.render import cut_markup, link, literal, moment, shorten

Json = dict[str, Any]
Which = Literal["mine", "others"]

PAGE = "home_page"  #: action id of the buttons that turn a page; Slack wants each once in a block
BACK, ON = f"{PAGE}_back", f"{PAGE}_on"
PER_PAGE = 10  #: of each list; all together stay far below the 100 blocks of a view
_MAX_SECTION = 2900
_MOST_FEEDS = 5  #: failing, and as many quiet ones
_MOST_REFUSED = 3
_MOST_DIGESTS = 3
_WEEK = timedelta(days=7)
_TITLES: Mapping[Which, str] = {"mine": "Your rules", "others": "Rules of your channels"}
_DIVIDER: Json = {"type": "divider"}


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


FIRST = Pages()


def home_view(desk: Desk, asker: Asker, pages: Pages = FIRST) -> Json:
    """Return the view."""
    page = _Page(desk, asker, pages)
    blocks = [
        _buttons(_button("Add rule", ADD_FORM, style="primary")),
        *page.rules(),
        _DIVIDER,
        *(_section("\n".join(lines)) for lines in (page.feeds(), page.deliveries())),
        *(_section("\n".join(lines)) for lines in (page.digests(),) if lines),
        _DIVIDER,
        *(block for block in welcome(asker).message.blocks if block["type"] != "actions"),
    ]
    return {"type": "home", "blocks": [dict(block) for block in blocks]}


class _Page:
    """What somebody may see, part by part."""

    def __init__(self, desk: Desk, asker: Asker, pages: Pages) -> None:
        self._desk, self._asker, self._pages = desk, asker, pages
        self._now = desk.clock()

    # ── lists ──

    def rules(self) -> Iterator[Json]:
        """Yield one's own, and those of one's channels."""
        rules, user = visible(self._desk, self._asker), self._asker.user
        mine = [rule for rule in rules if rule.owner == user]
        others = [rule for rule in rules if rule.owner != user and self._is_near(rule.channel)]
        yield from self._listed("mine", mine)
        yield _DIVIDER
        yield from self._listed("others", others)

    def _is_near(self, channel: str) -> bool:
        return self._desk.directory.is_member(channel, user=self._asker.user)

    def _listed(self, which: Which, rules: list[Rule]) -> Iterator[Json]:
        """Yield a list's title, one page of it, and the buttons that turn the page."""
        last = max(0, (len(rules) - 1) // PER_PAGE)
        at = min(getattr(self._pages, which), last)
        of = f", page {at + 1} of {last + 1}" if last else ""
        none = "" if rules else "\nNone yet."
        yield _section(f"*{_TITLES[which]}* · {count(len(rules), 'rule')}{of}{none}")
        shown = rules[at * PER_PAGE : (at + 1) * PER_PAGE]
        alerts = self._desk.store.overview.alerts(
            [rule.id for rule in shown], since=self._now - _WEEK
        )
        for rule in shown:
            yield self._rule(rule, alerts.get(rule.id, 0))
        turns = [
            _button(label, action_id, replace(self._pages, **{which: to}).value)
            for label, action_id, to in (("‹ Back", BACK, at - 1), ("More ›", ON, at + 1))
            if 0 <= to <= last
        ]
        if turns:
            yield _buttons(*turns)

    def _rule(self, rule: Rule, alerts: int) -> Json:
        more = [f"{count(alerts, 'alert')} in 7 days"]
        shown = _section(row(self._desk, self._asker, rule, more=more))
        may = is_person(rule.owner) and may_change(self._desk, self._asker, rule)
        return shown | ({"accessory": _button("Edit", EDIT_FORM, str(rule.id))} if may else {})

    # ── how all is ──

    def feeds(self) -> list[str]:
        """Return how many there are, which fail and why, which are unusually quiet."""
        feeds, invoked = self._desk.store.feeds.all(), self._asker.invoked_as
        quiet = quiet_feeds(self._desk, {known.feed.id for known in feeds})
        failing = [known for known in feeds if fails(known)]
        silent = [known for known in feeds if known.feed.id in quiet and not fails(known)]
        parts = [f"{len(feeds):,} watched", f"{len(failing):,} failing"]
        parts += [f"{len(silent):,} unusually quiet"] if silent else []
        lines = [f"*Feeds* {', '.join(parts)} · {last_poll(feeds, self._asker)}"]
        for some, word in ((failing, "failing"), (silent, "quiet")):
            for known in some[:_MOST_FEEDS]:
                state = state_of(known, self._asker, quiet_since=quiet.get(known.feed.id))
                lines.append(f"`F{known.feed.id}` {titled(known.feed)} · {state}")
            if len(some) > _MOST_FEEDS:
                lines.append(f"{len(some) - _MOST_FEEDS:,} more: `{invoked} feeds {word}`")
        return lines

    def deliveries(self) -> list[str]:
        """Return what waits, what was refused for good and why, which channels refuse us."""
        desk, asker = self._desk, self._asker
        dead = [one for one in desk.store.deliveries.dead() if may_read(desk, asker, one.channel)]
        refused = [
            f":x: refused for good in {desk.directory.shown(one.channel)}, "
            f"{moment(one.created_at, asker.local)}: "
            f"{literal(shorten(one.reason or 'no reason known', 120))}"
            for one in dead[: -_MOST_REFUSED - 1 : -1]
        ]
        return [f"*Deliveries* {deliveries_line(desk, asker)}", *refused, *refusing_lines(desk, asker)]

    def digests(self) -> list[str]:
        """Return the digests that one can read, the last ones first."""
        desk, asker = self._desk, self._asker
        seen = [
            one
            for one in desk.store.overview.latest("digest")
            if may_read(desk, asker, one.channel)
        ]
        lines = []
        for one in seen[:_MOST_DIGESTS]:
            url = desk.directory.permalink(one.channel, one.ts) if one.ts else None
            at = moment(one.sent_at or one.created_at, asker.local)
            where = desk.directory.shown(one.channel)
            lines.append(f"{at} in {where}" + (f" · {link('open it', url)}" if url else ""))
        return ["*Last digests*", *lines] if lines else []


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
