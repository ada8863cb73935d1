"""What the environment says: tokens and addresses, each also from a file (`NAME_FILE`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.config.values import WrongError, web_url
from bot.errors import ConfigError, Problem

#: Every variable that is read; `NAME_FILE` may name a file that holds the value instead.
VARIABLES = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "DATABASE_URL",
)
SLACK_API_URL = "https://slack.com/api/"
DATABASE_URL = "sqlite:///watchdesk.db"

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Secret:
    """A text that no log, traceback or message may show; `reveal` is said where it is used."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The environment, read and found right."""

    slack_bot_token: Secret | None = None
    slack_app_token: Secret | None = None  #: Socket Mode
    slack_signing_secret: Secret | None = None  #: HTTP mode
    slack_api_url: str = SLACK_API_URL  #: ends with a slash
    database_url: str = field(default=DATABASE_URL, repr=False)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that a log must never show."""
        held = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        return tuple(secret for secret in held if secret)


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Read `environ` (the process's own by default); raises ConfigError with all problems.

    An empty variable counts as one that is not set.
    """
    environ = os.environ if environ is None else environ
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for name in VARIABLES:
        try:
            value = _value(environ, name)
            if value:
                found[name] = _CHECKS.get(name, _one_word)(value)
        except WrongError as wrong:
            problems.append(Problem(name, wrong.message, wrong.fix))
    if problems:
        raise ConfigError(problems)
    return Environment(
        slack_bot_token=_secret(found.get("SLACK_BOT_TOKEN")),
        slack_app_token=_secret(found.get("SLACK_APP_TOKEN")),
        slack_signing_secret=_secret(found.get("SLACK_SIGNING_SECRET")),
        slack_api_url=found.get("SLACK_API_URL", SLACK_API_URL),
        database_url=found.get("DATABASE_URL", DATABASE_URL),
    )


def _secret(value: str | None) -> Secret | None:
    return Secret(value) if value else None


def _value(environ: Mapping[str, str], name: str) -> str:
    """Return the variable's value or its file's content; messages never show either."""
    value, path = environ.get(name, "").strip(), environ.get(f"{name}_FILE", "").strip()
    if value and path:
        raise WrongError(f"{name}_FILE is set as well", "unset one of the two")
    if not path:
        return value
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise WrongError(f"the file of {name}_FILE is not text", "write only the value") from None
    except OSError as error:
        said = f"the file of {name}_FILE can't be read: {error.strerror}"
        raise WrongError(said, f"check that {path} exists and may be read") from None
    if not content:
        raise WrongError(f"the file of {name}_FILE is empty", "write the value into it")
    return content


def _one_word(value: str) -> str:
    if len(value.split()) != 1:
        raise WrongError("has blanks inside", "copy it again from api.slack.com/apps")
    return value


def _bot_token(value: str) -> str:
    if value.startswith(("xapp-", "xoxp-", "xoxe")):
        raise WrongError(
            f"is another kind of token ({value[:4]}-…)",
            "the bot's token starts with xoxb-: api.slack.com/apps, OAuth & Permissions",
        )
    return _one_word(value)


def _app_token(value: str) -> str:
    if value.startswith("xox"):
        raise WrongError(
            f"is another kind of token ({value[:4]}-…)",
            "the app's token starts with xapp-: api.slack.com/apps, Basic Information",
        )
    return _one_word(value)


def _api_url(value: str) -> str:
    url = web_url(value)
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise WrongError("would send the token in the clear", "use https://")
    return url.rstrip("/") + "/"


def _database_url(value: str) -> str:
    if not value.startswith("sqlite:///") or value == "sqlite:///":
        scheme = value.partition(":")[0] if "://" in value else "no scheme"
        raise WrongError(
            f"is no SQLite address ({scheme})",
            "write sqlite:///watchdesk.db, or sqlite:////data/watchdesk.db for a full path",
        )
    return value


_CHECKS = {
    "SLACK_BOT_TOKEN": _bot_token,
    "SLACK_APP_TOKEN": _app_token,
    "SLACK_API_URL": _api_url,
    "DATABASE_URL": _database_url,
}
