"""Feeds that fail, fall silent, move, end or skip: who is told, once, and what it says after."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.models import Feed, FeedState
from bot.deliver import Courier, deliver_due
from bot.feeds.fetch import FetchFailed, FetchResult, NotModified
from bot.poll import PollReport, poll_due
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
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
from tests.servers.block_kit import problems

DOWN = FetchFailed(reason="the server answered 503 Service Unavailable", code="http", status=503)
NO_NAME = FetchFailed(reason="there is no host of that name", code="dns")
GONE = FetchFailed(reason="the server answered 410 Gone", code="http", status=410, gone=True)
SAME = NotModified()


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


class Ward:
    """Feeds on a.example, b.example …, a sink that shows what was told, and a clock."""

    def __init__(self, store: Store, *, feeds: int = 1, admins: tuple[str, ...] = ()) -> None:
        self.store = store
        self.clock = FakeClock()
        self.fetch = FakeFetch()
        self.sink = RecordingSink()
        self.poller = replace(make_poller(store, self.fetch, self.clock), admins=admins)
        self.urls = [f"https://{chr(97 + n)}.example/rss" for n in range(feeds)]
        for url in self.urls:
            store.feeds.add(Feed(url=url, title=f"Wire {url[8]}", every_s=900), now=START)
        self.entries = 0

    def publish(self, title: str, *, feed: int = 0) -> None:
        """Let a feed bring an entry, an hour later."""
        self.entries += 1
        self.clock.forward(hours=1)
        guid = f"k{self.entries}"
        url = self.urls[feed]
        self.fetch.answers[url] = fetched(rss((guid, title), site=url.removesuffix("/rss")), url)
        self.poll()

    def start(self) -> None:
        """Give every feed its baseline."""
        for n in range(len(self.urls)):
            self.fetch.answers[self.urls[n]] = fetched(rss(), self.urls[n])
        self.poll()

    def answer(self, result: FetchResult, *feeds: int) -> None:
        for n in feeds or range(len(self.urls)):
            self.fetch.answers[self.urls[n]] = result

    def poll(self) -> PollReport:
        return poll_due(self.poller)

    def live(self, **amount: float) -> None:
        """Let time go by, polling what is due when it is due, and delivering."""
        until = self.clock.now + timedelta(**amount)
        while self.clock.now < until:
            self.clock.now = min(until, self._next_due())
            self.poll()
            self.deliver()

    def _next_due(self) -> datetime:
        soon = self.clock.now + timedelta(minutes=1)
        due = [known.state.next_poll_at for known in self.store.feeds.all() if _is_live(known)]
        return max(soon, min((at for at in due if at), default=soon + timedelta(hours=1)))

    def deliver(self) -> None:
        for _ in range(20):
            if not deliver_due(Courier(self.store, self.sink, self.clock, pace=timedelta(0))):
                break

    def check(self) -> None:
        """Let Slack's rules judge all that was sent."""
        for _, _, message in (*self.sink.visible, *self.sink.edits):
            assert problems({"text": message.text, "blocks": list(message.blocks)}) == []

    def told(self, channel: str = "#nk") -> list[str]:
        """Return the notices that a channel sees now, edits done; alerts left out."""
        self.check()
        shown = {
            f"{at}.0": (name, message.text)
            for at, (name, _, message) in enumerate(self.sink.visible)
        }
        for name, ts, message in self.sink.edits:
            shown[ts] = (name, message.text)
        return [text for name, text in shown.values() if name == channel and _is_notice(text)]

    def feed(self, n: int = 0) -> FeedState:
        known = self.store.feeds.by_url(self.urls[n])
        assert known
        return known.state


def _is_live(known: KnownFeed) -> bool:
    return known.state.stopped_at is None


def _is_notice(text: str) -> bool:
    return "`F" in text or "eeds are back" in text or "feeds fail" in text or "together" in text


