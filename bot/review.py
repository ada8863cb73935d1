"""What is to mend in rules, measured in what is stored; people hear of it once a week.

A look takes seconds: entries are read in pages, no transaction is open meanwhile, and each is
matched once, however many rules are asked about.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.core.entities import Gazetteer
from bot.core.models import Rule
from bot.core.render import review_message
from bot.core.rules.narrower import Verdict
from bot.core.rules.review import MEMORY_DAYS, RECENT_DAYS, Flaw, Measured, Survey, review
from bot.errors import UnansweredError
from bot.log import get_logger
from bot.rulebook import is_paused
from bot.store import Store
from bot.store.times import from_us, to_us

log = get_logger(__name__)

MEMORY = timedelta(days=MEMORY_DAYS)
RECENT = timedelta(days=RECENT_DAYS)
MOST_ENTRIES = 20_000
FROM_HOUR, TO_HOUR = 9, 18  #: when people are told, where the bot is at home
_PAGE = 500
_FEWEST_JUDGED = 10  #: votes: of fewer, nothing is made
_CONSOLE = "console"
_PERSON = re.compile("[UW][A-Z0-9]{4,}")


class StoppedError(Exception):
    """The program ends; what was looked at so far is no answer."""


def measure(
    store: Store,
    gazetteer: Gazetteer,
    rules: Sequence[Rule],
    others: Sequence[Rule],
    *,
    now: datetime,
    stopped: Callable[[], bool] = lambda: False,
) -> Measured:
    """Count what rules, and the terms of those asked about, hit in the stored entries.

    Args:
        store: is only read.
        gazetteer: the names known.
        rules: those asked about.
        others: further ones to compare them with.
        now: the time.
        stopped: whether to give up.

    Raises:
        StoppedError: it was given up.
    """
    survey = Survey(rules, others, gazetteer)
    met = store.past.newest(now - MEMORY, most=MOST_ENTRIES + 1)
    is_cut, met = len(met) > MOST_ENTRIES, met[:MOST_ENTRIES]
    recent = to_us(now - RECENT)
    for start in range(0, len(met), _PAGE):
        if stopped():
            raise StoppedError
        at = dict(met[start : start + _PAGE])
        for entry in store.past.entries(at):
            survey.look(entry, is_recent=at[entry.id] >= recent)
    oldest = from_us(min(at for _, at in met)) if met else now
    # the first feeds may have been asked some hours into the first day
    days = min(MEMORY_DAYS, round((now - oldest) / timedelta(days=1)))
    return survey.measured(days=days, is_cut=is_cut)


def flaws_of(
    store: Store,
    gazetteer: Gazetteer,
    rules: Sequence[Rule],
    others: Sequence[Rule],
    *,
    now: datetime,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[int, list[Flaw]]:
    """Return what is to mend in each of some rules, by its id; the arguments are those of `measure`."""
    channels = {rule.channel for rule in rules}
    beside = [one for one in others if one.channel in channels and not is_paused(one, now)]
    measured = measure(store, gazetteer, rules, beside, now=now, stopped=stopped)
    judged = store.votes.judged(now - MEMORY, is_current=True)
    found = {}
    for rule in rules:
        votes = judged.get(rule.id)
        many = votes is not None and votes.votes >= _FEWEST_JUDGED
        verdicts = _verdicts(store, rule, now) if many else ()
        found[rule.id] = review(rule, beside, measured, verdicts, gazetteer)
    return found


def _verdicts(store: Store, rule: Rule, now: datetime) -> list[Verdict]:
    said = dict(store.votes.verdicts(rule.id, now - MEMORY))
    return [Verdict(entry, said[entry.id]) for entry in store.past.entries(said)]


# ── once a week ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Weekly:
    """What telling people once a week needs."""

    store: Store
    gazetteer: Callable[[], Gazetteer]
    clock: Callable[[], datetime]
    zone: tzinfo
    admins: Collection[str] = ()  #: who answers for rules of files
    #: ids of rules that someone must not hear of in their direct messages; UnansweredError
    #: where Slack does not tell
    hidden_in: Callable[[str, str], frozenset[int]] = lambda *_: frozenset()


def review_due(weekly: Weekly, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Tell whose week has come what is new to mend in their rules; return how many were told.

    ::

        due | measure: no transaction is open | still due? the message into the outbox, and what
        they know of now: one transaction for each person

    Raises:
        StoreError: the database refused; who was not told is still due.
    """
    store, now = weekly.store, weekly.clock()
    begun = week_of(now, weekly.zone)
    if begun is None:
        return 0
    live = store.rules.live()
    due = {
        person: rules
        for person, rules in _by_person(live, weekly.admins, begun).items()
        if _is_due(store, person, begun)
    }
    if not due:
        return 0
    asked = list({rule.id: rule for rules in due.values() for rule in rules}.values())
    try:
        found = flaws_of(store, weekly.gazetteer(), asked, live, now=now, stopped=stopped)
    except StoppedError:
        return 0
    return sum(_told(weekly, person, rules, found, begun) for person, rules in due.items())


