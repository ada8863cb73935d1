"""Slack's limits on messages and views, checked independently of the code that renders them.

`problems(payload)` reads what would go over the wire (the arguments of `chat.postMessage`, or a
view) and returns what Slack would refuse, each with its JSON pointer. It is stricter than Slack
in one thing: text that is not escaped is a problem even where Slack would forgive it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.servers.mrkdwn import read_marks
from tests.servers.shapes import (
    Check,
    Findings,
    address,
    anything,
    block,
    boolean,
    integer,
    listing,
    one_of,
    shape,
    string,
    typed,
)

MAX_MESSAGE_CHARS = 13_200  #: of all blocks together, as JSON: where msg_blocks_too_long was seen


def problems(payload: Mapping[str, Any], *, mentions: bool = False) -> list[str]:
    """Return what Slack would refuse in a message or a view.

    Args:
        payload: the arguments of a posting method, or a view (`type` modal or home).
        mentions: whether the message may call people (`<@U…>`, `<!here>`, user groups).
    """
    findings = Findings(mentions)
    if payload.get("type") in {"modal", "home"}:
        _view(payload, findings)
    else:
        _message(payload, findings)
    return findings.found


def _message(payload: Mapping[str, Any], findings: Findings) -> None:
    text, blocks = payload.get("text", ""), payload.get("blocks", [])
    if not text and not blocks:
        findings.add("/text", "no text and no blocks")
    if text:
        _text_length(text, "/text", findings)
    listing(block(MESSAGE_BLOCKS), 0, 50)(blocks, "/blocks", findings)
    if isinstance(blocks, list):
        _blocks_together(blocks, findings)
        length = len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))
        if length > MAX_MESSAGE_CHARS:
            findings.add("/blocks", f"{length} characters together, more than {MAX_MESSAGE_CHARS}")
    if "metadata" in payload:
        METADATA(payload["metadata"], "/metadata", findings)


def _text_length(text: Any, place: str, findings: Findings) -> None:
    string(1, 40_000)(text, place, findings)
    if isinstance(text, str):
        _marks(text, place, findings)


def _view(payload: Mapping[str, Any], findings: Findings) -> None:
    VIEWS[payload["type"]](payload, "", findings)
    blocks = payload.get("blocks")
    if isinstance(blocks, list):
        _blocks_together(blocks, findings)
        has_input = any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
        if payload["type"] == "modal" and has_input and "submit" not in payload:
            findings.add("/submit", "a modal with inputs needs it")


def _blocks_together(blocks: list[Any], findings: Findings) -> None:
    seen = set()
    for index, one in enumerate(blocks):
        if not isinstance(one, dict):
            continue
        if (name := one.get("block_id")) is not None and name in seen:
            findings.add(f"/blocks/{index}/block_id", f"{name!r} is used twice")
        seen.add(name)
        actions = list(_action_ids(one))
        if len(actions) != len(set(actions)):
            findings.add(f"/blocks/{index}", "an action_id is used twice in one block")


def _action_ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("action_id"), str):
            yield value["action_id"]
        for inner in value.values():
            yield from _action_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _action_ids(inner)


def _marks(text: str, place: str, findings: Findings) -> None:
    marks = read_marks(text)
    for problem in marks.problems:
        findings.add(place, problem)
    if not findings.mentions:
        for mention in marks.mentions:
            findings.add(place, f"a live mention <{mention}>")


# ── text ──────────────────────────────────────────────────────────────────────


def plain_text(most: int) -> Check:
    """Return a check for a plain_text object."""
    return typed({"plain_text": shape({"text": string(1, most)}, {"emoji": boolean})})


def any_text(most: int) -> Check:
    """Return a check for a plain_text or mrkdwn object."""

    def mrkdwn(value: Any, place: str, findings: Findings) -> None:
        string(1, most)(value, place, findings)
        if isinstance(value, str):
            _marks(value, place, findings)
            if not value.strip():
                findings.add(place, "is blank")

    return typed(
        {
            "plain_text": shape({"text": string(1, most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": mrkdwn}, {"verbatim": boolean}),
        }
    )


def _calls_people(inner: Check) -> Check:
    def check(value: Any, place: str, findings: Findings) -> None:
        inner(value, place, findings)
        if not findings.mentions:
            findings.add(place, "a live mention")

    return check


_STYLE = {
    "style": shape(
        {},
        dict.fromkeys(
            ["bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"],
            boolean,
        ),
    )
}
_RICH = {
    "text": shape({"text": string(1, 3000)}, _STYLE),
    "link": shape({"url": address()}, {"text": string(1, 3000), "unsafe": boolean, **_STYLE}),
    "emoji": shape({"name": string(1, 100)}, {"unicode": string(1, 100), **_STYLE}),
    "date": shape(
        {"timestamp": integer(0, 2**40), "format": string(1, 500)},
        {"fallback": string(1, 500), "url": address(), "timezone": string(1, 100), **_STYLE},
    ),
    "channel": shape({"channel_id": string(1, 255)}, _STYLE),
    "user": _calls_people(shape({"user_id": string(1, 255)}, _STYLE)),
    "usergroup": _calls_people(shape({"usergroup_id": string(1, 255)}, _STYLE)),
    "broadcast": _calls_people(shape({"range": one_of("here", "channel", "everyone")}, _STYLE)),
    "color": shape({"value": string(4, 9)}, _STYLE),
}
_BORDER = {"border": integer(0, 1)}
_RICH_SECTION = shape({"elements": listing(typed(_RICH), 1, 1000)})
_RICH_CODE = listing(typed({kind: _RICH[kind] for kind in ("text", "link")}), 1, 1000)
_RICH_LINES = {
    "rich_text_section": _RICH_SECTION,
    "rich_text_list": shape(
        {
            "style": one_of("bullet", "ordered"),
            "elements": listing(typed({"rich_text_section": _RICH_SECTION}), 1, 1000),
        },
        {"indent": integer(0, 8), "offset": integer(0, 10_000), **_BORDER},
    ),
    "rich_text_quote": shape({"elements": listing(typed(_RICH), 1, 1000)}, _BORDER),
    "rich_text_preformatted": shape({"elements": _RICH_CODE}, _BORDER),
}
_RICH_TEXT = shape({"elements": listing(typed(_RICH_LINES), 1, 1000)})

# ── elements ──────────────────────────────────────────────────────────────────

_CONFIRM = shape(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)
_ACTION = {"action_id": string(1, 255)}
_ASK = {**_ACTION, "confirm": _CONFIRM, "focus_on_load": boolean}
_HINTED = {**_ASK, "placeholder": plain_text(150)}


def _option(text: Check, extra: Mapping[str, Check] | None = None) -> Check:
    return shape(
        {"text": text, "value": string(1, 150)}, {"description": any_text(75), **(extra or {})}
    )


_CHOICE = _option(plain_text(75))
_RICH_CHOICE = _option(any_text(75))
_OPTIONS = listing(_CHOICE, 1, 100)
_GROUPS = listing(shape({"label": plain_text(75), "options": _OPTIONS}), 1, 100)
_FILTER = shape(
    {},
    {
        "include": listing(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def _static(initial: Mapping[str, Check]) -> Check:
    """Return a check for a select that carries its options, or groups of them."""
    whole = shape({}, {**_HINTED, "options": _OPTIONS, "option_groups": _GROUPS, **initial})

    def check(value: Any, place: str, findings: Findings) -> None:
        whole(value, place, findings)
        if ("options" in value) == ("option_groups" in value):
            findings.add(place, "needs options or option_groups, not both")

    return check


_MANY = {"max_selected_items": integer(1, 100)}
_IDS = listing(string(1, 255), 1, 100)
_CONVERSATION = {
    "filter": _FILTER,
    "default_to_current_conversation": boolean,
    "response_url_enabled": boolean,
}
_SELECTS = {
    "static_select": _static({"initial_option": _CHOICE}),
    "multi_static_select": _static({"initial_options": _OPTIONS, **_MANY}),
    "external_select": shape(
        {}, {**_HINTED, "initial_option": _CHOICE, "min_query_length": integer(0, 100)}
    ),
    "multi_external_select": shape(
        {},
        {**_HINTED, "initial_options": _OPTIONS, "min_query_length": integer(0, 100), **_MANY},
    ),
    "users_select": shape({}, {**_HINTED, "initial_user": string(1, 255)}),
    "multi_users_select": shape({}, {**_HINTED, "initial_users": _IDS, **_MANY}),
    "conversations_select": shape(
        {}, {**_HINTED, "initial_conversation": string(1, 255), **_CONVERSATION}
    ),
    "multi_conversations_select": shape(
        {}, {**_HINTED, "initial_conversations": _IDS, **_MANY, **_CONVERSATION}
    ),
    "channels_select": shape(
        {}, {**_HINTED, "initial_channel": string(1, 255), "response_url_enabled": boolean}
    ),
    "multi_channels_select": shape({}, {**_HINTED, "initial_channels": _IDS, **_MANY}),
}
_PICKERS = {
    "datepicker": shape({}, {**_HINTED, "initial_date": string(10, 10)}),
    "timepicker": shape({}, {**_HINTED, "initial_time": string(5, 5), "timezone": string(1, 100)}),
    "datetimepicker": shape({}, {**_ASK, "initial_date_time": integer(0, 9_999_999_999)}),
    "checkboxes": shape(
        {"options": listing(_RICH_CHOICE, 1, 10)},
        {**_ASK, "initial_options": listing(_RICH_CHOICE, 1, 10)},
    ),
    "radio_buttons": shape(
        {"options": listing(_RICH_CHOICE, 1, 10)}, {**_ASK, "initial_option": _RICH_CHOICE}
    ),
}
_BUTTON = shape(
    {"text": plain_text(75)},
    {
        **_ACTION,
        "confirm": _CONFIRM,
        "value": string(1, 2000),
        "url": address(),
        "style": one_of("primary", "danger"),
        "accessibility_label": string(1, 75),
    },
)
_OVERFLOW = shape(
    {"options": listing(_option(plain_text(75), {"url": address()}), 1, 5)},
    {**_ACTION, "confirm": _CONFIRM},
)


def _slack_file(value: Any, place: str, findings: Findings) -> None:
    shape({}, {"id": string(1, 255), "url": address()})(value, place, findings)
    if isinstance(value, dict) and ("id" in value) == ("url" in value):
        findings.add(place, "needs an id or a url, not both")


def _pictured(more: Mapping[str, Check]) -> Check:
    """Return a check for what shows a picture, from an address or from a file of Slack's."""
    whole = shape(
        {"alt_text": string(1, 2000)},
        {"image_url": address(), "slack_file": _slack_file, **more},
    )

    def check(value: Any, place: str, findings: Findings) -> None:
        whole(value, place, findings)
        if ("image_url" in value) == ("slack_file" in value):
            findings.add(place, "needs image_url or slack_file, not both")

    return check


