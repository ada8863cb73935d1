"""A trial of a rule counts what the pipeline would have posted, entry by entry."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.absorb import absorb
from bot.backtest import Trial
from bot.core.entities import Gazetteer
from bot.core.models import Entry, Feed, FeedState, ParsedFeed, Rule
from bot.core.rules import compile_rules
from bot.gazetteer import load
from bot.shelf import Shelf, beginning, keeping_warm, warm
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
from bot.store.times import to_us
from bot.storyline import Placed, Storyline
from tests.flow.parts import GAZETTEER, placed_in

START = datetime(2026, 5, 1, tzinfo=UTC)
CHANNEL = "#nk"


class Told(Storyline):
    """Finds the story in an entry's key: `3/…`; what is tagged `copy` is one.

    What is tagged `first of 2`, `rest of 2` or `all of 2` brings those over from that story.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda: GAZETTEER)
        self.known: dict[str, int] = {}

    def place(self, entry: Entry, now: datetime) -> Placed:
        placed = super().place(entry, now)
        story = self.known.get(entry.key.partition("/")[0])
        while story is not None and not self._store.stories.told(story):
            story = self._store.stories.became(story)  # nobody joins what is told no more
        gathered = tuple(self.brought(entry, story))
        return placed_in(placed, story, gathered, is_copy="copy" in entry.tags)

    def brought(self, entry: Entry, story: int | None) -> list[int]:
        tag = next((tag for tag in entry.tags if " of " in tag), "none of 0")
        which, other = tag.split(" of ")
        old = self.known.get(other)
        if old is None or old == story:
            return []
        first, *rest = [told.entry for told in self._store.stories.told(old)] or [0]
        every = {"first": [first], "rest": rest, "all": [first, *rest]}
        return every.get(which, []) if first else []

    def record(self, placed: Placed, entry_id: int, story_id: int, now: datetime) -> None:
        super().record(placed, entry_id, story_id, now)
        stored = self._store.entries.get(entry_id)
        assert stored is not None
        self.known.setdefault(stored.entry.key.partition("/")[0], story_id)


class Newsroom:
    """The pipeline over a store of its own."""

    def __init__(self, *rules: Rule, names: Gazetteer | None = None) -> None:
        self.store = open_store("sqlite://")
        self.stories = Storyline(self.store, lambda: names) if names else Told(self.store)
        self.rules = compile_rules(
            [self.store.rules.add(rule, who="U1", now=START) for rule in rules],
            names or GAZETTEER,
        )
        self.feeds: dict[int, KnownFeed] = {}
        self.alerts: list[int] = []  # when each was owed
        self.owed: Counter[tuple[str, int]] = Counter()  # the same by channel

    def publish(
        self, feed: int, entries: Iterable[Entry], now: datetime, *, first: bool = False
    ) -> None:
        known = self.feeds.get(feed) or self._feed(feed)
        state = FeedState(baseline_at=None if first else START)
        with self.store.transaction():
            parsed = ParsedFeed(entries=tuple(entries))
            known = replace(known, state=state)
            seen = absorb(self.store, self.stories, self.rules, known, parsed, now=now)
        is_apart = self.store.channels.threads(CHANNEL) == "off"
        for one in seen:
            self.alerts += [to_us(now)] * (len(one.posts) + is_apart * len(one.replies))
            self.owed.update((channel, to_us(now)) for channel in one.posts)

    def _feed(self, number: int) -> KnownFeed:
        feed = Feed(url=f"https://feed{number}.example/rss", title=f"Outlet {number}")
        known = KnownFeed(
            replace(feed, id=self.store.feeds.add(feed, now=START)), FeedState(baseline_at=START)
        )
        self.feeds[number] = known
        return known

    def trial(self, since: datetime, until: datetime) -> Trial:
        return Trial(self.store, GAZETTEER, Shelf(), since=since, until=until)


def entry(
    story: int,
    number: int,
    words: Iterable[str],
    *,
    host: int,
    copy: bool,
    summary: str = "",
    brings: str = "",
) -> Entry:
    """Return a report under a key of its own; no entry moves from one site to another."""
    return Entry(
        key=f"{story}/{number}",
        title=" ".join(("Report", *words)),
        summary=summary,
        url=f"https://host{host}.example/{story}-{number}",
        tags=(*["copy"] * copy, *[brings] * bool(brings)),
    )


