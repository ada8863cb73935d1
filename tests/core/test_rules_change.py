"""Rules change while others stay: layers over a large index, merged when it pays."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Rule
from bot.core.rules import canonical, compile_rules
from bot.core.rules.ast import Leaf
from bot.errors import RuleError
from tests.core.gazetteers import WORLD
from tests.core.test_rules_match import ENTRY, LEAVES, SMALL, rule


def test_rules_are_changed_without_the_others() -> None:
    rules = compile_rules([rule("missile", 1), rule("hides", 2), rule("says", 3)], WORLD)
    changed = rules.changed([rule("csis", 2), rule("sohae", 4)], {3})
    again = changed.changed([rule("nothing", 4)], {1})
    assert rules.fired(ENTRY) == (1, 2, 3)
    assert changed.fired(ENTRY) == (1, 2, 4)
    assert again.fired(ENTRY) == (2,)
    assert again.changed([rule("north", 1)]).fired(ENTRY) == (1, 2)
    assert dict(again.rules) == {2: rule("csis", 2), 4: rule("nothing", 4)}
    assert again.merged().fired(ENTRY) == (2,)
    with pytest.raises(RuleError):
        rules.changed([rule("aaa OR")])


def test_layers_are_merged_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.core.rules.compile._CROWD", 1)
    rules = compile_rules([rule("missile", i) for i in range(1, 100)], WORLD)
    assert not rules.is_crowded
    crowded = rules.changed([rule("hides", 5), rule("nothing", 6)])
    assert crowded.is_crowded
    middle = crowded.merged()
    assert not middle.is_crowded
    assert middle.fired(ENTRY) == tuple(i for i in range(1, 100) if i != 6)
    changed = middle.changed([rule("nothing", 5), rule("hides", 100)], {7})
    expected = tuple(i for i in range(1, 101) if i not in {5, 6, 7})
    assert changed.fired(ENTRY) == expected
    assert changed.merged().fired(ENTRY) == expected
    many = changed.changed([rule("hides", i) for i in range(200, 220)])
    assert many.merged().fired(ENTRY) == many.fired(ENTRY) == (*expected, *range(200, 220))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from(LEAVES[:20]) | st.none()), max_size=12),
    st.booleans(),
)
def test_changing_says_what_compiling_anew_says(
    changes: list[tuple[int, Leaf | None]], merges: bool
) -> None:
    rules, known = compile_rules([], SMALL), dict[int, Rule]()
    entry = replace(ENTRY, summary="Missile base launch test 발사 基地 cafe C++ AT&T")
    for number, leaf in changes:
        known.pop(number, None)
        if leaf is None:
            rules = rules.changed([], {number})
        else:
            known[number] = rule(canonical(leaf), number)
            rules = rules.changed([known[number]])
        rules = rules.merged() if merges else rules
        assert rules.match(entry) == compile_rules(known.values(), SMALL).match(entry)
