"""Digests that come by themselves: each owed once, after an outage one for all that fell out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.catchup import SETTLE
from bot.core.almanac import next_time
from bot.core.entities import Gazetteer
from bot.core.models import Message
from bot.core.render import notice_message, quiet_message
from bot.digest import Question, build_digest, shown
from bot.errors import StoreError, UnansweredError
from bot.log import get_logger
from bot.sinks import Pictures
from bot.store import Store
from bot.store.schedules import ALL, OWN, Schedule

log = get_logger(__name__)

PICTURE_SETTLES = timedelta(seconds=3)  #: before a message shows what was uploaded


@dataclass(frozen=True, slots=True)
class Press:
    """What making digests needs."""

    store: Store
    gazetteer: Callable[[], Gazetteer]
    clock: Callable[[], datetime]
    #: ids of rules that not everybody in a channel may know, or whose direct messages it is;
    #: UnansweredError where Slack does not tell
    hidden_in: Callable[[str, str], frozenset[int]]
    pictures: Pictures | None = None


def owe_digests(press: Press, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Owe every digest whose time has come; return how many.

    ::

        due | build, draw, upload: no transaction is open | still due? its next time, and the
        message into the outbox: one transaction

    A death before the commit leaves a picture that nobody sees, and it is made once more. While
    Slack does not tell who may know of a rule, what needs that stays due.

    Raises:
        StoreError: the database refused; what is due stays so.
    """
    now, owed = press.clock(), 0
    outage = press.store.outages.latest()
    if outage and now < outage.ended_at + SETTLE:
        return 0  # the feeds have not been asked yet
    for schedule in press.store.schedules.due(now):
        if stopped():
            break
        owed += _owe(press, schedule)
    return owed


def rule_of(scope: str) -> int | None:
    """Return the id of the rule that a scope is; None if it is something else."""
    return int(scope[1:]) if scope[:1] == "W" and scope[1:].isdecimal() else None


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """Return when a schedule comes after a moment."""
    zone = ZoneInfo(schedule.zone)
    return next_time(after, at=schedule.at, weekday=schedule.weekday, zone=zone)


def begin(schedule: Schedule) -> datetime:
    """Return where the next digest of a schedule begins: where the last one ended."""
    if schedule.told_until:
        return schedule.told_until
    return schedule.due_at - timedelta(days=1 if schedule.weekday is None else 7)


def _owe(press: Press, schedule: Schedule) -> bool:
    with press.store.transaction():  # what is recorded from now on bears a later time
        now = press.clock()
    latest, missed = schedule.due_at, 0
    while (following := next_due(schedule, latest)) <= now:
        latest, missed = following, missed + 1
    try:
        message = _made(press, schedule, missed, now)
    except UnansweredError as error:
        log.warning("a digest waits", schedule=schedule.id, reason=error)
        return False
    subject, store = f"schedule:{schedule.id}:{latest:%Y-%m-%dT%H:%MZ}", press.store
    with store.transaction():
        if not store.schedules.told(schedule, until=now, next_at=following):
            return False
        tried_at = _told_before_a_restore(press, latest)
        due = now + PICTURE_SETTLES if message.instead else now
        store.deliveries.digest(
            schedule.channel, subject, message, now=now, due=due, tried_at=tried_at
        )
    return True


def _told_before_a_restore(press: Press, latest: datetime) -> datetime | None:
    """Return since when a digest may be visible that this database knows nothing of."""
    outage = press.store.outages.latest()
    lost = outage is not None and outage.is_restore and outage.began_at <= latest < outage.ended_at
    return outage.began_at if outage and lost else None


def _made(press: Press, schedule: Schedule, missed: int, now: datetime) -> Message:
    try:
        return _digest(press, schedule, missed, now)
    except (StoreError, UnansweredError):
        raise
    except Exception as error:  # one digest that can't be made must not stop all others
        log.exception("can't make a digest", schedule=schedule.id)
        reason = type(error).__name__
        return notice_message(
            f"Digest D{schedule.id} could not be made ({reason}): please report it."
        )


def _digest(press: Press, schedule: Schedule, missed: int, now: datetime) -> Message:
    question = _question(press, schedule, now)
    digest = build_digest(press.store, press.gazetteer(), question)
    notes = [*digest.notes]
    if missed:
        digests = "digest" if missed == 1 else "digests"
        notes.insert(
            0,
            f"{missed:,} {digests} before this one fell out: it tells of all the time since the last",
        )
    if question.rule is None and rule_of(schedule.scope) is not None:
        notes.insert(
            0, f"{schedule.scope} is gone: /digest schedule off D{schedule.id} ends this digest"
        )
    digest = replace(digest, notes=tuple(notes))
    zone = ZoneInfo(schedule.zone)
    if not digest.stories:
        return quiet_message(digest, zone=zone)
    return shown(digest, press.pictures, zone=zone)


def _question(press: Press, schedule: Schedule, now: datetime) -> Question:
    period = f"D{schedule.id} {'daily' if schedule.weekday is None else 'weekly'}"
    question = Question(since=begin(schedule), until=now, period=period)
    live = press.store.rules.live()
    if schedule.scope == OWN:
        hidden = (rule.id for rule in live if not _is_own(schedule, rule.channel, rule.owner))
        return replace(question, hidden=frozenset(hidden))
    number = rule_of(schedule.scope)
    if number is None and schedule.scope != ALL:
        return replace(question, query=schedule.scope)
    hidden_here = press.hidden_in(schedule.channel, schedule.owner)  # asks Slack
    if schedule.scope == ALL:
        return replace(question, hidden=hidden_here)
    rules = [rule for rule in live if rule.id == number and number not in hidden_here]
    everything = frozenset(rule.id for rule in live)
    return replace(question, rule=rules[0]) if rules else replace(question, hidden=everything)


def _is_own(schedule: Schedule, channel: str, owner: str) -> bool:
    """Say whether a rule belongs to the place of a schedule: to its channel, or to the person."""
    if schedule.channel.startswith("D"):
        return channel == schedule.channel or owner == schedule.owner
    return channel == schedule.channel
