"""What a new report gathers: the young stories near it, put together anew."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.stories import Grouper, Joined, Profile, Started
from bot.core.stories.gather import gather, may_join
from bot.core.stories.grouper import _Look
from bot.core.stories.likeness import FOREIGN, Likeness
from bot.core.stories.profile import KIND_SHIFT, TermKind
from tests.core.reports import (
    FERRY,
    HOUR,
    LAUNCH,
    LAUNCH_AGAIN,
    START_S,
    assign,
    told,
    told_by,
    weighed,
)

RESIGNS = ("Harbour master resigns", "The council met at night.")
SILTED = ("Mayor Pelham takes the blame for the silting", "Dredgers were never paid.")
BOTH = (
    "Harbour master resigns, mayor Pelham takes the blame for silting",
    "Dredgers were never paid, the council heard.",
)


def met(stories: dict[int, int], *reports: Profile) -> Grouper:
    """Return the memory of reports that were found to tell these stories."""
    grouper = Grouper()
    for report in reports:
        grouper.add(report, stories[report.entry], report.at)
    return grouper


def found(grouper: Grouper, report: Profile) -> tuple[int, tuple[int, ...]]:
    """Return the story that a report joins, and the entries that it brings there."""
    joined = assign(grouper, report)
    assert isinstance(joined, Joined)
    return joined.story, joined.gathered


def entries_of(grouper: Grouper, story: int) -> list[int]:
    return [grouper.at(slot).profile.entry for slot in grouper.members(story)]


# ── what turns out ────────────────────────────────────────────────────────────


def test_two_early_reports_are_joined_when_a_third_shows_them_to_be_one_event() -> None:
    grouper = Grouper()
    assert assign(grouper, told(1, RESIGNS)) == Started(1)
    assert assign(grouper, told(2, SILTED)).story == 2

    assert found(grouper, told(3, BOTH)) == (1, (2,))
    assert entries_of(grouper, 1) == [1, 2, 3]


def test_a_report_in_the_wrong_story_is_brought_over() -> None:
    reports = told(1, LAUNCH), told(2, FERRY), told(3, LAUNCH_AGAIN)
    grouper = met({1: 1, 2: 2, 3: 2}, *reports)

    assert found(grouper, told(4, LAUNCH)) == (1, (3,))
    assert entries_of(grouper, 2) == [2]


def test_what_tells_another_event_is_left_where_it_is() -> None:
    grouper = met({1: 1, 2: 2}, told(1, LAUNCH), told(2, FERRY))

    assert found(grouper, told(3, LAUNCH_AGAIN)) == (1, ())
    assert entries_of(grouper, 2) == [2]


def test_a_report_is_alone_if_it_is_like_one_of_many_reports() -> None:
    """Here one that tells of the launch in passing."""
    passing = (f"Brandt, {' '.join(OF_A_KIND)}", f"the jeweller Lindenau scarf; {LAUNCH[0]}")
    reports = [told(1, passing), *(arrest(number, "Brandt") for number in range(2, 9))]
    grouper = met(dict.fromkeys(range(1, 9), 1), *reports)
    alone = assign(grouper, told(9, LAUNCH))

    assert isinstance(alone, Started)
    assert alone.score > grouper.needed()


def test_the_reasons_are_those_of_the_report_most_alike() -> None:
    grouper = met({1: 1, 2: 2}, told(1, LAUNCH_AGAIN), told(2, LAUNCH))
    joined = assign(grouper, told(3, LAUNCH, hours=1))

    assert isinstance(joined, Joined)
    assert (joined.kind, joined.like, joined.gathered) == ("copy", 2, (2,))
    assert joined.words[-1] == "1 h apart"


# ── which number it has ───────────────────────────────────────────────────────


def test_a_story_keeps_the_number_of_the_oldest_first_report() -> None:
    """Entry 2 is older than 3, but was not the first of its story."""
    launches = [told(number, LAUNCH_AGAIN) for number in (2, 3, 4)]
    grouper = met({1: 1, 2: 1, 3: 3, 4: 4}, told(1, FERRY), *launches)

    assert found(grouper, told(5, LAUNCH)) == (3, (2, 4))
    assert entries_of(grouper, 3) == [2, 3, 4, 5]
    assert entries_of(grouper, 1) == [1]


def test_a_new_story_is_made_of_others_later_reports() -> None:
    reports = told(1, FERRY), told(2, LAUNCH_AGAIN)
    grouper = met({1: 1, 2: 1}, *reports)

    assert found(grouper, told(3, LAUNCH)) == (3, (2,))
    assert entries_of(grouper, 3) == [2, 3]
    assert entries_of(grouper, 1) == [1]


# ── what keeps events apart ───────────────────────────────────────────────────

OF_A_KIND = (
    "detectives arrest suspect after bank robbery near railway station with stolen money".split()
)
ALWAYS = {
    "Brandt": ("jeweller", "Lindenau", "scarf", "accomplice"),
    "Keller": ("butcher", "Altona", "bicycle", "hideout"),
}
NEEDED = 0.3


def arrest(number: int, name: str) -> Profile:
    """Return a report of an arrest: much that all arrests have, a name, an aside."""
    chance = random.Random(number)
    kind, own = chance.sample(OF_A_KIND, 6), chance.sample(ALWAYS[name], 3)
    summary = f"the {' '.join(own)} {asides(chance, 2)}"
    return told(number, (f"{name}, {' '.join(kind)}", summary))


def asides(chance: random.Random, words: int) -> str:
    """Return words that nobody else says."""
    return " ".join("".join(chance.choices("bdfgklmnprst", k=6)) for _ in range(words))


def arrests(of_each: int) -> list[Profile]:
    names = ("Keller", "Brandt")
    return [arrest(number, names[number % 2]) for number in range(1, 2 * of_each + 1)]


def grouped(reports: list[Profile], *, telling: bool = True) -> list[list[int]]:
    texts = [(report.entry, weighed(report)) for report in reports]
    return [sorted(group) for group in gather(texts, NEEDED, lambda _: telling)]


def test_two_events_of_a_kind_stay_apart_by_what_each_always_says() -> None:
    reports = arrests(10)

    assert grouped(reports) == [list(range(1, 21, 2)), list(range(2, 21, 2))]
    assert grouped(reports, telling=False) == [list(range(1, 21))], "they read alike otherwise"


def test_what_few_reports_always_say_proves_little() -> None:
    assert grouped(arrests(2)) == [[1, 2, 3, 4]]


def test_copies_prove_nothing_more() -> None:
    reports = arrests(2)
    copies = [
        replace(report, entry=4 * copy + report.entry) for copy in range(1, 9) for report in reports
    ]
    assert grouped([*reports, *copies]) == [list(range(1, 37))]


def test_what_is_said_once_in_ten_reports_is_as_good_as_never_said() -> None:
    words = " ".join(("Brandt", "Keller", *OF_A_KIND[:8]))
    passing = told(21, (words, f"the {' '.join((*ALWAYS['Keller'], *ALWAYS['Brandt']))}"))
    groups = grouped([*arrests(10), passing])

    assert sorted(map(len, groups)) == [10, 11]


def test_only_words_that_are_rare_tell_events_apart() -> None:
    """What the words stand for doesn't: other events of the kind have it too."""
    grouper = Grouper()
    for number in range(1, 121):
        grouper.add(told(number, ("Ferry", "")), number, START_S)
    grouper.measure()
    report = told(200, ("Ferry missile", ""))
    look = _Look(grouper, report, START_S)
    kinds = {term: TermKind(term >> KIND_SHIFT) for term in report.numbers()}

    assert TermKind.CONCEPT in kinds.values()
    telling = [(kinds[term], report.shown()[term]) for term in kinds if look._is_telling(term)]
    assert telling == [(TermKind.WORD, "missile")]


