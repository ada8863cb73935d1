"""Once a week people hear what is to mend in their rules: once, at a sane hour, unless they said no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.models import Rule
from bot.deliver import Courier, deliver_due
from bot.errors import StoreError, UnansweredError
from bot.review import Weekly, review_due, week_of
from bot.store import Store, open_store
from tests.flow.parts import GAZETTEER, FakeClock, RecordingSink
from tests.servers.block_kit import problems

ANA, BEN, BOSS = "U0ANA0000", "U0BEN0000", "U0BOSS000"
FRIDAY = datetime(2026, 5, 8, 12, tzinfo=UTC)
MONDAY = datetime(2026, 5, 11, 9, tzinfo=UTC)


class World:
    """A store with rules, and a bot that may be started anew."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.sink = store, FakeClock(FRIDAY), RecordingSink()
        self.weekly = Weekly(store, lambda: GAZETTEER, self.clock, zone=UTC, admins=(BOSS,))

    def watch(self, query: str, owner: str = ANA, channel: str = "#nk") -> Rule:
        rule = Rule(name=query, query=query, channel=channel, owner=owner)
        return self.store.rules.add(rule, who=owner, now=self.clock())

    def tick(self) -> list[tuple[str, str]]:
        """Let the bot look, and deliver; return what became visible by that."""
        before = len(self.sink.visible)
        review_due(self.weekly)
        deliver_due(Courier(self.store, self.sink, self.clock, pace=timedelta(0)))
        fresh = self.sink.visible[before:]
        for _, _, message in fresh:
            assert problems({"text": message.text, "blocks": list(message.blocks)}) == []
        return [(channel, message.text) for channel, _, message in fresh]


@pytest.fixture
def world() -> Iterator[World]:
    store = open_store("sqlite://")
    yield World(store)
    store.close()


def test_each_owner_gets_one_message_on_monday(world: World) -> None:
    world.watch("ab")
    world.watch("launch", BEN)
    world.watch("launch sohae", BEN)
    assert world.tick() == []
    world.clock.now = MONDAY - timedelta(minutes=1)
    assert world.tick() == []
    world.clock.now = MONDAY
    told = dict(world.tick())
    assert set(told) == {ANA, BEN}
    assert ":wrench: 1 thing to mend in your rules, new since last week:" in told[ANA]
    assert "`W1` `ab` is very short" in told[ANA]
    assert "W2 already catches all of it" in told[BEN]
    assert (
        "All: `/watch lint mine`. No such message any more: `/watch lint weekly off`" in told[BEN]
    )
    world.clock.forward(hours=1)
    assert world.tick() == []


def test_what_was_told_before_is_not_told_again(world: World) -> None:
    world.watch("ab")
    world.clock.now = MONDAY
    world.tick()
    world.watch("cd")
    world.clock.forward(days=7)
    [(_, text)] = world.tick()
    assert ("`ab`" in text, "`cd`" in text) == (False, True)
    world.clock.forward(days=7)
    assert world.tick() == []


def test_who_said_no_is_not_told(world: World) -> None:
    world.watch("ab")
    world.store.reviews.switch(ANA, is_off=True)
    world.clock.now = MONDAY
    assert world.tick() == []
    world.store.reviews.switch(ANA, is_off=False)
    assert len(world.tick()) == 1
    world.watch("cd")
    world.store.reviews.switch(ANA, is_off=True)
    world.clock.forward(days=7)
    assert world.tick() == []
    assert world.store.reviews.of(ANA).known  # switching forgets nothing


def test_a_bot_that_was_down_tells_the_next_day_at_a_sane_hour(world: World) -> None:
    world.watch("ab")
    world.clock.now = MONDAY + timedelta(hours=18)
    assert world.tick() == []
    world.clock.forward(hours=4)
    assert world.tick() == []
    world.clock.forward(hours=3)
    assert len(world.tick()) == 1


