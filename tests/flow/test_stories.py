"""Reports of one event are one story: a post, replies in its thread, a counter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.catchup import post_all
from bot.compose import Budget, held_alerts
from bot.core.models import Delivery, DeliveryState, Feed, Level
from bot.deliver import Courier, deliver_due
from bot.poll import poll_due
from bot.store import Store, open_store
from bot.storyline import Storyline
from tests.flow.parts import (
    GAZETTEER,
    START,
    FakeClock,
    FakeFetch,
    RecordingSink,
    add_rule,
    fetched,
    make_poller,
    rss,
)

OUTLETS = ("harbour", "ledger", "monitor")
FIRST = "Satellite images show 13 undeclared missile bases in North Korea, study says"
SECOND = "Think tank locates 13 hidden missile bases of North Korea that it never declared"
THIRD = "Undeclared missile bases near Sohae in North Korea: satellite images and a study"
OTHER = "Missile strike on a grain port kills four in the south"


class Wire:
    """Three outlets, a rule, a channel."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.fetch = store, FakeClock(), FakeFetch()
        self.sink = RecordingSink()
        self.rule = add_rule(store, "missile*")
        self.entries: dict[str, list[tuple[str, str]]] = {outlet: [] for outlet in OUTLETS}
        for outlet in OUTLETS:
            store.feeds.add(Feed(url=address(outlet), title=outlet.title()), now=START)
        self.courier = Courier(store, self.sink, self.clock, budget=Budget(100))
        self.restart()
        self.poll()

    def restart(self) -> None:
        stories = Storyline(self.store, lambda: GAZETTEER)
        self.poller = make_poller(self.store, self.fetch, self.clock, stories)

    def report(self, outlet: str, title: str, guid: str = "") -> None:
        entries = self.entries[outlet]
        entries.append((guid or f"g{len(entries)}", title))
        self.poll()

    def poll(self) -> None:
        self.clock.forward(hours=1)
        self.store.beat(self.clock.now)
        for outlet in OUTLETS:
            site = f"https://{outlet}.example"
            body = rss(*self.entries[outlet], site=site)
            self.fetch.answers[address(outlet)] = fetched(body, url=address(outlet))
        self.store._db.run("update feeds set next_poll_at = 0")
        poll_due(self.poller)
        for _ in range(3):
            self.clock.forward(seconds=10)
            deliver_due(self.courier)

    def shown(self) -> list[tuple[str, str | None, bool]]:
        """Return what the channel got: the title of each, its thread, whether it was aloud."""
        titles = (FIRST, SECOND, THIRD, OTHER)
        return [
            (next((t for t in titles if t in message.text), message.text), thread, aloud)
            for (_, _, message), (thread, aloud) in zip(
                self.sink.visible, self.sink.threads, strict=True
            )
        ]


def address(outlet: str) -> str:
    return f"https://{outlet}.example/rss"


@pytest.fixture
def wire() -> Iterator[Wire]:
    store = open_store("sqlite://")
    yield Wire(store)
    store.close()


