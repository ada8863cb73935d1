"""Slack's mrkdwn as styled terminal text, in which foreign text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

from rich.style import Style
from rich.text import Text

from bot.core.render.markup import is_visible, plain_moment, web_link

EMOJI: Mapping[str, str] = {
    "red_circle": "🔴",
    "large_orange_circle": "🟠",
    "large_blue_circle": "🔵",
    "warning": "⚠",
    "white_check_mark": "✅",
    "x": "❌",
    "bell": "🔔",
    "no_bell": "🔕",
    "new": "🆕",
    "mag": "🔍",
    "bulb": "💡",
    "double_vertical_bar": "⏸",
    "arrow_forward": "▶",
    "chart_with_upwards_trend": "📈",
    "wastebasket": "🗑",
    "bar_chart": "📊",
}
BOLD, ITALIC, STRIKE = Style(bold=True), Style(italic=True), Style(strike=True)
CODE = Style(color="cyan")

_TOKEN = re.compile(
    r"```(?P<fence>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<sequence>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\s](?:[^*\n]*[^*\s])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^_\s](?:[^_\n]*[^_\s])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^~\s](?:[^~\n]*[^~\s])?)~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+-]+):",
    re.DOTALL,
)


def visible(text: str) -> str:
    """Return `text` without what a terminal would obey: escapes, controls, bidi marks."""
    return "".join(char for char in text if char == "\n" or is_visible(char))


def unescape(text: str) -> str:
    """Return `text` as a reader sees it, Slack's three entities resolved."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def link_style(url: str) -> Style:
    """Return the style of a link; an address that isn't plain http(s) is not linked."""
    target = web_link(url)
    return Style(link=target) if target else Style()


def read_mrkdwn(text: str, zone: tzinfo | None, style: Style | None = None) -> Text:
    """Return mrkdwn as styled text.

    Args:
        text: mrkdwn as it goes to Slack.
        zone: of the times shown; the machine's own if None.
        style: what the whole is drawn in.
    """
    style = style or Style()
    shown = Text()
    end = 0
    for token in _TOKEN.finditer(text):
        shown.append(visible(unescape(text[end : token.start()])), style)
        kind = str(token.lastgroup)
        shown.append_text(_READERS[kind](token[kind], zone, style))
        end = token.end()
    shown.append(visible(unescape(text[end:])), style)
    return shown


def local_time(seconds: int, zone: tzinfo | None) -> str:
    """Return a Unix time in `zone` (the machine's own if None) as people write it."""
    at = datetime.fromtimestamp(seconds, UTC)
    return plain_moment(at, zone or at.astimezone().tzinfo)


def _code(text: str, _zone: tzinfo | None, style: Style) -> Text:
    return Text(visible(unescape(text)).strip("\n"), style + CODE)


def _styled(extra: Style) -> Callable[[str, tzinfo | None, Style], Text]:
    return lambda text, zone, style: read_mrkdwn(text, zone, style + extra)


def _emoji(name: str, _zone: tzinfo | None, style: Style) -> Text:
    return Text(EMOJI.get(name, f":{name}:"), style)


def _sequence(inside: str, zone: tzinfo | None, style: Style) -> Text:
    """Return what `<…>` shows: a time, a channel, a person, a link."""
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return Text(visible(_date(target, unescape(label), zone)), style)
    if target[0] in "#@":
        return Text(target[0] + visible(unescape(label) or target[1:]), style + BOLD)
    if target[0] == "!":
        return Text("@" + visible(unescape(label) or target[1:]), style + BOLD)
    link = unescape(target)
    return Text(visible(unescape(label) or link), style + link_style(link))


def _date(target: str, fallback: str, zone: tzinfo | None) -> str:
    try:
        return local_time(int(target.split("^")[1]), zone)
    except (ValueError, OverflowError, OSError):
        return fallback


_READERS: Mapping[str, Callable[[str, tzinfo | None, Style], Text]] = {
    "fence": _code,
    "code": _code,
    "sequence": _sequence,
    "bold": _styled(BOLD),
    "italic": _styled(ITALIC),
    "strike": _styled(STRIKE),
    "emoji": _emoji,
}
