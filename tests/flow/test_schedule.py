"""Scheduled digests: each once, whenever the process dies; after an outage one for all that fell out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.commands.access import hidden_in
from bot.core.models import DeliveryState, Feed, Message, ParsedFeed
from bot.deliver import Courier, deliver_due
from bot.errors import UnansweredError
from bot.feeds.parse import parse_document
from bot.poll import Reader, poll_due
from bot.schedule import Press, next_due, owe_digests
from bot.store import open_store
from bot.store.schedules import ALL, OWN, Schedule
from tests.commands.parts import ANA, BEN, GAZETTEER, NOW, Room, Town, open_room, said, story
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
from tests.torture.fuse import Died, Fuse, Fused, fused_connections
from tests.torture.test_crash import telling

MORNING = Schedule(channel="#nk", owner=ANA, at=time(8, 30), zone="UTC", due_at=NOW)
DAY = timedelta(days=1)


@dataclass
class Kept:
    """Takes every picture, and remembers their words."""

    alts: list[str] = field(default_factory=list)
    trouble: str = ""

    def keep(self, png: bytes, *, alt: str) -> str | None:
        assert png
        self.alts.append(alt)
        return f"F{len(self.alts)}"


@dataclass
class Office:
    room: Room
    press: Press
    sink: RecordingSink = field(default_factory=RecordingSink)

    def plan(self, schedule: Schedule = MORNING, **changes: object) -> Schedule:
        planned = replace(schedule, **changes)  # type: ignore[arg-type]
        due_at = next_due(planned, self.room.clock())
        return self.room.store.schedules.add(replace(planned, due_at=due_at), now=self.room.clock())

    def until(self, when: datetime) -> None:
        """Let the clock go on to a moment, and do what is due."""
        self.room.now[0] = when
        self.tick()

    def tick(self) -> None:
        owe_digests(self.press)
        self.room.forward(seconds=5)
        deliver_due(Courier(self.room.store, self.sink, self.room.clock, pace=timedelta(0)))

    def digests(self, channel: str = "#nk") -> list[Message]:
        return [
            message
            for name, _, message in self.sink.visible
            if name == channel and ("Digest" in message.text or "Nothing matched" in message.text)
        ]

    def told(self, channel: str = "#nk") -> list[str]:
        return [said(message) for message in self.digests(channel)]


@pytest.fixture
def office() -> Iterator[Office]:
    town = Town(members={"#nk": {ANA}, "#other": {ANA}, "#team": {BEN}}, private={"#team"})
    with open_room(directory=town) as room:
        hidden = partial(hidden_in, room.desk)
        yield Office(room, Press(room.store, lambda: GAZETTEER, room.clock, hidden))


def at(day: int, hour: int = 8, minute: int = 30) -> datetime:
    return NOW.replace(day=day, hour=hour, minute=minute)


def test_a_digest_comes_when_it_is_due_and_once(office: Office) -> None:
    office.room("add landmine* yes")
    office.plan()
    office.room.publish(story(1, "Landmines"))
    office.until(at(14, 8, 29))
    assert office.told() == []
    office.until(at(14))
    office.tick()
    office.until(at(14, 20))
    [digest] = office.told()
    assert "Digest · D1 daily" in digest
    assert "Landmines" in digest


def test_each_digest_begins_where_the_last_one_ended(office: Office) -> None:
    office.room("add landmine* yes")
    office.plan()
    office.until(at(14))
    office.room.publish(story(1, "A landmine in between"))
    office.until(at(15))
    office.until(at(16))
    first, second, third = office.told()
    assert "Nothing matched since" in first
    assert "A landmine in between" in second
    assert "Nothing matched since" in third
    assert len(office.digests()[2].blocks) == 1  # a line, to be trusted


def test_after_an_outage_one_digest_tells_of_all_that_fell_out_and_says_so(office: Office) -> None:
    office.room("add landmine* yes")
    office.plan()
    office.until(at(14))
    office.room.publish(story(1, "A landmine on the first day"))
    office.until(at(17, 15))
    _, digest = office.told()
    assert "2 digests before this one fell out" in digest
    assert "A landmine on the first day" in digest
    office.until(at(18))
    assert "fell out" not in office.told()[-1]
    assert len(office.told()) == 3


def test_after_an_outage_the_feeds_are_asked_first(office: Office) -> None:
    office.plan()
    office.room.now[0] = at(15, 9)
    office.room.store.outages.add(began_at=at(14), ended_at=at(15, 9), is_restore=False)
    office.tick()
    assert office.told() == []
    office.room.forward(minutes=2)
    office.tick()
    assert len(office.told()) == 1


def test_a_digest_that_was_sent_before_a_restore_is_looked_for_first(office: Office) -> None:
    office.plan()
    office.until(at(15))
    sent = len(office.sink.visible)
    office.room.store._db.run("delete from deliveries")  # the backup is older
    office.room.store._db.run(
        "update schedules set due_at = created_at + 73800000000, told_until = null"
    )
    office.room.store.outages.add(began_at=at(13), ended_at=office.room.clock(), is_restore=True)
    office.sink.found = lambda _: ("1.0",)
    office.room.forward(minutes=5)
    office.tick()
    assert len(office.sink.visible) == sent
    counts = office.room.store.deliveries.counts()
    assert (counts[DeliveryState.SENT], counts[DeliveryState.PENDING]) == (1, 0)


def test_a_weekly_digest_tells_of_the_week(office: Office) -> None:
    office.room("add landmine* yes")
    office.room.publish(story(1, "Landmines on Wednesday"))
    office.plan(weekday=0)
    office.until(at(17, 12))
    assert office.told() == []
    office.until(at(18))
    assert "Landmines on Wednesday" in office.told()[0]
    assert "D1 weekly" in office.told()[0]


def test_a_channel_hears_of_its_own_rules_or_of_all_that_it_may_know(office: Office) -> None:
    office.room("add landmine* yes")
    office.room("add bridge yes", at="#other")
    office.room('add sanctions name:"Project Heron" yes', as_=BEN, at="#team")
    office.plan()
    office.plan(scope=ALL)
    office.plan(scope="bridge OR sanctions")
    titles = ("Landmines", "A bridge", "Sanctions")
    office.room.publish(*(story(at, title) for at, title in enumerate(titles)))
    office.until(at(14))
    own, everything, found = office.told()
    assert ("Landmines" in own, "A bridge" in own, "Sanctions" in own) == (True, False, False)
    assert ("Landmines" in everything, "Sanctions" in everything) == (True, False)
    assert "Heron" not in everything
    assert "Sanctions" in found  # feeds are everybody's, rules are not
    assert "Heron" not in found


def test_a_personal_digest_tells_of_ones_own_rules(office: Office) -> None:
    office.room("add landmine* yes")
    office.room("add bridge yes", as_=BEN)
    office.plan(channel="D0ANA0000")
    office.room.publish(story(1, "Landmines"), story(2, "A bridge"))
    office.until(at(14))
    [digest] = office.told("D0ANA0000")
    assert "Landmines" in digest
    assert "A bridge" not in digest


def test_a_personal_digest_tells_of_others_rules_that_one_may_know_if_asked(
    office: Office,
) -> None:
    office.room("add landmine* yes", as_=BEN)
    office.room("add sanctions yes", as_=BEN, at="#team")
    for scope in (ALL, "W1", "W2"):
        office.plan(channel="D0ANA0000", scope=scope)
    office.plan(channel="D0BEN0000", owner=BEN, scope="W2")
    office.room.publish(story(1, "Landmines"), story(2, "Sanctions"))
    office.until(at(14))
    everything, known, hidden = office.told("D0ANA0000")
    assert ("Landmines" in everything, "Sanctions" in everything) == (True, False)
    assert "Landmines" in known
    assert "W2 is gone" in hidden
    [member] = office.told("D0BEN0000")
    assert "Sanctions" in member


def test_a_rule_that_is_gone_or_became_private_is_told_no_more(office: Office) -> None:
    office.room("add landmine* yes")
    office.room("add bridge yes")
    office.plan(scope="W1")
    office.plan(scope="W2")
    office.room.publish(story(1, "Landmines"), story(2, "A bridge"))
    office.room("remove W1 yes")
    office.room.store._db.run("update rules set channel = '#team' where id = 2")
    office.until(at(14))
    for number, digest in enumerate(office.told(), 1):
        assert f"W{number} is gone: /digest schedule off D{number} ends" in digest
        assert "Landmines" not in digest
        assert "A bridge" not in digest


def test_what_slack_does_not_tell_who_may_know_is_waited_for_and_then_told_once(
    office: Office,
) -> None:
    def away(*_: str) -> frozenset[int]:
        raise UnansweredError("Slack did not answer")

    office.room("add landmine* yes", at="#other")
    for scope in (ALL, "W1", "landmine*", OWN):
        office.plan(scope=scope)
    office.room.publish(story(1, "Landmines"))
    answers = office.press
    office.press = replace(answers, hidden_in=away)
    office.until(at(14))
    office.until(at(14, 9))
    found, _ = office.told()  # what does not ask for anybody's rules comes in time
    assert "Digest · D3 daily" in found
    office.press = answers
    office.tick()
    office.tick()
    everything, one = office.told()[2:]
    assert ("D1 daily" in everything, "Landmines" in everything) == (True, True)
    assert ("D2 daily" in one, "W1 is gone" in one) == (True, False)
    office.until(at(15))
    assert len(office.told()) == 8  # their times are what they were


def test_what_was_ended_comes_no_more(office: Office) -> None:
    planned = office.plan()
    office.room.store.schedules.remove(planned.id, now=NOW)
    office.until(at(14))
    assert office.told() == []


def test_the_chart_is_uploaded_before_anything_is_owed(office: Office) -> None:
    pictures = Kept()
    office.press = replace(office.press, pictures=pictures)
    office.room("add landmine* yes")
    office.plan()
    office.room.publish(story(1, "Landmines"))
    office.until(at(14))
    [message] = office.digests()
    [image] = [block for block in message.blocks if block["type"] == "image"]
    assert image["slack_file"] == {"id": "F1"}
    assert image["alt_text"] == pictures.alts[0]
    assert not [block for block in message.instead if block["type"] == "image"]


def test_a_digest_does_not_count_against_the_noise_budget(office: Office) -> None:
    office.plan()
    office.until(at(14))
    spent = office.room.store.deliveries.spent("#nk", since=NOW, but="")
    assert (len(office.told()), spent) == (1, 0)


def test_one_that_cannot_be_made_stops_no_other(office: Office) -> None:
    office.plan(scope='actor:"unclosed')
    office.plan(at=time(8, 31))
    office.until(at(14, 9))
    first, second = [said(message) for _, _, message in office.sink.visible]
    assert "D1 could not be made (RuleError)" in first
    assert "Nothing matched" in second


def test_what_is_being_read_while_a_digest_is_made_is_in_the_next_one() -> None:
    store, clock, fetch, sink = open_store("sqlite://"), FakeClock(), FakeFetch(), RecordingSink()
    add_rule(store, "missile*")
    store.feeds.add(Feed(url="https://a.example/rss", title="A"), now=START)
    poller = make_poller(store, fetch, clock)
    press = Press(store, lambda: GAZETTEER, clock, lambda *_: frozenset())
    courier = Courier(store, sink, clock, pace=timedelta(0))

    def slowly(body: bytes, **about: object) -> ParsedFeed:
        clock.forward(seconds=5)
        owe_digests(press)
        clock.forward(seconds=5)
        return parse_document(body, **about)  # type: ignore[arg-type]

    def poll(read: Reader, *titles: str) -> None:
        clock.forward(hours=1)
        store.beat(clock.now)
        store._db.run("update feeds set next_poll_at = 0")
        document = rss(*((title, title) for title in titles))
        fetch.answers["https://a.example/rss"] = fetched(document)
        poll_due(replace(poller, read=read))

    poll(parse_document, "A bridge")
    store.schedules.add(replace(MORNING, due_at=clock.now), now=START)
    poll(slowly, "A bridge", "A missile")
    clock.forward(days=1)
    owe_digests(press)
    deliver_due(courier)
    first, second = [m for m in sink.texts() if "Digest" in m or "Nothing matched" in m]
    assert "Nothing matched" in first
    assert "A missile" in second
    store.close()


# ── dying ─────────────────────────────────────────────────────────────────────


def test_it_is_told_once_at_whichever_statement_the_process_dies(tmp_path: Path) -> None:
    fuse = Fuse()
    live(tmp_path / "0.db", fuse)
    assert {"before COMMIT", "after COMMIT", "before update schedules set"} <= set(fuse.points)
    for number in telling(fuse.points):
        blown = Fuse(number)
        assert live(tmp_path / f"{number}.db", blown) == 1, fuse.points[number - 1]
        assert blown.blown


def live(file: Path, fuse: Fuse) -> int:
    """Let a process make a digest and die at a point, and another go on; return how many came."""
    with fused_connections():
        store = open_store(f"sqlite:///{file}")
        store.schedules.add(replace(MORNING, due_at=at(14)), now=NOW)
        connection = store._db._conn
        assert isinstance(connection, Fused)
        now, sink = [at(14)], RecordingSink()
        sink.found = lambda id_: tuple(
            f"{n}.0" for n, (_, sent, _) in enumerate(sink.visible) if sent == id_
        )
        connection.fuse = fuse
        press = Press(store, lambda: GAZETTEER, lambda: now[0], lambda *_: frozenset())
        courier = Courier(store, sink, lambda: now[0], pace=timedelta(0))
        try:
            owe_digests(press)
            deliver_due(courier)
        except Died:
            pass
        connection.fuse = None
        store.close()
        store = open_store(f"sqlite:///{file}")
        press, courier = replace(press, store=store), replace(courier, store=store)
        for _ in range(4):
            now[0] += timedelta(minutes=2)
            owe_digests(press)
            deliver_due(courier)
        store.close()
    return len(sink.visible)
