"""No answer is a wall of text, and none is a dead end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.commands import VERBS, Verb, explained
from bot.core.models import Message
from bot.errors import WatchdeskError
from tests.commands.parts import BOSS, Room, story
from tests.pictures.blocks import Viewer
from tests.pictures.reading import reading

MOST_LINES = 8
#: What is as long as what it lists.
LISTINGS = {"list", "feeds", "history", "export", "story", "lint"}
EXAMPLES = [
    (verb, example) for verb in VERBS for example in verb.examples if verb.name not in LISTINGS
]


def lines(message: Message) -> list[str]:
    """Return what a reader sees, a line each; buttons stand in one line and are not text."""
    shown = [block for block in message.blocks if block["type"] != "actions"]
    return reading(Viewer().blocks(list(shown))).splitlines()


@pytest.fixture
def full(room: Room) -> Room:
    """A room in which every example finds something to work on."""
    for feed in range(7):
        room.feed(f"Outlet {feed}", f"https://outlet{feed}.example/rss")
    for rule in range(12):
        room.ask(f'add "missile base" rule{rule} OR landmine{rule}', as_=BOSS)
    room.publish(story(1, "Missile base at Sohae in North Korea, says Kim Jong Un", "landmine1"))
    return room


def answered(room: Room, text: str) -> Message:
    try:
        return room.ask(text, as_=BOSS).message
    except WatchdeskError as error:
        return explained(error)


@pytest.mark.parametrize(("verb", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_answer_fits_on_a_screen(full: Room, verb: Verb, example: str) -> None:
    if verb.name in {"feed add", "feed move"}:
        pytest.skip("would ask another host")
    told = lines(answered(full, example))
    assert len(told) <= MOST_LINES, "\n".join(told)


def wrong() -> Iterator[str]:
    """Yield what people type by mistake."""
    for verb in VERBS:
        yield f"{verb.name} nonsense-that-is-nothing"
        yield f"{verb.name} W999"
        yield f"{verb.name} location:"
    yield from ("ad missile", "feed", "add -football", 'add "open', "add (a OR", "pause W1 never")


@pytest.mark.parametrize("text", list(wrong()))
def test_an_error_says_what_to_type(full: Room, text: str) -> None:
    if text.startswith(("feed add", "feed move")):
        pytest.skip("would ask another host")
    try:
        full.ask(text, as_=BOSS)
    except WatchdeskError as error:
        told = lines(explained(error))
        assert len(told) <= MOST_LINES
        assert any("`" in line for line in told), told
