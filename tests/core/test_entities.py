"""Entities: lookup, and which names count in a text."""

from __future__ import annotations

import pytest

from bot.core.entities import Gazetteer
from bot.core.entities.people import is_headline_case
from bot.core.models import Entity, Entry, Kind
from tests.core.gazetteers import WORLD, actor, place


def found(title: str, summary: str = "", world: Gazetteer = WORLD) -> list[tuple[str, str]]:
    entry = Entry(key="1", title=title, summary=summary)
    mentions = world.mentions(entry)
    for mention in mentions:
        assert getattr(entry, mention.field)[mention.start : mention.end] == mention.text
    return [(mention.text, mention.entity.id.partition(":")[2]) for mention in mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the longest name wins
        ("South Korea and Korea", [("South Korea", "KR"), ("Korea", "XK")]),
        ("North Koreans said", [("North Koreans", "KP")]),
        ("東京都の京都", [("東京都", "JP/tokyo"), ("京都", "JP/kyoto")]),
        # many scripts and spellings
        ("N. Korea, N Korea, N.Korea", [("N. Korea", "KP"), ("N Korea", "KP"), ("N.Korea", "KP")]),
        ("Северокорейские ракеты", [("Северокорейские", "KP")]),
        ("북한이 발사", [("북한", "KP")]),
        ("北朝鮮が発射", [("北朝鮮", "KP")]),
        ("北, 미사일 발사", [("北", "KP")]),
        ("北京で", []),
        ("La CORÉE DU NORD", [("CORÉE DU NORD", "KP")]),
        ("Kim Jong-un’s visit", [("Kim Jong-un", "kju")]),
        # letters
        ("turkey for dinner in Turkey", [("Turkey", "TR")]),
        ("TURKEY VOTES", [("TURKEY", "TR")]),
        ("tell us who the US and WHO are", [("US", "US"), ("WHO", "who")]),
        ("TELL US WHO", []),
        ("DPRK FIRES", [("DPRK", "KP")]),
        ("the U.S. and u.s. said", [("U.S", "US")]),
        ("north korea in a line without capitals", [("north korea", "KP")]),
        ("The north korea file", []),
        ("Presidente norcoreano", [("norcoreano", "KP")]),
        ("Signor Norcoreano", []),
        ("Norcoreano detenido", [("Norcoreano", "KP")]),
        ("EL LÍDER NORCOREANO", [("NORCOREANO", "KP")]),
        # people and organisations are no places
        ("Michael Jordan scored", []),
        ("Talks with Mr. Jordan", []),
        ("Michael B. Jordan acts", []),
        ("then Chad Smith drummed", []),
        ("and Paris Hilton came", [("Paris Hilton", "hilton")]),
        ("saw Paris Agreement text", []),
        ("saw Paris Mayor speak", [("Paris", "FR/paris")]),
        ("said Globex Paris was", []),
        ("was Trump's Paris speech", [("Paris", "FR/paris")]),
        ("In Paris, they met", [("Paris", "FR/paris")]),
        ("Visiting Paris, they met", [("Paris", "FR/paris")]),
        ("Strikes Hit Paris Suburbs After Dark", [("Paris", "FR/paris")]),
        ("from Northern Paris", [("Paris", "FR/paris")]),
        ("an EU Paris office", [("Paris", "FR/paris")]),
        ("TURKEY AND PARIS HIT", [("TURKEY", "TR"), ("PARIS", "FR/paris")]),
        ("Jordan scored as Michael Jordan does. In Jordan", []),
        ("Jordanian ally Michael Jordan, then in Jordan", [("Jordanian", "JO"), ("Jordan", "JO")]),
        # weak names want evidence
        ("Georgia on my mind", []),
        ("Talks in Georgia", [("Georgia", "GE")]),
        ("Georgia's parliament voted", [("Georgia", "GE")]),
        ("The Georgian side said Georgia", [("Georgian", "GE"), ("Georgia", "GE")]),
        ("Georgia, says Tbilisi", [("Georgia", "GE"), ("Tbilisi", "GE/tbilisi")]),
        ("US envoy visits Georgia", [("US", "US"), ("Georgia", "GE")]),
        ("Police in Atlanta, Georgia", [("Atlanta", "US/atlanta"), ("Georgia", "US-GA")]),
        ("Libya, Chad and others", [("Libya", "LY"), ("Chad", "TD")]),
        ("Chad, others and Libya", [("Libya", "LY")]),
        ("Macon near Atlanta", [("Macon", "US/macon"), ("Atlanta", "US/atlanta")]),
        ("Hamilton, a US city", [("Hamilton", "US/hamilton"), ("US", "US")]),
        ("Hamilton near Atlanta", [("Hamilton", "US/hamilton"), ("Atlanta", "US/atlanta")]),
        ("in Hamilton today", []),
        ("Tripoli is calm", [("Tripoli", "LY/tripoli")]),
        ("Tripoli, Lebanon", [("Tripoli", "LB/tripoli"), ("Lebanon", "LB")]),
        # actors
        ("Kim met nobody", []),
        ("Kim met; Kim Jong Un spoke", [("Kim", "kju"), ("Kim Jong Un", "kju")]),
        ("Kim Kardashian met Kim Jong Un", [("Kim Jong Un", "kju")]),
        ("that Bruce Kim met Kim Jong Un", [("Kim Jong Un", "kju")]),
        ("North Korean leader Kim", [("North Korean leader Kim", "kju"), ("North Korean", "KP")]),
        ("Dr Hill testified", []),
        ("Dr Hill told the United States", [("Dr Hill", "hill"), ("United States", "US")]),
        ("the Justice Office of Libya", [("Justice Office", "moj-ly"), ("Libya", "LY")]),
        ("the Justice Office said", [("Justice Office", "moj-us")]),
        # surnames
        ("Pompeo left; Mike Pompeo's trip", [("Pompeo", "pompeo"), ("Mike Pompeo", "pompeo")]),
        ("Susan Pompeo; Mike Pompeo", [("Mike Pompeo", "pompeo")]),
        ("Mr. Pompeo, Mike Pompeo", [("Pompeo", "pompeo"), ("Mike Pompeo", "pompeo")]),
        ("Susan B. Pompeo; Mike Pompeo", [("Mike Pompeo", "pompeo")]),
        ("Trump's Pompeo; Mike Pompeo", [("Pompeo", "pompeo"), ("Mike Pompeo", "pompeo")]),
        ("the EU Pompeo; Mike Pompeo", [("Pompeo", "pompeo"), ("Mike Pompeo", "pompeo")]),
        ("Secretary Pompeo, Mike Pompeo", [("Pompeo", "pompeo"), ("Mike Pompeo", "pompeo")]),
        ("Pompeo left alone", []),
        # a well-known surname is someone else's after another given name
        ("Susan Orban and Orban", [("Orban", "orban")]),
        ("for Viktor O. Orban", [("Orban", "orban")]),
        ("when Orban spoke", [("Orban", "orban")]),
        # an office and a surname, then another name
        ("North Korean leader Kim Jong Il", [("North Korean", "KP"), ("Kim Jong Il", "kji")]),
        ("the North Korean leader Kim Bok, who had been away for months", [("North Korean", "KP")]),
        # places bound to the region named after them
        ("Paris, Texas; the mayor of Paris", [("Texas", "US-TX")]),
        ("Paris (Texas)", [("Texas", "US-TX")]),
        ("Atlanta, Paris", [("Atlanta", "US/atlanta"), ("Paris", "FR/paris")]),
        ("Paris and Texas", [("Paris", "FR/paris"), ("Texas", "US-TX")]),
        ("Paris & Texas", [("Paris", "FR/paris"), ("Texas", "US-TX")]),
        ("and Paris MPs or Paris MP", [("Paris", "FR/paris"), ("Paris", "FR/paris")]),
        ("Macon, Texas", [("Macon", "US/macon"), ("Texas", "US-TX")]),
        ("Lebanon, Texas", [("Texas", "US-TX")]),
        ("Athens, Georgia", []),
        (
            "Athens, Georgia and Libya",
            [("Athens", "GR/athens"), ("Georgia", "GE"), ("Libya", "LY")],
        ),
        ("CSIS, Paris, Texas", [("CSIS", "csis"), ("Texas", "US-TX")]),
        # one plain sense among weak ones
        ("a flat York City", [("York City", "US/york")]),
        # regions keep their place in names of offices
        ("the Texas Rangers", [("Texas", "US-TX")]),
        # a country beside who speaks for it
        ("Jordan: King Hussein returns", [("Jordan", "JO"), ("King Hussein", "hussein")]),
        # a state by what it has or who leaves it
        ("Jordan said on Tuesday it would close its border", [("Jordan", "JO")]),
        ("Jordan retired. The team moved its embassy", []),
        ("refugees flee Chad", [("Chad", "TD")]),
        ("a pass from Chad", []),
        # names that share a word
        ("North and South Korea", [("North", "KP"), ("South Korea", "KR")]),
        ("NORTH OR SOUTH KOREA", [("NORTH", "KP"), ("SOUTH KOREA", "KR")]),
        ("the east and west coast", []),
        ("North and South Atlantis", []),
        ("nothing here", []),
        ("", []),
    ],
)  # fmt: skip
def test_mentions(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_evidence_and_surnames_reach_across_fields_in_reading_order() -> None:
    assert found("Pompeo's meeting, Georgia", "Mike Pompeo went to Tbilisi. Pompeo left.") == [
        ("Pompeo", "pompeo"),
        ("Georgia", "GE"),
        ("Mike Pompeo", "pompeo"),
        ("Tbilisi", "GE/tbilisi"),
        ("Pompeo", "pompeo"),
    ]


def test_places_in_different_fields_are_no_list() -> None:
    assert found("Chad", ", Libya") == [("Libya", "LY")]


def test_a_name_in_full_beats_the_same_name_weak() -> None:
    world = Gazetteer(
        [
            place("loc:AA", "Anchoria", "country", "Anchoria", weak=("ANCHORIA", "Anchória")),
            place("loc:AB", "Berland", "country", weak=("Berland",)),
            place("loc:AB", "Berland", "country", "Berland", "Berlan*", weak=("Berlánd",)),
        ]
    )
    assert found("Anchoria, Berland", world=world) == [("Anchoria", "AA"), ("Berland", "AB")]


def test_senses_of_names_that_share_their_characters_are_weighed_together() -> None:
    world = Gazetteer(
        [
            place("loc:AA", "Marland", "country", "Marland*"),
            place("loc:AB", "Marland", "region", "Marland"),
            place("loc:AC", "Marland", "city", weak=("Marlandy*",)),
            actor("act:m", "Marland", "group"),
        ]
    )
    assert found("Marland said", world=world) == [("Marland", "m"), ("Marland", "AA")]


def test_names_in_other_scripts_cost_nothing_until_such_a_text_comes() -> None:
    world = Gazetteer(WORLD)
    assert found("Corée du Nord", world=world) == [("Corée du Nord", "KP")]
    assert "automaton" not in vars(world._book.other)
    assert found("북한", world=world) == [("북한", "KP")]


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert found("North Korea", world=Gazetteer()) == []
    assert found("North Korea", world=Gazetteer([place("loc:AA", "!", "city", "!")])) == []
    assert Gazetteer().suggest("x") == ()


# ── by id and name ────────────────────────────────────────────────────────────


def ids(entities: tuple[Entity, ...]) -> list[str]:
    return [entity.id for entity in entities]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("north KOREA", None, ["loc:KP"]),
        ("Tongchang ri", None, ["loc:KP/sohae"]),
        ("North Korean", None, ["loc:KP"]),
        ("Georgia", Kind.LOCATION, ["loc:GE", "loc:US-GA"]),
        ("Georgia (US state)", None, ["loc:US-GA"]),
        ("Georgia", Kind.ACTOR, []),
        ("csis", Kind.ACTOR, ["act:csis", "act:csis-ca"]),
        ("Tripoli", None, ["loc:LY/tripoli", "loc:LB/tripoli"]),
        ("nowhere", None, []),
        ("!", None, []),
    ],
)
def test_lookup(name: str, kind: Kind | None, expected: list[str]) -> None:
    assert ids(WORLD.lookup(name, kind)) == expected


