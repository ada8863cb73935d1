"""How good rules are: alerts, votes with their interval, sources, what was muted."""

from __future__ import annotations

from dataclasses import replace

from tests.commands.parts import ANA, BEN, BOSS, Room, Town, open_room, story
from tests.commands.test_alerts import alert


def test_one_rule_shows_its_alerts_votes_sources_and_mutes(room: Room) -> None:
    room("add landmine* name:Mines level:urgent yes")
    first = [alert(room, number, f"Landmines {number}") for number in range(1, 5)]
    other = room.feed("Ledger", "https://ledger.example/rss")
    entry = replace(story(9, "Landmines there"), url="https://ledger.example/9")
    room.publish(entry, feed=other)
    for delivery in first[:3]:
        room.store.votes.cast(delivery, ANA, useful=True, now=room.clock())
    room.store.votes.cast(first[0], BEN, useful=False, now=room.clock())
    room("mute W1")
    room.publish(story(10, "Landmines nobody hears of"))
    words = room("stats W1")
    assert f"*Mines* (W1) · #nk · urgent · by <@{ANA}>" in words
    assert "5 alerts in the last 30 d, 3 of them judged; 1 report muted" in words
    assert "`████████░░` *75 %* useful (likely between 30 % and 95 %), of 4 votes" in words
    assert "Sources: Harbour Wire 80 %, Ledger 20 %" in words
    room.forward(days=8)
    assert "0 alerts in the last 7 d" in room("stats W1 7d")


def test_a_rule_nobody_judged_says_how_to(room: Room) -> None:
    room("add landmine* yes")
    words = room("stats w1")
    assert "Nobody has said yet" in words
    assert "buttons Useful and Not useful" in words


def test_all_rules_are_listed_the_loudest_first_with_their_owners(room: Room) -> None:
    room("add flood name:Floods yes", as_=BEN)
    room("add landmine* yes")
    delivery = alert(room)
    room("judge S1 useful")
    room("mute W1")
    room.publish(story(2, "A flood"))
    words = room("stats")
    assert "*2 rules* in the last 30 d" in words
    assert f"`W2` · 1 alert · 100 % useful (21 % to 100 %) of 1 vote · <@{ANA}>" in words
    assert f"`W1` *Floods* · 0 alerts · not judged · 1 muted · <@{BEN}>" in words
    assert words.index("`W2`") < words.index("`W1`")
    room.store.votes.cast(delivery, ANA, None, now=room.clock())
    assert "1 alert · not judged" in room("stats 24h")


def test_many_rules_and_sources_are_cut(room: Room) -> None:
    for number in range(23):
        room(f"add landmine{number} yes")
    room("add bridge* yes")
    for number in range(7):
        feed = room.feed(f"Feed {number}", f"https://f{number}.example/rss")
        entry = replace(story(number, f"Bridge {number}"), url=f"https://f{number}.example/x")
        room.publish(entry, feed=feed)
    assert "and 4 more that alerted no more often" in room("stats")
    assert " and 2 more" in room("stats W24")


def test_hidden_rules_are_not_counted_for_strangers() -> None:
    town = Town(members={"#nk": {ANA}, "#team": {BEN}}, private={"#team"})
    with open_room(directory=town) as room:
        room("add landmine* yes", as_=BEN, at="#team")
        assert "*0 rules*" in room("stats")
        assert "There is no rule W1" in room.refused("stats W1", as_=BOSS, at="#nk")


def test_what_can_not_be_read_says_what_to_type(room: Room) -> None:
    assert "`/watch stats W12`" in room.refused("stats mines")
    assert "`/watch stats W12`" in room.refused("stats W1 soon")
