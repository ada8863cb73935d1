"""A store of each kind: the same tests run on all."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store import Store, open_store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'w.db'}"
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    return NOW
