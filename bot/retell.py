"""Stories put together anew: by people, or by a report that shows what tells the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.core.models import Mode
from bot.store import Store
from bot.store.entries import StoredEntry


def split(store: Store, report: StoredEntry, *, now: datetime) -> int:
    """Give a report a story of its own, with an alert of its own; return the new story's id.

    What is as much like it as like the rest joins it there, or is alone, and never goes where it
    was. Its reply stays in the thread it was in, and says where the report went.

    Args:
        store: where it is recorded.
        report: one of several reports of a story.
        now: the time.
    """
    old, entry = report.story_id, report.entry
    with store.transaction():
        uid = f"{store.entries.story_uid(old)}/{report.feed_id}/{entry.key}"
        new = store.entries.start_story(uid, entry.title, now=now)
        store.stories.move(entry.id, new)
        store.stories.keep_apart(old, new)
        store.mutes.release(entry.id)
        _revise(store, old, now=now)
        store.deliveries.renote(entry.id, f"not the same story: now S{new}", due=now)
        for channel, priority in wanting(store, entry.id).items():
            store.deliveries.queue(channel, new, uid, priority=priority, now=now)
    return new


def join(store: Store, story_id: int, other: int, *, now: datetime) -> int:
    """Make two stories one; return how many entries came over.

    Later reports go to the thread of the story that stays, in each channel that has it; where only
    the other was posted, to that one's.
    """
    with store.transaction():
        moved = store.stories.join(story_id, other)
        store.deliveries.retell(story_id, other)
        store.mutes.follow(story_id, other)
        _revise(store, story_id, now=now)
    return moved


def gather(
    store: Store, story_id: int, entry_ids: Collection[int], *, by: int, now: datetime
) -> set[int]:
    """Bring entries of other stories over, as a new report shows that they tell this one.

    Where the first report of a story comes over, its posts stand for this story, in each channel
    that has none of it. Replies stay in their threads, and say where their report went.

    Args:
        store: where it is recorded.
        story_id: the new report's story.
        entry_ids: what tells it too.
        by: the new report.
        now: the time.

    Returns:
        The stories they came from.
    """
    entries = [entry for id_ in entry_ids if (entry := store.entries.get(id_))]
    firsts = {entry.story_id: store.stories.first(entry.story_id) for entry in entries}
    came = set(entry_ids)
    with store.transaction():
        for entry in entries:
            old, id_ = entry.story_id, entry.entry.id
            was_first = firsts[old] == id_
            store.stories.gather(id_, story_id, by=by, was_first=was_first, now=now)
            if not was_first and firsts[old] not in came:
                store.mutes.release(id_)
                note = f"turned out to tell another story: S{story_id}"
                store.deliveries.renote(id_, note, due=now)
        for old, first in firsts.items():
            if first in came:
                store.deliveries.retell(story_id, old)
                store.mutes.follow(story_id, old)
            if (left := store.stories.first(old)) is not None:
                store.stories.retitle(old, left)
                _revise(store, old, now=now)
    return set(firsts)


def _revise(store: Store, story_id: int, *, now: datetime) -> None:
    """Let the posts of a story show what it is now."""
    for post in store.deliveries.posts(story_id):
        store.deliveries.revise(post.id, due=now)


def wanting(store: Store, entry_id: int) -> dict[str, int]:
    """Return the channels whose rules fired on an entry, and how loudly."""
    loudest: dict[str, int] = {}
    muted = store.mutes.of_entry(entry_id)
    for found in store.entries.matches(entry_id):
        rule = store.rules.get(found.match.rule_id)
        if rule is None or found.quiet or rule.mode is Mode.DIGEST or rule.id in muted:
            continue
        if not store.rules.is_removed(rule.id):
            loudest[rule.channel] = max(rule.level.priority, loudest.get(rule.channel, 0))
    return loudest
