"""After an outage: one message per channel, and a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import catchup
from bot.catchup import beat, dismiss, post_all
from bot.compose import Budget, held_alerts
from bot.core.models import DeliveryState, Feed
from bot.deliver import Courier, deliver_due
from bot.poll import poll_due
from bot.store import Store, open_store
from tests.flow.parts import (
    START,
    FakeClock,
    FakeFetch,
    RecordingSink,
    add_rule,
    fetched,
    make_poller,
    rss,
)

URL = "https://a.example/rss"


class Newsroom:
    """A feed, a rule, a channel, and a bot that is not always there."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.fetch = FakeFetch()
        self.sink = RecordingSink()
        self.courier = Courier(store, self.sink, self.clock, budget=Budget(100))
        self.rule = add_rule(store, "missile")
        self.entries: list[tuple[str, str]] = []
        store.feeds.add(Feed(url=URL), now=START)
        self.look()

    def look(self, *titles: str, after: timedelta = timedelta(0)) -> None:
        """Let time pass with nobody there, then poll what was published meanwhile."""
        self.clock.forward(seconds=after.total_seconds())
        self.entries += [(f"k{len(self.entries) + n}", title) for n, title in enumerate(titles)]
        self.fetch.answers[URL] = fetched(rss(*self.entries))
        self.store._db.run("update feeds set next_poll_at = 0")
        beat(self.store, self.clock.now)
        poll_due(make_poller(self.store, self.fetch, self.clock))

    def deliver(self, after_s: float = 0) -> None:
        for _ in range(10):
            self.clock.forward(seconds=after_s / 10)
            deliver_due(self.courier)

    def catchup_id(self) -> str:
        latest = self.store.deliveries.latest("#nk", "catchup", since=START)
        assert latest is not None
        return latest.id

    def held(self) -> int:
        return self.store.deliveries.counts()[DeliveryState.HELD]


@pytest.fixture
def room() -> Iterator[Newsroom]:
    store = open_store("sqlite://")
    yield Newsroom(store)
    store.close()


OUTAGE = timedelta(hours=6, minutes=10)
FOUR = [f"Missile no {n}" for n in range(4)]


def test_after_an_outage_one_message_sums_up(room: Newsroom) -> None:
    room.look(*FOUR, "Rice", after=OUTAGE)
    room.deliver(after_s=30)
    assert room.sink.visible == [], "feeds get a minute to answer"
    room.deliver(after_s=60)
    (text,) = room.sink.texts()
    assert text.startswith("Back after 6 h 10 m: 4 matching entries in 4 stories\n")
    assert [title in text for title in FOUR] == [True, True, True, False]
    shown = str(room.sink.visible[0][2].blocks)
    assert [label in shown for label in ("Post all", "Digest", "Dismiss")] == [True] * 3
    assert "and 1 more story" in shown
    assert len(held_alerts(room.store, room.catchup_id())) == 4
    room.look(*["Missile no 9"], after=timedelta(minutes=20))
    room.deliver(after_s=10)
    assert "Missile no 9" in room.sink.texts()[1], "what comes afterwards is news"


def test_a_short_break_is_nobodys_business(room: Newsroom) -> None:
    room.look(*FOUR, after=catchup.MIN_OUTAGE - timedelta(seconds=1))
    room.deliver(after_s=100)
    assert len(room.sink.texts()) == 4


def test_nothing_found_nothing_said(room: Newsroom) -> None:
    room.look("Rice", after=OUTAGE)
    room.deliver(after_s=100)
    assert room.sink.visible == []


def test_a_feed_whose_window_rolled_over_is_named(room: Newsroom) -> None:
    room.look(*(f"Rice no {n}" for n in range(10)), after=timedelta(minutes=20))
    room.entries = [(f"r{n}", f"Weather no {n}") for n in range(10)]
    room.look(after=OUTAGE)
    room.deliver(after_s=100)
    (text,) = room.sink.texts()
    assert text == "Back after 6 h 10 m: nothing matched"
    assert "Possible gap: A published more" in str(room.sink.visible[0][2].blocks)


