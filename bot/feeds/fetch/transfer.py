"""One request on its way: the hops it takes, and what libcurl's answer means."""

from __future__ import annotations

import os
import re
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pycurl

from bot.feeds.address import AddressPolicy, AddressRefused, host_of, web_address
from bot.feeds.fetch.body import BodyError, BoundedBody
from bot.feeds.fetch.headers import floor_s, retry_after_s
from bot.feeds.fetch.results import Fetched, FetchFailed, FetchRequest, FetchResult, NotModified

_MAX_REDIRECTS = 5
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_IGNORED = 64_000  #: bytes of an error page worth reading to keep the connection
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MAX_VALIDATOR = 2_000  #: characters; servers refuse requests with headers much longer than this
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_CLOCK_SLACK_S = 0.05
_IN_WORDS = {
    pycurl.E_COULDNT_RESOLVE_HOST: ("there is no host of that name", "dns"),
    pycurl.E_PEER_FAILED_VERIFICATION: ("the server's certificate is not trusted", "tls"),
    **dict.fromkeys(
        (pycurl.E_SSL_CONNECT_ERROR, pycurl.E_SSL_CIPHER, pycurl.E_SSL_CACERT_BADFILE),
        ("no secure connection could be made", "tls"),
    ),
    **dict.fromkeys(
        (
            *(pycurl.E_PARTIAL_FILE, pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR),
            *(pycurl.E_GOT_NOTHING, pycurl.E_HTTP2),
        ),
        ("the connection broke off", "broken"),
    ),
    92: ("the connection broke off", "broken"),  # an HTTP/2 stream; pycurl has no name for it
    pycurl.E_FTP_WEIRD_SERVER_REPLY: ("what answered does not speak HTTP", "broken"),
}
_CA_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


def _ca_options() -> dict[int, str]:
    """Return where this system keeps the certificates it trusts: libcurl's wheel doesn't know."""
    paths = ssl.get_default_verify_paths()
    for file in (paths.cafile, *_CA_FILES, "/etc/ssl/cert.pem"):
        if file and Path(file).exists():
            return {pycurl.CAINFO: file}
    return {pycurl.CAPATH: paths.capath} if paths.capath else {}


