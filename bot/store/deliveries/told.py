"""Deliveries by what they tell: the posts of a story, whatever became of it."""

from __future__ import annotations

from datetime import datetime

from bot.core.models import Delivery
from bot.store.database import Database
from bot.store.deliveries import statements
from bot.store.deliveries.rows import delivery_id, delivery_of
from bot.store.times import to_us


class Told:
    """The deliveries table, as far as stories are put together anew."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def posts(self, story_id: int) -> list[Delivery]:
        """Return the posts of a story, in all channels."""
        return [delivery_of(row) for row in self._db.rows(statements.POSTS, {"story_id": story_id})]

    def renote(
        self, entry_id: int, note: str, *, due: datetime, unless_under: int | None = None
    ) -> None:
        """Let the replies that show an entry say something else about it.

        Args:
            entry_id: the entry.
            note: what they say, in plain words.
            due: when.
            unless_under: the story whose threads go on as they are.
        """
        params = {"entry_id": entry_id, "note": note, "due": to_us(due), "story_id": unless_under}
        self._db.run(statements.RENOTE, params)

    def lead(self, post_id: str, entry_id: int) -> None:
        """Let a story's post go on showing a report, whatever older ones turn out to tell it."""
        self._db.run(statements.LEAD, {"id": post_id, "entry_id": entry_id})

    def retell(self, post_id: str, story_id: int, *, beside: int | None = None) -> None:
        """Let a post tell another story: as its post, or beside that as one report of it."""
        params = {"id": post_id, "story_id": story_id, "entry_id": beside}
        self._db.run(statements.BESIDE if beside else statements.RETELL, params)

    def give_way(
        self, unseen: Delivery, post: Delivery, uid: str, entry_id: int, *, in_thread: bool
    ) -> bool:
        """Let a post that was never sent be a report of the story that another post tells.

        Args:
            unseen: the post that gives way.
            post: the one that tells the story.
            uid: what the report is called after a restore too.
            entry_id: the report.
            in_thread: whether it replies; else it is posted beside.

        Returns:
            False if the report was owed before.
        """
        kind = "reply" if in_thread else "post"
        given = self._db.run(
            statements.AS_REPORT,
            {
                "id": unseen.id,
                "new_id": delivery_id(unseen.channel, uid, kind),
                "kind": kind,
                "subject": uid,
                "story_id": post.story_id,
                "entry_id": entry_id,
                "parent": post.id if in_thread else None,
                "priority": max(unseen.priority, post.priority),
            },
        )
        return given > 0

    def hand_over(self, unseen: Delivery, post: Delivery) -> None:
        """Let the replies that wait for a post that was never sent go to another one's thread."""
        params = {
            "id": unseen.id,
            "story_id": post.story_id,
            "parent": post.id,
            "state": post.state.value,
            "held_in": post.held_in,
        }
        self._db.run(statements.HAND_REPLIES_OVER, params)

    def drop(self, unseen: Delivery) -> None:
        """Forget a post that was never sent."""
        self._db.run(statements.DROP, {"id": unseen.id})

    def post_of(self, channel: str, story_id: int) -> str | None:
        """Return the post that tells a story in a channel: its own, or one that stands for it."""
        row = self._db.row(statements.POST_OF, {"channel": channel, "story_id": story_id})
        return row["id"] if row else None

    def subject(self, channel: str, story_uid: str) -> str:
        """Return what a story's post is called where its first one stands for another story now."""
        params = {"channel": channel, "uid": story_uid}
        gone = self._db.rows(statements.POSTS_CALLED, params)[0]["posts"]
        return f"{story_uid}/{gone + 1}" if gone else story_uid
