"""manifest.yaml fits the handlers, both ways, and what Slack takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from bot.commands import ACTIONS
from bot.slack_app.alert_listeners import MENU_ACTIONS, VIEWS
from bot.slack_app.form_listeners import FORM_ACTIONS
from bot.slack_app.forms import CALLBACK, PREVIEW, SHORTCUT, TYPED
from bot.slack_app.listeners import COMMANDS, EVENTS, PAGE_ACTIONS
from tests.conftest import ROOT
from tests.servers.slack_workspace import _NEEDS
from tests.slack.parts import Office

MANIFEST: Mapping[str, Any] = yaml.safe_load((ROOT / "manifest.yaml").read_text(encoding="utf-8"))
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bot/slack_app", "bot/sinks/slack")
    for path in (ROOT / folder).rglob("*.py")
)

Check = Callable[[Any], bool]


def text(least: int, most: int, pattern: str = "") -> Check:
    return lambda value: (
        isinstance(value, str)
        and least <= len(value) <= most
        and re.search(pattern, value) is not None
    )


def flag(value: object) -> bool:
    return isinstance(value, bool)


def number(value: object) -> bool:
    return isinstance(value, int)


def names(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == len(set(value))
        and all(text(1, 50)(one) for one in value)
    )


#: Keys that Slack knows, those it insists on in capitals; as its published schema has them.
SHAPE: dict[str, Any] = {
    "_metadata": {"major_version": number, "minor_version": number},
    "DISPLAY_INFORMATION": {
        "NAME": text(1, 35),
        "description": text(1, 140),
        "background_color": text(4, 7, r"^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"),
        "long_description": text(175, 4000),
    },
    "features": {
        "app_home": {
            "home_tab_enabled": flag,
            "messages_tab_enabled": flag,
            "messages_tab_read_only_enabled": flag,
        },
        "bot_user": {"DISPLAY_NAME": text(1, 80), "always_online": flag},
        "shortcuts": [
            {
                "NAME": text(1, 24),
                "TYPE": text(6, 7, "^(global|message)$"),
                "CALLBACK_ID": text(1, 255),
                "DESCRIPTION": text(1, 150),
            }
        ],
        "slash_commands": [
            {
                "COMMAND": text(2, 32, "^/"),
                "DESCRIPTION": text(1, 2000),
                "usage_hint": text(1, 1000),
                "should_escape": flag,
                "url": text(8, 3000, "^https?://"),
            }
        ],
    },
    "oauth_config": {"scopes": {"bot": names}},
    "settings": {
        "event_subscriptions": {"bot_events": names, "request_url": text(8, 3500, "^https?://")},
        "interactivity": {"IS_ENABLED": flag, "request_url": text(8, 3500, "^https?://")},
        "socket_mode_enabled": flag,
        "org_deploy_enabled": flag,
        "token_rotation_enabled": flag,
    },
}


def misfits(value: Any, shape: Any, place: str = "") -> list[str]:
    """Return where a manifest is not as Slack takes it."""
    if callable(shape):
        return [] if shape(value) else [f"{place}: {value!r}"]
    if isinstance(shape, list):
        return [
            found
            for at, one in enumerate(value)
            for found in misfits(one, shape[0], f"{place}/{at}")
        ]
    known = {key.lower(): inner for key, inner in shape.items()}
    found = [f"{place}/{key}: unknown" for key in value.keys() - known.keys()]
    needed = {key.lower() for key in shape if key.isupper()}
    found += [f"{place}/{key}: missing" for key in needed - value.keys()]
    for key in value.keys() & known.keys():
        found += misfits(value[key], known[key], f"{place}/{key}")
    return found


def test_it_has_the_shape_that_slack_takes() -> None:
    assert misfits(MANIFEST, SHAPE) == []


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"display_information": {}},
        {"display_information": {"name": "x" * 36}},
        {"display_information": {"name": "x", "long_description": "short"}},
        {"display_information": {"name": "x"}, "feature": {}},
        {"display_information": {"name": "x"}, "features": {"slash_commands": [{"command": "/x"}]}},
        {"display_information": {"name": "x"}, "oauth_config": {"scopes": {"bot": ["a", "a"]}}},
    ],
)
def test_the_check_notices(broken: dict[str, Any]) -> None:
    assert misfits(broken, SHAPE)


def test_every_command_is_in_it_and_no_other() -> None:
    commands = MANIFEST["features"]["slash_commands"]
    assert [one["command"] for one in commands] == list(COMMANDS)
    assert all(one["should_escape"] and one["usage_hint"] for one in commands)


def test_every_event_is_in_it_and_no_other() -> None:
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"] is True


def test_the_shortcut_is_in_it_and_no_other() -> None:
    [shortcut] = MANIFEST["features"]["shortcuts"]
    assert (shortcut["callback_id"], shortcut["type"]) == (SHORTCUT, "global")


def test_what_is_listened_to_is_just_what_the_manifest_has(office: Office) -> None:
    """Counted on the app itself: commands, buttons, events, and the form with its shortcut."""
    form = len(FORM_ACTIONS) + len(TYPED) + len([SHORTCUT, CALLBACK, PREVIEW])
    acts = len(ACTIONS) + len(PAGE_ACTIONS) + len(MENU_ACTIONS) + len(VIEWS)
    expected = len(COMMANDS) + acts + len(EVENTS) + form
    assert len(office.app._listeners) == expected
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True


def test_its_scopes_are_those_that_our_calls_need_and_no_other() -> None:
    scopes = set(MANIFEST["oauth_config"]["scopes"]["bot"])
    called = {method for method in _NEEDS if f'"{method}"' in SOURCE}
    assert {"chat.postMessage", "conversations.history", "users.info"} <= called
    for method in called:
        assert scopes & set(_NEEDS[method]), method
    useful = {scope for method in called for scope in _NEEDS[method]} | {"commands"}
    assert scopes == useful


def test_private_channels_and_direct_messages_are_covered_too() -> None:
    scopes = MANIFEST["oauth_config"]["scopes"]["bot"]
    assert {"groups:history", "im:history", "groups:read", "im:write"} <= set(scopes)
