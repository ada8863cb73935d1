"""What the tests of feeds share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.feed_server import FeedServer


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running
