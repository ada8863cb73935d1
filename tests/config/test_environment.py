"""The environment: values, files that hold them, and messages that never show them."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from bot.config import Environment, Secret, read_environment
from bot.errors import ConfigError


def problems_of(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_environment(environ)
    return [str(problem) for problem in caught.value.problems]


def test_nothing_set_gives_the_defaults() -> None:
    environment = read_environment({"PATH": "/bin"})
    assert environment == Environment()
    assert environment.slack_api_url == "https://slack.com/api/"
    assert environment.database_url == "sqlite:///watchdesk.db"
    assert environment.secrets == ()


def test_the_process_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////data/news.db")
    assert read_environment().database_url == "sqlite:////data/news.db"


def test_every_variable_arrives() -> None:
    environment = read_environment(
        {
            "SLACK_BOT_TOKEN": " xoxb-1 ",
            "SLACK_APP_TOKEN": "xapp-2",
            "SLACK_SIGNING_SECRET": "abc",
            "SLACK_API_URL": "http://127.0.0.1:8080/api",
            "DATABASE_URL": "sqlite:///:memory:",
        }
    )
    assert environment == Environment(
        slack_bot_token=Secret("xoxb-1"),
        slack_app_token=Secret("xapp-2"),
        slack_signing_secret=Secret("abc"),
        slack_api_url="http://127.0.0.1:8080/api/",
        database_url="sqlite:///:memory:",
    )
    assert [secret.reveal() for secret in environment.secrets] == ["xoxb-1", "xapp-2", "abc"]


def test_an_empty_variable_is_not_set() -> None:
    assert read_environment({"SLACK_BOT_TOKEN": "", "DATABASE_URL_FILE": " "}) == Environment()


def test_a_file_holds_the_value(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-from-file\n")
    found = read_environment({"SLACK_BOT_TOKEN_FILE": str(file)})
    assert found.slack_bot_token == Secret("xoxb-from-file")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "can't be read: No such file or directory → check that"),
        (b"", "is empty → write the value into it"),
        (b"\xff\xfe", "is not text → write only the value"),
    ],
)
def test_a_file_without_a_value(tmp_path: Path, content: bytes | None, problem: str) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    [said] = problems_of({"SLACK_BOT_TOKEN_FILE": str(file)})
    assert said.startswith(f"SLACK_BOT_TOKEN: the file of SLACK_BOT_TOKEN_FILE {problem}")


def test_a_value_and_a_file_are_one_too_many(tmp_path: Path) -> None:
    [said] = problems_of({"SLACK_APP_TOKEN": "xapp-1", "SLACK_APP_TOKEN_FILE": str(tmp_path)})
    assert said == "SLACK_APP_TOKEN: SLACK_APP_TOKEN_FILE is set as well → unset one of the two"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xapp-swapped", "is another kind of token (xapp-…)"),
        ("SLACK_BOT_TOKEN", "xoxb-1 xoxb-2", "has blanks inside"),
        ("SLACK_APP_TOKEN", "xoxb-swapped", "is another kind of token (xoxb-…)"),
        ("SLACK_SIGNING_SECRET", "not a secret", "has blanks inside"),
        ("SLACK_API_URL", "http://slack.example/api/", "would send the token in the clear"),
        ("SLACK_API_URL", "https://me:swordfish@slack.example/", "carries a user name or password"),
        ("SLACK_API_URL", "slack.example", "has no http:// or https:// in front"),
        ("DATABASE_URL", "postgresql://me:swordfish@db/news", "is no SQLite address (postgresql)"),
        ("DATABASE_URL", "news.db", "is no SQLite address (no scheme)"),
        ("DATABASE_URL", "sqlite:///", "is no SQLite address (sqlite)"),
    ],
)
def test_a_wrong_value_names_the_variable_and_the_way_out(name: str, value: str, said: str) -> None:
    [problem] = problems_of({name: value})
    assert problem.startswith(f"{name}: ")
    assert said in problem
    assert " → " in problem
    assert "swordfish" not in problem
    assert "swapped" not in problem


def test_all_problems_come_at_once() -> None:
    said = problems_of({"SLACK_BOT_TOKEN": "xapp-1", "DATABASE_URL": "x", "SLACK_API_URL": "x"})
    assert [line.partition(":")[0] for line in said] == [
        "SLACK_BOT_TOKEN",
        "SLACK_API_URL",
        "DATABASE_URL",
    ]


def test_a_secret_shows_nowhere() -> None:
    secret = Secret("swordfish")
    environment = Environment(slack_bot_token=secret, database_url="sqlite:///swordfish.db")
    shown = (str(secret), repr(secret), f"{secret}", f"{secret:>9}")
    for text in (*shown, repr(environment), repr([secret]), str(vars(type(secret)))):
        assert "swordfish" not in text
    assert str(secret) == "***"
    assert secret.reveal() == "swordfish"


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a") == copy.copy(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
