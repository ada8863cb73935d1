"""Stories from the command line: looked at, taken apart, put together; threads on or off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.models import DeliveryState
from bot.storyline import Storyline
from tests.commands.parts import GAZETTEER, Room, story

FIRST = "Satellite images show 13 undeclared missile bases in North Korea, study says"
SECOND = "Think tank locates 13 hidden missile bases of North Korea that it never declared"

VALLEYS = "Missile bases are hidden in the mountain valleys, satellite images reveal"
STUDY = "The study names undeclared missile sites and their commanders"
BOTH = (
    "The study of missile sites names commanders and their undeclared bases; "
    "images reveal mountain valleys"
)


@pytest.fixture
def told(room: Room) -> Room:
    """A room where two outlets reported one event, in a thread of #nk."""
    room("add missile* yes")
    room.stories = Storyline(room.store, lambda: GAZETTEER)
    harbour = room.feed()
    ledger = room.feed("Seoul Ledger", "https://ledger.example/rss")
    room.publish(story(1, FIRST), feed=harbour)
    second = replace(story(2, SECOND), url="https://ledger.example/2")
    room.publish(second, feed=ledger)
    return room


def test_a_story_shows_its_reports_outlets_and_names(told: Room) -> None:
    shown = told("story S1")
    assert f"*S1* {FIRST}" in shown
    assert "2 reports from 2 outlets" in shown
    assert "Places: North Korea" in shown
    assert shown.index("Harbour Wire: ") < shown.index("Seoul Ledger: ")
    assert "joined S1" in shown


def test_an_unknown_story_says_what_to_type(told: Room) -> None:
    for word in ("S99", "W1", ""):
        assert "story S88" in told.refused(f"story {word}")


def test_a_report_is_taken_out_and_brought_back(told: Room) -> None:
    assert "is S2 now, no longer S1" in told("story split https://ledger.example/2")
    assert "1 report from 1 outlet" in told("story S1")
    posts = {post.story_id: post.state for post in told.store.deliveries.posts(2)}
    assert posts == {2: DeliveryState.PENDING}, "an event of its own has an alert of its own"
    assert "only report of S2" in told.refused("story split https://ledger.example/2")
    assert "1 report came over" in told("story join S1 S2")
    assert "2 reports" in told("story S1")
    assert "no story `S2`" in told.refused("story S2")
    assert "one story already" in told.refused("story join S1 S1")


def test_the_button_does_the_same_and_what_is_like_it_follows(told: Room) -> None:
    assert "is S2 now" in told.press("story_split", "2")
    told.publish(story(3, SECOND + ", it says"), feed=told.feed("Third", "https://third.example/r"))
    assert "2 reports" in told("story S2")
    for value in ("77", "x"):
        assert "not stored any more" in told.press_refused("story_split", value)


def test_what_was_taken_apart_stays_apart_after_a_restart_until_it_is_joined(told: Room) -> None:
    told("story split https://ledger.example/2")
    assert told.store.stories.apart() == [(1, 2)]
    told.stories = Storyline(told.store, lambda: GAZETTEER)
    told.publish(story(3, SECOND), feed=told.feed("Third", "https://third.example/r"))
    told.publish(story(4, FIRST), feed=told.feed("Fourth", "https://fourth.example/r"))
    assert "2 reports" in told("story S1")
    assert "2 reports" in told("story S2")
    again = replace(story(2, SECOND + ", it says"), url="https://ledger.example/2")
    told.publish(again, feed=told.feed("Seoul Ledger", "https://ledger.example/rss"))
    assert "2 reports" in told("story S1"), "a new title does not bring it back"
    told("story join S1 S2")
    assert told.store.stories.apart() == []


def test_split_needs_a_link_it_knows(told: Room) -> None:
    assert "Its link" in told.refused("story split S1")
    assert "never seen" in told.refused("story split https://nowhere.example/x")


def test_threads_are_the_channels_choice(told: Room) -> None:
    assert "are *on*" in told("threads")
    assert "are *quiet* now: later reports only count" in told("threads quiet")
    assert "are *off* now" in told("threads off #nk")
    assert told.store.channels.threads("#nk") == "off"
    for wrong in ("threads loud", "threads on #nowhere-at-all-here!"):
        assert "Write `on`, `quiet` or `off`" in told.refused(wrong)


def test_a_story_that_turned_out_to_be_another_says_which(room: Room) -> None:
    room("add missile* yes")
    room.stories = Storyline(room.store, lambda: GAZETTEER)
    for number, title in enumerate((VALLEYS, STUDY, BOTH), 1):
        feed = room.feed(f"Outlet {number}", f"https://o{number}.example/rss")
        told = replace(story(number, title), url=f"https://o{number}.example/{number}")
        room.publish(told, feed=feed)
    assert "3 reports from 3 outlets" in room("story S1")
    assert "S2 turned out to be S1: `/watch story S1`" in room.refused("story S2")
