"""Distances, case, expressions, scripts: what is found in a text, and what of it is shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Entry
from bot.core.rules import compile_rules, names_in
from bot.core.text import fold_pair
from tests.core.gazetteers import WORLD
from tests.core.test_rules_match import rule, whys


def found_in(query: str, text: str) -> list[str]:
    """Return what a rule highlights in a title."""
    return [shown for _, shown, _ in whys(query, Entry(key="1", title=text))]


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        # at most so many words between, in either order
        ("missile NEAR/2 base", "missile one two base", ["missile", "base"]),
        ("missile NEAR/2 base", "missile one two three base", []),
        ("missile NEAR/2 base", "base one two missile", ["base", "missile"]),
        ("missile NEAR/0 base", "missile base", ["missile", "base"]),
        ("missile NEAR/3 base", "missile. Base", ["missile", "Base"]),
        ("missile ONEAR/2 base", "base one two missile", []),
        ("missile ONEAR/2 base", "base missile one two base", ["missile", "base"]),
        ("missile NEAR/1 missile", "missile", []),
        ("missile NEAR/1 missile", "missile, missile", ["missile", "missile"]),
        ('"two words" NEAR/1 end*', "two words x ending", ["two words", "ending"]),
        ("(base OR site) NEAR/1 missile", "site x x x base missile", ["base", "missile"]),
        ("missile NEAR/1 base NEAR/1 site", "missile x base x site", ["missile", "base", "site"]),
        ("missile NEAR/1 (base NEAR/1 site)", "missile x base x site", ["missile", "base", "site"]),
        ("missile NEAR/1 base NEAR/1 site", "missile x base x x site", []),
        ("title:missile NEAR/1 summary:base", "missile base", []),
        ("title:(missile NEAR/1 base)", "missile base", ["missile", "base"]),
        ("case:(US NEAR/3 base)", "tell us the base or a US base", ["base", "US"]),
        ("rocketry -(missile NEAR/1 base)", "rocketry missile base", []),
        ("rocketry -(missile NEAR/1 base)", "rocketry missile x x base", ["rocketry"]),
        # words in any order, so many others among them in all
        ('"one two three"~2', "two x one x three", ["two", "one", "three"]),
        ('"one two three"~1', "two x one x three", []),
        ('"one two three"~0', "three one two x", ["three", "one", "two"]),
        ('"one two three"~2', "one one x x two three", ["one", "two", "three"]),
        ('"one two"~2', "two x x one", ["two", "one"]),
        ('case:"Key Resolve"~2', "Key to Resolve", ["Key", "Resolve"]),
        ('case:"Key Resolve"~2', "key to Resolve", []),
        # names have places too
        ("location:Sohae NEAR/2 missile", "At Sohae, a new missile", ["Sohae", "missile"]),
        ("location:Sohae NEAR/1 missile", "At Sohae, a new missile", []),
        ('location:"North Korea" NEAR/3 missile', "missile of Sohae", ["missile", "Sohae"]),
        (
            'actor:"Mike Pompeo" ONEAR/1 missile',
            "“Mike  Pompeo” missile",
            ["Mike  Pompeo", "missile"],
        ),
        ("actor:nobody NEAR/1 missile", "a missile, nobody", ["missile", "nobody"]),
        ("location:北朝鮮 NEAR/3 発射", "北朝鮮が基地から発射", ["北朝鮮", "発射"]),
        # two characters count as a word where there are no spaces
        ("基地 NEAR/1 発射", "基地から発射", ["基地", "発射"]),
        ("基地 NEAR/0 発射", "基地から発射", []),
        ("基地 NEAR/0 発射", "基地発射", ["基地", "発射"]),
        ("ミサイル NEAR/1 発射", "ミサイル基地発射", ["ミサイル", "発射"]),
        ("미사일 NEAR/1 발사", "미사일을 또 발사했다", ["미사일", "발사"]),
    ],
)
def test_near(query: str, text: str, shown: list[str]) -> None:
    assert found_in(query, text) == shown


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("case:Missile", "missile Missile MISSILE", ["Missile"]),
        ("case:Missile", "missile MISSILE", []),
        ('case:"Key Resolve"', "Key-Resolve", ["Key-Resolve"]),
        ('case:"Key Res*"', "Key Resolve", ["Key Resolve"]),
        ('case:"Key Res*"', "Key resolve", []),
        ("title:(case:Key)", "Key", ["Key"]),
        ("US", "The US and us", ["US"]),
        ("US", "tell us", []),
        ("WHO", "Who is it? The WHO", ["WHO"]),
        ("WHO", "WHO IS TO BLAME", []),
        ("case:WHO", "WHO IS TO BLAME", ["WHO"]),
        ("IT", "it is in IT", ["IT"]),
        ("AI", "Ai Weiwei on ai and AI", ["AI"]),
        ("AI", "on ＡＩ", ["ＡＩ"]),
        ("us", "The US", ["US"]),
        ("NATO", "Nato says", ["Nato"]),
        ("missile /ba.es?/i", "Missile BASES", ["Missile", "BASES"]),
        ("missile /ba.es?/", "Missile BASES", []),
        ("missile title:/M[a-z]+/", "Missile", ["Missile", "Missile"]),
        ("missile summary:/M[a-z]+/", "Missile", []),
        ("missile title:(/ba+se/ OR /x+y/)", "missile xxy", ["missile", "xxy"]),
        ("missile -/ba+se/", "missile base", []),
        (r"missile /(a\/b|c)/", "missile a/b", ["missile", "a/b"]),
        ("missile /b.se/", "\ud800 missile base", ["missile", "base"]),
        ("パリ", "パリで会議", ["パリ"]),
        ("パリ", "パリーグの試合", []),
        ("パリ*", "パリーグの試合", ["パリーグ"]),
        ("バリ", "パリで会議", []),
        ("京都", "東京都と京都", ["京都"]),
        ("京都", "東京都で", []),
        ("海地", "中国沿海地区", []),
        ("북한", "북한이 북한의", ["북한"]),
        ("كوريا", "وكوريا", ["كوريا"]),
        ("الصين", "للصين", ["للصين"]),
        ("איראן", "באיראן", ["איראן"]),
        ("strasse", "Cafe\u0301 Straße", ["Straße"]),
        ("cafe", "x Cafe\u0301", ["Cafe\u0301"]),
        ("cafe", "Cafe\u0301 x", ["Cafe\u0301"]),
        (".NET", "the .NET way", [".NET"]),
        ('"N. Korea"', "N.Korea and N Korea", ["N.Korea"]),
        ("tag:C++", "C++", []),
    ],
)
def test_what_is_found_and_shown(query: str, text: str, shown: list[str]) -> None:
    assert found_in(query, text) == shown


LIKELY = (
    "missile",
    "miss* base",
    "base -missile",
    "missile NEAR/1 base",
    'location:"North Korea"',
    "location:Sohae missile",
    "source:bbc",
    "url:/world/",
    "/b.se/ missile",
    "ミサイル",
    "基地",
    "US",
)
WORDS = (
    "missile",
    "Base",
    "bases",
    "Sohae",
    "North",
    "Korea",
    "rain",
    "US",
    "ミサイル",
    "基地",
    "—",
)


@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join), max_size=9),
    queries=st.lists(st.sampled_from(LIKELY), max_size=3, unique=True),
    looked=st.booleans(),
)
def test_of_many_texts_none_that_fires_is_called_unlikely(
    texts: list[str], queries: list[str], looked: bool
) -> None:
    rules = compile_rules([replace(rule(query), id=n) for n, query in enumerate(queries, 1)], WORLD)
    entries = [
        Entry(
            key=text, title=text, summary=text[::2], outlet="BBC" * (n % 2), url="https://x/world/"
        )
        for n, text in enumerate(texts)
    ]
    folded = [fold_pair(one.title, one.summary) for one in entries]
    names = [names_in(one, WORLD) if looked else None for one in entries]
    likely = rules.likely(folded, names)
    assert {n for n, one in enumerate(entries) if rules.fired(one)} <= set(likely)
    assert set(likely) <= {n for n, text in enumerate(folded) if rules.may_fire(text)}


def test_many_texts_are_told_apart() -> None:
    rules = compile_rules([rule("missile"), replace(rule("location:Sohae"), id=2)], WORLD)
    titles = ["a missile", *["rain"] * 300, "at Sohae", "missile, missile", ""]
    folded = [fold_pair(title, "") for title in titles]
    assert rules.likely(folded, [None] * len(titles)) == [0, 301, 302]
    assert compile_rules([rule("url:/world/")], WORLD).likely(folded[:2], [None] * 2) == [0, 1]
    assert compile_rules([], WORLD).likely(folded, [None] * len(titles)) == []


def test_a_long_text_is_searched_in_time_that_grows_with_it() -> None:
    text = "ミサイル、北朝鮮 – “missile” basé. " * 30_000 + "Élan"
    (found,) = compile_rules([rule("élan NEAR/2 base")], WORLD).match(Entry(key="1", title=text))
    assert [reason.text for reason in found.why] == ["basé", "Élan"]
