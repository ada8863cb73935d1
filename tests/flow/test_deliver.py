"""From what is owed to one visible message, whatever the sink answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.compose import Budget
from bot.core.models import (
    DeliveryState,
    Feed,
    Level,
    Message,
    Outcome,
    Rejected,
    Retry,
    Scope,
    Unknown,
    Unreadable,
)
from bot.core.render import ROLLING_LINES
from bot.deliver import LEASE, Courier, deliver_due
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
        for count in (0, *range(8, len(entries) + 8, 8)):  # a few at a time: no flood
            self.clock.forward(hours=2)
            fetch.answers["https://a.example/rss"] = fetched(rss(*entries[:count]))
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
    post.sink.found = lambda _: ("7.0",)
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
    post.sink.found = lambda _: ()
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
    (paused,) = post.store.channels.paused()
    assert (paused.name, paused.advice) == ("#nk", "/invite @Watchdesk")
    assert (post.state(DeliveryState.PENDING), post.sink.texts()) == (2, [])
    post.deliver(after_s=301)
    assert post.store.channels.paused() == []
    post.deliver(after_s=1)
    assert len(post.sink.texts()) == 2


def test_the_owner_is_told_once_that_a_channel_refuses_and_that_it_works_again(post: Post) -> None:
    refusal = Rejected(reason="is_archived", advice="Unarchive #nk.", scope=Scope.CHANNEL)
    post.owe("First missile", "Second missile")
    post.deliver(refusal)
    post.deliver(refusal, after_s=301)
    (told,) = post.sink.texts("U1")
    assert "Slack refuses alerts for #nk (isˍarchived)." in told
    assert "2 alerts are kept, nothing is lost.\nUnarchive #nk." in told
    post.deliver(after_s=301)
    post.deliver(after_s=10)
    ((channel, _, message),) = post.sink.edits
    assert (channel, message.text) == ("U1", ":arrow_forward: #nk takes alerts again.")
    post.owe("First missile", "Second missile", "Third missile")
    post.deliver(refusal)
    post.deliver(after_s=10)
    assert len(post.sink.texts("U1")) == 2, "a new refusal is a new message"


def test_a_channel_that_was_resumed_by_hand_says_so_when_it_works(post: Post) -> None:
    post.owe("First missile")
    post.deliver(Rejected(reason="is_archived", advice="", scope=Scope.CHANNEL))
    post.store.channels.resume("#nk", now=post.clock.now)
    post.deliver(after_s=2)
    post.deliver(after_s=10)
    assert [edit[2].text for edit in post.sink.edits] == [":arrow_forward: #nk takes alerts again."]


def test_admins_hear_of_channels_whose_rules_belong_to_a_file(post: Post) -> None:
    post.courier = replace(post.courier, admins=("U9", "U8"))
    post.store._db.run("update rules set owner = 'feeds.yaml'")
    post.owe("A missile")
    post.deliver(Rejected(reason="is_archived", advice="", scope=Scope.CHANNEL))
    assert (len(post.sink.texts("U8")), len(post.sink.texts("U9"))) == (1, 1)


def test_a_dead_installation_stops_every_channel(post: Post) -> None:
    add_rule(post.store, "missile", channel="#else")
    post.owe("A missile")
    post.deliver(Rejected(reason="token_revoked", advice="a new token", scope=Scope.INSTALLATION))
    assert [one.name for one in post.store.channels.paused()] == ["*"]
    assert (post.state(DeliveryState.PENDING), post.sink.visible) == (2, [])
    post.deliver(after_s=301)
    assert post.store.channels.paused() == []
    assert len(post.sink.visible) == 2


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
    assert dead.reason == "no rule wants it any more: removed or changed before it went"


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


# ── where nobody can look ──


def test_a_repeat_is_better_than_a_loss_and_says_what_it_is(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.sink.found = lambda _: Unreadable(reason="missing_scope")
    post.deliver(after_s=60)
    (text,) = post.sink.texts()
    assert text.startswith("(possible repeat) ")
    assert "possible repeat" in str(post.sink.visible[0][2].blocks[-1])


def test_a_place_that_lets_nobody_look_for_the_moment_is_asked_again(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.sink.found = lambda _: Unreadable(reason="not_in_channel", for_good=False)
    post.deliver(after_s=60)
    assert (post.state(DeliveryState.UNKNOWN), post.sink.visible) == (1, [])
    post.deliver(after_s=3600)
    assert post.sink.texts()[0].startswith("(possible repeat) ")


# ── doubles ──


def test_a_late_double_is_swept_up(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.deliver(after_s=60)
    assert post.state(DeliveryState.SENT) == 1
    post.sink.found = lambda _: ("5.0", "6.0", "7.0")
    post.deliver(after_s=40)
    assert post.sink.deleted == [], "a request may still be in flight"
    post.deliver(after_s=10)
    assert post.sink.deleted == ["6.0", "7.0"]
    post.sink.deleted.clear()
    post.deliver(after_s=600)
    assert post.sink.deleted == []


def test_doubles_found_while_looking_are_swept_up_too(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.sink.found = lambda _: ("5.0", "6.0")
    post.deliver(after_s=60)
    assert (post.sink.deleted, post.sink.visible) == (["6.0"], [])
    assert post.state(DeliveryState.SENT) == 1


@pytest.mark.parametrize(
    ("found", "refusal"),
    [
        (Unknown(reason="429"), None),
        (("5.0", "6.0"), Retry(after_s=1, reason="ratelimited")),
    ],
)
def test_a_sweep_that_failed_is_repeated(
    post: Post, found: tuple[str, ...] | Unknown, refusal: Outcome | None
) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.deliver(after_s=60)
    post.sink.found = lambda _: found
    post.deliver(*([refusal] if refusal else []), after_s=60)
    assert post.sink.deleted == []
    post.sink.found = lambda _: ("5.0", "6.0")
    post.deliver(after_s=61)
    assert post.sink.deleted == ["6.0"]


def test_where_nobody_can_look_nothing_is_swept(post: Post) -> None:
    post.owe("A missile")
    post.deliver(Unknown(reason="reset"))
    post.sink.found = lambda _: Unreadable(reason="missing_scope")
    post.deliver(after_s=60)
    post.deliver(after_s=60)
    post.sink.found = lambda _: ("5.0", "6.0")
    post.deliver(after_s=600)
    assert post.sink.deleted == []


# ── messages that change ──


def tell(post: Post, text: str) -> None:
    post.store.deliveries.tell("#nk", "feed:7", Message(text=text), now=post.clock.now)


def test_a_notice_changes_instead_of_coming_again(post: Post) -> None:
    tell(post, "F7 fails")
    tell(post, "F7 fails still")
    post.deliver()
    assert post.sink.texts() == ["F7 fails still"]
    tell(post, "F7 fails still")
    post.deliver(after_s=10)
    assert post.sink.edits == []
    tell(post, "F7 is back")
    post.deliver(after_s=10)
    post.deliver(after_s=10)
    assert [(ts, message.text) for _, ts, message in post.sink.edits] == [("0.0", "F7 is back")]


@pytest.mark.parametrize(
    ("outcome", "tries_again"),
    [
        (Unknown(reason="reset"), True),
        (Retry(after_s=5, reason="ratelimited"), True),
        (Rejected(reason="is_archived", advice="", scope=Scope.CHANNEL), True),
        (Rejected(reason="message_not_found", advice="", scope=Scope.DELIVERY), False),
    ],
)
def test_an_edit_that_failed(post: Post, outcome: Outcome, tries_again: bool) -> None:
    tell(post, "F7 fails")
    post.deliver()
    tell(post, "F7 is back")
    post.deliver(outcome, after_s=10)
    assert post.sink.edits == []
    post.deliver(after_s=400)
    assert len([edit for edit in post.sink.edits if edit[0] == "#nk"]) == tries_again
    assert len(post.sink.texts()) == 1


def test_an_editor_that_died_is_replaced(post: Post) -> None:
    tell(post, "F7 fails")
    post.deliver()
    tell(post, "F7 is back")
    post.clock.forward(seconds=10)
    now = post.clock.now
    post.store.deliveries.claim_stale(lease="dead", lease_until=now + LEASE, now=now)
    post.deliver(after_s=59)
    assert post.sink.edits == []
    post.deliver(after_s=2)
    assert len(post.sink.edits) == 1


def test_what_was_found_is_brought_up_to_date(post: Post) -> None:
    tell(post, "F7 fails")
    post.deliver(Unknown(reason="reset"))
    tell(post, "F7 is back")
    post.sink.found = lambda _: ("7.0",)
    post.deliver(after_s=60)
    post.deliver(after_s=60)
    assert [(ts, message.text) for _, ts, message in post.sink.edits] == [("7.0", "F7 is back")]


# ── the noise budget ──


def frugal(post: Post, per_hour: int) -> None:
    post.courier = replace(post.courier, budget=Budget(per_hour))


def test_over_the_budget_one_message_collects_the_rest(post: Post) -> None:
    frugal(post, 3)
    post.owe(*(f"Missile no {n}" for n in range(6)))
    for _ in range(10):
        post.deliver(after_s=10)
    assert len(post.sink.texts()) == 3
    assert post.sink.texts()[2].startswith(
        "1 more alert, collected here: this channel takes 3 mess"
    )
    shown = post.sink.edits[-1][2]
    assert [f"Missile no {n}" in shown.text for n in range(6)] == [*[False] * 2, *[True] * 4]
    assert str(shown.blocks).count("missile (W1)") == 4
    assert (post.state(DeliveryState.HELD), post.state(DeliveryState.PENDING)) == (4, 0)


def test_an_hour_later_the_channel_takes_alerts_again(post: Post) -> None:
    frugal(post, 2)
    titles = [f"Missile no {n}" for n in range(3)]
    post.owe(*titles)
    for _ in range(5):
        post.deliver(after_s=10)
    post.clock.forward(hours=1)
    post.owe(*titles, "One more missile")
    post.deliver()
    assert "One more missile" in post.sink.texts()[-1]
    assert not post.sink.texts()[-1].startswith("1 more alert")


def test_flash_passes_the_budget(post: Post) -> None:
    frugal(post, 1)
    flash = replace(post.rule, name="Loud", level=Level.FLASH, channel="#nk")
    post.store.rules.add(flash, who="U1", now=START)
    post.owe("First missile", "Second missile")
    for _ in range(5):
        post.deliver(after_s=10)
    assert len(post.sink.texts()) == 2
    assert all("FLASH" in text for text in post.sink.texts())


def test_a_full_collection_is_followed_by_another(post: Post) -> None:
    frugal(post, 1)
    post.owe(*(f"Missile no {n}" for n in range(ROLLING_LINES + 2)))
    for _ in range(ROLLING_LINES + 10):
        post.deliver(after_s=10)
    assert len(post.sink.texts()) == 2
    assert post.sink.edits[-1][2].text.startswith("2 more alerts")


def test_what_may_have_arrived_counts_as_sent(post: Post) -> None:
    frugal(post, 2)
    post.owe("First missile", "Second missile")
    post.deliver(Unknown(reason="reset"))
    post.deliver(after_s=2)
    assert post.sink.texts()[0].startswith("1 more alert, collected here")
