"""The Slack sink against a strict Slack over real HTTP: what it sends and how each send ends."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.config import Secret
from bot.core.models import (
    Alert,
    Entry,
    Message,
    Outcome,
    Rejected,
    Retry,
    Rule,
    Scope,
    Sent,
    Unknown,
    Unreadable,
)
from bot.core.render import alert_message, notice_message
from bot.core.render.blocks import section
from bot.sinks import Sink
from bot.sinks.slack import SlackSink
from tests.servers.faults import FaultKind
from tests.servers.slack_server import SlackServer

TOKEN = "xoxb-9999-very-secret"
ID = "11111111-2222-3333-4444-555555555555"
NOTE = notice_message("Sites *found* <!channel>")


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(token=TOKEN) as server:
        server.add_channel("C1", "alerts")
        yield server


@pytest.fixture
def sink(slack: SlackServer) -> SlackSink:
    return SlackSink(Secret(TOKEN), slack.api_url, timeout_s=5)


def hasty(slack: SlackServer) -> SlackSink:
    """Return a sink that gives up soon."""
    return SlackSink(Secret(TOKEN), slack.api_url, timeout_s=0.3)


def just_now() -> datetime:
    return datetime.now(UTC)


def ts_of(ended: Outcome) -> str:
    assert isinstance(ended, Sent)
    return ended.ts


def broken() -> Message:
    """Return a message whose blocks Slack refuses."""
    return Message(text="Sites found &amp; named", blocks=({"type": "nonsense"},))


def test_it_is_a_sink(sink: SlackSink) -> None:
    checked: Sink = sink
    assert checked is sink


def test_an_alert_arrives_with_the_deliverys_id_and_unfurls_nothing(
    slack: SlackServer, sink: SlackSink
) -> None:
    entry = Entry(key="1", title="<!channel> sites", summary="s", url="https://x.example/?a=1&b=2")
    rule = Rule(name="Sites", query="site*", channel="C1", id=12)
    message = alert_message(Alert(entry=entry, rules=(rule,), why=()))
    ended = sink.send(ID, "C1", message)
    (posted,) = slack.messages("C1")
    assert ended == Sent(ts=posted["ts"])
    assert posted["text"] == message.text
    assert posted["blocks"] == list(message.blocks)
    assert posted["metadata"] == {"event_type": "watch_alert", "event_payload": {"delivery_id": ID}}
    assert (posted["unfurl_links"], posted["unfurl_media"], posted["parse"]) == (
        False,
        False,
        "none",
    )
    assert "link_names" not in slack.calls[0].args


# ── how a send ends ───────────────────────────────────────────────────────────


def ended_with(slack: SlackServer, sink: SlackSink, kind: FaultKind, **how: object) -> Outcome:
    slack.faults.push(kind, channel="C1", **how)  # type: ignore[arg-type]
    return sink.send(ID, "C1", NOTE)


@pytest.mark.parametrize(
    ("kind", "copies"),
    [
        ("reset_before_accept", 0),
        ("reset_after_accept", 1),
        ("http_before_accept", 0),
        ("http_after_accept", 1),
        ("garbage_after_accept", 1),
        ("error", 0),
        ("error_after_accept", 1),
    ],
)
def test_no_clear_answer_is_unknown_and_never_repeated(
    slack: SlackServer, sink: SlackSink, kind: FaultKind, copies: int
) -> None:
    since = just_now()
    assert isinstance(ended_with(slack, sink, kind), Unknown)
    assert len(slack.calls) == 1
    assert len(slack.messages("C1")) == copies
    found = sink.find(ID, "C1", since)
    assert found == tuple(message["ts"] for message in slack.messages("C1"))


@pytest.mark.parametrize("kind", ["hang_before_accept", "hang_after_accept", "drip_after_accept"])
def test_a_send_takes_a_bounded_time_and_is_then_unknown(
    slack: SlackServer, kind: FaultKind
) -> None:
    begun = just_now()
    assert isinstance(ended_with(slack, hasty(slack), kind), Unknown)
    assert just_now() - begun < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("header", "after_s"),
    [("7", 7), ("0", 1), ("1.5", 1.5), ("999999", 86_400), ("soon", 30), ("nan", 30), (None, 30)],
)
def test_a_rate_limit_says_when_to_come_back(
    slack: SlackServer, sink: SlackSink, header: str | None, after_s: float
) -> None:
    ended = ended_with(slack, sink, "rate_limited", retry_after=header)
    assert ended == Retry(after_s=after_s, reason="ratelimited")


def test_a_timeout_of_the_http_kind_is_unknown(slack: SlackServer, sink: SlackSink) -> None:
    assert ended_with(slack, sink, "http_before_accept", status=408) == Unknown(reason="HTTP 408")


def test_something_else_in_slacks_place_has_posted_nothing(
    slack: SlackServer, sink: SlackSink
) -> None:
    ended = ended_with(slack, sink, "http_before_accept", status=403)
    assert ended == Retry(
        after_s=300, reason="HTTP 403, not from Slack: check SLACK_API_URL and the proxy"
    )


def test_no_connection_means_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/api/"
        sink = SlackSink(Secret(TOKEN), url, timeout_s=2)
        ended = sink.send(ID, "C1", NOTE)
        assert isinstance(ended, Retry)
        assert ended.reason.startswith("Slack can't be reached: ")
        assert isinstance(sink.find(ID, "C1", just_now()), Unknown)


def test_an_answer_without_a_ts_is_unknown() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def answer_once() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=answer_once)
        thread.start()
        ended = SlackSink(Secret(TOKEN), url, timeout_s=5).send(ID, "C1", NOTE)
        thread.join()
    assert ended == Unknown(reason="accepted without a ts")


# ── refusals ──────────────────────────────────────────────────────────────────


def test_a_channel_without_the_bot_says_what_to_type(slack: SlackServer, sink: SlackSink) -> None:
    slack.add_channel("C2", joined=False)
    assert sink.send(ID, "C2", NOTE) == Rejected(
        reason="not_in_channel",
        advice="Type `/invite @Watchdesk` in <#C2>.",
        scope=Scope.CHANNEL,
    )


def test_unknown_private_archived_and_read_only_channels_are_refused(
    slack: SlackServer, sink: SlackSink
) -> None:
    slack.add_channel("C3", joined=False, private=True)
    slack.add_channel("C4").archived = True
    slack.add_channel("C5").read_only = True
    reasons = {}
    for channel in ("C9", "C3", "C4", "C5"):
        ended = sink.send(ID, channel, NOTE)
        assert isinstance(ended, Rejected)
        assert ended.scope is Scope.CHANNEL
        reasons[channel] = ended.reason
    assert reasons == {
        "C9": "channel_not_found",
        "C3": "channel_not_found",
        "C4": "is_archived",
        "C5": "restricted_action_read_only_channel",
    }


def test_a_wrong_token_stops_everything(slack: SlackServer) -> None:
    ended = SlackSink(Secret("xoxb-other"), slack.api_url, timeout_s=5).send(ID, "C1", NOTE)
    assert isinstance(ended, Rejected)
    assert (ended.reason, ended.scope) == ("invalid_auth", Scope.INSTALLATION)


def test_a_missing_scope_is_named(slack: SlackServer, sink: SlackSink) -> None:
    slack.scopes.discard("chat:write")
    ended = sink.send(ID, "C1", NOTE)
    assert isinstance(ended, Rejected)
    assert ended.advice == "Add the scope `chat:write` to the app and install it again."


# ── refused blocks ────────────────────────────────────────────────────────────


def test_refused_blocks_go_out_as_plain_text(slack: SlackServer, sink: SlackSink) -> None:
    ended = sink.send(ID, "C1", broken())
    (posted,) = slack.messages("C1")
    assert ended == Sent(ts=posted["ts"])
    assert posted["text"] == "Sites found &amp; named"
    assert "blocks" not in posted
    assert posted["metadata"]["event_payload"] == {"delivery_id": ID}


def test_the_plain_text_is_short_and_whole(slack: SlackServer, sink: SlackSink) -> None:
    long = Message(text="a &amp; b " * 4000, blocks=({"type": "nonsense"},))
    assert isinstance(sink.send(ID, "C1", long), Sent)
    assert len(slack.messages("C1")[0]["text"]) <= 3000


def test_refused_metadata_is_left_out(slack: SlackServer, sink: SlackSink) -> None:
    slack.faults.push("error", code="metadata_too_large")
    assert isinstance(sink.send(ID, "C1", NOTE), Sent)
    assert "metadata" not in slack.messages("C1")[0]


def test_text_refused_too_is_a_dead_letter_with_the_first_reason(
    slack: SlackServer, sink: SlackSink
) -> None:
    slack.faults.push("error", code="invalid_blocks_format")
    slack.faults.push("error", code="no_text")
    ended = sink.send(ID, "C1", NOTE)
    assert isinstance(ended, Rejected)
    assert (ended.reason, ended.scope) == ("invalid_blocks_format", Scope.DELIVERY)
    assert len(slack.calls) == 2


@pytest.mark.parametrize(
    ("second", "expected"),
    [("rate_limited", Retry), ("reset_after_accept", Unknown), ("http_after_accept", Unknown)],
)
def test_trouble_with_the_plain_text_counts_as_its_own(
    slack: SlackServer, sink: SlackSink, second: FaultKind, expected: type[Outcome]
) -> None:
    slack.faults.push("error", code="invalid_blocks")
    slack.faults.push(second)
    assert isinstance(sink.send(ID, "C1", NOTE), expected)


# ── looking it up ─────────────────────────────────────────────────────────────


def test_a_delivery_is_found_on_a_later_page(slack: SlackServer, sink: SlackSink) -> None:
    since = just_now()
    sent = sink.send(ID, "C1", NOTE)
    for number in range(450):
        slack.post_as("C1", f"chatter {number}", user="U1")
    assert sink.find(ID, "C1", since) == (ts_of(sent),)
    assert len(slack.calls_of("conversations.history")) == 3
    assert sink.find("another", "C1", since) == ()


def test_the_look_reaches_back_a_little_for_clocks_that_differ(sink: SlackSink) -> None:
    sent = sink.send(ID, "C1", NOTE)
    assert sink.find(ID, "C1", just_now() + timedelta(hours=23)) == (ts_of(sent),)
    assert sink.find(ID, "C1", just_now() + timedelta(hours=25)) == ()


def test_metadata_of_others_is_not_believed(slack: SlackServer, sink: SlackSink) -> None:
    forged = {"event_type": "watch_alert", "event_payload": {"delivery_id": ID}}
    slack.post_as("C1", "forged", bot_id="B0OTHER", metadata=forged)
    slack.post_as("C1", "forged", user="U1", metadata=forged)
    slack.post_as(
        "C1", "ours of another kind", bot_id=slack.bot_id, metadata={**forged, "event_type": "x"}
    )
    slack.post_as("C1", "ours without", bot_id=slack.bot_id)
    slack.post_as("C1", "ours, odd", bot_id=slack.bot_id, metadata={"event_type": "watch_alert"})
    assert sink.find(ID, "C1", just_now()) == ()


@pytest.mark.parametrize(
    "kind", ["rate_limited", "error", "http_before_accept", "reset_before_accept"]
)
def test_a_look_that_fails_on_any_page_proves_nothing(
    slack: SlackServer, sink: SlackSink, kind: FaultKind
) -> None:
    slack.page_cap = 2
    for number in range(5):
        slack.post_as("C1", f"chatter {number}")
    assert sink.find(ID, "C1", just_now()) == ()
    for _ in range(2):
        slack.post_as("C1", "more")
    calls = len(slack.calls_of("conversations.history"))
    slack.faults.push(kind, method="conversations.history", channel="C1")
    assert isinstance(sink.find(ID, "C1", just_now()), Unknown)
    assert len(slack.calls_of("conversations.history")) == calls + 1


def test_no_right_to_read_the_history_is_said(slack: SlackServer, sink: SlackSink) -> None:
    slack.scopes -= {"channels:history", "groups:history", "im:history"}
    assert sink.find(ID, "C1", just_now()) == Unreadable(reason="missing_scope")


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel"])
def test_a_place_that_is_closed_may_open_again(
    slack: SlackServer, sink: SlackSink, code: str
) -> None:
    slack.faults.push("error", method="conversations.history", channel="C1", code=code)
    assert sink.find(ID, "C1", just_now()) == Unreadable(reason=code, for_good=False)


def test_every_copy_is_found_the_oldest_first(sink: SlackSink) -> None:
    since = just_now()
    first, second = (ts_of(sink.send(ID, "C1", NOTE)) for _ in range(2))
    assert sink.find(ID, "C1", since) == (first, second)


def test_a_reply_is_found_in_its_thread_only(sink: SlackSink) -> None:
    since = just_now()
    parent = ts_of(sink.send("parent", "C1", NOTE))
    reply = ts_of(sink.send(ID, "C1", NOTE, thread=parent))
    assert sink.find(ID, "C1", since) == ()
    assert sink.find(ID, "C1", since, thread=parent) == (reply,)
    assert sink.find(ID, "C1", since, thread="1.000001") == Unreadable(reason="thread_not_found")


def test_a_history_that_never_ends_proves_nothing(slack: SlackServer, sink: SlackSink) -> None:
    slack.add_channel("C6")
    slack.post_as("C6", "x")
    slack.page_cap = 0  # pages that never get anywhere
    assert sink.find(ID, "C6", just_now()) == Unknown(reason="more than 100 pages of history")


class Forgetful(SlackServer):
    """A Slack that says there is more and not where."""

    def _page(self, listed: list[dict[str, Any]], args: Mapping[str, Any]) -> dict[str, Any]:
        return {"messages": [], "has_more": True}


def test_a_history_without_its_next_page_proves_nothing() -> None:
    with Forgetful(token=TOKEN) as slack:
        slack.add_channel("C1")
        found = SlackSink(Secret(TOKEN), slack.api_url, timeout_s=5).find(ID, "C1", just_now())
    assert found == Unknown(reason="the history ended before it was complete")


def test_who_we_are_is_asked_once(slack: SlackServer, sink: SlackSink) -> None:
    for _ in range(3):
        sink.find(ID, "C1", just_now())
    assert len(slack.calls_of("auth.test")) == 1


def test_who_learns_nothing_about_themselves_cannot_look(
    slack: SlackServer, sink: SlackSink
) -> None:
    slack.bot_id = slack.bot_user = ""
    found = sink.find(ID, "C1", just_now())
    assert found == Unreadable(reason="not_allowed_token_type")


def test_a_message_that_names_no_bot_is_ours_by_its_user(
    slack: SlackServer, sink: SlackSink
) -> None:
    marked = {"metadata": {"event_type": "watch_alert", "event_payload": {"delivery_id": ID}}}
    ours = slack.post_as("C1", "an alert", user=slack.bot_user, **marked)
    slack.post_as("C1", "another app's", user="U0OTHER", **marked)
    slack.post_as("C1", "another bot's", user=slack.bot_user, bot_id="B0OTHER", **marked)
    assert sink.find(ID, "C1", just_now()) == (ours,)


# ── direct messages ───────────────────────────────────────────────────────────


def test_a_message_to_a_person_is_edited_found_and_taken_back_where_it_went(
    slack: SlackServer, sink: SlackSink
) -> None:
    """Slack takes a person's id for posting only."""
    slack.add_person("U0ANA", "ana")
    ts = ts_of(sink.send(ID, "U0ANA", NOTE))
    assert sink.edit("U0ANA", ts, notice_message("It is back")) == Sent(ts=ts)
    assert slack.messages("D0ANA")[0]["text"] == "It is back"
    assert sink.find(ID, "U0ANA", just_now()) == (ts,)
    assert sink.delete("U0ANA", ts) == Sent(ts=ts)
    assert slack.messages("D0ANA") == []
    assert len(slack.calls_of("conversations.open")) == 1


