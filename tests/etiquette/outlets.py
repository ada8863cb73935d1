"""Loopback outlets of many habits, which write down who came when and how."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.servers.feed_server import Answer, Asked, FeedServer

Clock = Callable[[], datetime]
HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class Visit:
    """A request and what it was answered with."""

    at: datetime
    path: str
    headers: dict[str, str]
    status: int
    sent: dict[str, str]  #: headers of the answer, names in lower case


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How an outlet behaves; times are counted from its opening."""

    changes_every: timedelta = timedelta(hours=5)  #: a new entry
    etag: str = ""  #: with `{}` for the version of the document
    modified: str = ""  #: the same, `{}` being the date
    restamps: bool = False  #: a new ETag at every visit, and never a 304
    fresh_s: int = 0  #: Cache-Control: max-age
    expires_s: int = 0
    head: str = ""  #: elements of the channel
    closed: tuple[timedelta, timedelta] | None = None  #: answers `closed_with` between these
    closed_with: int = 0
    wait_s: int = 0  #: Retry-After of those answers
    wait_as_date: bool = False
    every_s: int = HOUR_S  #: how often we are told to come

    @property
    def has_validators(self) -> bool:
        return bool(self.etag or self.modified)


@dataclass
class Outlet:
    """One feed on a server of its own."""

    name: str
    habits: Habits
    clock: Clock
    opened: datetime
    server: FeedServer = field(default_factory=FeedServer)
    visits: list[Visit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.answers["/feed.xml"] = self._answer

    @property
    def url(self) -> str:
        return self.server.url("/feed.xml")

    def _answer(self, asked: Asked) -> Answer:
        answer = self._decide(asked)
        sent = {name.lower(): value for name, value in answer.headers.items()}
        self.visits.append(Visit(self.clock(), asked.path, asked.headers, answer.status, sent))
        return answer

    def _decide(self, asked: Asked) -> Answer:
        habits, age = self.habits, self.clock() - self.opened
        if habits.closed and habits.closed[0] <= age < habits.closed[1]:
            return Answer(status=habits.closed_with, headers=self._wait(), body=b"not now")
        version = 1 + age // habits.changes_every
        headers = {**self._validators(version), **self._freshness(), "Set-Cookie": "seen=1; Path=/"}
        if not habits.restamps and self._is_known(asked, headers):
            return Answer(status=304, headers=headers)
        body = gzip.compress(self._document(version).encode())
        return Answer(body=body, headers={**headers, "Content-Encoding": "gzip"})

    def _wait(self) -> dict[str, str]:
        wait_s = self.habits.wait_s
        until = format_datetime(self.clock() + timedelta(seconds=wait_s), usegmt=True)
        said = until if self.habits.wait_as_date else str(wait_s)
        return {"Retry-After": said} if wait_s else {}

    def _validators(self, version: int) -> dict[str, str]:
        habits = self.habits
        stamp = len(self.visits) if habits.restamps else version
        changed = self.opened + (version - 1) * habits.changes_every
        headers = {"ETag": habits.etag.format(stamp)} if habits.etag else {}
        if habits.modified:
            headers["Last-Modified"] = habits.modified.format(f"{changed:%a, %d %b %Y %H:%M:%S}")
        return headers

    def _freshness(self) -> dict[str, str]:
        habits, now = self.habits, self.clock()
        headers = {"Date": format_datetime(now, usegmt=True)}
        if habits.fresh_s:
            headers["Cache-Control"] = f"public, max-age={habits.fresh_s}"
        if habits.expires_s:
            until = now + timedelta(seconds=habits.expires_s)
            headers["Expires"] = format_datetime(until, usegmt=True)
        return headers

    @staticmethod
    def _is_known(asked: Asked, now: dict[str, str]) -> bool:
        if "if-none-match" in asked.headers:
            return asked.headers["if-none-match"] == now.get("ETag")
        return asked.headers.get("if-modified-since", "") == now.get("Last-Modified", "-")

    def _document(self, version: int) -> str:
        items = "".join(
            f"<item><guid isPermaLink='false'>{self.name}-{number}</guid>"
            f"<title>Report {number} of {self.name}</title></item>"
            for number in range(version, max(0, version - 20), -1)
        )
        head = f"<title>{self.name}</title>{self.habits.head}"
        return f"<rss version='2.0'><channel>{head}{items}</channel></rss>"


START = datetime(2026, 5, 4, 12, tzinfo=UTC)
NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)  #: hours of the day, UTC, at which one outlet wants its rest

HABITS: dict[str, Habits] = {
    "weak tags": Habits(etag='W/"v{}  two spaces"', modified="{} GMT"),
    "bare tags": Habits(etag="v{}", changes_every=timedelta(hours=30)),
    "dates only": Habits(modified="{} +0000", changes_every=timedelta(hours=7)),
    "odd dates": Habits(modified="since {}", changes_every=timedelta(days=9)),
    "restamping": Habits(etag='"s{}"', restamps=True, changes_every=timedelta(days=9)),
    "without": Habits(changes_every=timedelta(hours=2)),
    "max-age": Habits(etag='"{}"', fresh_s=4 * HOUR_S, every_s=900),
    "expires": Habits(etag='"{}"', expires_s=2 * HOUR_S, every_s=900),
    "ttl": Habits(etag='"{}"', head="<ttl>180</ttl>", every_s=900),
    "resting": Habits(
        etag='"{}"',
        head="<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in NIGHT) + "</skipHours>",
        every_s=900,
    ),
    "busy": Habits(
        etag='"{}"',
        closed=(timedelta(hours=20), timedelta(hours=30)),
        closed_with=429,
        wait_s=3 * HOUR_S,
        every_s=900,
    ),
    "down": Habits(
        etag='"{}"',
        closed=(timedelta(hours=20), timedelta(hours=30)),
        closed_with=503,
        wait_s=5 * HOUR_S,
        wait_as_date=True,
        every_s=900,
    ),
    "curt": Habits(
        etag='"{}"', closed=(timedelta(hours=20), timedelta(hours=22)), closed_with=429, every_s=900
    ),
    "gone": Habits(etag='"{}"', closed=(timedelta(hours=40), timedelta(days=99)), closed_with=410),
}
