"""What a rule would have alerted to, in the entries already stored; nothing is saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.backtest import Caught, Trial
from bot.commands.desk import Asker, Desk
from bot.commands.say import count
from bot.core.models import Rule
from bot.core.render import bar_line, link, literal, shorten, why_line
from bot.core.rules import RuleSet, compile_rules
from bot.shelf import DAYS, beginning
from bot.store.past import Sight

NOTHING_STORED = "No entries are stored yet to try it on; the first poll brings some."

_LATEST = 5
_TITLE_COLUMNS = 100
_FEW_DAYS = 10  #: of the 14; with less to look at, it is said


@dataclass(frozen=True, slots=True)
class Before:
    """A rule as it is, and what it caught."""

    rule: Rule
    caught: Caught


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule would have caught, and in how much."""

    rule: Rule
    caught: Caught
    trial: Trial
    since: datetime  #: where the asker's first day began
    before: Before | None = None  #: where a rule is changed

    @property
    def a_day(self) -> float:
        """How many alerts a day, over the days there is something of."""
        return len(self.caught.alerts) / self.trial.days


def open_trial(desk: Desk, asker: Asker) -> tuple[Trial, datetime]:
    """Return the last days of what is stored, and when they began for the asker."""
    now = desk.clock()
    since = beginning(now, asker.local)
    trial = Trial(desk.store, desk.book.gazetteer, desk.shelf, since=since, until=now)
    return trial, since


def of_rule(desk: Desk, asker: Asker, rule: Rule, *, before: Rule | None = None) -> Effect:
    """Try a rule on what the desk has stored, in the days of the asker.

    Args:
        desk: its store is only read.
        asker: their days count.
        rule: need not be saved.
        before: the rule as it is, to compare with.
    """
    trial, since = open_trial(desk, asker)
    was = Before(before, _caught(desk, trial, before)) if before else None
    return Effect(rule, _caught(desk, trial, rule), trial, since, was)


def _caught(desk: Desk, trial: Trial, rule: Rule) -> Caught:
    return trial.catch([replace(rule, id=1)], apart=reports_stand_apart(desk, rule))[1]


def reports_stand_apart(desk: Desk, rule: Rule) -> bool:
    """Say whether each report of a story is an alert of its own where a rule's alerts go."""
    return (rule.threads or desk.store.channels.threads(rule.channel)) == "off"


def first_effect(desk: Desk, asker: Asker, rule: Rule) -> str:
    """Return in one line what a rule would have caught."""
    return summary(desk, asker, of_rule(desk, asker, rule))


# ── in words ──────────────────────────────────────────────────────────────────


def summary(desk: Desk, asker: Asker, effect: Effect) -> str:
    """Return the numbers in one line."""
    looked_at, caught = effect.trial.looked_at, effect.caught
    if not looked_at:
        return NOTHING_STORED
    if not caught.matched and not caught.alerts:
        return (
            f"In the last {DAYS} days it would have caught nothing of "
            f"{count(looked_at, 'entry', 'entries')}{_stored(effect)}."
        )
    said = [f"In the last {DAYS} days: *{numbers(caught)}*"]
    days = caught.per_day(effect.since, asker.local)
    if any(days):
        busiest = max(range(DAYS), key=days.__getitem__)
        said.append(f"busiest day {days[busiest]:,} ({_day(effect, asker, busiest)})")
    feeds = len({sight.feed_id for sight in caught.matched}) or 1
    said.append(f"from {feeds} of {count(max(feeds, len(desk.store.feeds.all())), 'feed')}")
    return ", ".join(said) + _stored(effect) + "."


def numbers(caught: Caught) -> str:
    """Return `37 entries → 12 alerts (stories)`."""
    alerts = len(caught.alerts)
    said = f"{count(alerts, 'alert')} ({'story' if alerts == 1 else 'stories'})"
    return f"{count(caught.entries, 'entry', 'entries')} → {said if alerts else 'no alert'}"


def _stored(effect: Effect) -> str:
    days = effect.trial.days
    return f" (only {count(round(days), 'day')} of it stored)" if days < _FEW_DAYS else ""


def _day(effect: Effect, asker: Asker, number: int) -> str:
    first: date = effect.since.astimezone(asker.local).date()
    day = first + timedelta(days=number)
    return f"{day.day} {day:%b}"


def bars(asker: Asker, effect: Effect) -> str:
    """Return a bar for each day; "" where there is nothing to see."""
    days = effect.caught.per_day(effect.since, asker.local)
    return f"`{bar_line(days, max(days))}` alerts a day, today last" if any(days) else ""


def latest_hits(desk: Desk, effect: Effect) -> list[str]:
    """Return the latest hits, one for each story, each with its reasons."""
    newest: dict[int, Sight] = {}
    for sight in reversed(effect.caught.matched):
        newest.setdefault(sight.story_id, sight)
    rules = compile_rules([replace(effect.rule, id=1)], desk.book.gazetteer)
    return [_hit(effect, rules, sight) for sight in list(newest.values())[:_LATEST]]


def _hit(effect: Effect, rules: RuleSet, sight: Sight) -> str:
    entry = effect.trial.entry(sight)
    (match,) = rules.match(entry)
    title = link(shorten(entry.title, _TITLE_COLUMNS), entry.url)
    return f"• {title} — {literal(shorten(entry.outlet, 40))} · {why_line(match.why)}"
