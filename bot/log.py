"""Logging: one line per event, `key=value`, UTC, and never a secret.

    log = get_logger(__name__)
    log.warning("feed failed", feed=url, failures=3)

gives `2026-11-22T17:48:54.120Z WARNING poll: feed failed feed=https://… failures=3`.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TextIO

#: Slack's tokens and webhook addresses, wherever they turn up: an error text, a URL, a traceback.
_TOKENS = re.compile(r"x(?:ox[a-z]|app)-[\w.-]+|hooks\.slack\.com/[^\s\"'<>]+")
_HIDDEN = "***"
#: What would break the line or command the terminal: feeds' titles and servers' words get here.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

_COLOURS = {"DEBUG": "2", "INFO": "36", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


class Revealing(Protocol):
    """A secret: something that gives its text only when asked by name."""

    def reveal(self) -> str:
        """Return the text."""
        ...


class EventLog:
    """A logger whose events carry fields."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, /, **fields: object) -> None:
        """Log what only someone who looks for a fault wants to see."""
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, /, **fields: object) -> None:
        """Log what happened."""
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, /, **fields: object) -> None:
        """Log what went wrong and is being dealt with."""
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, /, **fields: object) -> None:
        """Log what went wrong and needs a person."""
        self._log(logging.ERROR, event, fields)

    def exception(self, event: str, /, **fields: object) -> None:
        """Log the exception being handled, with its traceback, still on one line."""
        self._log(logging.ERROR, event, fields, exc_info=True)

    def _log(
        self, level: int, event: str, fields: Mapping[str, object], *, exc_info: bool = False
    ) -> None:
        self._logger.log(
            level, "%s", event, exc_info=exc_info, extra={"fields": fields}, stacklevel=3
        )


def get_logger(name: str) -> EventLog:
    """Return the log of a module; `bot.` is left out of what people read."""
    return EventLog(name)


def setup(
    level: str = "INFO",
    *,
    as_json: bool = False,
    secrets: Iterable[Revealing] = (),
    stream: TextIO | None = None,
) -> None:
    """Send all logs, other libraries' too, to `stream` (standard error), each secret hidden.

    Raises ValueError when `level` is none of DEBUG, INFO, WARNING, ERROR.
    """
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    shown = JsonLine(secrets) if as_json else Line(secrets, colour=_wants_colour(out))
    handler.setFormatter(shown)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping().get(level, 0)))
    logging.getLogger("bot").setLevel(level)


def _wants_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


class Line(logging.Formatter):
    """One event as one line for people and `grep`."""

    def __init__(self, secrets: Iterable[Revealing] = (), *, colour: bool = False) -> None:
        super().__init__()
        # The longest first, so that a secret within a secret leaves no rest.
        values = sorted({secret.reveal() for secret in secrets} - {""}, key=len, reverse=True)
        self._secrets = [text for value in values for text in (value, json.dumps(value)[1:-1])]
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line without secrets."""
        line = self._line(record, self._fields(record))
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return _TOKENS.sub(_HIDDEN, line)

    def _line(self, record: logging.LogRecord, fields: Mapping[str, object]) -> str:
        level = record.levelname
        if self._colour:
            level = f"\033[{_COLOURS.get(level, '0')}m{level}\033[0m"
        said = _one_line(record.getMessage())
        pairs = "".join(f" {key}={_quoted(value)}" for key, value in fields.items())
        return f"{_utc(record)} {level} {_short(record.name)}: {said}{pairs}"

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            fields["traceback"] = self.formatException(record.exc_info)
        return fields


class JsonLine(Line):
    """One event as one JSON object, for machines."""

    def _line(self, record: logging.LogRecord, fields: Mapping[str, object]) -> str:
        event: dict[str, Any] = {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "logger": _short(record.name),
            "event": record.getMessage(),
        }
        return json.dumps({**event, **fields}, ensure_ascii=False, default=str)


def _utc(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short(name: str) -> str:
    return name.removeprefix("bot.")


def _quoted(value: object) -> str:
    """Return a value that `key=value` readers take as one: quoted when it holds blanks or quotes."""
    text = str(value)
    if text and not re.search(r"[\s\"=]", text) and not _CONTROLS.search(text):
        return text
    return _CONTROLS.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text)
