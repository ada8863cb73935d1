"""The running program: ticks, sign of life, a graceful stop, and an end when storage fails."""

import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import Room, Ticker, open_room, run_until_signal, user_agent, utc_now
from bot.config import Config, load_config
from bot.core.models import DeliveryState
from bot.demo.newsroom import Newsroom
from bot.errors import StoreError
from bot.sinks.console import ConsoleSink


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
