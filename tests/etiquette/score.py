"""Score a poller the way those do who publish feeds and read their logs.

    python -m tests.etiquette      three simulated days, counts for each rule

The real poller, fetcher, parser and store; only the clock is ours. The rules are those of
Rachel Kroll's feed reader score, with those of HTTP that concern a feed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bot.app import open_fetcher
from bot.core.models import Feed
from bot.poll import poll_due
from bot.store import open_store
from tests.etiquette.outlets import HABITS, HOUR_S, NIGHT, START, Outlet, Visit
from tests.flow.parts import FakeClock, make_poller

SPAN = timedelta(days=3)
TICK = timedelta(minutes=10)
RESTARTS = (timedelta(), timedelta(hours=9, minutes=3), timedelta(hours=31, minutes=47))
CONTACT = "https://desk.example/bot"
DAY_S = 86_400
OUR_HEADERS = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
)


@dataclass
class Logs:
    """What the outlets wrote down."""

    outlets: list[Outlet]
    failing: dict[str, str] = field(default_factory=dict)  #: outlets in trouble at the end, why

    def of(self, *names: str) -> Iterator[Outlet]:
        return (outlet for outlet in self.outlets if not names or outlet.name in names)

    def visits(self, *names: str) -> Iterator[Visit]:
        return (visit for outlet in self.of(*names) for visit in outlet.visits)

    def pairs(self, *names: str) -> Iterator[tuple[Outlet, Visit, Visit]]:
        """Yield each visit with the one before it."""
        for outlet in self.of(*names):
            for before, visit in pairwise(outlet.visits):
                yield outlet, before, visit


def simulate(folder: Path) -> Logs:
    """Poll every outlet for three days, with restarts in between; return their logs."""
    clock = FakeClock(START)
    with ExitStack() as open_outlets:
        outlets = [Outlet(name, habits, clock, START) for name, habits in HABITS.items()]
        for outlet in outlets:
            open_outlets.callback(outlet.server.close)
        logs = Logs(outlets)
        for begin, end in pairwise((*RESTARTS, SPAN)):
            clock.now = START + begin
            run(f"sqlite:///{folder}/desk.db", logs, clock, until=START + end)
    return logs


def run(database: str, logs: Logs, clock: FakeClock, *, until: datetime) -> None:
    """Be the bot from now until then: start, tick, stop."""
    with ExitStack() as stack:
        store = open_store(database)
        stack.callback(store.close)
        store._db.tables.execute(
            "pragma synchronous = off"
        )  # nobody pulls the plug, and the disk is slow
        fetcher = stack.enter_context(open_fetcher(contact=CONTACT, allow=("127.0.0.1",)))
        poller = make_poller(store, fetcher, clock)  # type: ignore[arg-type]
        feeds = [Feed(url=outlet.url, every_s=outlet.habits.every_s) for outlet in logs.outlets]
        store.feeds.configure(feeds, origin="feeds.yaml", now=clock.now)
        while clock.now < until:
            poll_due(poller)
            clock.now += TICK
        named = {outlet.url: outlet.name for outlet in logs.outlets}
        logs.failing = {
            named[known.feed.url]: known.state.last_error
            for known in store.feeds.all()
            if known.state.last_error
        }


# ── the rules ─────────────────────────────────────────────────────────────────


@dataclass
class Count:
    """How often a rule was kept, and where not."""

    good: int = 0
    bad: list[str] = field(default_factory=list)

    def add(self, kept: bool, what: str = "") -> None:
        if kept:
            self.good += 1
        else:
            self.bad.append(what)


def validators(visit: Visit) -> dict[str, str]:
    """Return what a visit was told to send back."""
    told = {"if-none-match": "etag", "if-modified-since": "last-modified"}
    return {asks: visit.sent[tells] for asks, tells in told.items() if tells in visit.sent}


def is_conditional(visit: Visit) -> bool:
    return "if-none-match" in visit.headers or "if-modified-since" in visit.headers


def gap_s(before: Visit, visit: Visit) -> float:
    return (visit.at - before.at).total_seconds()


def one_unconditional_request(logs: Logs) -> Count:
    count = Count()
    for outlet in logs.of():
        if outlet.habits.has_validators:
            bare = sum(not is_conditional(visit) for visit in outlet.visits)
            count.add(bare == 1, f"{outlet.name}: {bare} unconditional requests")
    return count


def sent_back(logs: Logs, asks: str) -> Count:
    """Compare a validator with those that were given: good, out of sequence, made up."""
    count = Count()
    for outlet in logs.of():
        given: list[str] = []
        for visit in outlet.visits:
            said = visit.headers.get(asks)
            if given or said is not None:
                kind = "out of sequence" if said in given else "made up"
                count.add(bool(given) and said == given[-1], f"{outlet.name}: {said} {kind}")
            if visit.status in {200, 304}:
                given += [value for name, value in validators(visit).items() if name == asks]
    return count


def if_modified_since_as_given(logs: Logs) -> Count:
    return sent_back(logs, "if-modified-since")


def if_none_match_as_given(logs: Logs) -> Count:
    return sent_back(logs, "if-none-match")


def an_hour_between_polls(logs: Logs) -> Count:
    """An hour between polls, as is the default; a day between unconditional ones."""
    count = Count()
    for outlet, before, visit in logs.pairs():
        if outlet.habits.every_s == HOUR_S:
            count.add(gap_s(before, visit) >= HOUR_S, f"{outlet.name}: {gap_s(before, visit):g} s")
    for outlet in logs.of():
        bare = [visit for visit in outlet.visits if not is_conditional(visit)]
        for before, visit in pairwise(bare if outlet.habits.has_validators else ()):
            count.add(gap_s(before, visit) >= DAY_S, f"{outlet.name}: again unconditional")
    return count


def no_early_poll_after_a_restart(logs: Logs) -> Count:
    """A restart polls nothing before its time; the jitter makes intervals longer, never shorter."""
    count = Count()
    restarts = [START + after for after in RESTARTS[1:]]
    for outlet, before, visit in logs.pairs():
        across = any(before.at < restart <= visit.at for restart in restarts)
        kept = gap_s(before, visit) >= outlet.habits.every_s or before.status >= 400
        if across or not kept:
            count.add(kept, f"{outlet.name}: {gap_s(before, visit):g} s")
    return count


def nothing_but_the_request(logs: Logs) -> Count:
    """No cookies although they were set, no Referer, no invented parameters, nothing else."""
    count = Count()
    for visit in logs.visits():
        odd = set(visit.headers) - OUR_HEADERS
        count.add(not odd and visit.path == "/feed.xml", f"{visit.path} {sorted(odd)}")
    return count


def retry_after_is_honoured(logs: Logs) -> Count:
    """Not before the time that was asked for; without one, not at once."""
    count = Count()
    for outlet, before, visit in logs.pairs():
        if before.status in {429, 503}:
            least_s = outlet.habits.wait_s or 60
            count.add(gap_s(before, visit) >= least_s, f"{outlet.name}: {gap_s(before, visit):g} s")
    return count


def says_who_it_is(logs: Logs) -> Count:
    count = Count()
    for visit in logs.visits():
        agent = visit.headers.get("user-agent", "")
        count.add(agent.startswith("Watchdesk/") and f"(+{CONTACT})" in agent, agent)
    return count


def takes_gzip(logs: Logs) -> Count:
    """It asks for gzip and nothing it could not bound, and can read what it asked for."""
    count = Count()
    for visit in logs.visits():
        count.add(visit.headers.get("accept-encoding") == "gzip", str(visit.headers))
    for name, why in logs.failing.items():
        count.add(name == "gone", f"{name}: {why}")
    return count


def new_validators_of_the_same_document(logs: Logs) -> Count:
    """A document that only got a new ETag: the next request carries that one."""
    count = Count()
    for outlet, before, visit in logs.pairs("restamping"):
        said = visit.headers.get("if-none-match")
        count.add(said == before.sent["etag"], f"{outlet.name}: {said}")
    return count


def left_alone_as_long_as_the_server_asks(logs: Logs) -> Count:
    """`max-age` and `Expires` win over how often we are told to come."""
    return longer_than(logs, {"max-age": 4 * HOUR_S, "expires": 2 * HOUR_S})


def left_alone_as_long_as_the_feed_asks(logs: Logs) -> Count:
    """So do `ttl` and `skipHours`, also after a 304, which does not repeat them."""
    count = longer_than(logs, {"ttl": 3 * HOUR_S})
    for visit in logs.visits("resting"):
        hours = {visit.at.hour, (visit.at - TICK).hour}  # it may have been due a tick earlier
        count.add(not hours <= set(NIGHT), f"resting: at {visit.at:%H:%M}")
    return count


def longer_than(logs: Logs, floors_s: dict[str, int]) -> Count:
    count = Count()
    for outlet, before, visit in logs.pairs(*floors_s):
        kept = gap_s(before, visit) >= floors_s[outlet.name]
        count.add(kept, f"{outlet.name}: {gap_s(before, visit):g} s")
    return count


def answers_are_understood(logs: Logs) -> Count:
    """A 304 is a success without a body, a 410 the end; one connection to a host."""
    count = Count()
    for outlet, before, _ in logs.pairs():
        count.add(before.status != 410, f"{outlet.name}: asked again after a 410")
    for outlet in logs.of():
        most = outlet.server.most_connections
        count.add(most == 1, f"{outlet.name}: {most} connections at once")
    unchanged = sum(visit.status == 304 for visit in logs.visits())
    count.add(unchanged > 100, f"only {unchanged} were answered 304")
    return count


RULES: tuple[tuple[str, Callable[[Logs], Count]], ...] = (
    ("1 conditional always, one unconditional request", one_unconditional_request),
    ("2 If-Modified-Since byte for byte", if_modified_since_as_given),
    ("3 If-None-Match byte for byte", if_none_match_as_given),
    ("4 an hour between polls, a day between unconditional", an_hour_between_polls),
    ("5 no early poll after a restart, jitter lengthens", no_early_poll_after_a_restart),
    ("6 no cookies, Referer or invented parameters", nothing_but_the_request),
    ("7 Retry-After of 429 and 503", retry_after_is_honoured),
    ("8 User-Agent with a contact", says_who_it_is),
    ("9 gzip", takes_gzip),
    ("10 new validators of an unchanged document", new_validators_of_the_same_document),
    ("11 max-age and Expires are a floor", left_alone_as_long_as_the_server_asks),
    ("11 ttl and skipHours are a floor", left_alone_as_long_as_the_feed_asks),
    ("12 304, 410, one connection per host", answers_are_understood),
)


def table(logs: Logs) -> Iterable[str]:
    """Return the report, a line for each rule and each outlet."""
    yield f"{'rule':54} {'kept':>6} {'broken':>7}"
    for name, judge in RULES:
        count = judge(logs)
        yield f"{name:54} {count.good:6} {len(count.bad):7}  {'; '.join(count.bad[:2])}"
    yield ""
    yield f"{'outlet':14} {'visits':>6}  by status"
    for outlet in logs.of():
        statuses = sorted({visit.status for visit in outlet.visits})
        by_status = {s: sum(visit.status == s for visit in outlet.visits) for s in statuses}
        yield f"{outlet.name:14} {len(outlet.visits):6}  {by_status}"
