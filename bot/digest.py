"""Tell a stretch of time in one message: its stories ranked, its days in bars, what was missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.chart import MEAN_DAYS, Picture, draw
from bot.core.entities import Gazetteer
from bot.core.models import DeliveryState, Entry, Level, Message, Mode, Rule
from bot.core.render import Chart, Digest, DigestBar, DigestStory, digest_message
from bot.core.render.markup import shorten
from bot.core.rules import RuleSet, compile_rules
from bot.core.text import fold_pair
from bot.log import get_logger
from bot.sinks import Pictures
from bot.store import Store
from bot.store.digests import MatchedStory
from bot.store.entries import StoredEntry

log = get_logger(__name__)

_LOUDNESS = (Level.INFO, Level.URGENT, Level.FLASH)
_FEWEST_DAYS, _MOST_DAYS = MEAN_DAYS, 31
_MOST_FEEDS = 3  #: failing feeds named one by one
_ALERTED = "alerted"
#: What became of a story's post, what says most first.
_FATES: Mapping[DeliveryState, str] = {
    DeliveryState.SENT: _ALERTED,
    DeliveryState.EDITING: _ALERTED,
    DeliveryState.PENDING: "on their way",
    DeliveryState.SENDING: "on their way",
    DeliveryState.UNKNOWN: "on their way",
    DeliveryState.HELD: "held back, another message stands for them",
    DeliveryState.DISMISSED: "marked as seen",
    DeliveryState.MUTED: "muted",
    DeliveryState.REJECTED: "refused by Slack",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a digest shall cover."""

    since: datetime
    until: datetime
    period: str  #: `since` in words
    rule: Rule | None = None  #: only the stories of this rule
    query: str = ""  #: instead of rules: whatever this finds, alerted or not
    hidden: frozenset[int] = frozenset()  #: ids of rules that its readers must not hear of
    seen_at: datetime | None = None  #: when its reader saw the last one like it


def build_digest(store: Store, gazetteer: Gazetteer, question: Question) -> Digest:
    """Answer a question from what is stored; writes nothing.

    ::

        stories that fired (or that the query finds) | once each | by outlets, level, recency
    """
    if question.query:
        return _found(store, gazetteer, question)
    live = store.rules.live()
    rules = {rule.id: rule for rule in live if rule.id not in question.hidden}
    if question.rule:
        rules = {question.rule.id: question.rule}
    matched = [
        story
        for story in store.digests.stories(question.since, question.until)
        if not rules.keys().isdisjoint(story.rule_ids)
    ]
    known = _known(store, matched, rules, question)
    return Digest(
        period=question.period,
        since=question.since,
        until=question.until,
        seen_at=question.seen_at,
        stories=_ranked([_told(story, rules, known) for story in matched]),
        fates=_fates(store, matched, rules, live),
        muted=_muted(store, rules, live, question),
        entries=sum(story.entries for story in matched),
        scope=f"W{question.rule.id} {question.rule.name}" if question.rule else "",
        bars=_bars(store, rules, question),
        notes=(*_gaps(store, question), *_baseline(store, question)),
    )


def shown(digest: Digest, pictures: Pictures | None, *, zone: tzinfo | None = None) -> Message:
    """Return a digest as a message, its chart uploaded where pictures are taken.

    It draws and waits for Slack: never inside a transaction.
    """
    picture = _drawn(digest, zone) if pictures else None
    file_id = pictures.keep(picture.png, alt=picture.alt) if pictures and picture else None
    chart = Chart(file_id, picture.alt) if picture and file_id else None
    return digest_message(digest, zone=zone, chart=chart)


def _drawn(digest: Digest, zone: tzinfo | None) -> Picture | None:
    try:
        return draw(digest.bars, until=digest.until, zone=zone)
    except Exception:  # a chart is worth no digest
        log.exception("can't draw a chart")
        return None


def _known(
    store: Store, matched: list[MatchedStory], rules: Mapping[int, Rule], question: Question
) -> set[int]:
    """Return which of the stories the reader could have seen before; all if they never looked."""
    stories = {story.story_id for story in matched}
    if question.seen_at is None:
        return stories
    before = store.digests.told_before(stories, question.seen_at)
    return {story for story, fired in before.items() if not rules.keys().isdisjoint(fired)}


