"""Rules as YAML, in the shape of feeds.yaml: the same rules give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from bot.config.file import UNTIL_RESUMED
from bot.core.models import Form, Level, Mode, Rule

_TERMS = ("keywords", "actors", "locations", "exclude")


class _Dumper(yaml.SafeDumper):
    """Writes text that holds a `<` in double quotes, where it can be escaped."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if "<" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_rules(rules: Iterable[Rule]) -> str:
    """Return rules as YAML that `read_rules` and feeds.yaml take; without a name where it is "".

    No `<` stands in it, so that nothing in it can become a mention or a link on its way.
    """
    text: str = yaml.dump(
        {"rules": [_plain(rule) for rule in rules]},
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=10_000,
    )
    return text.replace("<", r"\x3C")


def _plain(rule: Rule) -> dict[str, Any]:
    """Return what a rule is made of; what is as always is left out."""
    found: dict[str, Any] = {"name": rule.name} if rule.name else {}
    found["channel"] = rule.channel
    if rule.level is not Level.INFO:
        found["level"] = rule.level.value
    if rule.mode is not Mode.INSTANT:
        found["mode"] = rule.mode.value
    if rule.form:
        found |= _filled(rule.form)
    else:
        found["query"] = rule.query
    if rule.min_outlets > 1:
        found["min_outlets"] = rule.min_outlets
    if rule.threads:
        found["threads"] = rule.threads.value
    if rule.quiet_hours:
        found["quiet_hours"] = str(rule.quiet_hours)
    if rule.paused_until == UNTIL_RESUMED:
        found["paused"] = True
    return found


def _filled(form: Form) -> dict[str, list[str]]:
    return {key: list(terms) for key in _TERMS if (terms := getattr(form, key))}