WORDS = ("missile", "rocket", "rain", "Pyongyang")
QUERIES = (
    "missile",
    "missile OR rocket",
    "missile -rain",
    'rocket location:"North Korea"',
    '(missile OR rocket) source:"Outlet 1"',
    "report",
    "/mis+ile/ rain",
)

entries = st.builds(
    lambda story, number, words, **more: entry(story, number, words, host=number, **more),
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(st.sampled_from(WORDS), max_size=2, unique=True),
    copy=st.booleans(),
    summary=st.sampled_from(("", "", "rain", "missile")),
    brings=st.sampled_from(
        ("", "", "", "first of 1", "rest of 1", "all of 1", "first of 2", "all of 2", "rest of 3")
    ),
)
steps = st.lists(
    st.tuples(st.integers(1, 600), st.integers(1, 3), st.lists(entries, max_size=4)), max_size=12
)


def alone(document: list[Entry]) -> list[Entry]:
    """Return a document in which nothing is brought over unless it holds nothing else."""
    if len(document) == 1:
        return document
    return [replace(one, tags=tuple(t for t in one.tags if " of " not in t)) for one in document]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    stream=steps,
    query=st.sampled_from(QUERIES),
    min_outlets=st.integers(1, 3),
    mode=st.sampled_from(("on", "quiet", "off")),
    cut=st.integers(0, 3000),
)
def test_a_trial_finds_the_very_alerts_that_the_pipeline_owed(
    stream: list[tuple[int, int, list[Entry]]], query: str, min_outlets: int, mode: str, cut: int
) -> None:
    rule = Rule(name="x", query=query, channel=CHANNEL, min_outlets=min_outlets, owner="U1")
    watched, unwatched = Newsroom(rule), Newsroom()
    if min_outlets > 1:  # in which order outlets come within a document that brings some over
        stream = [(minutes, feed, alone(document)) for minutes, feed, document in stream]
    for room in (watched, unwatched):
        room.store.channels.set_threads(CHANNEL, mode)
        now = START
        for minutes, feed, document in stream:
            now += timedelta(minutes=minutes)
            room.publish(feed, document, now)
    since, until = START + timedelta(minutes=cut), START + timedelta(days=30)
    trial = unwatched.trial(since, until)
    caught = trial.catch([replace(rule, id=7)], apart=mode == "off")[7]
    owed = [at for at in watched.alerts if at >= to_us(since)]
    assert [sight.at for sight in caught.alerts] == owed
    for room in (watched, unwatched):
        room.store.close()


def one_after_the_other(*documents: tuple[int, list[Entry]]) -> Callable[[Newsroom], None]:
    def publish(room: Newsroom) -> None:
        now = START
        for feed, document in documents:
            now += timedelta(hours=1)
            room.publish(feed, document, now)

    return publish


def report(
    story: int, number: int, *words: str, host: int = 1, copy: bool = False, summary: str = ""
) -> Entry:
    return entry(story, number, words, host=host, copy=copy, summary=summary)


MISSILE = Rule(name="x", query="missile", channel=CHANNEL, owner="U1")
CASES = {
    "a second outlet": ((1, [report(1, 1, "missile")]), (2, [report(1, 2, "missile", host=2)])),
    "a copy": ((1, [report(1, 1, "missile")]), (2, [report(1, 2, "missile", host=2, copy=True)])),
    "the word is lost": ((1, [report(1, 1, "missile")]), (1, [report(1, 1, "rain")])),
    "the word comes later": ((1, [report(1, 1, "rain")]), (1, [report(1, 1, "missile")])),
    "it goes and comes": (
        (1, [report(1, 1, "missile")]),
        (1, [report(1, 1, "rain")]),
        (1, [report(1, 1, "missile")]),
    ),
    "the same again, rewritten": (
        (1, [report(1, 1, "rain")]),
        (2, [report(1, 1, "missile")]),
    ),
    "changed behind a new one, in one document": (
        (1, [report(1, 1, "rain")]),
        (1, [report(1, 2, "missile", host=2), report(1, 1, "missile")]),
    ),
}