def test_a_person_slack_does_not_know_is_refused_like_a_dead_channel(sink: SlackSink) -> None:
    ended = sink.send(ID, "U0GONE", NOTE)
    assert isinstance(ended, Rejected)
    assert (ended.reason, ended.scope) == ("user_not_found", Scope.CHANNEL)
    found = sink.find(ID, "U0GONE", just_now())
    assert found == Unreadable(reason="user_not_found", for_good=False)


def test_without_the_right_to_open_direct_messages_a_person_is_still_told(
    slack: SlackServer, sink: SlackSink
) -> None:
    slack.add_person("U0ANA", "ana")
    slack.scopes.remove("im:write")
    assert isinstance(sink.send(ID, "U0ANA", NOTE), Sent)
    assert len(slack.messages("D0ANA")) == 1


def test_direct_messages_that_did_not_open_are_tried_again_and_nothing_looked_up(
    slack: SlackServer, sink: SlackSink
) -> None:
    slack.add_person("U0ANA", "ana")
    slack.faults.push("error", method="conversations.open", code="internal_error")
    assert isinstance(sink.send(ID, "U0ANA", NOTE), Retry)


# ── changing and taking back ──────────────────────────────────────────────────


def test_a_message_can_be_changed(slack: SlackServer, sink: SlackSink) -> None:
    ts = ts_of(sink.send(ID, "C1", NOTE))
    alert = Message(text="3 outlets", blocks=(section("*3 outlets*"),))
    assert sink.edit("C1", ts, alert) == Sent(ts=ts)
    (shown,) = slack.messages("C1")
    assert (shown["text"], shown["blocks"]) == (alert.text, list(alert.blocks))
    assert sink.find(ID, "C1", just_now()) == (ts,), "it is still known by its id"
    assert sink.edit("C1", ts, broken()) == Sent(ts=ts)
    assert slack.messages("C1")[0]["text"] == broken().text


