"""The digest: stories once each, ranked, with what may be missing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from bot.core.models import Level
from bot.digest import Question, build_digest
from tests.commands.parts import GAZETTEER, NOW, Room, buttons, payload, said, story
from tests.servers.block_kit import problems


def ask(room: Room, text: str = "") -> str:
    return room(text, command="digest")


def test_each_story_once_ranked_by_outlets_level_and_recency(room: Room) -> None:
    room("add landmine*")
    room('add bridge level:flash name:"Bridges"')
    other = room.feed("Peninsula Monitor", "https://peninsula.example/rss")
    room.publish(story(1, "Landmines found at a bridge"))
    room.forward(minutes=1)
    room.publish(story(2, "A bridge falls into the river today"))
    room.forward(minutes=1)
    room.publish(story(3, "Landmines cleared by volunteers"))
    room.publish(replace(story(3, "Landmines cleared by volunteers"), key="other"), feed=other)
    room.forward(minutes=1)
    digest = build_digest(
        room.store,
        GAZETTEER,
        Question(since=NOW, until=room.clock(), period="last 24 h"),
    )
    assert [told.title for told in digest.stories] == [
        "Landmines cleared by volunteers",
        "A bridge falls into the river today",
        "Landmines found at a bridge",
    ]
    assert digest.stories[0].outlets == ("Harbour Wire", "Peninsula Monitor")
    assert digest.stories[2].rules == (1, 2)
    assert digest.stories[2].level is Level.FLASH
    assert digest.entries == 3
    assert [(bar.label, sum(bar.counts)) for bar in digest.bars] == [
        ("W1 landmine*", 2),
        ("W2 Bridges", 2),
    ]


def test_a_digest_of_one_rule(room: Room) -> None:
    room("add landmine*")
    room("add bridge")
    room.publish(story(1, "Landmines"), story(2, "A bridge"))
    room.forward(minutes=1)
    words = ask(room, "7d w2")
    assert "Digest · last 7 d · W2 bridge" in words
    assert "A bridge" in words
    assert "Landmines" not in words
    assert "There is no rule W9" in room.refused("W9", command="digest")
    assert "`/watch list all`" in room.refused("W9", command="digest")


def test_a_query_looks_through_everything_stored(room: Room) -> None:
    room.publish(
        story(1, "Report from Tongchang-ri", at=NOW - timedelta(hours=30)),
        story(2, "Report from Sohae", at=NOW - timedelta(hours=2)),
        story(3, "Weather"),
        first=True,
    )
    room.forward(minutes=1)
    words = ask(room, 'location:"North Korea"')
    assert "Report from Sohae" in words
    assert "Tongchang-ri" not in words  # published before the last 24 hours
    assert "1 story · 1 entry" in words
    assert "Tongchang-ri" in ask(room, '2d location:"North Korea"')
    assert "Nothing matched" in ask(room, "zzz")
    assert "missing closing quote" in room.refused('actor:"Kim', command="digest")


def test_rules_removed_since_are_left_out(room: Room) -> None:
    room("add landmine*")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    assert "Landmines" in ask(room)
    room("remove W1 yes")
    assert "Nothing matched" in ask(room)


def test_what_may_be_missing_is_said(room: Room) -> None:
    room("add landmine*")
    room.publish(story(1, "Landmines of old"), first=True)
    for number in range(5):
        feed = room.feed(f"Wire {number}", f"https://wire{number}.example/rss")
        known = room.store.feeds.get(feed)
        assert known is not None
        state = replace(known.state, failures=2, last_error="not found (404)")
        if number == 0:
            state = replace(state, last_ok_at=NOW)  # failed for a while, but spoke within the day
        room.store.feeds.learn(feed, state)
    room.forward(minutes=1)
    words = ask(room)
    assert "Missing: Wire 1 (F3): not found (404)" in words
    assert "Missing: Wire 0" not in words
    assert "Missing too: 1 more of 6 feeds" in words
    assert "1 entry matched at the first poll of a feed" in words


def test_sharing_posts_it_where_it_was_asked_for(room: Room) -> None:
    room("add landmine*")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    private = room.ask("24h", command="digest")
    assert private.public == ()
    assert buttons(private.message) == {"share": "24h"}
    shared = room.ask("24h share", command="digest")
    [(channel, message)] = shared.public
    assert channel == "#nk"
    assert "Landmines" in said(message)
    assert "Shared by *ana*" in said(message)
    assert problems(payload(message)) == []  # it calls nobody
    assert "Shared in #nk" in room.press("share", "24h")


def test_a_busy_week_stays_within_what_slack_takes(room: Room) -> None:
    room("add report*")
    entries = [story(n, f"Report no. {n} " + "& <more> " * 20) for n in range(300)]
    room.publish(*entries)
    room.forward(minutes=1)
    words = ask(room, "7d")
    assert "300 stories · 300 entries" in words
    assert re.search(r"and \d+ more stories", words)


def test_a_terminal_gets_no_buttons(room: Room) -> None:
    assert "Only you" not in ask_at_terminal(room, "24h", "digest")
    assert "Undo" not in ask_at_terminal(room, "add landmine*", "watch")
    assert "`/watch remove W1 yes`" in ask_at_terminal(room, "remove W1", "watch")


def ask_at_terminal(room: Room, text: str, command: str) -> str:
    reply = room.ask(text, as_="console", command=command)
    assert buttons(reply.message) == {}
    return said(reply.message)


def test_a_very_long_question_has_no_button(room: Room) -> None:
    reply = room.ask(" OR ".join(f"word{n}" for n in range(250)), command="digest")
    assert buttons(reply.message) == {}
