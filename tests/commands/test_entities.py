"""Actors and places from the command line: shown, taught, unlearned."""

from __future__ import annotations

import pytest

from bot.core.models import Entry, Kind, Naming
from bot.team import NamingError, TeamGazetteer, overlaid
from tests.commands.parts import ANA, BOSS, GAZETTEER, NOW, Room


def found(room: Room, title: str) -> list[str]:
    mentions = room.desk.book.gazetteer.mentions(Entry(key="1", title=title))
    return [mention.entity.name for mention in mentions]


def test_what_is_known_by_a_name_is_shown(room: Room) -> None:
    shown = room('entity "North Korea"')
    assert "*North Korea* · country" in shown
    assert "Names: " in shown
    refused = room.refused("entity Norht Korea")
    assert "No actor or place is known as `Norht Korea`" in refused
    assert "Near it: North Korea" in refused


def test_a_name_is_taught_and_counts_at_once(room: Room) -> None:
    room('add location:"North Korea" yes')
    assert found(room, "Trains pass Tongchang-dong") == []
    said = room('entity add "North Korea" alias:"Tongchang-dong"', as_=BOSS)
    assert "Saved; it counts from now on." in said
    assert found(room, "Trains pass Tongchang-dong") == ["North Korea"]
    assert "North Korea* added" not in room("history")
    assert "North Korea added by" in room("history")
    assert "already" in room.refused('entity add "North Korea" alias:"Tongchang-dong"', as_=BOSS)
    room('entity remove "North Korea" alias:"Tongchang-dong"', as_=BOSS)
    assert found(room, "Trains pass Tongchang-dong") == []


def test_a_place_of_their_own_lies_somewhere(room: Room) -> None:
    room('entity add "Camp Lantern" in:"North Korea" lat:39.5 lon:125.2 alias:Lantern-1', as_=BOSS)
    shown = room("entity Lantern-1")
    assert "*Camp Lantern* · site in North Korea · 39.50, 125.20" in shown
    assert "source: team" in shown
    assert found(room, "Fire at Camp Lantern") == ["Camp Lantern"]
    room('entity remove "Camp Lantern"', as_=BOSS)
    assert found(room, "Fire at Camp Lantern") == []
    assert "said nothing about" in room.refused('entity remove "Camp Lantern"', as_=BOSS)


def test_an_actor_says_so(room: Room) -> None:
    refused = room.refused('entity add "Blue Lantern"', as_=BOSS)
    assert "is it an actor or a place?" in refused
    assert "Nothing was saved" in refused
    room('entity add "Blue Lantern" kind:actor', as_=BOSS)
    assert found(room, "Blue Lantern claims the attack") == ["Blue Lantern"]


def test_a_built_in_name_can_be_taken_away(room: Room) -> None:
    assert found(room, "Pyongyang replied") == ["North Korea"]
    room('entity remove "North Korea" alias:Pyongyang', as_=BOSS)
    assert found(room, "Pyongyang replied") == []
    assert "is no name of North Korea" in room.refused(
        'entity remove "North Korea" alias:Berlin', as_=BOSS
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('entity add "Camp X" in:Atlantis', "no place is known as ∣Atlantis∣".replace("∣", "ˋ")),
        ('entity add "Camp X" size:9', "I don't know `size:9` here"),
        ('entity add "Camp X" in:"North Korea" lat:91', "degrees from -90 to 90"),
        ('entity add "Camp X" kind:ship', "actor"),
        ("entity add", "Which name?"),
        ("entity", "Which name?"),
        ('entity "North Korea" alias:x', "To change it"),
        ('entity remove "North Korea" in:x', "Only a name can be taken away"),
    ],
)
def test_mistakes_say_what_to_type(room: Room, text: str, said: str) -> None:
    assert said in room.refused(text, as_=BOSS)


def test_only_admins_change_what_names_mean(room: Room) -> None:
    for text in ('entity add "North Korea" alias:x1', 'entity remove "North Korea" alias:x1'):
        assert "Only admins" in room.refused(text, as_=ANA)


def test_what_a_file_says_is_changed_there(room: Room) -> None:
    naming = Naming(name="North Korea", aliases=("NK-1",), place="feeds.yaml:12")
    room.store.team.configure([naming], origin="feeds.yaml", now=NOW)
    assert found(room, "NK-1 rising") == ["North Korea"]
    for text in ('entity add "North Korea" alias:x1', 'entity remove "North Korea"'):
        assert "`feeds.yaml:12`" in room.refused(text, as_=BOSS)
    room.store.team.configure([], origin="feeds.yaml", now=NOW)
    assert found(room, "NK-1 rising") == []


def test_a_naming_that_can_not_be_names_its_place() -> None:
    naming = Naming(name="Camp X", within="Atlantis", place="feeds.yaml:3")
    with pytest.raises(
        NamingError, match=r"feeds\.yaml:3: no place is known as `Atlantis` → such as"
    ):
        overlaid(GAZETTEER, [naming])


def test_places_may_lie_in_places_of_the_team() -> None:
    outer = Naming(name="Camp X", within="North Korea")
    known = overlaid(GAZETTEER, [outer, Naming(name="Gate 3 of X", within="camp x")])
    (gate,) = known.lookup("Gate 3 of X", Kind.LOCATION)
    assert [one.name for one in known.within(gate)][:3] == ["Gate 3 of X", "Camp X", "North Korea"]


def test_what_the_gazetteer_has_lost_stops_nobody(room: Room) -> None:
    room.store.team.put(Naming(name="Camp X", within="Atlantis"), now=NOW)
    room.store.team.put(Naming(name="North Korea", aliases=("NK-1",)), now=NOW)
    known = TeamGazetteer(room.store, lambda: GAZETTEER)()
    assert [one.name for one in known.lookup("NK-1")] == ["North Korea"]
