"""The running program: ticks, sign of life, a graceful stop, and an end when storage fails."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import Board, Job, Room, Ticker, open_room, run_until_signal, user_agent, utc_now
from bot.config import Config, load_config
from bot.core.models import DeliveryState
from bot.demo.newsroom import Newsroom
from bot.errors import StoreError
from bot.sinks.console import ConsoleSink
from bot.store.lock import Lock, holder_of
from tests.store.test_tables import record


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(datetime.now(UTC)) as on_air:
        yield on_air


@pytest.fixture
def config(newsroom: Newsroom, tmp_path: Path) -> Config:
    path = tmp_path / "feeds.yaml"
    settings = "settings: {allow_addresses: [127.0.0.0/8], default_every: 1s}\n"
    path.write_text(settings + newsroom.config_text())
    return load_config(path)


@pytest.fixture
def room(config: Config, tmp_path: Path) -> Iterator[Room]:
    with open_room(config, f"sqlite:///{tmp_path / 'w.db'}") as opened:
        yield opened


def wait_for(ready: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def test_it_polls_delivers_shows_life_and_stops(room: Room, newsroom: Newsroom) -> None:
    out = StringIO()
    ticker = Ticker(room, ConsoleSink(Console(file=out, width=100)), poll_tick_s=0.2)
    runner = threading.Thread(target=ticker.run)
    runner.start()
    try:
        wait_for(lambda: all(known.state.baseline_at for known in room.store.feeds.all()))
        newsroom.publish(1)
        wait_for(lambda: room.store.deliveries.counts()[DeliveryState.SENT] >= 3)
        wait_for(lambda: room.store.heartbeat() is not None)
    finally:
        ticker.stop()
        runner.join(20)
    assert not runner.is_alive()
    assert "why: " in out.getvalue()
    assert room.store.deliveries.counts()[DeliveryState.SENDING] == 0


def test_a_storage_error_ends_the_run(room: Room) -> None:
    room.store._db.run("drop table feeds")
    with pytest.raises(StoreError, match="no such table"):
        Ticker(room, ConsoleSink(Console(file=StringIO()))).run()


@pytest.fixture
def held_room(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room that holds its database, does not wait long for it, and tries again soon."""
    monkeypatch.setattr("bot.store.database.BUSY_S", 0.05)
    monkeypatch.setattr("bot.app.PATIENCE_S", 0.1)
    with open_room(config, f"sqlite:///{tmp_path / 'w.db'}", alone="bot run") as opened:
        yield opened


@contextmanager
def running(room: Room, out: StringIO) -> Iterator[Ticker]:
    ticker = Ticker(room, ConsoleSink(Console(file=out, width=100)), poll_tick_s=0.2)
    runner = threading.Thread(target=ticker.run)
    runner.start()
    try:
        yield ticker
    finally:
        ticker.stop()
        runner.join(20)
    assert not runner.is_alive()


@contextmanager
def locked(room: Room) -> Iterator[None]:
    other = sqlite3.connect(room.store._db.path, isolation_level=None, timeout=20)
    other.execute("begin exclusive")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


@contextmanager
def full(room: Room) -> Iterator[None]:
    (pages,) = room.store._db.rows("select page_count from pragma_page_count")
    room.store._db.rows(f"pragma max_page_count = {pages['page_count']}")
    try:
        yield
    finally:
        room.store._db.rows("pragma max_page_count = 1000000")


@pytest.mark.parametrize(("trouble", "said"), [(locked, "another process"), (full, "disk is full")])
def test_storage_that_fails_for_a_while_is_waited_out_and_nothing_is_lost(
    held_room: Room,
    newsroom: Newsroom,
    caplog: pytest.LogCaptureFixture,
    trouble: Callable[[Room], AbstractContextManager[None]],
    said: str,
) -> None:
    room, out = held_room, StringIO()
    url = f"sqlite:///{room.store._db.path}"

    def noted() -> str:
        found = holder_of(url)
        return (found and found.trouble) or ""

    def sent() -> int:
        return room.store.deliveries.counts()[DeliveryState.SENT]

    with running(room, out):
        wait_for(lambda: all(known.state.baseline_at for known in room.store.feeds.all()))
        with trouble(room):
            newsroom.publish(1)
            wait_for(lambda: said in noted())
        room.store._db.run("update feeds set next_poll_at = 0")
        wait_for(lambda: sent() >= 3)
        wait_for(lambda: noted() == "")
    assert "storage failed" in caplog.text
    assert room.store._db.rows("select * from pragma_integrity_check") == [
        {"integrity_check": "ok"}
    ]