def test_titles_with_other_figures_are_never_brought_together() -> None:
    ferries = [
        told(1, ("Ferry 41 capsizes near Oldport", "Divers search the harbour at night.")),
        told(2, ("Ferry 42 capsizes near Oldport", "Lifeguards look for the missing at dawn.")),
    ]
    assert grouped(ferries) == [[1], [2]]
    ferries[1] = told(2, ("Ferry capsizes near Oldport", "Lifeguards look for the missing."))
    assert grouped(ferries) == [[1, 2]]


def test_another_language_needs_more() -> None:
    english = weighed(told(1, ("Kim Jong Un in Sohae: 13 missiles", "In the test at the base.")))
    spanish = weighed(
        told(2, ("Kim Jong Un en Sohae: 13 misiles", "En la base, para el ensayo."), lang="es")
    )
    left = english.like(spanish).score - FOREIGN
    both = [(1, english), (2, spanish)]

    assert gather(both, 0.9 * left, lambda _: False) == [[1, 2]]
    assert gather(both, 1.1 * left, lambda _: False) == [[1], [2]]


# ── what stays as it is ───────────────────────────────────────────────────────


def two_stories(first: int = 1) -> Grouper:
    """Return two stories that a further report shows to be one."""
    reports = [told(number, LAUNCH_AGAIN) for number in range(1, first + 2)]
    return met(dict.fromkeys(range(1, first + 1), 1) | {first + 1: first + 1}, *reports)