def test_a_message_can_be_taken_back(slack: SlackServer, sink: SlackSink) -> None:
    ts = ts_of(sink.send(ID, "C1", NOTE))
    assert sink.delete("C1", ts) == Sent(ts=ts)
    assert slack.messages("C1") == []
    assert sink.delete("C1", ts) == Sent(ts=ts), "gone is gone"
    gone = sink.edit("C1", ts, NOTE)
    assert isinstance(gone, Rejected)
    assert (gone.reason, gone.scope) == ("message_not_found", Scope.DELIVERY)


@pytest.mark.parametrize("method", ["chat.update", "chat.delete"])
def test_a_change_without_an_answer_is_unknown(
    slack: SlackServer, sink: SlackSink, method: str
) -> None:
    ts = ts_of(sink.send(ID, "C1", NOTE))
    slack.faults.push("reset_after_accept", method=method, channel="C1")
    change = {"chat.update": lambda: sink.edit("C1", ts, NOTE)}
    ended = change.get(method, lambda: sink.delete("C1", ts))()
    assert isinstance(ended, Unknown)


# ── secrets ───────────────────────────────────────────────────────────────────


def test_the_token_shows_nowhere(
    slack: SlackServer,
    sink: SlackSink,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(sink), str(sink)]
    kinds: list[FaultKind] = [
        "reset_after_accept", "http_after_accept", "garbage_after_accept", "error", "rate_limited",
    ]  # fmt: skip
    for kind in kinds:
        said.append(repr(ended_with(slack, sink, kind)))
        slack.faults.push(kind, method="conversations.history")
        said.append(repr(sink.find(ID, "C1", just_now())))
    said.append(repr(sink.send(ID, "C1", NOTE)))
    printed = capsys.readouterr()
    everything = "\n".join([*said, caplog.text, printed.out, printed.err])
    assert "Sent" in everything
    assert TOKEN not in everything
    assert "very-secret" not in everything
    assert "found" not in caplog.text  # nor what was posted
