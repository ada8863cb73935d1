"""Mutes at work: which alerts stay silent while entries are recorded, and how a mute ends."""

from __future__ import annotations

from datetime import datetime

from bot.core.models import Entry, Match, Rule
from bot.core.render import mute_ended_message, mute_label
from bot.store import Store
from bot.store.mutes import Mute, source_of


class Silence:
    """What is muted at a moment; asked inside the transaction that records an entry."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._mutes = store.mutes.active(now)

    def keep(self, entry: Entry, rule: Rule, match: Match, story_id: int) -> bool:
        """Say whether a match stays silent, and keep on record what silenced it."""
        mute = self._over(entry, rule, match, story_id)
        if mute:
            self._store.mutes.keep(mute.id, entry.id, rule.id, now=self._now)
        return mute is not None

    def covers(self, entry: Entry, rule: Rule, story_id: int) -> bool:
        """Say whether a rule that waited for another outlet has to wait on."""
        return self._over(entry, rule, None, story_id) is not None

    def _over(self, entry: Entry, rule: Rule, match: Match | None, story_id: int) -> Mute | None:
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