@pytest.mark.parametrize(("seconds", "gathered"), [(0, (2,)), (1, ())])
def test_a_story_is_put_together_anew_for_twelve_hours(
    seconds: int, gathered: tuple[int, ...]
) -> None:
    joined = two_stories().assign(told(3, LAUNCH), START_S + 12 * HOUR + seconds)

    assert isinstance(joined, Joined)
    assert (joined.story, joined.gathered) == (1, gathered)


def test_a_young_story_does_not_take_from_an_old_one() -> None:
    grouper = Grouper()
    grouper.add(told(1, LAUNCH_AGAIN), 1, START_S - 12 * HOUR)
    grouper.add(told(2, LAUNCH), 2, START_S)

    assert not grouper.is_open(1, START_S + 1)
    assert found(grouper, told(3, LAUNCH, hours=1)) == (2, ())


def test_a_report_joins_an_old_story_that_it_is_more_like_than_a_young_one() -> None:
    grouper = Grouper()
    grouper.add(told(1, LAUNCH), 1, START_S - 13 * HOUR)
    grouper.add(told(2, LAUNCH_AGAIN), 2, START_S)

    assert found(grouper, told(3, LAUNCH)) == (1, ())


@pytest.mark.parametrize("settled", [1, 2])
def test_a_story_that_people_put_together_stays(settled: int) -> None:
    grouper = two_stories()
    grouper.settle(settled)

    assert found(grouper, told(3, LAUNCH))[1] == ()
    assert entries_of(grouper, settled)[0] == settled


@pytest.mark.parametrize(("size", "gathered"), [(30, (31,)), (31, ()), (32, ())])
def test_at_most_a_fixed_number_of_reports_is_looked_at(
    size: int, gathered: tuple[int, ...]
) -> None:
    grouper = two_stories(first=size)

    assert found(grouper, told(99, LAUNCH_AGAIN))[1] == gathered


@pytest.mark.parametrize(("size", "is_open"), [(31, True), (32, False)])
def test_a_large_story_is_closed(size: int, is_open: bool) -> None:
    assert two_stories(first=size).is_open(1, START_S) is is_open


# ── the window ────────────────────────────────────────────────────────────────


def test_entries_that_move_stay_in_the_order_they_came() -> None:
    grouper = two_stories(first=3)
    grouper.add(told(5, LAUNCH), 4, START_S)
    grouper.move(2, 4)

    assert entries_of(grouper, 1) == [1, 3]
    assert entries_of(grouper, 4) == [2, 4, 5]
    assert {grouper.at(slot).story for slot in grouper.members(4)} == {4}


