"""Each decision about a name can be told: what it means here, or why it means nothing."""

from __future__ import annotations

import pytest

from bot.core.entities import Catalogue, Gazetteer, NameBook, Why, home_of
from bot.core.models import Entry
from bot.core.text import fold
from tests.core.gazetteers import WORLD, actor, place


def told(text: str, **about: str) -> list[tuple[str, str | None, Why, str]]:
    explained = WORLD.explain(Entry(key="1", title=text, **about))  # type: ignore[arg-type]
    return [(e.text, e.entity.id if e.entity else None, e.why, e.use) for e in explained]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Libya said no", ("Libya", "loc:LY", Why.PLAIN, "government")),
        ("work at Sohae", ("Sohae", "loc:KP/sohae", Why.PLAIN, "place")),
        ("North Koreans", ("North Koreans", "loc:KP", Why.PLAIN, "people")),
        ("Jordanian aid", ("Jordanian", "loc:JO", Why.PLAIN, "people")),
        ("Tripoli is calm", ("Tripoli", "loc:LY/tripoli", Why.FOREMOST, "place")),
        ("Pyongyang denied it", ("Pyongyang", "loc:KP/pyongyang", Why.PLAIN, "government")),
        ("Talks in Georgia", ("Georgia", "loc:GE", Why.STATE, "place")),
        ("Georgia's governor vetoed it", ("Georgia", "loc:US-GA", Why.REGION, "place")),
        ("Chad votes again", ("Chad", "loc:TD", Why.STATE, "place")),
        ("turkey for dinner", ("turkey", None, Why.WRITTEN, "")),
        ("and Michael Jordan scored", ("Jordan", None, Why.SOMEONE, "")),
        ("her son Jordan", ("Jordan", None, Why.SOMEONE, "")),
        ("the daughters Ann and Georgia", ("Georgia", None, Why.SOMEONE, "")),
        ("the head chef at Turkey said", ("Turkey", None, Why.SOMEONE, "")),
        ("a house in Paris Road burned", ("Paris", None, Why.SOMEONE, "")),
        ("dinner in Little Turkey", ("Turkey", None, Why.SOMEONE, "")),
        ("aimed at Libya", ("Libya", "loc:LY", Why.PLAIN, "place")),
        ("a town known as Paris", ("Paris", None, Why.SOMEONE, "")),
        ("a state known as Libya", ("Libya", "loc:LY", Why.PLAIN, "place")),
        ("the WHO Cup final", ("WHO", None, Why.SOMEONE, "")),
        ("Susan Orban left", ("Orban", None, Why.RELATIVE, "")),
        ("Hamilton today", ("Hamilton", None, Why.NOTHING, "")),
        ("Kim Jong Un smiled", ("Kim Jong Un", "act:kju", Why.PLAIN, "person")),
    ],
)
def test_the_first_word_about_a_text(text: str, expected: tuple[str, str | None, Why, str]) -> None:
    assert told(text)[0] == expected


def test_names_that_speak_for_each_other_and_names_inside_names() -> None:
    assert told("Georgia, says Tbilisi; Paris, Texas") == [
        ("Georgia", "loc:GE", Why.AROUND, "place"),
        ("Tbilisi", "loc:GE/tbilisi", Why.PLAIN, "place"),
        ("Paris", None, Why.ELSEWHERE, ""),
        ("Texas", "loc:US-TX", Why.PLAIN, "place"),
    ]
    assert told("South Korea") == [
        ("South Korea", "loc:KR", Why.PLAIN, "place"),
        ("Korea", None, Why.INSIDE, ""),
    ]


def test_surnames_and_second_mentions() -> None:
    assert told("Mike Pompeo left; Pompeo's trip")[1] == (
        *("Pompeo", "act:pompeo", Why.SURNAME, "person"),
    )
    assert [why for _, _, why, _ in told("Georgia wins. Talks in Georgia")] == [Why.SAME, Why.STATE]