def week_of(now: datetime, zone: tzinfo) -> datetime | None:
    """Return when the telling of this week began; None where it is no time to tell."""
    local = now.astimezone(zone)
    monday = local - timedelta(days=local.weekday())
    begun = monday.replace(hour=FROM_HOUR, minute=0, second=0, microsecond=0)
    return begun if FROM_HOUR <= local.hour < TO_HOUR else None


def _by_person(
    live: Iterable[Rule], admins: Collection[str], begun: datetime
) -> Mapping[str, list[Rule]]:
    """Return who answers for which rules; a rule that is new this week is left for the next."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in live:
        if rule.created_at is None or rule.created_at >= begun:
            continue
        people = [rule.owner] if _PERSON.fullmatch(rule.owner) else sorted(admins)
        for person in people:
            found[person].append(rule)
    return found


def _is_due(store: Store, person: str, begun: datetime) -> bool:
    known = store.reviews.of(person)
    return not known.is_off and (known.at is None or known.at < begun)


def _told(
    weekly: Weekly,
    person: str,
    rules: Sequence[Rule],
    found: Mapping[int, Sequence[Flaw]],
    begun: datetime,
) -> bool:
    try:
        flaws = _for_person(weekly, person, rules, found)
    except UnansweredError:  # they are still due
        return False
    return _tell(weekly, person, rules, flaws, begun)


def _for_person(
    weekly: Weekly, person: str, rules: Iterable[Rule], found: Mapping[int, Sequence[Flaw]]
) -> list[tuple[Rule, Flaw]]:
    """Return what someone may hear of: private channels stay private. May ask Slack."""
    hidden = weekly.hidden_in("D", person)
    return [
        (rule, flaw)
        for rule in rules
        if rule.id not in hidden
        for flaw in found[rule.id]
        if flaw.other not in hidden
    ]


def _tell(
    weekly: Weekly,
    person: str,
    rules: Sequence[Rule],
    flaws: Sequence[tuple[Rule, Flaw]],
    begun: datetime,
) -> bool:
    store, now = weekly.store, weekly.clock()
    with store.transaction():
        if not _is_due(store, person, begun):
            return False
        known = store.reviews.of(person).known
        news = [(flaw, _file(rule)) for rule, flaw in flaws if flaw.key not in known]
        # what comes and goes, as shares do, is told once; what is known of removed rules is forgotten
        leads = tuple(f"W{rule.id}:" for rule in rules)
        kept = {key for key in known if key.startswith(leads)}
        store.reviews.note(person, kept | {flaw.key for flaw, _ in news}, now=now)
        if news:
            are_own = all(rule.owner == person for rule in rules)
            message = review_message(news, are_own=are_own)
            store.deliveries.tell(person, f"lint:{person}:{begun:%G-W%V}", message, now=now)
    return bool(news)


def _file(rule: Rule) -> str:
    """Return where a rule is changed that nobody can change by command."""
    return "" if rule.owner == _CONSOLE or _PERSON.fullmatch(rule.owner) else rule.owner
