"""What is muted is decided with the entry, in one transaction; recorded, counted, told at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot import retell
from bot.core.models import DeliveryState, Feed, Level, Threads
from bot.core.quiet import QuietHours
from bot.deliver import Courier, deliver_due
from bot.muting import end_due
from bot.poll import poll_due, poll_one
from bot.store import Store, open_store
from bot.store.mutes import Mute
from bot.store.times import FOREVER
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

FEEDS = ("https://harbour.example/rss", "https://ledger.example/rss")
FIRST = "North Korea fires ballistic missile from Sohae, Seoul says"
SECOND = "Ballistic missile fired by North Korea from Sohae launch site, says Seoul"


class Office:
    """Feeds whose reports tell stories, rules, a sink, and what became visible."""

    def __init__(self) -> None:
        self.store, self.clock = open_store("sqlite://"), FakeClock()
        self.fetch, self.sink = FakeFetch(), RecordingSink()
        stories = Storyline(self.store, lambda: GAZETTEER)
        self.poller = make_poller(self.store, self.fetch, self.clock, stories)
        self.courier = Courier(self.store, self.sink, self.clock, pace=timedelta(0))
        for url in FEEDS:
            self.store.feeds.add(Feed(url=url, every_s=900, title=url[8:15]), now=START)
        self.report()

    def report(self, *titles: str, by: int = 0) -> None:
        """Let a feed carry reports, and everything follow."""
        self.clock.forward(minutes=30)
        site = FEEDS[by].removesuffix("/rss")
        for url in FEEDS:
            entries = [(f"{n}-{title}", title) for n, title in enumerate(titles)]
            body = rss(*(entries if url == FEEDS[by] else []), site=site)
            self.fetch.answers[url] = fetched(body, url, etag=f'"{self.clock()}"')
        poll_due(self.poller)
        deliver_due(self.courier)
        self.clock.forward(seconds=30)
        deliver_due(self.courier)

    def mute(self, **about: object) -> Mute:
        values = {"what": "rule", "channel": "#nk", "until": self.clock() + timedelta(days=1)}
        mute = Mute(**(values | {"who": "U1"} | about))  # type: ignore[arg-type]
        return self.store.mutes.add(mute, now=self.clock())

    def notices(self, person: str = "U1") -> list[str]:
        return [text for text in self.sink.texts(person) if "mute" in text]


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.store.close()


def test_a_muted_rule_alerts_nobody_and_is_counted(office: Office) -> None:
    rule = add_rule(office.store, "missile")
    mute = office.mute(rule_id=rule.id)
    office.report("Missile seen", "Missile heard of far away in Chile")
    assert office.sink.visible == []
    kept = office.store.mutes.kept(mute.id)
    assert (kept.stories, kept.entries, kept.rules) == (2, 2, {rule.id: 2})
    assert len(office.store.entries.matches(1)) == 1  # recorded all the same


def test_another_rule_still_alerts_and_names_the_muted_one_not(office: Office) -> None:
    muted = add_rule(office.store, "missile", name="Muted")
    loud = replace(add_rule(office.store, "seen", name="Loud"), level=Level.FLASH)
    office.store.rules.edit(loud, who="U1", now=office.clock())
    office.mute(rule_id=muted.id)
    office.report("Missile seen")
    [text] = office.sink.texts()
    assert "FLASH · Loud (W2)" in text
    assert "Muted" not in text
    assert "missile" not in text.partition("why:")[2].lower()
    fired = office.store.votes.fired(office.store.deliveries.posts(1)[0].id)
    assert [one.rule_id for one in fired] == [loud.id]


def test_a_source_is_silent_in_one_rule_only(office: Office) -> None:
    rule, other = add_rule(office.store, "missile"), add_rule(office.store, "launch")
    office.mute(what="source", rule_id=rule.id, word="harbour.example")
    office.report("Missile seen", "Launch postponed until the spring")
    office.report("Missile bought by Peru", by=1)
    first, second = office.sink.texts()
    assert f"launch (W{other.id}): <https://harbour.example/" in first
    assert f"missile (W{rule.id}): <https://ledger.example/" in second


def test_a_term_is_silent_where_it_is_among_the_reasons(office: Office) -> None:
    rule = add_rule(office.store, "missile OR parade")
    office.mute(what="term", rule_id=rule.id, word="parade")
    office.report("Parade of a missile", "Missile bought by Peru")
    [text] = office.sink.texts()
    assert "Missile bought by Peru" in text


def test_a_mute_of_another_rule_or_story_changes_nothing(office: Office) -> None:
    add_rule(office.store, "missile")
    other = add_rule(office.store, "rice")
    office.mute(rule_id=other.id)
    office.report("Trains are late")
    office.mute(what="story", story_id=1)
    office.report("Missile seen")
    office.mute(what="story", story_id=2, channel="#elsewhere")
    assert len(office.sink.texts()) == 1


def test_a_muted_story_counts_on_and_replies_no_more(office: Office) -> None:
    add_rule(office.store, "missile")
    office.report(FIRST)
    mute = office.mute(what="story", story_id=1)
    office.report(SECOND, by=1)
    assert len(office.sink.visible) == 1
    assert "2 outlets" in office.sink.edits[-1][2].text
    assert office.store.mutes.kept(mute.id).entries == 1


def test_a_louder_rule_tells_of_a_muted_story(office: Office) -> None:
    add_rule(office.store, "missile")
    office.report(FIRST)
    flash = replace(add_rule(office.store, "launch"), level=Level.FLASH)
    office.store.rules.edit(flash, who="U1", now=office.clock())
    office.mute(what="story", story_id=1, priority=Level.INFO.priority)
    office.report(SECOND, by=1)
    assert "a louder rule fired" in office.sink.visible[-1][2].text


def test_a_muted_rule_does_not_say_how_a_thread_is_told_on(office: Office) -> None:
    apart = replace(add_rule(office.store, "ballistic"), threads=Threads.OFF)
    office.store.rules.edit(apart, who="U1", now=office.clock())
    add_rule(office.store, "missile")
    office.mute(rule_id=apart.id)
    office.report(FIRST)
    office.report(SECOND, by=1)
    assert [thread for thread, _ in office.sink.threads] == [None, "0.0"]


def test_a_changed_title_of_a_muted_story_is_an_edit_alone(office: Office) -> None:
    add_rule(office.store, "missile")
    office.report("Missile seen")
    office.mute(what="story", story_id=1)
    site = FEEDS[0].removesuffix("/rss")
    body = rss(("0-Missile seen", "Missile not seen"), site=site)
    office.clock.forward(hours=1)
    office.fetch.answers[FEEDS[0]] = fetched(body, FEEDS[0], etag='"changed"')
    poll_due(office.poller)
    office.clock.forward(seconds=30)
    deliver_due(office.courier)
    assert len(office.sink.visible) == 1
    assert "Missile not seen" in office.sink.edits[-1][2].text


def test_what_was_silent_stays_so_when_it_is_corrected_after_the_mute(office: Office) -> None:
    rule = add_rule(office.store, "missile")
    office.mute(rule_id=rule.id, until=office.clock() + timedelta(hours=1))
    office.report("Missile seen")
    office.clock.forward(hours=2)
    body = rss(
        ("0-Missile seen", "Missile seen"), summary="More", site=FEEDS[0].removesuffix("/rss")
    )
    office.fetch.answers[FEEDS[0]] = fetched(body, FEEDS[0], etag='"changed"')
    poll_due(office.poller)
    deliver_due(office.courier)
    assert office.sink.texts() == []


def test_a_rule_that_waits_for_outlets_waits_on_while_it_is_muted(office: Office) -> None:
    rule = replace(add_rule(office.store, "seoul"), min_outlets=2)
    office.store.rules.edit(rule, who="U1", now=office.clock())
    office.report(FIRST)
    mute = office.mute(rule_id=rule.id)
    office.report(SECOND, by=1)
    assert office.sink.texts() == []
    office.store.mutes.end(mute.id, now=office.clock())


def test_a_report_that_tells_another_story_is_not_silent_with_it(office: Office) -> None:
    add_rule(office.store, "missile")
    office.report(FIRST)
    office.mute(what="story", story_id=1)
    office.report(SECOND, by=1)
    stored = office.store.entries.get(2)
    assert stored is not None
    retell.split(office.store, stored, now=office.clock())
    deliver_due(office.courier)
    assert SECOND in office.sink.texts()[-1]


def test_a_muted_match_is_no_reason_to_tell_of_a_report_taken_out(office: Office) -> None:
    rule = add_rule(office.store, "says")
    office.report(FIRST)
    office.mute(rule_id=rule.id)
    office.report(SECOND, by=1)
    stored = office.store.entries.get(2)
    assert stored is not None
    assert retell.wanting(office.store, stored.entry.id) == {}


def test_a_mute_follows_a_story_that_becomes_one_with_another(office: Office) -> None:
    add_rule(office.store, "missile OR rice")
    office.report("Rice is dear", "Missile seen")
    mute = office.mute(what="story", story_id=2)
    retell.join(office.store, 1, 2, now=office.clock())
    followed = office.store.mutes.get(mute.id)
    assert followed is not None
    assert followed.story_id == 1


def test_its_end_is_told_once_to_who_muted(office: Office) -> None:
    rule = add_rule(office.store, "missile", name="NK")
    office.mute(rule_id=rule.id, until=office.clock() + timedelta(hours=1))
    office.report("Missile seen")
    assert end_due(office.store, office.clock()) == 0
    office.clock.forward(hours=1)
    assert end_due(office.store, office.clock()) == 1
    assert end_due(office.store, office.clock()) == 0
    deliver_due(office.courier)
    [text] = office.notices()
    assert "The mute of NK (W1) ended: 1 alert was kept silent." in text
    assert "`/watch mutes M1`" in text
    office.report("Missile seen over Peru")
    assert len(office.sink.texts()) == 1  # heard again


def test_a_rule_that_was_moved_is_not_named_to_who_muted_it_before(office: Office) -> None:
    rule = add_rule(office.store, "missile", name="NK")
    office.mute(rule_id=rule.id, until=office.clock())
    moved = replace(rule, channel="#team", name="Heron")
    office.store.rules.edit(moved, who="U2", now=office.clock())
    end_due(office.store, office.clock())
    deliver_due(office.courier)
    [text] = office.notices()
    assert "The mute of W1 ended" in text
    assert "Heron" not in text


def test_whoever_has_no_messages_of_their_own_is_told_in_the_channel(office: Office) -> None:
    office.report("Trains are late")
    office.mute(what="story", story_id=1, who="console", until=office.clock())
    end_due(office.store, office.clock())
    deliver_due(office.courier)
    [text] = office.sink.texts()
    assert "The mute of story S1 “Trains are late” ended: 0 reports were kept silent." in text


def test_a_crash_before_the_commit_leaves_nothing_muted_and_nothing_owed(office: Office) -> None:
    rule = add_rule(office.store, "missile")
    mute = office.mute(rule_id=rule.id)
    known = office.store.feeds.get(1)
    assert known is not None
    body = rss(("1", "Missile seen"), site=FEEDS[0].removesuffix("/rss"))
    answer = fetched(body, FEEDS[0], etag='"2"')

    def crash() -> None:
        with office.store.transaction():
            poll_one(office.poller, known, answer)
            assert office.store.mutes.kept(mute.id).entries == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert office.store.mutes.kept(mute.id).entries == 0
    stories = Storyline(office.store, lambda: GAZETTEER)  # of the process that starts next
    poller = make_poller(office.store, office.fetch, office.clock, stories)
    poll_one(poller, known, answer)
    deliver_due(office.courier)
    assert office.store.mutes.kept(mute.id).entries == 1
    assert office.sink.visible == []


def test_a_crash_leaves_both_the_end_and_its_notice_to_be_done(office: Office) -> None:
    rule = add_rule(office.store, "missile")
    mute = office.mute(rule_id=rule.id, until=office.clock())

    def crash() -> None:
        with office.store.transaction():
            end_due(office.store, office.clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    again = office.store.mutes.get(mute.id)
    assert again is not None
    assert again.ended_at is None
    assert office.store.deliveries.counts()[DeliveryState.PENDING] == 0
    assert end_due(office.store, office.clock()) == 1
    assert office.store.deliveries.counts()[DeliveryState.PENDING] == 1


def test_what_is_counted_hides_what_its_readers_must_not_know(office: Office) -> None:
    open_rule, hidden = add_rule(office.store, "missile"), add_rule(office.store, "seen")
    for rule in (open_rule, hidden):
        office.mute(rule_id=rule.id, until=FOREVER)
    office.report("Missile seen")
    counted = counted_in(office.store, office.clock())
    assert (counted.stories, counted.entries) == (1, 1)
    assert counted.rules == {open_rule.id: 1, hidden.id: 1}
    assert counted_in(office.store, office.clock(), hidden.id).rules == {open_rule.id: 1}
    assert counted_in(office.store, START).entries == 0


def counted_in(store: Store, until: datetime, *hidden: int):  # type: ignore[no-untyped-def]
    return store.mutes.counted(until - timedelta(days=1), until, hidden=frozenset(hidden))


# ── made while an alert waits ─────────────────────────────────────────────────

NIGHT = QuietHours.of("12:30-20:00@UTC")  # the office begins at 12:00 and reports each half hour
MORNING = START.replace(hour=20)


@pytest.fixture
def night(office: Office) -> Office:
    """An office whose channel is left in peace until the evening."""
    office.store.channels.set_quiet_hours("#nk", NIGHT)
    return office


def wake(office: Office) -> None:
    """Let the quiet hours end, and everything follow."""
    office.clock.now = max(MORNING, office.clock.now)
    for _ in range(3):
        deliver_due(office.courier)
        office.clock.forward(seconds=30)


def counts(office: Office) -> dict[DeliveryState, int]:
    return {state: n for state, n in office.store.deliveries.counts().items() if n}


@pytest.mark.parametrize(
    "about",
    [
        {"rule_id": 1},
        {"what": "story", "story_id": 1},
        {"what": "source", "rule_id": 1, "word": "harbour"},
        {"what": "term", "rule_id": 1, "word": "missile"},
    ],
)
def test_what_is_muted_while_it_waits_is_not_told_and_counted(
    night: Office, about: dict[str, object]
) -> None:
    add_rule(night.store, "missile")
    night.report(FIRST)
    mute = night.mute(**about)
    wake(night)
    assert night.sink.visible == []
    assert night.store.mutes.kept(mute.id).entries == 1
    assert counts(night) == {DeliveryState.MUTED: 1}


def test_a_mute_that_is_lifted_before_they_end_is_as_if_it_had_not_been(night: Office) -> None:
    rule = add_rule(night.store, "missile")
    night.report(FIRST)
    for ended in (night.mute(rule_id=rule.id), night.mute(what="story", story_id=1)):
        night.store.mutes.end(ended.id, now=night.clock())
    brief = night.mute(rule_id=rule.id, until=MORNING)
    wake(night)
    [text] = night.sink.texts()
    assert FIRST in text
    assert night.store.mutes.kept(brief.id).entries == 0


def test_a_mute_made_meanwhile_silences_only_what_it_is_about(night: Office) -> None:
    muted = add_rule(night.store, "missile", name="Muted")
    loud = add_rule(night.store, "seoul", name="Loud")
    night.report(FIRST)
    night.report("Missile bought by Peru", by=1)
    mute = night.mute(rule_id=muted.id)
    wake(night)
    [text] = night.sink.texts()
    assert f"Loud (W{loud.id})" in text
    assert "Muted" not in text
    assert night.store.mutes.kept(mute.id).entries == 2


def test_who_is_left_to_hear_it_may_have_quiet_hours_of_their_own(night: Office) -> None:
    muted, other = add_rule(night.store, "missile"), add_rule(night.store, "seoul")
    late = replace(other, quiet_hours=QuietHours.of("12:30-21:00@UTC"))
    night.store.rules.edit(late, who="U1", now=START)
    night.report(FIRST)
    night.mute(rule_id=muted.id)
    wake(night)
    assert night.sink.visible == []
    night.clock.now = MORNING + timedelta(hours=1)
    wake(night)
    assert len(night.sink.visible) == 1


def test_the_thread_of_a_story_muted_meanwhile_is_silent_with_it(night: Office) -> None:
    add_rule(night.store, "missile")
    night.report(FIRST)
    night.report(SECOND, by=1)
    assert counts(night) == {DeliveryState.PENDING: 2}
    mute = night.mute(what="story", story_id=1)
    wake(night)
    assert night.sink.visible == []
    assert night.store.mutes.kept(mute.id).entries == 2
    assert counts(night) == {DeliveryState.MUTED: 2}


def test_of_a_story_whose_first_report_fell_silent_the_next_is_told_once(night: Office) -> None:
    first, _ = add_rule(night.store, "fires"), add_rule(night.store, "site")
    night.report(FIRST)
    night.report(SECOND, by=1)
    night.mute(rule_id=first.id)
    wake(night)
    [text] = night.sink.texts()
    assert SECOND in text
    assert counts(night) == {DeliveryState.SENT: 1, DeliveryState.MUTED: 1}


def test_a_story_muted_meanwhile_is_told_by_the_first_report_after_the_mute(night: Office) -> None:
    add_rule(night.store, "missile")
    night.report(FIRST)
    mute = night.mute(what="story", story_id=1, until=MORNING + timedelta(minutes=5))
    wake(night)
    end_due(night.store, night.clock())
    night.clock.now = MORNING + timedelta(minutes=5)
    assert end_due(night.store, night.clock()) == 1
    night.report(SECOND, by=1)
    [text] = night.sink.texts()
    assert SECOND in text
    assert "1 report was kept silent" in night.notices()[0]
    assert night.store.mutes.kept(mute.id).entries == 1


def test_a_rule_that_waits_for_outlets_does_not_bring_back_what_was_muted(night: Office) -> None:
    muted = add_rule(night.store, "missile")
    patient = replace(add_rule(night.store, "seoul"), min_outlets=2)
    night.store.rules.edit(patient, who="U1", now=START)
    night.report(FIRST)
    night.mute(rule_id=muted.id)
    wake(night)
    assert night.sink.visible == []
    night.report(SECOND, by=1)
    [text] = night.sink.texts()
    assert "2 outlets" in text
    assert "missile (W1)" not in text


def test_a_reply_that_the_channel_would_see_falls_silent_too(office: Office) -> None:
    add_rule(office.store, "missile")
    office.report(FIRST)
    office.store.channels.set_quiet_hours("#nk", NIGHT)
    flash = replace(add_rule(office.store, "launch"), level=Level.URGENT)
    office.store.rules.edit(flash, who="U1", now=office.clock())
    office.report(SECOND, by=1)
    assert len(office.sink.visible) == 1
    office.mute(what="story", story_id=1)
    wake(office)
    assert len(office.sink.visible) == 1
    assert counts(office) == {DeliveryState.SENT: 1, DeliveryState.MUTED: 1}


def test_a_title_that_was_corrected_is_no_reason_to_tell_of_a_story_muted_meanwhile(
    office: Office,
) -> None:
    add_rule(office.store, "missile")
    office.report("Missile seen")
    office.store.channels.set_quiet_hours("#nk", NIGHT)
    body = rss(
        ("0-Missile seen", "CORRECTED: Missile not seen"), site=FEEDS[0].removesuffix("/rss")
    )
    office.clock.forward(minutes=30)
    office.fetch.answers[FEEDS[0]] = fetched(body, FEEDS[0], etag='"changed"')
    poll_due(office.poller)
    deliver_due(office.courier)
    assert counts(office) == {DeliveryState.SENT: 1, DeliveryState.PENDING: 1}
    mute = office.mute(what="story", story_id=1)
    wake(office)
    assert len(office.sink.visible) == 1
    assert office.store.mutes.kept(mute.id).entries == 0


def test_what_a_person_asked_for_comes_although_it_is_muted(night: Office) -> None:
    rule = add_rule(night.store, "missile")
    night.report(FIRST)
    night.mute(rule_id=rule.id)
    night.store._db.run("update deliveries set asked = 1, not_before = 0")
    wake(night)
    assert len(night.sink.visible) == 1


def test_a_crash_while_it_falls_silent_neither_tells_nor_counts_twice(night: Office) -> None:
    rule = add_rule(night.store, "missile")
    night.report(FIRST)
    mute = night.mute(rule_id=rule.id)

    def crash() -> None:
        with night.store.transaction():
            wake(night)
            assert night.store.mutes.kept(mute.id).entries == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert night.store.mutes.kept(mute.id).entries == 0
    assert counts(night) == {DeliveryState.PENDING: 1}
    wake(night)
    assert (night.sink.visible, night.store.mutes.kept(mute.id).entries) == ([], 1)
