"""One call of Slack's Web API: a single request, a total time, an answer as a value."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

T = TypeVar("T")

# The SDK logs whole requests and answers at DEBUG; feeds' and rules' text is nobody's log.
_sdk_log = logging.getLogger("bot.sinks.slack.sdk")
_sdk_log.setLevel(logging.CRITICAL)

_NEVER_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Mapping[str, Any]
    retry_after_s: float | None = None  #: from the `Retry-After` header

    @property
    def ok(self) -> bool:
        """Tell whether Slack accepted the request."""
        return self.status == 200 and self.body.get("ok") is True


def open_client(token: str, api_url: str, timeout_s: float) -> WebClient:
    """Return a client that asks once: the SDK's own retries would post twice after a reset."""
    client = WebClient(
        token=token,
        base_url=api_url,
        timeout=timeout_s,  # type: ignore[arg-type]  # seconds, and fractions do work
        retry_handlers=[],
        logger=_sdk_log,
    )
    if proxy_bypass(urlsplit(api_url).hostname or ""):
        client.proxy = None  # the SDK reads HTTPS_PROXY and forgets NO_PROXY
    return client


def call(client: WebClient, method: str, **request: Any) -> Answer:
    """Call a method once and return the answer, refusals included.

    Args:
        client: from `open_client`.
        method: such as `chat.postMessage`.
        request: `json=` or `params=`.

    Raises:
        Exception: no answer was read; `was_never_sent` tells whether Slack can have acted on it.
    """
    try:
        return _answer(client.api_call(method, **request))
    except SlackApiError as error:
        if isinstance(error.response, SlackResponse):
            return _answer(error.response)
        raise


def _answer(response: SlackResponse) -> Answer:
    body = response.data if isinstance(response.data, dict) else {}
    headers = {name.lower(): str(value) for name, value in response.headers.items()}
    return Answer(response.status_code, body, _seconds(headers.get("retry-after")))


def _seconds(value: str | None) -> float | None:
    """Return a `Retry-After` in seconds, at least one; None when it says none."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return min(max(seconds, 1.0), 86_400.0) if seconds == seconds else None  # noqa: PLR0124 - NaN


def was_never_sent(error: BaseException) -> bool:
    """Tell whether a failed call certainly ended before anything reached Slack."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, _NEVER_SENT):
        return True
    return isinstance(reason, OSError) and reason.errno in _NO_ROUTE


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or give it up after `seconds` in total.

    A socket's timeout is per read, so a server that drips bytes holds a caller for ever. The
    thread given up ends by itself when its connection does.

    Raises:
        TimeoutError: `work` took longer.
        Exception: what `work` raised.
    """
    answers: SimpleQueue[Callable[[], T]] = SimpleQueue()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - it is raised again where it is awaited
            answers.put(_raiser(error))
        else:
            answers.put(lambda: result)

    threading.Thread(target=run, name="slack-call", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    return answer()


def _raiser(error: Exception) -> Callable[[], Any]:
    def again() -> Any:
        raise error

    return again
