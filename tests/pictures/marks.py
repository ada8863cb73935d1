"""mrkdwn, dates and emoji as HTML; everything else in a text is shown as it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from html import escape, unescape

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "arrow_forward": "▶️",
    "bar_chart": "📊",
    "bell": "🔔",
    "bust_in_silhouette": "👤",
    "chart_with_upwards_trend": "📈",
    "double_vertical_bar": "⏸️",
    "eyes": "👀",
    "house": "🏠",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "link": "🔗",
    "mag": "🔍",
    "mute": "🔇",
    "newspaper": "📰",
    "no_bell": "🔕",
    "no_entry": "⛔",
    "red_circle": "🔴",
    "satellite": "📡",
    "satellite_antenna": "📡",
    "scissors": "✂️",
    "speaker": "🔈",
    "stopwatch": "⏱️",
    "thumbsdown": "👎",
    "thumbsup": "👍",
    "warning": "⚠️",
    "wastebasket": "🗑️",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "x": "❌",
    "zzz": "💤",
}

_TOKEN = re.compile(r"<([^<>]*)>|(:[a-z0-9_+-]+:)")
_CODE = re.compile(r"`([^`\n]+)`")
_STYLES = (("b", r"\*([^*\n]+)\*"), ("i", r"_([^_\n]+)_"), ("s", r"~([^~\n]+)~"))


def emoji(name: str) -> str:
    """Return an emoji by Slack's name."""
    return EMOJI.get(name.strip(":"), f":{name.strip(':')}:")


def mrkdwn(text: str, names: dict[str, str], zone: tzinfo = UTC) -> str:
    """Return mrkdwn as HTML.

    Args:
        text: as in a payload, `&`, `<` and `>` escaped.
        names: of channels and people, by id.
        zone: of the reader.
    """
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\ue000{len(kept) - 1}\ue001"

    def token(found: re.Match[str]) -> str:
        if found[2]:
            return keep(emoji(found[2]))
        return keep(_sequence(found[1], names, zone))

    text = _CODE.sub(lambda found: keep(f"<code>{_plain(found[1])}</code>"), text)
    text = _TOKEN.sub(token, text)
    html = _plain(text)
    for tag, pattern in _STYLES:
        html = re.sub(rf"(?<!\w){pattern}(?!\w)", rf"<{tag}>\1</{tag}>", html)
    html = html.replace("\n", "<br>")
    while "\ue000" in html:
        html = re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], html)
    return html


def _plain(text: str) -> str:
    return escape(unescape(text), quote=False)


def _sequence(inside: str, names: dict[str, str], zone: tzinfo) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        _, stamp, form, *_rest = target.split("^")
        return date(int(stamp), form, zone)
    if target[:1] in "#@":
        name = names.get(target[1:], label or target[1:])
        return f'<span class="mention">{target[0]}{escape(name)}</span>'
    return f'<a href="#">{_plain(label or target)}</a>'


def date(stamp: int, form: str, zone: tzinfo) -> str:
    """Return a date token as Slack shows it to someone in a zone."""
    at = datetime.fromtimestamp(stamp, zone)
    said = form
    for name, shown in (
        ("{date_num}", f"{at:%Y-%m-%d}"),
        ("{date_short_pretty}", f"{at:%b} {at.day}"),
        ("{date_short}", f"{at:%b} {at.day}, {at.year}"),
        ("{date_pretty}", f"{at:%B} {at.day}"),
        ("{date_long_pretty}", f"{at:%A}, {at:%B} {at.day}"),
        ("{date_long}", f"{at:%A}, {at:%B} {at.day}, {at.year}"),
        ("{date}", f"{at:%B} {at.day}, {at.year}"),
        ("{time_secs}", f"{at:%H:%M:%S}"),
        ("{time}", f"{at:%H:%M}"),
    ):
        said = said.replace(name, shown)
    return escape(said)