def test_a_rule_means_the_senses_of_the_highest_rank() -> None:
    assert ids(WORLD.meant("Georgia", Kind.LOCATION)) == ["loc:GE"]
    assert ids(WORLD.meant("Justice Office", Kind.ACTOR)) == ["act:moj-ly", "act:moj-us"]
    assert ids(WORLD.meant("CSIS", Kind.ACTOR)) == ["act:csis"]
    assert ids(WORLD.meant("Kim", Kind.ACTOR)) == ["act:kju"]
    assert WORLD.meant("nowhere", Kind.LOCATION) == ()


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Kim Jong Unn", None, ("Kim Jong Un", "Kim Jong Il")),
        ("Norht Korea", Kind.LOCATION, ("North Korea", "South Korea")),
        ("Pyonyang", None, ("Pyongyang",)),
        ("Pyonyang", Kind.ACTOR, ()),
        ("xyz", None, ()),
        ("x", None, ()),
    ],
)
def test_suggestions(name: str, kind: Kind | None, expected: tuple[str, ...]) -> None:
    assert WORLD.suggest(name, kind) == expected


def test_the_way_up() -> None:
    sohae = WORLD.get("loc:KP/sohae")
    assert ids(WORLD.within(sohae)) == ["loc:KP/sohae", "loc:KP/west", "loc:KP"]
    assert WORLD.within(sohae) is WORLD.within(sohae)
    assert ids(WORLD.within(WORLD.get("loc:KP/lost"))) == ["loc:KP/lost", "loc:KP"]
    assert ids(WORLD.within(WORLD.get("loc:XA"))) == ["loc:XA", "loc:XB"]
    assert ids(WORLD.within(WORLD.get("act:kju"))) == ["act:kju"]
    with pytest.raises(KeyError):
        WORLD.get("loc:ZZ")
    assert len(WORLD) == len(list(WORLD))


def test_headline_case() -> None:
    assert is_headline_case("Ukraine Says Russia Launched Missiles")
    assert not is_headline_case("Ukraine says Russia launched missiles")
    assert not is_headline_case("Ukraine Wins")
    assert not is_headline_case("Ukraine Says Russia Launched Missiles " * 9)
