"""From what is owed to one visible message, whatever the sink answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.core.models import (
    DeliveryState,
    Feed,
    Outcome,
    Rejected,
    Retry,
    Scope,
    Sent,
    Unknown,
)
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


class Post:
    """A store that owes entries, a sink, a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.sink = RecordingSink()
        self.courier = Courier(store, self.sink, self.clock)
        self.rule = add_rule(store, "missile")

    def owe(self, *titles: str) -> None:
        fetch = FakeFetch()
        self.store.feeds.add(Feed(url="https://a.example/rss"), now=START)
        poller = make_poller(self.store, fetch, self.clock)
        entries = [(f"k{n}", title) for n, title in enumerate(titles)]
        for body in (rss(), rss(*entries)):
            self.clock.forward(hours=2)
            fetch.answers["https://a.example/rss"] = fetched(body)
            poll_due(poller)

    def deliver(self, *outcomes: Outcome, after_s: float = 0) -> None:
        self.clock.forward(seconds=after_s)
        self.sink.outcomes.extend(outcomes)
        deliver_due(self.courier)

    def state(self, state: DeliveryState) -> int:
        return self.store.deliveries.counts()[state]


@pytest.fixture
def post() -> Iterator[Post]:
    store = open_store("sqlite://")
    yield Post(store)
    store.close()


def test_an_alert_is_sent_once_and_says_why(post: Post) -> None:
    post.owe("A missile is seen near Sohae")
    post.deliver()
    post.deliver(after_s=100)
    (text,) = post.sink.texts()
    assert "A missile is seen near Sohae" in text
    assert "why: " in text
    assert post.state(DeliveryState.SENT) == 1


def test_a_channel_gets_one_message_a_second(post: Post) -> None:
    post.owe("First missile", "Second missile", "Third missile")
    for seen in (1, 2, 3):
        post.deliver()
        assert len(post.sink.visible) == seen
        post.clock.forward(seconds=1)


def test_one_channel_holds_up_no_other(post: Post) -> None:
    add_rule(post.store, "missile", channel="#else")
    post.owe("A missile")
    post.deliver(Retry(after_s=60, reason="ratelimited"))
    assert len(post.sink.visible) == 1
    post.deliver(after_s=59)
    assert len(post.sink.visible) == 1
    post.deliver(after_s=1)
    assert {channel for channel, _, _ in post.sink.visible} == {"#nk", "#else"}


def test_an_unanswered_send_is_looked_up_before_anything_else(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.sink.found = lambda _: Sent(ts="7.0")
    post.deliver(after_s=40)
    assert post.state(DeliveryState.UNKNOWN) == 1, "looked up while it may still be in flight"
    post.deliver(after_s=6)
    assert (post.state(DeliveryState.SENT), post.sink.visible) == (1, [])


def test_it_is_sent_again_only_after_a_complete_look_that_shows_nothing(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="timeout"))
    post.sink.found = lambda _: Unknown(reason="429 while reading")
    post.deliver(after_s=60)
    assert (post.state(DeliveryState.UNKNOWN), post.sink.visible) == (1, [])
    post.sink.found = lambda _: None
    post.deliver(after_s=60)
    assert len(post.sink.visible) == 1


def test_every_attempt_sends_the_same(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Retry(after_s=1, reason="ratelimited"))
    frozen = post.store._db.row("select message from deliveries")
    post.store._db.run("update entries set title = 'Changed since'")
    post.deliver(after_s=1)
    assert "A missile" in post.sink.texts()[0]
    assert frozen == post.store._db.row("select message from deliveries")


def test_a_sender_that_died_mid_send_is_looked_up(post: Post) -> None:
    post.owe("A missile")
    now = post.clock.now
    post.store.deliveries.claim(lease="dead", lease_until=now + timedelta(seconds=60), now=now)
    post.deliver(after_s=59)
    assert post.sink.visible == []
    post.deliver(after_s=2)
    assert len(post.sink.visible) == 1


def test_a_refused_channel_is_paused_and_its_queue_kept(post: Post) -> None:
    refusal = Rejected(reason="not_in_channel", advice="/invite @Watchdesk", scope=Scope.CHANNEL)
    post.owe("First missile", "Second missile")
    post.deliver(refusal)
    (paused,) = post.store.deliveries.paused()
    assert (paused.name, paused.advice) == ("#nk", "/invite @Watchdesk")
    assert (post.state(DeliveryState.PENDING), post.sink.visible) == (2, [])
    post.deliver(after_s=301)
    assert post.store.deliveries.paused() == []
    post.deliver(after_s=1)
    assert len(post.sink.visible) == 2


def test_a_dead_installation_stops_every_channel(post: Post) -> None:
    add_rule(post.store, "missile", channel="#else")
    post.owe("A missile")
    post.deliver(Rejected(reason="token_revoked", advice="a new token", scope=Scope.INSTALLATION))
    assert [one.name for one in post.store.deliveries.paused()] == ["#else", "#nk"]
    assert post.state(DeliveryState.PENDING) == 2


def test_a_message_slack_cannot_take_becomes_a_dead_letter(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Rejected(reason="invalid_blocks", advice="", scope=Scope.DELIVERY))
    (dead,) = post.store.deliveries.dead()
    assert dead.reason == "invalid_blocks"


def test_an_alert_whose_rule_was_removed_meanwhile_is_not_sent(post: Post) -> None:
    post.owe("A missile")
    post.store.rules.remove(post.rule.id, who="U1", now=post.clock.now)
    post.deliver()
    assert post.sink.visible == []
    (dead,) = post.store.deliveries.dead()
    assert dead.reason == "its rules were removed before it went"


def test_two_rules_of_a_channel_make_one_message_naming_both(post: Post) -> None:
    add_rule(post.store, "Sohae", name="Launch site")
    post.owe("A missile is seen near Sohae")
    post.deliver()
    (text,) = post.sink.texts()
    assert "Launch site" in text
    assert "missile" in text


def test_look_ups_and_alerts_take_turns(post: Post) -> None:
    add_rule(post.store, "missile", channel="#else")
    looked_up = []

    def look(_: str) -> Unknown:
        looked_up.append(len(post.sink.visible))
        return Unknown(reason="no history")

    post.sink.found = look
    post.owe("First missile")
    post.deliver(Unknown(reason="reset"), Unknown(reason="reset"))
    post.owe("First missile", "Second missile")
    post.deliver()
    assert looked_up == [1, 2], "an alert went before each look-up"


def test_a_server_in_trouble_is_not_asked_at_full_speed(post: Post) -> None:
    post.owe("First missile", "Second missile", "Third missile")
    post.deliver(*[Unknown(reason="HTTP 503")] * 3)
    assert (post.state(DeliveryState.UNKNOWN), post.state(DeliveryState.PENDING)) == (1, 2)


def test_an_alert_that_cannot_be_shown_stops_no_other(post: Post) -> None:
    post.owe("First missile", "Second missile")
    post.store._db.run("update matches set why = 'nonsense' where entry_id = 1")
    post.deliver()
    post.deliver(after_s=1)
    assert len(post.sink.visible) == 1
    (dead,) = post.store.deliveries.dead()
    assert dead.reason == "could not be shown (JSONDecodeError): please report it"


def test_a_stop_leaves_the_rest_owed(post: Post) -> None:
    add_rule(post.store, "missile", channel="#else")
    post.owe("A missile")
    assert deliver_due(post.courier, stopped=lambda: len(post.sink.visible) == 1) == 1
    assert post.state(DeliveryState.PENDING) == 1
