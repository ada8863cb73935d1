"""The real engine and gazetteer over the demo's content: what fires, what stays quiet, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_config
from bot.core.models import Entry, Form, Match, Rule
from bot.core.rules import canonical, from_form
from bot.core.rules.compile import RuleSet, compile_rules
from bot.demo.documents import write_document
from bot.demo.outlets import LAST_STEP, Outlet, load_outlets
from bot.feeds.parse import parse_document
from bot.gazetteer import load

START = datetime(2018, 11, 13, 9, 30, tzinfo=UTC)
FEEDS_YAML = Path(__file__).parents[2] / "bot/demo/feeds.yaml"
ACCEPTANCE: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "acceptance.toml").read_text("utf-8")
)["rule"]


@cache
def entries_of(outlet: Outlet) -> dict[str, Entry]:
    """Return the outlet's entries by demo id, each as the parser reads it where first served."""
    found: dict[str, Entry] = {}
    for step in range(LAST_STEP + 1):
        served = outlet.at(step)
        feed = parse_document(write_document(outlet, served, lambda _: START), url=outlet.site)
        for meant, entry in zip(served, feed.entries, strict=True):
            found.setdefault(
                meant.id, replace(entry, outlet=outlet.title, lang=outlet.lang, tags=())
            )
    return found


@cache
def newly_published() -> dict[str, Entry]:
    return {
        f"{outlet.name}/{entry.id}": entries_of(outlet)[entry.id]
        for outlet in load_outlets()
        for entry in outlet.entries
        if entry.step >= 1
    }


@cache
def compiled(rules: tuple[Rule, ...]) -> RuleSet:
    return compile_rules(rules, load())


def numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, id=number) for number, rule in enumerate(rules, 1))


def acceptance_rule(row: dict[str, Any]) -> Rule:
    form = Form(**{kind: tuple(names) for kind, names in row.get("form", {}).items()})
    query = canonical(from_form(form, row.get("query", "")))
    return Rule(name=row["name"], query=query, channel="#test")


@pytest.mark.parametrize("outlet", load_outlets(), ids=lambda outlet: outlet.name)
def test_the_demo_rules_match_exactly_what_the_content_says(outlet: Outlet) -> None:
    rules = compiled(numbered(load_config(FEEDS_YAML).rules))
    found = {
        name: {rules.rules[match.rule_id].name for match in rules.match(entry)}
        for name, entry in entries_of(outlet).items()
    }
    assert found == {entry.id: set(entry.expect) for entry in outlet.entries}


@pytest.mark.parametrize("row", ACCEPTANCE, ids=lambda row: row["name"])
def test_the_first_users_rules_fire_with_the_right_reason_and_only_there(
    row: dict[str, Any],
) -> None:
    rules = compiled(numbered([acceptance_rule(row)]))
    matches: dict[str, Match] = {}
    for name, entry in newly_published().items():
        for match in rules.match(entry):
            matches[name] = match
    for name, words in row["fires"].items():
        assert name in matches
        assert words in {reason.text for reason in matches[name].why}, name
    for name, match in matches.items():
        entry = newly_published()[name]
        for reason in match.why:
            if reason.field in {"title", "summary"}:
                assert getattr(entry, reason.field)[reason.start : reason.end] == reason.text
    assert not set(row.get("quiet", ())) & set(matches)
    if row.get("only"):
        assert set(matches) == set(row["fires"])
