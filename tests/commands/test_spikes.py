"""Whether a channel is told of spikes, by command."""

from collections.abc import Iterator

import pytest

from tests.commands.parts import ANA, BEN, BOSS, Room, Town, open_room


@pytest.fixture
def room() -> Iterator[Room]:
    town = Town({"#nk": {ANA, BEN}, "#dmz": {BEN}, "#secret": {BEN}}, private={"#secret"})
    with open_room(directory=town) as room:
        yield room


def test_a_channel_turns_them_off_and_on_again(room: Room) -> None:
    assert "are *on*" in room("spikes")
    assert "are *off* now" in room("spikes off")
    assert room.store.channels.spikes("#nk") == "off"
    assert "Otherwise: `/watch spikes on`" in room("spikes")
    assert "are *on* now" in room("spikes on #nk", at="#dmz")
    assert "spikes by" in room("history #nk")


def test_the_change_is_said_in_the_channel(room: Room) -> None:
    ((channel, message),) = room.ask("spikes off").public
    assert channel == "#nk"
    assert "Spikes in #nk are *off* now" in message.text


def test_another_channels_spikes_are_its_peoples_business(room: Room) -> None:
    assert "Only people of #dmz" in room.refused("spikes off #dmz")
    assert "are *off* now" in room("spikes off #dmz", as_=BOSS)
    assert "are *off*" in room("spikes #dmz")


@pytest.mark.parametrize("wrong", ["spikes loud", "spikes on #nowhere", "spikes #secret"])
def test_what_it_can_not_do_says_how_to_write_it(room: Room, wrong: str) -> None:
    assert "Write `on` or `off`" in room.refused(wrong)
