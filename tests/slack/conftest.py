"""A fresh office for each test, and a log that no test before it has turned down."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.slack.parts import Office, open_office


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as made:
        yield made


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="bot")
