"""What a line may say of a rule beside its query and its place: level, mode, outlets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.commands.desk import refuse
from bot.commands.line import Line
from bot.config.values import WrongError, min_outlets
from bot.core.models import Level, Mode
from bot.core.render import code


def settings_of(line: Line) -> dict[str, Any]:
    """Return the fields of a rule that a line's options set, by name.

    Raises:
        CommandError: a value that can't be used; says which there are.
    """
    given = {key: value for key, value in line.options.items() if key in _READ}
    return {_READ[key][0]: _READ[key][1](value) for key, value in given.items()}


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


#: Each option that sets a field of the rule: which, and how its value is read.
_READ: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "level": ("level", level_of),
    "mode": ("mode", mode_of),
    "outlets": ("min_outlets", outlets_of),
}
