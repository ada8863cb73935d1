"""The shipped actors: how many, in which languages, and no name that would cry wolf."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from bot.core.models import Entity, Entry, Kind
from bot.core.text import fold
from bot.gazetteer import load, load_entities
from scripts.build_actors.__main__ import check, names, render
from scripts.build_actors.romanise import cyrillic_in_latin, korean, russian_cases
from scripts.build_actors.sources import TYPES, Actor, Alias, expand_braces, read, read_all, slug

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SHIPPED = files("bot.gazetteer") / "actors.jsonl"

ACTORS = [entity for entity in load_entities() if entity.kind is Kind.ACTOR]
BY_ID = {actor.id: actor for actor in ACTORS}
SOURCES = {actor.id: actor for actor in read_all()}

#: The persons and bodies that news in every language names most.
MOST_NAMED = """
    kim-jong-un xi-jinping vladimir-putin donald-trump volodymyr-zelenskyy benjamin-netanyahu
    narendra-modi lee-jae-myung sanae-takaichi emmanuel-macron keir-starmer friedrich-merz
    recep-tayyip-erdogan ali-khamenei mojtaba-khamenei masoud-pezeshkian abbas-araghchi
    sergey-lavrov marco-rubio pete-hegseth jd-vance wang-yi antonio-guterres rafael-grossi
    ursula-von-der-leyen mark-rutte mohammed-bin-salman ahmed-al-sharaa abdel-fattah-al-sisi
    lai-ching-te giorgia-meloni luiz-inacio-lula-da-silva nicolas-maduro claudia-sheinbaum
    min-aung-hlaing alexander-lukashenko mike-pompeo nikki-haley stephen-biegun john-bolton
    moon-jae-in shinzo-abe joe-biden un unsc iaea nato eu who imf icc icj asean hamas hezbollah
    houthis islamic-state al-qaeda taliban pkk wagner-group rsf idf irgc pla korean-peoples-army
    pentagon white-house us-state-department kremlin csis sipri workers-party-of-korea kcna ofac
    opec brics african-union g7
