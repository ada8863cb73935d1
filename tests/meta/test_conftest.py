"""The guards that all other tests rely on, themselves tested."""

import socket

import pytest

from tests.conftest import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "", None, b"::1"])
def test_loopback_stays_here(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.org", "10.0.0.1", "8.8.8.8", "::", "fe80::1", b"a.b"])
def test_the_rest_does_not(host: object) -> None:
    assert not is_loopback(host)


def test_a_socket_can_not_leave() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"),
    ):
        udp.connect(("192.0.2.1", 9))
    with (
        socket.socket(socket.AF_INET) as tcp,
        pytest.raises(pytest.fail.Exception, match="may not leave"),
    ):
        tcp.connect_ex(("192.0.2.1", 9))


def test_a_name_can_not_be_resolved_elsewhere() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"watchdesk\.invalid"):
        socket.create_connection(("watchdesk.invalid", 80))
