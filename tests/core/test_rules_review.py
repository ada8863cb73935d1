"""What is to mend in rules, by reading them and by what was counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.core.models import Entry, Level, Mode, Rule
from bot.core.quiet import QuietHours
from bot.core.rules import canonical, parse
from bot.core.rules.cover import covers
from bot.core.rules.narrower import Verdict
from bot.core.rules.review import Flaw, Measured, Survey, read, review
from tests.core.gazetteers import WORLD

QUIET = QuietHours.of("22:00-07:00@UTC")


def rule(query: str, number: int = 1, **more: object) -> Rule:
    made = Rule(id=number, name=query, query=canonical(parse(query)), channel="#nk")
    return replace(made, **more)  # type: ignore[arg-type]


def entry(title: str) -> Entry:
    return Entry(key=title, title=title, summary="", url=f"https://harbour.example/{title}")


def counted(
    rules: Iterable[Rule],
    titles: Iterable[str],
    *,
    others: Iterable[Rule] = (),
    days: int = 90,
    is_cut: bool = False,
    are_recent: bool = True,
) -> Measured:
    survey = Survey(rules, others, WORLD)
    for title in titles:
        survey.look(entry(title), is_recent=are_recent)
    return survey.measured(days=days, is_cut=is_cut)


def found(
    one: Rule,
    titles: Iterable[str] = (),
    *others: Rule,
    verdicts: Iterable[tuple[str, bool]] = (),
    days: int = 90,
    is_cut: bool = False,
) -> list[Flaw]:
    measured = counted([one], titles, others=others, days=days, is_cut=is_cut)
    judged = [Verdict(entry(title), is_useful) for title, is_useful in verdicts]
    return review(one, others, measured, judged, WORLD)


def news(number: int, *titles: str) -> list[str]:
    return [*titles, *(f"Weather {n}" for n in range(number - len(titles)))]


# ── one rule makes another needless ───────────────────────────────────────────


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("missile", "missile"),
        ("missile", "missile base"),
        ("missile base", "base launch missile"),
        ("missile OR base", "base"),
        ("missile OR base", "base OR missile"),
        ("missile OR base", "(missile OR base) launch"),
        ("missil*", "missiles launch"),
        ("missile", "title:missile"),
        ("missile", "missile NEAR/5 base"),
        ("missile", '"missile base"'),
        ("missile -sport", "missile base -sport"),
        ("missile -sport", "missile -(sport OR film)"),
        ("missile -football", "missile -foot*"),
    ],
)
def test_a_rule_covers_one_that_asks_for_more(wide: str, narrow: str) -> None:
    assert covers(parse(wide), parse(narrow), WORLD)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("missile base", "missile"),
        ("missile", "missile OR base"),
        ("missile -sport", "missile base"),
        ("title:missile", "missile"),
        ("missile NEAR/5 base", "missile base"),
        ("missile -foot*", "missile -football"),
        ("(missile NEAR/5 base) OR launch", "missile"),
        ("missile", "source:bbc"),
    ],
)
def test_a_rule_does_not_cover_one_that_may_find_more(wide: str, narrow: str) -> None:
    assert not covers(parse(wide), parse(narrow), WORLD)


def test_a_rule_that_another_covers_is_said_to_be_needless() -> None:
    [flaw] = read(rule("missile launch", 12), [rule("missile", 7)], WORLD)
    assert (flaw.code, flaw.other, flaw.fix) == ("covered", 7, "remove W12")
    assert flaw.message.startswith("W7 already catches all of it")
    assert flaw.key == "W12:covered:W7"


@pytest.mark.parametrize(
    "other",
    [
        rule("missile", 12),
        rule("missile", 7, channel="#dmz"),
        rule("missile", 7, mode=Mode.DIGEST),
        rule("missile", 7, min_outlets=2),
        rule("missile", 7, quiet_hours=QUIET),
    ],
)
def test_a_rule_that_alerts_less_makes_no_other_needless(other: Rule) -> None:
    assert read(rule("missile launch", 12), [other], WORLD) == []


def test_a_louder_rule_is_not_needless() -> None:
    loud = rule("missile launch", 12, level=Level.FLASH)
    assert read(loud, [rule("missile", 7)], WORLD) == []


def test_a_rule_that_always_fired_with_another_is_counted() -> None:
    one, other = rule("sohae", 12), rule("launch", 7)
    titles = [f"Launch {n} at Sohae" for n in range(5)]
    [flaw] = found(one, titles, rule("sohae launch", 6), other, rule("launch*", 8))
    assert flaw.message == "W7 caught all 5 entries that it caught in the last 90 days"
    assert flaw.fix == "remove W12"


def test_of_two_rules_never_both_are_needless() -> None:
    titles = [f"Launch {n} at Sohae" for n in range(5)]
    narrow, wide = rule("sohae launch", 7), rule("sohae", 12)
    assert [flaw.other for flaw in found(narrow, titles, wide)] == [12]
    assert found(wide, titles, narrow) == []
    one, other = rule("launch", 7), rule("sohae", 12)
    assert found(one, titles, other) == []
    assert [flaw.other for flaw in found(other, titles, one)] == [7]


def test_of_two_that_fire_alike_the_softer_one_is_needless() -> None:
    soft, loud = rule("launch sohae", 7), rule("sohae launch", 12, level=Level.URGENT)
    assert [flaw.other for flaw in found(soft, [], loud)] == [12]
    assert found(loud, [], soft) == []


def test_few_entries_in_common_may_be_chance() -> None:
    one, other = rule("sohae", 12), rule("launch", 7)
    assert found(one, [f"Launch {n} at Sohae" for n in range(4)], other) == []
    assert found(one, [*(f"Launch {n} at Sohae" for n in range(9)), "Sohae"], other) == []


def test_what_can_be_proved_is_said_rather_than_what_was_counted() -> None:
    titles = [f"Launch {n} at Sohae" for n in range(5)]
    [flaw] = found(rule("sohae launch", 12), titles, rule("launch*", 7), rule("soha*", 8))
    assert flaw.other == 7
    others = (rule("/(?i)launch/ launch OR sohae", 6), rule("sohae", 8))
    [flaw] = found(rule("sohae launch", 12), titles, *others)
    assert "already catches all of it" in flaw.message


def test_of_two_rules_that_are_the_same_the_later_one_is_needless() -> None:
    old, new = rule("launch sohae", 7), rule("sohae launch", 12)
    assert found(old, [], new) == []
    assert [flaw.other for flaw in found(new, [], old)] == [7]


# ── terms ─────────────────────────────────────────────────────────────────────


def test_a_term_in_too_many_entries_is_named_with_its_share() -> None:
    titles = news(200, *(f"Launch {n}" for n in range(24)), "Sohae")
    [flaw] = found(rule("sohae OR launch"), titles)
    assert flaw.message.startswith("`launch` is in 12 % of the 200 entries of the last 14 days")
    assert (flaw.code, flaw.about, flaw.fix) == ("common", "launch", "edit W1")


def test_a_common_term_beside_a_rare_one_is_as_it_should_be() -> None:
    titles = news(200, *(f"Launch {n} test" for n in range(24)), "Sohae", "Korea")
    assert found(rule("launch sohae"), titles) == []
    assert found(rule("launch (sohae OR korea)"), titles) == []
    assert found(rule("launch NEAR/3 test"), titles) == []
    assert [flaw.about for flaw in found(rule("launch (sohae OR test) -korea"), titles)] == [
        "launch"
    ]


def test_of_few_entries_no_share_is_told() -> None:
    assert found(rule("launch"), news(199, *(f"Launch {n}" for n in range(24)))) == []


def test_old_entries_say_nothing_of_how_common_a_term_is() -> None:
    one = rule("launch")
    measured = counted([one], [f"Launch {n}" for n in range(300)], are_recent=False)
    assert review(one, [], measured, [], WORLD) == []


def test_a_measured_share_stands_for_the_guess() -> None:
    titles = news(200, *(f"President {n}" for n in range(24)))
    assert [flaw.code for flaw in found(rule("president"), titles)] == ["common"]
    [guess] = found(rule("president"))
    assert "great part of all news" in guess.message


def test_a_term_that_nobody_writes_is_named() -> None:
    [flaw] = found(rule("sohae OR zyxwv"), news(200, "Sohae"))
    assert flaw.message == "no entry of the last 90 days has `zyxwv`"
    assert flaw.fix == "edit W1 sohae"


def test_a_rule_whose_terms_are_all_silent_never_fires() -> None:
    [flaw] = found(rule("aaab OR aaac OR aaad OR aaae"), news(200), days=23)
    assert flaw.message == (
        "no entry of the 23 days that are stored has `aaab`, `aaac`, `aaad` and 1 more, "
        "so this rule never fires"
    )
    assert flaw.fix == "remove W1"


def test_where_older_entries_were_left_out_it_is_said() -> None:
    [flaw] = found(rule("sohae OR zyxwv"), news(200, "Sohae"), days=40, is_cut=True)
    assert flaw.message.startswith("no entry of the newest 200 entries (40 days) has")


def test_a_few_days_or_entries_say_nothing_of_silence() -> None:
    assert found(rule("zyxwv"), news(200), days=6) == []
    assert found(rule("zyxwv"), news(199)) == []


def test_what_only_narrows_is_not_looked_for() -> None:
    assert found(rule("sohae lang:en"), news(200, "Sohae")) == []


def test_a_long_query_is_not_to_be_typed() -> None:
    words = " OR ".join(f"sohae{n}x" for n in range(40))
    [flaw] = found(rule(f"{words} OR zyxwv"), [" ".join(words.split(" OR ")), *news(199)])
    assert flaw.fix == "edit W1"


def test_what_reading_finds_is_told_the_gravest_first() -> None:
    codes = [flaw.code for flaw in found(rule("(ab sohae -sohae) OR zy"), news(200), days=90)]
    assert codes == ["shadow", "silent", "short", "short"]


# ── what was rejected ─────────────────────────────────────────────────────────


def test_an_alternative_that_brings_what_is_rejected_is_named() -> None:
    verdicts = [
        *((f"Parade {n}", False) for n in range(9)),
        ("Landmine", False),
        ("Landmine here", True),
        ("Parade today", True),
    ]
    [flaw] = found(rule("landmine OR parade -(sport)"), verdicts=verdicts)
    assert flaw.message == (
        "`parade` alone brought 9 of 10 reports judged not useful, and 1 of 2 useful ones"
    )
    assert flaw.fix == "edit W1 landmine"


def test_nothing_is_blamed_for_few_or_for_what_all_have() -> None:
    many = [(f"Parade {n}", False) for n in range(10)]
    assert found(rule("landmine OR parade"), verdicts=many[:9]) == []
    assert found(rule("parade"), verdicts=many) == []
    mixed = [*many[:8], ("Landmine", False), ("Landmine too", False)]
    assert found(rule("landmine OR parade"), verdicts=mixed) == []
