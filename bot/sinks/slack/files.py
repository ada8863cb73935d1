"""Pictures for messages, uploaded in three steps: ask where to, send the bytes, say that it is done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from bot.config import Secret
from bot.config.environment import LOOPBACK
from bot.log import get_logger
from bot.sinks.slack import SLACK_API_URL
from bot.sinks.slack.errors import is_code
from bot.sinks.slack.web_api import call, open_client, within

log = get_logger(__name__)

SCOPE = "files:write"
_SLACK = "slack.com"
_FILE_NAME = "digest.png"
_MAX_ALT = 1000
_AGAIN_S = 3600.0  #: without the right, trying each time would only cost everybody's time
_NO_RIGHT = {"missing_scope", "not_allowed_token_type", "unknown_method", "method_deprecated"}


class _RefusedError(Exception):
    """Slack did not take the picture; says why."""


class SlackPictures:
    """Uploads pictures as the bot's own, shared with nobody until a message shows them.

    Args:
        token: the bot token.
        api_url: Slack's API, or what stands in for it.
        timeout_s: for all three steps together.
        clock: seconds; after a refusal for good it is tried again in an hour.
    """

    def __init__(
        self,
        token: Secret,
        api_url: str = SLACK_API_URL,
        *,
        timeout_s: float = 6,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = open_client(token.reveal(), api_url, timeout_s / 2)
        self._api = urlsplit(api_url)
        self._timeout_s = timeout_s
        self._clock = clock
        self._refused: tuple[float, str] | None = None

    def __repr__(self) -> str:
        return f"SlackPictures({self._api.geturl()!r})"

    @property
    def trouble(self) -> str:
        """Why charts are letters now; see `Pictures.trouble`."""
        if self._refused is None or self._clock() - self._refused[0] >= _AGAIN_S:
            return ""
        return self._refused[1]

    def keep(self, png: bytes, *, alt: str) -> str | None:
        """Upload a picture and return its id; see `Pictures.keep`."""
        if self.trouble:
            return None
        try:
            file_id = within(self._timeout_s, lambda: self._uploaded(png, alt[:_MAX_ALT]))
        except Exception as error:  # noqa: BLE001 - whatever it was, there are letters instead
            said = str(error) if isinstance(error, _RefusedError) else type(error).__name__
            log.warning("a chart was not uploaded", reason=said)
            return None
        self._refused = None
        return file_id

    def _uploaded(self, png: bytes, alt: str) -> str:
        where = self._asked(
            "files.getUploadURLExternal",
            {"filename": _FILE_NAME, "length": len(png), "alt_txt": alt},
        )
        file_id, url = str(where["file_id"]), str(where["upload_url"])
        if not self._is_slacks(url):
            raise _RefusedError("the address to upload to is not Slack's")
        self._send(url, png)
        files = json.dumps([{"id": file_id, "title": _FILE_NAME}])
        self._asked("files.completeUploadExternal", {"files": files})
        return file_id

    def _asked(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = call(self._client, method, params=dict(params))
        if answer.ok:
            return answer.body
        code = answer.body.get("error")
        reason = code if is_code(code) else f"HTTP {answer.status}"
        if reason in _NO_RIGHT:
            self._refuse(reason)
        raise _RefusedError(f"{method}: {reason}")

    def _refuse(self, reason: str) -> None:
        fix = f"Give the app the scope `{SCOPE}` and install it again."
        self._refused = (self._clock(), f"Slack takes no charts ({reason}). {fix}")

    def _send(self, url: str, png: bytes) -> None:
        """Send the bytes to an address that was checked, and to no other."""
        proxies = {urlsplit(url).scheme: self._client.proxy} if self._client.proxy else {}
        opener = build_opener(ProxyHandler(proxies), _NoRedirect)
        headers = {"Content-Type": "application/octet-stream"}
        request = Request(url, data=png, headers=headers, method="POST")  # noqa: S310
        try:
            with opener.open(request, timeout=self._timeout_s) as answer:
                answer.read(1000)
        except HTTPError as error:
            error.close()
            raise _RefusedError(f"HTTP {error.code}, to the bytes") from None

    def _is_slacks(self, url: str) -> bool:
        """Say whether an address is Slack's own, or of the host that stands in for it."""
        given = urlsplit(url)
        host, api_host = given.hostname or "", self._api.hostname or ""
        if api_host == _SLACK or api_host.endswith(f".{_SLACK}"):
            return given.scheme == "https" and (host == _SLACK or host.endswith(f".{_SLACK}"))
        return given.scheme in {"https", self._api.scheme} and _machine(host) == _machine(api_host)


def _machine(host: str) -> str:
    """Return a host, this machine by one name."""
    return "loopback" if host in LOOPBACK else host


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: it could lead anywhere."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        """Return nothing, which makes it an error."""
