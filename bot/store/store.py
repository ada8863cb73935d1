"""The whole store: one database, its tables, and transactions across them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from bot.store.backup import BACKUP_MADE_AT
from bot.store.changes import Changes
from bot.store.channels import Channels
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.drafts import Drafts
from bot.store.entries import Entries
from bot.store.feeds import Feeds
from bot.store.mutes import Mutes
from bot.store.origins import Origins
from bot.store.outages import Outages
from bot.store.overview import Overview
from bot.store.past import Past
from bot.store.place import path_of
from bot.store.replays import Replays
from bot.store.requests import Requests
from bot.store.retention import Retention
from bot.store.reviews import Reviews
from bot.store.rules import Rules
from bot.store.schedules import Schedules
from bot.store.sightings import Sightings
from bot.store.stories import Stories
from bot.store.team import Team
from bot.store.times import maybe_from, to_us
from bot.store.troubles import Troubles
from bot.store.votes import Votes

_SET_FACT = """
insert into facts (name, value) values (:name, :value)
on conflict (name) do update set value = excluded.value
"""
_FACT = "select value from facts where name = :name"
_FORGET_FACT = "delete from facts where name = :name"


class Store:
    """Everything Watchdesk remembers."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.feeds = Feeds(db)
        self.entries = Entries(db)
        self.rules = Rules(db)
        self.deliveries = Deliveries(db)
        self.channels = Channels(db)
        self.digests = Digests(db)
        self.retention = Retention(db)
        self.origins = Origins(db, self.rules)
        self.troubles = Troubles(db)
        self.schedules = Schedules(db)
        self.outages = Outages(db)
        self.stories = Stories(db)
        self.sightings = Sightings(db)
        self.team = Team(db)
        self.changes = Changes(db)
        self.requests = Requests(db)
        self.overview = Overview(db)
        self.votes = Votes(db)
        self.mutes = Mutes(db)
        self.replays = Replays(db)
        self.drafts = Drafts(db)
        self.past = Past(db)
        self.reviews = Reviews(db)

    def transaction(self) -> AbstractContextManager[None]:
        """Commit all writes inside together, or none of them."""
        return self._db.transaction()

    def beat(self, now: datetime) -> None:
        """Leave a sign of life for the health check."""
        self._db.run(_SET_FACT, {"name": "heartbeat", "value": str(to_us(now))})

    def heartbeat(self) -> datetime | None:
        """Return when the bot last showed a sign of life."""
        return self._moment("heartbeat")

    def restored_from(self) -> datetime | None:
        """Return when the backup was made that this database came from; None if it is no copy."""
        return self._moment(BACKUP_MADE_AT)

    def forget_restore(self) -> None:
        """Make this database an original: it was dealt with that it came from a backup."""
        self._db.run(_FORGET_FACT, {"name": BACKUP_MADE_AT})

    def _moment(self, fact: str) -> datetime | None:
        row = self._db.row(_FACT, {"name": fact})
        return maybe_from(int(row["value"])) if row else None

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def open_store(url: str) -> Store:
    """Open, and migrate where needed, the database of a `sqlite:///file.db` URL.

    Raises:
        StoreError: it can't be opened, is damaged, or is no database of ours.
    """
    return Store(Database(path_of(url)))
