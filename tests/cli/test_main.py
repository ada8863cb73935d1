"""The shape of the command line, and what importing it costs."""

import subprocess
import sys

import pytest

from bot.cli import build_parser, main


def commands() -> list[str]:
    (subparsers,) = [
        a
        for a in build_parser()._actions
        if hasattr(a, "choices") and a.choices and a.dest != "log"
    ]
    assert subparsers.choices
    return list(subparsers.choices)


def test_every_command_of_the_issue_is_there() -> None:
    assert set(commands()) == {
        *("run", "demo", "check", "poll", "deliver", "watch", "digest", "feeds"),
        *("parse", "match", "entities", "replay"),
    }


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 4


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, bot.cli; bot.cli.build_parser().format_help();"
        "heavy = {'feedparser', 'slack_sdk', 'slack_bolt', 'pycurl', 'lark', 'rich', 'yaml',"
        " 'apscheduler', 'sqlite_utils', 'ahocorasick_rs', 'selectolax'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_python_m_bot_is_the_same_program() -> None:
    command = [sys.executable, "-m", "bot", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("watchdesk ")
