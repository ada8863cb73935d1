"""The built-in locations: all countries in all our languages, capitals, demonyms, sites, paths."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter

import pytest

from bot.core.entities import Gazetteer
from bot.core.models import Entity, Entry, Kind
from bot.gazetteer import load, load_entities

ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK
""".split()
TYPES = {
    "country",
    "territory",
    "capital",
    "city",
    "region",
    "area",
    "sea",
    "site",
    "metonym",
    "town",
}
SOURCES = {"cldr", "newsmap", "rigour", "geonames", "curated"}


def _locations() -> list[Entity]:
    return [entity for entity in load_entities() if entity.kind is Kind.LOCATION]


def _scripts(entity: Entity) -> set[str]:
    letters = {char for name in (*entity.names, *entity.weak) for char in name if char.isalpha()}
    return {unicodedata.name(char, "?").split(" ")[0].split("-")[0] for char in letters}


def _found(text: str) -> set[str]:
    mentions = load().mentions(Entry(key="e", title=text))
    return {m.entity.id for m in mentions if m.entity.kind is Kind.LOCATION}


# ── the rows ──────────────────────────────────────────────────────────────────


def test_ids_are_unique() -> None:
    counts = Counter(entity.id for entity in _locations())
    assert [name for name, count in counts.items() if count > 1] == []


def test_file_is_sorted_by_id() -> None:
    ids = [entity.id for entity in _locations()]
    assert ids == sorted(ids)


def test_every_row_says_what_it_is_and_where_it_comes_from() -> None:
    for entity in _locations():
        assert entity.type in TYPES, entity.id
        assert entity.source, entity.id
        assert set(entity.source.split("+")) <= SOURCES, entity.id
        assert entity.name.strip(), entity.id


def test_every_row_has_names_and_none_is_empty_or_padded() -> None:
    for entity in _locations():
        found = (*entity.names, *entity.weak)
        assert found, entity.id
        assert all(name.strip(" *") and name == name.strip() for name in found), entity.id
        assert not set(entity.names) & set(entity.weak), entity.id


def test_parents_exist_and_lead_to_the_country() -> None:
    gazetteer = load()
    ids = {entity.id for entity in _locations()}
    for entity in _locations():
        assert entity.parent is None or entity.parent in ids, entity.id
        path = gazetteer.within(entity)
        assert len({step.id for step in path}) == len(path), entity.id
        if entity.country and entity.type not in {"country", "territory"}:
            assert path[-1].id == f"loc:{entity.country}" or path[-1].id.startswith("loc:area/")


def test_coordinates_are_on_the_globe_and_come_in_pairs() -> None:
    for entity in _locations():
        assert (entity.lat is None) == (entity.lon is None), entity.id
        if entity.lat is not None and entity.lon is not None:
            assert -90 <= entity.lat <= 90, entity.id
            assert -180 <= entity.lon <= 180, entity.id


def test_no_name_is_strong_for_places_of_two_countries() -> None:
    owners: dict[str, str | None] = {}
    for entity in _locations():
        for name in entity.names:
            assert owners.setdefault(name, entity.country) == entity.country, (name, entity.id)


def test_prefixes_are_long_enough_not_to_hit_other_words() -> None:
    stems = [name for entity in _locations() for name in entity.names if name.endswith("*")]
    assert stems
    assert [stem for stem in stems if len(stem) < 6] == []


def test_prefixes_begin_no_name_of_another_country() -> None:
    whole = sorted(
        (name.casefold(), e.country or "")
        for e in _locations()
        for name in e.names
        if name.replace("*", "").isalpha()
    )
    for entity in _locations():
        for stem in (name[:-1].casefold() for name in entity.names if name.endswith("*")):
            first = bisect_left(whole, (stem, ""))
            last = bisect_left(whole, (stem + "\U0010ffff", ""))
            owners = {country for _, country in whole[first:last]}
            assert owners <= {entity.country or ""}, (stem, entity.id)


