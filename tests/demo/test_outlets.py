"""What the demo's outlets publish, before anything serves or reads it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.demo.outlets import LAST_STEP, Change, DemoEntry, Outlet, load_outlets

OUTLETS = {outlet.name: outlet for outlet in load_outlets()}
ENTRIES = {
    f"{outlet.name}/{entry.id}": entry for outlet in load_outlets() for entry in outlet.entries
}
FEEDS_YAML = Path(__file__).parents[2] / "bot/demo/feeds.yaml"
ACCEPTANCE: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "acceptance.toml").read_text("utf-8")
)["rule"]


def demo_rules() -> set[str]:
    return {rule["name"] for rule in yaml.safe_load(FEEDS_YAML.read_text("utf-8"))["rules"]}


def of_step(step: int) -> list[DemoEntry]:
    return [entry for entry in ENTRIES.values() if entry.step == step]


def changed(what: str) -> list[tuple[Outlet, Change]]:
    return [(o, c) for o in OUTLETS.values() for c in o.changes if c.what == what]


def test_there_are_feeds_entries_formats_and_languages_enough() -> None:
    subscribed = [outlet for outlet in OUTLETS.values() if outlet.subscribed]
    assert len(subscribed) >= 8
    assert sum(len(outlet.entries) for outlet in subscribed) >= 150
    assert {outlet.format for outlet in subscribed} == {"rss", "rdf", "atom", "json"}
    assert {"en", "ko", "fr", "es"} <= {outlet.lang[:2] for outlet in subscribed}


def test_one_outlet_is_left_to_be_discovered() -> None:
    assert [outlet.name for outlet in OUTLETS.values() if not outlet.subscribed] == [
        "fathom-and-field"
    ]


def test_ids_links_and_titles_are_each_used_once() -> None:
    assert len(ENTRIES) == sum(len(outlet.entries) for outlet in OUTLETS.values())
    for name in ("title", "summary"):
        texts = Counter(getattr(entry, name) for entry in ENTRIES.values())
        assert [text for text, times in texts.items() if times > 1] == []
    links = Counter(o.link_of(entry) for o in OUTLETS.values() for entry in o.entries)
    assert [link for link, times in links.items() if times > 1] == []


def test_every_address_is_in_a_domain_that_can_belong_to_nobody() -> None:
    for outlet in OUTLETS.values():
        hosts = {outlet.site.split("/")[2], outlet.link.split("/")[2]}
        assert len(hosts) == 1
        assert hosts.pop().endswith(".example")


def test_every_step_is_newer_than_the_baseline() -> None:
    for step in range(LAST_STEP + 1):
        assert of_step(step)
    assert min(entry.ago for entry in of_step(0)) > 60
    assert max(entry.ago for entry in ENTRIES.values() if entry.step) < 60


def test_expectations_name_rules_that_exist_and_every_rule_is_expected_to_alert() -> None:
    named = {rule for entry in ENTRIES.values() for rule in entry.expect}
    alerting = {rule for entry in ENTRIES.values() if entry.step for rule in entry.expect}
    assert named == alerting == demo_rules()


def test_what_is_expected_to_alert_has_no_trap_and_most_news_is_neither() -> None:
    assert [e.id for e in ENTRIES.values() if e.expect and e.trap] == []
    assert sum(1 for e in ENTRIES.values() if e.trap) >= 25
    assert sum(1 for e in ENTRIES.values() if not e.expect) > len(ENTRIES) / 2


def test_baseline_holds_old_matches_that_must_not_alert() -> None:
    assert sum(1 for entry in of_step(0) if entry.expect) >= 25


def test_the_report_on_the_bases_is_told_by_many_outlets_in_many_languages() -> None:
    telling = {
        outlet.name: outlet.lang[:2]
        for outlet in OUTLETS.values()
        if any("Missile bases" in entry.expect for entry in outlet.entries)
    }
    assert len(telling) >= 6
    assert len(set(telling.values())) >= 4


def test_changes_belong_to_entries_published_before_them() -> None:
    for outlet in OUTLETS.values():
        steps = {entry.id: entry.step for entry in outlet.entries}
        for change in outlet.changes:
            assert steps[change.id] < change.step <= LAST_STEP
            assert change.fields


@pytest.mark.parametrize(
    "what", ["re-titled", "re-dated", "gone", "returning", "tracking parameters in its link"]
)
def test_every_kind_of_change_happens(what: str) -> None:
    assert changed(what)


def test_an_entry_that_alerted_is_re_titled_re_dated_and_returns() -> None:
    for what in ("re-titled", "re-dated", "returning", "tracking parameters in its link"):
        assert any(ENTRIES[f"{o.name}/{c.id}"].expect for o, c in changed(what)), what


def test_a_change_holds_from_its_step_on() -> None:
    ledger = OUTLETS["seoul-ledger"]
    served = [{e.id: e.ago for e in ledger.at(step)} for step in range(LAST_STEP + 1)]
    assert ["kospi-rout" in ids for ids in served] == [True, False, True, True]
    assert ["yanggu-landmine-village" in ids for ids in served] == [False, True, False, True]
    assert [ids.get("blue-house-known-all-along") for ids in served] == [None, 14, 1, 1]


def test_no_change_touches_a_guid() -> None:
    for outlet in OUTLETS.values():
        before = {entry.id: outlet.guid_of(entry) for entry in outlet.entries}
        for entry in outlet.at(LAST_STEP):
            assert outlet.guid_of(entry) == before[entry.id]


def test_guids_come_in_many_kinds() -> None:
    guids = {outlet.guid_of(outlet.entries[0]) for outlet in OUTLETS.values()}
    assert "" in guids
    assert any(guid.startswith("tag:") for guid in guids)
    assert any(guid.endswith("#0") for guid in guids)
    assert any(guid.startswith("https://") and "#" not in guid for guid in guids)


def test_a_windowed_outlet_lets_its_oldest_entries_fall_out() -> None:
    wire = OUTLETS["harbour-wire"]
    assert wire.window is not None
    assert len(wire.at(0)) < wire.window == len(wire.at(1))
    gone = {entry.id for entry in wire.at(0)} - {entry.id for entry in wire.at(1)}
    assert gone == {"pompeo-to-host-kim-yong-chol", "oil-sanctions-iran"}


def test_at_some_step_some_feeds_have_nothing_new() -> None:
    for step in range(1, LAST_STEP + 1):
        same = [o.name for o in OUTLETS.values() if o.subscribed and o.at(step) == o.at(step - 1)]
        assert 1 <= len(same) < len(OUTLETS)


def test_a_hostile_title_and_link_sit_on_harmless_news() -> None:
    hostile = ENTRIES["lantern-weekly/street-sweeper"]
    assert hostile.title.startswith("<!channel> *Free parking*")
    assert hostile.link.startswith("javascript:")
    assert not hostile.expect


@pytest.mark.parametrize("rule", ACCEPTANCE, ids=lambda rule: rule["name"])
def test_each_acceptance_rule_has_entries_among_the_newly_published_to_fire_on(
    rule: dict[str, Any],
) -> None:
    assert rule["fires"]
    assert all(ENTRIES[entry].step >= 1 for entry in rule["fires"])
    assert all(ENTRIES[entry].step >= 1 for entry in rule.get("quiet", ()))
    for entry, words in rule["fires"].items():
        assert words in f"{ENTRIES[entry].title} {ENTRIES[entry].summary}".replace("&nbsp;", " ")