@pytest.fixture
def ward(store: Store) -> Ward:
    """One feed on which the rule of #nk fired."""
    add_rule(store, "missile", name="NK missiles")
    ward = Ward(store)
    ward.start()
    ward.publish("Missile base found")
    ward.deliver()
    return ward


# ── failing, and back ─────────────────────────────────────────────────────────


def test_a_feed_that_fails_is_told_once_and_the_same_message_says_it_is_back(ward: Ward) -> None:
    failed_from = ward.clock.now + timedelta(minutes=15)
    ward.answer(DOWN)
    ward.live(hours=5)
    (said,) = ward.told()
    for words in (
        "Wire a",
        "`F1` has failed since",
        "the server answered 503 Service Unavailable",
        "*Tried* ",
        "Missile base found",
        "*Rules here that depend on it* NK missiles (W1)",
        "for the publisher to mend",
    ):
        assert words in said
    posts = len(ward.sink.visible)
    ward.answer(SAME)
    ward.live(hours=9)
    (said,) = ward.told()
    assert "is back after " in said
    assert "the server answered 503" in said
    assert "was read" in said
    assert len(ward.sink.visible) == posts, "recovery is an edit, no new message"
    assert ward.feed().failing_since is None
    assert failed_from < ward.clock.now


def test_nothing_is_told_before_three_failures_and_an_hour(ward: Ward) -> None:
    ward.answer(DOWN)
    ward.live(minutes=55)
    assert ward.feed().failures >= 3
    assert ward.told() == []
    ward.answer(SAME)
    ward.live(hours=2)
    assert ward.told() == []


def test_two_failures_over_a_day_are_not_three(ward: Ward) -> None:
    ward.answer(replace(DOWN, retry_after_s=80_000))
    ward.live(hours=26)
    assert ward.feed().failures == 2
    assert ward.told() == []


def test_a_status_that_the_words_lack_is_said(ward: Ward) -> None:
    page = b"<html><body>Please log in</body></html>"
    ward.answer(fetched(page, ward.urls[0]))
    ward.live(hours=3)
    (said,) = ward.told()
    assert "HTTP 200" in said
    assert "no feed: open it in a browser" in said


def test_a_feed_that_comes_and_goes_keeps_to_one_message_a_day(ward: Ward) -> None:
    for _ in range(3):
        ward.answer(DOWN)
        ward.live(hours=3)
        ward.answer(SAME)
        ward.live(hours=3)
    assert len(ward.told()) == 1
    ward.live(hours=30)
    ward.answer(DOWN)
    ward.live(hours=3)
    assert len(ward.told()) == 2


# ── who cares ─────────────────────────────────────────────────────────────────


def test_only_channels_that_care_are_told(store: Store) -> None:
    ward = Ward(store, feeds=2)
    add_rule(store, "missile", channel="#fired")
    add_rule(store, "nothing", channel="#idle")
    add_rule(store, "strike source:b.example", channel="#names-another")
    add_rule(store, 'strike source:"Wire a"', channel="#names-it")
    add_rule(store, 'strike -source:"Wire a"', channel="#names-it-not")
    paused = add_rule(store, "missile", channel="#paused")
    ward.start()
    ward.publish("Missile base found")
    store.rules.pause(paused, who="U1", now=ward.clock.now)
    ward.answer(DOWN, 0)
    ward.answer(SAME, 1)
    ward.live(hours=3)
    told = {name for name, _, message in ward.sink.visible if _is_notice(message.text)}
    assert told == {"#fired", "#names-it"}


def test_a_rule_that_fired_long_ago_cares_no_more(ward: Ward) -> None:
    ward.answer(SAME)
    ward.clock.forward(days=31)
    ward.poll()
    ward.answer(DOWN)
    ward.live(hours=3)
    assert [said for said in ward.told() if "has failed" in said] == []