_IMAGE_ELEMENT = _pictured({})
_DISPATCH = {
    "dispatch_action_config": shape(
        {"trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}
    )
}
_TYPED_IN = {**_ACTION, **_DISPATCH, "placeholder": plain_text(150), "focus_on_load": boolean}
_ANY_VALUE = {"initial_value": string(1, 3000)}
_INPUTS = {
    "plain_text_input": shape(
        {},
        {
            **_TYPED_IN,
            "initial_value": string(0, 3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "email_text_input": shape({}, {**_TYPED_IN, **_ANY_VALUE}),
    "url_text_input": shape({}, {**_TYPED_IN, **_ANY_VALUE}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_TYPED_IN, **_ANY_VALUE, "min_value": string(1, 100), "max_value": string(1, 100)},
    ),
    "rich_text_input": shape({}, {**_TYPED_IN, "initial_value": anything}),
}
_CONTROLS = {"button": _BUTTON, "overflow": _OVERFLOW, **_SELECTS, **_PICKERS}
_SINGLE = {kind: check for kind, check in _SELECTS.items() if not kind.startswith("multi_")}

# ── blocks ────────────────────────────────────────────────────────────────────


def _section(value: Any, place: str, findings: Findings) -> None:
    shape(
        {},
        {
            "text": any_text(3000),
            "fields": listing(any_text(2000), 1, 10),
            "accessory": typed({**_CONTROLS, "image": _IMAGE_ELEMENT}),
            "expand": boolean,
        },
    )(value, place, findings)
    if "text" not in value and "fields" not in value:
        findings.add(place, "needs text or fields")


def _context_element(value: Any, place: str, findings: Findings) -> None:
    if isinstance(value, dict) and value.get("type") == "image":
        typed({"image": _IMAGE_ELEMENT})(value, place, findings)
    else:
        any_text(3000)(value, place, findings)


MESSAGE_BLOCKS: Mapping[str, Check] = {
    "section": _section,
    "header": shape({"text": plain_text(150)}),
    "divider": shape({}),
    "context": shape({"elements": listing(_context_element, 1, 10)}),
    "actions": shape(
        {
            "elements": listing(
                typed({"button": _BUTTON, "overflow": _OVERFLOW, **_SINGLE, **_PICKERS}), 1, 25
            )
        }
    ),
    "image": _pictured({"title": plain_text(2000)}),
    "rich_text": _RICH_TEXT,
    "input": shape(
        {"label": plain_text(2000), "element": typed({**_INPUTS, **_SELECTS, **_PICKERS})},
        {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
}


def _event_payload(value: Any, place: str, findings: Findings) -> None:
    if not isinstance(value, dict):
        findings.add(place, "must be an object")
    elif len(json.dumps(value)) > 4000:
        findings.add(place, "is large; keep it to ids")


METADATA = shape({"event_type": string(1, 255), "event_payload": _event_payload})

_ANY_VIEW: Mapping[str, Check] = {
    "private_metadata": string(0, 3000),
    "callback_id": string(1, 255),
    "external_id": string(1, 255),
}
_VIEW_BLOCKS = listing(block(MESSAGE_BLOCKS), 1, 100)
VIEWS: Mapping[str, Check] = {
    "modal": shape(
        {"type": anything, "title": plain_text(24), "blocks": _VIEW_BLOCKS},
        {
            **_ANY_VIEW,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": shape({"type": anything, "blocks": _VIEW_BLOCKS}, _ANY_VIEW),
}
