"""Fetching, against a real server on loopback."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pycurl
import pytest

from bot.feeds.fetch import (
    AddressPolicy,
    Fetched,
    Fetcher,
    FetchFailed,
    FetchRequest,
    FetchResult,
    NotModified,
)
from bot.feeds.fetch.body import BodyError, BoundedBody
from tests.servers.feed_server import Answer, Asked, FeedServer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOOPBACK = AddressPolicy(allow=("127.0.0.0/8",))
BODY = b"<rss version='2.0'><channel/></rss>"


def gz(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)  # the same bytes, and test names, in every process


def fetcher(**options: Any) -> Fetcher:
    defaults: dict[str, Any] = {"user_agent": "Watchdesk/test (+https://watch.example)"}
    return Fetcher(**defaults | {"policy": LOOPBACK} | options)


def fetch_one(url: str, *, etag: str = "", last_modified: str = "", **options: Any) -> FetchResult:
    request = FetchRequest(url=url, etag=etag or None, last_modified=last_modified or None)
    with fetcher(**options) as desk:
        [(answered, result)] = desk.fetch([request], now=NOW)
    assert answered is request
    return result


def fetched(result: FetchResult) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def failed(result: FetchResult) -> FetchFailed:
    assert isinstance(result, FetchFailed), result
    return result


# ── asking ────────────────────────────────────────────────────────────────────


def test_says_who_it_is_and_no_more(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY)
    fetch_one(server.url())
    [asked] = server.asked
    assert asked.headers["user-agent"] == "Watchdesk/test (+https://watch.example)"
    assert asked.headers["accept-encoding"] == "gzip"
    assert "application/rss+xml" in asked.headers["accept"]
    assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_cookies_are_neither_kept_nor_sent(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY, headers={"Set-Cookie": "a=b; Path=/"})
    with fetcher() as desk:
        for _ in range(2):
            list(desk.fetch([FetchRequest(url=server.url())], now=NOW))
    assert all("cookie" not in asked.headers for asked in server.asked)


VALIDATORS = [
    ('"plain"', "Tue, 05 Nov 2024 09:30:00 GMT"),
    ('W/"weak  two spaces"', "tuesday, made up"),
    ("unquoted", "Tue,05 Nov 2024 09:30:00 +0000"),
    ('"\xe9t\xe9"', "1730800000"),
]


@pytest.mark.parametrize(("etag", "last_modified"), VALIDATORS)
def test_validators_go_back_byte_for_byte(
    server: FeedServer, etag: str, last_modified: str
) -> None:
    headers = {"ETag": etag, "Last-Modified": last_modified}
    server.answers["/feed"] = Answer(body=BODY, headers=headers)
    first = fetched(fetch_one(server.url()))
    assert (first.etag, first.last_modified) == (etag, last_modified)

    server.answers["/feed"] = Answer(status=304)
    again = fetch_one(server.url(), etag=etag, last_modified=last_modified)
    assert again == NotModified()
    assert server.asked[-1].headers["if-none-match"] == etag
    assert server.asked[-1].headers["if-modified-since"] == last_modified


def test_a_304_may_bring_new_validators(server: FeedServer) -> None:
    headers = {"ETag": '"b"', "Cache-Control": "max-age=600"}
    server.answers["/feed"] = Answer(status=304, headers=headers)
    assert fetch_one(server.url(), etag='"a"') == NotModified(etag='"b"', floor_s=600)


@pytest.mark.parametrize(
    "value", ['"a"\rX-Injected: yes', '"\x01"', '"\x7f"', '"' + "a" * 2_000 + '"']
)
def test_a_validator_that_could_smuggle_a_header_is_not_kept(value: str) -> None:
    """Sent as it is by a bare socket: our own server would refuse to."""
    head = f"HTTP/1.1 200 OK\r\nETag: {value}\r\nLast-Modified: {value}\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reply = (head + "Content-Length: 6\r\n\r\n<rss/>").encode("latin-1")
        thread = threading.Thread(target=answer_once, args=(listener, reply))
        thread.start()
        result = fetch_one(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
    if isinstance(result, Fetched):
        assert (result.etag, result.last_modified) == (None, None)
    else:
        assert failed(result).code.startswith(("broken", "curl"))


def answer_once(listener: socket.socket, reply: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(10_000)
        connection.sendall(reply)


def test_a_304_with_a_body_confuses_nobody() -> None:
    """A 304 has no body; bytes that come nevertheless are no answer to the next request."""

    def wrong(listener: socket.socket) -> None:
        for reply in (b"HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 200 OK\r\n\r\nevil", None):
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(reply or b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=wrong, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with fetcher() as desk:
            results = [
                next(iter(desk.fetch([FetchRequest(url=url, etag='"a"')], now=NOW)))[1]
                for _ in range(2)
            ]
        thread.join()
    assert results[0] == NotModified()
    assert fetched(results[1]).body == b"good"


def test_a_304_nobody_asked_for_is_a_failure(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(status=304)
    assert failed(fetch_one(server.url())).reason == "the server answered 304 Not Modified"


# ── bodies ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (BODY, ""),
        (BODY, "identity"),
        (gz(BODY), "gzip"),
        (gz(BODY), ""),  # a .gz file, or a server that forgot to say so
        (BODY, "gzip"),  # a server that says so and doesn't
        (zlib.compress(BODY), "deflate"),
        (gz(BODY[:9]) + gz(BODY[9:]), "gzip"),
        (gz(BODY) + b"trailing", "gzip"),
    ],
)
def test_bodies_are_decompressed_as_they_are(
    server: FeedServer, body: bytes, encoding: str
) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    server.answers["/feed"] = Answer(body=body, headers=headers)
    assert fetched(fetch_one(server.url())).body == BODY


def test_an_empty_body_is_a_document_too(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=b"")
    assert fetched(fetch_one(server.url())).body == b""


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gz(BODY)[:-9], "gzip", "the compressed document breaks off"),
        (gz(BODY)[:10] + b"\xff" * 20, "gzip", "the compressed document is damaged"),
        (BODY, "br", "compressed as br, though we asked for gzip"),
    ],
)
def test_broken_compression_is_said(
    server: FeedServer, body: bytes, encoding: str, reason: str
) -> None:
    server.answers["/feed"] = Answer(body=body, headers={"Content-Encoding": encoding})
    assert failed(fetch_one(server.url())).reason == reason


def test_a_gzip_bomb_never_unfolds(server: FeedServer) -> None:
    """200 MB in 200 kB: the limit is hit, and memory stays near the limit."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"\0" * 1_000_000
    body = b"".join([*(bomb.compress(chunk) for _ in range(200)), bomb.flush()])
    server.answers["/feed"] = Answer(body=body, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    result = failed(fetch_one(server.url(), max_bytes=1_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (result.reason, result.code) == ("larger than 1 MB", "size")
    assert peak < 8_000_000


@pytest.mark.parametrize("body", [b"x" * 2_000_001, gz(b"x" * 2_000_001)], ids=["plain", "gzip"])
def test_a_body_beyond_the_limit_is_refused(server: FeedServer, body: bytes) -> None:
    server.answers["/feed"] = Answer(body=body)
    assert failed(fetch_one(server.url(), max_bytes=2_000_000)).reason == "larger than 2 MB"


def test_a_body_that_hides_its_size_is_refused(server: FeedServer) -> None:
    headers = {"Connection": "close"}
    server.answers["/feed"] = Answer(body=b"x" * 2_000_001, headers=headers, length=-1)
    assert failed(fetch_one(server.url(), max_bytes=2_000_000)).reason == "larger than 2 MB"


def test_a_body_at_the_limit_is_taken(server: FeedServer) -> None:
    for body in (b"x" * 50_000, gz(b"x" * 50_000)):
        server.answers["/feed"] = Answer(body=body)
        assert len(fetched(fetch_one(server.url(), max_bytes=50_000)).body) == 50_000


@pytest.mark.parametrize("cut", range(1, len(gz(BODY)) + 12))
def test_parts_of_a_body_may_end_anywhere(cut: int) -> None:
    """Compressed in two parts: the border between chunks may be that between parts, or in it."""
    sent = gz(BODY[:9]) + gz(BODY[9:]) + b"\0"
    body = BoundedBody(1_000)
    body.add(sent[:cut])
    body.add(sent[cut:])
    assert body.finish() == BODY


def test_a_million_empty_parts_are_refused() -> None:
    body = BoundedBody(1_000_000)
    with pytest.raises(BodyError, match="compressed in more than 1,000 parts"):
        body.add(gz(b"") * 1_001)


def test_the_wire_is_bounded_before_anything_is_decompressed() -> None:
    body = BoundedBody(10)
    with pytest.raises(BodyError, match="larger than 1e-05 MB"):
        body.add(b"\x1f\x8b" + b"x" * 9)


def test_a_body_may_come_byte_by_byte() -> None:
    body = BoundedBody(1_000)
    for byte in gz(BODY):
        body.add(bytes([byte]))
    assert body.finish() == BODY


# ── time and broken connections ───────────────────────────────────────────────


def test_a_slow_drip_hits_the_total_limit(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY * 50, drip_s=0.02)
    result = failed(fetch_one(server.url(), total_s=0.3))
    assert (result.reason, result.code) == ("took longer than 0.3 s", "timeout")


def test_redirects_share_one_time_limit(server: FeedServer) -> None:
    """Four hops of 0.12 s each are too long for 0.3 s, though none of them is."""

    def slow(asked: Asked) -> Answer:
        server.pause(0.12)
        return Answer(status=302, headers={"Location": asked.path + "x"})

    for number in range(6):
        server.answers["/f" + "x" * number] = slow
    result = failed(fetch_one(server.url("/f"), total_s=0.3))
    assert result.reason == "took longer than 0.3 s"


def test_a_reset_in_the_body_is_said(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY, reset_after=5)
    result = failed(fetch_one(server.url()))
    assert (result.reason, result.code) == ("the connection broke off", "broken")


def test_a_body_shorter_than_promised_is_said(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY, length=len(BODY) + 10)
    assert failed(fetch_one(server.url())).reason == "the connection broke off"


def test_a_refused_connection_is_said() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    result = failed(fetch_one(url))
    assert (result.reason, result.code) == ("could not connect: connection refused", "connect")


def test_a_host_that_does_not_answer_is_said() -> None:
    """The queue of the listening socket is full: the connection is neither made nor refused."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        with socket.create_connection(address):
            url = f"http://127.0.0.1:{address[1]}/"
            result = failed(fetch_one(url, connect_s=0.2, total_s=0.5))
    assert result.code == "timeout"


def test_what_does_not_speak_http_is_said() -> None:
    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"SSH-2.0-thing\r\n" * 10)
            connection.recv(1000)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=greet, args=(listener,))
        thread.start()
        result = failed(fetch_one(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        thread.join()
    assert result.code in {"broken", "curl-1"}


# ── statuses ──────────────────────────────────────────────────────────────────


def test_gone_is_gone(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(status=410, body=b"over")
    result = failed(fetch_one(server.url()))
    assert (result.gone, result.status, result.reason) == (
        True,
        410,
        "the server answered 410 Gone",
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 12:10:00 GMT", 600),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        (None, None),
        ("9" * 30, 864_000),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_both_forms(
    server: FeedServer, status: int, said: str | None, expected: int | None
) -> None:
    server.answers["/feed"] = Answer(status=status, headers={"Retry-After": said} if said else {})
    result = failed(fetch_one(server.url()))
    assert (result.status, result.retry_after_s) == (status, expected)
    assert result.code == "http"


def test_a_long_error_page_is_not_read_to_its_end(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(status=500, body=b"x" * 500_000)
    assert failed(fetch_one(server.url())).reason == (
        "the server answered 500 Internal Server Error"
    )


def test_a_status_without_a_name(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(status=599)
    assert failed(fetch_one(server.url())).reason == "the server answered 599"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Cache-Control": "public, max-age=900"}, 900),
        ({"Cache-Control": "max-age=99999999"}, 86_400),
        ({"Cache-Control": "max-age=900, no-cache"}, 0),
        ({"Cache-Control": "x-max-age=900"}, 0),
        ({"Expires": "Sun, 22 Nov 2026 12:05:00 GMT", "Date": ""}, 300),
        (
            {"Expires": "Sun, 22 Nov 2026 14:05:00 GMT", "Date": "Sun, 22 Nov 2026 14:00:00 GMT"},
            300,
        ),
        ({"Expires": "0"}, 0),
        ({"Expires": "Sun, 22 Nov 2020 12:05:00 GMT"}, 0),
        (
            {"Cache-Control": "max-age=60", "Expires": "Sun, 22 Nov 2026 12:05:00 GMT", "Date": ""},
            300,
        ),
        ({"Cache-Control": "public\r\nCache-Control: max-age=60"}, 60),
        ({}, 0),
    ],
)
def test_freshness_is_a_floor(server: FeedServer, headers: dict[str, str], expected: int) -> None:
    server.answers["/feed"] = Answer(body=BODY, headers=headers)
    assert fetched(fetch_one(server.url())).floor_s == expected


# ── redirects ─────────────────────────────────────────────────────────────────


def redirect(status: int, to: str) -> Answer:
    return Answer(status=status, headers={"Location": to}, body=b"moved")


def test_permanent_redirects_all_the_way_are_a_move(server: FeedServer) -> None:
    server.answers |= {
        "/feed": redirect(301, "/b"),
        "/b": redirect(308, server.url("/c#part")),
        "/c": Answer(body=BODY),
    }
    result = fetched(fetch_one(server.url(), etag='"x"'))
    assert result.url == result.moved_to == server.url("/c")
    assert [asked.headers["if-none-match"] for asked in server.asked] == ['"x"'] * 3


def test_an_unchanged_document_says_that_it_moved_too(server: FeedServer) -> None:
    server.answers |= {"/feed": redirect(308, "/b"), "/b": Answer(status=304)}
    assert fetch_one(server.url(), etag='"x"') == NotModified(moved_to=server.url("/b"))
    server.answers["/feed"] = redirect(307, "/b")
    assert fetch_one(server.url(), etag='"x"') == NotModified()


def test_one_temporary_redirect_makes_it_no_move(server: FeedServer) -> None:
    server.answers |= {
        "/feed": redirect(301, "/b"),
        "/b": redirect(302, "/c"),
        "/c": Answer(body=BODY),
    }
    result = fetched(fetch_one(server.url()))
    assert (result.url, result.moved_to) == (server.url("/c"), None)


def test_redirects_in_a_circle(server: FeedServer) -> None:
    server.answers |= {"/feed": redirect(302, "/b"), "/b": redirect(302, "/feed")}
    assert failed(fetch_one(server.url())).reason == "the redirects go round in a circle"


def test_too_many_redirects(server: FeedServer) -> None:
    for number in range(7):
        server.answers[f"/{number}"] = redirect(302, f"/{number + 1}")
    result = failed(fetch_one(server.url("/0")))
    assert (result.reason, result.code) == ("more than 5 redirects", "redirect")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://10.0.0.1/", "the address leads to a private network"),
        ("http://169.254.169.254/latest/meta-data", "the address leads to a link-local address"),
        ("http://[::1]/", "the address leads to this machine itself"),
        ("file:///etc/passwd", "the redirect begins with file:, not http: or https:"),
        ("gopher://127.0.0.1/", "the redirect begins with gopher:, not http: or https:"),
        ("http://user:secret@127.0.0.1/", "the redirect carries a user name or password"),
        ("http://[", "the redirect"),
    ],
)
def test_redirects_are_checked_like_any_address(server: FeedServer, to: str, reason: str) -> None:
    server.answers["/feed"] = redirect(302, to)
    result = failed(fetch_one(server.url()))
    assert result.reason.startswith(reason)
    assert result.code in {"redirect", "address"}


def test_a_redirect_in_utf8(server: FeedServer) -> None:
    server.answers |= {
        "/feed": redirect(302, "/ü x".encode().decode("latin-1")),
        "/%C3%BC%20x": Answer(body=BODY),
    }
    assert fetched(fetch_one(server.url())).body == BODY


def test_a_redirect_in_latin1(server: FeedServer) -> None:
    server.answers |= {"/feed": redirect(302, "/\xfc"), "/%C3%BC": Answer(body=BODY)}
    assert fetched(fetch_one(server.url())).body == BODY


# ── addresses ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"])
def test_loopback_is_closed_unless_allowed(server: FeedServer, host: str) -> None:
    url = f"http://{host}:{server.port}/feed"
    result = failed(fetch_one(url, policy=AddressPolicy()))
    assert (result.reason, result.code) == ("the address leads to this machine itself", "address")
    assert server.asked == []


def test_an_allowed_host_name_opens_address_and_port(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY)
    url = f"http://localhost:{server.port}/feed"
    assert fetched(fetch_one(url, policy=AddressPolicy(allow=("localhost",)))).body == BODY


def test_a_bad_address_is_an_answer_not_an_error() -> None:
    assert failed(fetch_one("ftp://feeds.example/")).reason == (
        "the address begins with ftp:, not http: or https:"
    )


def test_no_proxy_is_used(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would be connected to instead of the address that was checked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/feed"] = Answer(body=BODY)
    assert fetched(fetch_one(server.url())).body == BODY


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of localhost, signed by nobody else."""
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    subprocess.run(
        [*command.split(), *subject, "-keyout", file, "-out", file.with_suffix(".crt")],
        check=True,
        capture_output=True,
    )
    return file


def serve_tls(listener: socket.socket, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate)
    connection, _ = listener.accept()
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
        tls.recv(1000)
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.mark.parametrize("trusted", [True, False])
def test_certificates_are_checked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    if trusted:
        own = {pycurl.CAINFO: str(certificate.with_suffix(".crt"))}
        monkeypatch.setattr("bot.feeds.fetch.transfer._CA", own)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_tls, args=(listener, certificate))
        thread.start()
        result = fetch_one(f"https://localhost:{listener.getsockname()[1]}/")
        thread.join()
    if trusted:
        assert fetched(result).body == b"ok"
    else:
        assert failed(result).reason == "the server's certificate is not trusted"


# ── many ──────────────────────────────────────────────────────────────────────


def test_one_connection_per_host(server: FeedServer) -> None:
    for number in range(20):
        server.answers[f"/{number}"] = Answer(body=b"%d" % number)
    requests = [FetchRequest(url=server.url(f"/{number}"), tag=number) for number in range(20)]
    with fetcher() as desk:
        results = {request.tag: result for request, result in desk.fetch(requests, now=NOW)}
    assert {tag: fetched(result).body for tag, result in results.items()} == {
        number: b"%d" % number for number in range(20)
    }
    assert server.most_connections == 1


def test_hosts_are_fetched_at_the_same_time() -> None:
    """The first answers only after the second was asked."""
    with FeedServer() as one, FeedServer() as other:
        asked = threading.Event()

        def late(_: Asked) -> Answer:
            return Answer(body=BODY) if asked.wait(5) else Answer(status=500)

        def early(_: Asked) -> Answer:
            asked.set()
            return Answer(body=BODY)

        one.answers["/feed"], other.answers["/feed"] = late, early
        requests = [FetchRequest(url=one.url()), FetchRequest(url=other.url())]
        with fetcher() as desk:
            assert all(isinstance(result, Fetched) for _, result in desk.fetch(requests, now=NOW))


def test_after_a_429_the_host_is_left_alone(server: FeedServer) -> None:
    """Its other feeds would be told the same: they wait as long, unasked."""
    busy = Answer(status=429, headers={"Retry-After": "600"})
    for number in range(5):
        server.answers[f"/{number}"] = busy
    requests = [FetchRequest(url=server.url(f"/{number}"), tag=number) for number in range(5)]
    with fetcher() as desk:
        results = {request.tag: failed(result) for request, result in desk.fetch(requests, now=NOW)}
    assert len(server.asked) == 1
    assert {result.retry_after_s for result in results.values()} == {600}
    assert results[0].reason == "the server answered 429 Too Many Requests"
    assert results[4].reason == (
        "not asked: of another feed the server answered 429 Too Many Requests"
    )


def test_a_slow_host_with_many_feeds_has_a_limit_of_its_own(server: FeedServer) -> None:
    for number in range(10):
        server.answers[f"/{number}"] = Answer(body=BODY, drip_s=0.02)
    requests = [FetchRequest(url=server.url(f"/{number}")) for number in range(10)]
    with FeedServer() as other, fetcher(total_s=0.2, host_s=0.5) as desk:
        other.answers["/feed"] = Answer(body=BODY)
        requests.append(FetchRequest(url=other.url(), tag=1))
        results = list(desk.fetch(requests, now=NOW))
    assert len(server.asked) == 3
    reasons = [failed(result).reason for request, result in results if not request.tag]
    assert reasons == ["took longer than 0.2 s"] * 3 + (
        ["not asked: other feeds of this host took 0.5 s"] * 7
    )
    assert all(isinstance(result, Fetched) for request, result in results if request.tag)


def test_a_redirect_waits_for_its_turn_at_the_other_host() -> None:
    with FeedServer() as one, FeedServer() as other:
        one.answers["/feed"] = redirect(302, other.url("/moved"))
        other.answers |= {f"/{n}": Answer(body=BODY) for n in range(5)} | {
            "/moved": Answer(body=BODY)
        }
        urls = [one.url(), *(other.url(f"/{n}") for n in range(5))]
        with fetcher() as desk:
            results = list(desk.fetch([FetchRequest(url=url) for url in urls], now=NOW))
        assert all(isinstance(result, Fetched) for _, result in results)
        assert other.most_connections == 1


def test_results_come_before_all_are_done() -> None:
    with FeedServer() as quick, FeedServer() as slow:
        release = threading.Event()

        def held(_: Asked) -> Answer:
            release.wait(5)
            return Answer(body=BODY)

        quick.answers["/feed"], slow.answers["/feed"] = Answer(body=BODY), held
        requests = [FetchRequest(url=slow.url(), tag=1), FetchRequest(url=quick.url(), tag=2)]
        with fetcher() as desk:
            results = desk.fetch(requests, now=NOW)
            assert next(results)[0].tag == 2
            release.set()
            assert next(results)[0].tag == 1


def test_abandoning_closes_what_is_under_way() -> None:
    with FeedServer() as quick, FeedServer() as slow:
        slow.answers["/feed"] = Answer(body=BODY, drip_s=0.05)
        quick.answers["/feed"] = Answer(body=BODY)
        requests = [FetchRequest(url=slow.url(), tag=1), FetchRequest(url=quick.url(), tag=2)]
        with fetcher() as desk:
            results = desk.fetch(requests, now=NOW)
            assert next(results)[0].tag == 2
            closing = results
            assert isinstance(closing, Iterator)
            closing.close()  # type: ignore[attr-defined]
            [(again, result)] = desk.fetch([FetchRequest(url=quick.url(), tag=3)], now=NOW)
        assert (again.tag, fetched(result).body) == (3, BODY)


def test_connections_live_from_call_to_call(server: FeedServer) -> None:
    server.answers["/feed"] = Answer(body=BODY)
    opened = 0
    with fetcher() as desk:
        for _ in range(3):
            list(desk.fetch([FetchRequest(url=server.url())], now=NOW))
            opened = max(opened, server.most_connections)
    assert (opened, len(server.asked)) == (1, 3)


def test_two_threads_may_fetch_at_once(server: FeedServer) -> None:
    for number in range(40):
        server.answers[f"/{number}"] = Answer(body=BODY)
    seen: list[FetchResult] = []
    with fetcher() as desk:

        def work(numbers: range) -> None:
            requests = [FetchRequest(url=server.url(f"/{number}")) for number in numbers]
            seen.extend(result for _, result in desk.fetch(requests, now=NOW))

        threads = [
            threading.Thread(target=work, args=(range(start, start + 20),)) for start in (0, 20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(isinstance(result, Fetched) for result in seen) == 40


def test_a_closed_fetcher_says_so() -> None:
    desk = fetcher()
    desk.close()
    with pytest.raises(RuntimeError, match="closed"):
        list(desk.fetch([], now=NOW))


def test_nothing_to_fetch_is_no_work() -> None:
    with fetcher() as desk:
        assert list(desk.fetch([], now=NOW)) == []
