"""The composition root: configuration to store, fetch, sink and clock; ticks, signals, stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot import __version__, gazetteer
from bot.catchup import beat
from bot.compose import Budget
from bot.config import Config
from bot.deliver import Courier, deliver_due
from bot.errors import ConfigError, Problem, StoreError
from bot.feeds.fetch import AddressPolicy, Fetcher
from bot.feeds.parse import Parser
from bot.log import get_logger
from bot.muting import end_due
from bot.poll import Poller, poll_due
from bot.review import Weekly, review_due
from bot.rulebook import Rulebook
from bot.schedule import Press, owe_digests
from bot.sinks import Pictures, Sink
from bot.spikes import KEPT, Lookout
from bot.store import Store, open_store
from bot.store.lock import Lock
from bot.store.lock import alone as hold_alone
from bot.store.retention import Pruned
from bot.storyline import WINDOW_H, Storyline
from bot.team import TeamGazetteer, overlaid

log = get_logger(__name__)

# It warns of every tick that finds the one before still at work, which is how it is meant to be;
# and what a tick raises ends the run, which tells it.
logging.getLogger("apscheduler").setLevel(logging.CRITICAL)

POLL_TICK_S = 5
DELIVER_TICK_S = 0.5
DIGEST_TICK_S = 10
BEAT_TICK_S = 15
MUTES_TICK_S = 30
REVIEW_TICK_S = 300
PRUNE_TICK_S = 600
PRUNE_PAUSE_S = 0.1  #: between two batches, for whoever waits for the database
SENDERS = 4  #: channels served at the same time
PATIENCE_S = 60  #: the longest wait before storage that failed is tried again
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
    lock: Lock = field(
        default_factory=Lock
    )  #: of the database; one without a file if not asked for


def _succeed(store: Store, origin: str, *, adopt: bool, now: datetime) -> None:
    """Take over from files that configured the database before; without leave, refuse to.

    Their rules would go on alerting although no file says so.
    """
    others = store.origins.other_files(origin)
    if others and not adopt:
        raise ConfigError(
            [
                Problem(
                    origin,
                    f"this database still has {', '.join(map(str, others))}",
                    f"if {origin} takes their place, run once with --adopt: what it does not hold is"
                    " removed, the rest keeps its ids; if it is another watch, set another DATABASE_URL",
                )
            ]
        )
    for other in others:
        store.origins.adopt(other.name, new=origin, now=now)


@contextmanager
def open_room(
    config: Config,
    database_url: str,
    *,
    origin: str = "feeds.yaml",
    clock: Callable[[], datetime] = utc_now,
    alone: str | None = None,
    adopt: bool = False,
) -> Iterator[Room]:
    """Open the store, take over the configuration, and wire what polls.

    Args:
        config: feeds and rules; those of `origin` in the store become exactly these.
        database_url: where to remember.
        origin: what the configuration is called in listings.
        clock: the time; the replay and the tests bring their own.
        alone: the command that wants the database for itself; None to use it beside others.
        adopt: whether `origin` takes the place of the files that configured the database before.

    Raises:
        ConfigError: another file configured the database, and `adopt` was not said.
        StoreError: the database can't be used, or another process works on it.
    """
    with ExitStack() as stack:
        lock = Lock()
        if alone:
            lock = stack.enter_context(hold_alone(database_url, what=alone, now=clock()))
        store = open_store(database_url)
        stack.callback(store.close)
        with store.transaction():
            _succeed(store, origin, adopt=adopt, now=clock())
            store.feeds.configure(config.feeds, origin=origin, now=clock())
            store.rules.configure(config.rules, origin=origin, now=clock())
        allow = tuple(str(network) for network in config.settings.allow_addresses)
        fetcher = open_fetcher(contact=config.settings.contact, allow=allow)
        stack.callback(fetcher.close)
        parser = stack.enter_context(Parser())
        overlaid(gazetteer.load(), config.entities)  # refuses what can't be, by file and line
        store.team.configure(config.entities, origin=origin, now=clock())
        names = TeamGazetteer(store, gazetteer.load)
        book = Rulebook(store, names)
        poller = Poller(
            store,
            fetcher,
            parser.parse,
            book,
            Storyline(store, names),
            clock,
            admins=config.settings.admins,
            spikes=Lookout(store, names),
        )
        yield Room(config, store, book, fetcher, parser, poller, lock)


def open_courier(room: Room, sink: Sink) -> Courier:
    """Return what delivers for a room, within the noise budgets of its configuration."""
    settings = room.config.settings
    return Courier(
        room.store, sink, room.poller.clock, budget=budget_of(room.config), admins=settings.admins
    )


def budget_of(config: Config) -> Budget:
    """Return the noise budgets of a configuration."""
    return Budget(config.settings.per_hour, config.budgets())


def open_press(
    room: Room,
    *,
    hidden_in: Callable[[str, str], frozenset[int]] = lambda *_: frozenset(),
    pictures: Pictures | None = None,
) -> Press:
    """Return what makes the scheduled digests of a room.

    Args:
        room: where.
        hidden_in: ids of the rules that not everybody in a channel may know of, or the person
            whose direct messages it is.
        pictures: takes their charts.
    """
    return Press(room.store, lambda: room.book.gazetteer, room.poller.clock, hidden_in, pictures)


class Board:
    """What keeps the jobs from working, for whoever asks about the health of this process."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._troubles: dict[Job, str] = {}
        self._turn = threading.Lock()

    def say(self, job: Job, trouble: str | None) -> None:
        """Note what keeps a job from working; None: it works."""
        with self._turn:
            self._troubles.pop(job, None)
            if trouble:
                self._troubles[job] = trouble
            try:
                self._lock.note(next(iter(self._troubles.values()), None))
            except OSError as error:
                log.warning("can't note what is wrong", reason=error.strerror)


