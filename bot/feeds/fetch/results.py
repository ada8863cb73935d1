"""What fetching asks for and what can come of it: values, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """A feed to fetch, with the validators of its last answer."""

    url: str
    etag: str | None = None  #: sent back byte for byte
    last_modified: str | None = None  #: sent back byte for byte
    tag: int = 0  #: the caller's own number for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document."""

    url: str  #: where it was found, after redirects
    body: bytes  #: decompressed
    status: int = 200
    content_type: str | None = None
    etag: str | None = None  #: byte for byte as received, quotes and `W/` included
    last_modified: str | None = None  #: byte for byte as received
    floor_s: int = 0  #: how long the server asks to be left alone, at most a day
    moved_to: str | None = None  #: `url`, when every redirect on the way was permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The document is the one we have."""

    etag: str | None = None  #: as newly sent; None: keep the old one
    last_modified: str | None = None
    floor_s: int = 0
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No document, and why."""

    reason: str  #: in words for people: "took longer than 20 s"
    code: str = (
        ""  #: address, url, dns, connect, timeout, tls, http, redirect, size, encoding, broken
    )
    status: int | None = None
    retry_after_s: int | None = None
    gone: bool = False  #: 410: the publisher says it is over


FetchResult = Fetched | NotModified | FetchFailed
