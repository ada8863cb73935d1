"""The home tab: one's rules, those of one's channels, mutes, feeds, deliveries, digests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, TypeVar

from bot.commands import Asker, Desk
from bot.commands.access import may_change, may_read, visible
from bot.commands.changes import ADD_FORM, EDIT_FORM
from bot.commands.desk import is_person
from bot.commands.feeds import fails, quiet_feeds, state_of, titled
from bot.commands.help import welcome
from bot.commands.listing import row
from bot.commands.mutes import known_mutes, lasts
from bot.commands.mutes import row as mute_row
from bot.commands.say import count
from bot.commands.schedules import row as schedule_row
from bot.commands.status import deliveries_line, last_poll, refusing_lines
from bot.core.models import Rule
from bot.core.render import cut_markup, link, literal, moment, shorten
from bot.store.deliveries import DeliveryRecord
from bot.store.mutes import Mute

T = TypeVar("T")
Json = dict[str, Any]
Permalink = Callable[[str, str], str | None]
Which = Literal["mine", "others", "mutes"]

PAGE = "home_page"  #: action id of the buttons that turn a page; Slack wants each once in a block
BACK, ON = f"{PAGE}_back", f"{PAGE}_on"
UNMUTE = "home_unmute"  #: of the button beside a mute
PER_PAGE = 10  #: of each list; all together stay far below the 100 blocks of a view
_MAX_SECTION = 2900
_MOST_FEEDS = 5  #: failing, and as many quiet ones
_MOST_REFUSED = 3
_MOST_SCHEDULES = 5
_MOST_DIGESTS = 3
_WEEK = timedelta(days=7)
_TITLES: Mapping[Which, str] = {
    "mine": "Your rules",
    "others": "Rules of your channels",
    "mutes": "Muted",
}
_NONE: Mapping[Which, str] = {
    "mine": "None yet.",
    "others": "None yet.",
    "mutes": "The menu below an alert mutes its story, its source or a rule for a while.",
}
_DIVIDER: Json = {"type": "divider"}


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of each list somebody looks at, from 0."""

    mine: int = 0
    others: int = 0
    mutes: int = 0

    @property
    def value(self) -> str:
        """What a button carries."""
        return f"{self.mine}.{self.others}.{self.mutes}"

    @classmethod
    def read(cls, value: str) -> Pages:
        """Return the pages of a button, also of one from before there were so many lists."""
        numbers = value.split(".")[:3]
        return cls(*(int(number) if number.isdecimal() else 0 for number in numbers))


FIRST = Pages()


def home_view(
    desk: Desk, asker: Asker, pages: Pages = FIRST, *, permalink: Permalink | None = None
) -> Json:
    """Return the view.

    Args:
        desk: where everything is.
        asker: whose home it is.
        pages: which page of each list.
        permalink: returns the address of a message; the directory's if not given.
    """
    page = _Page(desk, asker, pages, permalink or desk.directory.permalink)
    blocks = [
        _buttons(_button("Add rule", ADD_FORM, style="primary")),
        *page.rules(),
        _DIVIDER,
        *page.mutes(),
        _DIVIDER,
        _section("\n".join(page.feeds())),
        _section("\n".join(page.deliveries())),
        _section("\n".join(page.digests())),
        _DIVIDER,
        *(block for block in welcome(asker).message.blocks if block["type"] != "actions"),
    ]
    return {"type": "home", "blocks": [dict(block) for block in blocks]}


