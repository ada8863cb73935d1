"""Which story an entry joins: the same event told again, and what only reads alike."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.stories import Grouper, Joined, Profile, Started, story_uid
from bot.core.stories.likeness import fading
from bot.core.stories.news import news
from bot.core.stories.profile import ROLLING
from tests.core.reports import (
    FERRY,
    HOUR,
    LAUNCH,
    LAUNCH_AGAIN,
    START,
    START_S,
    assign,
    told,
    told_by,
    weighed,
)


def story_of(*profiles: Profile) -> list[int]:
    grouper = Grouper()
    return [assign(grouper, known).story for known in profiles]


def test_the_first_entry_starts_a_story() -> None:
    assert assign(Grouper(), told(3, LAUNCH)) == Started(3)


def test_a_report_joins_with_its_reasons() -> None:
    grouper = Grouper()
    assign(grouper, told(1, LAUNCH))
    found = assign(grouper, told(2, LAUNCH_AGAIN, hours=3))

    assert isinstance(found, Joined)
    assert (found.story, found.kind, found.like) == (1, "report", 1)
    assert found.words[-1] == "3 h apart"
    assert "missile" in found.words
    assert str(found) == f"{', '.join(found.words)} ({found.score:.2f})"


def test_one_actor_is_named_and_more_are_counted() -> None:
    texts = ("Kim Jong Un writes to Mike Pompeo", "A letter about the border.")
    one = ("Kim Jong Un writes a letter", "It is about the border.")
    grouper = Grouper()
    assign(grouper, told(1, texts))
    assign(grouper, told(4, one, hours=70))
    several, single = (
        grouper.find(known, known.at) for known in (told(2, texts), told(3, one, hours=70))
    )

    assert isinstance(several, Joined)
    assert isinstance(single, Joined)
    assert several.words[-2:] == ("2 actors", "0 h apart")
    assert single.words[-2:] == ("Kim Jong Un", "0 h apart")


def test_the_same_text_is_a_copy() -> None:
    grouper = Grouper()
    assign(grouper, told(1, LAUNCH, outlet="One"))
    found = assign(grouper, told(2, LAUNCH, hours=1, outlet="Two"))

    assert isinstance(found, Joined)
    assert found.kind == "copy"


def test_another_event_starts_another_story() -> None:
    assert story_of(told(1, LAUNCH), told(2, FERRY), told(3, LAUNCH_AGAIN)) == [1, 2, 1]


def test_an_entry_of_nothing_but_function_words_is_alone() -> None:
    assert story_of(told(1, ("and the", "")), told(2, ("and the", ""))) == [1, 2]


def test_one_shared_number_proves_nothing() -> None:
    prize = ("More than 45 poets ask for bread", "They signed in the library.")
    assert story_of(told(1, FERRY), told(2, prize)) == [1, 2]


@pytest.mark.parametrize(
    ("texts", "lang"),
    [
        (("北朝鮮 Sohae からミサイル発射", "13発のミサイルを発射実験。Kim Jong Un も視察。"), "ja"),
        (
            (
                "Norcoreano misil lanzado desde Sohae",
                "Un ensayo con 13 misiles, dijo Kim Jong Un, en la base.",
            ),
            "es",
        ),
    ],
)
def test_other_languages_join_by_names_and_numbers(texts: tuple[str, str], lang: str) -> None:
    english = (
        "North Korea launches missiles from Sohae",
        "A salvo of 13 missiles was launched in a test at the base, with Kim Jong Un watching.",
    )
    assert story_of(told(1, english), told(2, texts, hours=1, lang=lang)) == [1, 1]


def test_other_languages_need_more_than_a_country() -> None:
    vague = ("Norcoreano misil", "Una historia de la vida en el norte y el sur.")
    assert story_of(told(1, LAUNCH), told(2, vague, lang="es")) == [1, 2]
    nowhere = ("Raketen und Krieg", "Ein Angriff, eine Explosion, viele Tote.")
    attack = ("Missile war", "An attack, an explosion, many dead.")
    assert story_of(told(1, attack), told(2, nowhere, lang="de")) == [1, 2]


def test_an_unknown_language_is_compared_by_its_words() -> None:
    plain = replace(told(2, FERRY), lang="")
    assert story_of(told(1, FERRY), plain) == [1, 1]


# ── what reads alike and is not the same ──────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A base near Sohae was photographed", "A base near Kyoto was photographed"),
        ("The second round of talks ends", "The third round of talks ends"),
        ("The report of 2018 on bridges", "The report of 2025 on bridges"),
    ],
)
def test_places_ordinals_and_years_contradict(one: str, other: str) -> None:
    first = weighed(told(1, (one, "")))
    same = first.like(weighed(told(2, (one, "")))).score
    clash = first.like(weighed(told(2, (other, ""))))

    assert clash.score < 0.85 * same
    assert clash.score < clash.words


def test_a_later_launch_is_another_story() -> None:
    later = (
        "North Korea fires missiles toward the sea",
        "Seoul said the missiles were launched on Friday morning.",
    )
    assert story_of(told(1, LAUNCH), told(2, later, hours=50)) == [1, 2]


def test_likeness_fades_with_the_gap() -> None:
    noon = int(START.timestamp())
    gaps = [fading(noon, noon + hours * HOUR) for hours in (0, 6, 18, 36, 72)]

    assert gaps[0] == 1
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.01
    assert fading(noon, noon - 6 * HOUR) == gaps[1]


def test_a_date_without_a_time_may_be_off_by_half_a_day() -> None:
    midnight = int(datetime(2026, 5, 20, tzinfo=UTC).timestamp())

    assert fading(midnight, midnight + 24 * HOUR) == 1
    assert fading(midnight, midnight + 12 * HOUR) == 1
    assert fading(midnight + 60, midnight + 60 + 12 * HOUR) < 1


# ── the window ────────────────────────────────────────────────────────────────


def test_stories_older_than_the_window_are_over() -> None:
    grouper = Grouper(window_h=2)
    assign(grouper, told(1, LAUNCH))
    found = grouper.assign(told(2, LAUNCH), told(1, LAUNCH).at + 2 * HOUR + 1)

    assert found == Started(2)
    assert len(grouper) == 1


def test_the_edge_of_the_window_still_counts() -> None:
    grouper = Grouper(window_h=2)
    assign(grouper, told(1, LAUNCH))

    assert grouper.assign(told(2, LAUNCH), told(1, LAUNCH).at + 2 * HOUR).story == 1


def test_an_entry_is_forgotten_alone() -> None:
    grouper = Grouper()
    first, second, third = told(1, LAUNCH), told(2, FERRY), told(3, LAUNCH_AGAIN)
    for known in (first, second, third):
        assign(grouper, known)
    grouper.forget(3)
    grouper.forget(3)
    grouper.forget(1)

    assert len(grouper) == 1
    assert grouper.assign(told(4, LAUNCH), first.at) == Started(4)
    assert grouper.find(told(5, FERRY), first.at).story == 2
    grouper.forget_before(first.at + 1)
    assert len(grouper) == 0
    assert grouper.find(told(5, FERRY), first.at + 1) == Started(5)


def test_nothing_is_left_of_what_was_forgotten() -> None:
    grouper = Grouper()
    for number, texts in enumerate([LAUNCH, LAUNCH_AGAIN, FERRY] * 5, 1):
        assign(grouper, told(number, texts))
    grouper.forget_before(told(1, LAUNCH).at + 1)

    assert len(grouper.terms) == 0
    assert not grouper._members
    assert not grouper._slots


# ── what people say ───────────────────────────────────────────────────────────


def rebuilt(stories: dict[int, int], *reports: Profile) -> Grouper:
    """Return the memory of reports as a person's word leaves it."""
    grouper = Grouper()
    for report in reports:
        grouper.add(report, stories[report.entry], report.at)
    for story in stories.values():
        grouper.settle(story)
    return grouper


