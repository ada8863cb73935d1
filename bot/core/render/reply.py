"""Answers to commands and plain notices as Slack messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.models import Message
from bot.core.render.blocks import (
    MAX_BLOCKS_CHARS,
    MAX_SECTION,
    MAX_TEXT,
    Block,
    Element,
    actions,
    context,
    section,
    size,
)
from bot.core.render.markup import clean, cut_markup, is_visible, literal, shorten

_NOTHING = "(nothing to show)"
_MAX_BUTTONS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something a reader can press."""

    text: str
    action_id: str  #: what was pressed; unique within a message
    value: str = ""  #: ids only: what it is about
    style: str = ""  #: "", primary, danger
    confirm: str = ""  #: a question to answer first

    def __post_init__(self) -> None:
        if not 0 < len(self.action_id) <= 255 or len(self.value) > 2000 or not clean(self.text):
            raise ValueError("a button needs a text, an action_id to 255 and a value to 2000")


def reply_message(lines: Sequence[str], *, buttons: Sequence[Button] = ()) -> Message:
    """Return lines of mrkdwn as a message, cut to what Slack takes.

    Args:
        lines: mrkdwn whose foreign text went through `escape`, `literal`, `code` or `link`.
        buttons: shown below, at most 25.
    """
    visible = [_visible(line) for line in lines]
    row = [button_row(buttons)] if buttons else []
    blocks = list(_sections(visible, MAX_BLOCKS_CHARS - size(row) - 200)) or [section(_NOTHING)]
    text = "\n".join(visible).strip() or _NOTHING
    return Message(text=cut_markup(text, MAX_TEXT), blocks=(*blocks, *row))


def button_row(buttons: Sequence[Button], *more: Element) -> Block:
    """Return buttons, at most 25, as one block; other things to press go behind them."""
    return actions([*(_button(button) for button in buttons[:_MAX_BUTTONS]), *more])


def notice_message(text: str) -> Message:
    """Return plain text, which may come from anywhere, as a message that shows it as written."""
    return reply_message([literal(line) for line in text.splitlines()])


def _visible(line: str) -> str:
    return "".join(char for char in line if char == "\n" or is_visible(char))


def _sections(lines: Sequence[str], room: int) -> Iterator[Block]:
    """Yield sections until `room` characters are used, then how many lines were left out."""
    done = 0
    for chunk in _chunks(lines):
        text = cut_markup("\n".join(chunk).strip(), MAX_SECTION)
        block = section(text)
        room -= size([block])
        if room < 0:
            yield context(f"… and {len(lines) - done:,} more lines")
            return
        done += len(chunk)
        if text:
            yield block


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield runs of lines that fill a section; a line too long for one stands alone."""
    chunk: list[str] = []
    length = 0
    for line in lines:
        if chunk and length + len(line) + 1 > MAX_SECTION:
            yield chunk
            chunk, length = [], 0
        chunk.append(line)
        length += len(line) + 1
    if chunk:
        yield chunk


def _button(button: Button) -> Element:
    shown: dict[str, object] = {
        "type": "button",
        "action_id": button.action_id,
        "text": _plain(button.text, 70),
    }
    if button.value:
        shown["value"] = button.value
    if button.style:
        shown["style"] = button.style
    if button.confirm:
        shown["confirm"] = {
            "title": _plain("Are you sure?", 100),
            "text": _plain(button.confirm, 280),
            "confirm": _plain("Yes", 30),
            "deny": _plain("No", 30),
        }
    return shown


def _plain(text: str, columns: int) -> Element:
    return {"type": "plain_text", "text": shorten(text, columns), "emoji": True}
