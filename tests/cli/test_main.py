"""The shape of the command line, and what importing it costs."""

import subprocess
import sys
from pathlib import Path

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
        *("parse", "match", "entities", "replay", "backup", "restore", "prune"),
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


def test_a_reader_that_leaves_early_gets_no_traceback(tmp_path: Path) -> None:
    entries, rules = tmp_path / "many.jsonl", tmp_path / "rules.yaml"
    entries.write_text('{"title": "Missile bases are found"}\n' * 3000)
    rules.write_text("rules: [{keywords: [missile]}]")
    command = [sys.executable, "-m", "bot", "match", str(entries), "--rules", str(rules), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout
        assert reading.stderr
        reading.stdout.readline()
        reading.stdout.close()
        assert reading.stderr.read() == b""
    assert reading.returncode == 1


def test_a_folder_in_place_of_a_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("entities", "parse"):
        assert main([command, str(tmp_path)]) == 1
        assert capsys.readouterr().err == f"{tmp_path}: Is a directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    entries = tmp_path / "one.jsonl"
    entries.write_text('{"title": "Missile bases are found"}')
    command = [sys.executable, "-m", "bot", "entities", str(entries), "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "No space left" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
