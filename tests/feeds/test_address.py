"""Which addresses may be fetched: the table of forms and verdicts."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.address import AddressPolicy, AddressRefused, host_of, web_address

CLOSED = {
    "this machine itself": ["127.0.0.1", "127.255.255.254", "::1"],
    "no particular address": ["0.0.0.0", "0.1.2.3", "::"],
    "a private network": [
        *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("fc00::1", "fd12:3456::1", "fec0::1"),
    ],
    "a link-local address": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "a carrier's private network": ["100.64.0.1", "100.127.255.255"],
    "a multicast address": ["224.0.0.1", "239.255.255.250", "ff02::1"],
    "a 6to4 tunnel": ["2002:7f00:1::", "2002:a00:1::1", "192.88.99.1"],
    "a NAT64 address": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "an IPv4 address in disguise": [
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::7f00:1",
        "::ffff:0:1.2.3.4",
    ],
    "a reserved address": [
        *("192.0.0.8", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
        *("240.0.0.1", "255.255.255.255", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
        *("2001::1", "2001:0:4136:e378::1", "2001:2::1", "2001:10::1", "2001:db8::1"),
        *("2620:4f:8000::1", "3fff::1", "5f00::1", "4000::1", "100::1", "e000::1", "fe00::1"),
    ],
}
OPEN = [
    *("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"),
    *("169.253.0.1", "192.167.0.1", "198.17.0.1", "223.255.255.255", "2606:4700::1111"),
    *("2a00:1450::1", "2001:4860:4860::8888", "2003::1", "3ffe::1"),
]


@pytest.mark.parametrize(
    ("address", "words"), [(address, words) for words, some in CLOSED.items() for address in some]
)
def test_closed_addresses(address: str, words: str) -> None:
    assert AddressPolicy().refusal("host.example", address, 443) == f"leads to {words}"


@pytest.mark.parametrize("address", OPEN)
def test_open_addresses(address: str) -> None:
    assert AddressPolicy().refusal("host.example", address, 80) is None


@given(st.ip_addresses())
def test_nothing_python_calls_private_is_open(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        assert AddressPolicy().refusal("host.example", str(address), 443)


@pytest.mark.parametrize("port", [22, 25, 0, 8080, 6379, 65_535])
def test_other_ports_are_closed(port: int) -> None:
    refusal = AddressPolicy().refusal("host.example", "8.8.8.8", port)
    assert refusal == f"uses port {port}; only 80 and 443 are open to feeds"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("any.example", "10.2.3.4"),
        ("any.example", "127.0.0.1"),
        ("any.example", "fd00::5"),
        ("feeds.internal", "192.168.1.1"),
        ("FEEDS.internal.", "192.168.1.1"),
    ],
)
def test_what_is_allowed_is_open_on_any_port(host: str, address: str) -> None:
    policy = AddressPolicy(allow=("10.2.0.0/16", "127.0.0.1", "[fd00::5]", "Feeds.Internal"))
    assert policy.refusal(host, address, 8443) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("any.example", "10.3.0.1"),
        ("any.example", "::ffff:10.2.3.4"),
        ("sub.feeds.internal", "192.168.1.1"),
        ("feeds.internal.evil.example", "192.168.1.1"),
    ],
)
def test_allowing_some_opens_no_others(host: str, address: str) -> None:
    policy = AddressPolicy(allow=("10.2.0.0/16", "feeds.internal"))
    assert policy.refusal(host, address, 443)


def test_what_is_no_ip_address_is_refused() -> None:
    assert AddressPolicy().refusal("h", "/run/socket", 80) == (
        "leads to something that is no IP address"
    )


WIRE = {
    "http://host.example": "http://host.example/",
    " https://host.example/a#b ": "https://host.example/a",
    "HTTP://HOST.example/A": "http://host.example/A",
    "http://exämple.de/ä b?q=ü&r=%41": "http://xn--exmple-cua.de/%C3%A4%20b?q=%C3%BC&r=%41",
    "http://한국.example/": "http://xn--3e0b707e.example/",
    "http://[2606:4700::1]:8080/x": "http://[2606:4700::1]:8080/x",
    "http://host.example:80/": "http://host.example:80/",
    "http://host_name.example/?a[]=1": "http://host_name.example/?a[]=1",
}


@pytest.mark.parametrize(("url", "expected"), WIRE.items())
def test_addresses_on_the_wire(url: str, expected: str) -> None:
    assert web_address(url) == expected
    assert web_address(expected) == expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://host.example/", "begins with ftp:, not http: or https:"),
        ("javascript:alert(1)", "begins with javascript:, not http: or https:"),
        ("file:///etc/passwd", "begins with file:, not http: or https:"),
        ("host.example/feed", "begins with no scheme:, not http: or https:"),
        ("http://user@host.example/", "carries a user name or password"),
        ("http://:pw@host.example/", "carries a user name or password"),
        ("http://@host.example/", "carries a user name or password"),
        ("http:///path", "names no valid host"),
        ("http://a b/", "names no valid host"),
        ("http://a%2eb/", "names no valid host"),
        ("http://-\u2024.example\u3002\u3002/", "names no valid host"),
        ("http://" + "a" * 70 + ".example/", "names no valid host"),
        ("http://host:99999/", "is not a valid URL"),
        ("http://host:x/", "is not a valid URL"),
        ("http://[::1", "is not a valid URL"),
        ("http://[::1%25lo]/", "names a network interface"),
        ("http://[::1%lo]/", "names a network interface"),
        ("http://[v7.a:b]/", "names no valid host"),
        ("", "begins with no scheme:, not http: or https:"),
    ],
)
def test_addresses_that_are_refused(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        web_address(url)
    assert str(caught.value) == reason


def test_a_host_is_counted_with_its_port() -> None:
    assert host_of("https://host.example/") == ("host.example", 443)
    assert host_of("http://host.example/") == ("host.example", 80)
    assert host_of("http://[::1]:81/") == ("::1", 81)
