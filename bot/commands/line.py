"""A command line, read: the verb, the options, and what is left for the query language."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.commands.desk import refuse
from bot.config.values import is_channel_id
from bot.core.render import code
from bot.core.rules.typed import straighten

OPTIONS: Mapping[str, str] = {
    "in": "in:#nk-alerts",
    "name": 'name:"NK missiles"',
    "level": "level:urgent",
    "mode": "mode:digest",
    "outlets": "outlets:2",
    "threads": "threads:off",
    "quiet": "quiet:22:00-07:00",
}
MAX_NAME = 80

_OPTION = re.compile(rf"({'|'.join(OPTIONS)}):", re.IGNORECASE)
_CHANNEL = re.compile(r"<#([CGD][A-Z0-9]+)(?:\|[^>]*)?>")
_VALUE = re.compile(rf'"([^"]*)"|{_CHANNEL.pattern}|[^\s"]+')
_PHRASE = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Line:
    """What follows a verb. Offsets in `query` are offsets in `text`: errors point into what was typed."""

    text: str
    query: str  #: `text` with the options blanked out
    options: Mapping[str, str]

    @property
    def has_query(self) -> bool:
        """Say whether anything is left beside the options."""
        return bool(self.query.strip())


def tidy(text: str) -> str:
    """Return typed text with plain quotes, dashes and blanks, without what is invisible."""
    return straighten(text)[0].strip()


def first_word(text: str) -> tuple[str, str]:
    """Return the first word and the rest, trimmed."""
    word, _, rest = text.strip().partition(" ")
    return word, rest.strip()


def read_line(text: str) -> Line:
    """Take the options out of a line, wherever they stand outside quotes.

    Raises:
        CommandError: an option twice, without a value, or one whose quote is not closed.
    """
    text = tidy(text)
    options: dict[str, str] = {}
    query, at = "", 0
    while at < len(text):
        found = _OPTION.match(text, at) if at == 0 or text[at - 1] == " " else None
        if found:
            key = found[1].lower()
            if key in options:
                raise refuse(f"`{key}:` is given twice. Keep one: {code(OPTIONS[key])}")
            options[key], end = _value(text, found.end(), key)
            query += " " * (end - at)
        else:
            end = _past(text, at)
            query += text[at:end]
        at = end
    return Line(text, query, options)


def _value(text: str, start: int, key: str) -> tuple[str, int]:
    found = _VALUE.match(text, start)
    if found is None and text[start : start + 1] == '"':
        raise refuse(
            f"The quote after `{key}:` is not closed. Write it like this: {code(OPTIONS[key])}"
        )
    value = (found[0] if found[1] is None else found[1]).strip() if found else ""
    if found is None or not value:
        raise refuse(f"`{key}:` has nothing after it. Write it like this: {code(OPTIONS[key])}")
    return value, found.end()


def _past(text: str, at: int) -> int:
    """Return where to look on: behind a phrase, else one character further."""
    phrase = _PHRASE.match(text, at)
    return phrase.end() if phrase else at + 1


def terms(query: str) -> list[str]:
    """Cut a query at the blanks that stand outside quotes and brackets."""
    found, word, depth, at = [], "", 0, 0
    while at < len(query):
        end = _past(query, at)
        part = query[at:end]
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part == " " and depth <= 0:
            found.append(word)
            word = ""
        else:
            word += part
        at = end
    return [term for term in (*found, word) if term]


# ── values ────────────────────────────────────────────────────────────────────


def name_of(text: str) -> str:
    """Return a rule's name.

    Raises:
        CommandError: it is too long to be read in an alert.
    """
    if len(text) > MAX_NAME:
        raise refuse(f"A name has at most {MAX_NAME} characters; this one has {len(text)}.")
    return text


def channel_reference(text: str) -> str:
    """Return the id or `#name` that a word stands for: `<#C012|nk>`, `#nk`, `C012`."""
    found = _CHANNEL.fullmatch(text)
    return found[1] if found else text


def is_channel(word: str) -> bool:
    """Say whether a word means a channel, in any of the ways to write one."""
    return word.startswith("#") or is_channel_id(channel_reference(word))


def stray_channel(text: str) -> str | None:
    """Return the first channel that stands in a line without `in:`, as Slack writes it."""
    found = _CHANNEL.search(text)
    return found[0] if found else None


def numbered(text: str, letter: str) -> int | None:
    """Return 12 for `W12`, `w12` or `12`; None for anything else."""
    found = re.fullmatch(rf"{letter}?0*(\d{{1,9}})", text.strip(), re.IGNORECASE)
    return int(found[1]) if found else None


def pressed_id(value: str) -> int:
    """Return the id that a button carries; 0, which nothing has, for whatever else it may be."""
    return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else 0


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None
