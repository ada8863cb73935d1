"""What is kept of an entry: what it says happened, in terms that other languages share."""

from datetime import UTC, datetime

import pytest

from bot.core.models import Entry
from bot.core.stories import Profile, profile
from bot.core.stories import concepts as concepts_module
from bot.core.stories.concepts import concept_of, concepts_in
from bot.core.stories.days import dates_in, ordinal_in, series_in, weekday_in
from bot.core.stories.profile import IN_TITLE, KIND_SHIFT, TermKind
from tests.core.gazetteers import WORLD

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday


def told(title: str = "", summary: str = "", lang: str | None = "en") -> Profile:
    entry = Entry(key="k", title=title, summary=summary, lang=lang, outlet="Desk", id=7)
    return profile(entry, WORLD.mentions(entry), NOON)


def labels(known: Profile, kind: TermKind) -> set[str]:
    return {label for term, label in known.shown().items() if term >> KIND_SHIFT == kind}


def weight(known: Profile, label: str) -> int:
    return dict(zip(known.labels, known.weights, strict=True))[label]


def test_what_an_entry_tells() -> None:
    known = told(
        "Pyongyang fires 2 rockets from Sohae",
        "The launch on Monday was watched by Kim Jong Un, said spokesman Gunnar Ekdal in 2026.",
    )

    assert (known.entry, known.at, known.lang, known.outlet) == (
        7,
        int(NOON.timestamp()),
        "en",
        "Desk",
    )
    assert labels(known, TermKind.PLACE) == {"Pyongyang", "Sohae"}
    assert labels(known, TermKind.COUNTRY) == {"KP"}
    assert labels(known, TermKind.ACTOR) == {"Kim Jong Un"}
    assert labels(known, TermKind.NUMBER) == {"2"}
    assert labels(known, TermKind.YEAR) == {"2026"}
    assert labels(known, TermKind.DAY) == {"5-18"}
    assert labels(known, TermKind.NAME) == {"monday", "gunnar", "ekdal"}
    assert {"launch", "rocket"} <= labels(known, TermKind.CONCEPT)
    assert "rockets" in labels(known, TermKind.WORD)
    assert not {"the", "was", "by", "sohae"} & labels(known, TermKind.WORD)
    assert known.kinds == sum(1 << kind for kind in TermKind if kind != TermKind.ORDINAL)


def test_a_country_counts_by_its_name() -> None:
    assert labels(told("DPRK protests"), TermKind.COUNTRY) == {"North Korea"}
    assert told("DPRK protests").terms == told("N. Korea protests").terms


def test_a_place_may_belong_to_no_country() -> None:
    entry = Entry(key="k", title="Ships cross", summary="", id=1)
    (sea,) = WORLD.lookup("Korea")
    nowhere = type(sea)(id="loc:sea", kind=sea.kind, name="Sea", type="sea")
    mention = WORLD.mentions(Entry(key="k", title="Korea"))[0]
    at_sea = type(mention)(field="title", start=0, end=5, text="Ships", entity=nowhere)
    known = profile(entry, [at_sea], NOON)

    assert labels(known, TermKind.PLACE) == {"Sea"}
    assert not labels(known, TermKind.COUNTRY)
    assert labels(known, TermKind.WORD) == {"cross"}


def test_a_title_weighs_double_and_repeating_once_more() -> None:
    once = told("", "A comet.")
    title = told("A comet")
    both = told("A comet", "The comet. That comet again, comet, comet.")

    assert weight(once, "comet") == 8
    assert weight(title, "comet") == 16 | IN_TITLE
    assert weight(both, "comet") == 16 + 4 | IN_TITLE | 0x40


def test_a_name_inside_a_name_is_cut_once() -> None:
    known = told("American experts of the Center for Strategic and International Studies")

    assert labels(known, TermKind.ACTOR) == {"Center for Strategic and International Studies"}
    assert labels(known, TermKind.WORD) == {"experts"}


def test_overlapping_mentions_leave_the_rest_of_the_text() -> None:
    entry = Entry(key="k", title="North Korea Sohae base", id=1)
    first, second = WORLD.mentions(entry)
    wide = type(first)(field="title", start=0, end=second.end, text="x", entity=second.entity)

    assert labels(profile(entry, [first, second, wide], NOON), TermKind.WORD) == {"base"}


def test_only_the_lead_is_read() -> None:
    known = told("Report", "Sohae " + "word " * 118 + "Kyoto falcons")

    assert labels(known, TermKind.PLACE) == {"Sohae"}
    assert "falcons" not in labels(known, TermKind.WORD)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,200 homes", "1200"),
        ("a 7.1 magnitude", "7.1"),
        ("7,1 stark", "7.1"),
        ("13.", "13"),
        ("미사일 13곳", "13"),
        ("1.000.000 euro", "1000000"),
    ],
)
def test_numbers_are_the_same_in_every_language(text: str, number: str) -> None:
    assert labels(told(text), TermKind.NUMBER) == {number}


