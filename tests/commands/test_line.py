"""Command lines, read: options out, everything else kept in its place."""

from __future__ import annotations

import pytest

from bot.commands.line import (
    channel_reference,
    name_of,
    nearest,
    numbered,
    read_line,
    stray_channel,
    terms,
)
from bot.errors import CommandError


def test_options_are_taken_out_wherever_they_stand() -> None:
    line = read_line('in:#nk missile name:"NK bases" base* LEVEL:Urgent')
    assert line.options == {"in": "#nk", "name": "NK bases", "level": "Urgent"}
    assert line.query.split() == ["missile", "base*"]


def test_what_is_left_keeps_its_place_so_that_errors_can_point_at_it() -> None:
    line = read_line("in:#nk missile")
    assert len(line.query) == len(line.text)
    assert line.query.index("missile") == line.text.index("missile")


def test_what_stands_in_quotes_is_no_option() -> None:
    line = read_line('"say in:#x now" title:"level:urgent"')
    assert line.options == {}
    assert line.query == line.text


def test_an_option_starts_a_word() -> None:
    assert read_line("built-in:yes -level:flash (name:x)").options == {}


def test_curly_quotes_and_invisible_characters_are_understood() -> None:
    line = read_line("missile\u00a0base\u200b name:“NK bases”")
    assert line.options == {"name": "NK bases"}
    assert line.query.split() == ["missile", "base"]


def test_a_channel_as_slack_writes_it() -> None:
    assert read_line("x in:<#C012345|nk-alerts> y").options == {"in": "<#C012345|nk-alerts>"}
    assert channel_reference("<#C012345|nk-alerts>") == "C012345"
    assert channel_reference("<#C012345>") == "C012345"
    assert channel_reference("#nk") == "#nk"
    assert stray_channel("missile <#C012345|nk>") == "<#C012345|nk>"
    assert stray_channel("missile #nk") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("in:#a x in:#b", "`in:` is given twice"),
        ("x in:", "`in:` has nothing after it"),
        ('x name:"  "', "`name:` has nothing after it"),
        ('x name:"NK', "quote after `name:` is not closed"),
        ("x level: urgent", "`level:` has nothing after it"),
    ],
)
def test_an_option_that_can_not_be_read_says_how_to_write_it(text: str, words: str) -> None:
    with pytest.raises(CommandError) as refused:
        read_line(text)
    assert words in str(refused.value)
    assert "`" in str(refused.value).split(".", 1)[1]  # the right way to write it


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("a b", ["a", "b"]),
        ('+"two words" -b', ['+"two words"', "-b"]),
        ("+(a OR b) c", ["+(a OR b)", "c"]),
        ('actor:"Kim Jong Un"  x', ['actor:"Kim Jong Un"', "x"]),
        ("", []),
        ("a) b", ["a)", "b"]),
    ],
)
def test_terms_are_cut_outside_quotes_and_brackets(query: str, found: list[str]) -> None:
    assert terms(query) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("W12", 12),
        ("w12", 12),
        ("12", 12),
        (" W012 ", 12),
        ("F12", None),
        ("W", None),
        ("W1x", None),
    ],
)
def test_ids(text: str, number: int | None) -> None:
    assert numbered(text, "W") == number


def test_names() -> None:
    assert name_of("x" * 80) == "x" * 80
    with pytest.raises(CommandError, match="at most 80"):
        name_of("x" * 81)


def test_the_nearest_word() -> None:
    assert nearest("Lst", ["list", "show"]) == "list"
    assert nearest("zzz", ["list", "show"]) is None
