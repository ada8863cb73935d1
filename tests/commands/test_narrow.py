"""A rule of which too little is useful: its owner hears of it once, with a narrower one to take."""

from __future__ import annotations

import pytest

from bot.core.models import Delivery, Rule
from tests.commands.parts import ANA, BEN, BOSS, NOW, Room, buttons, payload, said
from tests.commands.test_alerts import alert
from tests.servers.block_kit import problems


def judge(room: Room, *titles: str, useful: bool) -> None:
    """Let Ben judge an alert for each of the titles."""
    for title in titles:
        number = room.store.entries.counts(since=NOW)[0] + 1
        alert(room, number, title)
        room(f"judge S{number} {'useful' if useful else 'not'}", as_=BEN)


def told(room: Room) -> list[Delivery]:
    rows = room.store._db.rows("select id from deliveries where subject like 'precision:%'")
    found = [room.store.deliveries.get(row["id"]) for row in rows]
    return [one for one in found if one]


@pytest.fixture
def judged(room: Room) -> Room:
    """A desk with a rule of which just enough is useful."""
    room("add landmine* OR mines name:Mines yes")
    judge(room, *(f"Landmines found at place {n}" for n in range(12)), useful=True)
    judge(room, *(f"Opinion on mines, part {n}" for n in range(8)), useful=False)
    return room


def test_the_owner_is_told_once_with_a_narrower_rule(judged: Room) -> None:
    assert told(judged) == []  # 60 % are useful
    judge(judged, "Mines of gold", "Mines of salt", useful=False)
    [notice] = told(judged)
    assert notice.channel == ANA
    assert notice.message is not None
    assert problems(payload(notice.message)) == []
    words = notice.message.text
    assert "Mines (W1): people found 57 % of its alerts useful (12 of 21 votes)." in words
    assert "would have dropped 9 of 9 rejected, 0 of 12 useful" in words
    assert "`landmine*`" in words
    assert "To take it: `/watch edit W1 landmine*`" in words
    assert len(words.split("\n")) <= 8


def test_a_press_takes_it_and_undo_puts_it_back(judged: Room) -> None:
    judge(judged, "Mines of gold", useful=False)
    [notice] = told(judged)
    assert notice.message is not None
    value = buttons(notice.message)["narrow"]
    with_undo = judged.press("narrow", value, at="D0ANA0000")
    assert ":white_check_mark: Changed: *Mines* (W1) · #nk" in with_undo
    rule = judged.store.rules.get(1)
    assert rule is not None
    assert rule.query == "landmine*"
    assert "This button is out of date" in judged.press_refused("narrow", value)
    judged.press("undo", "1.2")
    judge(judged, "Mines of salt", useful=False)
    assert len(told(judged)) == 1  # of this query it was told before


def test_votes_that_came_since_make_another_rule_of_it(judged: Room) -> None:
    judge(judged, "Mines of gold", useful=False)
    [notice] = told(judged)
    assert notice.message is not None
    judge(judged, "Mines that matter", "Mines that matter more", useful=True)
    words = judged.press_refused("narrow", buttons(notice.message)["narrow"])
    assert "no longer the narrower rule" in words
    assert "`/watch stats W1`" in words


def test_only_who_may_change_the_rule_takes_it(judged: Room) -> None:
    judge(judged, "Mines of gold", useful=False)
    [notice] = told(judged)
    assert notice.message is not None
    value = buttons(notice.message)["narrow"]
    assert "belongs to" in judged.press_refused("narrow", value, as_=BEN, at="#elsewhere")


def test_without_a_narrower_rule_it_says_where_to_look(room: Room) -> None:
    room("add landmine* yes")
    judge(room, *(f"Landmines number {n}" for n in range(10)), useful=True)
    judge(room, *(f"Landmines {word}" for word in "abcdefghij"), useful=False)
    [notice] = told(room)
    assert notice.message is not None
    words = said(notice.message)
    assert "I found no narrower rule that keeps all that was useful." in words
    assert "`/watch stats W1`" in words


def test_what_was_said_of_an_earlier_query_counts_no_more(judged: Room) -> None:
    judged.forward(hours=1)
    judged("edit W1 +found yes")
    judged.forward(hours=1)
    judge(judged, "Mines found", useful=False)
    assert told(judged) == []
    judged("pause W1")
    judged("resume W1")
    votes = judged.store.votes.judged(NOW, is_current=True, rule_id=1)[1]
    assert (votes.votes, votes.useful) == (1, 0)
    assert judged.store.votes.judged(NOW)[1].votes == 21


def test_a_rule_of_a_file_is_the_admins_to_change_there(room: Room) -> None:
    rule = Rule(name="Filed", query="mines OR landmine*", channel="#nk", owner="feeds.yaml")
    room.store.rules.add(rule, who="feeds.yaml", now=NOW)
    judge(room, *(f"Landmines at place {n}" for n in range(10)), useful=True)
    judge(room, *(f"Opinion on mines {n}" for n in range(10)), useful=False)
    [notice] = told(room)
    assert notice.channel == BOSS
    assert notice.message is not None
    assert "It stands in a file: change it there." in notice.message.text
    assert buttons(notice.message) == {}


def test_a_rule_of_the_terminal_is_told_of_in_its_channel(room: Room) -> None:
    room.store.rules.add(
        Rule(name="x", query="mines", channel="#nk", owner="console"), who="console", now=NOW
    )
    judge(room, *(f"Mines number {n}" for n in range(20)), useful=False)
    [notice] = told(room)
    assert notice.channel == "#nk"
    assert notice.message is not None
    assert "I found no narrower rule" in notice.message.text


def test_a_rule_that_is_gone_is_nobodys(judged: Room) -> None:
    judged("remove W1 yes")
    assert "out of date" in judged.refused("judge S1 not")
    assert told(judged) == []
