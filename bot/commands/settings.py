"""What a line may say of a rule beside its query and its place: level, mode, quiet hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.commands.desk import Asker, refuse
from bot.commands.line import Line
from bot.config.values import WrongError, min_outlets, quiet_hours
from bot.core.models import Level, Mode, Threads
from bot.core.quiet import QuietHours
from bot.core.render import code, escape

OFF = frozenset({"off", "no", "none"})  #: take quiet hours away


def settings_of(line: Line, asker: Asker) -> dict[str, Any]:
    """Return the fields of a rule that a line's options set, by name.

    Args:
        line: what was typed.
        asker: quiet hours that name no time zone are on their clocks.

    Raises:
        CommandError: a value that can't be used; says which there are.
    """
    given = {key: value for key, value in line.options.items() if key in _READ}
    found = {_READ[key][0]: _READ[key][1](value) for key, value in given.items()}
    if "quiet" in line.options:
        found["quiet_hours"] = quiet_of(line.options["quiet"], asker)
    return found


def level_of(text: str) -> Level:
    """Return a level by its name in any letter case.

    Raises:
        CommandError: there is no such level; says which there are.
    """
    try:
        return Level(text.lower())
    except ValueError:
        names = ", ".join(f"`level:{level}`" for level in Level)
        raise refuse(f"There is no level {code(text)}. Write {names}.") from None


def outlets_of(text: str) -> int:
    """Return how many independent outlets a rule waits for.

    Raises:
        CommandError: it is no number from 1 to 9.
    """
    try:
        return min_outlets(text)
    except WrongError:
        raise refuse(f"{code(text)} is no number of outlets. Write `outlets:2`, up to 9.") from None


def mode_of(text: str) -> Mode:
    """Return what follows when a rule fires, in any letter case.

    Raises:
        CommandError: there is no such mode; says which there are.
    """
    try:
        return Mode(text.lower())
    except ValueError:
        raise refuse(
            f"There is no mode {code(text)}. Write `mode:instant` for alerts, or `mode:digest` "
            "to find it in digests only."
        ) from None


def threads_of(text: str) -> Threads | None:
    """Return how the rule's stories are told on; None for as the channel has it.

    Raises:
        CommandError: there is no such way; says which there are.
    """
    if text.lower() == "channel":
        return None
    try:
        return Threads(text.lower())
    except ValueError:
        raise refuse(
            f"There is no `threads:` {code(text)}. Write `threads:on`, `threads:quiet` or "
            "`threads:off`; `threads:channel` is as the channel has it."
        ) from None


def quiet_of(text: str, asker: Asker) -> QuietHours | None:
    """Return quiet hours, on the asker's clocks if they name no others; None for `off`.

    Raises:
        CommandError: they can't be read; says how to write them.
    """
    if text.lower() in OFF:
        return None
    try:
        return quiet_hours(text, default=zone_of(asker))
    except WrongError as wrong:
        raise refuse(
            f"{escape(wrong.message)}: {escape(wrong.fix)}",
            "Quiet hours are written `quiet:22:00-07:00`, on other clocks than yours "
            "`quiet:22:00-07:00@Asia/Seoul`; `quiet:off` takes them away.",
        ) from None


def zone_of(asker: Asker) -> str:
    """Return the name of the asker's time zone; UTC where it is not known."""
    return str(getattr(asker.local, "key", "UTC"))


#: Each option that sets a field of the rule: which, and how its value is read.
_READ: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "level": ("level", level_of),
    "mode": ("mode", mode_of),
    "outlets": ("min_outlets", outlets_of),
    "threads": ("threads", threads_of),
}
