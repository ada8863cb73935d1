"""From the entries of a document to what is owed to the channels, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot import retell
from bot.catchup import outage_behind
from bot.core.models import Entry, Feed, Match, Mode, ParsedFeed, Rule
from bot.core.rules import RuleSet
from bot.core.sameness import (
    Known,
    Marks,
    change,
    marks,
    same_again,
    site,
    without_shared_keys,
)
from bot.core.stories import story_uid
from bot.follow import Following
from bot.muting import Silence
from bot.owe import Decision, Owing, Seen, is_flood, loudest
from bot.store import Store
from bot.store.feeds import KnownFeed
from bot.storyline import Storyline

__all__ = ["Decision", "Seen", "absorb"]


def absorb(
    store: Store,
    stories: Storyline,
    rules: RuleSet,
    known: KnownFeed,
    parsed: ParsedFeed,
    *,
    now: datetime,
) -> list[Seen]:
    """Record a document's entries and owe what follows from them, all in one transaction.

    ::

        known by key? unchanged → duplicate, changed → update
        known by link or title? the same entry again
        else new (baseline on a feed's first poll) | its story | match | owe to the channels of
        the rules | let what is visible of the story follow

    The caller holds the transaction and records the feed's validators in it: were they saved
    first, a crash would hide the entries behind a 304.

    Returns:
        One `Seen` per entry, oldest first.
    """
    desk = _Desk(store, stories, rules, known, now)
    entries = sorted(
        (_in_context(entry, known.feed, parsed) for entry in _one_for_each_key(parsed)),
        key=lambda entry: entry.published or now,
    )
    own = {entry.key: marks(entry, now=now) for entry in entries}
    shared = _shared_links(entries, own)
    recorded = store.entries.known(known.feed.id, own)
    fresh = [own[entry.key] for entry in entries if entry.key not in recorded]
    alike = store.entries.alike(
        {mark.link for mark in fresh if mark.link}, {mark.title for mark in fresh if mark.title}
    )
    held_here = {one.id for one in alike if one.feed_id == known.feed.id}
    seen = []
    for entry in entries:
        mark = own[entry.key]
        if entry.key in recorded:
            seen.append(desk.again(entry, mark, recorded[entry.key]))
            continue
        telling = replace(mark, link=None) if mark.link in shared else mark
        if twin := same_again(entry, telling, known.feed.id, alike, own):
            one = desk.twin(entry, mark, twin)
            seen.append(replace(one, is_known_here=twin.id in held_here))
        else:
            one = desk.first(entry, mark)
            alike.append(_as_known(one, mark, known.feed.id))
            seen.append(one)
    seen = [desk.as_it_is(one) for one in seen] if desk.moved else seen
    owing = Owing(store, known.feed, outage_behind(store, known, now), now)
    owed = owing.owe(seen, is_flood=not desk.is_first_poll and is_flood(seen))
    following = Following(store, rules, known.feed, now)
    return [following.follow(one) for one in owed]


def _one_for_each_key(parsed: ParsedFeed) -> Iterable[Entry]:
    """Return the entries of a document, one for each key, whatever guids it contrives."""
    return {entry.key: entry for entry in without_shared_keys(parsed.entries)}.values()


def _shared_links(entries: list[Entry], own: dict[str, Marks]) -> set[str | None]:
    """Return the links that a document gives to entries of different titles: they name none."""
    titles: dict[str | None, str] = {}
    return {
        link
        for entry in entries
        if titles.setdefault(link := own[entry.key].link, entry.title) != entry.title
    }


def _in_context(entry: Entry, feed: Feed, parsed: ParsedFeed) -> Entry:
    """Fill in what an entry inherits from its feed."""
    return replace(
        entry,
        outlet=entry.outlet or feed.title or parsed.title or site(feed.url),
        lang=entry.lang or feed.lang or parsed.language,
        tags=tuple(dict.fromkeys((*entry.tags, *feed.tags))),
    )


def _as_known(seen: Seen, mark: Marks, feed_id: int) -> Known:
    entry = seen.entry
    return Known(
        id=entry.id,
        feed_id=feed_id,
        key=entry.key,
        marks=mark,
        url=entry.url,
        title=entry.title,
        summary=entry.summary,
        published=entry.published,
        is_baseline=seen.decision == "baseline",
        same_as=None,
        story_id=seen.story_id,
    )


class _Desk:
    """Decides and records one entry at a time for one document."""

    def __init__(
        self, store: Store, stories: Storyline, rules: RuleSet, known: KnownFeed, now: datetime
    ) -> None:
        self.store = store
        self.stories = stories
        self.rules = rules
        self.feed = known.feed
        self.is_first_poll = known.state.baseline_at is None
        self.silence = Silence(store, now)
        self.moved: dict[int, int] = {}  # the stories that entries were brought to, by entry
        self.left: set[int] = set()  # stories that entries were brought from
        self.now = now

    def first(self, entry: Entry, mark: Marks) -> Seen:
        """Record an entry nobody has seen under the story it tells, or as the start of one."""
        entry = self._dated(entry, None)
        quiet = self._is_baseline(entry)
        decision: Decision = "baseline" if quiet else "new"
        placed = self.stories.place(entry, self.now)
        if quiet:  # what stood on a first poll alerts nobody, and so shows nothing about others
            placed = placed.alone()
        story = placed.story_id
        if story is None:
            uid = story_uid(self.feed.url, entry.key)
            story = self.store.entries.start_story(uid, entry.title, now=self.now)
        else:
            self.store.entries.touch_story(story, now=self.now)
        told = f"joined S{story}: {placed.words}" if placed.kind else "first report"
        reason = "on the feed's first poll" if quiet else told
        entry = self._add(entry, mark, decision=decision, reason=reason, story_id=story)
        self.stories.record(placed, entry.id, story, self.now)
        if placed.gathered:
            self.left |= retell.gather(
                self.store, story, placed.gathered, by=entry.id, now=self.now
            )
            self.moved |= dict.fromkeys(placed.gathered, story)
        seen = self._matched(entry, decision, reason, story, quiet=quiet, already=set())
        return replace(
            seen,
            brought=self._brought(seen) if placed.gathered else (),
            joined=placed.kind,
            news=placed.news,
            gathered=placed.gathered,
            mentions=placed.mentions,
        )

    def again(self, entry: Entry, mark: Marks, known: Known) -> Seen:
        """Meet an entry under the key it is recorded by."""
        known = self._where_it_is(known)
        entry = replace(self._dated(entry, known), id=known.id)
        differs = change(entry, mark, known)
        if not differs.words:
            return self._known(entry, "duplicate", "already recorded", known.story_id)
        self.store.entries.change(known.id, entry, mark, now=self.now)
        was_titled = known.title if entry.title != known.title else ""
        if not differs.text:
            return self._known(entry, "update", differs.words, known.story_id)
        already = self.store.entries.fired(known.story_id, with_quiet=True)
        # a rule younger than the entry is not alerted to it because a comma moved
        before = replace(entry, title=known.title, summary=known.summary)
        already |= {match.rule_id for match in self.rules.match(before)}
        seen = self._matched(
            entry, "update", differs.words, known.story_id, quiet=False, already=already
        )
        return replace(seen, is_known_here=True, was_titled=was_titled)

    def twin(self, entry: Entry, mark: Marks, known: Known) -> Seen:
        """Meet an entry again under another key: a changed guid, or another feed."""
        known = self._where_it_is(known)
        entry = self._dated(entry, known)
        where = "another feed" if known.feed_id != self.feed.id else "a changed id"
        reason = f"same as entry {known.same_as or known.id}, under {where}"
        quiet = self._is_baseline(entry)
        differs = change(entry, mark, known)
        unheard = known.is_baseline and known.feed_id != self.feed.id and not quiet
        decision: Decision = "new" if unheard else "update" if differs.words else "duplicate"
        reason = f"{differs.words}; {reason}" if differs.words else reason
        entry = self._add(
            entry,
            mark,
            decision=decision,
            reason=reason,
            story_id=known.story_id,
            same_as=known.same_as or known.id,
        )
        if not differs.text and not unheard:
            return self._seen(entry, decision, reason, known.story_id)
        already = self.store.entries.fired(known.story_id, with_quiet=not unheard)
        return self._matched(entry, decision, reason, known.story_id, quiet=quiet, already=already)

    def as_it_is(self, seen: Seen) -> Seen:
        """Return what was seen under its story after all of the document was read."""
        story = self.moved.get(seen.entry.id, seen.story_id)
        if story in self.moved.values():  # another one may be what the story's post shows
            joined = seen.joined or ("" if seen.mentions is None else "report")
            seen = replace(seen, story_id=story, joined=joined)
        elif story not in self.left:
            return seen
        if not seen.to_tell:
            return seen
        rules = self.rules.rules
        outlets = max(len(self.store.stories.independent(seen.story_id)), 1)
        heard = {
            rules[id_].channel
            for id_ in self.store.entries.heard(seen.story_id)
            if id_ in rules and rules[id_].min_outlets <= outlets
        }
        return replace(
            seen,
            wanted=tuple(one for one in seen.wanted if one[0] in heard),
            brought=tuple(one for one in seen.brought if one[0] in heard),
        )

    def _where_it_is(self, known: Known) -> Known:
        """Return an entry with the story that another one of this document brought it to."""
        return replace(known, story_id=self.moved.get(known.same_as or known.id, known.story_id))

    def _dated(self, entry: Entry, known: Known | None) -> Entry:
        """Clamp a date in the future to the moment it was first met."""
        if entry.published is None or entry.published <= self.now:
            return entry
        return replace(entry, published=(known and known.published) or self.now)

    def _is_baseline(self, entry: Entry) -> bool:
        if not self.is_first_poll:
            return False
        since = self.now - timedelta(seconds=self.feed.backfill_s)
        return not self.feed.backfill_s or entry.published is None or entry.published < since

    def _add(
        self,
        entry: Entry,
        mark: Marks,
        *,
        decision: Decision,
        reason: str,
        story_id: int,
        same_as: int | None = None,
    ) -> Entry:
        entry_id = self.store.entries.add(
            entry,
            mark,
            feed_id=self.feed.id,
            decision=decision,
            reason=reason,
            same_as=same_as,
            story_id=story_id,
            now=self.now,
        )
        return replace(entry, id=entry_id)

    def _known(self, entry: Entry, decision: Decision, reason: str, story_id: int) -> Seen:
        return replace(self._seen(entry, decision, reason, story_id), is_known_here=True)

    def _seen(self, entry: Entry, decision: Decision, reason: str, story_id: int) -> Seen:
        return Seen(entry=entry, decision=decision, reason=reason, story_id=story_id)

    def _matched(
        self,
        entry: Entry,
        decision: Decision,
        reason: str,
        story_id: int,
        *,
        quiet: bool,
        already: set[int],
    ) -> Seen:
        """Match, record why, and note which channels want the story that have not had it."""
        matches = self.rules.match(entry)
        fresh = tuple(match for match in matches if match.rule_id not in already)
        self.store.entries.add_matches(entry.id, fresh, quiet=quiet, now=self.now)
        return Seen(
            entry=entry,
            decision=decision,
            reason=reason,
            story_id=story_id,
            matches=matches,
            wanted=() if quiet else self._wanted(entry, story_id, fresh),
        )

    def _wanted(
        self, entry: Entry, story_id: int, matches: tuple[Match, ...]
    ) -> tuple[tuple[str, int], ...]:
        """Return the channels whose rules fired, and how loudly; a rule may wait for outlets.

        What is muted is kept on record, and wanted nowhere.
        """
        rules, silence = self.rules.rules, self.silence
        fired = {
            match.rule_id
            for match in matches
            if rules[match.rule_id].mode is Mode.INSTANT
            and not silence.keep(entry, rules[match.rule_id], match, story_id)
        }
        return tuple(loudest(self._heard(entry, story_id, fired)).items())

    def _brought(self, seen: Seen) -> tuple[tuple[str, int], ...]:
        """Return the channels whose rules fired on what came over, and that lack the story."""
        told = {post.channel for post in self.store.deliveries.posts(seen.story_id)}
        told |= {channel for channel, _ in seen.wanted}
        fired = set(self._unsilenced(seen.entry, seen.story_id))
        heard = self._heard(seen.entry, seen.story_id, fired)
        return tuple(loudest(rule for rule in heard if rule.channel not in told).items())

    def _unsilenced(self, entry: Entry, story_id: int) -> Iterator[int]:
        """Yield the rules that a story has fired, and that tell of it at once."""
        rules = self.rules.rules
        for rule_id in self.store.entries.heard(story_id):
            if (
                rule_id in rules
                and rules[rule_id].mode is Mode.INSTANT
                and not self.silence.covers(entry, rules[rule_id], story_id)
            ):
                yield rule_id

    def _heard(self, entry: Entry, story_id: int, fired: set[int]) -> list[Rule]:
        """Return the rules that fired and need no further outlet, those that waited included.

        Those that only digests tell of are none.
        """
        rules, store = self.rules.rules, self.store
        fired |= {
            rule_id
            for rule_id in self._unsilenced(entry, story_id)
            if rules[rule_id].min_outlets > 1
        }
        needed = max((rules[rule_id].min_outlets for rule_id in fired), default=1)
        outlets = len(store.stories.independent(story_id)) if needed > 1 else 1
        return [rules[id_] for id_ in sorted(fired) if rules[id_].min_outlets <= max(outlets, 1)]
