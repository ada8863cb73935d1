"""What a team says about entities wins over what we ship."""

from __future__ import annotations

import pytest

from bot.core.entities import Gazetteer, alias
from bot.core.models import Entity, Entry, Kind
from tests.core.gazetteers import WORLD, actor, place


def found(world: Gazetteer, text: str) -> list[tuple[str, str]]:
    mentions = world.mentions(Entry(key="1", title=text))
    return [(mention.text, mention.entity.id) for mention in mentions]


KALMA = Entity(
    id="team:kalma",
    kind=Kind.LOCATION,
    name="Kalma",
    type="site",
    names=("Kalma", "갈마"),
    parent="loc:KP",
    country="KP",
    source="team",
)


def test_a_new_entity_is_found_looked_up_and_leads_up_to_its_country() -> None:
    world = WORLD.with_team([KALMA])
    assert found(world, "Work at Kalma, says the 갈마 desk") == [
        ("Kalma", "team:kalma"),
        ("갈마", "team:kalma"),
    ]
    assert [one.name for one in world.within(KALMA)] == ["Kalma", "North Korea"]
    assert world.lookup("kalma") == (KALMA,)
    assert world.suggest("Kalmo") == ("Kalma",)
    assert len(world) == len(WORLD) + 1
    assert found(WORLD, "Work at Kalma") == []


def test_an_alias_is_one_more_name_of_what_we_know() -> None:
    sohae = WORLD.get("loc:KP/sohae")
    world = WORLD.with_team([alias(sohae, "West Sea station")])
    assert found(world, "Smoke over West Sea station and Sohae") == [
        ("West Sea station", "loc:KP/sohae"),
        ("Sohae", "loc:KP/sohae"),
    ]
    more = world.get("loc:KP/sohae")
    assert more.names == (*sohae.names, "West Sea station")
    assert more.source == "+team"
    assert world.meant("West Sea station", Kind.LOCATION) == (more,)
    assert world.lookup("Tongchang-ri") == (more,)


def test_a_name_of_the_team_means_nothing_else_and_needs_no_evidence() -> None:
    ours = place("loc:XG", "Georgia base", "site", "Georgia")
    world = WORLD.with_team([ours])
    assert found(world, "Chad Georgia Smith") == [("Georgia", "loc:XG")]
    assert found(world, "Georgia and Tbilisi") == [
        ("Georgia", "loc:XG"),
        ("Tbilisi", "loc:GE/tbilisi"),
    ]
    assert world.meant("Georgia", Kind.LOCATION) == (ours,)
    # An actor of that name is another matter.
    assert found(WORLD.with_team([actor("act:g", "Georgia")]), "Talks in Georgia") == [
        ("Georgia", "act:g"),
        ("Georgia", "loc:GE"),
    ]


def test_a_weak_name_of_the_team_still_needs_evidence() -> None:
    world = WORLD.with_team([place("loc:KP/base", "The Base", "site", weak=("Redcliff",))])
    assert found(world, "Redcliff again") == []
    assert found(world, "Redcliff near Pyongyang")[0] == ("Redcliff", "loc:KP/base")


def test_a_name_can_be_taken_away() -> None:
    world = WORLD.with_team([], [("loc:KP/sohae", "tongchang ri")])
    assert found(world, "At Tongchang-ri, that is Sohae") == [("Sohae", "loc:KP/sohae")]
    assert world.lookup("Tongchang-ri") == ()
    assert world.get("loc:KP/sohae").names == ("Sohae",)


def test_taken_from_one_a_name_is_still_the_other_ones() -> None:
    world = WORLD.with_team([], [("loc:GE", "Georgia")])
    assert [one.id for one in world.lookup("Georgia")] == ["loc:US-GA"]


def test_what_is_not_there_cannot_be_taken_away() -> None:
    with pytest.raises(KeyError):
        WORLD.with_team([], [("loc:nowhere", "Sohae")])
    with pytest.raises(ValueError, match="no such name: sohai"):
        WORLD.with_team([], [("loc:KP/sohae", "Sohai")])


def test_rows_of_one_entity_add_up_and_say_more() -> None:
    rows = [KALMA, alias(KALMA, "Kalma airport"), place("loc:FR/paris", "Paris", "city", "Paname")]
    world = WORLD.with_team(rows)
    assert world.get("team:kalma").names == ("Kalma", "갈마", "Kalma airport")
    assert found(world, "In Paname and Paris") == [
        ("Paname", "loc:FR/paris"),
        ("Paris", "loc:FR/paris"),
    ]


def test_the_team_may_move_what_we_know() -> None:
    row = Entity(
        id="loc:KP/lost",
        kind=Kind.LOCATION,
        name="",
        type="",
        parent="loc:KP/west",
        lat=1.0,
        lon=2.0,
    )
    lost = WORLD.with_team([row]).get("loc:KP/lost")
    assert (lost.name, lost.type, lost.parent, lost.lat) == (
        "Lostville",
        "site",
        "loc:KP/west",
        1.0,
    )


def test_without_a_word_of_the_team_all_is_as_it_was() -> None:
    world = WORLD.with_team([])
    text = "Korea, Georgia and Tbilisi, Kim Jong Un"
    assert found(world, text) == found(WORLD, text)
    assert list(world) == list(WORLD)


def test_a_later_word_of_the_team_replaces_the_earlier() -> None:
    world = WORLD.with_team([KALMA]).with_team([])
    assert found(world, "Work at Kalma") == []
    assert "team:kalma" not in [one.id for one in world]
