"""`bot demo`: the show as a newcomer sees it."""

import io
import re

import pytest

from bot.cli import main


class Keyboard(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_the_show_ends_by_itself_when_nobody_can_type(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("/watch list\n"))
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert "1 answered 304" in out
    assert "0 alerts repeated." in out
    assert "/watch list" not in out
    alerts = [int(n) for n in re.findall(r"alerts: (\d+)", out)]
    shown = re.findall(r"─ (#[\w-]+)( · [a-z ]+)? ─╮", out)
    posts = sum(not how for _, how in shown)
    # of two stories that turned out to be one, only one alert goes out
    assert sum(alerts) >= posts > 15
    replies = sum(how == " · in the thread" for _, how in shown)
    assert f"{posts} alerts and {replies} replies in their threads, each once." in out
    assert re.search(r"W\d+\b.*\(W1\d\)", out) is None, "rules came twice"


def test_a_person_may_type_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [
        "/watch add landmine* in:#nk-alerts yes",
        "digest 7d W1",
        "hello",
        "",
        "watch nonsense",
    ]
    monkeypatch.setattr("sys.stdin", Keyboard("\n".join([*typed, "exit", "/watch mutes"])))
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert "Watching: W11" in out
    assert "Digest · last 7 d · W1" in out
    assert "Type /watch … or /digest …" in out
    assert "mutes" not in out


def test_the_end_of_input_ends_the_prompt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(""))
    assert main(["demo"]) == 0
    assert "Try /watch" in capsys.readouterr().out


def test_once_asks_nobody(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("/watch list\n"))
    assert main(["demo", "--once"]) == 0
    assert "Try /watch" not in capsys.readouterr().out