class _Page:
    """What somebody may see, part by part."""

    def __init__(self, desk: Desk, asker: Asker, pages: Pages, permalink: Permalink) -> None:
        self._desk, self._asker, self._pages = desk, asker, pages
        self._permalink = permalink
        self._now = desk.clock()
        self._mutes = known_mutes(desk, asker)

    # ── lists ──

    def rules(self) -> Iterator[Json]:
        """Yield one's own, and those of one's channels."""
        rules, user = visible(self._desk, self._asker), self._asker.user
        mine = [rule for rule in rules if rule.owner == user]
        others = [rule for rule in rules if rule.owner != user and self._is_near(rule.channel)]
        yield from self._listed("mine", mine, count(len(mine), "rule"), self._rows)
        yield _DIVIDER
        yield from self._listed("others", others, count(len(others), "rule"), self._rows)

    def mutes(self) -> Iterator[Json]:
        """Yield what is kept silent by oneself, or in one's channels."""
        near = [
            one for one in self._mutes if one.who == self._asker.user or self._is_near(one.channel)
        ]
        yield from self._listed("mutes", near, f"{len(near):,}", self._muted)

    def _is_near(self, channel: str) -> bool:
        return self._desk.directory.is_member(channel, user=self._asker.user)

    def _listed(
        self,
        which: Which,
        every: Sequence[T],
        size: str,
        show: Callable[[Sequence[T]], Iterator[Json]],
    ) -> Iterator[Json]:
        """Yield a list's title, one page of it, and the buttons that turn the page."""
        last = max(0, (len(every) - 1) // PER_PAGE)
        at = min(getattr(self._pages, which), last)
        of = f", page {at + 1} of {last + 1}" if last else ""
        none = "" if every else f"\n{_NONE[which]}"
        yield _section(f"*{_TITLES[which]}* · {size}{of}{none}")
        yield from show(every[at * PER_PAGE : (at + 1) * PER_PAGE])
        turns = [
            _button(label, action_id, replace(self._pages, **{which: to}).value)
            for label, action_id, to in (("‹ Back", BACK, at - 1), ("More ›", ON, at + 1))
            if 0 <= to <= last
        ]
        if turns:
            yield _buttons(*turns)

    def _rows(self, rules: Sequence[Rule]) -> Iterator[Json]:
        """Yield rules with how loud they are, how long they are muted, and Edit."""
        ids, asker = [rule.id for rule in rules], self._asker
        alerts = self._desk.store.overview.alerts(ids, since=self._now - _WEEK)
        muted = {one.rule_id: one for one in self._mutes if one.what == "rule"}
        for rule in rules:
            more = [f"muted {lasts(muted[rule.id], asker)}"] if rule.id in muted else []
            more.append(f"{count(alerts.get(rule.id, 0), 'alert')} in 7 days")
            shown = _section(row(self._desk, asker, rule, more=more))
            may = is_person(rule.owner) and may_change(self._desk, asker, rule)
            yield shown | ({"accessory": _button("Edit", EDIT_FORM, str(rule.id))} if may else {})

    def _muted(self, mutes: Sequence[Mute]) -> Iterator[Json]:
        for one in mutes:
            unmute = _button("Unmute", UNMUTE, str(one.id))
            yield _section(mute_row(self._desk, self._asker, one)) | {"accessory": unmute}

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
        return [
            f"*Deliveries* {deliveries_line(desk, asker)}",
            *refused,
            *refusing_lines(desk, asker),
        ]

    def digests(self) -> list[str]:
        """Return the digests that come by themselves, and the last that went."""
        desk, asker = self._desk, self._asker
        near = [
            one
            for one in desk.store.schedules.live()
            if one.owner == asker.user or self._is_near(one.channel)
        ]
        own = {one.channel for one in near if one.owner == asker.user}
        seen = [
            one
            for one in desk.store.overview.latest("digest")
            if one.channel in own or self._is_near(one.channel)
        ]
        none = "" if near else "none by themselves: `/digest schedule daily 08:30`"
        lines = [schedule_row(desk, asker, one) for one in near[:_MOST_SCHEDULES]]
        if len(near) > _MOST_SCHEDULES:
            lines.append(f"{len(near) - _MOST_SCHEDULES:,} more: `/digest schedule`")
        lines += [f"last: {self._sent(one)}" for one in seen[:_MOST_DIGESTS]]
        return [f"*Digests* {none}".rstrip(), *lines]

    def _sent(self, digest: DeliveryRecord) -> str:
        """Return when and where a digest went, with its address."""
        desk, channel = self._desk, digest.channel
        url = self._permalink(channel, digest.ts) if digest.ts else None
        at = moment(digest.sent_at or digest.created_at, self._asker.local)
        return f"{at} in {desk.directory.shown(channel)}" + (
            f" · {link('open it', url)}" if url else ""
        )


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
