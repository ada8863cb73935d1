"""Uploading pictures to a strict Slack: three calls, bounded time, nowhere else, and never an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bot.config import Secret
from bot.core.models import Message, Sent
from bot.core.render.blocks import picture, section
from bot.sinks import Pictures
from bot.sinks.slack import SlackSink
from bot.sinks.slack.files import SlackPictures
from tests.servers.faults import FaultKind
from tests.servers.slack_server import SlackServer

TOKEN = "xoxb-9999-very-secret"
PNG = b"\x89PNG not really"


@dataclass
class Seconds:
    now: list[float] = field(default_factory=lambda: [0.0])

    def __call__(self) -> float:
        return self.now[0]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(token=TOKEN) as server:
        server.add_channel("C1", "alerts")
        yield server


@pytest.fixture
def pictures(slack: SlackServer) -> SlackPictures:
    return SlackPictures(Secret(TOKEN), slack.api_url, timeout_s=5)


def shown(file_id: str) -> Message:
    bars, image = section("▁▂▃"), picture(file_id, "three days")
    return Message(text="Digest", blocks=(image,), instead=(bars,))


def test_a_picture_is_announced_sent_and_completed(
    slack: SlackServer, pictures: SlackPictures
) -> None:
    checked: Pictures = pictures
    file_id = checked.keep(PNG, alt="three <days>")
    assert file_id is not None
    file = slack.files[file_id]
    assert (file.content, file.alt, file.is_complete) == (PNG, "three <days>", True)
    assert [call.method for call in slack.calls] == [
        "files.getUploadURLExternal", "upload", "files.completeUploadExternal",
    ]  # fmt: skip
    assert "channel_id" not in slack.calls[-1].args  # shared with nobody
    ended = SlackSink(Secret(TOKEN), slack.api_url).send("d1", "C1", shown(file_id))
    assert isinstance(ended, Sent)
    assert slack.messages("C1")[0]["blocks"] == [dict(picture(file_id, "three days"))]


def test_words_too_long_for_slack_are_cut(slack: SlackServer, pictures: SlackPictures) -> None:
    file_id = pictures.keep(PNG, alt="x" * 5000)
    assert file_id is not None
    assert len(slack.files[file_id].alt) == 1000


def test_without_the_right_it_says_so_and_asks_again_in_an_hour(slack: SlackServer) -> None:
    clock = Seconds()
    pictures = SlackPictures(Secret(TOKEN), slack.api_url, clock=clock)
    slack.scopes.discard("files:write")
    assert pictures.trouble == ""
    for _ in range(3):
        assert pictures.keep(PNG, alt="x") is None
    assert len(slack.calls) == 1
    assert "`files:write`" in pictures.trouble
    slack.scopes.add("files:write")
    clock.now[0] += 3601
    assert pictures.keep(PNG, alt="x") is not None
    assert pictures.trouble == ""


@pytest.mark.parametrize(
    "kind", ["error", "http_before_accept", "reset_before_accept", "garbage_after_accept"]
)
@pytest.mark.parametrize(
    "step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
)
def test_what_fails_on_the_way_gives_no_picture_this_time(
    slack: SlackServer, pictures: SlackPictures, step: str, kind: FaultKind
) -> None:
    if (step, kind) in {("upload", "error"), ("upload", "garbage_after_accept")}:
        kind = "http_before_accept"  # any 200 is fine there
    slack.faults.push(kind, method=step)
    assert pictures.keep(PNG, alt="x") is None
    assert pictures.trouble == ""
    assert pictures.keep(PNG, alt="x") is not None


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload"])
def test_it_takes_a_bounded_time(slack: SlackServer, step: str) -> None:
    slack.faults.push("hang_before_accept", method=step)
    pictures = SlackPictures(Secret(TOKEN), slack.api_url, timeout_s=0.3)
    assert pictures.keep(PNG, alt="x") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/upload",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://files.slack.com.evil.example/",
        "https://files.slack.com/upload",  # of another than the one asked
        "",
    ],
)
def test_bytes_go_to_the_host_that_was_asked_and_nowhere_else(
    slack: SlackServer, pictures: SlackPictures, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack, "upload_url", lambda _: url)
    assert pictures.keep(PNG, alt="x") is None
    assert "files.completeUploadExternal" not in [call.method for call in slack.calls]


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("https://files.slack.com/upload/v1/x", True),
        ("https://slack.com/upload", True),
        ("http://files.slack.com/upload", False),
        ("https://evilslack.com/upload", False),
        ("https://slack.com@evil.example/", False),
    ],
)
def test_slack_itself_sends_to_its_own_hosts(url: str, is_slacks: bool) -> None:
    assert SlackPictures(Secret(TOKEN))._is_slacks(url) is is_slacks


def test_a_redirect_is_not_followed(slack: SlackServer, pictures: SlackPictures) -> None:
    slack.faults.push("http_before_accept", method="upload", status=302)
    assert pictures.keep(PNG, alt="x") is None


# ── where a picture is refused ────────────────────────────────────────────────


@pytest.mark.parametrize("file_id", ["F0UNKNOWN", "soon"])
def test_a_message_whose_picture_is_refused_shows_what_stands_for_it(
    slack: SlackServer, pictures: SlackPictures, file_id: str
) -> None:
    slack.files_settle = 3
    file_id = (pictures.keep(PNG, alt="x") or "") if file_id == "soon" else file_id
    sink = SlackSink(Secret(TOKEN), slack.api_url)
    ended = sink.send("d1", "C1", shown(file_id))
    assert isinstance(ended, Sent)
    [posted] = slack.messages("C1")
    assert posted["blocks"] == [dict(section("▁▂▃"))]
    assert posted["metadata"]["event_payload"] == {"delivery_id": "d1"}
    assert isinstance(sink.edit("C1", posted["ts"], shown("F0UNKNOWN")), Sent)


def test_where_that_is_refused_too_there_is_text(slack: SlackServer) -> None:
    broken = Message(text="Digest", blocks=shown("F0").blocks, instead=({"type": "nonsense"},))
    assert isinstance(SlackSink(Secret(TOKEN), slack.api_url).send("d1", "C1", broken), Sent)
    assert "blocks" not in slack.messages("C1")[0]
