"""The Slack that other tests trust is strict, complete enough and breaks on order."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.servers.sign import signed_request
from tests.servers.slack_server import SlackServer

BLOCK = {"type": "section", "text": {"type": "plain_text", "text": "x"}}
VIEW = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Rule"},
    "blocks": [{"type": "divider"}],
}


class Time:
    """A clock that stands still until moved."""

    now = 1_542_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def slack(clock: Time) -> Iterator[SlackServer]:
    with SlackServer(clock=clock) as server:
        server.add_channel("C1", "alerts")
        server.add_person("U1", "ana", tz="Asia/Seoul")
        yield server


@pytest.fixture
def client(slack: SlackServer) -> WebClient:
    return WebClient(slack.token, base_url=slack.api_url, timeout=5, retry_handlers=[])


def refusal(client: WebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=args)
    return str(caught.value.response["error"])


def test_it_knows_the_app(client: WebClient, slack: SlackServer) -> None:
    assert client.auth_test()["bot_id"] == slack.bot_id


def test_it_refuses_wrong_missing_and_misplaced_tokens(slack: SlackServer) -> None:
    def with_token(token: str | None, method: str = "auth.test") -> str:
        return refusal(WebClient(token, base_url=slack.api_url, retry_handlers=[]), method)

    assert with_token("xoxb-wrong") == "invalid_auth"
    assert with_token(None) == "not_authed"
    assert with_token(slack.app_token) == "not_allowed_token_type"
    assert with_token(slack.token, "apps.connections.open") == "not_allowed_token_type"


def test_a_token_may_come_in_the_form(slack: SlackServer) -> None:
    body = f"token={slack.token}".encode()
    with urllib.request.urlopen(f"{slack.api_url}auth.test", body) as answer:
        assert json.load(answer)["ok"] is True


def test_it_refuses_what_slack_refuses(client: WebClient, slack: SlackServer) -> None:
    slack.add_channel("C2", joined=False)
    slack.add_channel("C3").archived = True
    slack.add_channel("C4").read_only = True
    slack.add_channel("C5", joined=False, private=True)
    post = "chat.postMessage"
    assert refusal(client, post, channel="C9", text="x") == "channel_not_found"
    assert refusal(client, post, channel="C2", text="x") == "not_in_channel"
    assert refusal(client, post, channel="C3", text="x") == "is_archived"
    assert refusal(client, post, channel="C4", text="x") == "restricted_action_read_only_channel"
    assert refusal(client, post, channel="C5", text="x") == "channel_not_found"
    assert refusal(client, post, channel="C1", text=" ") == "no_text"
    assert refusal(client, post, channel="C1", text="x" * 40_001) == "msg_too_long"
    assert refusal(client, post, channel="C1", text="<!channel>") == "invalid_arguments"
    assert refusal(client, post, channel="C1", text="x", blocks=[{"type": "x"}]) == "invalid_blocks"
    assert refusal(client, post, channel="C1", text="x", metadata={}) == "invalid_metadata_format"
    assert refusal(client, post, channel="C1", text="x", thread_ts="1.1") == "message_not_found"
    long = {"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}
    assert refusal(client, post, channel="C1", text="x", blocks=[long] * 5) == "msg_blocks_too_long"
    assert refusal(client, "no.such", channel="C1") == "unknown_method"
    slack.scopes.discard("chat:write")
    assert refusal(client, post, channel="C1", text="x") == "missing_scope"
    assert slack.messages("C1") == []


def test_refused_blocks_say_why(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C1", text="x", blocks=[{"type": "x"}])
    messages = caught.value.response["response_metadata"]["messages"]
    assert messages == ["[ERROR] /blocks/0: has an unsupported type 'x'"]


def test_posts_land_in_order_however_they_are_sent(client: WebClient, slack: SlackServer) -> None:
    first = client.chat_postMessage(channel="C1", text="one", blocks=[BLOCK])
    second = client.api_call(
        "chat.postMessage",
        params={"channel": "#alerts", "text": "two", "blocks": json.dumps([BLOCK])},
    )
    third = client.chat_postMessage(channel="U1", text="three")
    assert first["ts"] < second["ts"] < third["ts"]
    assert [message["text"] for message in slack.messages("C1")] == ["one", "two"]
    assert slack.messages("C1")[1]["blocks"] == [BLOCK]
    assert [message["text"] for message in slack.messages("D1")] == ["three"]


def test_only_own_messages_are_edited_and_deleted(client: WebClient, slack: SlackServer) -> None:
    ts = str(client.chat_postMessage(channel="C1", text="x")["ts"])
    other = slack.post_as("C1", "y", user="U1")
    client.chat_update(channel="C1", ts=ts, text="z")
    assert slack.messages("C1")[0]["text"] == "z"
    assert refusal(client, "chat.update", channel="C1", ts=other, text="z") == "cant_update_message"
    assert refusal(client, "chat.delete", channel="C1", ts=other) == "cant_delete_message"
    client.chat_delete(channel="C1", ts=ts)
    assert len(slack.messages("C1")) == 1


def test_history_is_paged_newest_first_with_metadata_on_request(client: WebClient) -> None:
    metadata = {"event_type": "e", "event_payload": {"id": "1"}}
    sent = [
        str(client.chat_postMessage(channel="C1", text=f"{n}", metadata=metadata)["ts"])
        for n in range(5)
    ]
    client.chat_postMessage(channel="C1", text="reply", thread_ts=sent[0])
    page = client.conversations_history(channel="C1", limit=2, oldest=sent[0])
    assert [message["text"] for message in page["messages"]] == ["4", "3"]
    assert "metadata" not in page["messages"][0]
    assert page["has_more"]
    cursor = page["response_metadata"]["next_cursor"]
    rest = client.conversations_history(
        channel="C1", limit=9, oldest=sent[0], cursor=cursor, include_all_metadata=True
    )
    assert [message["text"] for message in rest["messages"]] == ["2", "1"]
    assert rest["messages"][0]["metadata"] == metadata
    assert not rest["has_more"]
    thread = client.conversations_replies(channel="C1", ts=sent[0])
    assert [message["text"] for message in thread["messages"]] == ["0", "reply"]


def test_history_refuses_nonsense(client: WebClient) -> None:
    history = "conversations.history"
    assert refusal(client, history, channel="C1", limit=1000) == "invalid_limit"
    assert refusal(client, history, channel="C1", limit="many") == "invalid_arguments"
    assert refusal(client, history, channel="C1", cursor="!") == "invalid_cursor"
    client.chat_postMessage(channel="C1", text="x")
    assert refusal(client, history, channel="C1", oldest="yesterday") == "invalid_ts_oldest"


def test_channels_and_people_can_be_looked_up(client: WebClient, slack: SlackServer) -> None:
    slack.add_channel("C2", "hidden", joined=False, private=True)
    slack.add_channel("C3", "other", joined=False)
    assert client.conversations_info(channel="C3")["channel"]["is_member"] is False
    page = client.conversations_list(limit=1)
    assert [channel["name"] for channel in page["channels"]] == ["alerts"]
    cursor = page["response_metadata"]["next_cursor"]
    assert [one["name"] for one in client.conversations_list(cursor=cursor)["channels"]] == [
        "other"
    ]
    assert client.users_info(user="U1")["user"]["tz"] == "Asia/Seoul"
    assert client.conversations_open(users="U1")["channel"]["id"] == "D1"
    assert refusal(client, "users.info", user="U9") == "user_not_found"
    assert refusal(client, "conversations.open", users="U9") == "user_not_found"
    ts = str(client.chat_postMessage(channel="C1", text="x")["ts"])
    assert client.chat_getPermalink(channel="C1", message_ts=ts)["permalink"].endswith(
        ts.replace(".", "")
    )


def test_ephemeral_messages_reach_one_person(client: WebClient, slack: SlackServer) -> None:
    client.chat_postEphemeral(channel="C1", user="U1", text="psst")
    assert [message["text"] for message in slack.ephemerals] == ["psst"]
    assert (
        refusal(client, "chat.postEphemeral", channel="C1", user="U9", text="x")
        == "user_not_in_channel"
    )
    assert slack.messages("C1") == []


def test_a_trigger_opens_one_view_within_three_seconds(
    client: WebClient, slack: SlackServer, clock: Time
) -> None:
    trigger = slack.new_trigger()
    view = client.views_open(trigger_id=trigger, view=VIEW)["view"]
    assert refusal(client, "views.open", trigger_id=trigger, view=VIEW) == "exchanged_trigger_id"
    assert refusal(client, "views.open", trigger_id="x", view=VIEW) == "invalid_trigger_id"
    late = slack.new_trigger()
    clock.now += 3.1
    assert refusal(client, "views.open", trigger_id=late, view=VIEW) == "expired_trigger_id"
    update = {"view_id": view["id"], "view": VIEW}
    assert refusal(client, "views.update", **update, hash="other") == "hash_conflict"
    client.views_update(view_id=view["id"], hash=view["hash"], view=VIEW)
    assert refusal(client, "views.update", view_id="V99", view=VIEW) == "not_found"


def test_views_are_checked_and_homes_published(client: WebClient, slack: SlackServer) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    client.views_publish(user_id="U1", view=home)
    assert slack.homes["U1"]["blocks"] == [{"type": "divider"}]
    publish = "views.publish"
    assert refusal(client, publish, user_id="U9", view=home) == "user_not_found"
    assert refusal(client, publish, user_id="U1", view=VIEW) == "invalid_arguments"
    assert (
        refusal(client, publish, user_id="U1", view={**home, "blocks": []}) == "invalid_arguments"
    )


# ── answers to interactions ───────────────────────────────────────────────────


def respond(url: str, body: dict[str, Any]) -> int:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_response_url_works_five_times_in_half_an_hour(slack: SlackServer, clock: Time) -> None:
    url = slack.new_response_url()
    assert [respond(url, {"text": f"{n}"}) for n in range(6)] == [200] * 5 + [404]
    assert [answer["text"] for answer in slack.responses] == ["0", "1", "2", "3", "4"]
    late = slack.new_response_url()
    clock.now += 1801
    assert respond(late, {"text": "x"}) == 404
    fresh = slack.new_response_url()
    assert respond(fresh, {"text": "x", "blocks": [{"type": "x"}]}) == 404
    assert respond(fresh, {"delete_original": True}) == 200
    assert respond(f"{slack.url}/response/unknown", {"text": "x"}) == 404


def test_other_pages_do_not_exist(slack: SlackServer) -> None:
    assert respond(f"{slack.url}/elsewhere", {}) == 404


def test_signed_requests_are_taken_for_slacks_own() -> None:
    class At(Clock):
        def now(self) -> float:
            return 1_542_000_000.0

    verifier = SignatureVerifier("secret", clock=At())
    headers = signed_request("a=1", "secret", 1_542_000_000)
    assert verifier.is_valid_request("a=1", headers)
    assert not verifier.is_valid_request("a=2", headers)
    assert not verifier.is_valid_request("a=1", signed_request("a=1", "other", 1_542_000_000))
    assert not verifier.is_valid_request("a=1", signed_request("a=1", "secret", 1_541_999_000))
    assert (
        signed_request("{}", "s", content_type="application/json")["Content-Type"]
        == "application/json"
    )


# ── Socket Mode ───────────────────────────────────────────────────────────────


def leave(app: SocketModeClient, slack: SlackServer) -> None:
    """Let the server end the connection; the SDK alone would wait three seconds for a frame.

    It must be done with that before `close`, which takes the same socket without a second look.
    """
    app.auto_reconnect_enabled = False
    slack.sockets.close()
    gone, pause = time.monotonic() + 5, threading.Event()
    while app.is_connected() and time.monotonic() < gone:
        pause.wait(0.005)
    app.close()


def test_socket_mode_carries_envelopes_and_acknowledgements(slack: SlackServer) -> None:
    web = WebClient(slack.token, base_url=slack.api_url)
    app = SocketModeClient(slack.app_token, web_client=web)

    def acknowledge(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        said = {"type": request.type, "length": len(request.payload["text"])}
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, said))

    app.socket_mode_request_listeners.append(acknowledge)
    app.connect()
    try:
        slack.sockets.wait_for_connection()
        for length in (3, 300, 70_000):
            answer = slack.sockets.deliver("slash_commands", {"text": "x" * length})
            assert answer == {"type": "slash_commands", "length": length}
    finally:
        leave(app, slack)


def test_a_socket_address_is_good_for_one_connection(slack: SlackServer) -> None:
    url = slack.new_socket_url().replace("ws", "http", 1)
    assert slack.sockets.take_ticket(url.rpartition("=")[2])
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(url)
    refused.value.close()


# ── faults ────────────────────────────────────────────────────────────────────


def test_faults_wait_for_their_method_and_channel(client: WebClient, slack: SlackServer) -> None:
    slack.add_channel("C2")
    slack.faults.push("error", channel="C2", code="fatal_error", times=2)
    slack.faults.push("rate_limited", method="conversations.history")
    client.chat_postMessage(channel="C1", text="x")
    assert len(slack.faults) == 3
    assert refusal(client, "chat.postMessage", channel="C2", text="x") == "fatal_error"
    with pytest.raises(SlackApiError) as caught:
        client.conversations_history(channel="C1")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert len(slack.faults) == 1
    slack.faults.clear()
    client.chat_postMessage(channel="C2", text="x")
    assert [(call.method, call.answer) for call in slack.calls] == [
        ("chat.postMessage", "ok"),
        ("chat.postMessage", "error"),
        ("conversations.history", "rate_limited"),
        ("chat.postMessage", "ok"),
    ]


def test_many_threads_post_at_once(client: WebClient, slack: SlackServer) -> None:
    def post() -> None:
        for _ in range(10):
            client.chat_postMessage(channel="C1", text="x")

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stamps = [message["ts"] for message in slack.messages("C1")]
    assert len(set(stamps)) == 60
    assert stamps == sorted(stamps)
