"""A fresh office for each test, and a log that no test before it has turned down."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.slack.parts import Line, Office, open_line, open_office


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    with open_line() as made:
        yield made


@pytest.fixture
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office that is asked over HTTP, unless a test says `BOTH_WAYS`."""
    by_socket = getattr(request, "param", "http") == "socket"
    with open_office(request.getfixturevalue("line") if by_socket else None) as made:
        yield made


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="bot")
