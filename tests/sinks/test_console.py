"""The console shows what Slack would, and no feed can command the terminal."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.core.models import Alert, Entry, Level, Message, Reason, Rule, Sent
from bot.core.render import Button, alert_message, digest_message, reply_message
from bot.sinks import Sink
from bot.sinks.console import ConsoleSink, message_panel
from bot.sinks.console.blocks import colour
from bot.sinks.console.mrkdwn import read_mrkdwn
from tests.render.hostile import alerts, texts
from tests.render.test_digest import DIGEST

SEOUL = ZoneInfo("Asia/Seoul")
ENTRY = Entry(
    key="1",
    title="Undeclared missile bases identified",
    summary="One lies behind the Sohae launch site.",
    url="https://outlet.example/story?a=1&b=2",
    published=datetime(2018, 11, 12, 5, 20, tzinfo=UTC),
    outlet="Our Outlet",
)
RULE = Rule(name="NK missile bases", query="missile", channel="C1", level=Level.FLASH, id=12)
WHY = Reason(
    field="summary", text="Sohae", start=20, end=25, term="Sohae", path=("Sohae", "North Korea")
)
ALERT = alert_message(Alert(entry=ENTRY, rules=(RULE,), why=(WHY,)))

# What rich itself emits: colours and styles, and links as OSC 8 to an http(s) address.
_ALLOWED = re.compile(
    r"\x1b\[[0-9;]*m|\x1b\]8;(?:id=[0-9-]+)?;(?:https?://[^\x00-\x20\x7f-\x9f]*)?\x1b\\"
)
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def a_console(*, colours: bool = False, width: int = 100) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colours, color_system="truecolor" if colours else None
    )
    return console, out


def shown(message: Message, *, colours: bool = False) -> str:
    console, out = a_console(colours=colours)
    ConsoleSink(console, zone=SEOUL).send("d1", "#alerts", message)
    return out.getvalue()


def inside(message: Message) -> list[str]:
    """Return the lines within the frame."""
    return [line.strip("│ ").rstrip() for line in shown(message).splitlines()[1:-1]]


def test_it_is_a_sink() -> None:
    sink: Sink = ConsoleSink(a_console()[0])
    assert sink.send("d1", "C1", ALERT) == Sent(ts="console:d1")


def test_an_alert_looks_as_in_slack() -> None:
    assert inside(ALERT) == [
        "🔴 FLASH · NK missile bases (W12)",
        "Undeclared missile bases identified",
        "Our Outlet · outlet.example · 12 Nov 2018 14:20 KST",
        "One lies behind the Sohae launch site.",
        "why: Sohae → North Korea (summary)",
    ]
    assert "#alerts" in shown(ALERT).splitlines()[0]


def test_the_title_is_a_link_and_the_matched_term_bold() -> None:
    drawn = shown(ALERT, colours=True)
    assert re.search(
        r"\x1b\]8;id=\d+;https://outlet\.example/story\?a=1&b=2\x1b\\.*Undeclared", drawn
    )
    assert "\x1b[1mSohae\x1b[0m launch" in drawn


def test_the_frame_has_the_levels_colour() -> None:
    assert colour(ALERT) == "red"
    assert colour(reply_message(["x"])) == "bright_black"
    assert colour(Message(text="x")) == "bright_black"
    quiet = Alert(entry=ENTRY, rules=(), why=())
    assert colour(alert_message(quiet)) == "blue"


def test_a_digest_looks_as_in_slack() -> None:
    lines = inside(digest_message(DIGEST))
    assert lines[0] == "Digest · last 24 h · W12"
    assert lines[2].startswith(
        "1. 🔴 Launch site rebuilt — One, Two, Three and 1 more · 12 Nov 2018"
    )
    assert "W12 NK missile bases  ▁▂▃█  16" in lines
    assert lines[-1].startswith("⚠ F7 Our")


def test_a_picture_of_a_reply_shows_its_buttons() -> None:
    message = reply_message(["*W12* in <#C1|alerts>"], buttons=[Button(text="Undo", action_id="u")])
    console, out = a_console()
    console.print(message_panel(message))
    assert "W12 in #alerts" in out.getvalue()
    assert "[ Undo ]" in out.getvalue()


def test_every_element_has_a_look() -> None:
    section = {"type": "rich_text_section"}
    elements = [
        {"type": "user", "user_id": "U1"}, {"type": "text", "text": " "}, {"type": "broadcast", "range": "here"},
        {"type": "link", "url": "javascript:x"}, {"type": "emoji", "name": "nobody-knows"},
    ]  # fmt: skip
    bullets = {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [{**section, "elements": elements}],
    }
    blocks = (
        {"type": "rich_text", "elements": [bullets]},
        {"type": "divider"},
        {"type": "section", "fields": [{"type": "plain_text", "text": "*as is*"}]},
        {
            "type": "context",
            "elements": [{"type": "image", "image_url": "x", "alt_text": "a chart"}],
        },
        {"type": "video"},
    )
    lines = inside(Message(text="x", blocks=blocks))
    assert lines[0] == "• @U1 @broadcastjavascript:x:nobody-knows:"
    assert set(lines[1]) == {"─"}
    assert lines[2:] == ["*as is*", "a chart", "[video]"]


def test_a_message_without_blocks_shows_its_text() -> None:
    assert inside(Message(text="a &amp; *b* &lt;c&gt;")) == ["a & b <c>"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*bold* _it_ ~gone~ `code *x*`", "bold it gone code *x*"),
        ("```\nfence &lt;x&gt;\n```", "fence <x>"),
        ("a*b*c 3 * 4 * 5 snake_case_name", "a*b*c 3 * 4 * 5 snake_case_name"),
        (
            "<https://x.example/?a=1&amp;b=2|the *title*> <https://y.example>",
            "the *title* https://y.example",
        ),
        ("<#C1|alerts> <#C2> <@U1|ana> <@U2> <!here>", "#alerts #C2 @ana @U2 @here"),
        ("<!date^1542000000^{date_short_pretty} {time}|whenever>", "12 Nov 2018 14:20 KST"),
        ("<!date^soon^{time}|whenever &amp; so>", "whenever & so"),
        ("<!date^99999999999999^{time}|far off>", "far off"),
        (":warning: at 10:20:30 :no_such_emoji:", "⚠ at 10:20:30 :no_such_emoji:"),
        ("*<https://x.example|bold link>*", "bold link"),
    ],
)
def test_mrkdwn_reads_as_in_slack(text: str, plain: str) -> None:
    assert read_mrkdwn(text, SEOUL).plain == plain


def test_times_without_a_zone_are_the_machines() -> None:
    here = datetime.fromtimestamp(1_542_000_000, UTC).astimezone()
    assert f"{here:%H:%M}" in read_mrkdwn("<!date^1542000000^{time}|x>", None).plain


def test_a_feed_cannot_speak_rich_markup() -> None:
    entry = Entry(key="1", title="[bold red]x[/] [link=http://evil.example]y[/link] :smile:")
    message = alert_message(Alert(entry=entry, rules=(), why=()))
    assert inside(message)[1] == "[bold red]x[/] [link=http://evil.example]y[/link] :smile:"


def commands(drawn: str) -> list[str]:
    return _FORBIDDEN.findall(_ALLOWED.sub("", drawn))


@settings(max_examples=60)
@given(alerts)
def test_no_alert_commands_the_terminal(alert: Alert) -> None:
    assert commands(shown(alert_message(alert), colours=True)) == []


@settings(max_examples=60)
@given(texts, texts, st.sampled_from(["text", "link", "emoji", "user"]))
def test_no_message_from_elsewhere_commands_the_terminal(text: str, other: str, kind: str) -> None:
    element = {"type": kind, "text": text, "url": other, "name": text, "user_id": other}
    blocks = (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]},
        {"type": "section", "text": {"type": "mrkdwn", "text": text + other}},
        {"type": "header", "text": {"type": "plain_text", "text": text}},
        {"type": "actions", "elements": [{"type": "button", "text": {"text": text}}]},
        {"type": text},
    )
    console, out = a_console(colours=True)
    ConsoleSink(console).send("d", text, Message(text=text, blocks=blocks))
    assert commands(out.getvalue()) == []


def test_a_panel_is_no_wider_than_is_readable() -> None:
    console, out = a_console(width=300)
    ConsoleSink(console).send("d", "C1", ALERT)
    assert max(map(cell_len, out.getvalue().splitlines())) == 100
    console, out = a_console(width=300)
    console.print(message_panel(ALERT))
    assert max(map(cell_len, out.getvalue().splitlines())) == 300


# ── JSON ──────────────────────────────────────────────────────────────────────


def test_json_is_one_object_per_line() -> None:
    console, out = a_console(width=20)
    sink = ConsoleSink(console, json=True)
    sink.send("d1", "C1", ALERT)
    sink.send("d2", "#x", reply_message(["[bold]y[/bold]"]))
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == {
        "delivery_id": "d1", "channel": "C1", "text": ALERT.text, "blocks": list(ALERT.blocks),
    }  # fmt: skip
    assert second["text"] == "[bold]y[/bold]"


@settings(max_examples=40)
@given(texts)
def test_json_holds_no_control_characters(text: str) -> None:
    console, out = a_console(colours=True)
    ConsoleSink(console, json=True).send("d", "C1", Message(text=text))
    line = out.getvalue().removesuffix("\n")
    assert line.isascii()
    assert commands(line) == []
    assert json.loads(line)["text"] == text


# ── find ──────────────────────────────────────────────────────────────────────


def test_the_console_remembers_what_it_printed() -> None:
    sink = ConsoleSink(a_console()[0])
    sent = sink.send("d1", "C1", ALERT)
    assert isinstance(sent, Sent)
    assert sink.find("d1", "C1", datetime.now(UTC)) == (sent.ts,)
    assert sink.find("d2", "C1", datetime.now(UTC)) == ()


def test_the_console_prints_what_changed() -> None:
    console, printed = a_console()
    sink = ConsoleSink(console)
    assert sink.edit("C1", "console:d1", ALERT) == Sent(ts="console:d1")
    assert "C1 · edited" in printed.getvalue()
    assert sink.delete("C1", "console:d1") == Sent(ts="console:d1")


@pytest.mark.parametrize("as_json", [False, True])
def test_what_can_not_be_pressed_is_not_shown(as_json: bool) -> None:
    console = Console(file=(out := io.StringIO()), width=100)
    sink = ConsoleSink(console, json=as_json)
    with_buttons = alert_message(Alert(entry=ENTRY, rules=(RULE,), why=(WHY,), id="d1"))
    sink.send("d1", "#nk", with_buttons)
    sink.edit("#nk", "console:d1", with_buttons)
    assert ENTRY.title in out.getvalue()
    assert "Useful" not in out.getvalue()
