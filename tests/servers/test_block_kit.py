"""The validator knows each of Slack's limits: what just fits passes, one more is a problem."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.core.render import Button, alert_message, digest_message, reply_message
from tests.render.reading import payload
from tests.render.test_alert import ALERT
from tests.render.test_digest import DIGEST
from tests.servers.block_kit import problems
from tests.servers.mrkdwn import read_marks

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("ok"), "action_id": "a", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(**more: Any) -> Json:
    return {"text": plain("o"), "value": "v", **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", "options": [option()], **more}


def overflow(count: int, **more: Any) -> Json:
    return {"type": "overflow", "action_id": "o", "options": [option(**more)] * count}


def confirm(**more: Any) -> Json:
    words = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
    return {**words, **more}


def rich(*elements: Json) -> Json:
    line = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [line]}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("l"), "element": element, **more}


TYPED = {"type": "plain_text_input", "action_id": "t"}
DATE = {"type": "date", "timestamp": 1, "format": "{time}"}

# (what, the largest that passes, what goes past it); each is one block of a message
LIMITS: list[tuple[str, Json, Json]] = [
    ("section text", section(text=mrkdwn("x" * 3000)), section(text=mrkdwn("x" * 3001))),
    ("section text, least", section(text=mrkdwn("x")), section(text=mrkdwn(""))),
    ("section fields", section(fields=[plain("x")] * 10), section(fields=[plain("x")] * 11)),
    ("field text", section(fields=[plain("x" * 2000)]), section(fields=[plain("x" * 2001)])),
    ("section content", section(text=plain("x")), section()),
    ("header", {"type": "header", "text": plain("x" * 150)}, {"type": "header", "text": plain("x" * 151)}),
    ("header kind", {"type": "header", "text": plain("x")}, {"type": "header", "text": mrkdwn("x")}),
    (
        "context elements",
        {"type": "context", "elements": [mrkdwn("x")] * 10},
        {"type": "context", "elements": [mrkdwn("x")] * 11},
    ),
    ("context, least", {"type": "context", "elements": [mrkdwn("x")]}, {"type": "context", "elements": []}),
    (
        "actions elements",
        actions(*[button(action_id=f"{n}") for n in range(25)]),
        actions(*[button(action_id=f"{n}") for n in range(26)]),
    ),
    ("action ids", actions(button(), button(action_id="b")), actions(button(), button())),
    ("button text", actions(button(text=plain("x" * 75))), actions(button(text=plain("x" * 76)))),
    ("button value", actions(button(value="x" * 2000)), actions(button(value="x" * 2001))),
    ("button url", actions(button(url="https://x.example/")), actions(button(url="javascript:x"))),
    (
        "button url length",
        actions(button(url="https://" + "x" * 2992)),
        actions(button(url="https://" + "x" * 2993)),
    ),
    ("button style", actions(button(style="danger")), actions(button(style="loud"))),
    ("button kind", actions(button()), actions(button(text=mrkdwn("x")))),
    ("action_id", actions(button(action_id="x" * 255)), actions(button(action_id="x" * 256))),
    ("block_id", {"type": "divider", "block_id": "x" * 255}, {"type": "divider", "block_id": "x" * 256}),
    (
        "confirm title",
        actions(button(confirm=confirm(title=plain("x" * 100)))),
        actions(button(confirm=confirm(title=plain("x" * 101)))),
    ),
    (
        "confirm text",
        actions(button(confirm=confirm(text=mrkdwn("x" * 300)))),
        actions(button(confirm=confirm(text=mrkdwn("x" * 301)))),
    ),
    (
        "confirm yes",
        actions(button(confirm=confirm(confirm=plain("x" * 30)))),
        actions(button(confirm=confirm(confirm=plain("x" * 31)))),
    ),
    (
        "confirm no",
        actions(button(confirm=confirm(deny=plain("x" * 30)))),
        actions(button(confirm=confirm(deny=plain("x" * 31)))),
    ),
    ("overflow options", actions(overflow(5)), actions(overflow(6))),
    ("overflow, least", actions(overflow(1)), actions(overflow(0))),
    ("overflow url", actions(overflow(1, url="https://x.example")), actions(overflow(1, url="x"))),
    ("option text", actions(overflow(1, text=plain("x" * 75))), actions(overflow(1, text=plain("x" * 76)))),
    ("option value", actions(overflow(1, value="x" * 150)), actions(overflow(1, value="x" * 151))),
    (
        "option description",
        actions(overflow(1, description=plain("x" * 75))),
        actions(overflow(1, description=plain("x" * 76))),
    ),
    ("select options", actions(select(options=[option()] * 100)), actions(select(options=[option()] * 101))),
    (
        "select groups",
        actions({"type": "static_select", "option_groups": [{"label": plain("x"), "options": [option()]}] * 100}),
        actions({"type": "static_select", "option_groups": [{"label": plain("x"), "options": [option()]}] * 101}),
    ),
    ("select, one of two", actions(select()), actions(select(option_groups=[]))),
    ("placeholder", actions(select(placeholder=plain("x" * 150))), actions(select(placeholder=plain("x" * 151)))),
    ("image alt", {"type": "image", "image_url": "https://x.example", "alt_text": "x"}, {"type": "image", "image_url": "https://x.example"}),
    ("divider", {"type": "divider"}, {"type": "divider", "text": "x"}),
    ("input label", field(TYPED, label=plain("x" * 2000)), field(TYPED, label=plain("x" * 2001))),
    ("input hint", field(TYPED, hint=plain("x" * 2000)), field(TYPED, hint=plain("x" * 2001))),
    ("input value", field({**TYPED, "initial_value": "x" * 3000}), field({**TYPED, "initial_value": "x" * 3001})),
    ("input element", field(TYPED), field(button())),
    ("multiline", field({**TYPED, "multiline": True}), field({**TYPED, "multiline": "yes"})),
    ("rich text", rich({"type": "text", "text": "<!channel> & *x*"}), rich({"type": "text", "text": ""})),
    ("rich style", rich({"type": "text", "text": "x", "style": {"bold": True}}), rich({"type": "text", "text": "x", "style": {"loud": True}})),
    ("rich link", rich({"type": "link", "url": "https://x.example"}), rich({"type": "link", "url": "javascript:x"})),
    ("rich link, whole", rich({"type": "link", "url": "https://x.example"}), rich({"type": "link", "url": "https://x|y>"})),
    ("rich date", rich(DATE), rich({**DATE, "timestamp": "1"})),
    ("rich lines", rich(DATE), {"type": "rich_text", "elements": []}),
    ("rich element", rich(DATE), rich({"type": "mystery"})),
    (
        "rich list",
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "ordered", "elements": rich(DATE)["elements"]}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "1.", "elements": rich(DATE)["elements"]}]},
    ),
    ("escaping", section(text=mrkdwn("a &amp; b &lt;")), section(text=mrkdwn("a & b"))),
    ("stray <", section(text=mrkdwn("&lt;")), section(text=mrkdwn("a < b"))),
    ("stray >", section(text=mrkdwn("&gt; x")), section(text=mrkdwn("> x"))),
    ("blank mrkdwn", section(text=mrkdwn(" x ")), section(text=mrkdwn("  \n"))),
    ("surrogate", section(text=plain("\U0001f534")), section(text=plain("\ud83d"))),
    ("known type", {"type": "divider"}, {"type": "video"}),
    ("a type at all", {"type": "divider"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad"), [pytest.param(*case[1:], id=case[0]) for case in LIMITS])
def test_each_limit_holds_on_both_sides(good: Json, bad: Json) -> None:
    assert problems({"text": "x", "blocks": [good]}) == []
    assert problems({"text": "x", "blocks": [bad]}) != []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"text": "x" * 40_000}, {"text": "x" * 40_001}),
        ({"text": "x"}, {}),
        ({"blocks": [{"type": "divider"}]}, {"blocks": []}),
        ({"blocks": [{"type": "divider"}] * 50}, {"blocks": [{"type": "divider"}] * 51}),
        ({"blocks": [section(text=plain("x" * 3000))] * 4}, {"blocks": [section(text=plain("x" * 3000))] * 5}),
        (
            {"blocks": [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "b"}]},
            {"blocks": [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]},
        ),
        ({"text": "&lt;!channel&gt;"}, {"text": "<!channel>"}),
        ({"text": "x", "metadata": {"event_type": "e", "event_payload": {}}}, {"text": "x", "metadata": {"event_type": "e"}}),
        (
            {"text": "x", "metadata": {"event_type": "e", "event_payload": {"id": "1"}}},
            {"text": "x", "metadata": {"event_type": "e", "event_payload": {"id": "1" * 5000}}},
        ),
        ({"text": "x"}, {"text": "x", "metadata": {"event_type": "e", "event_payload": []}}),
        ({"text": "x"}, {"text": 3}),
        ({"text": "x"}, {"text": "x", "blocks": "[]"}),
        ({"text": "x"}, {"text": "x", "blocks": ["x"]}),
    ],
)  # fmt: skip
def test_each_limit_of_a_message_holds(good: Json, bad: Json) -> None:
    assert problems(good) == []
    assert problems(bad) != []


def test_a_problem_says_where_it_is() -> None:
    found = problems(
        {"text": "x", "blocks": [{"type": "divider"}, actions(button(value="x" * 2001))]}
    )
    assert found == ["/blocks/1/elements/0/value: has 2001 characters, must have 1 to 2000"]


@pytest.mark.parametrize(
    "text", ["<!channel>", "<!here>", "<!everyone|all>", "<@U0ANA>", "<!subteam^S0TEAM>"]
)
def test_mentions_are_live_only_where_they_are_wanted(text: str) -> None:
    for content in ({"text": text}, {"blocks": [section(text=mrkdwn(text))]}):
        assert problems(content) != []
        assert problems(content, mentions=True) == []


@pytest.mark.parametrize(
    "element",
    [
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "broadcast", "range": "here"},
    ],
)
def test_rich_mentions_are_live_only_where_they_are_wanted(element: Json) -> None:
    assert problems({"blocks": [rich(element)]}) == [
        "/blocks/0/elements/0/elements/0: a live mention"
    ]
    assert problems({"blocks": [rich(element)]}, mentions=True) == []


@pytest.mark.parametrize(
    ("text", "links", "problems_found"),
    [
        ("<https://x.example/?a=1&amp;b|t> <mailto:a@b.example>", ("https://x.example/?a=1&amp;b", "mailto:a@b.example"), 0),
        ("<!date^1542000000^{date} {time}|then> <#C1> <#C1|name>", (), 0),
        ("<https://x.example/?a&b>", ("https://x.example/?a&b",), 1),
        ("<javascript:x|y>", (), 1),
        ("<!date^x^y|z>", (), 1),
        ("<a b", (), 1),
    ],
)  # fmt: skip
def test_control_sequences_are_told_apart(
    text: str, links: tuple[str, ...], problems_found: int
) -> None:
    marks = read_marks(text)
    assert marks.links == links
    assert len(marks.problems) == problems_found


# ── views ─────────────────────────────────────────────────────────────────────


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Rule"), "blocks": [{"type": "divider"}], **more}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (modal(title=plain("x" * 24)), modal(title=plain("x" * 25))),
        (modal(submit=plain("x" * 24)), modal(submit=plain("x" * 25))),
        (modal(close=plain("x" * 24)), modal(close=plain("x" * 25))),
        (modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001)),
        (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
        (modal(blocks=[{"type": "divider"}] * 100), modal(blocks=[{"type": "divider"}] * 101)),
        (modal(), modal(blocks=[])),
        (modal(blocks=[field(TYPED)], submit=plain("Save")), modal(blocks=[field(TYPED)])),
        (modal(), {"type": "modal", "blocks": [{"type": "divider"}]}),
        (modal(), modal(surprise=1)),
        ({"type": "home", "blocks": [{"type": "divider"}]}, {"type": "home", "blocks": []}),
        ({"type": "home", "blocks": [{"type": "divider"}]}, {"type": "home", "blocks": [{"type": "divider"}], "title": plain("x")}),
    ],
)  # fmt: skip
def test_each_limit_of_a_view_holds(good: Json, bad: Json) -> None:
    assert problems(good) == []
    assert problems(bad) != []


# ── a second opinion ──────────────────────────────────────────────────────────


def test_the_sdks_own_models_take_what_we_render() -> None:
    reply = reply_message(["x"], buttons=[Button(text="Undo", action_id="u", confirm="Really?")])
    for message in (alert_message(ALERT), digest_message(DIGEST), reply):
        assert problems(payload(message)) == []
        for block in message.blocks:
            parsed = Block.parse(dict(block))
            assert parsed is not None
            parsed.validate_json()