def test_a_database_that_vanishes_ends_the_run_without_a_traceback(
    held_room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    Path(held_room.store._db.path).unlink()
    with pytest.raises(StoreError, match="deleted or replaced while in use"):
        Ticker(held_room, ConsoleSink(Console(file=StringIO()))).run()
    assert "Traceback" not in caplog.text


def test_a_job_waits_longer_each_time_and_forgets_it_when_it_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    tries: list[float] = []
    broken = [True]

    def work() -> None:
        tries.append(now[0])
        if broken[0]:
            raise StoreError("locked", transient=True)

    job = Job("poll", work, Board(Lock()))
    for second in range(200):
        now[0] = 100.0 + second
        job()
    assert [later - earlier for earlier, later in pairwise(tries)] == [1, 2, 4, 8, 16, 32, 60, 60]
    broken[0] = False
    now[0] += 60
    job()
    broken[0] = True
    job()
    now[0] += 1
    job()
    assert tries[-2:] == [now[0] - 1, now[0]]


def test_what_a_killed_run_had_claimed_is_polled_at_once(held_room: Room) -> None:
    later = utc_now() + timedelta(minutes=5)
    assert held_room.store.feeds.claim_due(utc_now(), lease_until=later, limit=99)
    with running(held_room, StringIO()):
        wait_for(lambda: all(known.state.baseline_at for known in held_room.store.feeds.all()))


@pytest.mark.parametrize(("keep_s", "left"), [(86_400 * 90, 1), (0, 2)])
def test_old_texts_are_forgotten_while_it_runs(held_room: Room, keep_s: int, left: int) -> None:
    settings = replace(held_room.config.settings, keep_s=keep_s)
    room = replace(held_room, config=replace(held_room.config, settings=settings))
    record(room.store, utc_now() - timedelta(days=91), title="An old report of a missile")
    record(room.store, utc_now(), "young", title="A young report of a missile")
    with running(room, StringIO()):
        wait_for(lambda: room.store.heartbeat() is not None)
        wait_for(lambda: room.store.retention.is_due(utc_now()) is (keep_s == 0))
    assert len(room.store.entries.search("report of a missile")) == left


def test_a_second_run_is_refused_and_names_the_first(held_room: Room, config: Config) -> None:
    url = f"sqlite:///{held_room.store._db.path}"
    with (
        pytest.raises(StoreError, match=rf"`bot run` \(process {os.getpid()} on"),
        open_room(config, url, alone="bot poll"),
    ):
        pass
    with open_room(config, url) as beside:  # bot watch, bot digest
        assert beside.store.rules.live() == held_room.store.rules.live()


def test_sigterm_stops_it(room: Room) -> None:
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    ticker = Ticker(room, ConsoleSink(Console(file=StringIO())))
    try:
        threading.Timer(0.3, signal.raise_signal, [signal.SIGTERM]).start()
        run_until_signal(ticker)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def test_a_restart_repeats_nothing(config: Config, newsroom: Newsroom, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'w.db'}"
    sent = []
    for step in (0, 1, 1):
        newsroom.publish(step)
        with open_room(config, url) as room:
            room.store._db.run("update feeds set next_poll_at = 0")
            ticker = Ticker(room, ConsoleSink(Console(file=StringIO())), poll_tick_s=0.2)
            threading.Timer(1.2, ticker.stop).start()
            ticker.run()
            sent.append(sum(room.store.deliveries.counts().values()))
            assert len(room.store.rules.live()) == len(config.rules)
    assert sent[0] == 0 < sent[1] == sent[2]


def test_the_user_agent_says_who_we_are_and_where_to_complain() -> None:
    assert user_agent(None).startswith("Watchdesk/")
    assert user_agent("https://a.example").endswith("(+https://a.example)")
    assert utc_now().tzinfo is UTC
