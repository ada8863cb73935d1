"""Messages that stand for others: what the noise budget holds, what an outage left behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.models import Alert, Message
from bot.core.render.alert import LEVELS, loudest, rule_label, source_line
from bot.core.render.blocks import (
    MAX_BLOCKS_CHARS,
    MAX_TEXT,
    Block,
    Element,
    context,
    emoji,
    followed,
    gap,
    line,
    linked,
    plain,
    rich_text,
    size,
)
from bot.core.render.markup import cut_markup, link, literal, moment, shorten, web_link
from bot.core.render.reply import Button, button_row, reply_message

ROLLING_LINES = 30  #: what one rolling message shows; then another begins
_TITLE_COLUMNS = 140
_TOP = 3
_MAX_GAPS = 8

POST_ALL, SHOW_HELD, DISMISS = "catchup_post", "catchup_digest", "catchup_dismiss"
RESUME_CHANNEL = "resume_channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """What happened while nobody was watching; input of the renderer."""

    id: str  #: the delivery that says it: what the buttons are about
    began_at: datetime
    ended_at: datetime
    is_restore: bool = False  #: the database came back from a backup made when it began
    alerts: tuple[Alert, ...] = ()  #: held stories, loudest first
    entries: int = 0  #: how many entries they hold
    gaps: tuple[str, ...] = ()  #: names of feeds that may have had more than we saw
    settled: str = ""  #: what a person decided, in mrkdwn; "" while it is open


def rolling_message(alerts: Sequence[Alert], *, per_hour: int) -> Message:
    """Return the message that collects alerts over a channel's budget, a line each.

    Args:
        alerts: what is collected, loudest first.
        per_hour: the budget in force, which the message names.
    """
    count = _count(len(alerts), "more alert", "more alerts")
    said = f"{count}, collected here: this channel takes {per_hour:,} messages an hour"
    blocks = [context(f":inbox_tray: *{said}*"), *_listed(alerts)]
    lines = [f"{said}:", *(_fallback_line(alert) for alert in alerts)]
    return Message(text=cut_markup("\n".join(lines), MAX_TEXT), blocks=tuple(blocks))


def catchup_message(told: CatchUp) -> Message:
    """Return the one message about an outage: how long, how much, the top three, what to do."""
    blocks: list[Block] = [context(f":hourglass_flowing_sand: *{_summed_up(told)}*")]
    blocks += _listed(told.alerts[:_TOP])
    more = len(told.alerts) - _TOP
    if more > 0:
        blocks.append(context(f"and {_count(more, 'more story', 'more stories')}"))
    if told.gaps:
        blocks.append(context(_gaps(told.gaps)))
    text = "\n".join([_summed_up(told), *map(_fallback_line, told.alerts[:_TOP])])
    if told.settled:
        blocks.append(context(told.settled))
    elif told.alerts:
        blocks.append(button_row(_choices(told)))
    return Message(text=cut_markup(text, MAX_TEXT), blocks=tuple(blocks))


def held_message(alerts: Sequence[Alert]) -> Message:
    """Return all that a message stands for, a line each."""
    text = "\n".join(map(_fallback_line, alerts))
    blocks = _listed(alerts) or [context("Nothing is held here any more.")]
    return Message(text=cut_markup(text, MAX_TEXT) or "Nothing is held.", blocks=tuple(blocks))


def repeated(message: Message) -> Message:
    """Return a message that says of itself that it may be one too many."""
    repeat = replace(message, text=f"(possible repeat) {message.text}")
    return followed(repeat, context("(possible repeat)"))


def paused_message(channel: str, *, reason: str, advice: str, waiting: int) -> Message:
    """Return what a rule's owner is told once when a channel refuses alerts.

    Args:
        channel: its address.
        reason: the sink's code.
        advice: what to do, in mrkdwn.
        waiting: how many alerts are kept for it.
    """
    kept = _count(waiting, "alert is", "alerts are")
    return reply_message(
        [
            f":double_vertical_bar: Slack refuses alerts for {_place(channel)} ({literal(reason)}).",
            f"{kept} kept, nothing is lost.",
            f"{advice} Then press Resume, or wait: it is tried again by itself.",
        ],
        buttons=[Button(text="Resume", action_id=RESUME_CHANNEL, value=channel)],
    )


def working_again_message(channel: str) -> Message:
    """Return what `paused_message` becomes when the channel takes alerts again."""
    return reply_message([f":arrow_forward: {_place(channel)} takes alerts again."])


def span(length: timedelta) -> str:
    """Return a length of time for people: `6 h 10 m`, `2 d 3 h`, `45 m`."""
    minutes = int(length.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = [(days, "d"), (hours, "h"), (minutes % 60, "m")]
    said = [f"{number} {unit}" for number, unit in parts if number][:2]
    return " ".join(said) or "0 m"


def _place(channel: str) -> str:
    if re.fullmatch(r"[CG][A-Z0-9]+", channel):
        return f"<#{channel}>"
    return literal(channel) if channel.startswith("#") else "your direct messages"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _summed_up(told: CatchUp) -> str:
    stories = _count(len(told.alerts), "story", "stories")
    entries = _count(told.entries, "matching entry", "matching entries")
    found = f"{entries} in {stories}" if told.alerts else "nothing matched"
    if told.is_restore:
        made = moment(told.began_at, None)
        return f"Restored from the backup of {made}: {found} since, perhaps posted before"
    return f"Back after {span(told.ended_at - told.began_at)}: {found}"


def _choices(told: CatchUp) -> list[Button]:
    dismiss = "Mark all as seen" if told.is_restore else "Dismiss"
    return [
        Button(text="Post all", action_id=POST_ALL, value=told.id),
        Button(text="Digest", action_id=SHOW_HELD, value=told.id),
        Button(text=dismiss, action_id=DISMISS, value=told.id),
    ]


def _gaps(names: Sequence[str]) -> str:
    shown = ", ".join(literal(shorten(name, 60)) for name in names[:_MAX_GAPS])
    more = f" and {len(names) - _MAX_GAPS} more" if len(names) > _MAX_GAPS else ""
    return f":warning: Possible gap: {shown}{more} published more than their feeds still show."


def _listed(alerts: Iterable[Alert]) -> list[Block]:
    """Return a line per alert as one block; the last ones give way to Slack's limits."""
    lines: list[Element] = []
    for alert in alerts:
        lines.append(_line(alert))
        if size([rich_text(*lines)]) > MAX_BLOCKS_CHARS - 1000:
            lines[-1:] = [line(plain("…"))]
            break
    return [rich_text(*lines)] if lines else []


def _line(alert: Alert) -> Element:
    title = shorten(alert.entry.title, _TITLE_COLUMNS) or "(no title)"
    rules = ", ".join(map(rule_label, alert.rules[:2]))
    outlet = shorten(alert.entry.outlet, 40)
    return line(
        emoji(LEVELS[loudest(alert.rules)][0]),
        gap(" "),
        linked(title, web_link(alert.entry.url)),
        *([gap(" · "), plain(outlet)] if outlet else []),
        *([gap(" · "), plain(rules)] if rules else []),
        gap("\n"),
    )


def _fallback_line(alert: Alert) -> str:
    title = link(shorten(alert.entry.title, _TITLE_COLUMNS), alert.entry.url)
    return " · ".join(filter(None, [title, source_line(alert.entry)]))