_CA = _ca_options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a fetch is bounded."""

    user_agent: str
    policy: AddressPolicy
    total_s: float
    connect_s: float
    max_bytes: int
    concurrency: int
    host_s: float


class Transfer:
    """A request through all its redirects. `begin` a hop, let libcurl run, ask what `became` of it."""

    def __init__(self, request: FetchRequest, limits: Limits) -> None:
        """Raise AddressRefused when the URL may not be fetched."""
        self.request = request
        self.url = web_address(request.url)
        self._limits = limits
        self._left_s = limits.total_s
        self._seen = [self.url]
        self._permanent = True
        self._sockets: list[socket.socket] = []
        self._refusal: FetchFailed | None = None
        self._reset()

    def _reset(self) -> None:
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body: BoundedBody | None = None
        self._ignored = 0
        self._failure: FetchFailed | None = None

    @property
    def host(self) -> tuple[str, int]:
        """Host and port of the current hop."""
        return host_of(self.url)

    # ── the way out ───────────────────────────────────────────────────────────

    def begin(self, curl: pycurl.Curl) -> None:
        """Set `curl` up for the current hop."""
        self._reset()
        self._refusal = None
        curl.reset()
        for option, value in self._options().items():
            curl.setopt(option, value)

    def _options(self) -> dict[int, Any]:
        limits = self._limits
        return {
            pycurl.URL: self.url,
            pycurl.HTTPHEADER: self._request_headers(),
            pycurl.USERAGENT: limits.user_agent,
            pycurl.FOLLOWLOCATION: 0,  # each hop is checked, and counted against the time
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.PROXY: "",  # whatever the environment says: a proxy would hide the address
            pycurl.NOSIGNAL: 1,
            pycurl.TIMEOUT_MS: max(1, round(self._left_s * 1000)),
            pycurl.CONNECTTIMEOUT_MS: max(1, round(min(limits.connect_s, self._left_s) * 1000)),
            pycurl.MAXFILESIZE: limits.max_bytes,
            pycurl.OPENSOCKETFUNCTION: self._open_socket,
            pycurl.HEADERFUNCTION: self._take_header,
            pycurl.WRITEFUNCTION: self._take_body,
            **_CA,
        }

    def _request_headers(self) -> list[bytes]:
        lines = [f"Accept: {_ACCEPT}", "Accept-Encoding: gzip"]
        if self.request.etag:
            lines.append(f"If-None-Match: {self.request.etag}")
        if self.request.last_modified:
            lines.append(f"If-Modified-Since: {self.request.last_modified}")
        return [line.encode("latin-1", "replace") for line in lines]

    # ── called by libcurl: these must not raise ───────────────────────────────

    def _open_socket(self, _purpose: int, address: Any) -> socket.socket | int:
        """Open the connection, unless the address that was resolved is closed to us."""
        refusal = self._limits.policy.refusal(self.host[0], *address.addr[:2])
        if refusal:
            self._refusal = FetchFailed(reason=f"the address {refusal}", code="address")
            return int(pycurl.SOCKET_BAD)
        opened = socket.socket(address.family, address.socktype, address.protocol)
        self._sockets.append(opened)  # libcurl works on a duplicate; ours is closed afterwards
        return opened

    def _take_header(self, line: bytes) -> None:
        text = line.decode("latin-1")
        if text.startswith("HTTP/"):
            self._reset()  # also after "100 Continue"
            status = text.split(maxsplit=2)[1:2]
            self._status = int(status[0]) if status and status[0].isdigit() else 0
        name, colon, value = text.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip(" \t\r\n")
            if name == "cache-control" and name in self._headers:
                value = f"{self._headers[name]}, {value}"
            self._headers[name] = value

    def _take_body(self, chunk: bytes) -> int:
        if self._status != HTTPStatus.OK:
            self._ignored += len(chunk)
            return len(chunk) if self._ignored <= _MAX_IGNORED else 0
        try:
            self._collected().add(chunk)
        except BodyError as error:
            self._failure = FetchFailed(reason=str(error), code=error.code)
            return 0
        return len(chunk)

    def _collected(self) -> BoundedBody:
        if self._body is None:
            encoding = self._headers.get("content-encoding", "")
            self._body = BoundedBody(self._limits.max_bytes, encoding)
        return self._body

    # ── what came back ────────────────────────────────────────────────────────

    def became(
        self, curl: pycurl.Curl, error: tuple[int, str] | None, now: datetime
    ) -> FetchResult | None:
        """Return the result, or None when a redirect leads on: then `begin` again.

        Args:
            curl: the handle, done.
            error: libcurl's code and message, None if all went well.
            now: for headers that name a date.
        """
        self._left_s -= curl.getinfo(pycurl.TOTAL_TIME)
        # A host may have open and closed addresses; the closed ones matter if no other was tried.
        refusal = None if self._sockets else self._refusal
        self.release()
        if error and not (error[0] == pycurl.E_WRITE_ERROR and self._ignored):
            return self._failure or refusal or self._from_curl(curl, *error)
        if self._status in _REDIRECTS and "location" in self._headers:
            return self._redirected()
        return self._answered(now)

    def release(self) -> None:
        """Close our side of the sockets."""
        for opened in self._sockets:
            opened.close()
        self._sockets.clear()

    def _redirected(self) -> FetchFailed | None:
        try:
            url = web_address(urljoin(self.url, _readable(self._headers["location"])))
        except (AddressRefused, ValueError) as refused:
            return self._failed(f"the redirect {refused}", "redirect")
        if url in self._seen:
            return self._failed("the redirects go round in a circle", "redirect")
        if len(self._seen) > _MAX_REDIRECTS:
            return self._failed(f"more than {_MAX_REDIRECTS} redirects", "redirect")
        if self._left_s <= 0:
            return self._failed(f"took longer than {self._limits.total_s:g} s", "timeout")
        self._permanent = self._permanent and self._status in _PERMANENT
        self._seen.append(url)
        self.url = url
        return None

    def _answered(self, now: datetime) -> FetchResult:
        wait_s = retry_after_s(self._headers, now)
        conditional = self.request.etag or self.request.last_modified
        if self._status == HTTPStatus.NOT_MODIFIED and conditional:
            return NotModified(
                etag=self._validator("etag"),
                last_modified=self._validator("last-modified"),
                floor_s=floor_s(self._headers, now),
                moved_to=self._moved_to,
            )
        if self._status != HTTPStatus.OK:
            return FetchFailed(
                reason=f"the server answered {_phrase(self._status)}",
                code="http",
                status=self._status,
                retry_after_s=wait_s,
                gone=self._status == HTTPStatus.GONE,
            )
        try:
            body = self._collected().finish()
        except BodyError as error:
            return self._failed(str(error), error.code)
        return Fetched(
            url=self.url,
            body=body,
            content_type=self._headers.get("content-type"),
            etag=self._validator("etag"),
            last_modified=self._validator("last-modified"),
            floor_s=floor_s(self._headers, now),
            moved_to=self._moved_to,
        )

    def _validator(self, name: str) -> str | None:
        """Return a validator to send back, unless it could smuggle a header into a request."""
        value = self._headers.get(name, "")
        return None if len(value) > _MAX_VALIDATOR or _CONTROL.search(value) else value or None

    @property
    def _moved_to(self) -> str | None:
        return self.url if len(self._seen) > 1 and self._permanent else None

    def _failed(self, reason: str, code: str) -> FetchFailed:
        return FetchFailed(reason=reason, code=code, status=self._status or None)

    def _from_curl(self, curl: pycurl.Curl, number: int, message: str) -> FetchFailed:
        limits = self._limits
        if number == pycurl.E_OPERATION_TIMEDOUT:
            unconnected = not self._status and curl.getinfo(pycurl.CONNECT_TIME) == 0
            if unconnected and self._left_s > _CLOCK_SLACK_S:
                return self._failed(f"no connection within {limits.connect_s:g} s", "timeout")
            return self._failed(f"took longer than {limits.total_s:g} s", "timeout")
        if number == pycurl.E_COULDNT_CONNECT:
            why = os.strerror(curl.getinfo(pycurl.OS_ERRNO)).lower()
            return self._failed(f"could not connect: {why}", "connect")
        if number == pycurl.E_FILESIZE_EXCEEDED:
            return self._failed(f"larger than {limits.max_bytes / 1_000_000:g} MB", "size")
        other = (f"could not be fetched: {message}", f"curl-{number}")
        return self._failed(*_IN_WORDS.get(number, other))


def _readable(location: str) -> str:
    """Return a Location header as text: headers are bytes, and these are mostly UTF-8."""
    raw = location.encode("latin-1")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return location


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