def test_what_no_channel_cares_about_is_told_to_whoever_added_it(store: Store) -> None:
    ward = Ward(store)
    store.feeds.add(Feed(url=ward.urls[0], origin="U0ANA0000", every_s=900), now=START)
    ward.start()
    ward.answer(DOWN)
    ward.live(hours=3)
    (said,) = ward.told("U0ANA0000")
    assert "has failed since" in said
    assert "*Last entry* none ever" in said
    assert "Rules here" not in said


# ── an outage of ours ─────────────────────────────────────────────────────────


def test_when_nothing_answers_it_is_one_message_and_not_one_for_each(store: Store) -> None:
    ward = Ward(store, feeds=20)
    add_rule(store, "missile")
    add_rule(store, "strike", channel="#other")
    ward.start()
    for n in range(20):
        ward.publish("Missile base found", feed=n)
    ward.live(hours=2)
    ward.answer(NO_NAME)
    ward.live(hours=6)
    (said,) = ward.told()
    assert "Nothing can be fetched since" in said
    assert "of 20 feeds fail" in said
    assert "our own network" in said
    assert ward.told("#other") == [said]
    before = ward.clock.now
    ward.answer(SAME)
    ward.live(hours=1)
    (said,) = ward.told()
    assert "Feeds are back after" in said
    assert all(ward.feed(n).failures == 0 for n in range(20))
    assert all((ward.feed(n).last_ok_at or START) > before for n in range(20))


def test_after_an_outage_of_ours_all_are_asked_at_once_and_what_they_bring_waits(
    store: Store,
) -> None:
    ward = Ward(store, feeds=4)
    add_rule(store, "missile")
    ward.start()
    ward.live(hours=1)
    ward.answer(NO_NAME)
    ward.live(hours=12)
    for n, url in enumerate(ward.urls):
        entry = (f"k{n}", f"Missile base number {n} found")
        ward.answer(fetched(rss(entry, site=url.removesuffix("/rss")), url), n)
    ward.live(minutes=20)
    assert all(ward.feed(n).failures == 0 for n in range(4)), "not hours later, as they back off"
    alerts = [text for text in ward.sink.texts() if text.startswith("Missile base")]
    assert alerts == [], "one catch-up message stands for them"
    assert any("4 matching entries" in text for text in ward.sink.texts())


def test_some_that_fail_together_are_one_message_too(store: Store) -> None:
    ward = Ward(store, feeds=20)
    add_rule(store, "missile")
    ward.start()
    for n in range(20):
        ward.publish("Missile base found", feed=n)
    ward.live(hours=2)
    ward.answer(SAME)
    ward.answer(DOWN, *range(6))
    ward.live(hours=3)
    (said,) = ward.told()
    assert "6 of 20 feeds began to fail together" in said
    assert "own network" not in said
    ward.answer(SAME)
    ward.live(hours=12)
    (said,) = ward.told()
    assert "Feeds are back" in said


def test_who_still_fails_after_an_outage_is_told_alone(store: Store) -> None:
    ward = Ward(store, feeds=4)
    add_rule(store, "missile")
    ward.start()
    for n in range(4):
        ward.publish("Missile base found", feed=n)
    ward.answer(NO_NAME)
    ward.live(hours=3)
    ward.answer(SAME, 0, 1, 2)
    ward.live(minutes=30)
    assert len(ward.told()) == 1
    ward.live(hours=3)
    assert [said for said in ward.told() if "`F4` has failed since" in said]
    assert not [said for said in ward.told() if "`F1`" in said]


# ── quiet ─────────────────────────────────────────────────────────────────────


def _lively(ward: Ward, days: int) -> None:
    """Let the feed bring something every four hours."""
    for n in range(days * 6):
        ward.clock.forward(hours=3)
        ward.publish(f"Missile base number {n} found")


