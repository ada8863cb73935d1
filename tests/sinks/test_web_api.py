"""One call: bounded in time, its failures told apart by whether anything can have been sent."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from urllib.error import URLError

import pytest

from bot.sinks.slack.web_api import open_client, was_never_sent, within


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (URLError(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), True),
        (URLError(socket.gaierror(-2, "unknown name")), True),
        (URLError(ssl.SSLCertVerificationError("self-signed")), True),
        (URLError(OSError(errno.ENETUNREACH, "no route")), True),
        (OSError(errno.EHOSTUNREACH, "no route"), True),
        (URLError(ConnectionResetError(errno.ECONNRESET, "reset")), False),
        (URLError(BrokenPipeError(errno.EPIPE, "pipe")), False),
        (URLError(TimeoutError("timed out")), False),
        (TimeoutError(), False),
        (URLError("a word"), False),
        (ValueError(), False),
    ],
)
def test_only_what_fails_before_sending_is_certain(error: Exception, expected: bool) -> None:
    assert was_never_sent(error) is expected


def test_within_gives_back_what_the_work_gives() -> None:
    assert within(5, lambda: 42) == 42


def test_within_raises_what_the_work_raises() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        within(5, fail)


def test_within_gives_up_on_time() -> None:
    release = threading.Event()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
        within(0.05, lambda: release.wait(10))
    release.set()


def test_the_client_never_retries_by_itself() -> None:
    assert open_client("t", "https://slack.com/api/", 5).retry_handlers == []


def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert open_client("t", "http://127.0.0.1:1/api/", 5).proxy is None
    assert open_client("t", "https://slack.com/api/", 5).proxy == "http://127.0.0.1:9"
