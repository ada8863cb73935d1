"""What Watchdesk remembers: every SQL statement once."""

from bot.store.store import Store, open_store

__all__ = ["Store", "open_store"]
