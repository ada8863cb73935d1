"""What a feed's address may not reach: forms of addresses, redirects, names that change their answer.

Everything is real up to the connection: the fetcher, libcurl's own reading of the address, its
cache of names. Names are answered from a table, and a connection that the policy lets pass is
noted, then handed to a loopback server, or to nobody. No other address is ever contacted.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pycurl
import pytest

from bot.feeds.address import AddressPolicy
from bot.feeds.fetch import Fetched, Fetcher, FetchFailed, FetchRequest, FetchResult
from bot.feeds.fetch.transfer import Transfer
from tests.servers.feed_server import Answer, Asked, FeedServer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:4700::1111"

SELF = "the address leads to this machine itself"
NOWHERE = "the address leads to no particular address"
PRIVATE = "the address leads to a private network"
LINK = "the address leads to a link-local address"
CARRIER = "the address leads to a carrier's private network"
MULTICAST = "the address leads to a multicast address"
SIX_TO_FOUR = "the address leads to a 6to4 tunnel"
NAT64 = "the address leads to a NAT64 address"
DISGUISED = "the address leads to an IPv4 address in disguise"
RESERVED = "the address leads to a reserved address"
USER = "the address carries a user name or password"
NO_HOST = "the address names no valid host"
NO_URL = "the address is not a valid URL"
INTERFACE = "the address names a network interface"
A_NAME = "asks the resolver"


def port(number: int) -> str:
    return f"the address uses port {number}; only 80 and 443 are open to feeds"


def scheme(name: str) -> str:
    return f"the address begins with {name}:, not http: or https:"


def to(address: str, number: int = 80) -> str:
    return f"connects to {address} {number}"


#: The table: what is written, and what comes of it.
TABLE = {
    # this machine, in every spelling
    "http://127.0.0.1/": SELF,
    "https://127.0.0.1/": SELF,
    "http://127.0.0.1:8080/": SELF,
    "http://127.255.255.254/": SELF,
    "http://127.1/": SELF,
    "http://127.0.1/": SELF,
    "http://2130706433/": SELF,
    "http://017700000001/": SELF,
    "http://0x7f000001/": SELF,
    "http://0x7F.0.0.1/": SELF,
    "http://0177.0.0.1/": SELF,
    "http://0177.0x0.0.01/": SELF,
    "http://127.0.0.1./": SELF,
    "http://127。0。0。1/": SELF,
    "http://１２７.０.０.１/": SELF,
    "http://①②⑦.⓪.⓪.①/": SELF,
    "http://127.0.0.1\t/": SELF,
    " http://127.0.0.1/ ": SELF,
    "HTTP://127.0.0.1/": SELF,
    "http:\n//127.0.0.1/": SELF,
    "http://localhost/": SELF,
    "http://LOCALHOST./": SELF,
    "http://feeds.localhost/": SELF,
    "http://[::1]/": SELF,
    "http://[0:0:0:0:0:0:0:1]/": SELF,
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:80/": SELF,
    # nowhere in particular, which most systems take for this machine
    "http://0.0.0.0/": NOWHERE,
    "http://0/": NOWHERE,
    "http://0x0/": NOWHERE,
    "http://00000000000/": NOWHERE,
    "http://0.1.2.3/": NOWHERE,
    "http://[::]/": NOWHERE,
    # private networks
    "http://10.0.0.1/": PRIVATE,
    "http://10.1/": PRIVATE,
    "http://167772161/": PRIVATE,
    "http://012.0.0.1/": PRIVATE,
    "http://172.16.0.1/": PRIVATE,
    "http://172.31.255.255/": PRIVATE,
    "http://192.168.0.1/": PRIVATE,
    "http://192.168.257/": PRIVATE,
    "http://0xC0A80001/": PRIVATE,
    "http://[fc00::1]/": PRIVATE,
    "http://[fd00:ec2::254]/": PRIVATE,
    "http://[fec0::1]/": PRIVATE,
    # where clouds keep their secrets
    "http://169.254.169.254/latest/meta-data/": LINK,
    "http://2852039166/": LINK,
    "http://0xa9.0xfe.0xa9.0xfe/": LINK,
    "http://0251.0376.0251.0376/": LINK,
    "http://[fe80::1]/": LINK,
    "http://100.100.100.200/": CARRIER,
    "http://100.64.0.1/": CARRIER,
    "http://100.127.255.255/": CARRIER,
    # many at once
    "http://224.0.0.1/": MULTICAST,
    "http://239.255.255.250/": MULTICAST,
    "http://[ff02::1]/": MULTICAST,
    # IPv4 inside IPv6
    "http://[::ffff:127.0.0.1]/": DISGUISED,
    "http://[::ffff:7f00:1]/": DISGUISED,
    "http://[0:0:0:0:0:FFFF:169.254.169.254]/": DISGUISED,
    "http://[::ffff:93.184.216.34]/": DISGUISED,
    "http://[::127.0.0.1]/": DISGUISED,
    "http://[::ffff:0:127.0.0.1]/": DISGUISED,
    "http://[2002:7f00:1::]/": SIX_TO_FOUR,
    "http://[2002:a9fe:a9fe::1]/": SIX_TO_FOUR,
    "http://192.88.99.1/": SIX_TO_FOUR,
    "http://[64:ff9b::127.0.0.1]/": NAT64,
    "http://[64:ff9b::a00:1]/": NAT64,
    "http://[64:ff9b:1::a00:1]/": NAT64,
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/": RESERVED,  # Teredo
    # kept for other uses
    "http://192.0.2.1/": RESERVED,
    "http://198.18.0.1/": RESERVED,
    "http://203.0.113.7/": RESERVED,
    "http://240.0.0.1/": RESERVED,
    "http://255.255.255.255/": RESERVED,
    "http://192.0.0.192/": RESERVED,
    "http://[2001:db8::1]/": RESERVED,
    "http://[100::1]/": RESERVED,
    "http://[5f00::1]/": RESERVED,
    # ports
    f"http://{PUBLIC}:22/": port(22),
    f"http://{PUBLIC}:25/": port(25),
    f"http://{PUBLIC}:6379/": port(6379),
    f"https://{PUBLIC}:8443/": port(8443),
    f"http://{PUBLIC}:65535/": port(65535),
    f"http://{PUBLIC}:65536/": NO_URL,
    f"http://{PUBLIC}:-80/": NO_URL,
    f"http://{PUBLIC}:80:80/": NO_URL,
    f"http://{PUBLIC}:443/": to(PUBLIC, 443),
    f"https://{PUBLIC}:80/": to(PUBLIC, 80),
    f"http://{PUBLIC}:/": to(PUBLIC),
    # schemes
    "file:///etc/passwd": scheme("file"),
    "ftp://feed.example/": scheme("ftp"),
    "gopher://127.0.0.1:6379/_x": scheme("gopher"),
    "dict://127.0.0.1:11211/stat": scheme("dict"),
    "ws://feed.example/": scheme("ws"),
    "javascript:alert(1)": scheme("javascript"),
    "data:text/xml,<rss/>": scheme("data"),
    "//feed.example/": scheme("no scheme"),
    "http:/feed.example/": NO_HOST,
    "http:feed.example": NO_HOST,
    # user names, and what looks like one host to some and like another to others
    "http://reader@feed.example/": USER,
    "http://reader:secret@feed.example/": USER,
    "http://feed.example@127.0.0.1/": USER,
    "http://127.0.0.1@feed.example/": USER,
    "http://feed.example:80@127.0.0.1/": USER,
    "http://feed.example\\@127.0.0.1/": USER,
    "http://@feed.example/": USER,
    "http://feed.example%40127.0.0.1/": NO_HOST,
    "http://127.0.0.1%00.feed.example/": NO_HOST,
    "http://127.0.0.1%2F.feed.example/": NO_HOST,
    "http://127.0.0.1\\.feed.example/": NO_HOST,
    "http://feed.example\r\nX-Injected: yes/": NO_URL,
    "http://127.0.0.1 .feed.example/": NO_HOST,
    "http://[::1%25lo]/": INTERFACE,
    "http://[fe80::1%eth0]/": INTERFACE,
    "http://[::1]feed.example/": NO_URL,
    "http://[::1": NO_URL,
    "http:///feed": NO_HOST,
    "": scheme("no scheme"),
    # numbers that are no address are names; none may wrap round to one
    "http://0x17f000001/": A_NAME,
    "http://4294967296/": A_NAME,
    "http://127.0.0.256/": A_NAME,
    "http://127.0.0.1.1/": A_NAME,
    "http://feed-127.0.0.1.example/": A_NAME,
    # names, by what they resolve to
    "http://inside.example/": PRIVATE,
    "https://inside.example/": PRIVATE,
    "http://inside.example./": PRIVATE,
    "http://inside6.example/": PRIVATE,
    "http://metadata.example/": LINK,
    "http://mapped.example/": DISGUISED,
    "http://allclosed.example/": LINK,  # the last that was tried
    "http://loop.example:8080/": SELF,
    # the open web
    "http://feed.example/": to(PUBLIC),
    "https://feed.example/": to(PUBLIC, 443),
    "HTTPS://FEED.example/": to(PUBLIC, 443),
    "http://feed.example./": to(PUBLIC),
    "http://ＦＥＥＤ.example/": to(PUBLIC),
    "http://feed.example#@127.0.0.1/": to(PUBLIC),
    "http://feed.example/?@127.0.0.1/": to(PUBLIC),
    "http://feed.example?@127.0.0.1/": to(PUBLIC),
    "http://feed.example/http://127.0.0.1/": to(PUBLIC),
    "http://1572395042/": to(PUBLIC),
    "http://93.12113954/": to(PUBLIC),
    f"http://[{PUBLIC_6}]/": to(PUBLIC_6),
    "http://partly.example/": to(PUBLIC),
    "http://172.32.0.1/": to("172.32.0.1"),
    "http://100.128.0.1/": to("100.128.0.1"),
    "http://126.255.255.255/": to("126.255.255.255"),
}
NAMES = {
    "feed.example": [PUBLIC],
    "feed.example.": [PUBLIC],
    "inside.example": ["10.1.2.3"],
    "inside.example.": ["10.1.2.3"],
    "inside6.example": ["[fd00::5]"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["[::ffff:10.0.0.1]"],
    "allclosed.example": ["127.0.0.1", "10.0.0.1", "169.254.0.1"],
    "loop.example": ["127.0.0.1"],
    "partly.example": ["10.0.0.1", PUBLIC],
}


@dataclass
class World:
    """Stands between the fetcher and the network."""

    names: dict[str, list[str]] = field(default_factory=lambda: dict(NAMES))
    server: FeedServer | None = None  #: answers for every public address; nobody if None
    reached: list[str] = field(default_factory=list)
    resolved: int = 0  #: names that were not in the table

    def install(self, patch: pytest.MonkeyPatch) -> None:
        options, open_socket = Transfer._options, Transfer._open_socket

        def with_our_names(transfer: Transfer) -> dict[int, Any]:
            return options(transfer) | {
                pycurl.RESOLVE: self._answers(),
                pycurl.RESOLVER_START_FUNCTION: lambda: self._resolve(transfer.host[0]),
                pycurl.SOCKOPTFUNCTION: lambda *_: pycurl.SOCKOPT_ALREADY_CONNECTED,
            }

        def noted(transfer: Transfer, purpose: int, address: Any) -> socket.socket | int:
            opened = open_socket(transfer, purpose, address)
            if not isinstance(opened, socket.socket):
                return opened
            self.reached.append(to(*address.addr[:2]))
            if self.server is None:
                return int(pycurl.SOCKET_BAD)
            ours = socket.create_connection(("127.0.0.1", self.server.port))
            transfer._sockets.append(ours)
            return ours

        patch.setattr(Transfer, "_options", with_our_names)
        patch.setattr(Transfer, "_open_socket", noted)

    def _answers(self) -> list[str]:
        ports = (22, 80, 443, 8080)
        return [
            line
            for name, addresses in self.names.items()
            for number in ports
            for line in (f"-{name}:{number}", f"{name}:{number}:{','.join(addresses)}")
        ]

    def _resolve(self, host: str) -> int:
        if ":" in host or is_number(host) or host.rstrip(".").endswith("localhost"):
            return 0  # libcurl and the system know these by themselves
        self.resolved += 1
        return 1  # stops libcurl: no name leaves this machine


def is_number(host: str) -> bool:
    """Tell whether the system reads it as an IPv4 address, in any notation."""
    try:
        socket.inet_aton(host.rstrip("."))
    except OSError:
        return False
    return True


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    made.install(monkeypatch)
    return made


@pytest.fixture
def answering(world: World) -> Iterator[FeedServer]:
    """A server behind every public address."""
    with FeedServer() as server:
        world.server = server
        server.answers["/"] = Answer(body=b"<rss/>", headers={"Connection": "close"})
        yield server


def fetch(url: str, *allow: str) -> FetchResult:
    with Fetcher(user_agent="test", policy=AddressPolicy(allow=allow), total_s=5) as desk:
        [(_, result)] = desk.fetch([FetchRequest(url=url)], now=NOW)
    return result


def reason(result: FetchResult) -> str:
    assert isinstance(result, FetchFailed), result
    return result.reason


def verdict(world: World, url: str, *allow: str) -> str:
    """Return what comes of an address: where it connects, or why it does not."""
    said = reason(fetch(url, *allow))
    if world.reached:
        [only] = world.reached
        return only
    return A_NAME if world.resolved else said


@pytest.mark.parametrize(("url", "expected"), TABLE.items(), ids=map(repr, TABLE))
def test_table(world: World, url: str, expected: str) -> None:
    assert verdict(world, url) == expected


def test_the_table_is_long_and_of_both_kinds() -> None:
    assert len(TABLE) >= 60
    assert 10 <= sum(expected.startswith("connects") for expected in TABLE.values()) < 60


# ── what the operator allows ──────────────────────────────────────────────────

ALLOWED = {
    ("http://10.1.2.3:8080/", "10.1.2.0/24"): to("10.1.2.3", 8080),
    ("http://10.1.3.3/", "10.1.2.0/24"): PRIVATE,
    ("http://0x7f.1/", "127.0.0.1"): to("127.0.0.1"),
    ("http://127.0.0.2/", "127.0.0.1"): SELF,
    ("http://[fd00::5]/", "fd00::/8"): to("fd00::5"),
    ("http://inside.example/", "inside.example"): to("10.1.2.3"),
    ("http://inside.example/", "10.1.2.3"): to("10.1.2.3"),
    ("http://metadata.example/", "inside.example"): LINK,
    ("http://inside.example.evil.example/", "inside.example"): A_NAME,
    ("http://[::ffff:10.1.2.3]/", "10.1.2.0/24"): DISGUISED,
    ("file:///etc/passwd", "0.0.0.0/0"): scheme("file"),
    ("http://reader@10.1.2.3/", "10.1.2.0/24"): USER,
}


@pytest.mark.parametrize(("given", "expected"), ALLOWED.items(), ids=map(" if ".join, ALLOWED))
def test_what_is_allowed_opens_that_and_no_more(
    world: World, given: tuple[str, str], expected: str
) -> None:
    assert verdict(world, *given) == expected


# ── redirects ─────────────────────────────────────────────────────────────────

REDIRECTS = {
    "http://127.0.0.1/": SELF,
    "http://2130706433/": SELF,
    "//127.0.0.1/": SELF,
    "http://[::1]/": SELF,
    "http://[::ffff:127.0.0.1]/": DISGUISED,
    "http://169.254.169.254/latest/": LINK,
    "http://inside.example/": PRIVATE,
    "https://metadata.example/": LINK,
    "http://feed.example:8080/": port(8080),
    "//feed.example:22/": "the address uses port 22",
    "file:///etc/passwd": "the redirect begins with file:",
    "gopher://127.0.0.1/_": "the redirect begins with gopher:",
    "javascript:alert(1)": "the redirect begins with javascript:",
    "http://reader@127.0.0.1/": "the redirect carries a user name",
    "http://feed.example\\@127.0.0.1/": "the redirect carries a user name",
    "http://[": "the redirect",
    "\\\\127.0.0.1\\": "the server answered 404",  # a path, as it is to libcurl and to Python
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("location", "expected"), REDIRECTS.items())
def test_every_redirect_is_checked_again(
    world: World, answering: FeedServer, location: str, expected: str, status: int
) -> None:
    answering.answers["/"] = Answer(status=status, headers={"Location": location})
    assert reason(fetch("http://feed.example/")).startswith(expected)
    assert set(world.reached) == {to(PUBLIC)}


def test_the_last_of_many_redirects_is_checked_too(answering: FeedServer) -> None:
    for at in range(4):
        answering.answers[f"/{at or ''}"] = Answer(
            status=302, headers={"Location": f"http://feed.example/{at + 1}"}
        )
    answering.answers["/4"] = Answer(status=302, headers={"Location": "http://10.0.0.1/"})
    assert reason(fetch("http://feed.example/")) == PRIVATE
    assert len(answering.asked) == 5


# ── names that change their answer ────────────────────────────────────────────


def test_the_address_of_the_connection_counts_not_what_another_look_up_said(
    world: World, answering: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever checks a name by looking it up is told it is public; libcurl is told otherwise."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    monkeypatch.setattr(socket, "gethostbyname", lambda _: PUBLIC)
    world.names["feed.example"] = ["127.0.0.1"]
    assert reason(fetch("http://feed.example/")) == SELF
    assert answering.asked == []


def test_a_name_that_turns_inward_after_a_good_fetch(world: World, answering: FeedServer) -> None:
    with Fetcher(user_agent="test", total_s=5) as desk:

        def again() -> FetchResult:
            [(_, result)] = desk.fetch([FetchRequest(url="http://feed.example/")], now=NOW)
            return result

        assert isinstance(again(), Fetched)
        world.names["feed.example"] = ["192.168.0.1"]
        assert reason(again()) == PRIVATE
    assert len(answering.asked) == 1


def test_a_name_that_turns_inward_between_two_hops(world: World, answering: FeedServer) -> None:
    def turn(_: Asked) -> Answer:
        world.names["feed.example"] = ["169.254.169.254"]
        headers = {"Location": "http://feed.example/latest/", "Connection": "close"}
        return Answer(status=302, headers=headers)

    answering.answers["/"] = turn
    assert reason(fetch("http://feed.example/")) == LINK
    assert [asked.path for asked in answering.asked] == ["/"]


@pytest.mark.usefixtures("answering")
def test_of_a_names_addresses_only_the_open_ones_are_connected_to(world: World) -> None:
    for addresses in (["127.0.0.1", PUBLIC], [PUBLIC, "127.0.0.1"], ["[::1]", PUBLIC]):
        world.reached.clear()
        world.names["feed.example"] = addresses
        assert isinstance(fetch("http://feed.example/"), Fetched)
        assert world.reached == [to(PUBLIC)]


def test_when_the_open_address_fails_the_closed_one_is_no_way_out(world: World) -> None:
    world.names["feed.example"] = [PUBLIC, "127.0.0.1"]
    assert isinstance(fetch("http://feed.example/"), FetchFailed)
    assert world.reached == [to(PUBLIC)]
