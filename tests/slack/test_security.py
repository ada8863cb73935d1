"""Who is not Slack gets nothing: signatures, age, replays, answer addresses; and the pace of acks."""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, quote

import pytest

from bot.config import Secret
from bot.sinks.slack.web_api import open_client
from bot.slack_app import build_app
from bot.slack_app.directory import SlackDirectory
from bot.slack_app.front import Front
from bot.store.requests import WINDOW
from tests.commands.parts import ANA, NOW
from tests.servers.sign import signed_request
from tests.slack.parts import NK, SECRET, Office, action_body, command_body


def test_a_bad_signature_is_refused(office: Office) -> None:
    for body in (
        command_body(office.slack, "add landmine* yes"),
        action_body(office.slack, "undo", "1.1"),
    ):
        assert office.send(body, secret="wrong").status == 401
    signed = signed_request(command_body(office.slack, "list"), SECRET)
    assert office.acknowledge(command_body(office.slack, "add landmine* yes"), signed).status == 401
    assert office.acknowledge(body, {"Content-Type": signed["Content-Type"]}).status == 401
    office.settle()
    assert office.slack.responses == []
    assert office.room.store.rules.live() == []


@pytest.mark.parametrize("age_s", [301, -302])
def test_an_old_or_future_request_is_refused(office: Office, age_s: float) -> None:
    body = command_body(office.slack, "add landmine* yes")
    assert office.send(body, timestamp=time.time() - age_s).status == 401
    assert office.room.store.rules.live() == []


def test_a_request_four_minutes_late_is_taken(office: Office) -> None:
    body = command_body(office.slack, "add landmine* yes")
    assert office.send(body, timestamp=time.time() - 240).status == 200


def test_a_replayed_request_is_not_carried_out(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    for body in (
        command_body(office.slack, "add landmine* yes"),
        action_body(office.slack, "remove", "1.1"),
    ):
        assert office.send(body).status == 200
        answers = len(office.slack.responses)
        assert office.send(body).status == 200
        assert len(office.slack.responses) == answers
    assert len(office.room.store.rules.history(1)) == 2
    assert "came a second time" in caplog.text


def test_a_replay_is_refused_after_a_restart_too(office: Office) -> None:
    body = command_body(office.slack, "add landmine* yes")
    assert office.send(body).status == 200
    restarted = build_app(
        office.room.desk,
        token=Secret(office.slack.token),
        signing_secret=Secret(SECRET),
        api_url=office.slack.api_url,
        executor=office.workers,
    )
    again = replace(office, app=restarted)
    office.room.store.rules.remove(1, who=ANA, now=NOW)
    assert again.send(body).status == 200
    assert office.room.store.rules.live() == []
    assert "Watching" in again.command("add landmine* yes")


def test_an_event_that_slack_repeats_is_taken_once_and_thanked(office: Office) -> None:
    opened = {"type": "app_home_opened", "user": ANA, "channel": "D0ANA0000", "tab": "home"}
    assert office.event(opened, "Ev1").status == 200
    assert office.event(opened, "Ev1").status == 200
    assert len(office.slack.calls_of("views.publish")) == 1


def test_what_carries_no_trigger_is_no_replay(office: Office) -> None:
    """Stand-ins for Slack may leave it out; Slack itself signs it, so that nobody else can."""
    body = re.sub("trigger_id=[^&]+", "", command_body(office.slack, "list"))
    assert "No rules" in office.answers(body)
    assert "No rules" in office.answers(body)


def test_requests_are_remembered_longer_than_a_signature_is_good(office: Office) -> None:
    requests = office.room.store.requests
    assert timedelta(seconds=2 * 300) < WINDOW
    assert requests.claim("a", now=NOW)
    assert not requests.claim("a", now=NOW + WINDOW)
    assert requests.claim("b", now=NOW + WINDOW)
    later = NOW + WINDOW + timedelta(seconds=1)
    assert requests.claim("c", now=later)
    assert requests.claim("a", now=later)
    kept = office.room.store._db.rows("select key from requests order by key")
    assert [row["key"] for row in kept] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("api_url", "url", "is_slacks"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/commands/T/1/x", True),
        ("https://slack.com/api/", "http://hooks.slack.com/commands/T/1/x", False),
        ("https://slack.com/api/", "https://hooks.slack.com.evil.example/x", False),
        ("https://slack.com/api/", "https://hooks.slack.com@evil.example/x", False),
        ("https://slack.com/api/", "https://evil.example/hooks.slack.com", False),
        ("https://slack.com/api/", "http://127.0.0.1:1/x", False),
        ("http://127.0.0.1:81/api/", "http://127.0.0.1:81/response/1", True),
        ("http://127.0.0.1:81/api/", "http://127.0.0.1:82/response/1", False),
        ("http://127.0.0.1:81/api/", "https://hooks.slack.com/commands/T/1/x", False),
        ("http://127.0.0.1:81/api/", "http://localhost:81/answers/x", True),
        ("http://127.0.0.1:81/api/", "http://localhost.evil.example/x", False),
        ("https://slack.example/api/", "http://127.0.0.1:81/x", False),
    ],
)
def test_answers_go_to_slack_only(
    office: Office, api_url: str, url: str, *, is_slacks: bool
) -> None:
    client = open_client("xoxb-x", api_url, 1)
    front = Front(office.room.desk, SlackDirectory(client), client, api_url)
    assert front._is_slacks(url) is is_slacks


def test_an_answer_address_of_someone_else_gets_nothing(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    body = command_body(office.slack, "add landmine* yes")
    own = parse_qs(body)["response_url"][0]
    foreign = "http://127.0.0.1:9/steal"
    assert office.send(body.replace(quote(own, safe=""), quote(foreign, safe=""))).status == 200
    assert office.slack.responses == []
    assert "not Slack's" in caplog.text
    assert foreign not in caplog.text


def test_an_answer_address_is_never_logged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office.command("add landmine* yes")
    office.slack._response_urls.clear()  # expired: the answer is refused
    body = command_body(office.slack, "list")
    office.slack._response_urls.clear()
    assert office.send(body).status == 200
    assert "answer not taken" in caplog.text
    logged = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "/response/" not in logged
    assert office.slack.token not in logged


# ── acknowledging ─────────────────────────────────────────────────────────────


def test_the_ack_waits_neither_for_slack_nor_for_the_database(office: Office) -> None:
    office.slack.faults.push("hang_before_accept", method="users.info")
    body = command_body(office.slack, "list")
    response = office.acknowledge(body, signed_request(body, SECRET))
    assert (response.status, response.body) == (200, "")
    assert office.slack.responses == []  # the work goes on behind the ack
    office.slack.close()
    office.settle()


def test_the_ack_comes_while_the_database_is_busy(office: Office) -> None:
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with office.room.store.transaction():
            holding.set()
            let_go.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait(10)
    body = command_body(office.slack, "add landmine* yes", at=NK)
    assert office.acknowledge(body, signed_request(body, SECRET)).status == 200
    assert office.slack.responses == []
    let_go.set()
    holder.join()
    office.settle()
    assert len(office.slack.responses) == 1
