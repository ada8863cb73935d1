"""What is the same entry again and what is news: floods, dates, guids, twins, feeds that return."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytest

from bot.core.models import DeliveryState, Feed, Level
from bot.feeds.fetch import FetchRequest, FetchResult
from bot.poll import PollReport, poll_due
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
from tests.flow.parts import START, FakeClock, FakeFetch, add_rule, fetched, make_poller

URL = "https://a.example/rss"


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


class Wire:
    """Feeds of one outlet, a rule that wants every missile, and rounds an hour apart."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.fetch = FakeFetch()
        self.poller = make_poller(store, self.fetch, self.clock)
        self.rule = add_rule(store, "missile", name="NK")
        self.add(URL)

    def add(self, url: str) -> int:
        return self.store.feeds.add(Feed(url=url, title="Wire", every_s=900), now=self.clock.now)

    def poll(self, items: Iterable[str], url: str = URL) -> PollReport:
        self.clock.forward(hours=1)
        body = f"<rss version='2.0'><channel><title>Wire</title>{''.join(items)}</channel></rss>"
        self.fetch.answers[url] = fetched(body.encode(), url)
        return poll_due(self.poller)

    def count(self, state: DeliveryState) -> int:
        return self.store.deliveries.counts()[state]

    def notices(self, channel: str = "#nk") -> list[str]:
        """Return the words of the notices that a channel is owed."""
        latest = self.store.deliveries.latest(channel, "notice", since=START)
        return [latest.message.text] if latest and latest.message else []

    def known(self, url: str = URL) -> KnownFeed:
        known = self.store.feeds.by_url(url)
        assert known
        return known


def item(
    n: int,
    title: str = "",
    *,
    guid: str | None = None,
    link: str | None = None,
    at: datetime | None = None,
) -> str:
    date = f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>" if at else ""
    return (
        f"<item><guid isPermaLink='false'>{guid or f'k{n}'}</guid>"
        f"<title>{title or f'Missile report with the number {n}'}</title>"
        f"<link>{link or f'https://a.example/{n}'}</link>{date}</item>"
    )


@pytest.fixture
def wire(store: Store) -> Wire:
    return Wire(store)


# ── floods ────────────────────────────────────────────────────────────────────


def test_a_flood_of_changed_guids_is_adopted_silently(wire: Wire) -> None:
    wire.poll(item(n) for n in range(30))
    report = wire.poll(item(n, guid=f"new-{n}") for n in range(30))
    assert (report.entries["duplicate"], report.alerts) == (30, 0)
    assert wire.notices() == []
    assert wire.poll(item(n, guid=f"new-{n}") for n in range(31)).alerts == 1


def test_changed_guids_and_links_are_known_by_title_and_day(wire: Wire) -> None:
    at = START - timedelta(hours=3)
    wire.poll(item(n, at=at) for n in range(30))
    moved = (item(n, guid=f"x{n}", link=f"https://a.example/new/{n}", at=at) for n in range(30))
    assert wire.poll(moved).alerts == 0
    assert wire.notices() == []


def test_of_a_flood_of_news_the_latest_few_are_posted_and_one_summary_stands_for_the_rest(
    wire: Wire,
) -> None:
    at = START - timedelta(hours=50)
    wire.poll([item(0)])
    report = wire.poll(item(n, at=at + timedelta(hours=n)) for n in range(41))
    assert report.entries["new"] == 40
    assert wire.count(DeliveryState.HELD) == 35
    assert wire.count(DeliveryState.PENDING) == 5 + 1
    (said,) = wire.notices()
    assert "brought 40 new entries at once" in said
    assert "5 are posted, 35 wait" in said
    assert "`/watch feed post F1`" in said
    posted = {
        one.story_id
        for n in range(36, 41)
        for one in wire.store.entries.search(f"number {n}")
        for record in wire.store.deliveries.of_story(one.story_id)
        if record.state is DeliveryState.PENDING
    }
    assert len(posted) == 5, "the latest"


def test_what_a_flood_held_is_not_posted_again_later(wire: Wire) -> None:
    wire.poll([item(0)])
    wire.poll(item(n) for n in range(41))
    assert wire.poll(item(n) for n in range(42)).alerts == 1
    assert wire.count(DeliveryState.HELD) == 35


def test_flash_passes_a_flood_and_few_matches_are_none(wire: Wire) -> None:
    strike = add_rule(wire.store, "number", channel="#flash")
    wire.store.rules.edit(
        type(strike)(
            id=strike.id, name="", query=strike.query, channel="#flash", level=Level.FLASH
        ),
        who="U1",
        now=START,
    )
    add_rule(wire.store, '"number 7"', channel="#few")
    wire.poll([item(0)])
    wire.poll(item(n) for n in range(21))
    assert len(wire.notices("#nk")) == 1
    assert wire.notices("#flash") == wire.notices("#few") == []


@pytest.mark.parametrize(
    ("known", "new", "is_flood"), [(30, 16, False), (15, 16, True), (1, 10, False), (1, 11, True)]
)
def test_a_flood_is_more_than_ten_and_more_than_half(
    wire: Wire, known: int, new: int, is_flood: bool
) -> None:
    wire.poll(item(n) for n in range(known))
    wire.poll(item(n) for n in range(known + new))
    assert bool(wire.notices()) is is_flood
    assert wire.count(DeliveryState.PENDING) == (6 if is_flood else new)


# ── dates and returning ───────────────────────────────────────────────────────


def test_a_new_date_is_no_news(wire: Wire) -> None:
    wire.poll([item(0)])
    wire.poll([item(1, at=START)])
    report = wire.poll([item(1, at=START + timedelta(hours=2))])
    assert (report.entries["update"], report.alerts) == (1, 0)
    report = wire.poll([item(1, at=START + timedelta(days=2))])
    assert (report.entries["duplicate"], report.alerts) == (1, 0), "a future date is no date"