def test_a_feed_quieter_than_its_own_rhythm_is_told_and_told_when_it_speaks(ward: Ward) -> None:
    _lively(ward, 20)
    ward.deliver()
    ward.answer(SAME)
    ward.live(hours=20)
    assert ward.told() == []
    ward.live(hours=6)
    (said,) = ward.told()
    assert "unusually quiet" in said
    assert "nothing new for 1 d" in said
    assert "By its own rhythm, 1 d would be long" in said
    ((_, _, message),) = [one for one in ward.sink.visible if "unusually quiet" in one[2].text]
    assert [block["type"] for block in message.blocks] == ["context"], "small and grey: no news"
    ward.publish("Yet another missile base found")
    ward.deliver()
    (said,) = ward.told()
    assert "publishes again after 1 d 3 h" in said


def test_without_enough_history_nobody_is_quiet(ward: Ward) -> None:
    _lively(ward, 5)
    ward.answer(SAME)
    ward.live(hours=60)
    assert ward.told() == []


# ── ended and moved ───────────────────────────────────────────────────────────


def test_what_its_publisher_ended_is_asked_no_more_and_told(store: Store) -> None:
    ward = Ward(store, admins=("U0BOSS000",))
    add_rule(store, "missile", name="NK missiles")
    ward.start()
    ward.publish("Missile base found")
    ward.answer(GONE)
    ward.live(hours=1)
    asked = len(ward.fetch.asked)
    for who in ("#nk", "U0BOSS000"):
        (said,) = ward.told(who)
        assert "`F1` has ended, and I no longer ask for it" in said
        assert "410 Gone" in said
        assert "`/watch feed resume F1`" in said
    assert ward.feed().stopped_at
    ward.live(days=2)
    assert len(ward.fetch.asked) == asked
    ward.store.feeds.resume(1, now=ward.clock.now)
    ward.answer(SAME)
    ward.live(minutes=10)
    assert len(ward.fetch.asked) == asked + 1


def _moved(url: str) -> FetchResult:
    return replace(SAME, moved_to=url)


def test_a_feed_that_moves_on_its_own_site_is_followed_after_three_days(ward: Ward) -> None:
    new = "https://feeds.a.example/all.xml"
    ward.answer(_moved(new))
    ward.fetch.answers[new] = SAME
    ward.live(hours=34)
    assert ward.feed().address is None
    assert len(ward.feed().moved_days) == 2
    ward.live(hours=24)
    assert ward.feed().address == new
    assert ward.fetch.asked[-1].url == new
    assert ward.told() == []
    assert ward.feed().moved_to is None


def test_another_word_in_between_starts_the_days_anew(ward: Ward) -> None:
    for result, hours in ((_moved("https://a.example/2"), 34), (SAME, 1)):
        ward.answer(result)
        ward.live(hours=hours)
    ward.answer(_moved("https://a.example/2"))
    ward.live(hours=26)
    assert ward.feed().address is None
    assert len(ward.feed().moved_days) == 2


def test_about_another_site_the_owner_is_asked(store: Store) -> None:
    ward = Ward(store, admins=("U0BOSS000",))
    ward.start()
    ward.answer(_moved("https://b.example/rss"))
    ward.live(days=4)
    (said,) = ward.told("U0BOSS000")
    assert "`https://b.example/rss`" in said
    assert "another site (b.example)" in said
    assert "`/watch feed move F1`" in said
    assert ward.feed().address is None
    ward.answer(SAME)
    ward.live(hours=1)
    (said,) = ward.told("U0BOSS000")
    assert "no longer says it has moved" in said


def test_names_under_one_platform_are_other_sites(store: Store) -> None:
    ward = Ward(store, admins=("U0BOSS000",))
    ward.urls = ["https://anna.substack.com/feed"]
    store.feeds.configure([Feed(url=ward.urls[0], every_s=900)], origin="feeds.yaml", now=START)
    ward.answer(_moved("https://ben.substack.com/feed"))
    ward.live(days=4)
    assert ward.feed().address is None
    assert len(ward.told("U0BOSS000")) == 1


def test_without_an_owner_the_channels_that_care_are_asked(ward: Ward) -> None:
    ward.answer(_moved("https://b.example/rss"))
    ward.live(days=4)
    (said,) = ward.told()
    assert "NK missiles (W1)" in said


