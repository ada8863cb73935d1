"""Anything in any order, two processes at once: every wanted alert is visible exactly once."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.torture.fuse import Died, Fuse
from tests.torture.wire import CHANNELS, Trouble
from tests.torture.world import FEEDS, WORDS, Bot, FeedTrouble, World

WORKERS = ("a", "b")
#: What an edited rule looks for as well.
ALSO = "convoy"

workers = st.sampled_from(WORKERS)
channels = st.sampled_from(CHANNELS)
waits = st.sampled_from([70, 1, 320, 20, 1500])
troubles = st.lists(
    st.sampled_from([one for one in get_args(Trouble) if one != "stall"]), max_size=2
)
feeds = st.sampled_from(FEEDS)
words = st.sampled_from([("missile",), ("reactor",), ("missile", "reactor"), (ALSO,), ()])
#: Entries of one tell the same story; one of two shows that both do.
sagas = st.sampled_from(["saga1", "", "saga2", "saga1+saga2"])


class Newsdesk(RuleBasedStateMachine):
    """Two processes over one database file; the model is a set of (channel, title)."""

    steps = 0  #: of all runs

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=_shared_folder()))
        self.world = World(self.folder)
        self.world.set_up()
        self.bots = {name: Bot(self.world) for name in WORKERS}
        self.looks_for = {channel: {word} for channel, word in WORDS.items()}
        self.unread: list[str] = []  #: published, in no database yet

    # ── the world ──

    @precondition(lambda self: len(self.unread) < 5)  # more at once are a flood, told of as one
    @rule(news=st.lists(st.tuples(feeds, words, sagas), min_size=1, max_size=3))
    def publish(self, news: list[tuple[str, tuple[str, ...], str]]) -> None:
        for feed, found, saga in news:
            self.unread.append(self.world.publish_words(feed, [*found, saga]))

    @rule(trouble=st.sampled_from(get_args(FeedTrouble)))
    def a_feed_goes_wrong(self, trouble: FeedTrouble) -> None:
        self.world.stand.troubles.append(trouble)

    @rule(channel=channels, worker=workers)
    def a_channel_is_archived_for_a_while(self, channel: str, worker: str) -> None:
        self.world.office.workspace.channels[channel].archived = True
        self.work(worker, 70, [])
        self.world.office.workspace.channels[channel].archived = False

    @rule(seconds=st.sampled_from([-60, 0, 30, 3600, -3600]))
    def our_clock_is_set(self, seconds: int) -> None:
        self.world.skew = timedelta(seconds=seconds)

    @rule(channel=channels)
    def edit_rule(self, channel: str) -> None:
        """Let a rule look for another word as well, or no more."""
        store = self.bots["a"].store
        words = self.looks_for[channel]
        words ^= {ALSO}
        (found,) = [one for one in store.rules.live() if one.channel == channel]
        store.rules.edit(
            replace(found, query=" OR ".join(sorted(words))), who="U1", now=self.world.clock()
        )

    # ── the processes ──

    @rule(worker=workers, wait=waits, met=troubles)
    def work(self, worker: str, wait: int, met: list[Trouble]) -> None:
        """Poll what is due by now and deliver, whatever the posts meet."""
        self.world.forward(wait)
        self.bots[worker].poll()
        self._recorded()
        self._deliver(worker, met)

    @rule(worker=workers, met=troubles)
    def deliver(self, worker: str, met: list[Trouble]) -> None:
        self.world.forward(2)
        self._deliver(worker, met)

    def _deliver(self, worker: str, met: list[Trouble]) -> None:
        self.world.office.troubles[:] = met
        self.bots[worker].deliver()
        self.world.office.troubles.clear()

    @rule(worker=workers, seconds=st.sampled_from([1, 10, 14]))
    def deliver_while_the_other_does(self, worker: str, seconds: int) -> None:
        """A request takes its time; the other process delivers, reads and edits meanwhile."""
        (other,) = set(WORKERS) - {worker}

        def meanwhile() -> None:
            self.world.office.troubles.clear()
            self.world.forward(seconds)
            self.bots[other].deliver()

        self.world.office.meanwhile = meanwhile
        self._deliver(worker, ["stall"])

    @rule(worker=workers, wait=waits, polls=st.booleans(), at=st.integers(1, 80), met=troubles)
    def die(self, worker: str, wait: int, polls: bool, at: int, met: list[Trouble]) -> None:
        """Die at some statement, and start again."""
        self.world.forward(wait)
        self.bots[worker].close()
        self.world.office.troubles[:] = met
        bot = Bot(self.world, Fuse(at))
        try:
            bot.poll() if polls else bot.deliver()
        except Died:
            pass
        finally:
            bot.close()
        self.world.office.troubles.clear()
        self.bots[worker] = Bot(self.world)
        self._recorded()

    # ── what must hold ──

    def _recorded(self) -> None:
        """Whatever was recorded just now is wanted by the rules of just now."""
        if not self.unread:
            return
        with closing(sqlite3.connect(self.folder / "w.db")) as db:
            known = {title for (title,) in db.execute("select title from entries")}
        for title in [one for one in self.unread if one in known]:
            self.unread.remove(title)
            self.world.wanted |= {
                (channel, title)
                for channel, words in self.looks_for.items()
                if words & set(title.split())
            }

    @invariant()
    def nothing_is_doubled_or_unwanted(self) -> None:
        Newsdesk.steps += 1
        account = self.world.account()
        assert not account.doubled
        assert not account.unwanted

    @invariant()
    def threads_are_in_order(self) -> None:
        """Replies stand under a post, in the order in which their entries were recorded.

        But for those that turned out to belong there.
        """
        with closing(sqlite3.connect(self.folder / "w.db")) as db:
            came = "select title, id from entries where id not in (select entry_id from gathered)"
            places = dict(db.execute(came))
        for channel in CHANNELS:
            for thread in self.world.office.threads(channel):
                told = [at for text in thread for title, at in places.items() if title in text]
                assert told == sorted(told), thread

    def teardown(self) -> None:
        """Let all be well again: then everything wanted is there."""
        try:
            self._calm_down()
            account = self.world.account()
            assert account.is_right, account
            assert not self.unread
        finally:
            for bot in self.bots.values():
                bot.close()
            shutil.rmtree(self.folder)

    def _calm_down(self) -> None:
        self.world.office.troubles.clear()
        self.world.stand.troubles.clear()
        self.world.skew = timedelta(0)
        for calm in range(30):
            if calm >= 5 and not self.unread:
                break
            # a feed that failed often is asked hours later
            self.world.forward(1000 if calm < 5 else 4 * 3600)
            for bot in self.bots.values():
                bot.poll()
                self._recorded()
                for _ in range(len(self.world.wanted) + 1):
                    bot.deliver()
                    self.world.forward(2)


@cache
def _shared_folder() -> Path:
    """Return where the worlds of this process lie, and what they all start from."""
    folder = tempfile.mkdtemp(prefix="newsdesk")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


def explore(examples: int) -> int:
    """Try other orders than the tests do, as many as wanted; return how many steps that were."""
    Newsdesk.steps = 0
    chosen = settings(_settings(examples), derandomize=False)
    run_state_machine_as_test(Newsdesk, settings=chosen)
    return Newsdesk.steps


Newsdesk.TestCase.settings = _settings(15)
TestNewsdesk = Newsdesk.TestCase
