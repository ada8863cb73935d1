"""Sharing an alert by words."""

from __future__ import annotations

from tests.commands.parts import BOSS, Room, buttons
from tests.commands.test_alerts import alert


def test_a_storys_alert_is_owed_to_another_channel_once(room: Room) -> None:
    room("add landmine* name:Mines yes")
    alert(room)
    assert "Shared in #dmz" in room("share S1 #dmz")
    assert "shared in #dmz already. Once is enough" in room("share S1 in:#dmz", as_=BOSS)
    rows = room.store._db.rows("select * from deliveries where kind = 'share'")
    assert [row["channel"] for row in rows] == ["C0DMZ0000"]
    kept = room.store.deliveries.get(rows[0]["id"])
    assert kept is not None
    assert kept.message is not None
    assert "Mines (W1)" in kept.message.text
    assert buttons(kept.message) == {}


def test_what_can_not_be_shared_says_what_to_type(room: Room) -> None:
    for text in ("share", "share S1", "share W1 #dmz", "share S1 somewhere"):
        assert "`/watch share S88 #nk-alerts`" in room.refused(text)
    assert "S1 has no alert" in room.refused("share S1 #dmz")
    room("add landmine* yes")
    alert(room)
    assert "It stands in #nk already" in room.refused("share S1 #nk")