def _told(story: MatchedStory, rules: Mapping[int, Rule], known: set[int]) -> DigestStory:
    own = [rules[rule_id] for rule_id in story.rule_ids if rule_id in rules]
    return DigestStory(
        title=story.entry.title,
        url=story.entry.url,
        outlets=story.outlets or (story.entry.outlet,),
        first_seen=story.first_seen_at,
        last_seen=story.last_seen_at,
        rules=tuple(rule.id for rule in own),
        level=max((rule.level for rule in own), key=_LOUDNESS.index),
        is_new=story.story_id not in known,
    )


def _fates(
    store: Store, matched: list[MatchedStory], rules: Mapping[int, Rule], live: list[Rule]
) -> tuple[tuple[int, str], ...]:
    """Return how many stories met which fate; nothing if all were alerted."""
    stories = [story.story_id for story in matched]
    posts, muted = store.digests.posts(stories), store.digests.muted(stories)
    others = {rule.channel for rule in live if rule.id not in rules}
    fates: Counter[str] = Counter()
    for story in matched:
        own = [rules[rule_id] for rule_id in story.rule_ids if rule_id in rules]
        # a post in a channel that no rule has any more is of one that was moved
        elsewhere = others - {rule.channel for rule in own}
        states = [
            state for channel, state in posts.get(story.story_id, ()) if channel not in elsewhere
        ]
        is_muted = not {rule.id for rule in own}.isdisjoint(muted.get(story.story_id, ()))
        fates[_fate(states, own, is_muted=is_muted)] += 1
    return () if fates.keys() <= {_ALERTED} else tuple((n, fate) for fate, n in fates.most_common())


def _fate(states: list[DeliveryState], rules: list[Rule], *, is_muted: bool) -> str:
    """Return what became of a story, by its posts, or by why there is none."""
    if states:
        return _FATES[min(states, key=list(_FATES).index)]
    if is_muted:
        return "muted"
    if all(rule.mode is Mode.DIGEST for rule in rules):
        return "digest only"
    if all(rule.min_outlets > 1 for rule in rules if rule.mode is Mode.INSTANT):
        return "waiting for more outlets"
    return "not alerted"


def _muted(
    store: Store, rules: Mapping[int, Rule], live: list[Rule], question: Question
) -> tuple[tuple[int, str], ...]:
    """Return how many matches of which rule a mute kept quiet, the most first."""
    others = frozenset(rule.id for rule in live if rule.id not in rules)
    counted = store.mutes.counted(question.since, question.until, hidden=others).rules
    found = [(number, f"W{rule}") for rule, number in counted.items() if rule in rules]
    return tuple(sorted(found, reverse=True))


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
    hits = [stored for stored in _likely(store, rules, start) if rules.fired(stored.entry)]
    inside = [stored for stored in hits if _at(stored) >= question.since]
    seen_at = question.seen_at
    known = {stored.story_id for stored in hits if seen_at is None or _at(stored) < seen_at}
    counts = [0] * days
    for stored in hits:
        back = (question.until - _at(stored)) // timedelta(days=1)
        if 0 <= back < days:
            counts[days - 1 - back] += 1
    return Digest(
        period=question.period,
        since=question.since,
        until=question.until,
        seen_at=seen_at,
        stories=_ranked(list(_grouped(inside, known))),
        entries=len(inside),
        scope=question.query,
        bars=(DigestBar(label=question.query, counts=tuple(counts)),) if hits else (),
        notes=tuple(_gaps(store, question)),
    )


def _at(stored: StoredEntry) -> datetime:
    """Return when an entry counts as new: what a first poll brought, when it was published."""
    published = stored.entry.published
    return published if stored.decision == "baseline" and published else stored.first_seen_at


def _likely(store: Store, rules: RuleSet, since: datetime) -> list[StoredEntry]:
    """Return what came since then and may fire the rules: its text alone says of most that it can't."""
    ids = [
        entry_id
        for entry_id, title, summary in store.entries.texts(since)
        if rules.may_fire(fold_pair(title, summary))
    ]
    return [stored for stored in store.entries.some(ids) if _at(stored) >= since]


def _grouped(found: list[StoredEntry], known: set[int]) -> Iterator[DigestStory]:
    stories: dict[int, list[StoredEntry]] = {}
    for stored in found:
        stories.setdefault(stored.story_id, []).append(stored)
    for story_id, told in stories.items():
        first: Entry = told[0].entry
        yield DigestStory(
            title=first.title,
            url=first.url,
            outlets=tuple(dict.fromkeys(stored.entry.outlet for stored in told)),
            first_seen=min(map(_at, told)),
            last_seen=max(map(_at, told)),
            is_new=story_id not in known,
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