def test_there_are_as_many_as_promised() -> None:
    counts = Counter(entity.type for entity in _locations())
    assert counts["site"] >= 250
    assert counts["country"] + counts["territory"] == len(ISO_3166)
    assert counts["metonym"] >= 40
    assert counts["sea"] >= 30
    placed = [e for e in _locations() if e.type == "site" and e.lat is not None]
    assert len(placed) >= 250


# ── countries ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ISO_3166)
def test_every_country_has_names_in_every_script_we_promise(code: str) -> None:
    country = load().get(f"loc:{code}")
    scripts = _scripts(country)
    assert {"LATIN", "HANGUL", "CJK", "CYRILLIC", "ARABIC"} <= scripts
    in_kanji = {"AQ", "CN", "HK", "JP", "KP", "KR", "TF", "TW", "UM"}
    assert scripts & {"KATAKANA", "HIRAGANA"} or code in in_kanji


NAMES = {
    "KP": "North Korea|북한|朝鲜|北韓|北朝鮮|Corée du Nord|Corea del Norte|Nordkorea|Северная Корея|كوريا الشمالية",
    "KR": "South Korea|한국|韩国|韓國|韓国|Corée du Sud|Corea del Sur|Südkorea|Южная Корея|كوريا الجنوبية",
    "US": "United States|미국|美国|美國|アメリカ|États-Unis|Estados Unidos|Vereinigte Staaten|США|الولايات المتحدة",
    "CN": "China|중국|中国|中國|Chine|Cina|Китай|الصين",
    "RU": "Russia|러시아|俄罗斯|俄羅斯|ロシア|Russie|Rusia|Russland|Россия|روسيا",
    "JP": "Japan|일본|日本|Japon|Japón|Япония|اليابان",
    "UA": "Ukraine|우크라이나|乌克兰|烏克蘭|ウクライナ|Ucrania|Украина|Україна|أوكرانيا",
    "IR": "Iran|이란|伊朗|イラン|Irán|Иран|إيران|İran",
    "IL": "Israel|이스라엘|以色列|イスラエル|Israël|Израиль|إسرائيل|ישראל",
    "PS": "Palestine|팔레스타인|巴勒斯坦|パレスチナ|Palestina|Palästina|Палестина|فلسطين",
    "GB": "United Kingdom|영국|英国|英國|イギリス|Royaume-Uni|Reino Unido|Großbritannien|Великобритания|بريطانيا",
    "FR": "France|프랑스|法国|法國|フランス|Francia|Frankreich|Франция|فرنسا",
    "DE": "Germany|독일|德国|德國|ドイツ|Allemagne|Alemania|Deutschland|Германия|ألمانيا",
    "SA": "Saudi Arabia|사우디아라비아|沙特阿拉伯|沙烏地阿拉伯|サウジアラビア|Arabie saoudite|Arabia Saudí|Saudi-Arabien|Саудовская Аравия|السعودية",
    "SY": "Syria|시리아|叙利亚|敘利亞|シリア|Syrie|Siria|Syrien|Сирия|سوريا",
    "TW": "Taiwan|대만|台湾|台灣|Taïwan|Taiwán|Тайвань|تايوان",
    "VN": "Vietnam|베트남|越南|ベトナム|Viêt Nam|Вьетнам|فيتنام",
    "TR": "Türkiye|튀르키예|土耳其|トルコ|Turquie|Turquía|Türkei|Турция|تركيا",
    "CD": "DR Congo|콩고민주공화국|刚果民主共和国|剛果民主共和國|コンゴ民主共和国|RD Congo|República Democrática del Congo|Demokratische Republik Kongo|ДР Конго|جمهورية الكونغو الديمقراطية",
    "XK": "Kosovo|코소보|科索沃|コソボ|Косово|كوسوفو",
}