def test_an_entry_that_returns_after_weeks_is_no_news(wire: Wire) -> None:
    wire.poll([item(0)])
    wire.poll([item(1), item(2)])
    wire.poll([item(3)])
    wire.clock.forward(days=90)
    report = wire.poll([item(1), item(3)])
    assert (report.entries["duplicate"], report.alerts) == (2, 0)


def test_an_undated_entry_without_a_link_whose_guid_changes_daily_is_one(wire: Wire) -> None:
    def bare(guid: str) -> str:
        return item(1, guid=guid).replace("<link>https://a.example/1</link>", "")

    wire.poll([item(0)])
    alerts = []
    for day in range(4):
        wire.clock.forward(days=1)
        alerts.append(wire.poll([bare(f"random-{day}")]).alerts)
    assert alerts == [1, 0, 0, 0]


# ── one guid for all ──────────────────────────────────────────────────────────


def test_a_feed_that_gives_all_entries_one_guid_still_tells_them_apart(wire: Wire) -> None:
    def window(*numbers: int) -> list[str]:
        return [item(n, guid="0") for n in numbers]

    wire.poll(window(1, 2, 3))
    alerts = [wire.poll(window(*numbers)).alerts for numbers in ((4, 1, 2, 3), (5, 4, 1, 2), (5,))]
    assert alerts == [1, 1, 0]
    assert wire.poll(window(5, 4)).alerts == 0
    found = wire.store.entries.search("number 1")
    assert [one.entry.title for one in found] == ["Missile report with the number 1"]


def test_guids_made_to_collide_do_no_harm(wire: Wire) -> None:
    for n, telling in enumerate(("{}", "{} First", "{}\nFirst")):
        guid, link = f"x{n}", f"https://a.example/same/{n}"
        digest = hashlib.sha256(telling.format(link).encode()).hexdigest()
        pair = [item(1, "First", guid=guid, link=link), item(2, "Second", guid=guid, link=link)]
        third = item(3, "First", guid=f"{guid}#{digest[:8]}", link=link)
        report = wire.poll([*pair, third])
        assert (report.polled, report.failed) == (1, 0)


# ── twins in other feeds ──────────────────────────────────────────────────────


def test_a_third_feed_repeating_what_stood_on_a_first_poll_is_no_news(wire: Wire) -> None:
    old, third = "https://a.example/old", "https://a.example/third"
    wire.add(old)
    wire.add(third)
    wire.fetch.answers[old] = wire.fetch.answers[third] = fetched(b"<rss><channel/></rss>")
    wire.poll([item(1)])  # the baseline of the first feed holds it
    assert wire.poll([item(1)], url=old).alerts == 1, "a feed watched before brings it: news"
    report = wire.poll([item(1)], url=third)
    assert (report.entries["new"], report.entries["duplicate"], report.alerts) == (0, 1, 0)


# ── feeds that come back ──────────────────────────────────────────────────────


def test_a_feed_added_again_months_later_starts_with_a_new_baseline(wire: Wire) -> None:
    wire.poll([item(0)])
    wire.store.feeds.remove(1, now=wire.clock.now)
    wire.clock.forward(days=90)
    assert wire.add(URL) == 1
    report = wire.poll(item(n) for n in range(1, 9))
    assert (report.entries["baseline"], report.alerts) == (8, 0)
    assert wire.fetch.asked[-1].etag is None, "it must be read, even if nothing changed"
    assert wire.store.feeds.gaps(START) == []
    assert wire.poll(item(n) for n in range(1, 10)).alerts == 1


def test_a_new_baseline_is_taken_of_an_unchanged_document_too(wire: Wire) -> None:
    wire.poll([item(0)])
    wire.store.feeds.remove(1, now=wire.clock.now)
    wire.clock.forward(days=90)
    wire.add(URL)
    wire.poll([item(0)])
    assert wire.known().state.baseline_at == wire.clock.now
    assert wire.poll([item(0), item(1)]).alerts == 1


def test_a_feed_that_was_away_for_an_hour_goes_on(wire: Wire) -> None:
    wire.poll([item(0)])
    wire.store.feeds.remove(1, now=wire.clock.now)
    wire.clock.forward(hours=1)
    wire.add(URL)
    assert wire.poll([item(0), item(1)]).alerts == 1


# ── leases ────────────────────────────────────────────────────────────────────


class SlowFetch(FakeFetch):
    """Takes two minutes for each, while a second poller looks for what is due."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire
        self.taken: list[int] = []

    def fetch(
        self, requests: Iterable[FetchRequest], *, now: datetime
    ) -> Iterator[tuple[FetchRequest, FetchResult]]:
        for request, result in super().fetch(requests, now=now):
            self.wire.clock.forward(minutes=2)
            now = self.wire.clock.now
            yield request, result
            found = self.wire.store.feeds.claim_due(now, lease_until=now, limit=99)
            self.taken += [known.feed.id for known in found]


def test_a_batch_that_takes_long_keeps_its_feeds(wire: Wire) -> None:
    slow = SlowFetch(wire)
    for n in range(5):
        url = f"https://a.example/{n}"
        wire.add(url)
        slow.answers[url] = fetched(b"<rss><channel/></rss>", url)
    slow.answers[URL] = fetched(b"<rss><channel/></rss>")
    wire.poller = make_poller(wire.store, slow, wire.clock)
    assert poll_due(wire.poller).polled == 6
    assert slow.taken == []
    assert wire.clock.now - START == timedelta(minutes=12)
