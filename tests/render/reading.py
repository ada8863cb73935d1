"""Messages read back: what a person would see, follow or be called by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.models import Message
from tests.servers.block_kit import problems
from tests.servers.mrkdwn import read_marks


def payload(message: Message) -> dict[str, Any]:
    """Return what goes over the wire."""
    return {"text": message.text, "blocks": [dict(block) for block in message.blocks]}


def refusals(message: Message) -> list[str]:
    """Return what Slack would refuse."""
    return problems(payload(message))


def things(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside blocks."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from things(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from things(inner)


def strings(message: Message) -> list[str]:
    """Return every text that a message holds."""
    found = [message.text]
    for thing in things(message.blocks):
        found += [value for key, value in thing.items() if key == "text" and isinstance(value, str)]
    return found


def links(message: Message) -> set[str]:
    """Return every address a reader could follow, as Slack would open it."""
    found = {
        thing["url"]
        for thing in things(message.blocks)
        if thing.get("type") in {"link", "date"} and "url" in thing
    }
    for thing in [{"type": "mrkdwn", "text": message.text}, *things(message.blocks)]:
        if thing.get("type") == "mrkdwn":
            found |= {link.replace("&amp;", "&") for link in read_marks(thing["text"]).links}
    return found


def plain(message: Message) -> str:
    """Return the blocks' text as a reader sees it, a line per line."""
    return "\n".join(_plain(block) for block in message.blocks).replace("\u2060", "")


def _plain(thing: Any) -> str:
    kind = thing.get("type")
    if kind in {"rich_text", "context", "actions", "rich_text_list"}:
        return "\n".join(_plain(element) for element in thing["elements"])
    if kind in {"rich_text_section", "rich_text_preformatted"}:
        return "".join(_plain(element) for element in thing["elements"])
    if kind in {"section", "header", "button"}:
        return _plain(thing["text"])
    if kind == "emoji":
        return f":{thing['name']}:"
    if kind == "date":
        return str(thing["fallback"])
    return str(thing.get("text", ""))


def bold(message: Message) -> list[str]:
    """Return the texts that rich_text shows in bold, links left out."""
    return [
        thing["text"]
        for thing in things(message.blocks)
        if thing.get("type") == "text" and thing.get("style", {}).get("bold")
    ]