def test_a_rule_that_is_new_this_week_waits_for_the_next(world: World) -> None:
    world.clock.now = MONDAY + timedelta(days=1)
    world.watch("ab")
    assert world.tick() == []
    world.clock.forward(days=7)
    assert len(world.tick()) == 1


def test_rules_of_a_file_are_told_to_the_admins(world: World) -> None:
    world.watch("ab", "feeds.yaml")
    world.watch("cd", "console")
    world.clock.now = MONDAY
    [(person, text)] = world.tick()
    assert person == BOSS
    assert "Change it in feeds.yaml" in text
    assert "`/watch edit W2`" in text
    assert "All: `/watch lint all`" in text


def test_five_are_told_and_the_rest_counted(world: World) -> None:
    for letter in "bcdfghj":
        world.watch(f"x{letter}")
    world.clock.now = MONDAY
    [(_, text)] = world.tick()
    assert ":wrench: 7 things to mend" in text
    assert text.count("very short") == 5
    assert "`/watch lint mine` (2 more there)" in text


def test_nobody_hears_of_rules_that_are_hidden_from_them(world: World) -> None:
    bens, filed = world.watch("launch", BEN), world.watch("ab", "feeds.yaml")
    world.watch("launch sohae", ANA)
    asked: list[tuple[str, str]] = []

    def hidden(channel: str, person: str) -> frozenset[int]:
        asked.append((channel, person))
        return frozenset() if person == BEN else frozenset({bens.id, filed.id})

    world.weekly = replace(world.weekly, hidden_in=hidden)
    world.watch("launch test", BEN)
    world.clock.now = MONDAY
    assert [person for person, _ in world.tick()] == [BEN]
    assert sorted(asked) == [("D", ANA), ("D", BEN), ("D", BOSS)]


def test_who_may_know_what_is_waited_for_and_nothing_left_out(world: World) -> None:
    def away(*_: str) -> frozenset[int]:
        raise UnansweredError("Slack did not answer")

    world.watch("ab", ANA)
    world.clock.now = MONDAY
    answers = world.weekly
    world.weekly = replace(answers, hidden_in=away)
    assert world.tick() == []
    world.weekly = answers
    assert [person for person, _ in world.tick()] == [ANA]


@pytest.mark.parametrize("dies_at", ["deliveries", "reviews"])
def test_a_crash_neither_loses_nor_doubles_the_message(
    tmp_path: Path, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'w.db'}"
    store = open_store(url)
    world = World(store)
    world.watch("ab")
    world.watch("cd", BEN)
    world.clock.now = MONDAY
    part, name = (store.deliveries, "tell") if dies_at == "deliveries" else (store.reviews, "note")
    with monkeypatch.context() as broken:
        broken.setattr(part, name, failing_after(getattr(part, name), 1))
        with pytest.raises(StoreError):
            review_due(world.weekly)
    store.close()
    again = open_store(url)
    later = World(again)
    later.clock.now = MONDAY + timedelta(hours=1)
    told = later.tick()
    assert sorted(person for person, _ in told) == [ANA, BEN]
    assert later.tick() == []
    again.close()


def failing_after(work: Callable[..., object], times: int) -> Callable[..., object]:
    """Return work that is done a few times, and then dies right after it was."""
    done = 0

    def dying(*given: object, **named: object) -> object:
        nonlocal done
        result, done = work(*given, **named), done + 1
        if done > times:
            raise StoreError("the disk is gone")
        return result

    return dying


def test_the_week_begins_where_the_bot_is_at_home() -> None:
    seoul = ZoneInfo("Asia/Seoul")
    begun = week_of(datetime(2026, 5, 11, 0, tzinfo=UTC), seoul)
    assert begun == datetime(2026, 5, 11, 9, tzinfo=seoul)
    assert week_of(datetime(2026, 5, 10, 23, 59, tzinfo=UTC), seoul) is None
