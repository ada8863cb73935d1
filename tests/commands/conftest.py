"""A fresh desk for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands.parts import Room, open_room


@pytest.fixture
def room() -> Iterator[Room]:
    with open_room() as made:
        yield made
