"""A response body that stops growing: decompressed as it arrives, never beyond its limit."""

from __future__ import annotations

import zlib

_GZIP = b"\x1f\x8b"
_MAX_MEMBERS = 1_000  #: each costs a new window: a million empty ones would cost seconds
_EITHER_FORMAT = 47  # gzip or zlib, whichever the data begins with


class BodyError(Exception):
    """A body we do not take; `code` as in `FetchFailed`."""

    def __init__(self, reason: str, code: str) -> None:
        self.code = code
        super().__init__(reason)


class BoundedBody:
    """Collects a body of at most `limit` bytes, on the wire and after decompression.

    Whether it is gzip is read off the data: servers say so wrongly in both directions.

    Args:
        limit: in bytes.
        encoding: the Content-Encoding header.
    """

    def __init__(self, limit: int, encoding: str = "") -> None:
        coding = encoding.strip().lower()
        if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise BodyError(f"compressed as {coding[:20]}, though we asked for gzip", "encoding")
        self._limit = limit
        self._is_zlib = coding == "deflate"
        self._received = 0
        self._size = 0
        self._members = 0
        self._head = b""  #: bytes too few to tell what they begin
        self._parts: list[bytes] = []
        self._inflater: zlib._Decompress | None = None
        self._started = False

    def add(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            BodyError: there are too many, or they can't be decompressed.
        """
        self._received += len(chunk)
        if self._received > self._limit:
            raise self._too_large()
        if not self._started:
            self._head += chunk
            if len(self._head) < len(_GZIP):
                return
            chunk = self._start()
        self._keep(chunk)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyError: the compressed data breaks off.
        """
        if not self._started:
            self._keep(self._start())
        if self._inflater and not self._inflater.eof:
            raise BodyError("the compressed document breaks off", "broken")
        return b"".join(self._parts)

    def _start(self) -> bytes:
        self._started = True
        head, self._head = self._head, b""
        if self._is_zlib or head.startswith(_GZIP):
            self._inflater = self._next_member()
        return head

    def _keep(self, data: bytes) -> None:
        inflater = self._inflater
        if inflater is None:
            self._grow(data)
            return
        data, self._head = self._head + data, b""
        while data:
            if inflater.eof:
                if len(data) < len(_GZIP):
                    self._head = data  # the next chunk shows what it is
                    return
                if not data.startswith(_GZIP):
                    return  # padding
                self._inflater = inflater = self._next_member()
            data = self._inflate(inflater, data)

    def _next_member(self) -> zlib._Decompress:
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise BodyError(f"compressed in more than {_MAX_MEMBERS:,} parts", "broken")
        return zlib.decompressobj(_EITHER_FORMAT)

    def _inflate(self, inflater: zlib._Decompress, data: bytes) -> bytes:
        """Take what the limit allows of `data`; return what is left of it."""
        # One byte more than allowed is enough to know; a bomb never unfolds.
        try:
            self._grow(inflater.decompress(data, self._limit - self._size + 1))
        except zlib.error:
            raise BodyError("the compressed document is damaged", "broken") from None
        return inflater.unused_data if inflater.eof else inflater.unconsumed_tail

    def _grow(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            raise self._too_large()
        self._parts.append(data)

    def _too_large(self) -> BodyError:
        return BodyError(f"larger than {self._limit / 1_000_000:g} MB", "size")