@pytest.mark.parametrize(
    ("code", "name"), [(code, name) for code, names in NAMES.items() for name in names.split("|")]
)
def test_country_is_found_by_its_name_in_each_language(code: str, name: str) -> None:
    assert load().lookup(name, Kind.LOCATION)[0].id == f"loc:{code}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("North Korean officials left", "KP"),
        ("북측 대표단이 도착했다", "KP"),
        ("des responsables nord-coréens", "KP"),
        ("el régimen norcoreano", "KP"),
        ("die nordkoreanische Führung", "KP"),
        ("северокорейские военные", "KP"),
        ("الجيش الكوري الشمالي", "KP"),
        ("South Koreans voted", "KR"),
        ("Two Afghans were released", "AF"),
        ("an Emirati official", "AE"),
        ("Swiss banks", "CH"),
        ("the Dutch cabinet", "NL"),
        ("Filipinos in Manila Bay", "PH"),
        ("un ministre français", "FR"),
        ("el presidente ruso", "RU"),
        ("российская армия", "RU"),
        ("американские санкции", "US"),
        ("українські військові", "UA"),
        ("las fuerzas israelíes", "IL"),
        ("des soldats ukrainiens", "UA"),
        ("die türkische Regierung", "TR"),
        ("African Americans in Ohio", "US"),
        ("Chinese and Indian troops", "IN"),
        ("Chinese and Indian troops", "CN"),
        ("an Iraqi militia", "IQ"),
        ("Czechs and Slovaks", "CZ"),
        ("funcionarios estadounidenses", "US"),
        ("das iranische Atomprogramm", "IR"),
        ("soldati russi", "RU"),
        ("tropas chinesas", "CN"),
    ],
)
def test_demonyms_and_adjectives_mean_the_country(text: str, code: str) -> None:
    found = load().mentions(Entry(key="e", title=text))
    assert code in {mention.entity.country for mention in found}


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("The latest from Latin American capitals", "loc:US"),
        ("South American leaders meet", "loc:US"),
        ("Navy drills in the Indian Ocean", "loc:IN"),
        ("Papua New Guinea votes", "loc:GN"),
        ("Equatorial Guinea votes", "loc:GN"),
        ("Indianapolis votes", "loc:IN"),
        ("New Mexico governor resigns", "loc:MX"),
        ("Northern Ireland assembly", "loc:IE"),
        ("South Sudan ceasefire", "loc:SD"),
        ("Romanian president resigns", "loc:IT/rome"),
        ("a nice man in a mobile home", "loc:FR/nice"),
        ("prices of turkey and china rise", "loc:TR"),
        ("Он сказал, что того больше нет", "loc:TG"),
        ("слова министра", "loc:SK"),
    ],
)
def test_names_inside_other_names_and_common_words_mean_nothing(text: str, absent: str) -> None:
    assert absent not in _found(text)


@pytest.mark.parametrize("name", ["Georgia", "Jordan", "Chad", "Guinea", "Congo", "Korea"])
def test_ambiguous_names_are_weak(name: str) -> None:
    senses = load().lookup(name, Kind.LOCATION)
    assert senses
    assert all(name not in sense.names for sense in senses)


# ── capitals, governments, sites ──────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Pyongyang", "KP"), ("평양", "KP"), ("平壤", "KP"), ("Пхеньян", "KP"), ("بيونغ يانغ", "KP"),
        ("Washington", "US"), ("워싱턴", "US"), ("华盛顿", "US"), ("Вашингтон", "US"), ("واشنطن", "US"),
        ("Beijing", "CN"), ("北京", "CN"), ("Pékin", "CN"), ("Peking", "CN"), ("Пекин", "CN"), ("بكين", "CN"),
        ("Moscow", "RU"), ("모스크바", "RU"), ("Moscou", "RU"), ("Moskau", "RU"), ("モスクワ", "RU"), ("موسكو", "RU"),
        ("Kyiv", "UA"), ("Kiev", "UA"), ("키이우", "UA"), ("キーウ", "UA"), ("Київ", "UA"), ("كييف", "UA"),
        ("Seoul", "KR"), ("Séoul", "KR"), ("首尔", "KR"), ("Сеул", "KR"),
        ("Tokyo", "JP"), ("東京", "JP"), ("도쿄", "JP"), ("Tehran", "IR"), ("테헤란", "IR"), ("طهران", "IR"),
        ("Singapore", "SG"), ("Brasília", "BR"), ("Bogota", "CO"), ("Reykjavik", "IS"), ("Astana", "KZ"),
        ("Kremlin", "RU"), ("Кремль", "RU"), ("Blue House", "KR"), ("청와대", "KR"), ("中南海", "CN"),
        ("White House", "US"), ("Foggy Bottom", "US"), ("Pentagon", "US"), ("Downing Street", "GB"),
        ("Élysée", "FR"), ("Quai d'Orsay", "FR"), ("Whitehall", "GB"), ("Zhongnanhai", "CN"),
    ],
)  # fmt: skip
def test_capitals_and_governments_are_known_in_many_languages(name: str, country: str) -> None:
    first, *_ = load().lookup(name, Kind.LOCATION)
    assert first.country == country
    assert load().within(first)[-1].id == f"loc:{country}"


