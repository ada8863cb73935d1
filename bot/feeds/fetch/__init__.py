"""Fetch feeds over HTTP: many at once, one per host, bounded in time, size and address."""

from __future__ import annotations

from bot.feeds.address import AddressPolicy
from bot.feeds.fetch.fetcher import Fetcher
from bot.feeds.fetch.results import Fetched, FetchFailed, FetchRequest, FetchResult, NotModified

__all__ = [
    "AddressPolicy",
    "FetchFailed",
    "FetchRequest",
    "FetchResult",
    "Fetched",
    "Fetcher",
    "NotModified",
]