@pytest.mark.parametrize("mode", ["on", "off"])
@pytest.mark.parametrize("name", CASES)
def test_each_turn_of_a_story_is_counted_as_it_was(name: str, mode: str) -> None:
    publish = one_after_the_other(*CASES[name])
    watched, unwatched = Newsroom(MISSILE), Newsroom()
    for room in (watched, unwatched):
        room.store.channels.set_threads(CHANNEL, mode)
        publish(room)
    until = START + timedelta(days=1)
    caught = unwatched.trial(START, until).catch([replace(MISSILE, id=1)], apart=mode == "off")[1]
    assert [sight.at for sight in caught.alerts] == watched.alerts
    assert watched.alerts


def test_a_rule_that_waits_is_heard_with_the_next_outlet_whatever_that_says() -> None:
    rule = replace(MISSILE, min_outlets=2)
    publish = one_after_the_other(
        (1, [report(1, 1, "missile")]),
        (2, [report(1, 2, "missile", host=2, copy=True)]),
        (3, [report(1, 3, "rain", host=3)]),
    )
    watched, unwatched = Newsroom(rule), Newsroom()
    for room in (watched, unwatched):
        publish(room)
    caught = unwatched.trial(START, START + timedelta(days=1)).catch([replace(rule, id=1)])[1]
    assert [sight.at for sight in caught.alerts] == watched.alerts
    assert watched.alerts == [to_us(START + timedelta(hours=3))]


def test_a_story_that_fired_before_the_time_is_no_alert_in_it() -> None:
    room = Newsroom()
    room.publish(1, [report(1, 1, "missile")], START)
    room.publish(2, [report(1, 2, "missile", host=2)], START + timedelta(days=2))
    trial = room.trial(START + timedelta(days=1), START + timedelta(days=3))
    caught = trial.catch([replace(MISSILE, id=1)])[1]
    assert (caught.entries, caught.alerts, trial.looked_at) == (1, (), 1)


def test_what_stood_on_a_first_poll_counts_as_if_the_feed_had_been_watched() -> None:
    def at(days: int, one: Entry) -> Entry:
        return replace(one, published=START + timedelta(days=days))

    document = [
        at(1, report(1, 1, "missile")),
        at(3, report(1, 2, "missile", host=2)),
        at(4, report(2, 1, "missile")),
        at(5, report(3, 1, "rain")),
    ]
    room, watched = Newsroom(), Newsroom(MISSILE)
    room.publish(1, document, START + timedelta(days=9), first=True)
    for one in document:
        assert one.published
        watched.publish(1, [one], one.published)
    trial = room.trial(START + timedelta(days=2), START + timedelta(days=10))
    caught = trial.catch([replace(MISSILE, id=1)])[1]
    assert [sight.at for sight in caught.alerts] == watched.alerts[1:]
    assert caught.entries == 2


def test_many_rules_are_tried_at_once_each_alone() -> None:
    room = Newsroom()
    publish = one_after_the_other((1, [report(1, 1, "missile"), report(2, 1, "rain", "rocket")]))
    publish(room)
    trial = room.trial(START, START + timedelta(days=1))
    rules = [replace(MISSILE, id=n, query=query) for n, query in enumerate(QUERIES[:3], 1)]
    counts = {number: len(one.alerts) for number, one in trial.catch(rules).items()}
    assert counts == {1: 1, 2: 2, 3: 1}
    ids = [trial.catch(rules)[2].matched[0].entry_id]
    assert len(trial.catch(rules, among=ids)[2].alerts) == 1


def test_an_entry_that_was_changed_or_whose_text_was_forgotten_is_not_taken_from_the_shelf() -> (
    None
):
    room, shelf = Newsroom(), Shelf()
    room.publish(1, [report(1, 1, "missile")], START)

    def count() -> int:
        trial = Trial(room.store, GAZETTEER, shelf, since=START, until=START + timedelta(days=99))
        return len(trial.catch([replace(MISSILE, id=1)])[1].alerts)

    assert (count(), count()) == (1, 1)
    room.publish(1, [report(1, 1, "rain")], START + timedelta(hours=1))
    assert count() == 1  # it was news when it came
    list(room.store.retention.prune(START + timedelta(days=50), now=START + timedelta(days=51)))
    assert count() == 0
    assert room.store.past.changes(0) == []


