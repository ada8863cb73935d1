"""Every change leaves a line, and who may know of it can read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.core.models import Feed
from tests.commands.parts import ANA, BEN, BOSS, NOW, Room, Town, open_room, pages, rss, story

FEED = ("application/rss+xml", rss("Example Wire", ("One", "Tue, 12 May 2026 10:00:00 GMT")))
OPEN, TEAM = "#nk", "#team"


@pytest.fixture
def room() -> Iterator[Room]:
    town = Town(members={OPEN: {ANA, BEN}, TEAM: {BEN}}, private={TEAM})
    with open_room(directory=town) as made:
        yield made


def test_a_feed_remembers_who_added_and_removed_it(room: Room) -> None:
    with pages(feed=FEED) as site:
        room(f"feed add {site}/feed", as_=BOSS)
        room("feed remove F1", as_=BOSS)
        said = room("history f1")
        assert f"added by <@{BOSS}>: {site.replace('://', '∶//')}/feed" in said
        assert f"removed by <@{BOSS}>" in said
        assert said.index("added") < said.index("removed")
        assert f"`F1` removed by <@{BOSS}>" in room("history")


def test_what_the_file_changed_is_on_record_too(room: Room) -> None:
    feed = Feed(url="https://wire.example/rss", title="Wire")
    configure = room.store.feeds.configure
    configure([feed], origin="feeds.yaml", now=NOW)
    configure([feed], origin="feeds.yaml", now=NOW)
    configure([replace(feed, tags=("wire",))], origin="feeds.yaml", now=NOW)
    configure([], origin="feeds.yaml", now=NOW)
    said = room.ask("history F1").message.text.splitlines()[1:]
    assert [line.partition("> · ")[2].partition(" by ")[0] for line in said] == [
        "added",
        "changed",
        "removed",
    ]
    assert all("by feeds.yaml" in line for line in said)


def test_a_channel_remembers_who_sent_on_what_waited_and_shared(room: Room) -> None:
    room.store.channels.pause(OPEN, until=NOW, reason="is_archived", advice="", now=NOW)
    room(f"resume {OPEN}")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    room("digest 24h share", as_=BEN)
    said = room(f"history {OPEN}")
    assert f"resumed by <@{ANA}>" in said
    assert f"given a digest by <@{BEN}>: 24h" in said


def test_without_a_word_it_shows_the_latest_of_all_that_one_may_know(room: Room) -> None:
    room("add landmine* yes")
    room("add sanctions name:Heron yes", as_=BEN, at=TEAM)
    room("digest 24h share", as_=BEN, at=TEAM)
    room.forward(minutes=1)
    room("edit W1 level:flash")
    hers, his = room("history"), room("history", as_=BEN)
    assert hers.index("*W1* added") < hers.index("*W1* edited")
    assert "Heron" not in hers
    assert "digest" not in hers
    assert f"*Heron* (W2) added by <@{BEN}>" in his
    assert f"#team given a digest by <@{BEN}>" in his


def test_what_never_changed_says_so(room: Room) -> None:
    assert "Nothing was changed yet" in room("history")
    assert "Nothing was changed" in room(f"history {OPEN}")
    number = room.feed()
    assert "Nothing was changed" in room(f"history F{number}")
    assert "There is no feed F9" in room.refused("history F9")


def test_a_hidden_channel_has_the_history_of_one_that_does_not_exist(room: Room) -> None:
    room("digest 24h share", as_=BEN, at=TEAM)
    assert room(f"history {TEAM}") == room("history #none").replace("#none", TEAM)
    assert "given a digest" in room(f"history {TEAM}", as_=BEN)


def test_a_long_history_is_cut(room: Room) -> None:
    for _ in range(12):
        room("digest 24h share")
        room("digest 7d share", as_=BEN)
        room.forward(minutes=1)
    said = room(f"history {OPEN}")
    assert said.count("given a digest") == 2 * 20  # in the text and in the blocks
    room("add landmine* yes")
    room.forward(minutes=1)
    for level in ["flash", "urgent"] * 12:
        room(f"edit W1 level:{level}")
    assert "… 5 earlier" in room("history W1")
    assert room("history").count("*W1* edited") == 2 * 20
