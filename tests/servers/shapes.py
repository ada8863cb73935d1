"""A small language for the shapes of JSON: what a value must be, and where it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Findings:
    """What is wrong so far."""

    mentions: bool  #: whether mentions are wanted
    found: list[str] = field(default_factory=list)

    def add(self, place: str, message: str) -> None:
        self.found.append(f"{place}: {message}")


Check = Callable[[Any, str, Findings], None]


def string(least: int, most: int) -> Check:
    """Return a check for a string of a certain length that can be sent as UTF-8."""

    def check(value: Any, place: str, findings: Findings) -> None:
        if not isinstance(value, str):
            findings.add(place, f"must be a string, is {type(value).__name__}")
        elif not least <= len(value) <= most:
            findings.add(place, f"has {len(value)} characters, must have {least} to {most}")
        elif any("\ud800" <= char <= "\udfff" for char in value):
            findings.add(place, "holds a lone surrogate")

    return check


def integer(least: int, most: int) -> Check:
    """Return a check for a whole number in a range."""

    def check(value: Any, place: str, findings: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            findings.add(place, f"must be a number from {least} to {most}, is {value!r:.40}")

    return check


def boolean(value: Any, place: str, findings: Findings) -> None:
    """Check for true or false."""
    if not isinstance(value, bool):
        findings.add(place, f"must be true or false, is {value!r:.40}")


def anything(value: Any, place: str, findings: Findings) -> None:
    """Accept a value whose shape Slack leaves to the app."""


def one_of(*allowed: str) -> Check:
    """Return a check for one of some words."""

    def check(value: Any, place: str, findings: Findings) -> None:
        if value not in allowed:
            findings.add(place, f"must be one of {', '.join(allowed)}, is {value!r:.40}")

    return check


def address(most: int = 3000, schemes: tuple[str, ...] = ("https://", "http://")) -> Check:
    """Return a check for a web address without characters that end a link early."""

    def check(value: Any, place: str, findings: Findings) -> None:
        string(1, most)(value, place, findings)
        if isinstance(value, str) and not value.lower().startswith(schemes):
            findings.add(place, f"is no web address: {value[:40]!r}")
        elif isinstance(value, str) and any(char in "<>|" or char.isspace() for char in value):
            findings.add(place, f"holds a character that breaks a link: {value[:80]!r}")

    return check


def listing(item: Check, least: int, most: int) -> Check:
    """Return a check for a list of a certain length."""

    def check(value: Any, place: str, findings: Findings) -> None:
        if not isinstance(value, list):
            findings.add(place, f"must be a list, is {type(value).__name__}")
            return
        if not least <= len(value) <= most:
            findings.add(place, f"has {len(value)} items, must have {least} to {most}")
        for index, one in enumerate(value):
            item(one, f"{place}/{index}", findings)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object with these keys and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, place: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add(place, f"must be an object, is {type(value).__name__}")
            return
        for key in required.keys() - value.keys():
            findings.add(place, f"lacks {key}")
        for key, inner in value.items():
            if key not in known:
                findings.add(place, f"has an unknown key {key!r:.40}")
            else:
                known[key](inner, f"{place}/{key}", findings)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """Return a check that picks the shape by the value's `type`."""

    def check(value: Any, place: str, findings: Findings) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in kinds:
            findings.add(place, f"has an unsupported type {kind!r:.40}")
            return
        rest = {key: inner for key, inner in value.items() if key != "type"}
        kinds[str(kind)](rest, place, findings)

    return check


def block(kinds: Mapping[str, Check]) -> Check:
    """Return a check for a block, whose block_id is common to all."""

    def check(value: Any, place: str, findings: Findings) -> None:
        if isinstance(value, dict) and "block_id" in value:
            string(1, 255)(value["block_id"], f"{place}/block_id", findings)
            value = {key: inner for key, inner in value.items() if key != "block_id"}
        typed(kinds)(value, place, findings)

    return check
