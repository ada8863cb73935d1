"""The composition root: configuration to store, fetch, sink and clock; ticks, signals, stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot import __version__, gazetteer
from bot.config import Config
from bot.deliver import Courier, deliver_due
from bot.feeds.fetch import AddressPolicy, Fetcher
from bot.feeds.parse import Parser
from bot.log import get_logger
from bot.poll import Poller, poll_due
from bot.rulebook import Rulebook
from bot.sinks import Sink
from bot.store import Store, open_store

log = get_logger(__name__)

# It warns of every tick that finds the one before still at work, which is how it is meant to be.
logging.getLogger("apscheduler").setLevel(logging.ERROR)

POLL_TICK_S = 5
DELIVER_TICK_S = 0.5
BEAT_TICK_S = 15
SENDERS = 4  #: channels served at the same time
STALE_S = 120  #: a heartbeat older than this means the bot is dead


def utc_now() -> datetime:
    """Return the time; everything else gets it as an argument."""
    return datetime.now(UTC)


def user_agent(contact: str | None) -> str:
    """Return the informative User-Agent that feed hosts see."""
    return f"Watchdesk/{__version__}" + (f" (+{contact})" if contact else "")


def open_fetcher(*, contact: str | None = None, allow: tuple[str, ...] = ()) -> Fetcher:
    """Return a fetcher that reaches public addresses, and private ones only where allowed."""
    return Fetcher(user_agent=user_agent(contact), policy=AddressPolicy(allow=allow))


@dataclass(frozen=True, slots=True)
class Room:
    """The parts that belong together while the program runs."""

    config: Config
    store: Store
    book: Rulebook
    fetcher: Fetcher
    parser: Parser
    poller: Poller


@contextmanager
def open_room(
    config: Config,
    database_url: str,
    *,
    origin: str = "feeds.yaml",
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Room]:
    """Open the store, take over the configuration, and wire what polls.

    Args:
        config: feeds and rules; those of `origin` in the store become exactly these.
        database_url: where to remember.
        origin: what the configuration is called in listings.
        clock: the time; the replay and the tests bring their own.

    Raises:
        StoreError: the database can't be used.
    """
    with ExitStack() as stack:
        store = open_store(database_url)
        stack.callback(store.close)
        store.feeds.configure(config.feeds, origin=origin, now=clock())
        store.rules.configure(config.rules, origin=origin, now=clock())
        allow = tuple(str(network) for network in config.settings.allow_addresses)
        fetcher = open_fetcher(contact=config.settings.contact, allow=allow)
        stack.callback(fetcher.close)
        parser = stack.enter_context(Parser())
        book = Rulebook(store, gazetteer.load)
        poller = Poller(store, fetcher, parser.parse, book, clock)
        yield Room(config, store, book, fetcher, parser, poller)


class Ticker:
    """Runs polling and delivering until told to stop; what is due is the store's to say."""

    def __init__(self, room: Room, sink: Sink, *, poll_tick_s: float = POLL_TICK_S) -> None:
        self._room = room
        self._courier = Courier(room.store, sink, room.poller.clock)
        self._poll_tick_s = poll_tick_s
        self._stopped = threading.Event()
        self._failure: BaseException | None = None
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(SENDERS + 3)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._scheduler.add_listener(self._on_error, EVENT_JOB_ERROR)

    def run(self) -> None:
        """Tick until `stop`, then let work in hand finish.

        Raises:
            Exception: what made a tick fail; going on could lose what nobody would notice.
        """
        add, start = self._scheduler.add_job, self._room.poller.clock()
        add(self._beat, "interval", seconds=BEAT_TICK_S, next_run_time=start)
        add(
            poll_due,
            "interval",
            seconds=self._poll_tick_s,
            next_run_time=start,
            args=[self._room.poller],
            kwargs={"stopped": self._stopped.is_set},
        )
        for _ in range(SENDERS):
            add(
                deliver_due,
                "interval",
                seconds=DELIVER_TICK_S,
                next_run_time=start,
                args=[self._courier],
                kwargs={"stopped": self._stopped.is_set},
            )
        self._scheduler.start()
        while not self._stopped.wait(timeout=0.5):
            pass  # a signal that another thread received is handled only when this one wakes up
        self._scheduler.shutdown(wait=True)
        if self._failure:
            raise self._failure

    def stop(self, *_: object) -> None:
        """End `run`; also a signal handler."""
        self._stopped.set()

    def _beat(self) -> None:
        self._room.store.beat(self._room.poller.clock())

    def _on_error(self, event: JobExecutionEvent) -> None:
        self._failure = event.exception
        self.stop()


def run_until_signal(ticker: Ticker) -> None:
    """Run in the foreground; SIGTERM and Ctrl-C stop it after the work in hand."""
    signal.signal(signal.SIGTERM, ticker.stop)
    signal.signal(signal.SIGINT, ticker.stop)
    ticker.run()
