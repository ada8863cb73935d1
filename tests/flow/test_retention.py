"""Purged is not unseen: what lost its text and comes back is told to nobody again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.core.models import DeliveryState, Feed
from bot.deliver import Courier, deliver_due
from bot.poll import poll_due
from bot.store import Store, open_store
from bot.store.retention import Pruned
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

URL, OTHER_URL = "https://a.example/rss", "https://a.example/all.rss"
OLD = ("0", "Football: a late goal decides the match tonight")
BASE = ("1", "Missile base found near the border by analysts")
YOUNG = ("2", "Missile base found in the hills of another country")


class Office:
    """A feed, a rule, a sink, and what became visible."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, FakeClock()
        self.fetch, self.sink = FakeFetch(), RecordingSink()
        self.poller = make_poller(store, self.fetch, self.clock)
        self.courier = Courier(store, self.sink, self.clock, pace=timedelta(0))
        store.feeds.add(Feed(url=URL, every_s=900), now=START)
        add_rule(store, '"missile base*"')

    def day(self, *entries: tuple[str, str], url: str = URL) -> dict[str, int]:
        """Let a day pass, poll and deliver; return what was decided."""
        self.clock.forward(days=1)
        self.fetch.answers[url] = fetched(rss(*entries, summary=f"{self.clock()}"), url)
        report = poll_due(self.poller)
        deliver_due(self.courier)
        return {name: count for name, count in report.entries.items() if count}

    def prune(self, *, days: int = 90) -> Pruned:
        now = self.clock()
        return sum(self.store.retention.prune(now - timedelta(days=days), now=now), Pruned())


@pytest.fixture
def office() -> Iterator[Office]:
    store = open_store("sqlite://")
    office = Office(store)
    office.day(OLD)
    office.day(OLD, BASE)
    assert len(office.sink.visible) == 1
    office.clock.forward(days=100)
    yield office
    store.close()


def test_the_text_goes_and_the_identity_stays(office: Office) -> None:
    assert office.prune() == Pruned(entries=2, matches=1, messages=1)
    assert office.prune() == Pruned()
    store = office.store
    assert store.entries.search("missile") == store.entries.search("football") == []
    found = store.entries.by_link("https://a.example/1", "https://a.example/1")
    assert found
    assert (found.entry.title, found.entry.summary) == ("", "")
    assert found.reason == "first report; its text was pruned"
    assert store.entries.matches(found.entry.id) == []
    rows = store._db.rows("select title from stories union all select message from deliveries")
    assert rows == [{"title": ""}, {"title": ""}, {"title": None}]
    assert store.deliveries.counts()[DeliveryState.SENT] == 1


@pytest.mark.parametrize(
    ("guid", "url"),
    [("1", URL), ("a-new-guid-of-the-same-link", URL), ("1", OTHER_URL)],
    ids=["as it was", "under a changed guid", "in another feed"],
)
def test_what_comes_back_is_no_news(office: Office, guid: str, url: str) -> None:
    office.prune()
    if url == OTHER_URL:
        office.store.feeds.add(Feed(url=OTHER_URL, every_s=900), now=office.clock())
        office.fetch.answers[URL] = fetched(rss(OLD, BASE), URL)
        office.day(OLD, url=OTHER_URL)
    body = rss(BASE, summary="a new text that the rule would love").replace(
        b">1</guid>", f">{guid}</guid>".encode()
    )
    office.clock.forward(days=1)
    office.fetch.answers[url] = fetched(body, url)
    report = poll_due(office.poller)
    deliver_due(office.courier)
    assert (report.entries["new"], report.entries["update"], report.alerts) == (0, 0, 0)
    assert len(office.sink.visible) == 1


def test_what_was_heard_of_lately_keeps_its_text(office: Office) -> None:
    office.day(OLD, BASE, YOUNG)
    assert office.prune() == Pruned()  # the same document again had other words
    office.clock.forward(days=60)
    office.day(YOUNG)
    office.clock.forward(days=60)
    assert office.prune().entries == 2
    assert [one.entry.title for one in office.store.entries.search("missile")] == [YOUNG[1]]


@pytest.mark.parametrize("state", ["pending", "sending", "unknown", "rejected"])
def test_what_is_still_owed_keeps_its_text(office: Office, state: str) -> None:
    office.store._db.run(f"update deliveries set state = '{state}'")
    assert office.prune() == Pruned(entries=1)
    assert len(office.store.entries.search("missile")) == 1
    office.store._db.run("update deliveries set state = 'sent'")
    assert office.prune() == Pruned(entries=1, matches=1, messages=1)


def test_a_round_is_due_once_a_day_and_only_a_whole_one_counts(office: Office) -> None:
    retention, now = office.store.retention, office.clock()
    assert retention.is_due(now)
    batches = retention.prune(now - timedelta(days=90), now=now, batch=1)
    assert next(batches) == Pruned(entries=1)
    batches.close()  # type: ignore[attr-defined]
    assert retention.is_due(now)
    rest = list(retention.prune(now - timedelta(days=90), now=now, batch=1))
    assert rest == [Pruned(entries=1, matches=1, messages=1), Pruned()]
    assert not retention.is_due(now + timedelta(hours=23))
    assert retention.is_due(now + timedelta(hours=24))


def test_notices_keep_what_they_said_and_other_messages_do_not(office: Office) -> None:
    office.store._db.run(
        "update deliveries set story_id = null, kind = 'notice' where kind = 'post'"
    )
    assert office.prune().messages == 0
    office.store._db.run("update deliveries set kind = 'rolling'")
    assert office.prune().messages == 1


def test_the_search_index_stays_sound(office: Office) -> None:
    office.prune()
    office.store._db.run(
        "insert into entries_fts (entries_fts, rank) values ('integrity-check', 1)"
    )


def test_who_looked_at_a_digest_long_ago_is_forgotten(office: Office) -> None:
    digests = office.store.digests
    digests.note_glance("U1", "missile*", now=office.clock())
    office.clock.forward(days=91)
    digests.note_glance("U2", "missile*", now=office.clock())
    office.prune()
    assert digests.glance("U1", "missile*") is None
    assert digests.glance("U2", "missile*") == office.clock()