def test_another_outlets_report_goes_to_the_thread_and_the_counter_counts(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert wire.shown() == [(FIRST, None, False), (SECOND, "0.0", False)]
    channel, ts, message = wire.sink.edits[-1]
    assert (channel, ts) == ("#nk", "0.0")
    assert "*2 outlets* · Harbour, Ledger · last " in message.text


def test_another_event_is_another_post(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.report("ledger", OTHER)
    assert wire.shown() == [(FIRST, None, False), (OTHER, None, False)]
    assert wire.sink.edits == []


def test_a_copy_only_counts(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.report("ledger", FIRST)
    assert wire.shown() == [(FIRST, None, False)]
    assert "*2 outlets* · Harbour, Ledger" in wire.sink.edits[-1][2].text


def test_what_is_new_in_a_report_is_told_aloud_but_seldom(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.report("ledger", THIRD)
    assert wire.shown()[1] == (THIRD, "0.0", True)
    assert "new: Sohae" in wire.sink.visible[1][2].text
    wire.report("monitor", THIRD.replace("a study", "17 roads, a study"))
    assert wire.sink.threads[2:] == [("0.0", False)], "not again within two hours"


def test_a_louder_rule_on_a_known_story_is_told_aloud(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    loud = add_rule(wire.store, "tank", name="Tanks")
    wire.store._db.run(f"update rules set level = '{Level.URGENT}' where id = {loud.id}")
    wire.report("ledger", SECOND)
    assert wire.shown()[1] == (SECOND, "0.0", True)
    assert "Tanks (W2)" in wire.sink.edits[-1][2].text, "the post names both rules"


def test_a_report_no_rule_wants_only_counts(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    unnamed = SECOND.replace("missile bases", "rocket bases")
    wire.report("ledger", unnamed)
    assert wire.shown() == [(FIRST, None, False)]
    assert "*2 outlets*" in wire.sink.edits[-1][2].text


@pytest.mark.parametrize(("mode", "posts"), [("quiet", 1), ("off", 2)])
def test_nobody_is_forced_into_threads(wire: Wire, mode: str, posts: int) -> None:
    wire.store.channels.set_threads("#nk", mode)
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert [thread for _, thread, _ in wire.shown()] == [None] * posts
    if mode == "off":
        assert wire.shown()[1][0] == SECOND, "it tells its own report"
    assert "*2 outlets*" in wire.sink.edits[-1][2].text


def test_a_retitled_entry_edits_its_post_and_the_thread_keeps_the_old_title(wire: Wire) -> None:
    wire.report("harbour", FIRST, guid="g")
    wire.entries["harbour"] = [("g", f"CORRECTED: {THIRD}")]
    wire.poll()
    (_, _, message) = wire.sink.visible[1]
    assert wire.sink.threads[1] == ("0.0", True), "a correction is told aloud"
    assert f"correction · the title was: {FIRST}" in message.text.replace("∶", ":")
    assert "CORRECTED" in wire.sink.edits[-1][2].text


def test_stories_outlive_a_restart(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.restart()
    wire.report("ledger", SECOND)
    assert wire.shown()[1][1] == "0.0"


def test_a_failed_transaction_leaves_no_trace_in_memory(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    wire.entries["ledger"].append(("g0", SECOND))
    wire.store._db.run("alter table matches rename to elsewhere")
    with pytest.raises(Exception, match="matches"):
        wire.poll()
    wire.store._db.run("alter table elsewhere rename to matches")
    wire.poll()
    assert wire.shown() == [(FIRST, None, False), (SECOND, "0.0", False)]


def test_replies_keep_their_order_and_wait_for_their_post(wire: Wire) -> None:
    from bot.core.models import Unknown  # noqa: PLC0415 - only here

    wire.sink.outcomes = [Unknown(reason="reset")]
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    for _ in range(10):
        wire.clock.forward(seconds=30)
        deliver_due(wire.courier)
    assert wire.shown() == [(FIRST, None, False), (SECOND, "0.0", False)]


def test_a_rule_may_wait_for_a_second_independent_outlet(wire: Wire) -> None:
    wire.store.rules.edit(replace(wire.rule, min_outlets=2), who="U1", now=START)
    wire.report("harbour", FIRST)
    wire.report("ledger", FIRST)
    assert wire.shown() == [], "a copy is no second outlet"
    wire.report("monitor", SECOND.replace("missile bases", "rocket bases"))
    assert wire.shown() == [(FIRST, None, False)], "what fired first is shown, whoever confirms it"
    assert "*3 outlets*" in wire.sink.visible[0][2].text


def test_what_is_compared_by_is_forgotten_with_the_window(wire: Wire) -> None:
    wire.report("harbour", FIRST)
    assert wire.store.stories.forget(wire.clock.now - timedelta(hours=3)) == 0
    assert wire.store.stories.forget(wire.clock.now) == 1


# ── threads off, while another message stands for a story ─────────────────────


@pytest.fixture
def apart(wire: Wire) -> Wire:
    """Three outlets and a channel that wants each report as an alert of its own."""
    wire.store.channels.set_threads("#nk", "off")
    return wire


def go_away(wire: Wire, *, is_restore: bool = False) -> None:
    """Let nobody watch until shortly before the next report."""
    now = wire.clock.now
    wire.store.outages.add(
        began_at=now, ended_at=now + timedelta(minutes=59), is_restore=is_restore
    )


def catch_up(wire: Wire) -> Delivery:
    message = wire.store.deliveries.latest("#nk", "catchup", since=START)
    assert message is not None
    return message


def stand_behind(wire: Wire) -> int:
    return wire.store.deliveries.counts()[DeliveryState.HELD]


def flash(wire: Wire, query: str) -> None:
    rule = add_rule(wire.store, query, name="Flash")
    wire.store.rules.edit(replace(rule, level=Level.FLASH), who="U1", now=START)


def test_a_later_report_waits_behind_the_catch_up_message_with_its_story(apart: Wire) -> None:
    go_away(apart)
    apart.report("harbour", FIRST)
    apart.report("ledger", SECOND)
    apart.report("monitor", OTHER)
    assert [title for title, _, _ in apart.shown()] == [FIRST, OTHER]  # it sums FIRST up
    message = catch_up(apart)
    assert "2 matching entries in 1 story" in apart.sink.edits[-1][2].text
    assert apart.sink.edits[-1][2].text.count("\n") == 1, "a story is listed once"
    assert len(held_alerts(apart.store, message.id)) == 2
    assert post_all(apart.store, message.id, by="*Ana*", now=apart.clock.now) == 2
    apart.poll()
    assert [title for title, _, _ in apart.shown()][2:] == [FIRST, SECOND]
    apart.report("monitor", THIRD)
    assert [title for title, _, _ in apart.shown()][4:] == [THIRD]


def test_of_what_an_outage_held_a_flash_report_passes_only_if_it_is_live(apart: Wire) -> None:
    flash(apart, "study")
    go_away(apart, is_restore=True)
    apart.entries["ledger"].append(("g0", THIRD))
    apart.report("harbour", FIRST)
    assert stand_behind(apart) == 2
    assert "2 matching entries in 1 story" in apart.sink.texts()[0]
    apart.report("monitor", SECOND + ", study adds")
    assert stand_behind(apart) == 2
    assert "study adds" in apart.sink.texts()[1]


def test_a_louder_report_lets_its_story_out_and_the_others_wait_on(apart: Wire) -> None:
    flash(apart, "sohae")
    go_away(apart)
    apart.report("harbour", FIRST)
    apart.report("ledger", SECOND)
    apart.report("monitor", THIRD)
    assert [title for title, _, _ in apart.shown()][1:] == [FIRST, THIRD]
    assert [one.entry.title for one in held_alerts(apart.store, catch_up(apart).id)] == [SECOND]


def test_a_later_report_waits_behind_the_message_of_a_flood_with_its_story(apart: Wire) -> None:
    what = ("port", "dam", "school", "bridge", "mill", "train", "ship", "tower", "farm", "road")
    titles = [FIRST, *(f"Missile hits a {one}" for one in what)]
    apart.entries["harbour"] = [(f"g{n}", title) for n, title in enumerate(titles)]
    apart.poll()
    held, shown = stand_behind(apart), len(apart.sink.visible)
    assert FIRST not in str(apart.sink.texts())
    apart.report("ledger", SECOND)
    assert (stand_behind(apart), len(apart.sink.visible)) == (held + 1, shown)


def test_over_the_budget_a_later_report_waits_for_room_of_its_own(apart: Wire) -> None:
    apart.courier = replace(apart.courier, budget=Budget(2))
    apart.entries["harbour"] = [("g0", OTHER), ("g1", FIRST)]
    apart.poll()
    assert stand_behind(apart) == 1
    apart.report("ledger", SECOND)
    assert (stand_behind(apart), SECOND in apart.sink.texts()[-1]) == (1, True)