def test_a_feed_that_answers_later_adds_to_the_message(room: Newsroom) -> None:
    other = "https://b.example/rss"
    room.store.feeds.add(Feed(url=other), now=START)
    room.fetch.answers[other] = fetched(rss(site="https://b.example"), url=other)
    room.look()
    room.fetch.answers[other] = fetched(b"", url=other, status=200)
    room.look(*FOUR, after=OUTAGE)
    room.deliver(after_s=100)
    document = rss(("b1", "A missile elsewhere"), site="https://b.example")
    room.fetch.answers[other] = fetched(document, url=other)
    room.look(after=timedelta(minutes=5))
    room.deliver(after_s=30)
    assert len(room.sink.texts()) == 1
    assert room.sink.edits[-1][2].text.startswith("Back after 6 h 10 m: 5 matching entries in 5")


def test_post_all_sends_every_held_story(room: Newsroom) -> None:
    room.courier = Courier(room.store, room.sink, room.clock, budget=Budget(2))
    room.look(*FOUR, after=OUTAGE)
    room.deliver(after_s=100)
    assert post_all(room.store, room.catchup_id(), by="*Ana*", now=room.clock.now) == 4
    room.deliver(after_s=100)
    assert len(room.sink.texts()) == 5, "a person asked for them: the budget lets them pass"
    settled = room.sink.edits[-1][2]
    assert "Posted by *Ana*." in str(settled.blocks)
    assert "Post all" not in str(settled.blocks)
    assert post_all(room.store, room.catchup_id(), by="*Ana*", now=room.clock.now) == 0


def test_dismissed_stories_are_recorded_and_never_sent(room: Newsroom) -> None:
    room.look(*FOUR, after=OUTAGE)
    room.deliver(after_s=100)
    assert dismiss(room.store, room.catchup_id(), by="*Ana*", now=room.clock.now) == 4
    room.deliver(after_s=100)
    assert len(room.sink.texts()) == 1
    assert "Marked as seen by *Ana*." in str(room.sink.edits[-1][2].blocks)
    assert room.store.deliveries.counts()[DeliveryState.DISMISSED] == 4
    assert post_all(room.store, "unknown", by="*Ana*", now=room.clock.now) == 0


def test_a_removed_rule_leaves_nothing_to_catch_up_with(room: Newsroom) -> None:
    room.look(*FOUR, after=OUTAGE)
    room.store.rules.remove(room.rule.id, who="U1", now=room.clock.now)
    room.deliver(after_s=100)
    assert room.sink.texts() == ["Back after 6 h 10 m: nothing matched"]


# ── restored from a backup ──


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Newsroom]:
    """A newsroom whose database came back from a backup, and what happened since is forgotten."""
    path, copy = tmp_path / "w.db", tmp_path / "copy.db"
    store = open_store(f"sqlite:///{path}")
    room = Newsroom(store)
    room.look("Missile sent before", "Missile on its way")
    deliver_due(room.courier)
    from bot.store.backup import backup  # noqa: PLC0415 - the only test of it here

    backup(f"sqlite:///{path}", copy, now=room.clock.now)
    room.deliver(after_s=20)
    room.look(*FOUR, after=timedelta(minutes=20))
    room.deliver(after_s=20)
    sent = {id_: f"{n}.0" for n, (_, id_, _) in enumerate(room.sink.visible)}
    store.close()
    room.store = open_store(f"sqlite:///{copy}")
    room.courier = Courier(room.store, room.sink, room.clock, budget=Budget(100))
    room.sink.found = lambda id_: (sent[id_],) if id_ in sent else ()
    yield room
    room.store.close()


def test_after_a_restore_nothing_is_posted_again(restored: Newsroom) -> None:
    before = len(restored.sink.visible)
    restored.look("Missile since the restore", after=timedelta(minutes=10))
    restored.deliver(after_s=200)
    (text,) = restored.sink.texts()[before:]
    assert text.startswith("Restored from the backup of ")
    assert "5 matching entries in 5 stories since, perhaps posted before" in text
    assert "Mark all as seen" in str(restored.sink.visible[-1][2].blocks)
    post_all(restored.store, restored.catchup_id(), by="*Ana*", now=restored.clock.now)
    restored.deliver(after_s=200)
    (text,) = restored.sink.texts()[before + 1 :]
    assert "Missile since the restore" in text, "those already visible were found"
    assert restored.store.deliveries.counts()[DeliveryState.SENT] == 8