def test_a_named_person_leaves_the_state_to_its_own_deeds() -> None:
    text = "Michael Jordan met fans while Jordan's parliament voted"
    assert [(entity, why) for _, entity, why, _ in told(text)] == [
        (None, Why.SOMEONE),
        ("loc:JO", Why.STATE),
    ]


def test_each_name_is_told_with_what_it_may_mean_and_where_it_stands() -> None:
    (georgia,) = WORLD.explain(Entry(key="1", title="x", summary="Georgia"))
    assert {one.id for one in georgia.senses} == {"loc:GE", "loc:US-GA"}
    assert (georgia.field, georgia.start, georgia.end) == ("summary", 0, 7)
    assert WORLD.explain(Entry(key="1", title="nothing")) == ()


# ── languages ─────────────────────────────────────────────────────────────────

SPOKEN = Gazetteer(
    [
        place("loc:RU", "Russia", "country", "Russian", "russe", "ロシア", "러시아"),
        place("loc:IR", "Iran", "country"),
        place("loc:KR", "South Korea", "country", "韓国", "한국", "Korean"),
        place("loc:JP", "Japan", "country", "Japan", "Japanese", "Japón", "japonés"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "She speaks Russian",
        "He spoke in Russian, then left",
        "learning of Japanese is hard",
        "books in Korean, among others",
        "the Russian-language daily",
        "Russian speakers gather",
        "the Korean word for snow",
        "elle parle russe",
        "habla japonés y canta",
        "Japanese is easy to learn",
        "그는 한국어를 배운다",
        "韓国語の本",
        "the site in Russian\nopened",
    ],
)
def test_languages_are_no_countries(text: str) -> None:
    assert [e.why for e in SPOKEN.explain(Entry(key="1", title=text))] == [Why.LANGUAGE]


@pytest.mark.parametrize(
    "text",
    [
        "They live in Iran.",
        "in Russian territory",
        "the Russian is tired",
        "Russian troops",
        "Russian-backed forces",
        "한국어린이",
        "from Japan, with love",
        "Japanese",
    ],
)
def test_peoples_and_countries_are_no_languages(text: str) -> None:
    assert [e.entity is not None for e in SPOKEN.explain(Entry(key="1", title=text))] == [True]


# ── words written together ────────────────────────────────────────────────────

RUN_TOGETHER = Catalogue.of(
    [
        place("loc:CN", "China", "country", "الصين", "סין", "中国"),
        place("loc:LB", "Lebanon", "country", "لبنان", "لبناني*"),
        actor("act:nato", "NATO", "organisation", "北约"),
        actor("act:li", "Li Qiang", "person", "李强", "李强调研"),
    ]
)
JOINED = Gazetteer(RUN_TOGETHER, NameBook.of(RUN_TOGETHER, ["北约克", "李强调"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("والصين ولبنان", ["الصين", "لبنان"]),
        ("للصين", ["للصين"]),
        ("في بالصين", ["الصين"]),
        ("صلصين", []),
        ("زلبنان", []),
        ("واللبنانيون", ["لبنانيون"]),
        ("ובסין", ["סין"]),
        ("סין", ["סין"]),
        ("北约克市", []),
        ("北约克与北约", ["北约"]),
        ("李强调研", ["李强调研"]),
        ("李强调，李强", ["李强"]),
    ],
)
def test_names_in_words_that_run_together(text: str, expected: list[str]) -> None:
    assert [m.text for m in JOINED.mentions(Entry(key="1", title=text))] == expected


# ── towns and the feed's own country ──────────────────────────────────────────

TOWNS = Gazetteer(
    [
        place("loc:CA/edmonton", "Edmonton", "city", parent="loc:CA-AB"),
        place("loc:US/edmonton", "Edmonton", "town", weak=("Edmonton",), parent="loc:US-KY"),
        place("loc:US-KY", "Kentucky", "region", "Kentucky", weak=("Ky.", "Mo"), parent="loc:US"),
        place("loc:US", "United States", "country", "US"),
        place("loc:CA", "Canada", "country"),
        place("loc:US-GA", "Georgia (US state)", "region", weak=("Georgia",), parent="loc:US"),
        place("loc:GE", "Georgia", "country", weak=("Georgia",)),
        place("loc:AG", "St. John's", "capital"),
        place("loc:GB/perth", "Perth", "city", weak=("Perth",)),
        place("loc:AU/perth", "Perth", "city", weak=("Perth",)),
        actor("act:gov", "Georgia Dome", "company", country="GE"),
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A man of Edmonton was held", ["loc:CA/edmonton"]),
        ("Kentucky police say the man is of Edmonton", ["loc:US-KY", "loc:US/edmonton"]),
        ("A US paper on Edmonton", ["loc:US", "loc:CA/edmonton"]),
        ("Kentucky beat a team of Edmonton, Canada", ["loc:US-KY", "loc:US/edmonton", "loc:CA"]),
        ("EDMONTON, Ky. — Edmonton was calm", ["loc:US/edmonton", "loc:US-KY", "loc:US/edmonton"]),
        ("found in Slidell, Ky. on Friday", ["loc:US-KY"]),
        ("Edmonton, Mo Farah", ["loc:CA/edmonton"]),
        ("and Mo ran", []),
        ("in St. John's", ["loc:AG"]),
        ("law at St. John's University", []),
        ("ST. JOHN'S UNIVERSITY", ["loc:AG"]),
    ],
)
def test_a_town_counts_beside_its_state(text: str, expected: list[str]) -> None:
    assert [m.entity.id for m in TOWNS.mentions(Entry(key="1", title=text))] == expected


@pytest.mark.parametrize(
    ("text", "home", "expected"),
    [
        ("Georgia on my mind", "US", ["loc:US-GA"]),
        ("Georgia on my mind", "GE", ["loc:GE"]),
        ("Georgia on my mind", "FR", []),
        ("Georgia on my mind", "", []),
        ("Perth floods", "AU", ["loc:AU/perth"]),
        ("Georgia's parliament", "US", ["loc:GE"]),
        ("Edmonton floods", "CA", ["loc:CA/edmonton"]),
    ],
)
def test_the_feed_speaks_for_its_own_country(text: str, home: str, expected: list[str]) -> None:
    mentions = TOWNS.mentions_in([("title", fold(text))], home)
    assert [mention.entity.id for mention in mentions] == expected


@pytest.mark.parametrize(
    ("url", "lang", "home"),
    [
        ("https://www.example.co.uk/a", "en", "GB"),
        ("https://user@news.example.com.au:8080/a?x=.fr", None, "AU"),
        ("http://example.kr", "en-US", "KR"),
        ("https://example.io/a", "en-GB", "GB"),
        ("https://example.com/a.fr", "pt_BR", "BR"),
        ("https://example.com", "en-US", ""),
        ("https://example.com", "zh-Hant", ""),
        (None, None, ""),
    ],
)
def test_where_a_feed_comes_from(url: str | None, lang: str | None, home: str) -> None:
    assert home_of(Entry(key="1", title="x", url=url, lang=lang)) == home


# ── what is asked for ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("work at Sohae", True),
        ("talks in Libya", False),
        ("nothing", False),
        ("北朝鮮が", True),
        ("한국이", False),
        ("North and South Korea", True),
        ("north and south america", True),  # to be looked at closely
    ],
)
def test_a_scan_tells_whether_what_is_asked_for_may_be_there(text: str, may: bool) -> None:
    asked = WORLD.asking({"loc:KP"})
    assert asked.may_be_in(fold(text).data) is may
    assert asked.may_be_in(fold(text).data) is may  # what was learned is kept


def test_of_nothing_nothing_may_be_there() -> None:
    assert not Gazetteer().asking({"loc:KP"}).may_be_in(fold("Sohae 북한").data)
    assert not WORLD.asking(()).may_be_in(fold("Sohae 북한").data)
