"""The few Block Kit shapes that Watchdesk uses, and the size they may reach."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.core.models import Message
from bot.core.render.markup import clean, inert

Block = Mapping[str, Any]
Element = Mapping[str, Any]

#: Slack refuses a message near 13,200 characters of blocks; the exact rule is unpublished.
MAX_BLOCKS_CHARS = 12_000
MAX_SECTION = 2900  #: Slack's limit is 3000
MAX_TEXT = 3000  #: of the fallback; Slack truncates at 40,000 and advises 4,000


def size(blocks: Iterable[Block]) -> int:
    """Return how many characters `blocks` take as JSON."""
    return len(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def plain(text: str) -> Element:
    """Return a rich_text element that shows `text` as written."""
    return {"type": "text", "text": inert(text)}


def bold(text: str) -> Element:
    """Return a rich_text element that shows `text` as written, in bold."""
    return {"type": "text", "text": inert(text), "style": {"bold": True}}


def gap(text: str) -> Element:
    """Return a rich_text element for our own text, whose blanks at the ends count."""
    return {"type": "text", "text": text}


def emoji(name: str) -> Element:
    """Return a rich_text element that shows an emoji by its Slack name."""
    return {"type": "emoji", "name": name}


def linked(title: str, url: str | None) -> Element:
    """Return `title` in bold, linked to `url` (already validated) when there is one."""
    if url is None:
        return bold(title)
    return {"type": "link", "url": url, "text": inert(title), "style": {"bold": True}}


def line(*elements: Element) -> Element:
    """Return elements as one line of a rich_text block."""
    return {"type": "rich_text_section", "elements": list(elements)}


def rich_text(*lines: Element) -> Block:
    """Return lines as one block of text that Slack never parses."""
    return {"type": "rich_text", "elements": list(lines)}


def mrkdwn(text: str) -> Element:
    """Return a text object; `verbatim` keeps bare addresses and names from becoming links."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    """Return a section of mrkdwn."""
    return {"type": "section", "text": mrkdwn(text)}


def context(*texts: str) -> Block:
    """Return small grey lines of mrkdwn."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def header(text: str) -> Block:
    """Return a header of plain text (at most 150 characters)."""
    return {"type": "header", "text": {"type": "plain_text", "text": inert(text), "emoji": False}}


def actions(elements: Sequence[Element]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def picture(file_id: str, alt: str) -> Block:
    """Return a picture that was uploaded, with what it shows in words."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": clean(alt) or "a picture"}


def followed(message: Message, *blocks: Block) -> Message:
    """Return a message with more blocks below it."""
    instead = (*message.instead, *blocks) if message.instead else ()
    return Message(text=message.text, blocks=(*message.blocks, *blocks), instead=instead)
