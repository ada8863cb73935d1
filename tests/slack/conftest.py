"""A fresh office for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.slack.parts import Office, open_office


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as made:
        yield made