def test_a_small_shelf_changes_nothing_but_the_time_it_takes() -> None:
    room = Newsroom()
    room.publish(1, [report(n, 1, "missile") for n in range(9)], START)
    for shelf in (Shelf(0), Shelf(100), Shelf(most_whole=3), Shelf()):
        for _ in range(2):
            trial = Trial(
                room.store, GAZETTEER, shelf, since=START, until=START + timedelta(days=1)
            )
            assert len(trial.catch([replace(MISSILE, id=1)])[1].alerts) == 9


def test_what_is_on_the_shelf_beforehand_changes_nothing_but_the_time_it_takes() -> None:
    room, now = Newsroom(), START + timedelta(days=1)
    rules = [replace(MISSILE, id=1), replace(MISSILE, id=2, query='location:"North Korea"')]
    room.publish(1, [report(n, 1, "missile", "Pyongyang" * (n % 2)) for n in range(450)], START)

    def counts(shelf: Shelf) -> list[int]:
        trial = Trial(room.store, GAZETTEER, shelf, since=START, until=now)
        return [len(one.alerts) for one in trial.catch(rules).values()]

    for shelf in (Shelf(), Shelf(most_bytes=100), Shelf(most_whole=3)):
        for _ in range(2):
            list(warm(room.store, shelf, GAZETTEER, now))
            assert counts(shelf) == [450, 225]
    room.publish(1, [report(1, 1, "rain", "Pyongyang")], now)
    assert counts(shelf) == counts(Shelf())


def test_the_shelf_is_filled_in_the_background_and_outlives_a_store_that_fails() -> None:
    room, shelf = Newsroom(), Shelf()
    room.publish(1, [report(1, 1, "missile")], START)
    asked = threading.Event()
    answers = iter((RuntimeError("no names"), GAZETTEER))

    def names() -> Gazetteer:
        answer = next(answers, GAZETTEER)
        if isinstance(answer, Exception):
            raise answer
        asked.set()
        return answer

    with keeping_warm(room.store, shelf, names, lambda: START, every_s=0.01):
        assert asked.wait(10)
    room.store.close()


def test_the_first_of_fourteen_days_begins_at_midnight() -> None:
    assert beginning(START + timedelta(hours=5), UTC) == START - timedelta(days=13)


@pytest.mark.slow
@pytest.mark.data
def test_a_trial_of_real_news_finds_what_the_pipeline_owed(shared_data: Path) -> None:
    queries = ("missile*", "trump", 'location:"North Korea" OR location:Iran', "said -trump")
    rules = [
        Rule(name=query, query=query, channel=f"#c{n}", owner="U1", min_outlets=1 + n // 3)
        for n, query in enumerate(queries)
    ]
    names = load()
    watched, unwatched = Newsroom(*rules, names=names), Newsroom(names=names)
    archive = shared_data / "feeds" / "streams" / "rss_archive_2026"
    with gzip.open(min(archive.glob("*.gz")), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:1500]
    rows.sort(key=lambda row: (row["collectedAt"], row["source"], row["id"]))
    feeds = {name: n for n, name in enumerate(dict.fromkeys(row["source"] for row in rows))}
    for (at, source), group in groupby(rows, lambda row: (row["collectedAt"], row["source"])):
        document = [
            Entry(key=row["id"], title=row["title"], summary=row["description"], url=row["link"])
            for row in group
        ]
        for room in (watched, unwatched):
            room.publish(feeds[source], document, datetime.fromisoformat(at))
    trial = Trial(
        unwatched.store,
        names,
        Shelf(),
        since=datetime.fromisoformat(rows[0]["collectedAt"]),
        until=datetime.fromisoformat(rows[-1]["collectedAt"]),
    )
    caught = trial.catch([replace(rule, id=n) for n, rule in enumerate(rules)])
    found = Counter((f"#c{n}", sight.at) for n, one in caught.items() for sight in one.alerts)
    assert found == watched.owed
    assert len({channel for channel, _ in found}) >= 3
