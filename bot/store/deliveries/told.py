"""Deliveries by what they tell: the posts of a story, whatever became of it."""

from __future__ import annotations

from datetime import datetime

from bot.core.models import Delivery
from bot.store.database import Database
from bot.store.deliveries import statements
from bot.store.deliveries.rows import delivery_of
from bot.store.times import to_us


class Told:
    """The deliveries table, as far as stories are put together anew."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def posts(self, story_id: int) -> list[Delivery]:
        """Return the posts of a story, in all channels."""
        return [delivery_of(row) for row in self._db.rows(statements.POSTS, {"story_id": story_id})]

    def renote(self, entry_id: int, note: str, *, due: datetime) -> None:
        """Let the replies that show an entry say something else about it."""
        self._db.run(statements.RENOTE, {"entry_id": entry_id, "note": note, "due": to_us(due)})

    def retell(self, story_id: int, other: int) -> None:
        """Let the posts of another story stand for this one, where it has none.

        A second one that was never sent is owed no more, if all of the other story came over.
        """
        params = {"story_id": story_id, "other": other}
        self._db.run(statements.RETELL, params)
        if self._db.row(statements.IS_TOLD_NO_MORE, params):
            # what nobody has seen goes with the story
            self._db.run(statements.PASS_REPLIES_ON, params)
            self._db.run(statements.DROP_UNSEEN, params)

    def post_of(self, channel: str, story_id: int) -> str | None:
        """Return the post that tells a story in a channel: its own, or one that stands for it."""
        row = self._db.row(statements.POST_OF, {"channel": channel, "story_id": story_id})
        return row["id"] if row else None

    def subject(self, channel: str, story_uid: str) -> str:
        """Return what a story's post is called where its first one stands for another story now."""
        params = {"channel": channel, "uid": story_uid}
        gone = self._db.rows(statements.POSTS_CALLED, params)[0]["posts"]
        return f"{story_uid}/{gone + 1}" if gone else story_uid
