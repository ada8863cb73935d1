"""The terms of a window: their numbers, their rarity, and what is looked up by them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.stories.profile import KIND_SHIFT, TermKind
from bot.core.stories.terms import Terms

SOHAE, LAUNCH, FERRY = 7, 8, 9
KIM = TermKind.ACTOR << KIND_SHIFT | 7

entries = st.lists(st.sets(st.integers(1, 12) | st.integers(KIM, KIM + 6), min_size=1), max_size=60)


def filled(entries: list[set[int]]) -> Terms:
    terms = Terms()
    for slot, known in enumerate(entries):
        terms.add(sorted(known), slot)
    terms.measure(len(entries))
    return terms


def test_a_rarer_term_says_more_and_one_that_none_has_the_most() -> None:
    terms = filled([{SOHAE, LAUNCH}, {LAUNCH}, {LAUNCH}])

    assert terms.rarity(FERRY) > terms.rarity(SOHAE) > terms.rarity(LAUNCH) > 0
    one, other = terms.values(terms.ids([SOHAE, FERRY]), [2.0, 1.0])
    assert one == pytest.approx(2 * terms.rarity(SOHAE))
    assert other == terms.rarity(FERRY)


def test_a_term_that_all_entries_have_still_says_something() -> None:
    terms = filled([{LAUNCH}] * 3_000)

    assert 0 < terms.rarity(LAUNCH) < 0.2


def test_what_is_dropped_is_as_if_it_had_never_been() -> None:
    terms = filled([{SOHAE, LAUNCH}, {LAUNCH}])
    ids = terms.add([SOHAE, FERRY], 2)
    terms.drop([SOHAE, FERRY], ids, 2)

    never = filled([{SOHAE, LAUNCH}, {LAUNCH}])
    assert len(terms) == len(never) == 2
    for term in (SOHAE, LAUNCH, FERRY):
        assert terms.rarity(term) == never.rarity(term)
    assert terms.gains({SOHAE: 1.0, FERRY: 1.0}, 0) == {0: 1.0}


def test_a_number_that_is_free_goes_to_the_next_term() -> None:
    terms = Terms()
    first = terms.add([SOHAE], 0)
    terms.drop([SOHAE], first, 0)

    assert terms.add([FERRY], 1) == first
    terms.measure(1)
    assert terms.gains({SOHAE: 1.0}, 0) == {}
    assert terms.gains({FERRY: 2.0}, 0) == {1: 4.0}


def test_rarity_is_measured_by_the_entries_there_are() -> None:
    terms = filled([{SOHAE}])
    before = terms.rarity(SOHAE)
    terms.measure(10_000)

    assert terms.rarity(SOHAE) - before == pytest.approx(math.log(10_400 / 401))


@given(entries, st.dictionaries(st.integers(1, 12), st.floats(0.1, 9), min_size=1), st.data())
def test_who_gains_enough_is_told_completely(
    known: list[set[int]], values: dict[int, float], data: st.DataObject
) -> None:
    terms = filled(known)
    gains = {
        slot: sum(values[term] ** 2 for term in has & values.keys())
        for slot, has in enumerate(known)
        if has & values.keys()
    }
    least = data.draw(st.floats(0, 1)) * sum(value**2 for value in values.values())

    gained = terms.gains(values, least)

    for slot, gain in gains.items():
        if gain >= least * 1.000001:
            assert gained[slot] == pytest.approx(gain)
    assert gained.keys() <= gains.keys()


def test_words_do_not_take_the_looks_of_what_all_languages_share() -> None:
    terms = filled([{KIM}] + [{word} for word in range(1, 5) for _ in range(100)])
    values = dict.fromkeys([KIM, 1, 2, 3, 4], 1.0)

    assert terms.gains(values, 0).keys() == {0, *range(1, 301)}
