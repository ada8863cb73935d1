"""What each table promises, on memory and on a file."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.models import (
    DeliveryState,
    Entry,
    Feed,
    FeedState,
    Form,
    Level,
    Match,
    Message,
    Reason,
    Rule,
)
from bot.core.sameness import Marks, marks
from bot.store import Store
from bot.store.channels import INSTALLATION
from bot.store.deliveries import delivery_id, statements
from bot.store.times import FOREVER, from_us, to_us

RULE = Rule(
    name="Bases",
    query='"missile base*"',
    channel="#nk",
    level=Level.URGENT,
    form=Form(keywords=("missile base*",), locations=("North Korea",)),
)
WHY = (
    Reason(
        field="title",
        text="Sohae",
        start=0,
        end=5,
        term='location:"North Korea"',
        entity="loc:KP/sohae",
        path=("Sohae", "North Korea"),
    ),
)
HOUR = timedelta(hours=1)


def feed(store: Store, now: datetime, url: str = "https://a.example/rss") -> int:
    return store.feeds.add(Feed(url=url, title="A", tags=("korea",), lang="en"), now=now)


def record(
    store: Store, now: datetime, key: str = "k", *, title: str = "", feed_id: int | None = None
) -> tuple[int, int]:
    """Record an entry with its story; return their ids."""
    entry = Entry(key=key, title=title or f"Title {key}", url=f"https://a.example/{key}")
    story = store.entries.start_story(f"uid {key}", entry.title, now=now)
    entry_id = store.entries.add(
        entry,
        marks(entry, now=now),
        feed_id=feed_id or feed(store, now),
        decision="new",
        reason="first report",
        same_as=None,
        story_id=story,
        now=now,
    )
    return entry_id, story


# ── feeds ──


def test_a_feed_is_claimed_once_until_its_lease_ends(store: Store, now: datetime) -> None:
    feed(store, now)
    (claimed,) = store.feeds.claim_due(now, lease_until=now + HOUR, limit=9)
    assert (claimed.feed.title, claimed.feed.tags) == ("A", ("korea",))
    assert store.feeds.claim_due(now, lease_until=now + HOUR, limit=9) == []
    assert len(store.feeds.claim_due(now + HOUR, lease_until=now + 2 * HOUR, limit=9)) == 1


def test_what_a_poll_taught_comes_back_whole(store: Store, now: datetime) -> None:
    state = FeedState(
        etag='W/"a b"',
        last_modified="Fri, 01 May 2026 12:00:00 GMT",
        body_hash="h",
        next_poll_at=now + HOUR,
        floor_s=60,
        failures=2,
        last_status=503,
        last_error="busy",
        last_ok_at=now,
        last_entry_at=now,
        baseline_at=now,
    )
    feed_id = feed(store, now)
    store.feeds.learn(feed_id, state, title="Ignored, it has one")
    known = store.feeds.get(feed_id)
    assert known
    assert (known.state, known.feed.title) == (state, "A")
    assert store.feeds.claim_due(now, lease_until=now, limit=9) == []


def test_a_feed_nobody_named_takes_its_own_title(store: Store, now: datetime) -> None:
    feed_id = store.feeds.add(Feed(url="https://b.example"), now=now)
    store.feeds.learn(feed_id, FeedState(), title="B calls itself so")
    known = store.feeds.by_url("https://b.example")
    assert known
    assert known.feed.title == "B calls itself so"


def test_configuring_adds_changes_and_removes_only_its_own(store: Store, now: datetime) -> None:
    own = Feed(url="https://own.example")
    other = store.feeds.add(Feed(url="https://other.example", origin="U1"), now=now)
    store.feeds.configure([own, replace(own, url="https://x.example")], origin="f.yaml", now=now)
    store.feeds.configure([replace(own, title="New")], origin="f.yaml", now=now)
    assert {known.feed.url: known.feed.title for known in store.feeds.all()} == {
        "https://own.example": "New",
        "https://other.example": "",
    }
    assert store.feeds.remove(other, now=now)
    assert not store.feeds.remove(other, now=now)


def test_a_restart_never_polls_early(store: Store, now: datetime) -> None:
    feed_id = feed(store, now)
    store.feeds.learn(feed_id, FeedState(next_poll_at=now + HOUR))
    feed(store, now)
    assert store.feeds.claim_due(now, lease_until=now, limit=9) == []


def test_a_disabled_feed_is_not_due(store: Store, now: datetime) -> None:
    store.feeds.add(Feed(url="https://a.example", enabled=False), now=now)
    assert store.feeds.claim_due(now, lease_until=now, limit=9) == []


# ── rules ──


def test_a_rule_comes_back_as_it_was_saved(store: Store, now: datetime) -> None:
    saved = store.rules.add(RULE, who="U1", now=now)
    assert store.rules.get(saved.id) == saved
    assert saved == replace(RULE, id=saved.id, created_at=now)


def test_every_change_is_told_and_grows_the_revision(store: Store, now: datetime) -> None:
    rule = store.rules.add(RULE, who="U1", now=now)
    revisions = [store.rules.revision()]
    rule = store.rules.edit(replace(rule, query="launch"), who="U2", now=now)
    revisions.append(store.rules.revision())
    rule = store.rules.pause(rule, who="U3", now=now)
    assert rule.paused_until == FOREVER
    rule = store.rules.resume(rule, who="U3", now=now)
    store.rules.remove(rule.id, who="U4", now=now)
    assert store.rules.live() == []
    assert store.rules.is_removed(rule.id)
    assert store.rules.last_removed_by("U4") == rule.id
    store.rules.restore(rule.id, who="U4", now=now)
    assert store.rules.last_removed_by("U4") is None
    assert [rule.version for rule in store.rules.live()] == [4]
    changes = store.rules.history(rule.id)
    assert [(one.who, one.what) for one in changes] == [
        ("U1", "added"),
        ("U2", "edited"),
        ("U3", "paused"),
        ("U3", "resumed"),
        ("U4", "removed"),
        ("U4", "restored"),
    ]
    assert '"query": "launch"' in (changes[1].after or "")
    assert revisions == sorted(set(revisions))
    assert not store.rules.is_removed(999)


def test_configuring_rules_touches_only_what_changed(store: Store, now: datetime) -> None:
    mine = store.rules.add(replace(RULE, name="Mine", owner="U1"), who="U1", now=now)
    a, b = replace(RULE, name="a"), replace(RULE, name="b")
    store.rules.configure([a, b], origin="f", now=now)
    store.rules.configure([a, replace(b, query="launch")], origin="f", now=now)
    versions = {rule.name: rule.version for rule in store.rules.live()}
    assert versions == {"Mine": 1, "a": 1, "b": 2}
    store.rules.configure([], origin="f", now=now)
    assert store.rules.live() == [mine]


# ── entries ──


def test_entries_are_known_by_key_link_and_title(store: Store, now: datetime) -> None:
    feed_id = feed(store, now)
    title = "A title long enough to be known by"
    entry_id, story = record(store, now, title=title, feed_id=feed_id)
    assert store.entries.known(feed_id, ["k", "x"])["k"].id == entry_id
    assert store.entries.known(feed_id + 1, ["k"]) == {}
    own = marks(Entry(key="", title=title, url="https://a.example/k"), now=now)
    assert own.link
    assert own.title
    assert [known.id for known in store.entries.alike([own.link], [])] == [entry_id]
    assert [known.story_id for known in store.entries.alike([], [own.title])] == [story]
    assert store.entries.alike(["https://a.example/none"], []) == []


def test_an_entry_is_found_by_link_and_by_words(store: Store, now: datetime) -> None:
    entry_id, story = record(store, now, title="Défense: thirteen bases found")
    found = store.entries.by_link("https://a.example/k?utm_source=x", "https://a.example/k")
    assert found
    assert (found.entry.id, found.decision, found.story_id) == (entry_id, "new", story)
    assert store.entries.by_link("https://a.example/zzz", "https://a.example/zzz") is None
    assert [one.entry.id for one in store.entries.search("defense bases")] == [entry_id]
    assert store.entries.search('bases" OR nothing') == []
    assert store.entries.search("  ") == []
    assert [one.entry.id for one in store.entries.of_story(story)] == [entry_id]


def test_search_sees_the_text_as_changed(store: Store, now: datetime) -> None:
    entry_id, _ = record(store, now, title="Before")
    store.entries.change(entry_id, Entry(key="k", title="Afterwards"), Marks(None, None), now=now)
    assert store.entries.search("before") == []
    assert len(store.entries.search("afterwards")) == 1


def test_entries_since_come_in_pages_and_in_order(store: Store, now: datetime) -> None:
    feed_id = feed(store, now)
    with store.transaction():
        for n in range(2103):
            record(store, now + timedelta(seconds=n), f"k{n}", feed_id=feed_id)
    found = list(store.entries.texts(now + timedelta(seconds=3)))
    assert [title for _, title, _ in found] == [f"Title k{n}" for n in range(3, 2103)]
    some = store.entries.some([found[7][0], found[2][0]])
    assert [one.entry.key for one in some] == ["k5", "k10"]
    assert store.entries.counts(since=now + timedelta(seconds=2100)) == (2103, 3)
    assert store.entries.get(99_999) is None


def test_a_match_is_recorded_once_with_its_reasons(store: Store, now: datetime) -> None:
    entry_id, story = record(store, now)
    rule = store.rules.add(RULE, who="U1", now=now)
    match = Match(rule_id=rule.id, rule_version=1, why=WHY)
    store.entries.add_matches(entry_id, [match], quiet=True, now=now)
    store.entries.add_matches(entry_id, [match], quiet=False, now=now)
    (stored,) = store.entries.matches(entry_id)
    assert (stored.match, stored.quiet, stored.at) == (match, True, now)
    assert store.entries.fired(story, with_quiet=True) == {rule.id}
    assert store.entries.fired(story, with_quiet=False) == set()


# ── deliveries ──


def owe(
    store: Store, now: datetime, key: str = "k", channel: str = "#nk", priority: int = 0
) -> int:
    known = store.feeds.by_url("https://a.example/rss")
    entry_id, story = record(store, now, key, feed_id=known.feed.id if known else None)
    rules = [rule for rule in store.rules.live() if rule.channel == channel]
    rule = rules[0] if rules else store.rules.add(replace(RULE, channel=channel), who="U1", now=now)
    match = Match(rule_id=rule.id, rule_version=1, why=WHY)
    store.entries.add_matches(entry_id, [match], quiet=False, now=now)
    assert store.deliveries.queue(channel, story, f"uid {key}", priority=priority, now=now)
    return story


def test_a_story_is_owed_to_a_channel_once(store: Store, now: datetime) -> None:
    story = owe(store, now)
    assert not store.deliveries.queue("#nk", story, "uid k", priority=2, now=now)
    assert store.deliveries.counts()[DeliveryState.PENDING] == 1


def test_delivery_ids_outlive_the_database() -> None:
    assert delivery_id("C1", "uid", "post") == delivery_id("C1", "uid", "post")
    assert len({delivery_id(c, s, "post") for c in ("C1", "C2") for s in ("a", "b")}) == 4


def test_one_sender_per_channel_and_loudest_first(store: Store, now: datetime) -> None:
    owe(store, now, "calm")
    loud = owe(store, now, "loud", priority=2)
    other = owe(store, now, "other", channel="#else")

    def claim(lease: str) -> int | None:
        taken = store.deliveries.claim(lease=lease, lease_until=now + HOUR, now=now)
        return taken.story_id if taken else None

    assert [claim("a"), claim("b"), claim("c")] == [loud, other, None]


def test_finishing_needs_the_lease(store: Store, now: datetime) -> None:
    owe(store, now)
    mine = store.deliveries.claim(lease="mine", lease_until=now, now=now)
    assert mine
    assert mine.attempts == 1
    stolen = replace(mine, lease="theirs")
    assert not store.deliveries.finish(stolen, DeliveryState.SENT, not_before=now, ts="1")
    assert store.deliveries.orphans(now=now) == 1
    assert not store.deliveries.finish(mine, DeliveryState.SENT, not_before=now, ts="1")
    assert store.deliveries.counts()[DeliveryState.UNKNOWN] == 1


def test_an_unknown_delivery_is_checked_only_when_no_request_can_be_in_flight(
    store: Store, now: datetime
) -> None:
    owe(store, now)
    store.deliveries.claim(lease="a", lease_until=now, now=now)
    store.deliveries.orphans(now=now)

    def check(attempted_before: datetime) -> bool:
        taken = store.deliveries.claim_unknown(
            lease="b", lease_until=now, attempted_before=attempted_before, now=now
        )
        return taken is not None

    assert not check(now - timedelta(seconds=1))
    assert check(now)
    assert not check(now)


def test_the_message_is_frozen(store: Store, now: datetime) -> None:
    story = owe(store, now)
    taken = store.deliveries.claim(lease="a", lease_until=now, now=now)
    assert taken
    assert taken.message is None
    message = Message(text="t", blocks=({"type": "divider"},))
    store.deliveries.freeze(taken.id, message)
    assert store.deliveries.finish(taken, DeliveryState.PENDING, not_before=now)
    again = store.deliveries.claim(lease="b", lease_until=now, now=now)
    assert again
    assert (again.message, again.story_id, again.attempts) == (message, story, 2)


def test_what_is_owed_tells_entry_rules_and_reasons(store: Store, now: datetime) -> None:
    owe(store, now)
    taken = store.deliveries.claim(lease="a", lease_until=now, now=now)
    assert taken
    owed = store.deliveries.owed(taken)
    assert owed
    assert (owed.entry.key, [rule.name for rule in owed.rules]) == ("k", ["Bases"])
    store.rules.remove(owed.rules[0].id, who="U1", now=now)
    assert store.deliveries.owed(taken) is None


def test_a_paused_channel_waits_and_keeps_its_queue(store: Store, now: datetime) -> None:
    owe(store, now)
    owe(store, now, "other", channel="#else")
    pause, paused = store.channels.pause, store.channels.paused

    def refused(reason: str) -> dict[str, Any]:
        return {"until": now + HOUR, "reason": reason, "advice": "/invite"}

    assert pause(INSTALLATION, now=now, **refused("token_revoked"))
    assert store.deliveries.claim(lease="a", lease_until=now, now=now) is None
    assert store.channels.works("#else", not_before=now, now=now) is None
    assert paused() == [], "whatever arrives shows that the installation works"
    assert pause("#nk", now=now, **refused("is_archived"))
    assert not pause("#nk", now=now + HOUR, **refused("not_in_channel"))
    store.channels.pace("#nk", not_before=now)
    (one,) = paused()
    assert (one.name, one.reason, one.since) == ("#nk", "not_in_channel", now)
    taken = store.deliveries.claim(lease="a", lease_until=now, now=now)
    assert taken
    assert taken.channel == "#else"
    store.channels.resume("#nk", now=now)
    taken = store.deliveries.claim(lease="a", lease_until=now, now=now)
    assert taken
    assert taken.channel == "#nk"


def test_dead_letters_are_kept_and_can_be_owed_again(store: Store, now: datetime) -> None:
    story = owe(store, now)
    taken = store.deliveries.claim(lease="a", lease_until=now, now=now)
    assert taken
    store.deliveries.finish(taken, DeliveryState.REJECTED, not_before=now, reason="invalid_blocks")
    (dead,) = store.deliveries.dead()
    assert (dead.reason, dead.channel) == ("invalid_blocks", "#nk")
    assert store.deliveries.requeue_dead(now=now) == 1
    (record_,) = store.deliveries.of_story(story)
    assert record_.state is DeliveryState.PENDING


# ── digests ──


def test_a_digest_lists_a_story_once_and_leaves_first_polls_out(
    store: Store, now: datetime
) -> None:
    story = owe(store, now)
    quiet_id, _ = record(store, now, "old", feed_id=1)
    store.entries.add_matches(
        quiet_id, [Match(rule_id=1, rule_version=1, why=())], quiet=True, now=now
    )
    (told,) = store.digests.stories(now, now + HOUR)
    assert (told.story_id, told.rule_ids, told.entry.key) == (story, (1,), "k")
    assert store.digests.stories(now + HOUR, now + 2 * HOUR) == []
    assert store.digests.baseline_matches(now, now + HOUR) == 1
    assert store.digests.per_day(now + HOUR, days=3) == {1: (0, 0, 1)}


def test_two_reports_of_one_story_are_one_row(store: Store, now: datetime) -> None:
    story = owe(store, now)
    again = Entry(key="k2", title="Again", outlet="B")
    second = store.entries.add(
        again,
        Marks(None, None),
        feed_id=1,
        decision="update",
        reason="",
        same_as=1,
        story_id=story,
        now=now,
    )
    other = store.rules.add(replace(RULE, name="x"), who="U1", now=now)
    store.entries.add_matches(
        second, [Match(rule_id=other.id, rule_version=1, why=())], quiet=False, now=now
    )
    (told,) = store.digests.stories(now, now + HOUR)
    assert (told.rule_ids, told.outlets) == ((1, other.id), ("B",))


@pytest.mark.parametrize("us", [0, 1, -1, 1_800_000_000_123_456])
def test_times_survive_the_database(us: int) -> None:
    assert to_us(from_us(us)) == us
    assert from_us(to_us(FOREVER)) == FOREVER


@pytest.mark.parametrize("sql", [statements.CLAIM, statements.ORPHAN, statements.TO_CHECK])
def test_what_was_sent_long_ago_does_not_slow_the_outbox_down(store: Store, sql: str) -> None:
    params = dict.fromkeys(("now", "lease", "lease_until", "attempted_before"), 0)
    plan = store._db.tables.execute(f"explain query plan {sql}", params).fetchall()
    steps = [row[3] for row in plan]
    assert not [step for step in steps if step.startswith("SCAN") and "SUBQUERY" not in step]
    assert not [step for step in steps if "deliveries_busy" not in step and "(channel=?)" in step]


def test_a_restart_keeps_what_a_feed_calls_itself(store: Store, now: datetime) -> None:
    feed = Feed(url="https://a.example/rss")
    store.feeds.configure([feed], origin="feeds.yaml", now=now)
    (known,) = store.feeds.all()
    store.feeds.learn(known.feed.id, known.state, title="The Example")
    store.feeds.configure([feed], origin="feeds.yaml", now=now)
    assert store.feeds.all()[0].feed.title == "The Example"
    store.feeds.configure([replace(feed, title="Ours")], origin="feeds.yaml", now=now)
    assert store.feeds.all()[0].feed.title == "Ours"
