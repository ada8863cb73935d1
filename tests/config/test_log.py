"""Log lines: one per event, readable by people and machines, without secrets."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest

from bot.config import Secret
from bot.log import Line, get_logger, setup


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root, bot = logging.getLogger(), logging.getLogger("bot")
    handlers, levels = root.handlers[:], (root.level, bot.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    bot.setLevel(levels[1])


def lines_of(write: Callable[[], None], level: str = "INFO", **options: object) -> list[str]:
    stream = io.StringIO()
    setup(level, stream=stream, **options)  # type: ignore[arg-type]
    write()
    return stream.getvalue().splitlines()


def test_an_event_is_one_line_of_fields() -> None:
    log = get_logger("bot.poll")
    [line] = lines_of(lambda: log.warning("feed failed", feed="https://a.example/", failures=3))
    moment, said = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    assert said == "WARNING poll: feed failed feed=https://a.example/ failures=3"


def test_the_time_is_utc_whatever_the_machine_says() -> None:
    record = logging.LogRecord("bot.x", logging.INFO, "", 0, "y", (), None)
    record.created = 0.0
    assert Line().format(record) == "1970-01-01T00:00:00.000Z INFO x: y"


def test_values_can_not_break_the_line() -> None:
    log = get_logger("bot.poll")
    [line] = lines_of(
        lambda: log.info(
            "parsed\nfake", title='a "b"\n2026 ERROR x\x1b[31m\x9b\u2028', empty="", n=0
        )
    )
    assert line.endswith(
        r'parsed fake title="a \"b\"\n2026 ERROR x\u001b[31m\u009b\u2028" empty="" n=0'
    )


def test_an_exception_stays_on_its_line() -> None:
    def write() -> None:
        try:
            int("xoxb-12-abcdef")
        except ValueError:
            get_logger("bot.deliver").exception("failed", channel="#nk")

    [line] = lines_of(write)
    assert "deliver: failed channel=#nk traceback=" in line
    assert r"\nValueError: invalid literal for int() with base 10: '***'" in line


@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_leaves(as_json: bool) -> None:
    secrets = (Secret('sign"ing'), Secret('sign"ing-longer'), Secret(""))
    shown = 'xoxb-1234-ab xapp-1-A xoxp-9999 https://hooks.slack.com/services/T/B/x sign"ing-longer'

    def write() -> None:
        get_logger("bot.x").info(shown, url=shown, nested={"headers": [shown]})
        logging.getLogger("slack_sdk").warning("sent %s", shown)

    lines = lines_of(write, as_json=as_json, secrets=secrets)
    assert len(lines) == 2
    for line in lines:
        assert "***" in line
        for token in ("xoxb", "xapp", "xoxp", "services", "ing-longer", "sign"):
            assert token not in line


def test_json_lines_are_objects() -> None:
    log = get_logger("bot.poll")
    [line] = lines_of(lambda: log.info("polled", new=3, feed="원", at=Secret("x")), as_json=True)
    event = json.loads(line)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "info",
        "logger": "poll",
        "event": "polled",
        "new": 3,
        "feed": "원",
        "at": "***",
    }


def test_levels_hold_for_us_and_keep_others_quiet() -> None:
    def write() -> None:
        for name in ("bot.x", "library"):
            log = get_logger(name)
            log.debug("d")
            log.info("i")
            log.warning("w")
            log.error("e")

    def said(level: str) -> list[str]:
        return [line.split(" ", 1)[1] for line in lines_of(write, level)]

    assert said("DEBUG") == [
        *("DEBUG x: d", "INFO x: i", "WARNING x: w", "ERROR x: e"),
        *("WARNING library: w", "ERROR library: e"),
    ]
    assert said("ERROR") == ["ERROR x: e", "ERROR library: e"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        setup("LOUD", stream=io.StringIO())


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def written() -> str:
        stream = Terminal()
        setup(stream=stream)
        get_logger("bot.x").info("y")
        return stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033[36mINFO\033[0m x: y" in written()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in written()
    assert "\033" not in lines_of(lambda: get_logger("bot.x").info("y"))[0]


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    setup()
    get_logger("bot.x").info("y")
    assert capsys.readouterr().err.endswith("INFO x: y\n")