@pytest.mark.parametrize("text", ["the MD80 jet", "a 2nd try", "G20 talks"])
def test_digits_within_words_are_no_numbers(text: str) -> None:
    assert not labels(told(text), TermKind.NUMBER)


def test_a_headline_in_capitals_names_nobody() -> None:
    assert not labels(told("Big Harbour Closed After Storm Hits"), TermKind.NAME)
    assert labels(told("Big storm closes the harbour of Oldport"), TermKind.NAME) == {"oldport"}
    assert not labels(told("storm at Über"), TermKind.NAME), "a function word is no name"


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("the ship that was lost", "en"),
        ("das Schiff und die Stadt", "de"),
        ("船が沈んだ", "ja"),
        ("船沉了", "zh"),
        ("배가 침몰했다", "ko"),
        ("Zzyzx", ""),
    ],
)
def test_the_language_is_guessed(title: str, lang: str) -> None:
    assert told(title, lang=None).lang == lang


@pytest.mark.parametrize("lang", ["pt-BR", "pt_BR", "PT"])
def test_a_region_makes_no_other_language(lang: str) -> None:
    assert told("navio", lang=lang).lang == "pt"


def test_unspaced_scripts_count_by_pairs() -> None:
    assert labels(told("発射場", lang="ja"), TermKind.WORD) == {"発射", "射場"}
    assert labels(told("核", lang="ja"), TermKind.WORD) == {"核"}


def test_inflection_and_plural_are_left_off() -> None:
    assert told("rockets").terms == told("rocket").terms
    assert told("ракеты").terms == told("ракетой").terms
    assert labels(told("a gas class"), TermKind.WORD) == {"gas", "class"}


def test_signs_and_single_letters_say_nothing() -> None:
    assert told("& x 5").labels == ("5",)


def test_a_stored_profile_is_equal_and_has_no_labels() -> None:
    known = told("Comet seen")

    assert known.kept() == known
    assert known.kept().shown() == {}
    assert known.kept().kept() is not None
    assert len(known.kept().numbers()) == len(known.weights)


# ── concepts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "concept"),
    [
        ("missiles", "missile"),
        ("misiles", "missile"),
        ("ракетный", "missile"),
        ("launched", "launch"),
        ("fired", "launch"),
        ("erdbeben", "earthquake"),
        ("zzz", ""),
        ("xy", ""),
    ],
)
def test_words_of_many_languages_are_one_concept(word: str, concept: str) -> None:
    assert concept_of(word) == concept
    assert concept_of(word) == concept, "the same when asked again"


def test_concepts_stand_anywhere_in_unspaced_scripts() -> None:
    assert list(concepts_in("미사일기지에서")) == ["missile", "base"]
    assert list(concepts_in("弾道ミサイル")) == ["ballistic", "missile"]


def test_remembered_words_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concepts_module, "_MOST_KNOWN", 3)
    words = [f"invented{n}" for n in range(9)]

    assert {concept_of(word) for word in words} == {""}
    assert len(concepts_module._known) <= 4


# ── days ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on June 8", ["6-8"]),
        ("Jun. 8th", ["6-8"]),
        ("8 June", ["6-8"]),
        ("8. Juni", ["6-8"]),
        ("11/28/05", ["11-28"]),
        ("28 / 11 / 2005", ["11-28"]),
        ("6月8日", ["6-8"]),
        ("6월 8일", ["6-8"]),
        ("31/31/05", []),
        ("June", []),
        ("May 8:30", []),
    ],
)
def test_dates(text: str, days: list[str]) -> None:
    assert list(dates_in(text)) == days


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("wednesday", "5-20"),
        ("montag", "5-18"),
        ("sunday", "5-17"),
        ("thursday", "5-21"),
        ("пятницу", "5-22"),
        ("월요일", "5-18"),
        ("yesterday", None),
    ],
)
def test_weekdays_are_the_nearest(word: str, day: str | None) -> None:
    assert weekday_in(word, NOON) == day


@pytest.mark.parametrize(
    ("word", "ordinal"),
    [("second", "2"), ("zehnte", "10"), ("13th", "13"), ("13x", None), ("word", None)],
)
def test_ordinals(word: str, ordinal: str | None) -> None:
    assert ordinal_in(word) == ordinal


def test_written_dates_and_weekdays_are_one() -> None:
    assert labels(told("Talks on Monday, 18 May"), TermKind.DAY) == {"5-18"}
    assert labels(told("Talks on 8 June"), TermKind.DAY) == {"6-8"}


def test_ordinals_of_unspaced_scripts() -> None:
    assert series_in("第13次会谈") == ["13"]
    assert series_in("13") == []
    assert labels(told("第13次会谈", lang="zh"), TermKind.ORDINAL) == {"13"}
    assert labels(told("the third round"), TermKind.ORDINAL) == {"3"}
