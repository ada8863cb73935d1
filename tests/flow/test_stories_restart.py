"""Stories found by a process that was restarted are those of one that was not."""

import random
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.absorb import Seen, absorb
from bot.core.models import Entry, Feed, FeedState, ParsedFeed
from bot.core.rules import compile_rules
from bot.store import open_store
from bot.store.feeds import KnownFeed
from bot.storyline import Storyline
from tests.flow.parts import GAZETTEER, START

PLACES = ("Oldport", "Sohae", "Seoul", "Nampo", "Wonsan", "Sinuiju")
EVENTS = (
    "Ferry with {n} aboard capsizes near {place}",
    "Missile fired from {place} flew {n} kilometres",
    "Strike closes the harbour of {place} for {n} days",
)
ENTRIES = 90


def stream(chance: random.Random) -> list[tuple[Entry, datetime]]:
    """Return entries of five days, and when each was met; the clock goes back now and then."""
    made = []
    for number in range(ENTRIES):
        event = random.Random(chance.randrange(number // 4 + 1))
        words = {"place": event.choice(PLACES), "n": event.randrange(20, 900)}
        title = event.choice(EVENTS).format(**words)
        now = START + timedelta(minutes=80 * number + chance.choice((0, 0, 0, -300)))
        entry = Entry(
            key=f"e{number}",
            title=chance.choice(("", "Update: ", "Officials: ")) + title,
            summary=f"{chance.randrange(9)} people near {words['place']} tell what happened.",
            url=f"https://wire.example/{number}",
            published=now - timedelta(minutes=chance.randrange(600)),
            lang="en",
        )
        made.append((entry, now))
    return made


def found(
    entries: list[tuple[Entry, datetime]], restarts: set[int], corrections: set[int]
) -> list[tuple[int, str]]:
    """Return the story of each entry and why.

    Before some the process is restarted, before others somebody corrects a story without effect.
    """
    store = open_store("sqlite://")
    feed = Feed(url="https://wire.example/rss", title="Wire")
    feed = Feed(id=store.feeds.add(feed, now=START), url=feed.url, title=feed.title)
    known = KnownFeed(feed, FeedState(baseline_at=START))
    rules = compile_rules([], GAZETTEER)
    stories = Storyline(store, lambda: GAZETTEER)
    seen: list[Seen] = []
    for number, (entry, now) in enumerate(entries):
        if number in restarts:
            stories = Storyline(store, lambda: GAZETTEER)
        if number in corrections:
            store.stories.move(seen[0].entry.id, seen[0].story_id)
        with store.transaction():
            seen += absorb(store, stories, rules, known, ParsedFeed(entries=(entry,)), now=now)
    store.close()
    return [(one.story_id, one.reason) for one in seen]


some = st.sets(st.integers(1, ENTRIES - 1), max_size=9)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 99), some, some)
def test_a_restart_changes_no_story_and_no_score(
    seed: int, restarts: set[int], corrections: set[int]
) -> None:
    entries = stream(random.Random(seed))
    assert found(entries, restarts, corrections) == found(entries, set(), set())