def test_who_added_a_feed_is_asked_before_the_admins(store: Store) -> None:
    ward = Ward(store, admins=("U0BOSS000",))
    store.feeds.add(Feed(url=ward.urls[0], origin="U0ANA0000", every_s=900), now=START)
    ward.answer(_moved("https://b.example/rss"))
    ward.live(days=4)
    assert len(ward.told("U0ANA0000")) == 1
    assert ward.told("U0BOSS000") == []


def test_a_move_on_its_site_to_what_is_watched_already_is_not_made(store: Store) -> None:
    ward = Ward(store, admins=("U0BOSS000",))
    ward.urls.append("https://a.example/all")
    store.feeds.add(Feed(url=ward.urls[1], every_s=900), now=START)
    ward.answer(_moved(ward.urls[1]), 0)
    ward.answer(SAME, 1)
    ward.live(days=4)
    (said,) = ward.told("U0BOSS000")
    assert "That is *<https://a.example/all" in said
    assert ward.feed().address is None


def test_a_move_to_what_is_watched_already_is_not_made(store: Store) -> None:
    ward = Ward(store, feeds=2, admins=("U0BOSS000",))
    ward.start()
    ward.answer(SAME, 1)
    ward.answer(_moved(ward.urls[1]), 0)
    ward.live(days=4)
    (said,) = ward.told("U0BOSS000")
    assert "`F2`" in said
    assert "`/watch feed remove F1`" in said


def test_the_configuration_knows_a_moved_feed_by_its_old_address(ward: Ward) -> None:
    new = "https://a.example/2"
    ward.store.feeds.move(1, new, now=ward.clock.now)
    ward.store.feeds.configure([Feed(url=ward.urls[0])], origin="feeds.yaml", now=ward.clock.now)
    (known,) = ward.store.feeds.all()
    assert (known.feed.id, known.address) == (1, new)


# ── gaps ──────────────────────────────────────────────────────────────────────


def _window(*numbers: int) -> bytes:
    return rss(*((f"n{n}", f"A report of its own number {n}") for n in numbers))


def _gaps(ward: Ward) -> list[tuple[datetime, datetime]]:
    return [(gap.since, gap.until) for gap in ward.store.feeds.gaps(START)]


def test_a_window_that_rolled_over_is_a_possible_gap(ward: Ward) -> None:
    ward.answer(fetched(_window(1, 2, 3), ward.urls[0]))
    ward.clock.forward(hours=1)
    ward.poll()
    ward.answer(fetched(_window(3, 4, 5), ward.urls[0]))
    ward.clock.forward(hours=1)
    ward.poll()
    found = _gaps(ward)
    ok_at = ward.clock.now
    ward.answer(fetched(_window(6, 7, 8), ward.urls[0]))
    ward.clock.forward(hours=5)
    ward.poll()
    assert _gaps(ward)[len(found) :] == [(ok_at, ward.clock.now)]
    assert ward.store.feeds.gaps(ward.clock.now) == []


def test_a_gap_is_said_when_a_feed_is_back(ward: Ward) -> None:
    ward.answer(DOWN)
    ward.live(hours=3)
    ward.answer(fetched(_window(6, 7, 8), ward.urls[0]))
    ward.live(hours=3)
    (said,) = ward.told()
    assert "may never have been seen" in said


def test_a_first_poll_and_a_changed_guid_are_no_gap(store: Store) -> None:
    ward = Ward(store)
    ward.answer(fetched(_window(1, 2, 3), ward.urls[0]))
    ward.poll()
    renamed = _window(1, 2, 3).replace(b"isPermaLink='false'>n", b"isPermaLink='false'>x")
    ward.answer(fetched(renamed, ward.urls[0]))
    ward.clock.forward(hours=1)
    assert ward.poll().entries["duplicate"] == 3
    assert _gaps(ward) == []
