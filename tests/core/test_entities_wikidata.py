"""Items of a Wikidata dump become entities."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.entities import Gazetteer
from bot.core.entities.wikidata import read_wikidata
from bot.core.models import Entity, Entry, Kind
from bot.errors import WatchdeskError


def item(
    qid: str,
    labels: dict[str, str],
    aliases: dict[str, list[str]] | None = None,
    **claims: object,
) -> str:
    """Return an item as a dump has it; claims are QIDs, codes or coordinates by property."""

    def claim(value: object) -> dict[str, Any]:
        if isinstance(value, str) and value.startswith("Q"):
            value = {"id": value}
        return {"mainsnak": {"datavalue": {"value": value}}, "rank": "normal"}

    return json.dumps(
        {
            "type": "item",
            "id": qid,
            "labels": {lang: {"value": text} for lang, text in labels.items()},
            "aliases": {
                lang: [{"value": one} for one in texts] for lang, texts in (aliases or {}).items()
            },
            "claims": {key: [claim(value)] for key, value in claims.items()},
        },
        ensure_ascii=False,
    )


def one(line: str) -> Entity:
    (entity,) = read_wikidata([line], {json.loads(line)["id"]})
    return entity


def test_a_person_has_names_in_many_languages_and_weak_surnames() -> None:
    line = item(
        "Q1",
        {"en": "Ana Petrova", "ru": "Анна Петрова", "ko": "안나", "zh": "安娜", "xx": "Ignored"},
        {"en": ["Petrova", "ANA PETROVA", "AP"], "ja": ["アンナ・ペトロワ"]},
        P31="Q5",
        P27="Q159",
    )
    ana = one(line)
    assert (ana.id, ana.kind, ana.type, ana.name) == ("wd:Q1", Kind.ACTOR, "person", "Ana Petrova")
    assert ana.names == ("Ana Petrova", "アンナ・ペトロワ", "Анна Петрова")
    assert ana.weak == ("Petrova", "AP", "안나", "安娜")
    assert (ana.country, ana.parent, ana.source) == ("RU", None, "wikidata Q1")


def test_a_place_has_coordinates_and_lies_in_its_country() -> None:
    line = item(
        "Q2",
        {"en": "Redcliff Base"},
        P31="Q245016",
        P17="Q423",
        P625={"latitude": 40.123456, "longitude": 127.5},
    )
    base = one(line)
    assert (base.kind, base.type, base.parent, base.country) == (
        *(Kind.LOCATION, "site", "loc:KP", "KP"),
    )
    assert (base.lat, base.lon) == (40.1235, 127.5)


@pytest.mark.parametrize(
    ("kind", "claims", "expected"),
    [
        ("Q6256", {"P297": "XX"}, ("country", Kind.LOCATION, "XX", None)),
        ("Q515", {"P17": "Q884"}, ("city", Kind.LOCATION, "KR", "loc:KR")),
        ("Q4830453", {"P159": "Q30"}, ("company", Kind.ACTOR, "US", None)),
        ("Q999999", {"P17": "Q999"}, ("organisation", Kind.ACTOR, None, None)),
        ("Q165", {}, ("sea", Kind.LOCATION, None, None)),
    ],
)
def test_what_a_thing_is(
    kind: str, claims: dict[str, str], expected: tuple[str, Kind, str | None, str | None]
) -> None:
    entity = one(item("Q3", {"en": "A thing"}, None, P31=kind, **claims))
    assert (entity.type, entity.kind, entity.country, entity.parent) == expected


def test_without_an_english_label_another_is_shown_and_without_any_its_number() -> None:
    assert one(item("Q4", {"ru": "Вещь"}, P31="Q43229")).name == "Вещь"
    nameless = one(item("Q5", {}, {"en": ["!", "x", "AB", "ab"]}))
    assert (nameless.name, nameless.names, nameless.weak) == ("Q5", ("AB",), ("x",))


def test_claims_that_say_nothing_or_no_longer_hold_are_passed_over() -> None:
    line = json.loads(item("Q6", {"en": "Old Thing"}, P31="Q515"))
    line["claims"]["P17"] = [
        {"mainsnak": {"snaktype": "somevalue"}},
        {"mainsnak": {"datavalue": {"value": {"id": "Q159"}}}, "rank": "deprecated"},
        {"mainsnak": {"datavalue": {"value": "no item"}}},
    ]
    assert one(json.dumps(line)).country is None


def test_a_dump_is_read_line_by_line_for_what_is_wanted() -> None:
    dump = ["[\n", item("Q7", {"en": "Seven"}) + ",\n", '{"id": "Q8", broken\n', "]\n", "\n"]
    assert [entity.name for entity in read_wikidata(dump, {"Q7", "Q9"})] == ["Seven"]
    late = json.dumps({"labels": {"en": {"value": "x" * 500}}, "id": "Q7"})
    assert [entity.id for entity in read_wikidata([late.encode()], {"Q7"})] == ["wd:Q7"]
    assert list(read_wikidata([late], {"Q9"})) == []


def test_what_cannot_be_read_is_told_with_its_line() -> None:
    with pytest.raises(WatchdeskError, match="line 2 is no JSON"):
        list(read_wikidata(["[", '{"id": "Q8", broken'], {"Q8"}))
    with pytest.raises(WatchdeskError, match="no QIDs: 8, Q0"):
        list(read_wikidata([], {"8", "Q0", "Q8"}))


def test_an_item_serves_as_a_teams_entity() -> None:
    sohae = one(item("Q9", {"en": "Redcliff", "ko": "붉은벼랑"}, P31="Q515", P17="Q423"))
    world = Gazetteer([]).with_team([sohae])
    (mention,) = world.mentions(Entry(key="1", title="붉은벼랑에서"))
    assert mention.entity == sohae