class Job:
    """A tick that waits out what passes by itself, a lock or a full disk, longer each time.

    Args:
        name: what it does, for the log.
        work: the tick.
        board: where to tell.
        first_wait_s: how long to wait after the first failure; each further one doubles it.
    """

    def __init__(
        self, name: str, work: Callable[[], object], board: Board, *, first_wait_s: float = 1
    ) -> None:
        self._name = name
        self._work = work
        self._board = board
        self._first_wait_s = first_wait_s
        self._failures = 0
        self._retry_at = 0.0

    def __call__(self) -> None:
        """Work, unless it is too early after a failure.

        Raises:
            StoreError: storage failed for good; going on would lose what nobody would notice.
        """
        if time.monotonic() < self._retry_at:
            return
        try:
            self._work()
        except StoreError as error:
            if not error.transient:
                raise
            self._failed(error)
        else:
            if self._failures:
                log.info("storage works again", job=self._name, failures=self._failures)
                self._failures = 0
                self._board.say(self, None)

    def _failed(self, error: StoreError) -> None:
        wait_s = min(self._first_wait_s * 2**self._failures, PATIENCE_S)
        self._failures = min(self._failures + 1, 16)  # it only has to reach the longest wait
        self._retry_at = time.monotonic() + wait_s
        log.error("storage failed", job=self._name, reason=str(error), again_in_s=wait_s)
        self._board.say(self, str(error))


class Ticker:
    """Runs polling and delivering until told to stop; what is due is the store's to say."""

    def __init__(
        self,
        room: Room,
        sink: Sink,
        *,
        poll_tick_s: float = POLL_TICK_S,
        press: Press | None = None,
    ) -> None:
        self._room = room
        self._courier = open_courier(room, sink)
        self._press = press or open_press(room)
        self._poll_tick_s = poll_tick_s
        self._stopped = threading.Event()
        self._board = Board(room.lock)
        self._failure: BaseException | None = None
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(SENDERS + 6)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._scheduler.add_listener(self._on_error, EVENT_JOB_ERROR)

    def run(self) -> None:
        """Tick until `stop`, then let work in hand finish.

        Raises:
            Exception: what made a tick fail for good.
        """
        self._every(BEAT_TICK_S, "beat", self._beat)
        self._every(self._poll_tick_s, "poll", self._poll)
        for _ in range(SENDERS):
            self._every(DELIVER_TICK_S, "deliver", self._deliver)
        self._every(DIGEST_TICK_S, "digests", self._digests)
        self._every(MUTES_TICK_S, "mutes", self._end_mutes)
        self._every(REVIEW_TICK_S, "review", self._review)
        self._every(PRUNE_TICK_S, "prune", self._prune)
        self._scheduler.start()
        while not self._stopped.wait(timeout=0.5):
            pass  # a signal that another thread received is handled only when this one wakes up
        self._scheduler.shutdown(wait=True)
        if self._failure:
            raise self._failure

    def stop(self, *_: object) -> None:
        """End `run`; also a signal handler."""
        self._stopped.set()

    def _every(self, seconds: float, name: str, work: Callable[[], object]) -> None:
        job, start = Job(name, work, self._board), self._room.poller.clock()
        self._scheduler.add_job(job, "interval", seconds=seconds, next_run_time=start)

    def _beat(self) -> None:
        beat(self._room.store, self._room.poller.clock())

    def _poll(self) -> None:
        self._beat()  # what a poll finds after an outage must find it recorded
        self._room.store.feeds.release()  # what a crash or a failed tick claimed is due at once
        poll_due(self._room.poller, stopped=self._stopped.is_set)

    def _deliver(self) -> None:
        deliver_due(self._courier, stopped=self._stopped.is_set)

    def _digests(self) -> None:
        self._beat()  # after an outage the feeds are asked first
        owe_digests(self._press, stopped=self._stopped.is_set)

    def _end_mutes(self) -> None:
        end_due(self._room.store, self._room.poller.clock())

    def _review(self) -> None:
        settings, poller = self._room.config.settings, self._room.poller
        weekly = Weekly(
            self._room.store,
            lambda: self._room.book.gazetteer,
            poller.clock,
            settings.timezone,
            settings.admins,
            self._press.hidden_in,
        )
        review_due(weekly, stopped=self._stopped.is_set)

    def _prune(self) -> None:
        """Once a day, forget the texts that are old enough, a little at a time."""
        now, retention = self._room.poller.clock(), self._room.store.retention
        keep_s = self._room.config.settings.keep_s
        self._room.store.stories.forget(now - 2 * timedelta(hours=WINDOW_H))
        self._room.store.sightings.forget(now - KEPT)
        self._room.store.drafts.forget(now)
        if not keep_s or not retention.is_due(now):
            return
        forgot = Pruned()
        for batch in retention.prune(now - timedelta(seconds=keep_s), now=now):
            forgot += batch
            if self._stopped.wait(PRUNE_PAUSE_S):
                return
        if forgot != Pruned():
            log.info("forgot old texts", entries=forgot.entries, messages=forgot.messages)

    def _on_error(self, event: JobExecutionEvent) -> None:
        self._failure = event.exception
        self.stop()


def run_until_signal(ticker: Ticker) -> None:
    """Run in the foreground; SIGTERM and Ctrl-C stop it after the work in hand."""
    signal.signal(signal.SIGTERM, ticker.stop)
    signal.signal(signal.SIGINT, ticker.stop)
    ticker.run()
