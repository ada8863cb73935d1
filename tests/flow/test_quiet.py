"""In quiet hours alerts are owed and wait; when they end, all come that is still wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.catchup import stands_for
from bot.compose import Budget
from bot.core.models import DeliveryState, Level, Message, Mode, Retry, Unknown
from bot.core.quiet import QuietHours
from bot.deliver import Courier, deliver_due
from bot.quiet import waits_until
from bot.store import Store, open_store
from tests.flow.parts import START, FakeClock, RecordingSink, add_rule
from tests.flow.test_settings import change
from tests.flow.test_stories import FIRST, OTHER, SECOND, THIRD, Wire

NIGHT = QuietHours.of("13:30-20:00@UTC")  # the wire begins at 12:00 and reports once an hour


@pytest.fixture
def wire() -> Iterator[Wire]:
    store = open_store("sqlite://")
    yield Wire(store)
    store.close()


def deliver_at(wire: Wire, hour: int, minute: int = 0, second: int = 0) -> None:
    """Let the clock go on, then deliver for a while."""
    moment = START.replace(hour=hour, minute=minute, second=second)
    assert moment >= wire.clock.now
    wire.clock.now = moment
    for _ in range(4):
        deliver_due(wire.courier)
        wire.clock.forward(seconds=10)


def test_an_alert_in_quiet_hours_comes_when_they_end(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    deliver_at(wire, 19, 59)
    assert wire.shown() == []
    assert wire.store.deliveries.waiting_quietly() == (1, START.replace(hour=20))
    deliver_at(wire, 20)
    assert wire.shown() == [(FIRST, None, False)]
    assert wire.store.deliveries.waiting_quietly() == (0, None)


def test_it_was_never_tried_meanwhile(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    [post] = wire.store.deliveries.posts(1)
    assert (post.state, post.attempts) == (DeliveryState.PENDING, 0)
    assert (post.message, post.first_try_at) == (None, None)


def test_flash_passes(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT, level=Level.FLASH)
    wire.store.channels.set_quiet_hours("#nk", NIGHT)
    wire.report("harbour", FIRST)
    assert wire.shown() == [(FIRST, None, False)]


def test_urgent_waits(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT, level=Level.URGENT)
    wire.report("harbour", FIRST)
    assert wire.shown() == []


def test_a_rule_without_quiet_hours_is_heard_in_the_same_channel(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    add_rule(wire.store, "study")
    wire.report("harbour", FIRST)
    assert wire.shown() == [(FIRST, None, False)]


def test_of_two_rules_the_hours_that_end_first_count(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    other = add_rule(wire.store, "study")
    early = QuietHours.of("13:30-16:00@UTC")
    wire.store.rules.edit(replace(other, quiet_hours=early), who="U1", now=START)
    wire.report("harbour", FIRST)
    assert wire.store.deliveries.waiting_quietly() == (1, START.replace(hour=16))


def test_a_rule_that_has_no_say_yet_breaks_no_silence(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    for settings in ({"mode": Mode.DIGEST}, {"min_outlets": 3}):
        rule = add_rule(wire.store, "study", name=str(settings))
        edited = replace(rule, **settings)
        wire.store.rules.edit(edited, who="U1", now=START)
    wire.report("harbour", FIRST)
    assert wire.shown() == []


def test_a_channels_hours_and_a_rules_add_up(wire: Wire) -> None:
    change(wire, quiet_hours=QuietHours.of("13:30-16:00@UTC"))
    wire.store.channels.set_quiet_hours("#nk", QuietHours.of("15:00-18:00@UTC"))
    wire.report("harbour", FIRST)
    assert wire.store.deliveries.waiting_quietly() == (1, START.replace(hour=18))
    deliver_at(wire, 17, 59)
    assert wire.shown() == []
    deliver_at(wire, 18)
    assert wire.shown() == [(FIRST, None, False)]


def test_nothing_waits_longer_than_a_day_however_hours_add_up(wire: Wire) -> None:
    change(wire, quiet_hours=QuietHours.of("00:00-12:00@UTC"))
    wire.store.channels.set_quiet_hours("#nk", QuietHours.of("11:00-01:00@UTC"))
    wire.report("harbour", FIRST)
    assert wire.shown() == []
    wire.clock.forward(days=1)
    for _ in range(3):
        deliver_due(wire.courier)
        wire.clock.forward(hours=7)
    assert wire.shown() == [(FIRST, None, False)]


# ── what happens meanwhile ────────────────────────────────────────────────────


def test_a_restart_forgets_neither_the_alert_nor_the_hour(tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path / 'w.db'}"
    store = open_store(place)
    wire = Wire(store)
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    store.close()
    for hour, shown in ((19, 0), (20, 1), (21, 1)):
        store = open_store(place)
        sink, clock = wire.sink, FakeClock(START.replace(hour=hour))
        deliver_due(Courier(store, sink, clock))
        store.close()
        assert len(sink.visible) == shown


class StoppedError(Exception):
    """The process died."""


def test_a_death_while_it_is_put_back_loses_and_doubles_nothing(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(wire, quiet_hours=NIGHT)

    def die(*_: object, **__: object) -> bool:
        raise StoppedError

    with monkeypatch.context() as patched:
        patched.setattr(type(wire.store.deliveries), "wait", die)
        with pytest.raises(StoppedError):
            wire.report("harbour", FIRST)
    [post] = wire.store.deliveries.posts(1)
    assert (post.state, post.attempts) == (DeliveryState.PENDING, 0)
    deliver_at(wire, 19)
    assert wire.shown() == []
    deliver_at(wire, 20)
    assert wire.shown() == [(FIRST, None, False)]


def test_hours_that_are_taken_away_let_go_what_waits(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    change(wire, quiet_hours=None)
    deliver_at(wire, 15)
    assert wire.shown() == [(FIRST, None, False)]


def test_hours_of_a_channel_that_are_taken_away_let_go_what_waits(wire: Wire) -> None:
    wire.store.channels.set_quiet_hours("#nk", NIGHT)
    wire.report("harbour", FIRST)
    assert wire.shown() == []
    wire.store.channels.set_quiet_hours("#nk", None)
    deliver_at(wire, 15)
    assert wire.shown() == [(FIRST, None, False)]


def test_an_edit_that_leaves_the_hours_lets_it_wait(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    change(wire, level=Level.URGENT)
    deliver_at(wire, 15)
    assert wire.shown() == []
    assert wire.store.deliveries.waiting_quietly() == (1, START.replace(hour=20))


def test_hours_that_end_earlier_now_count_at_once(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    change(wire, quiet_hours=QuietHours.of("13:30-16:00@UTC"))
    deliver_at(wire, 15)
    deliver_at(wire, 16)
    assert wire.shown() == [(FIRST, None, False)]


def test_what_nobody_wants_any_more_does_not_come(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    wire.store.rules.remove(wire.rule.id, who="U1", now=wire.clock.now)
    deliver_at(wire, 20)
    assert wire.shown() == []


def test_a_rule_that_is_removed_and_put_back_meanwhile_loses_nothing(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    wire.store.rules.remove(wire.rule.id, who="U1", now=wire.clock.now)
    deliver_at(wire, 15)
    wire.store.rules.restore(wire.rule.id, who="U1", now=wire.clock.now)
    deliver_at(wire, 20)
    assert wire.shown() == [(FIRST, None, False)]


def test_what_waits_goes_where_its_rule_was_moved_to(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    change(wire, channel="#other")
    deliver_at(wire, 20)
    assert [channel for channel, _, _ in wire.sink.visible] == ["#other"]
    assert wire.shown() == [(FIRST, None, False)]


def test_a_rule_that_comes_back_finds_what_waited_where_it_was(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    wire.report("harbour", FIRST)
    change(wire, channel="#other")
    deliver_at(wire, 15)
    change(wire, channel="#nk")
    deliver_at(wire, 20)
    assert [channel for channel, _, _ in wire.sink.visible] == ["#nk"]


def test_a_rule_that_was_always_elsewhere_gets_nothing_of_a_removed_one(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    elsewhere = add_rule(wire.store, "missile*", name="Waits", channel="#other")
    waiting = replace(elsewhere, min_outlets=3)
    wire.store.rules.edit(waiting, who="U1", now=START)
    wire.report("harbour", FIRST)
    wire.store.rules.remove(wire.rule.id, who="U1", now=wire.clock.now)
    deliver_at(wire, 20)
    assert wire.shown() == []


def test_a_louder_rule_wakes_a_story_that_waits(wire: Wire) -> None:
    change(wire, quiet_hours=NIGHT)
    flash = add_rule(wire.store, "declared", name="Flash")
    wire.store.rules.edit(replace(flash, level=Level.FLASH, quiet_hours=NIGHT), who="U1", now=START)
    wire.report("harbour", FIRST)
    assert wire.shown() == []
    wire.report("ledger", SECOND)
    assert wire.shown() == [(FIRST, None, False), (SECOND, "0.0", False)]


def test_one_that_was_tried_before_waits_too_and_stays_the_same(wire: Wire) -> None:
    change(wire, quiet_hours=QuietHours.of("14:05-20:00@UTC"))
    wire.sink.outcomes = [Unknown(reason="reset")]
    wire.report("harbour", FIRST)
    [tried] = wire.store.deliveries.posts(1)
    assert tried.state is DeliveryState.UNKNOWN
    deliver_at(wire, 14, 10)
    [post] = wire.store.deliveries.posts(1)
    assert (post.state, post.attempts) == (DeliveryState.PENDING, 1)
    assert (post.message, post.first_try_at) == (tried.message, tried.first_try_at)
    assert wire.shown() == []
    deliver_at(wire, 20)
    assert wire.shown() == [(FIRST, None, False)]


def flash_on_a_held_story(wire: Wire) -> None:
    flash = add_rule(wire.store, "declared", name="Flash")
    wire.store.rules.edit(replace(flash, level=Level.FLASH), who="U1", now=START)
    wire.report("ledger", SECOND)


def test_a_story_that_a_collection_stands_for_is_told_when_it_is_flash(wire: Wire) -> None:
    wire.courier = replace(wire.courier, budget=Budget(1))
    wire.report("harbour", FIRST)
    assert wire.store.deliveries.posts(1)[0].state is DeliveryState.HELD
    flash_on_a_held_story(wire)
    assert wire.shown()[1:] == [(FIRST, None, False), (SECOND, "1.0", False)]


@pytest.mark.parametrize(("is_restore", "state"), [(False, "sent"), (True, "held")])
def test_flash_waits_for_nobody_but_where_it_may_be_visible_already(
    wire: Wire, is_restore: bool, state: str
) -> None:
    store, now = wire.store, wire.clock.now
    outage = store.outages.add(began_at=START, ended_at=now, is_restore=is_restore)
    wire.report("harbour", FIRST)
    store._db.run(
        "update deliveries set state = 'held', ts = null, held_in = :id",
        {"id": stands_for(store, outage, "#nk", now)},
    )
    store._db.run("delete from deliveries where kind = 'reply'")
    flash_on_a_held_story(wire)
    assert store.deliveries.posts(1)[0].state.value == state


# ── threads, collections, what people ask for ─────────────────────────────────


def test_a_reply_goes_on_in_the_thread_and_one_for_the_channel_waits(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.store.channels.set_quiet_hours("#nk", QuietHours.of("14:30-20:00@UTC"))
    wire.report("ledger", SECOND)
    assert wire.shown() == [(FIRST, None, False), (SECOND, "0.0", False)]
    wire.report("monitor", THIRD)
    assert len(wire.shown()) == 2
    deliver_at(wire, 20)
    assert wire.shown()[2:] == [(THIRD, "0.0", True)], "it names a place that is new"


def test_a_flash_report_of_a_story_that_is_visible_is_heard(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    change(wire, quiet_hours=QuietHours.of("14:30-20:00@UTC"))
    flash = add_rule(wire.store, "declared", name="Flash")
    wire.store.rules.edit(replace(flash, level=Level.FLASH), who="U1", now=START)
    wire.report("ledger", SECOND)
    assert wire.shown()[1:] == [(SECOND, "0.0", True)]


def test_when_they_end_the_budget_collects_what_is_too_much() -> None:
    store = open_store("sqlite://")
    wire = Wire(store)
    wire.courier = replace(wire.courier, budget=Budget(3))
    store.channels.set_threads("#nk", "off")  # each is an alert of its own
    change(wire, quiet_hours=NIGHT)
    for number, what in enumerate(("port", "dam", "school", "bridge", "mill")):
        wire.report("harbour", f"Missile hits a {what}", guid=f"g{number}")
    assert wire.sink.visible == []
    deliver_at(wire, 20)
    deliver_at(wire, 20, 2)
    assert len(wire.sink.visible) == 3
    assert "3 more alerts, collected here" in wire.sink.edits[-1][2].text
    store.close()


def hold(store: Store, kind: str, now: datetime, *, priority: int = 0) -> None:
    """Owe a message that stands for one alert."""
    store.entries.start_story("s1", "One", now=now)
    outage = store.outages.add(began_at=now - timedelta(hours=3), ended_at=now, is_restore=False)
    held_in = (
        stands_for(store, outage, "#nk", now)
        if kind == "catchup"
        else store.deliveries.stand_in("#nk", kind, kind, now=now, due=now)
    )
    store.deliveries.queue("#nk", 1, "s1", priority=priority, now=now, held_in=held_in)


@pytest.mark.parametrize("kind", ["rolling", "catchup"])
def test_what_stands_for_others_waits_unless_one_of_them_is_flash(kind: str) -> None:
    for priority, ends in ((0, 20), (Level.URGENT.priority, 20), (Level.FLASH.priority, None)):
        store = open_store("sqlite://")
        store.channels.set_quiet_hours("#nk", NIGHT)
        now = START.replace(hour=14)
        hold(store, kind, now, priority=priority)
        delivery = store.deliveries.latest("#nk", kind, since=START)
        assert delivery is not None
        until = waits_until(store, delivery, now)
        assert until == (START.replace(hour=ends) if ends else None)
        store.close()


def test_a_notice_waits_for_its_channel(wire: Wire) -> None:
    wire.store.channels.set_quiet_hours("#nk", NIGHT)
    wire.clock.now = START.replace(hour=14)
    wire.store.deliveries.tell("#nk", "trouble:1", Message(text="A is failing"), now=wire.clock.now)
    wire.store.deliveries.tell("U1", "trouble:1", Message(text="for you"), now=wire.clock.now)
    share = Message(text="shared by Ana")
    wire.store.deliveries.tell("#nk", "share:1", share, now=wire.clock.now, kind="share")
    deliver_at(wire, 15)
    assert {message.text for _, _, message in wire.sink.visible} == {"for you", "shared by Ana"}
    deliver_at(wire, 20)
    assert wire.sink.texts() == ["shared by Ana", "A is failing"]


def test_what_a_person_asked_for_comes_at_once() -> None:
    store, clock, sink = open_store("sqlite://"), FakeClock(START.replace(hour=14)), RecordingSink()
    store.channels.set_quiet_hours("#nk", NIGHT)
    hold(store, "catchup", clock.now)
    catch_up = store.deliveries.latest("#nk", "catchup", since=START)
    assert catch_up is not None
    store.deliveries.let_go(catch_up.id, DeliveryState.PENDING, now=clock.now, tried_at=None)
    [post] = store.deliveries.posts(1)
    assert waits_until(store, post, clock.now) is None
    clock.forward(minutes=2)
    deliver_due(Courier(store, sink, clock))
    assert store.deliveries.waiting_quietly()[0] == 1, "only the catch-up message itself"
    store.close()


def test_an_edit_of_what_is_visible_does_not_wait(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.store.channels.set_quiet_hours("#nk", QuietHours.of("14:30-20:00@UTC"))
    wire.report("ledger", SECOND)
    assert "*2 outlets*" in wire.sink.edits[-1][2].text


def test_one_quiet_channel_holds_up_no_other(wire: Wire) -> None:
    wire.store.channels.set_quiet_hours("#nk", NIGHT)
    add_rule(wire.store, "missile*", channel="#other")
    wire.report("harbour", FIRST)
    wire.report("ledger", OTHER)
    assert wire.sink.texts("#nk") == []
    assert len(wire.sink.texts("#other")) == 2


# ── when the clocks change ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("evening", "slept_h"),
    [
        (datetime(2026, 3, 28, 21, 30, tzinfo=UTC), 7.5),  # forward in the night: 22:30 to 07:00
        (datetime(2026, 10, 24, 20, 30, tzinfo=UTC), 9.5),  # back in the night
        (datetime(2026, 11, 24, 21, 30, tzinfo=UTC), 8.5),
    ],
)
def test_hours_end_by_the_clocks_of_their_place(evening: datetime, slept_h: float) -> None:
    store, clock, sink = open_store("sqlite://"), FakeClock(evening), RecordingSink()
    store.channels.set_quiet_hours("#nk", QuietHours.of("22:00-07:00@Europe/Berlin"))
    store.deliveries.tell("#nk", "x", Message(text="good morning"), now=evening)
    courier = Courier(store, sink, clock)
    deliver_due(courier)
    clock.forward(hours=slept_h, seconds=-1)
    deliver_due(courier)
    assert sink.visible == []
    clock.forward(seconds=1)
    deliver_due(courier)
    assert sink.texts() == ["good morning"]
    store.close()


def test_slacks_pace_within_the_hours_does_not_shorten_them(wire: Wire) -> None:
    change(wire, quiet_hours=QuietHours.of("14:00-20:00@UTC"))
    wire.sink.outcomes = [Retry(after_s=60, reason="ratelimited")]
    wire.report("harbour", FIRST)
    assert wire.sink.outcomes, "nothing was tried"
    assert wire.shown() == []
