"""Replies and notices fit Slack whatever they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.render import Button, code, escape, notice_message, reply_message
from bot.core.render.blocks import MAX_BLOCKS_CHARS, MAX_TEXT, size
from tests.render.hostile import texts
from tests.render.reading import links, plain, refusals


def test_lines_become_one_section() -> None:
    message = reply_message(["*W12* " + code("missile base*"), "in <#C1>"])
    assert plain(message) == message.text == "*W12* `missile base*`\nin <#C1>"
    assert refusals(message) == []


def test_nothing_to_say_is_said() -> None:
    for message in (reply_message([]), reply_message(["", " "]), notice_message("")):
        assert message.text == plain(message) == "(nothing to show)"
        assert refusals(message) == []


def test_long_replies_are_split_between_lines() -> None:
    message = reply_message([f"line {n} " + "x" * 90 for n in range(60)])
    assert len(message.blocks) == 3
    assert plain(message).splitlines() == [f"line {n} " + "x" * 90 for n in range(60)]
    assert refusals(message) == []


def test_a_reply_too_long_for_slack_says_how_much_is_left_out() -> None:
    message = reply_message([f"line {n}" for n in range(5000)])
    shown = plain(message).splitlines()
    assert shown[-1] == f"… and {5000 - (len(shown) - 1):,} more lines"
    assert refusals(message) == []


def test_a_single_endless_line_is_cut_outside_its_markup() -> None:
    message = reply_message(["<https://x.example|y> " * 500])
    assert plain(message).endswith("|y>…")
    assert refusals(message) == []


def test_a_notice_shows_plain_text_as_written() -> None:
    message = notice_message("<!channel> *a*\nb & c")
    assert plain(message) == "&lt;!channel&gt; ∗a∗\nb &amp; c"


def test_buttons_carry_ids_and_ask_before_they_destroy() -> None:
    remove = Button(
        text="Remove", action_id="rule_remove", value="12", style="danger", confirm="Remove W12?"
    )
    undo = Button(text="Undo", action_id="undo")
    message = reply_message(["W12"], buttons=[remove, undo])
    row = message.blocks[-1]["elements"]
    assert [element["action_id"] for element in row] == ["rule_remove", "undo"]
    assert row[0]["value"] == "12"
    assert row[0]["style"] == "danger"
    assert row[0]["confirm"]["text"]["text"] == "Remove W12?"
    assert set(row[1]) == {"type", "action_id", "text"}
    assert refusals(message) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "", "action_id": "a"},
        {"text": "x", "action_id": ""},
        {"text": "x", "action_id": "a" * 256},
        {"text": "x", "action_id": "a", "value": "v" * 2001},
    ],
)
def test_a_button_that_slack_would_refuse_is_a_bug(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a button needs"):
        Button(**wrong)


@settings(max_examples=60)
@given(st.lists(texts.map(escape), max_size=40), texts, texts)
def test_any_reply_passes_slack(lines: list[str], label: str, question: str) -> None:
    button = Button(text=label + "x", action_id="a", confirm=question)
    message = reply_message(lines * 5, buttons=[button] * 1)
    assert refusals(message) == []
    assert size(message.blocks) <= MAX_BLOCKS_CHARS
    assert len(message.text) <= MAX_TEXT


@given(texts)
def test_a_notice_makes_nothing_live(text: str) -> None:
    message = notice_message(text)
    assert refusals(message) == []
    assert links(message) == set()
