"""Variants: one change each, narrower or wider, never what can't be a rule."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.core.models import Kind
from bot.core.rules import canonical, parse
from bot.core.rules.ast import Leaf, Name, Term, label
from bot.core.rules.variants import narrower, positive, wider


def leaf_of(query: str, text: str) -> Leaf:
    return next(leaf for leaf in positive(parse(query)) if label(leaf) == text)


def narrowed(query: str, text: str, *beside: str) -> list[str]:
    names = [Name(Kind.LOCATION, name) for name in beside]
    return [canonical(one) for one in narrower(parse(query), leaf_of(query, text), names)]


def widened(query: str, **spelled: str) -> list[str]:
    def near(leaf: Leaf) -> Iterable[Leaf]:
        if isinstance(leaf, Term) and leaf.text in spelled:
            yield Term(spelled[leaf.text])

    return [canonical(one) for one in wider(parse(query), near)]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("said", "said", ["title:said", "said location:Sohae"]),
        (
            "said OR missile",
            "said",
            ["title:said OR missile", "missile", "(said OR missile) location:Sohae"],
        ),
        (
            "said missile -film",
            "said",
            ["title:said missile -film", "said missile -film location:Sohae"],
        ),
        ("title:said", "title:said", ["title:said location:Sohae"]),
        (
            "(said OR told) missile",
            "told",
            [
                "(said OR title:told) missile",
                "said missile",
                "(said OR told) missile location:Sohae",
            ],
        ),
        (
            "said NEAR/3 missile",
            "said",
            ["title:said NEAR/3 missile", "said NEAR/3 missile location:Sohae"],
        ),
        (
            "told OR (said NEAR/3 missile)",
            "told",
            [
                "title:told OR said NEAR/3 missile",
                "said NEAR/3 missile",
                "(told OR said NEAR/3 missile) location:Sohae",
            ],
        ),
        ("said OR source:bbc", "source:bbc", ["said", "(said OR source:bbc) location:Sohae"]),
    ],
)
def test_a_rule_is_narrowed_where_its_hits_come_from(
    query: str, text: str, expected: list[str]
) -> None:
    assert narrowed(query, text, "Sohae") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("landmine", ["landmine*"]),
        ("landmine* cleared", ["landmine* cleared*", "cleared", "landmine*", "landmine* OR cleared"]),
        ("title:mines", ["title:mines*", "mines"]),
        ("case:Resolve", ["resolve"]),
        ("base* -film", ["base*"]),
        ('"missile base"', ['"missile base*"', "missile base"]),
        ("cat NEAR/3 dog", ["cat dog"]),
        ("location:Sohae", []),
        ("base* launch* -film", ["launch* -film", "base* -film", "base* launch*",
                                 "(base* OR launch*) -film"]),
    ],
)  # fmt: skip
def test_a_rule_is_widened_by_one_change(query: str, expected: list[str]) -> None:
    assert widened(query) == expected


def test_another_spelling_comes_first() -> None:
    assert widened("landmyne", landmyne="landmine") == ["landmine", "landmyne*"]


def test_what_can_not_be_a_rule_is_left_out() -> None:
    assert "lang:en" not in widened("base* lang:en")
    assert widened("base* lang:en") == ["base*"]
