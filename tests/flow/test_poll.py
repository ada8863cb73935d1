"""From document to what is owed: first polls, news, repeats, failures."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.models import DeliveryState, Feed, ParsedFeed
from bot.errors import StoreError
from bot.feeds.fetch import FetchFailed, FetchRequest, FetchResult, NotModified
from bot.poll import PollReport, poll_due
from bot.store import Store, open_store
from tests.flow.parts import START, FakeClock, FakeFetch, add_rule, fetched, make_poller, rss

URL = "https://a.example/rss"
Answered = tuple[FetchRequest, FetchResult]
BASE = ("1", "Missile base found near the border by analysts")
OTHER = ("2", "Football: a late goal decides the match tonight")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


class Desk:
    """One feed, one rule, and rounds of polling an hour apart."""

    def __init__(self, store: Store, *, feed: Feed | None = None) -> None:
        self.store = store
        self.clock = FakeClock()
        self.fetch = FakeFetch()
        self.poller = make_poller(store, self.fetch, self.clock)
        store.feeds.add(feed or Feed(url=URL, every_s=900), now=START)
        add_rule(store, '"missile base*"')

    def poll(self, *entries: tuple[str, str], url: str = URL, **more: object) -> PollReport:
        self.fetch.answers[url] = fetched(rss(*entries, **more), url)  # type: ignore[arg-type]
        return self.again()

    def again(self) -> PollReport:
        self.clock.forward(hours=1)
        return poll_due(self.poller)

    @property
    def owed(self) -> int:
        return self.store.deliveries.counts()[DeliveryState.PENDING]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_the_first_poll_is_a_baseline_and_alerts_nobody(desk: Desk) -> None:
    report = desk.poll(BASE, OTHER)
    assert report.entries == {"new": 0, "update": 0, "duplicate": 0, "baseline": 2}
    assert (report.polled, report.alerts, desk.owed) == (1, 0, 0)
    assert len(desk.store.entries.search("missile base")) == 1


def test_a_new_entry_is_owed_once(desk: Desk) -> None:
    desk.poll(OTHER)
    assert desk.poll(OTHER, BASE).alerts == 1
    assert desk.poll(BASE).entries["duplicate"] == 1
    assert desk.poll(OTHER, BASE).alerts == 0
    assert desk.owed == 1


def test_backfill_alerts_the_young_entries_of_a_first_poll(store: Store) -> None:
    desk = Desk(store, feed=Feed(url=URL, backfill_s=7200))
    young = START + timedelta(minutes=30)
    body = rss(BASE).replace(
        b"</item>", f"<pubDate>{young:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>".encode()
    )
    desk.fetch.answers[URL] = fetched(body)
    report = desk.again()
    assert (report.entries["new"], report.alerts) == (1, 1)


def test_an_unchanged_body_is_not_even_parsed_but_its_validators_are_kept(desk: Desk) -> None:
    desk.poll(BASE)
    body = rss(BASE)
    desk.poller = replace(desk.poller, read=_explode)
    desk.fetch.answers[URL] = fetched(body, etag='"2"')
    assert desk.again().unchanged == 1
    desk.fetch.answers[URL] = NotModified(etag=None, last_modified=None, floor_s=0)
    assert desk.again().unchanged == 1
    assert [request.etag for request in desk.fetch.asked] == [None, '"1"', '"2"']
    known = desk.store.feeds.by_url(URL)
    assert known
    assert (known.state.etag, known.state.last_status) == ('"2"', 304)
    assert known.state.body_hash == hashlib.sha256(body).hexdigest()


def _explode(*_: object, **__: object) -> ParsedFeed:
    raise AssertionError("an unchanged body was parsed")


def test_a_retitled_entry_updates_and_never_alerts_again(desk: Desk) -> None:
    desk.poll(OTHER)
    desk.poll(OTHER, BASE)
    report = desk.poll(OTHER, ("1", "Missile base: analysts now say two were found"))
    owed = 2  # the alert, and in its thread the old title
    assert (report.entries["update"], report.alerts, desk.owed) == (1, 0, owed)
    assert desk.store.entries.search("two found")


def test_an_entry_that_matches_only_after_a_new_title_alerts_then(desk: Desk) -> None:
    desk.poll(OTHER)
    desk.poll(OTHER, ("1", "Analysts publish a finding about the border"))
    assert desk.owed == 0
    assert desk.poll(OTHER, BASE).alerts == 1


def test_a_rule_younger_than_an_entry_is_not_alerted_to_a_typing_error_in_it(desk: Desk) -> None:
    desk.poll()
    desk.poll(OTHER)
    add_rule(desk.store, "football")
    assert desk.poll(OTHER, summary="Now without a typing error.").alerts == 0
    assert desk.poll(OTHER, summary="With a missile base in it.").alerts == 1


def test_an_old_match_of_the_first_poll_stays_silent_when_retitled(desk: Desk) -> None:
    desk.poll(BASE)
    assert desk.poll(("1", "Missile base found near the border, updated")).alerts == 0


def test_a_changed_guid_is_no_news(desk: Desk) -> None:
    desk.poll(OTHER)
    desk.poll(BASE)
    body = rss(BASE).replace(b">1</guid>", b">1#rev2</guid>")
    desk.fetch.answers[URL] = fetched(body)
    report = desk.again()
    assert (report.entries["duplicate"], report.alerts) == (1, 0)


def test_a_link_that_all_entries_share_makes_none_the_same(desk: Desk) -> None:
    titles = [f"Missile base number {n} is found" for n in range(5)]

    def document(*numbers: int) -> bytes:
        parts = "".join(
            f"<item><guid isPermaLink='false'>{n}</guid><title>{titles[n]}</title>"
            "<link>https://a.example/warnings</link></item>"
            for n in numbers
        )
        return f"<rss version='2.0'><channel><title>A</title>{parts}</channel></rss>".encode()

    alerts = []
    for numbers in ((0, 1), (1, 2), (3, 4)):
        desk.fetch.answers[URL] = fetched(document(*numbers))
        alerts.append(desk.again().alerts)
    assert alerts == [0, 1, 2]


def test_the_same_entry_in_two_feeds_of_an_outlet_alerts_once(desk: Desk) -> None:
    second = "https://a.example/rss2"
    desk.store.feeds.add(Feed(url=second, every_s=900), now=START)
    desk.fetch.answers[second] = fetched(rss(OTHER), second)
    desk.poll(OTHER)
    desk.fetch.answers[second] = fetched(rss(BASE), second)
    report = desk.poll(BASE)
    assert (report.alerts, desk.owed) == (1, 1)
    assert report.entries["duplicate"] >= 1


def test_news_that_another_feeds_first_poll_already_holds_still_alerts(desk: Desk) -> None:
    """A baseline of a feed added a minute ago must not swallow what an old feed brings now."""
    desk.poll(OTHER)
    second = "https://a.example/rss2"
    desk.store.feeds.add(Feed(url=second, every_s=900), now=START)
    desk.fetch.answers[second] = fetched(rss(BASE), second)
    assert desk.again().alerts == 0
    assert desk.poll(BASE).alerts == 1


def test_two_rules_of_two_channels_owe_it_to_both(desk: Desk) -> None:
    add_rule(desk.store, "border", channel="#else")
    add_rule(desk.store, "analysts", channel="#else")
    desk.poll(OTHER)
    assert desk.poll(BASE).alerts == 2


def test_a_failure_keeps_what_was_learned_and_backs_off(desk: Desk) -> None:
    desk.poll(OTHER)
    desk.fetch.answers[URL] = FetchFailed(
        reason="the server answered 503", status=503, retry_after_s=7200, code="http_503"
    )
    assert desk.again().failed == 1
    known = desk.store.feeds.by_url(URL)
    assert known
    assert (known.state.failures, known.state.etag, known.state.last_error) == (
        1,
        '"1"',
        "the server answered 503",
    )
    assert known.state.next_poll_at
    assert known.state.next_poll_at >= desk.clock.now + timedelta(hours=2)
    desk.clock.forward(hours=3)
    assert desk.poll(OTHER, BASE).alerts == 1
    known = desk.store.feeds.by_url(URL)
    assert known
    assert (known.state.failures, known.state.last_error) == (0, None)


def test_a_page_instead_of_a_feed_is_a_failure_and_loses_nothing(desk: Desk) -> None:
    desk.poll(OTHER)
    desk.fetch.answers[URL] = fetched(b"<html><body>Please log in</body></html>", etag='"x"')
    assert desk.again().failed == 1
    assert desk.fetch.asked[-1].etag == '"1"'
    assert desk.poll(BASE).alerts == 1
    assert desk.fetch.asked[-1].etag == '"1"', "a page's validators were kept"


def test_a_bug_in_reading_one_feed_does_not_stop_the_others(desk: Desk) -> None:
    other = "https://b.example/rss"
    desk.store.feeds.add(Feed(url=other), now=START)
    good = desk.poller.read

    def read(body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
        if url == URL:
            raise ZeroDivisionError
        return good(body, url=url, content_type=content_type)

    desk.poller = replace(desk.poller, read=read)
    desk.fetch.answers[other] = fetched(rss(OTHER, site="https://b.example"), other)
    report = desk.poll(BASE)
    assert (report.polled, report.failed, report.entries["baseline"]) == (2, 1, 1)
    known = desk.store.feeds.by_url(URL)
    assert known
    assert known.state.last_error == "we could not read it (ZeroDivisionError)"


def test_a_storage_error_is_raised(desk: Desk) -> None:
    desk.poll(OTHER)
    desk.store._db.run("drop table matches")
    with pytest.raises(StoreError):
        desk.poll(BASE)


def test_a_date_in_the_future_is_clamped_and_does_not_count_as_a_change(desk: Desk) -> None:
    body = rss(BASE).replace(
        b"</item>", b"<pubDate>Thu, 01 Jan 2099 00:00:00 +0000</pubDate></item>"
    )
    desk.fetch.answers[URL] = fetched(body)
    desk.again()
    (found,) = desk.store.entries.search("missile")
    first: datetime | None = found.entry.published
    assert first == desk.clock.now
    desk.fetch.answers[URL] = fetched(body + b" ")
    assert desk.again().entries["duplicate"] == 1


def test_a_paused_rule_is_silent_and_wakes_by_itself(desk: Desk) -> None:
    (rule,) = desk.store.rules.live()
    desk.poll(OTHER)
    desk.store.rules.pause(
        rule, until=desk.clock.now + timedelta(minutes=90), who="U1", now=desk.clock.now
    )
    assert desk.poll(OTHER, BASE).alerts == 0
    assert desk.poll(OTHER, ("3", "Another missile base is named by the analysts")).alerts == 1


def test_more_feeds_than_a_batch_are_polled_in_one_round(store: Store) -> None:
    desk = Desk(store)
    for n in range(130):
        url = f"https://n{n}.example/rss"
        store.feeds.add(Feed(url=url), now=START)
        desk.fetch.answers[url] = fetched(rss(OTHER, site=f"https://n{n}.example"), url)
    assert desk.poll(OTHER).polled == 131


def test_a_stop_leaves_the_other_batches_due(store: Store) -> None:
    desk = Desk(store)
    for n in range(70):
        store.feeds.add(Feed(url=f"{URL}/{n}"), now=START)
        desk.fetch.answers[f"{URL}/{n}"] = fetched(rss(OTHER), f"{URL}/{n}")
    desk.fetch.answers[URL] = fetched(rss(OTHER))
    assert poll_due(desk.poller, stopped=lambda: len(desk.fetch.asked) > 0).polled == 64
    assert poll_due(desk.poller).polled == 7


def test_a_rule_made_while_a_feed_was_fetched_is_heard(desk: Desk) -> None:
    desk.poll(OTHER)
    answers = desk.fetch.fetch

    def slow(requests: Iterable[FetchRequest], *, now: datetime) -> Iterator[Answered]:
        found = list(answers(requests, now=now))
        add_rule(desk.store, "football")
        yield from found

    desk.fetch.fetch = slow  # type: ignore[method-assign]
    assert desk.poll(OTHER, ("3", "More football: the return match is tonight")).alerts == 1
