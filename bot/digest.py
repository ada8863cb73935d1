"""Tell a stretch of time in one message: its stories ranked, its days in bars, what was missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Level, Rule
from bot.core.render import Digest, DigestBar, DigestStory
from bot.core.render.markup import shorten
from bot.core.rules import compile_rules
from bot.store import Store
from bot.store.digests import MatchedStory
from bot.store.entries import StoredEntry

_LOUDNESS = (Level.INFO, Level.URGENT, Level.FLASH)
_FEWEST_DAYS, _MOST_DAYS = 7, 31
_MOST_FEEDS = 3  #: failing feeds named one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a digest shall cover."""

    since: datetime
    until: datetime
    period: str  #: `since` in words
    rule: Rule | None = None  #: only the stories of this rule
    query: str = ""  #: instead of rules: whatever this finds, alerted or not
    hidden: frozenset[int] = frozenset()  #: ids of rules that its readers must not hear of


def build_digest(store: Store, gazetteer: Gazetteer, question: Question) -> Digest:
    """Answer a question from what is stored; writes nothing.

    ::

        stories that fired (or that the query finds) | once each | by outlets, level, recency
    """
    if question.query:
        return _found(store, gazetteer, question)
    rules = {rule.id: rule for rule in store.rules.live() if rule.id not in question.hidden}
    if question.rule:
        rules = {question.rule.id: question.rule}
    matched = [
        story
        for story in store.digests.stories(question.since, question.until)
        if not rules.keys().isdisjoint(story.rule_ids)
    ]
    return Digest(
        period=question.period,
        since=question.since,
        until=question.until,
        stories=_ranked([_told(story, rules) for story in matched]),
        entries=sum(story.entries for story in matched),
        scope=f"W{question.rule.id} {question.rule.name}" if question.rule else "",
        bars=_bars(store, rules, question),
        notes=(*_gaps(store, question), *_baseline(store, question)),
    )


def _told(story: MatchedStory, rules: Mapping[int, Rule]) -> DigestStory:
    own = [rules[rule_id] for rule_id in story.rule_ids if rule_id in rules]
    return DigestStory(
        title=story.entry.title,
        url=story.entry.url,
        outlets=story.outlets or (story.entry.outlet,),
        first_seen=story.first_seen_at,
        last_seen=story.last_seen_at,
        rules=tuple(rule.id for rule in own),
        level=max((rule.level for rule in own), key=_LOUDNESS.index),
    )


def _ranked(stories: list[DigestStory]) -> tuple[DigestStory, ...]:
    """Return the widest told first, then the loudest, then the latest."""
    return tuple(
        sorted(
            stories,
            key=lambda one: (len(one.outlets), _LOUDNESS.index(one.level), one.last_seen),
            reverse=True,
        )
    )


def _days(question: Question) -> int:
    length = -((question.since - question.until) // timedelta(days=1))
    return min(max(length, _FEWEST_DAYS), _MOST_DAYS)


def _bars(store: Store, rules: Mapping[int, Rule], question: Question) -> tuple[DigestBar, ...]:
    """Return the days of each rule that fired at all, the busiest rule first."""
    per_day = store.digests.per_day(question.until, days=_days(question))
    bars = [
        DigestBar(label=f"W{rule.id} {rule.name}", counts=per_day[rule.id])
        for rule in rules.values()
        if rule.id in per_day
    ]
    return tuple(sorted(bars, key=lambda bar: -sum(bar.counts)))


# ── a query of its own ────────────────────────────────────────────────────────


def _found(store: Store, gazetteer: Gazetteer, question: Question) -> Digest:
    """Answer from all entries, since no rule has looked for this before."""
    days = _days(question)
    start = min(question.since, question.until - timedelta(days=days))
    rule = Rule(id=1, name="", query=question.query, channel="")
    rules = compile_rules([rule], gazetteer)
    hits = [stored for stored in _news(store, start) if rules.match(stored.entry)]
    inside = [stored for stored in hits if _at(stored) >= question.since]
    counts = [0] * days
    for stored in hits:
        back = (question.until - _at(stored)) // timedelta(days=1)
        if 0 <= back < days:
            counts[days - 1 - back] += 1
    return Digest(
        period=question.period,
        since=question.since,
        until=question.until,
        stories=_ranked(list(_grouped(inside))),
        entries=len(inside),
        scope=question.query,
        bars=(DigestBar(label=question.query, counts=tuple(counts)),) if hits else (),
        notes=tuple(_gaps(store, question)),
    )


def _at(stored: StoredEntry) -> datetime:
    """Return when an entry counts as new: what a first poll brought, when it was published."""
    published = stored.entry.published
    return published if stored.decision == "baseline" and published else stored.first_seen_at


def _news(store: Store, since: datetime) -> Iterator[StoredEntry]:
    return (stored for stored in store.entries.since(since) if _at(stored) >= since)


def _grouped(found: list[StoredEntry]) -> Iterator[DigestStory]:
    stories: dict[int, list[StoredEntry]] = {}
    for stored in found:
        stories.setdefault(stored.story_id, []).append(stored)
    for told in stories.values():
        first: Entry = told[0].entry
        yield DigestStory(
            title=first.title,
            url=first.url,
            outlets=tuple(dict.fromkeys(stored.entry.outlet for stored in told)),
            first_seen=min(map(_at, told)),
            last_seen=max(map(_at, told)),
        )


# ── what may be missing ───────────────────────────────────────────────────────


def _gaps(store: Store, question: Question) -> Iterator[str]:
    """Yield which feeds told us nothing in the whole period, since they failed."""
    feeds = [known for known in store.feeds.all() if known.feed.enabled]
    gaps = [
        known
        for known in feeds
        if known.state.failures
        and (known.state.last_ok_at is None or known.state.last_ok_at < question.since)
    ]
    for known in gaps[:_MOST_FEEDS]:
        title = known.feed.title or known.feed.url
        yield f"Missing: {shorten(title, 60)} (F{known.feed.id}): {known.state.last_error}"
    if len(gaps) > _MOST_FEEDS:
        yield f"Missing too: {len(gaps) - _MOST_FEEDS} more of {len(feeds)} feeds, which fail"


def _baseline(store: Store, question: Question) -> Iterator[str]:
    number = store.digests.baseline_matches(question.since, question.until)
    if number:
        what = "entry matched" if number == 1 else "entries matched"
        yield f"{number:,} {what} at the first poll of a feed: recorded, not alerted, not listed here"