def test_every_country_of_the_united_nations_has_a_capital() -> None:
    countries = {e.country for e in _locations() if e.type == "country"}
    capitals = {e.country for e in _locations() if e.type == "capital"}
    # Palestine's is contested: East Jerusalem and Ramallah are in the list as places.
    assert countries - capitals == {"PS"}


@pytest.mark.parametrize(
    ("name", "entity_id", "country"),
    [
        ("Sohae", "loc:KP/sohae", "KP"),
        ("Tongchang-ri", "loc:KP/sohae", "KP"),
        ("동창리", "loc:KP/sohae", "KP"),
        ("Yongbyon", "loc:KP/yongbyon", "KP"),
        ("영변", "loc:KP/yongbyon", "KP"),
        ("Punggye-ri", "loc:KP/punggye-ri", "KP"),
        ("Sakkanmol", "loc:KP/sakkanmol", "KP"),
        ("삭간몰", "loc:KP/sakkanmol", "KP"),
        ("Natanz", "loc:IR/natanz", "IR"),
        ("Fordow", "loc:IR/fordow", "IR"),
        ("Zaporizhzhia NPP", "loc:UA/zaporizhzhia-npp", "UA"),
        ("Запорожская АЭС", "loc:UA/zaporizhzhia-npp", "UA"),
        ("Hmeimim", "loc:SY/hmeimim", "SY"),
        ("Crimea", "loc:UA-43", "UA"),
        ("Suwalki Gap", "loc:PL/suwalki-gap", "PL"),
        ("Diego Garcia", "loc:IO/diego-garcia", "IO"),
    ],
)
def test_sites_lie_in_their_countries(name: str, entity_id: str, country: str) -> None:
    found, *_ = load().lookup(name, Kind.LOCATION)
    assert found.id == entity_id
    assert found.country == country
    assert load().within(found)[-1].id == f"loc:{country}"


@pytest.mark.parametrize(
    "name",
    [
        "South China Sea", "Taiwan Strait", "Strait of Hormuz", "Black Sea", "Kashmir",
        "Scarborough Shoal", "黄岩岛", "Second Thomas Shoal", "Ren'ai Jiao", "Spratly Islands",
        "DMZ", "Korean Peninsula", "한반도", "Latin America", "Ормузский пролив",
    ],
)  # fmt: skip
def test_places_of_no_single_country_are_known(name: str) -> None:
    found, *_ = load().lookup(name, Kind.LOCATION)
    assert found.country is None


def test_the_path_of_sohae_is_told_to_the_reader() -> None:
    names = [step.name for step in load().within(load().get("loc:KP/sohae"))]
    assert names[0] == "Sohae"
    assert names[-1] == "North Korea"


def test_a_report_on_missile_bases_names_its_places() -> None:
    found = _found("Satellite images show work at Sakkanmol, 135 km from Seoul, says Washington")
    assert found == {"loc:KP/sakkanmol", "loc:KR/seoul", "loc:US/washington"}


# ── the loader ────────────────────────────────────────────────────────────────


def test_load_is_cached_and_holds_every_entity() -> None:
    gazetteer = load()
    assert gazetteer is load()
    assert isinstance(gazetteer, Gazetteer)
    assert len(gazetteer) == len(load_entities())


def test_rows_become_whole_entities() -> None:
    sohae = load().get("loc:KP/sohae")
    assert sohae.kind is Kind.LOCATION
    assert sohae.type == "site"
    assert isinstance(sohae.names, tuple)
    assert (sohae.lat, sohae.lon) == (39.66, 124.71)
