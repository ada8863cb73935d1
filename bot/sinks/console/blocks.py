"""Block Kit blocks as terminal lines: the console shows what Slack would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.rule import Rule as Line
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.core.models import Message
from bot.sinks.console.mrkdwn import BOLD, EMOJI, link_style, local_time, read_mrkdwn, visible

Thing = Mapping[str, Any]  #: a block or an element

DIM = Style(dim=True)
_LEVEL_COLOURS = {
    "red_circle": "red",
    "large_orange_circle": "orange1",
    "large_blue_circle": "blue",
}


def message_lines(message: Message, zone: tzinfo | None = None) -> Group:
    """Return what Slack would show of `message`; its text if it has no blocks.

    Args:
        message: as it is sent.
        zone: of the times shown; the machine's own if None.
    """
    blocks = message.instead or message.blocks  # a terminal shows no pictures
    if not blocks:
        return Group(read_mrkdwn(message.text, zone))
    return Group(*(shown for block in blocks for shown in _block(block, zone)))


def colour(message: Message) -> str:
    """Return the colour of the message's level, told by its first emoji; grey for no level."""
    return next(filter(None, map(_level_colour, message.blocks[:1])), "bright_black")


def _level_colour(block: Thing) -> str | None:
    lines = block.get("elements", [])
    elements = lines[0].get("elements", []) if lines else []
    return _LEVEL_COLOURS.get(elements[0].get("name", "")) if elements else None


def _block(block: Thing, zone: tzinfo | None) -> Iterator[RenderableType]:
    read = _BLOCKS.get(block.get("type", ""))
    if read is None:
        yield Text(f"[{visible(str(block.get('type')))}]", DIM)
    else:
        yield from read(block, zone)


def _header(block: Thing, _zone: tzinfo | None) -> Iterator[RenderableType]:
    yield Text(visible(block["text"]["text"]), BOLD)


def _section(block: Thing, zone: tzinfo | None) -> Iterator[RenderableType]:
    for text in [block.get("text"), *block.get("fields", ())]:
        if text:
            yield _text_object(text, zone, Style())


def _context(block: Thing, zone: tzinfo | None) -> Iterator[RenderableType]:
    shown = [_text_object(element, zone, DIM) for element in block["elements"]]
    yield Text("  ").join(shown)


def _text_object(text: Thing, zone: tzinfo | None, style: Style) -> Text:
    if text["type"] == "mrkdwn":
        return read_mrkdwn(text["text"], zone, style)
    return Text(visible(text.get("text") or text.get("alt_text", "")), style)


def _divider(_block: Thing, _zone: tzinfo | None) -> Iterator[RenderableType]:
    yield Line(style=DIM)


def _actions(block: Thing, _zone: tzinfo | None) -> Iterator[RenderableType]:
    labels = (element.get("text", {}).get("text", "…") for element in block["elements"])
    yield Text("  ".join(f"[ {visible(label)} ]" for label in labels), DIM)


def _rich_text(block: Thing, zone: tzinfo | None) -> Iterator[RenderableType]:
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            yield from _list(part, zone)
        else:
            yield _line(part["elements"], zone)


def _list(part: Thing, zone: tzinfo | None) -> Iterator[RenderableType]:
    ordered = part["style"] == "ordered"
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style=DIM)
    grid.add_column()
    for number, item in enumerate(part["elements"], start=1):
        grid.add_row(f"{number}." if ordered else "•", _line(item["elements"], zone))
    yield grid


def _line(elements: Sequence[Thing], zone: tzinfo | None) -> Text:
    line = Text()
    for element in elements:
        line.append_text(_element(element, zone, _style(element.get("style", {}))))
    return line


def _style(wanted: Thing) -> Style:
    return Style(
        bold=wanted.get("bold"),
        italic=wanted.get("italic"),
        strike=wanted.get("strike"),
        underline=wanted.get("underline"),
    )


def _element(element: Thing, zone: tzinfo | None, style: Style) -> Text:
    match element["type"]:
        case "text":
            return Text(visible(element["text"]), style)
        case "link":
            shown = visible(element.get("text") or element["url"])
            return Text(shown, style + link_style(element["url"]))
        case "emoji":
            return Text(EMOJI.get(element["name"], f":{visible(element['name'])}:"), style)
        case "date":
            return Text(local_time(element["timestamp"], zone), style + DIM)
        case kind:
            named = (visible(str(value)) for key, value in element.items() if key.endswith("_id"))
            return Text(f"@{next(named, kind)}", style + BOLD)


_BLOCKS: Mapping[str, Callable[[Thing, tzinfo | None], Iterator[RenderableType]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": _divider,
    "actions": _actions,
    "rich_text": _rich_text,
}
