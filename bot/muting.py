"""Mutes at work: which alerts stay silent while entries are recorded, and how a mute ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.models import Delivery, Entry, Match, Rule
from bot.core.render import mute_ended_message, mute_label
from bot.quiet import wanting
from bot.store import Store
from bot.store.entries import StoredEntry
from bot.store.mutes import Mute, source_of


class Silence:
    """What is muted at a moment; asked inside the transaction that records an entry."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._mutes = store.mutes.active(now)

    def keep(self, entry: Entry, rule: Rule, match: Match, story_id: int) -> bool:
        """Say whether a match stays silent, and keep on record what silenced it."""
        mute = self.over(entry, rule, match, story_id)
        if mute:
            self._store.mutes.keep(mute.id, entry.id, rule.id, now=self._now)
        return mute is not None

    def covers(self, entry: Entry, rule: Rule, story_id: int) -> bool:
        """Say whether a rule that waited for another outlet has to wait on."""
        return self.over(entry, rule, None, story_id) is not None

    def over(self, entry: Entry, rule: Rule, match: Match | None, story_id: int) -> Mute | None:
        """Return what keeps a match silent; None if nothing does."""
        source = source_of(entry.url, entry.outlet)
        for mute in self._mutes:
            if mute.silences(rule, match, story_id=story_id, source=source):
                return mute
        return None


def is_story_silent(store: Store, story_id: int, channel: str, *, now: datetime) -> bool:
    """Say whether a channel wants to hear no more of a story."""
    about = ("story", story_id, channel)
    return any(
        (mute.what, mute.story_id, mute.channel) == about for mute in store.mutes.active(now)
    )


def falls_silent(store: Store, delivery: Delivery, *, now: datetime) -> bool:
    """Keep silent what was muted since an alert was owed; say whether nobody is left to hear it.

    A mute counts if it holds when the alert would be seen first: until then it may be lifted.
    Asked inside the transaction that claims the delivery.
    """
    if delivery.kind not in {"post", "reply"} or delivery.asked or delivery.attempts > 1:
        return False
    if not store.mutes.active(now):
        return False
    if delivery.kind == "reply" and "/" in delivery.subject:  # it says what the title was
        return is_story_silent(store, delivery.story_id or 0, delivery.channel, now=now)
    if delivery.kind == "reply" and _is_told_by_the_post(store, delivery):
        return True
    silence = Silence(store, now)
    kept = [
        silence.keep(stored.entry, rule, match, stored.story_id)
        for stored, rule, match in _reasons(store, delivery)
    ]
    return any(kept) and not wanting(store, delivery)


def _is_told_by_the_post(store: Store, reply: Delivery) -> bool:
    """Say whether the report of a reply became what its post shows, since the first fell silent."""
    post = store.deliveries.get(reply.parent or "")
    owed = store.deliveries.owed(post) if post else None
    return owed is not None and owed.entry.id == reply.entry_id


def _reasons(store: Store, delivery: Delivery) -> Iterator[tuple[StoredEntry, Rule, Match]]:
    """Yield the reports that a delivery tells, with the rules that want each and are not muted."""
    rules = {rule.id: rule for rule in store.deliveries.wanting(delivery)}
    one = store.entries.get(delivery.entry_id) if delivery.entry_id else None
    for stored in [one] if one else store.entries.of_story(delivery.story_id or 0):
        muted = store.mutes.of_entry(stored.entry.id)
        for found in store.entries.matches(stored.entry.id):
            rule = rules.get(found.match.rule_id)
            if rule and not found.quiet and rule.id not in muted:
                yield stored, rule, found.match


def label_of(store: Store, mute: Mute) -> str:
    """Return what is muted, as mrkdwn."""
    story = store.stories.get(mute.story_id) if mute.story_id else None
    return mute_label(
        mute.what,
        rule=store.rules.get(mute.rule_id) if mute.rule_id else None,
        story_id=mute.story_id or 0,
        title=story.title if story else "",
        word=mute.word,
    )


def end_due(store: Store, now: datetime) -> int:
    """Tell those who muted something that it is over, each once; return how many ended."""
    with store.transaction():
        over = store.mutes.over(now)
        for mute in over:
            end(store, mute, now=now)
    return len(over)


def end(store: Store, mute: Mute, *, now: datetime, by: str = "") -> None:
    """End a mute and tell whoever made it, through the outbox; the caller holds the transaction.

    Args:
        store: where it is recorded.
        mute: not over yet.
        now: the time.
        by: who lifted it before its time, as mrkdwn.
    """
    if not store.mutes.end(mute.id, now=now):
        return
    kept = store.mutes.kept(mute.id)
    rule = store.rules.get(mute.rule_id) if mute.rule_id else None
    # where a rule was moved to, who muted it may know nothing of it
    is_moved = rule is not None and rule.channel != mute.channel
    message = mute_ended_message(
        f"W{mute.rule_id}" if is_moved else label_of(store, mute),
        number=mute.id,
        kept=kept.entries if mute.what == "story" else kept.stories,
        what="report" if mute.what == "story" else "alert",
        by=by,
    )
    person = mute.who if mute.who[:1] in {"U", "W"} else mute.channel
    store.deliveries.tell(person, f"mute:{mute.id}", message, now=now)
