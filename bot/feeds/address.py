"""Which addresses a feed may lead to: the open web, and what the operator allows by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit, urlunsplit

_PORTS = frozenset({80, 443})
_KEPT = "%/:=&?~#+!$,;'@()*[]"

#: Narrowest first: the first that holds the address names it.
_CLOSED = tuple(
    (ip_network(network), words)
    for words, networks in {
        "this machine itself": "127.0.0.0/8 ::1/128",
        "no particular address": "0.0.0.0/8 ::/128",
        "a private network": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
        "a link-local address": "169.254.0.0/16 fe80::/10",
        "a carrier's private network": "100.64.0.0/10",
        "a multicast address": "224.0.0.0/4 ff00::/8",
        "a 6to4 tunnel": "2002::/16 192.88.99.0/24",
        "a NAT64 address": "64:ff9b::/96 64:ff9b:1::/48",
        "an IPv4 address in disguise": "::ffff:0:0/96 ::ffff:0:0:0/96 ::/96",
        "a reserved address": (
            "192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.175.48.0/24 "
            "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "
            "2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20"
        ),
    }.items()
    for network in networks.split()
)
_OPEN_IPV6 = IPv6Network("2000::/3")


class AddressRefused(Exception):  # noqa: N818 - it is an answer, said in words
    """A URL or address we do not fetch; the message completes "the address …"."""


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be fetched. Everything public on ports 80 and 443, and what is allowed here.

    Args:
        allow: host names (`feeds.internal`), addresses and networks (`10.2.0.0/16`); they may be
            private and use any port.
    """

    allow: tuple[str, ...] = ()
    _hosts: frozenset[str] = field(init=False, repr=False, default=frozenset())
    _networks: tuple[IPv4Network | IPv6Network, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        hosts, networks = _sorted_out(self.allow)
        object.__setattr__(self, "_hosts", hosts)
        object.__setattr__(self, "_networks", networks)

    def refusal(self, host: str, address: str, port: int) -> str | None:
        """Return why a connection must not be made, completing "the address …"; None if it may.

        Args:
            host: the name as in the URL.
            address: the IP address it resolved to, the one about to be connected to.
            port: the TCP port.
        """
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return "leads to something that is no IP address"
        if host.lower().rstrip(".") in self._hosts or any(ip in net for net in self._networks):
            return None
        if kind := _closed_kind(ip):
            return f"leads to {kind}"
        return None if port in _PORTS else f"uses port {port}; only 80 and 443 are open to feeds"


def _sorted_out(
    allow: Iterable[str],
) -> tuple[frozenset[str], tuple[IPv4Network | IPv6Network, ...]]:
    hosts, networks = set(), []
    for item in allow:
        try:
            networks.append(ip_network(item.strip("[]"), strict=False))
        except ValueError:
            hosts.add(item.lower().rstrip("."))
    return frozenset(hosts), tuple(networks)


def _closed_kind(ip: IPv4Address | IPv6Address) -> str | None:
    for network, words in _CLOSED:
        if ip in network:
            return words
    if isinstance(ip, IPv6Address) and ip not in _OPEN_IPV6:
        return "a reserved address"
    return None


def web_address(url: str) -> str:
    """Return `url` as it may go on the wire: ASCII, no fragment.

    Raises:
        AddressRefused: it is not http or https, names no host, or carries a user name.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("is not a valid URL") from None
    if parts.netloc.rpartition("]")[2].partition(":")[0] and "]" in parts.netloc:
        raise AddressRefused("is not a valid URL")
    if parts.scheme not in {"http", "https"}:
        raise AddressRefused(f"begins with {parts.scheme or 'no scheme'}:, not http: or https:")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("carries a user name or password")
    netloc = _ascii_host(host) + (f":{port}" if port is not None else "")
    path, query = quote(parts.path or "/", safe=_KEPT), quote(parts.query, safe=_KEPT)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{_ipv6(host)}]"
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    if not name or not all(char.isalnum() or char in "-._" for char in name):
        raise AddressRefused("names no valid host")
    return name


def _ipv6(host: str) -> IPv6Address:
    try:
        address = IPv6Address(host)
    except ValueError:
        raise AddressRefused("names no valid host") from None
    if address.scope_id is not None:
        raise AddressRefused("names a network interface")
    return address


def host_of(url: str) -> tuple[str, int]:
    """Return host and port of a `web_address`: what one connection at a time is counted by."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
