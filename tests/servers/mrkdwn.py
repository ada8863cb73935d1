"""What Slack would make of a text: its links and mentions, and the marks that are broken."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ESCAPED = re.compile(r"&(?:amp|lt|gt);")
_SEQUENCE = re.compile(r"<([^<>]*)>")
_LINK = re.compile(r"(?:https?://|mailto:)[^|\s]+(?:\|[^|]*)?")
_DATE = re.compile(r"!date\^\d+\^[^|^]+(?:\^https?://[^|]+)?\|[^|]+")
_CHANNEL = re.compile(r"#[CGD][A-Z0-9]+(?:\|[^|]*)?")
_USER = re.compile(r"@[UW][A-Z0-9]+(?:\|[^|]*)?")
_GROUP = re.compile(r"!(?:subteam\^[A-Z0-9]+|channel|here|everyone)(?:\|[^|]*)?")


@dataclass(frozen=True, slots=True)
class Marks:
    """The control sequences of a text and what is wrong with it."""

    links: tuple[str, ...]
    mentions: tuple[str, ...]
    problems: tuple[str, ...]


def read_marks(text: str) -> Marks:
    """Return what Slack would find in a mrkdwn text; a stray `<`, `>` or `&` is a problem."""
    links, mentions, problems = [], [], []
    for inside in _SEQUENCE.findall(text):
        if _LINK.fullmatch(inside):
            links.append(inside.partition("|")[0])
        elif _USER.fullmatch(inside) or _GROUP.fullmatch(inside):
            mentions.append(inside)
        elif not (_DATE.fullmatch(inside) or _CHANNEL.fullmatch(inside)):
            problems.append(f"unknown control sequence <{inside[:40]}>")
        if "&" in _ESCAPED.sub("", inside):
            problems.append(f"unescaped & in <{inside[:40]}>")
    rest = _ESCAPED.sub("", _SEQUENCE.sub("", text))
    problems += [f"unescaped {char}" for char in "<>&" if char in rest]
    return Marks(tuple(links), tuple(mentions), tuple(problems))
