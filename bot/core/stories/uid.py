"""Which story an entry tells. Until grouping comes, every entry starts its own."""

from __future__ import annotations

import uuid

_SPACE = uuid.UUID("0c1f4b9e-54f0-5f0a-8d2b-5f7e5f6f4c11")


def story_uid(feed_url: str, entry_key: str) -> str:
    """Return the id of the story an entry starts: a UUIDv5, the same after a lost database.

    Delivery ids derive from it, so that an alert posted before a restore is still recognised.
    """
    return str(uuid.uuid5(_SPACE, f"{feed_url}\n{entry_key}"))