def test_a_story_that_is_left_by_all_is_gone() -> None:
    grouper = two_stories()
    grouper.move(1, 2)

    assert 1 not in grouper._members
    grouper.forget_before(START_S + 1)
    assert not grouper._members
    assert len(grouper.terms) == 0


def test_an_entry_that_moved_is_forgotten_where_it_is() -> None:
    grouper = two_stories()
    grouper.move(1, 2)
    grouper.forget(1)

    assert entries_of(grouper, 2) == [2]


# ── the same again ────────────────────────────────────────────────────────────

EVENTS = (
    "ferry capsizes near Oldport divers search harbour passengers night",
    "museum sells painting auction London collector record price gallery",
    "glacier collapses above village hikers rescue helicopter avalanche valley",
    "ferry runs aground near Newbridge harbour pilot passengers fog night",
)
Report = tuple[int, int, int]


def stream(reports: list[Report]) -> list[Profile]:
    """Return reports of a few events, from an event, a choice of its words and minutes each."""
    made, minutes = [], 0
    for number, (event, seed, later) in enumerate(reports, 1):
        words = random.Random(seed).sample(EVENTS[event].split(), 5)
        minutes += later
        made.append(
            told(number, (" ".join(words[:3]), f"the {' '.join(words[3:])}"), hours=minutes / 60)
        )
    return made


reports = st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 60))


@settings(max_examples=60)
@given(st.lists(reports, min_size=8, max_size=40), st.data())
def test_a_window_built_again_decides_as_the_one_that_lived_through_it(
    told_of: list[Report], data: st.DataObject
) -> None:
    entries = stream(told_of)
    lived, stories = Grouper(window_h=15), dict[int, int]()
    restart = data.draw(st.integers(1, len(entries) - 1))
    for report in entries[:restart]:
        stories |= told_by(report, assign(lived, report))
    again = Grouper(window_h=15)
    for report in entries[:restart]:
        again.add(report.kept(), stories[report.entry], report.at)

    for report in entries[restart:]:
        assert assign(again, report) == assign(lived, report)


@pytest.mark.parametrize(
    ("texts", "may"),
    [
        ([0.49], False),
        ([0.49, 0.40], False),  # two reports need 0.9 of it on average
        ([0.49, 0.41], True),
        ([0.49, 0.40, 0.39], True),  # three 0.85
        ([0.49, 0.10, 0.10], False),
    ],
)
def test_an_entry_may_join_many_that_are_less_like_it(texts: list[float], may: bool) -> None:
    likes = [Likeness(0.1, 0.1, text, (), same_language=True) for text in texts]

    assert may_join(likes, 0.5) is may
    assert may_join([*likes, Likeness(0.5, 0.5, 0.5, (), same_language=True)], 0.5)
    assert may_join([*likes, Likeness(0.1, 0.9, 0.1, (), same_language=True)], 0.5), "a copy"
    assert may_join([*likes, Likeness(0.5, 0.5, 0.5, (), same_language=False)], 0.5) is may


@given(st.lists(reports, min_size=2, max_size=12), st.sampled_from([0.2, 0.4, 0.6, 0.8]))
def test_who_cannot_join_any_group_is_alone(told_of: list[Report], needed: float) -> None:
    *others, own = [(report.entry, weighed(report)) for report in stream(told_of)]
    groups = gather([*others, own], needed, lambda _: True)
    likes = [own[1].like(other) for _, other in others]

    assert may_join(likes, needed) or [own[0]] in groups


@settings(max_examples=60)
@given(st.permutations(range(12)))
def test_the_order_of_arrival_changes_nothing_where_events_are_clear(order: list[int]) -> None:
    texts = [(event, seed, 0) for event in range(3) for seed in range(4)]
    entries = stream([texts[at] for at in order])
    stories: dict[int, int] = {}
    grouper = Grouper()
    for report in entries:
        stories |= told_by(report, assign(grouper, report))
    events = {
        (texts[at][0], stories[report.entry]) for at, report in zip(order, entries, strict=True)
    }

    assert len(events) == 3