""".split()

#: Names in use by one actor that are also a word for a country elsewhere, and why they stay.
ALSO_A_COUNTRY = {
    "albanese",  # Australia's prime minister; Italian for Albanian is written small
    "santa sede",  # Spanish for the Holy See, which is both
}


def strong(actor: Entity) -> set[bytes]:
    return {fold(name).data for name in actor.names}


def mentioned(text: str) -> set[str]:
    found = load().mentions(Entry(key="1", title=text))
    return {mention.entity.id for mention in found if mention.entity.kind is Kind.ACTOR}


def test_the_shipped_file_is_what_the_sources_say() -> None:
    shipped = SHIPPED.read_text("utf-8")
    assert shipped == render(SOURCES.values()), "run python -m scripts.build_actors"
    ids = [json.loads(line)["id"] for line in shipped.splitlines()]
    assert ids == sorted(set(ids))


def test_there_are_enough_of_each_type() -> None:
    counts = Counter(actor.type for actor in ACTORS)
    assert len(ACTORS) >= 1500
    assert set(counts) == TYPES
    least = {"person": 900, "organisation": 120, "armed-group": 150, "think-tank": 100}
    least |= {"government": 150, "military": 100, "party": 80, "company": 100, "media": 20}
    assert {kind: counts[kind] for kind, n in least.items() if counts[kind] < n} == {}


def test_every_actor_says_what_it_is() -> None:
    for actor in ACTORS:
        assert actor.id.startswith("act:"), actor
        assert actor.source in {"curated", "petrarch"}, actor
        assert actor.names or actor.weak, actor
        assert actor.parent is None or actor.parent in BY_ID, actor
        assert actor.country is None or (len(actor.country) == 2 and actor.country.isupper())
        assert all(fold(name).data.strip() for name in (*actor.names, *actor.weak)), actor


def test_persons_have_a_country() -> None:
    assert [a.id for a in ACTORS if a.type == "person" and not a.country] == []


def test_each_display_name_is_known() -> None:
    for actor in ACTORS:
        known = {fold(name).data for name in (*actor.names, *actor.weak)}
        assert fold(actor.name).data in known, actor.id


def test_two_actors_never_share_a_sure_name() -> None:
    owners: defaultdict[tuple[bytes, bool], set[str]] = defaultdict(set)
    for actor in ACTORS:
        for name in actor.names:
            owners[fold(name).data, name.isupper() and name.isascii()].add(actor.id)
    assert {key: ids for key, ids in owners.items() if len(ids) > 1} == {}


def test_no_sure_name_is_a_country() -> None:
    countries = {
        fold(name).data
        for place in load_entities()
        if place.kind is Kind.LOCATION and place.type in {"country", "territory"}
        for name in (place.name, *place.names, *place.weak)
    }
    clashes = {key.decode().strip() for actor in ACTORS for key in strong(actor) & countries}
    assert clashes <= ALSO_A_COUNTRY


@pytest.mark.parametrize(
    "word",
    "base missile kim lee park moon brown miller johnson rice powell union congress "
    "united strike light star sun".split(),
)
def test_ordinary_words_and_bare_surnames_are_no_sure_names(word: str) -> None:
    assert not [actor.id for actor in ACTORS if fold(word).data in strong(actor)]


def test_short_names_in_scripts_without_spaces_do_not_stand_inside_common_words() -> None:
    inside = "サスペンス アルビオン 対比根拠 对比根据 并非盟友 以军事手段 扩大疆域 完美光环 韩正在".split()
    for word in inside:
        hits = [name for actor in ACTORS for name in actor.names if name in word]
        assert not hits, (word, hits)


# ── languages ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("short_id", MOST_NAMED)
def test_the_most_named_have_names_in_nine_languages(short_id: str) -> None:
    actor = SOURCES[f"act:{short_id}"]
    languages = {alias.lang for alias in actor.aliases}
    # A person's name is spelled alike in English, French, Spanish and German, or listed besides.
    same_letters = {"fr", "es", "de"} if actor.type == "person" else set()
    assert {"ko", "zh", "ja", "ru", "ar", "fr", "es", "de"} <= languages | same_letters


SCRIPTS = {
    "ko": ("가", "힣"),
    "ja": ("ァ", "ヿ"),
    "han": ("一", "鿿"),
    "ru": ("Ѐ", "ӿ"),
    "ar": ("؀", "ۿ"),
    "he": ("א", "ת"),
    "hi": ("ऀ", "ॿ"),
}


def test_every_script_is_well_covered() -> None:
    counts = Counter(
        script
        for actor in ACTORS
        for script, (first, last) in SCRIPTS.items()
        if any(first <= char <= last for name in actor.names for char in name)
    )
    least = {"ko": 700, "han": 900, "ja": 550, "ru": 800, "ar": 600, "he": 60, "hi": 60}
    assert {script: counts[script] for script, n in least.items() if counts[script] < n} == {}


# ── the first user's story ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "short_id"),
    [
        ("Pompeo had been due to meet Kim Yong Chol in New York", "mike-pompeo"),
        ("Pompeo had been due to meet Kim Yong Chol in New York", "kim-yong-chol"),
        ("Secretary of State Mike Pompeo's visit", "mike-pompeo"),
        ("미국의 폼페이오 국무장관은", "mike-pompeo"),
        ("美国国务卿蓬佩奥说", "mike-pompeo"),
        ("国務長官のポンペオ氏", "mike-pompeo"),
        ("госсекретарь США Майк Помпео", "mike-pompeo"),
        ("встреча с Майком Помпео", "mike-pompeo"),
        ("وزير الخارجية الأمريكي مايك بومبيو", "mike-pompeo"),
        ("Nikki Haley said the talks were postponed", "nikki-haley"),
        ("envoy Stephen Biegun", "stephen-biegun"),
        ("special envoy Biegun flew home", "stephen-biegun"),
        ("스티븐 비건 대북정책특별대표", "stephen-biegun"),
        ("a study by CSIS, the think tank", "csis"),
        ("the Center for Strategic and International Studies identified", "csis"),
        ("le Centre d’études stratégiques et internationales", "csis"),
        ("전략국제문제연구소(CSIS)는", "csis"),
        ("戦略国際問題研究所によると", "csis"),
        ("el Centro de Estudios Estratégicos e Internacionales", "csis"),
        ("das Zentrum für Strategische und Internationale Studien", "csis"),
        ("Beyond Parallel said", "beyond-parallel"),
        ("analysts Joseph Bermudez, Victor Cha and Lisa Collins", "joseph-bermudez"),
        ("analysts Joseph Bermudez, Victor Cha and Lisa Collins", "victor-cha"),
        ("analysts Joseph Bermudez, Victor Cha and Lisa Collins", "lisa-collins"),
        ("빅터 차 한국석좌", "victor-cha"),
        ("President Moon Jae-in's office", "moon-jae-in"),
        ("le président Moon Jae In", "moon-jae-in"),
        ("Foreign Minister Ri Yong-ho", "ri-yong-ho"),
        ("John Bolton, the national security adviser", "john-bolton"),
        ("Prime Minister Shinzo Abe", "shinzo-abe"),
        ("安倍首相は", "shinzo-abe"),
        ("Kim Jong-un", "kim-jong-un"),
        ("Kim Jong Un's", "kim-jong-un"),
        ("Kim Jong Eun", "kim-jong-un"),
        ("KIM JONG UN", "kim-jong-un"),
        ("Kim Chŏng-ŭn", "kim-jong-un"),
        ("김정은이 말했다", "kim-jong-un"),
        ("金正恩氏が", "kim-jong-un"),
        ("キムジョンウン委員長", "kim-jong-un"),
        ("переговоры с Ким Чен Ыном", "kim-jong-un"),
        ("الزعيم كيم جونغ أون", "kim-jong-un"),
        ("North Korean leader Kim", "kim-jong-un"),
        ("KCNA said", "kcna"),
        ("the 38 North website", "38-north"),
    ],
)
def test_the_story_of_2018_is_told_with_names_we_know(text: str, short_id: str) -> None:
    assert f"act:{short_id}" in mentioned(text)


@pytest.mark.parametrize(
    "text",
    [
        "Kim Kardashian opens a shop",
        "Kim visited the base",
        "Lee scored twice for the visitors",
        "Moon landing footage restored",
        "a strong light over the park",
        "The isis of the river",
        "they trump every card",
        "Washington Redskins lose again",
    ],
)
def test_others_are_left_alone(text: str) -> None:
    assert mentioned(text) == set()


def test_acronyms_are_case_exact() -> None:
    assert "act:who" in mentioned("WHO says cases drop")
    assert "act:who" not in mentioned("Who says cases drop")
    assert "act:csis" not in mentioned("the csis command")


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_sports_pages_name_few_actors() -> None:
    path = DATA / "gold" / "topics" / "agnews_test.jsonl"
    news = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    sports = [item for item in news if item["label"] == "Sports"]
    hits = [
        found for item in sports if (found := mentioned(f"{item['title']}. {item['description']}"))
    ]
    assert len(sports) > 700
    assert len(hits) <= 8, hits


# ── the generator ─────────────────────────────────────────────────────────────


def test_korean_families_hold_the_spellings_in_use_and_no_relative() -> None:
    family = set(korean("김정은"))
    assert {"Kim Jong Un", "Kim Jong Eun", "Kim Jeong Eun", "Kim Chong Un", "Kim Jongun"} <= family
    assert not family & {"Kim Jong Il", "Kim Yo Jong", "Kim Jong Nam"}
    assert {"Yoon Suk Yeol", "Yun Seok Yeol"} <= set(korean("윤석열"))
    assert set(korean("김성")) == {"Kim Seong", "Kim Song", "Kim Sung", "Gim Seong", "Gim Song"} | {
        "Gim Sung"
    }


@pytest.mark.parametrize("name", ["", "Kim", "김", "김정은 위원장", "쾅정은"])
def test_other_text_is_no_korean_name(name: str) -> None:
    with pytest.raises(ValueError, match="not a Korean name"):
        korean(name)


def test_russian_names_decline() -> None:
    assert russian_cases("Сергей Лавров") == [
        "Сергея Лаврова",
        "Сергею Лаврову",
        "Сергеем Лавровым",
        "Сергее Лаврове",
    ]
    assert "Марией Захаровой" in russian_cases("Мария Захарова")
    assert "Урсулы фон дер Ляйен" in russian_cases("Урсула фон дер Ляйен")
    assert "Каи Каллас" in russian_cases("Кая Каллас")
    assert "Александром Вучичем" in russian_cases("Александр Вучич")
    assert russian_cases("Джастин Трюдо")[0] == "Джастина Трюдо"
    assert russian_cases("Ким Чен Ын", only_last=True)[0] == "Ким Чен Ына"
    assert russian_cases("Грета") == ["Грету", "Греты", "Грете", "Гретой"]


def test_cyrillic_is_spelled_as_newspapers_do() -> None:
    spelled = cyrillic_in_latin("Сергей Шойгу")
    assert {"Sergei Shoigu", "Sergey Shoygu", "Sergei Schoigu", "Serguei Choigou"} <= set(spelled)
    assert {"Vladimir Putin", "Wladimir Putin", "Vladimir Poutine"} <= set(
        cyrillic_in_latin("Владимир Путин")
    )


def lines(folder: Path, text: str, stem: str = "curated") -> Iterator[Actor]:
    path = folder / f"{stem}.txt"
    path.write_text(text, "utf-8")
    return read(path)


def test_a_line_holds_names_languages_weak_names_country_and_parent(tmp_path: Path) -> None:
    text = """
        # people
        [person KP]
        Kim Yong Chol @krw ^wpk ; ko:김영철 ; {Kim,Gim} Yongchol ~ Kim  # an envoy
        [party KP]
        wpk = Workers' Party of Korea %US ^- ! ; WPK
    """
    kim, party = lines(tmp_path, text, "petrarch")
    assert (kim.id, kim.country, kim.parent, kim.source) == (
        "act:kim-yong-chol",
        "KP",
        "act:wpk",
        "petrarch",
    )
    assert kim.aliases[1] == Alias(text="김영철", lang="ko")
    assert (party.id, party.country, party.parent) == ("act:wpk", "US", None)
    assert [alias.text for alias in party.aliases] == ["Workers' Party of Korea", "WPK", "Korea"]
    sure, unsure = names(kim)
    assert sure == ["Kim Yong Chol", "김영철", "Kim Yongchol", "Gim Yongchol"]
    assert {"Kim", "Kim Young Chul", "Gim Yeong Cheol"} <= set(unsure)
    assert "Kim Yong Chol" not in unsure


@pytest.mark.parametrize("text", ["Kim Jong Un", "[leader KP]\nKim Jong Un", "[person\nKim"])
def test_a_line_out_of_place_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"curated\.txt:1"):
        list(lines(tmp_path, text))


def test_double_ids_and_missing_parents_are_refused(tmp_path: Path) -> None:
    actors = list(lines(tmp_path, "[party KR]\nDP\nDP\nPPP ^nobody"))
    with pytest.raises(ValueError, match="act:dp is already at") as caught:
        check(actors)
    assert "no actor act:nobody" in str(caught.value)


def test_braces_and_slugs() -> None:
    assert list(expand_braces("{al-,}Shabaab {X,Y}")) == [
        "al-Shabaab X",
        "al-Shabaab Y",
        "Shabaab X",
        "Shabaab Y",
    ]
    assert slug("Lars Løkke Rasmussen") == "lars-lokke-rasmussen"
    assert slug("Jama'at Nusrat") == "jamaat-nusrat"