def test_joined_stories_are_one() -> None:
    grouper = rebuilt({1: 1, 2: 1}, told(1, LAUNCH), told(2, FERRY))

    assert grouper.find(told(3, FERRY), told(3, FERRY).at).story == 1
    assert grouper.find(told(3, LAUNCH), told(3, LAUNCH).at).story == 1


def test_what_is_taken_out_draws_its_like_along() -> None:
    follow_up = (LAUNCH_AGAIN[0], "Analysts doubt that the long-range missile reached the sea.")
    grouper = rebuilt({1: 1, 2: 9}, told(1, LAUNCH), told(2, LAUNCH_AGAIN))

    assert grouper.find(told(3, follow_up), told(3, LAUNCH).at).story == 9
    assert grouper.find(told(3, LAUNCH), told(3, LAUNCH).at).story == 1


def test_what_is_like_a_report_taken_out_never_joins_where_it_was() -> None:
    """Not even where the rest of what was taken out is of something else, and so the score less."""
    ferries = [told(number, FERRY) for number in (3, 4, 5)]
    grouper = rebuilt(
        {1: 1, 2: 9, 3: 9, 4: 9, 5: 9}, told(1, LAUNCH), told(2, LAUNCH_AGAIN), *ferries
    )
    again = told(6, LAUNCH_AGAIN)
    first = told(7, LAUNCH)
    assert grouper.find(again, again.at).story == 1

    grouper.keep_apart(1, 9)
    assert grouper.find(again, again.at).story == 9
    assert grouper.find(first, first.at).story == 1, "what is like the rest goes on"


# ── the same again ────────────────────────────────────────────────────────────

SUBJECTS = ("Ferry", "Bridge", "Tunnel", "Museum", "Reactor", "Glacier", "Orchard", "Quarry")
PLACES = ("Sohae", "Kyoto", "Tbilisi", "Athens", "Oldport", "Newbridge", "Farwell")
EVENTS = ("closes after flood", "burns down", "opens to visitors", "is sold at auction")


