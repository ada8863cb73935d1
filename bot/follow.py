"""Let what is visible of a story follow it: replies in its thread, its counter, its corrections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.catchup import outage_behind
from bot.core.models import Delivery, DeliveryState, Feed, Level, Mode, Rule, Threads
from bot.core.rules import RuleSet
from bot.core.stories import story_uid
from bot.muting import is_story_silent
from bot.owe import Seen
from bot.store import Store

BROADCAST_EVERY = timedelta(hours=2)  #: a story is told aloud again so often at most
_EDIT_PACE = timedelta(seconds=5)  #: changes within it become one edit
_AUDIBLE = (Threads.OFF, Threads.ON, Threads.QUIET)
_CORRECTED = re.compile(
    r"^\W*(?:correct(?:ion|ed)\b|retract(?:ion|ed)\b|clarification\b|withdrawn\b|korrektur\b|"
    r"rectificati(?:on|f)\b|rectificaci[oó]n\b|correcci[oó]n\b|уточнение|опровержение|"
    r"정정|바로잡습니다|訂正|更正|تصحيح)|"
    r"\((?:corrected|retracted)\)|\[정정\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Following:
    """Where stories are followed."""

    store: Store
    rules: RuleSet
    feed: Feed
    now: datetime

    def follow(self, seen: Seen) -> Seen:
        """Owe the channels that have a story what an entry adds to it; return what was done.

        ::

            another outlet's report → a reply in the thread; what is new in it is told aloud
            a copy, or a report no rule there wants → only the counter
            re-titled → the post is edited, the thread has the old title
            the story is muted → only the counter and the post's title
        """
        if not seen.joined and not seen.was_titled:
            return seen
        posts = [
            post
            for post in self.store.deliveries.posts(seen.story_id)
            if post.channel not in seen.posts
        ]
        replies = tuple(post.channel for post in posts if self._reply(seen, post))
        edits = tuple(post.channel for post in posts if self._edit(post))
        return replace(seen, replies=replies, edits=edits)

    def _edit(self, post: Delivery) -> bool:
        if post.ts is None and post.message is None:
            return False  # it will be composed when it goes
        self.store.deliveries.revise(post.id, due=self.now + _EDIT_PACE)
        return True

    def _reply(self, seen: Seen, post: Delivery) -> bool:
        if post.entry_id is not None:  # one report, beside the story's post
            return False
        mode = self._threads(seen, post.channel)
        if seen.was_titled:
            if is_story_silent(self.store, seen.story_id, post.channel, now=self.now):
                return False
            note = f"{_marker(seen.entry.title)}the title was: {seen.was_titled}"
            uid = f"{story_uid(self.feed.url, seen.entry.key)}/{self.now.isoformat()}"
            aloud = _is_correction(seen)
            return mode is Threads.ON and self._owe(seen, post, uid, note, aloud=aloud)
        priority = dict(seen.wanted).get(post.channel)
        if seen.joined == "copy" or priority is None or mode is Threads.QUIET:
            return False
        uid = report_uid(self.store, seen.story_id, self.feed, seen.entry.key, mode)
        if mode is Threads.OFF:
            return self._post(seen, post, uid, priority)
        louder = priority > post.priority
        aloud = bool(seen.news) or louder
        note = _note(seen, louder=louder)
        return self._owe(seen, post, uid, note, aloud=aloud, priority=priority)

    def _threads(self, seen: Seen, channel: str) -> Threads:
        """Return how a channel hears of it: as its rules say, the most audible of them first.

        What is muted has no say.
        """
        own = self.store.channels.threads(channel)
        muted = self.store.mutes.of_entry(seen.entry.id)
        fired = [
            self.rules.rules[match.rule_id] for match in seen.matches if match.rule_id not in muted
        ]
        return threads_of(fired, channel, own)

    def _post(self, seen: Seen, post: Delivery, uid: str, priority: int) -> bool:
        """Owe a report as a post of its own, where threads are not wanted."""
        return self.store.deliveries.queue(
            post.channel,
            seen.story_id,
            uid,
            priority=priority,
            now=self.now,
            held_in=self._stands_for(post, priority),
            entry_id=seen.entry.id,
        )

    def _stands_for(self, post: Delivery, priority: int) -> str | None:
        """Return the message of an outage or a flood behind which a report waits with its story.

        Over the noise budget it does not: once there is room again, it is an alert like others.
        """
        outbox = self.store.deliveries
        held = post.held_in if post.state is DeliveryState.HELD else None
        message = outbox.get(held) if held else None
        if message is None or message.kind == "rolling":
            return None
        if priority >= Level.FLASH.priority and not self._is_catching_up():
            return None
        if message.kind == "catchup":
            outbox.revise(message.id, due=self.now + _EDIT_PACE)
        return message.id

    def _is_catching_up(self) -> bool:
        known = self.store.feeds.get(self.feed.id)
        return known is not None and outage_behind(self.store, known, self.now) is not None

    def _owe(
        self, seen: Seen, post: Delivery, uid: str, note: str, *, aloud: bool, priority: int = 0
    ) -> bool:
        last = self.store.stories.broadcast_at(seen.story_id)
        aloud = aloud and (last is None or self.now - last >= BROADCAST_EVERY)
        owed = self.store.deliveries.reply(
            post,
            uid,
            seen.entry.id,
            now=self.now,
            priority=priority,
            note=note,
            broadcast=aloud,
        )
        if owed and aloud:
            self.store.stories.broadcast(seen.story_id, now=self.now)
        return owed


def report_uid(store: Store, story_id: int, feed: Feed, key: str, mode: Threads) -> str:
    """Return what a report of a story is called, after a restore too."""
    uid = story_uid(feed.url, key)
    is_taken = mode is Threads.OFF and uid == store.entries.story_uid(story_id)
    return f"{uid}/report" if is_taken else uid  # beside the story's post, which is called so


def threads_of(fired: Iterable[Rule], channel: str, own: Threads) -> Threads:
    """Return how a channel hears of a report: as its rules ask, the most audible of them first."""
    asked = {
        rule.threads or own
        for rule in fired
        if rule.channel == channel and rule.mode is Mode.INSTANT
    }
    return next((mode for mode in _AUDIBLE if mode in asked), own)


def _note(seen: Seen, *, louder: bool) -> str:
    said = [f"new: {', '.join(seen.news)}"] if seen.news else []
    said += ["a louder rule fired"] if louder else []
    return _marker(seen.entry.title) + "; ".join(said)


def _is_correction(seen: Seen) -> bool:
    return _CORRECTED.search(seen.entry.title) is not None


def _marker(title: str) -> str:
    return "⚠ correction · " if _CORRECTED.search(title) else ""
