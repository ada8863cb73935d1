"""A burst of news, through polling and delivery: one message, once, to who watches for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.asked import Asked
from bot.catchup import beat
from bot.core.models import Entry, Feed, Mode, Outcome, Rule, Unknown
from bot.core.quiet import QuietHours
from bot.deliver import Courier, deliver_due
from bot.poll import poll_due
from bot.spikes import KEPT, Lookout
from bot.store import Store, open_store
from bot.store.mutes import Mute
from bot.store.times import FOREVER
from bot.storyline import Placed, Storyline
from tests.flow.parts import (
    GAZETTEER,
    START,
    Apart,
    FakeClock,
    FakeFetch,
    RecordingSink,
    add_rule,
    fetched,
    make_poller,
    rss,
)
from tests.servers.block_kit import problems
from tests.torture.words import invented

OUTLETS = ("harbour", "ledger", "monitor")
QUIET = QuietHours(start=time(11), end=time(15), zone="UTC")


class Copies(Storyline):
    """Takes every entry after the first for a copy of it that tells a story of its own."""

    def place(self, entry: Entry, now: datetime) -> Placed:
        return replace(super().place(entry, now), story_id=None, kind="copy", news=())


class World:
    """Three outlets that have been watched for a month, and a channel."""

    def __init__(self, store: Store, stories: type[Storyline] = Apart) -> None:
        self.store, self.clock, self.fetch = store, FakeClock(), FakeFetch()
        self.sink = RecordingSink()
        self.courier = Courier(store, self.sink, self.clock, pace=timedelta(0))
        self.stories = stories
        self.said = 0
        for outlet in OUTLETS:
            store.feeds.add(Feed(url=address(outlet), title=outlet.title()), now=START)
        self.restart()

    def restart(self) -> None:
        """Begin anew with nothing in memory."""
        poller = make_poller(
            self.store, self.fetch, self.clock, self.stories(self.store, lambda: GAZETTEER)
        )
        self.poller = replace(poller, spikes=Lookout(self.store, lambda: GAZETTEER))

    def watch(self, query: str, channel: str = "#nk", days: int = 10) -> Rule:
        """Add a rule, and let it be awake for some days."""
        rule = add_rule(self.store, query, channel)
        self.publish("Nothing of note")
        self.clock.forward(days=days)
        return rule

    def publish(self, *titles: str) -> None:
        """Let the outlets, one after the other, bring titles; poll and deliver."""
        items: dict[str, list[tuple[str, str]]] = {outlet: [] for outlet in OUTLETS}
        for title in titles:
            self.said += 1
            outlet = OUTLETS[self.said % 3]
            items[outlet].append((f"g{self.said}", f"{title} {invented(self.said)}"))
        self.clock.forward(minutes=1)
        for outlet, entries in items.items():
            body = rss(*entries, site=f"https://{outlet}.example")
            self.fetch.answers[address(outlet)] = fetched(body, url=address(outlet))
        self.store._db.run("update feeds set next_poll_at = 0, baseline_at = 1")
        self.store.beat(self.clock.now)
        poll_due(self.poller)
        self.deliver()

    def deliver(self) -> None:
        for _ in range(3):
            self.clock.forward(seconds=1)
            deliver_due(self.courier)

    def spikes(self, channel: str = "#nk") -> list[str]:
        """Return the first lines of the bursts that a channel was told of."""
        return [text.splitlines()[0] for text in self.sink.texts(channel) if " in 2 h, " in text]


def address(outlet: str) -> str:
    return f"https://{outlet}.example/rss"


@pytest.fixture
def store() -> Iterator[Store]:
    store = open_store("sqlite://")
    yield store
    store.close()


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_a_burst_is_one_message_with_its_top_stories(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 4)
    assert world.spikes() == []
    world.publish("Pyongyang speaks")
    assert world.spikes() == ["*North Korea*: 5 stories in 2 h, usually none"]
    message = next(m for _, _, m in world.sink.visible if "in 2 h" in m.text)
    assert problems({"text": message.text, "blocks": list(message.blocks)}) == []
    assert message.text.count("https://") == 3
    said = str(message.blocks)
    assert "3 outlets" in said
    assert "(W1)" in said
    assert "`/watch spikes off`" in said


def test_for_six_hours_more_of_it_is_no_news(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 6)
    world.clock.forward(hours=5)
    world.publish(*["Pyongyang speaks"] * 6)
    assert len(world.spikes()) == 1
    world.clock.forward(hours=12)
    world.publish(*["Pyongyang speaks"] * 6)
    assert len(world.spikes()) == 2


def test_a_new_rule_does_not_judge_by_an_empty_past(world: World) -> None:
    world.watch('location:"North Korea"', days=6)
    world.publish(*["Pyongyang speaks"] * 9)
    assert world.spikes() == []


def test_days_on_which_nobody_watched_say_nothing(world: World) -> None:
    world.watch('location:"North Korea"', days=8)
    now = world.clock.now
    began = now - timedelta(days=3, minutes=30)
    world.store.outages.add(began_at=began, ended_at=now - timedelta(days=1), is_restore=False)
    world.publish(*["Pyongyang speaks"] * 9)
    assert world.spikes() == []


def test_a_changed_rule_begins_anew(world: World) -> None:
    rule = world.watch("zebra")
    changed = replace(rule, query='location:"North Korea"')
    world.store.rules.edit(changed, who="U1", now=world.clock.now)
    world.clock.forward(days=6)
    world.publish(*["Pyongyang speaks"] * 9)
    assert world.spikes() == []
    world.clock.forward(days=3)
    world.publish(*["Pyongyang speaks"] * 9)
    assert len(world.spikes()) == 1


def test_what_only_changed_or_was_copied_does_not_count(store: Store) -> None:
    world = World(store, Copies)
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 9)
    assert world.spikes() == []
    assert store._db.rows("select * from sightings") == []


def test_old_news_that_come_late_do_not_count(world: World) -> None:
    world.watch('location:"North Korea"')
    dated = "Fri, 08 May 2026 12:00:00 GMT"
    items = "".join(
        f"<item><guid>{n}</guid><title>Pyongyang {invented(n)}</title>"
        f"<link>https://{OUTLETS[n % 3]}.example/{n}</link><pubDate>{dated}</pubDate></item>"
        for n in range(9)
    )
    body = f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()
    world.fetch.answers[address("harbour")] = fetched(body, url=address("harbour"))
    world.store._db.run("update feeds set next_poll_at = 0")
    poll_due(world.poller)
    world.deliver()
    assert world.spikes() == []


def test_after_an_outage_what_has_no_date_is_no_burst(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish("Nothing of note")
    world.clock.forward(hours=5)
    beat(world.store, world.clock.now)
    world.publish(*["Pyongyang speaks"] * 9)
    assert world.spikes() == []
    assert world.store.sightings.within("loc:KP", START, world.clock.now) == []


def test_the_narrowest_place_is_told_and_not_the_one_around_it(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish(*["Launch pad at Sohae"] * 6)
    assert world.spikes() == ["*Sohae, North Korea*: 6 stories in 2 h, usually none"]
    world.publish(*["Launch pad at Sohae"] * 6)
    assert len(world.spikes()) == 1


def test_a_rule_without_places_has_bursts_of_its_own(world: World) -> None:
    world.watch("landmine*")
    world.publish(*["Landmines found"] * 6)
    assert world.spikes() == ["*landmine∗ (W1)*: 6 stories in 2 h, usually none"]


def test_a_channel_hears_what_its_own_rules_ask_for(world: World) -> None:
    world.watch("location:Sohae", "#sohae", days=0)
    world.watch('location:"North Korea"', "#nk")
    world.publish(*["Pyongyang speaks"] * 6)
    assert len(world.spikes("#nk")) == 1
    assert world.spikes("#sohae") == []


@pytest.mark.parametrize(
    "silence",
    [
        lambda world, rule: world.store.rules.pause(
            rule, until=FOREVER, who="U1", now=world.clock.now
        ),
        lambda world, rule: world.store.rules.edit(
            replace(rule, mode=Mode.DIGEST), who="U1", now=world.clock.now
        ),
        lambda world, _: world.store.channels.set_spikes("#nk", "off"),
        lambda world, rule: world.store.mutes.add(
            Mute(what="rule", channel="#nk", rule_id=rule.id, until=FOREVER), now=world.clock.now
        ),
        lambda world, rule: world.store.rules.edit(
            replace(rule, quiet_hours=QUIET), who="U1", now=world.clock.now
        ),
    ],
    ids=[
        "a paused rule",
        "a rule for digests",
        "a channel that wants none",
        "a muted rule",
        "a rule at night",
    ],
)
def test_who_wants_to_hear_nothing_hears_nothing(
    world: World, silence: Callable[[World, Rule], object]
) -> None:
    rule = world.watch('location:"North Korea"')
    silence(world, rule)
    world.publish(*["Pyongyang speaks"] * 9)
    assert world.spikes() == []


def test_quiet_hours_of_the_channel_hold_it_back(world: World) -> None:
    world.watch('location:"North Korea"')
    world.store.channels.set_quiet_hours("#nk", QUIET)
    world.publish(*["Pyongyang speaks"] * 6)
    assert world.spikes() == []
    world.clock.forward(hours=4)
    world.deliver()
    assert len(world.spikes()) == 1


def test_a_muted_story_does_not_count(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 4)
    (story,) = world.store._db.rows("select max(story_id) as id from sightings")
    mute = Mute(what="story", channel="#nk", story_id=story["id"], until=FOREVER)
    world.store.mutes.add(mute, now=world.clock.now)
    world.publish("Pyongyang speaks")
    assert world.spikes() == []
    world.publish("Pyongyang speaks")
    assert len(world.spikes()) == 1


@pytest.mark.parametrize("ends", [True, False], ids=["it ended", "it was resumed"])
def test_a_rule_that_slept_is_judged_by_the_days_it_was_awake(world: World, ends: bool) -> None:
    rule, now = world.watch("landmine*"), world.clock.now
    until = now + timedelta(days=3) if ends else FOREVER
    paused = world.store.rules.pause(rule, until=until, who="U1", now=now)
    world.clock.forward(days=3)
    if not ends:
        world.store.rules.resume(paused, who="U1", now=world.clock.now)
    world.publish(*["Landmines found"] * 9)
    assert world.spikes() == []
    world.clock.forward(days=9)
    world.publish(*["Landmines found"] * 9)
    assert len(world.spikes()) == 1


def test_a_channel_is_told_of_three_bursts_at_most(world: World) -> None:
    words = ("landmine", "glacier", "tariff", "eclipse")
    for word in words[:-1]:
        world.watch(word, days=0)
    world.watch(words[-1])
    for word in words:
        world.publish(*[f"The {word} of today"] * 6)
    assert len(world.spikes()) == 3


def test_a_crash_neither_loses_nor_doubles_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    store = open_store(url)
    world = World(store)
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 4)
    outcomes: list[Outcome] = [Unknown(reason="the line went dead")] * 9
    world.sink.outcomes = outcomes
    world.publish("Pyongyang speaks")
    assert world.spikes() == []
    store.close()
    world.store = open_store(url)
    world.courier = replace(world.courier, store=world.store)
    world.restart()
    world.sink.outcomes = []
    world.publish("Pyongyang speaks")
    world.clock.forward(minutes=5)
    world.deliver()
    assert world.spikes() == ["*North Korea*: 5 stories in 2 h, usually none"]
    world.store.close()


def test_a_poll_that_fails_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.watch('location:"North Korea"')

    def burn(*_: object, **__: object) -> None:
        raise KeyError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr("bot.poll.health.listened", burn)
        world.publish(*["Pyongyang speaks"] * 9)
    assert world.store._db.rows("select * from sightings") == []
    world.publish(*["Pyongyang speaks"] * 9)
    assert len(world.spikes()) == 1


def test_sightings_are_forgotten_after_a_month(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 6)
    world.clock.forward(days=30)
    assert world.store.sightings.forget(world.clock.now - KEPT) == 2 * 6
    assert world.store._db.rows("select * from spikes") == []


def test_what_a_message_says_is_forgotten_with_the_entries(world: World) -> None:
    world.watch('location:"North Korea"')
    world.publish(*["Pyongyang speaks"] * 6)
    world.clock.forward(days=100)
    now = world.clock.now
    for _ in world.store.retention.prune(now - timedelta(days=90), now=now):
        pass
    (spike,) = world.store._db.rows("select message from deliveries where kind = 'spike'")
    assert spike["message"] is None


def test_the_names_of_a_removed_rule_are_looked_for_no_longer(world: World) -> None:
    rule = world.watch('location:"North Korea"')
    world.publish("Pyongyang speaks")
    world.store.rules.remove(rule.id, who="U1", now=world.clock.now)
    world.publish("Pyongyang speaks")
    assert len(world.store._db.rows("select * from sightings where subject = 'loc:KP'")) == 1


def test_what_is_asked_for_follows_rules_and_names(store: Store) -> None:
    known = [GAZETTEER]
    asked = Asked(store, lambda: known[0])

    def rules() -> set[int]:
        asked.catch_up()
        return asked.by("loc:KP/sohae")

    wide = add_rule(store, 'location:"North Korea" OR location:DPRK')
    assert rules() == {wide.id}
    narrow = add_rule(store, "location:Sohae -location:DPRK")
    assert rules() == {wide.id, narrow.id}
    store.rules.edit(replace(wide, query="missile"), who="U1", now=START)
    assert rules() == {narrow.id}
    known[0] = GAZETTEER.with_team([])
    assert rules() == {narrow.id}
    store.rules.remove(narrow.id, who="U1", now=START)
    assert rules() == set()