def invented(size: int, seed: int = 1) -> list[Profile]:
    """Return entries that tell many small events, some of them twice, within 40 hours."""
    chance = random.Random(seed)
    made = []
    for number in range(1, size + 1):
        subject, where = chance.choice(SUBJECTS), chance.choice(PLACES)
        event = chance.choice(EVENTS)
        texts = (
            f"{subject} in {where} {event}",
            f"The {subject.lower()} of {where}, {chance.randint(3, 40)} years old, {event}.",
        )
        made.append(told(number, texts, hours=40 * number / size))
    return made


def test_stories_do_not_depend_on_when_the_process_started() -> None:
    entries = invented(200)
    whole = Grouper(window_h=10)
    decided = [assign(whole, known) for known in entries]
    chance = random.Random(5)
    resumed = Grouper(window_h=10)
    stories: dict[int, int] = {}
    for number, known in enumerate(entries):
        if chance.random() < 0.1:
            resumed = Grouper(window_h=10)
            since = known.at - 10 * HOUR
            for before in entries[:number]:
                if before.at >= since:
                    resumed.add(before.kept(), stories[before.entry], before.at)
        found = assign(resumed, known)
        assert found == decided[number]
        stories |= told_by(known, found)

    assert {type(found) for found in decided} == {Joined, Started}
    assert any(isinstance(found, Joined) and found.gathered for found in decided)


def test_the_id_of_a_story_is_the_same_after_a_lost_database() -> None:
    assert story_uid("https://a.example/feed", "k1") == "9391d483-e077-5935-98e4-324828bf8089"
    assert story_uid("https://a.example/feed", "k2") != story_uid("https://b.example/feed", "k2")


def test_it_takes_more_to_join_where_much_is_told() -> None:
    grouper = Grouper()
    assign(grouper, told(9_000, FERRY))
    report = told(9_001, ("Night ferry capsizes", "Lifeguards look for the missing at dawn."))
    sparse = grouper.find(report, report.at)
    for known in invented(900):
        grouper.add(replace(known, at=report.at), known.entry, report.at)
    dense = grouper.find(report, report.at)

    assert isinstance(sparse, Joined)
    assert isinstance(dense, Started)
    assert dense.score > 0


def test_the_threshold_has_a_ceiling_and_common_words_a_floor() -> None:
    grouper = Grouper()
    common = told(1, ("Weather", ""))
    for number in range(1, 4_200):
        grouper.add(replace(common, entry=number), number, common.at)

    found = grouper.find(told(5_000, ("Weather", "")), common.at)
    assert found.score <= 0.5  # one word, however rare, is half a proof
    assert grouper.find(told(5_001, LAUNCH), common.at) == Started(5_001)


def test_only_the_newest_of_a_common_term_are_looked_at() -> None:
    grouper = Grouper()
    for number in range(1, 700):
        grouper.add(told(number, ("Weather report for harbour towns", "")), 1, START_S)
    report = told(5_000, ("Weather report for harbour towns", ""))

    assert grouper.find(report, START_S).story == 1
    assert min(grouper.terms.gains(grouper.weigh(report).values, 0)) == 599


def test_other_figures_in_a_title_that_reads_alike_are_another_event() -> None:
    grouper = Grouper()
    bulletin = "A missile base numbered {} is reported by the outlet of the harbour"
    for number in range(1, 6):
        found = grouper.assign(told(number, (bulletin.format(number + 40), "")), number)
        assert isinstance(found, Started), number
    again = grouper.assign(told(9, (bulletin.format(42), "")), 9)
    assert isinstance(again, Joined)
    assert (again.kind, again.like) == ("copy", 2), "the same figures are the same event"


@pytest.mark.parametrize(
    "title",
    [
        "War in Sohae live: missile launched",
        "War in Sohae highlights: missile launched",
        "Missile launched from Sohae – live",
        "LIVE: missile launched from Sohae",
        "Missile launched from Sohae, as it happened",
    ],
)
def test_a_page_that_goes_on_is_less_alike(title: str) -> None:
    rolling = told(2, (title, LAUNCH_AGAIN[1]))
    alike = replace(rolling, kinds=rolling.kinds & ~ROLLING)
    assert rolling.kinds != alike.kinds
    of_page, of_report = (
        weighed(told(1, LAUNCH)).like(weighed(one)).score for one in (rolling, alike)
    )
    assert of_page == pytest.approx(0.75 * of_report)


@pytest.mark.parametrize("title", ["How they live", "Live ammunition used", "Alive: two found"])
def test_the_word_alone_makes_no_page_that_goes_on(title: str) -> None:
    assert not told(1, (title, "")).kinds & ROLLING


def test_news_is_what_no_report_had_in_its_title() -> None:
    first = told(1, ("North Korea fires missile from Sohae", "It flew 900 km."))
    later = told(2, ("North Korea fires 2 missiles from Sohae", ""))
    assert news(later, []) == ()
    assert news(later, [first]) == ("2",)
    assert news(first, [first]) == ()
