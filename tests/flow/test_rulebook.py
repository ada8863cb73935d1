"""The rules in force: changes take effect at once, merging goes on beside the matching."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import RuleSet
from bot.rulebook import Rulebook
from bot.store import Store, open_store
from tests.flow.parts import GAZETTEER, START, add_rule

ENTRY = Entry(key="1", title="Missile base seen near Sohae", summary="Rockets")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


def fired(book: Rulebook, after: timedelta = timedelta()) -> tuple[int, ...]:
    return book.current(START + after).fired(ENTRY)


def test_every_change_takes_effect_with_the_next_look(store: Store) -> None:
    book = Rulebook(store, lambda: GAZETTEER)
    assert fired(book) == ()
    one, other = add_rule(store, "missile"), add_rule(store, "rocket*", "#other")
    assert fired(book) == (one.id, other.id)
    compiled = book.current(START)
    assert book.current(START) is compiled
    one = store.rules.edit(replace(one, query="submarine"), who="U1", now=START)
    assert fired(book) == (other.id,)
    store.rules.remove(other.id, who="U1", now=START)
    assert fired(book) == ()
    store.rules.restore(other.id, who="U1", now=START)
    store.rules.edit(replace(one, query="base"), who="U1", now=START)
    assert fired(book) == (one.id, other.id)
    assert [rule.query for rule in book.current(START).rules.values()] == ["base", "rocket*"]


def test_a_paused_rule_wakes_up_in_time(store: Store) -> None:
    rule = add_rule(store, "missile")
    book = Rulebook(store, lambda: GAZETTEER)
    assert fired(book) == (rule.id,)
    store.rules.pause(rule, until=START + timedelta(hours=1), who="U1", now=START)
    assert fired(book) == ()
    assert fired(book, timedelta(minutes=59)) == ()
    assert fired(book, timedelta(minutes=61)) == (rule.id,)
    store.rules.pause(rule, until=START + timedelta(hours=3), who="U1", now=START)
    assert fired(book, timedelta(hours=2)) == ()
    store.rules.remove(rule.id, who="U1", now=START)
    assert fired(book, timedelta(hours=4)) == ()


def test_a_rule_paused_at_the_start_wakes_up_too(store: Store) -> None:
    rule = add_rule(store, "missile")
    store.rules.pause(rule, until=START + timedelta(hours=1), who="U1", now=START)
    book = Rulebook(store, lambda: GAZETTEER)
    assert fired(book) == ()
    assert fired(book, timedelta(hours=2)) == (rule.id,)


def test_changes_are_merged_beside_the_matching(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.rules.compile._CROWD", 3)
    entered, go_on = threading.Event(), threading.Event()
    merged = RuleSet.merged

    def slowly(self: RuleSet) -> RuleSet:
        entered.set()
        assert go_on.wait(10)
        return merged(self)

    monkeypatch.setattr(RuleSet, "merged", slowly)
    book = Rulebook(store, lambda: GAZETTEER)
    assert fired(book) == ()
    rules = [add_rule(store, "missile", f"#c{i}") for i in range(5)]
    assert fired(book) == tuple(rule.id for rule in rules)
    assert entered.wait(10)
    store.rules.remove(rules[0].id, who="U1", now=START)
    late = add_rule(store, "sohae")
    expected = (*(rule.id for rule in rules[1:]), late.id)
    assert fired(book) == expected  # while the merge waits
    crowded = book.current(START)
    go_on.set()
    book.settle()
    assert book.current(START) is not crowded
    assert not book.current(START).is_crowded
    assert fired(book) == expected


def test_a_merge_of_what_is_out_of_date_is_dropped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.rules.compile._CROWD", 0)
    entered, go_on = threading.Event(), threading.Event()
    merged = RuleSet.merged

    def slowly(self: RuleSet) -> RuleSet:
        entered.set()
        assert go_on.wait(10)
        return merged(self)

    monkeypatch.setattr(RuleSet, "merged", slowly)
    book = Rulebook(store, lambda: GAZETTEER)
    fired(book)
    rule = add_rule(store, "missile")
    assert fired(book) == (rule.id,)
    assert entered.wait(10)
    monkeypatch.setattr(store.rules, "revision", lambda: 0)
    monkeypatch.setattr(store.rules, "live", list[Rule])
    monkeypatch.setattr(store.rules, "changed_since", lambda _: ([], []))
    assert fired(book) == ()
    go_on.set()
    book.settle()
    assert fired(book) == ()


def test_a_merge_that_fails_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.core.rules.compile._CROWD", 0)
    merged, failures = RuleSet.merged, [1]

    def failing(self: RuleSet) -> RuleSet:
        if failures:
            failures.pop()
            raise MemoryError
        return merged(self)

    monkeypatch.setattr(RuleSet, "merged", failing)
    book = Rulebook(store, lambda: GAZETTEER)
    fired(book)
    rule = add_rule(store, "missile")
    assert fired(book) == (rule.id,)
    book.settle()
    assert book.current(START).is_crowded
    book.settle()
    assert not book.current(START).is_crowded
    assert fired(book) == (rule.id,)


@pytest.mark.parametrize("quick", [0, 10])
def test_new_names_are_taken_over(
    store: Store, monkeypatch: pytest.MonkeyPatch, quick: int
) -> None:
    monkeypatch.setattr("bot.rulebook._QUICK", quick)
    known = [Gazetteer()]
    rule = add_rule(store, "location:tongchang-ri")
    book = Rulebook(store, lambda: known[0])
    assert fired(book) == ()
    sohae = next(entity for entity in GAZETTEER if entity.name == "Sohae")
    known[0] = Gazetteer([replace(sohae, names=("Sohae", "Tongchang-ri"), weak=())])
    if not quick:
        assert fired(book) == ()  # the rules before go on matching
        book.settle()
    assert fired(book) == (rule.id,)


def test_a_store_taken_back_is_read_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = add_rule(store, "missile")
    book = Rulebook(store, lambda: GAZETTEER)
    assert fired(book) == (rule.id,)
    monkeypatch.setattr(store.rules, "revision", lambda: 0)
    monkeypatch.setattr(store.rules, "live", list[Rule])
    assert fired(book) == ()
