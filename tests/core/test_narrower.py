"""A narrower rule from votes: it drops what was rejected and keeps what was useful."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import canonical, compile_rules, parse
from bot.core.rules.narrower import Narrower, Verdict, narrower

NAMES = Gazetteer([])


def entry(title: str, *, summary: str = "", site: str = "harbour.example") -> Entry:
    return Entry(
        key=title, title=title, summary=summary, url=f"https://{site}/1", outlet=site.title()
    )


def judged(
    useful: Iterable[str | Entry] = (), rejected: Iterable[str | Entry] = ()
) -> list[Verdict]:
    return [
        Verdict(one if isinstance(one, Entry) else entry(one), is_useful)
        for group, is_useful in ((useful, True), (rejected, False))
        for one in group
    ]


def found(query: str, verdicts: list[Verdict]) -> Narrower:
    made = narrower(canonical(parse(query)), verdicts, NAMES)
    assert made is not None
    return made


def test_a_word_that_only_the_rejected_have_is_excluded() -> None:
    verdicts = judged(
        ["Missile seen over Seoul", "Missile fired at sea"],
        ["Opinion: the missile we need", "Missile talks, an opinion", "Missile museum opens"],
    )
    made = found("missile*", verdicts)
    assert (made.query, made.added) == ("missile* -opinion", "-opinion")
    assert (made.dropped, made.rejected, made.lost, made.useful) == (2, 3, 0, 2)


def test_several_exclusions_are_put_together() -> None:
    verdicts = judged(
        ["Missile seen over Seoul"],
        ["Missile opinion", "Opinion: missile", "Missile football", "Football missile"],
    )
    made = found("missile*", verdicts)
    assert made.query in {"missile* -football -opinion", "missile* -opinion -football"}
    assert (made.dropped, made.rejected) == (4, 4)


def test_a_source_that_is_always_wrong_is_excluded() -> None:
    verdicts = judged(
        ["Missile seen over Seoul"],
        [entry("Missile one", site="blog.example"), entry("Missile two", site="blog.example")],
    )
    assert found("missile*", verdicts).added == "-source:blog.example"


def test_looking_in_titles_only_may_be_better() -> None:
    verdicts = judged(
        ["Missile seen over Seoul"],
        [
            entry("Bread is dear", summary="It went up as a missile does"),
            entry("Sugar fell", summary="No missile falls faster"),
        ],
    )
    made = found("missile*", verdicts)
    assert (made.query, made.added) == ("title:missile*", "")
    assert made.dropped == 2


def test_an_alternative_may_be_left_out() -> None:
    verdicts = judged(
        ["Missile seen over Seoul"], ["Parade in Paris", "Parade along Berlin streets"]
    )
    assert found("missile* OR parade", verdicts).query == "missile*"
    assert found("(missile* OR parade) (seen OR paris OR berlin)", verdicts).dropped == 2


def test_what_costs_something_useful_is_not_proposed() -> None:
    verdicts = judged(["Missile opinion one"], ["Missile opinion two", "Missile opinion two"])
    assert narrower("missile*", verdicts, NAMES) is None


def test_one_rejected_report_is_no_pattern() -> None:
    assert narrower("missile*", judged(["Missile one"], ["Missile football"]), NAMES) is None
    assert narrower("missile*", [], NAMES) is None


def test_words_for_which_it_fires_are_not_excluded() -> None:
    verdicts = judged(["Missile seen"], ["Missiles missiles", "Missiles everywhere again"])
    assert narrower("missile*", verdicts, NAMES) is None


def test_where_nothing_was_useful_nothing_can_be_kept() -> None:
    verdicts = judged([], ["Missile football", "Missile football again"])
    assert narrower("missile*", verdicts, NAMES) is None


def test_what_the_rule_fires_on_no_more_counts_no_more() -> None:
    verdicts = judged(["Missile seen"], ["Rice football", "Rice football", "Missile opinion"])
    assert narrower("missile*", verdicts, NAMES) is None


def test_terms_of_several_kinds_keep_their_places() -> None:
    rejected = ["An opinion: missile seen", "Missile seen in an opinion"]
    verdicts = judged(["Missile seen in parade"], rejected)
    made = found("(opinion OR parade) missile* seen -rice", verdicts)
    assert (made.query, made.added) == ("parade missile* seen -rice", "")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(categories=["L"]), min_size=4, max_size=30))
def test_any_word_of_any_script_can_be_excluded(word: str) -> None:
    titles = [f"Missile {word} {number}" for number in "ab"]
    made = narrower("missile*", judged(["Missile seen"], titles), NAMES)
    assert made is None or canonical(parse(made.query)) == made.query


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["opinion", "football", "seoul", "title", "near"]), st.booleans()
        ),
        max_size=12,
    )
)
def test_whatever_was_said_nothing_useful_is_lost_and_the_counts_are_true(
    votes: list[tuple[str, bool]],
) -> None:
    verdicts = [Verdict(entry(f"Missile {word} {n}"), good) for n, (word, good) in enumerate(votes)]
    made = narrower("missile*", verdicts, NAMES)
    if made is None:
        return
    compiled = compile_rules([Rule(id=1, name="", query=made.query, channel="")], NAMES)
    silent = [one for one in verdicts if not compiled.match(one.entry)]
    assert [one for one in silent if one.is_useful] == []
    assert len(silent) == made.dropped >= 2
    assert canonical(parse(made.query)) == made.query
