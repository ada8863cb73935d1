"""What a rule has set decides what follows when it fires: an alert, or only a line of a digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import retell
from bot.core.models import DeliveryState, Mode, Rule, Threads
from bot.digest import Question, build_digest
from bot.store import open_store
from tests.flow.parts import GAZETTEER, START, add_rule
from tests.flow.test_stories import FIRST, SECOND, Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    store = open_store("sqlite://")
    yield Wire(store)
    store.close()


def change(wire: Wire, **settings: object) -> Rule:
    """Let somebody edit the rule of the wire."""
    rule = wire.store.rules.get(wire.rule.id)
    assert rule is not None
    edited = replace(rule, **settings)  # type: ignore[arg-type]
    return wire.store.rules.edit(edited, who="U1", now=wire.clock.now)


# ── instant or digest ─────────────────────────────────────────────────────────


def test_a_rule_for_digests_owes_no_alert_and_is_in_the_digest(wire: Wire) -> None:
    change(wire, mode=Mode.DIGEST)
    wire.report("harbour", FIRST)
    assert wire.shown() == []
    assert sum(wire.store.deliveries.counts().values()) == 0
    now = wire.clock.now
    question = Question(since=now - timedelta(days=1), until=now, period="today")
    [story] = build_digest(wire.store, GAZETTEER, question).stories
    assert (story.title, story.rules) == (FIRST, (wire.rule.id,))


def test_an_alert_names_only_the_rules_that_asked_for_one(wire: Wire) -> None:
    change(wire, mode=Mode.DIGEST, name="Quiet one")
    add_rule(wire.store, "study", name="Loud one")
    wire.report("harbour", FIRST)
    [text] = wire.sink.texts()
    assert "Loud one (W2)" in text
    assert "Quiet one" not in text


def test_a_later_report_that_only_a_digest_wants_is_counted_not_told(wire: Wire) -> None:
    change(wire, mode=Mode.DIGEST)
    add_rule(wire.store, '"satellite images"')
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert wire.shown() == [(FIRST, None, False)]
    assert "*2 outlets*" in wire.sink.edits[-1][2].text


def test_a_rule_that_became_one_for_digests_takes_back_what_it_still_owes(wire: Wire) -> None:
    wire.store.channels.pace("#nk", not_before=START + timedelta(days=1))
    wire.report("harbour", FIRST)
    change(wire, mode=Mode.DIGEST)
    wire.clock.forward(days=1)
    wire.poll()
    assert wire.shown() == []
    [dead] = wire.store.deliveries.dead()
    assert dead.reason == "no rule wants it any more: removed or changed before it went"


def test_what_is_visible_goes_on_counting_for_a_rule_that_became_one_for_digests(
    wire: Wire,
) -> None:
    wire.report("harbour", FIRST)
    change(wire, mode=Mode.DIGEST)
    wire.report("ledger", SECOND)
    assert wire.shown() == [(FIRST, None, False)]
    assert "*2 outlets*" in wire.sink.edits[-1][2].text


def test_a_digest_rule_that_waits_for_outlets_alerts_nobody_when_they_came(wire: Wire) -> None:
    change(wire, mode=Mode.DIGEST, min_outlets=2)
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert wire.shown() == []


def test_a_report_taken_out_of_its_story_alerts_no_rule_for_digests(wire: Wire) -> None:
    change(wire, mode=Mode.DIGEST)
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    report = wire.store.entries.of_story(1)[-1]
    retell.split(wire.store, report, now=wire.clock.now)
    assert wire.store.deliveries.counts()[DeliveryState.PENDING] == 0


# ── threads ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("channel", "own", "shown"),
    [
        ("off", Threads.ON, [(FIRST, None, False), (SECOND, "0.0", False)]),
        ("on", Threads.OFF, [(FIRST, None, False), (SECOND, None, False)]),
        ("on", Threads.QUIET, [(FIRST, None, False)]),
        ("quiet", None, [(FIRST, None, False)]),
    ],
)
def test_a_rule_may_have_its_stories_told_otherwise_than_its_channel(
    wire: Wire, channel: str, own: Threads | None, shown: list[object]
) -> None:
    wire.store.channels.set_threads("#nk", channel)
    change(wire, threads=own)
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert wire.shown() == shown


def test_of_several_rules_that_fire_the_most_audible_counts(wire: Wire) -> None:
    change(wire, threads=Threads.QUIET)
    add_rule(wire.store, "satellite OR hidden", name="As the channel")
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert wire.shown() == [(FIRST, None, False), (SECOND, "0.0", False)]


def test_a_rule_elsewhere_or_for_digests_has_no_say_in_it(wire: Wire) -> None:
    for name, channel, mode in (("a", "#other", Mode.INSTANT), ("b", "#nk", Mode.DIGEST)):
        rule = add_rule(wire.store, "missile*", channel=channel, name=name)
        edited = replace(rule, threads=Threads.OFF, mode=mode)
        wire.store.rules.edit(edited, who="U1", now=START)
    change(wire, threads=Threads.QUIET)
    wire.report("harbour", FIRST)
    wire.report("ledger", SECOND)
    assert len(wire.sink.texts("#nk")) == 1


def test_a_changed_title_is_told_as_the_rule_has_it(wire: Wire) -> None:
    change(wire, threads=Threads.QUIET)
    wire.report("harbour", FIRST, guid="g1")
    wire.entries["harbour"] = [("g1", f"{FIRST} (corrected)")]
    wire.poll()
    assert wire.shown() == [(FIRST, None, False)]
