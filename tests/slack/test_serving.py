"""Socket Mode and HTTP, over real connections."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from bot.config import Environment, Secret
from bot.errors import ConfigError
from bot.slack_app import serving, serving_http, serving_socket
from bot.slack_app.http import BUSIEST, MAX_BODY, PATH, _Server
from tests.servers.faults import FaultKind
from tests.servers.sign import signed_request
from tests.slack.parts import SECRET, Office, action_body, command_body, words


@pytest.fixture
def door(office: Office) -> Iterator[int]:
    with serving_http(office.app, port=0, host="127.0.0.1") as port:
        yield port


def post(
    port: int, body: str | bytes, headers: dict[str, str], path: str = PATH
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# ── HTTP ──────────────────────────────────────────────────────────────────────


def test_a_signed_command_is_carried_out(office: Office, door: int) -> None:
    body = command_body(office.slack, "add landmine* yes")
    assert post(door, body, signed_request(body, SECRET)) == (200, b"")
    office.settle()
    assert "Watching" in words(office.last)
    assert len(office.room.store.rules.live()) == 1


def test_a_stranger_is_refused(office: Office, door: int) -> None:
    body = command_body(office.slack, "add landmine* yes")
    assert post(door, body, signed_request(body, "wrong"))[0] == 401
    assert post(door, body, {})[0] == 401
    assert post(door, body, signed_request(body, SECRET), path="/elsewhere")[0] == 404
    office.settle()
    assert office.room.store.rules.live() == []


def test_slacks_address_check_is_answered(door: int) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
    headers = signed_request(body, SECRET, content_type="application/json")
    status, answer = post(door, body, headers)
    assert (status, json.loads(answer)) == (200, {"challenge": "abc"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(MAX_BODY + 1)}, 413),
        ({"Content-Length": "-1"}, 411),
        ({"Content-Length": "²"}, 411),
        ({}, 411),
    ],
)
def test_a_body_of_no_or_no_sensible_length_is_not_read(
    door: int, headers: dict[str, str], status: int
) -> None:
    lines = [f"POST {PATH} HTTP/1.1", "Host: x", *(f"{k}: {v}" for k, v in headers.items())]
    with socket.create_connection(("127.0.0.1", door), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        assert connection.recv(100).split(b" ")[1] == str(status).encode()


def test_what_is_no_text_is_refused(door: int) -> None:
    assert post(door, b"\xff\xfe", {})[0] == 400


def test_it_says_nothing_to_a_browser(door: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door, timeout=10)
    connection.request("GET", PATH)
    assert connection.getresponse().status == 501
    connection.close()


def test_more_requests_than_it_can_carry_are_told_to_come_back(office: Office) -> None:
    with _Server(("127.0.0.1", 0), office.app) as server:
        for _ in range(BUSIEST):
            assert server.free.acquire(blocking=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        body = command_body(office.slack, "list")
        assert post(server.server_address[1], body, signed_request(body, SECRET))[0] == 503
        server.free.release()
        assert post(server.server_address[1], body, signed_request(body, SECRET))[0] == 200
        server.shutdown()
        thread.join()
    office.settle()


def environment(office: Office, *, socket_mode: bool) -> Environment:
    return Environment(
        slack_bot_token=Secret(office.slack.token),
        slack_app_token=Secret(office.slack.app_token) if socket_mode else None,
        slack_signing_secret=None if socket_mode else Secret(SECRET),
        slack_api_url=office.slack.api_url,
    )


def test_serving_over_http_finishes_work_in_hand(office: Office) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(office.room.desk, environment=environment(office, socket_mode=False), port=port):
        body = command_body(office.slack, "add landmine* yes")
        assert post(port, body, signed_request(body, SECRET)) == (200, b"")
    assert "Watching" in words(office.last)


# ── Socket Mode ───────────────────────────────────────────────────────────────


def test_socket_mode_needs_no_address_and_no_signature(office: Office) -> None:
    with serving(office.room.desk, environment=environment(office, socket_mode=True), port=0):
        office.slack.sockets.wait_for_connection()
        command = parse_qs(command_body(office.slack, "add landmine* yes"))
        payload = {key: values[0] for key, values in command.items()}
        assert office.slack.sockets.deliver("slash_commands", payload) == {}
        press = json.loads(parse_qs(action_body(office.slack, "undo", "9.9"))["payload"][0])
        assert office.slack.sockets.deliver("interactive", press) == {}
    said = "\n".join(words(one) for one in office.slack.responses)
    assert "Watching" in said
    assert "That rule is gone" in said
    assert len(office.room.store.rules.live()) == 1


def test_a_refused_app_token_is_a_configuration_error(office: Office) -> None:
    wrong = replace(environment(office, socket_mode=True), slack_app_token=Secret("xapp-wrong"))
    with (
        pytest.raises(ConfigError, match="SLACK_APP_TOKEN: Slack refuses it: invalid_auth"),
        serving(office.room.desk, environment=wrong, port=0),
    ):
        pass


@pytest.mark.parametrize("kind", ["error", "http_before_accept", "reset_before_accept"])
def test_slack_that_can_not_be_reached_is_tried_again(office: Office, kind: FaultKind) -> None:
    office.slack.faults.push(kind, method="apps.connections.open", times=2)
    logger = logging.getLogger("test")
    with serving_socket(office.app, Secret(office.slack.app_token), logger=logger, retry_s=0.01):
        office.slack.sockets.wait_for_connection()
    assert len(office.slack.faults) == 0


def test_a_token_revoked_while_trying_is_logged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.slack.faults.push("http_before_accept", method="apps.connections.open")
    office.slack.faults.push("error", method="apps.connections.open", code="token_revoked")
    logger = logging.getLogger("test")
    with serving_socket(office.app, Secret(office.slack.app_token), logger=logger, retry_s=0.01):
        office.slack.sockets.wait_for_connection()
    assert "socket mode refused" in caplog.text


class _Held(logging.Handler):
    """Holds the SDK's receiver, about to start, until the connection was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.about_to_start, self.closed = threading.Event(), threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("Starting to receive"):
            self.about_to_start.set()
            self.closed.wait(10)
        elif record.getMessage().startswith("The connection has been closed"):
            self.closed.set()


def test_a_receiver_that_starts_while_it_is_closed_ends_too(office: Office) -> None:
    held = _Held()
    logger = logging.getLogger("test.held")
    logger.setLevel(logging.INFO)
    logger.addHandler(held)
    before = set(threading.enumerate())
    with serving_socket(office.app, Secret(office.slack.app_token), logger=logger):
        assert held.about_to_start.wait(10)
    assert held.closed.is_set()
    assert not [one for one in set(threading.enumerate()) - before if "close" in one.name]
