"""Stories put together anew: by people, or by a report that shows what tells the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from bot.core.models import Delivery, DeliveryState, Mode, Rule, Threads
from bot.follow import report_uid, threads_of
from bot.owe import loudest
from bot.store import Store
from bot.store.deliveries import UNSEEN
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
        posts = _leading(store, (story_id, other))
        moved = store.stories.join(story_id, other)
        _retell(store, story_id, posts)
        store.mutes.follow(story_id, other)
        _revise(store, story_id, now=now)
    return moved


def gather(
    store: Store, story_id: int, entry_ids: Collection[int], *, by: int, now: datetime
) -> set[int]:
    """Bring entries of other stories over, as a new report shows that they tell this one.

    A post goes with the report it shows. In a channel that has a post of this story already, it
    stands beside that; if nobody has seen it yet, its report goes to the thread instead. Replies
    stay where they are, and say where their report went.

    Args:
        store: where it is recorded.
        story_id: the new report's story.
        entry_ids: what tells it too.
        by: the new report.
        now: the time.

    Returns:
        The stories they came from.
    """
    entries = [entry for id_ in sorted(entry_ids) if (entry := store.entries.get(id_))]
    firsts = {entry.story_id: store.stories.first(entry.story_id) for entry in entries}
    came = set(entry_ids)
    with store.transaction():
        posts = _leading(store, (story_id, *firsts))
        for entry in entries:
            was_first = firsts[entry.story_id] == entry.entry.id
            store.stories.gather(entry.entry.id, story_id, by=by, was_first=was_first, now=now)
            if not was_first and firsts[entry.story_id] not in came:
                store.mutes.release(entry.entry.id)
        _retell(store, story_id, posts)
        note = f"turned out to tell another story: S{story_id}"
        for entry in entries:
            store.deliveries.renote(entry.entry.id, note, due=now, unless_under=story_id)
        for old, first in firsts.items():
            if first in came:
                store.mutes.follow(story_id, old)
            if (left := store.stories.first(old)) is not None:
                store.stories.retitle(old, left)
                _revise(store, old, now=now)
    return set(firsts)


def _leading(store: Store, stories: Iterable[int]) -> list[tuple[Delivery, int | None]]:
    """Return the posts of some stories with the reports they show, which they go on showing."""
    posts = []
    for post in [post for story in stories for post in store.deliveries.posts(story)]:
        owed = store.deliveries.owed(post)
        shown = post.entry_id or (owed.entry.id if owed else None)
        if owed:
            store.deliveries.lead(post.id, owed.entry.id)
        posts.append((post, shown))
    return posts


def _retell(store: Store, story_id: int, posts: list[tuple[Delivery, int | None]]) -> None:
    """Let posts whose report tells another story by now tell that, too."""
    for post, shown in posts:
        if post.story_id == story_id or not _tells(store, post, shown, story_id):
            continue
        own = _post(store, story_id, post.channel)
        if own is None:
            store.deliveries.retell(post.id, story_id)
        elif post.entry_id is None and _is_unseen(store, post):
            _give_way(store, post, own, shown)
        elif shown:
            store.deliveries.retell(post.id, story_id, beside=shown)


def _tells(store: Store, post: Delivery, shown: int | None, story_id: int) -> bool:
    """Say whether a post tells a story; one that shows nothing goes with the last of its own."""
    if shown is None:
        return post.story_id is not None and store.stories.get(post.story_id) is None
    report = store.entries.get(shown)
    return report is not None and report.story_id == story_id


def _is_unseen(store: Store, post: Delivery) -> bool:
    """Say whether nobody can have seen a post, nor will decide about it behind another message."""
    holder = store.deliveries.get(post.held_in) if post.held_in else None
    is_free = post.state is DeliveryState.PENDING or (holder and holder.kind == "rolling")
    return bool(is_free) and post.attempts == 0


def _give_way(store: Store, unseen: Delivery, post: Delivery, shown: int | None) -> None:
    """Let what a post would have shown be a report of the story that another post tells.

    It is told in its thread, beside it, or only counted, as the channel wants it.
    """
    store.deliveries.hand_over(unseen, post)
    report = store.entries.get(shown) if shown else None
    feed = store.feeds.get(report.feed_id) if report else None
    if report and feed and post.state not in UNSEEN:
        fired = _fired(store, report.entry.id)
        mode = threads_of(fired, post.channel, store.channels.threads(post.channel))
        uid = report_uid(store, report.story_id, feed.feed, report.entry.key, mode)
        if mode is not Threads.QUIET and store.deliveries.give_way(
            unseen, post, uid, report.entry.id, in_thread=mode is Threads.ON
        ):
            return
    store.deliveries.drop(unseen)


def _post(store: Store, story_id: int, channel: str) -> Delivery | None:
    """Return the post of a story in a channel, unless it was refused for good."""
    posts = (
        post
        for post in store.deliveries.posts(story_id)
        if post.channel == channel and not post.entry_id
    )
    return next((post for post in posts if post.state is not DeliveryState.REJECTED), None)


def _revise(store: Store, story_id: int, *, now: datetime) -> None:
    """Let the posts of a story show what it is now."""
    for post in store.deliveries.posts(story_id):
        store.deliveries.revise(post.id, due=now)


def wanting(store: Store, entry_id: int) -> dict[str, int]:
    """Return the channels whose rules fired on an entry, and how loudly."""
    return loudest(_fired(store, entry_id))


def _fired(store: Store, entry_id: int) -> Iterator[Rule]:
    """Yield the rules that fired on an entry, and tell of it at once."""
    muted = store.mutes.of_entry(entry_id)
    for found in store.entries.matches(entry_id):
        rule = store.rules.get(found.match.rule_id)
        if rule is None or found.quiet or rule.mode is Mode.DIGEST or rule.id in muted:
            continue
        if not store.rules.is_removed(rule.id):
            yield rule
