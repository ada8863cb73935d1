"""The rule form as a modal: what it shows, what Slack sends back, what it says afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.commands.form import LONGEST, LONGEST_NAME, Filled, items, lines
from bot.commands.line import MAX_NAME, tidy
from bot.commands.table import SPELLINGS
from bot.commands.typeahead import Suggestion
from bot.core.models import Form, Kind, Level, Message, Mode, Threads
from bot.core.render import shorten

Json = dict[str, Any]

CALLBACK = "rule_form"
PREVIEW = "form_preview"  #: action id of the button in the form
SHORTCUT = "add_rule"  #: callback id of the global shortcut
TYPED: Mapping[str, Kind] = {"actors": Kind.ACTOR, "locations": Kind.LOCATION}

_ENOUGH = 75  #: columns of an option's text
_LEVELS: Mapping[str, str] = {
    Level.INFO: "info: read it when there is time",
    Level.URGENT: "urgent: read it today",
    Level.FLASH: "flash: now, whatever the budget",
}
_MODES: Mapping[str, str] = {
    Mode.INSTANT: "instant: an alert for each story",
    Mode.DIGEST: "digest: no alerts, only in digests",
}
_AS_CHANNEL = "channel"
_THREADS: Mapping[str, str] = {
    _AS_CHANNEL: "as its channel has it",
    Threads.ON: "on: later reports go into the thread",
    Threads.QUIET: "quiet: later reports only count",
    Threads.OFF: "off: each report is an alert",
}
_OUTLETS = {"1": "one: alert at once"} | {str(n): f"{n} independent ones" for n in range(2, 10)}
_LONGEST_HOURS = 60
_CHOICES = ("level", "mode", "threads", "outlets")  #: boxes that always have something chosen


def asked_for(text: str) -> str | None:
    """Say whether a command line asks for the form: "" for a new rule, `W12` for that one."""
    words = tidy(text).split()
    verb = SPELLINGS.get(words[0].lower()) if words else None
    if verb and verb.name == "add" and len(words) == 1:
        return ""
    if verb and verb.name == "edit" and len(words) == 2:
        return words[1]
    return None


# ── what it shows ─────────────────────────────────────────────────────────────


def form_view(filled: Filled) -> Json:
    """Return the modal with its boxes filled."""
    form = filled.form
    kept = json.dumps({"rule": filled.rule_id, "version": filled.version, "draft": filled.draft_id})
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": kept,
        "title": _plain(f"Edit W{filled.rule_id}" if filled.rule_id else "Watch for something"),
        "submit": _plain("Save"),
        "close": _plain("Cancel"),
        "blocks": [
            _note(
                "Any word, any actor and any place: each box that is filled must hit. "
                "What is excluded must not."
            ),
            _input("keywords", "Words", _text(lines(form.keywords), several=True), "missile*, "
                   '"ballistic missile"; one a line, or commas between. `*` takes any ending.'),
            _input("actors", "Actors", _names("actors", form.actors),
                   "People and organisations, under any of their names."),
            _input("locations", "Places", _names("locations", form.locations),
                   "With all that lies in them, their people and capitals."),
            _input("exclude", "Exclude", _text(lines(form.exclude), several=True),
                   "football, opinion; none of these may occur."),
            _input("channel", "Channel", _channel(filled.channel),
                   "Where alerts go; empty: to you, as direct messages."),
            _input("name", "Name", _text(filled.name, longest=max(MAX_NAME, len(filled.name))),
                   "What alerts call it."),
            _input("level", "Level", _choice(_LEVELS, filled.level)),
            _input("mode", "Mode", _choice(_MODES, filled.mode)),
            _input("threads", "Threads", _choice(_THREADS, filled.threads or _AS_CHANNEL)),
            _input("quiet", "Quiet hours", _text(filled.quiet, longest=_LONGEST_HOURS),
                   "22:00-07:00; alerts wait until they end, flash does not. On your clocks, or "
                   "on others: 22:00-07:00@Asia/Seoul."),
            _input("outlets", "Outlets", _choice(_OUTLETS, str(filled.min_outlets)),
                   "Alert only once so many tell the story; copies don't count."),
            _input("query", "Query, for experts", _text(filled.query, several=True),
                   'Must hit too: "heavy water" NEAR/5 reactor -film. All there is: /watch help add'),
            _PREVIEW,
        ],
    }  # fmt: skip


#: What the rule in the boxes would have caught, shown on top of the form.
_PREVIEW: Json = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": PREVIEW,
            "text": {"type": "plain_text", "text": "Preview", "emoji": False},
        }
    ],
}


def notice_view(title: str, message: Message) -> Json:
    """Return a modal that says something, its buttons left out: they have no place to answer."""
    blocks = [dict(block) for block in message.blocks if block["type"] != "actions"]
    return {"type": "modal", "title": _plain(title), "close": _plain("Close"), "blocks": blocks}


def waiting_view() -> Json:
    """Return what stands there until the form is ready: Slack waits three seconds for no more."""
    blocks = [_note("One moment…")]
    return {"type": "modal", "title": _plain("Rule"), "close": _plain("Close"), "blocks": blocks}


def options(suggestions: Iterable[Suggestion]) -> Json:
    """Return suggestions as Slack takes them, those that mean several things in a group apart."""
    clear: list[Json] = []
    shared: list[Json] = []
    for one in suggestions:
        if len(one.value) <= LONGEST_NAME:
            (shared if one.is_shared else clear).append(_option(one.value, one.label))
    if not shared:
        return {"options": clear}
    groups = [("Several are called so: which one?", shared), ("Others", clear)]
    return {
        "option_groups": [
            {"label": _plain(label), "options": found} for label, found in groups if found
        ]
    }


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _note(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _input(name: str, label: str, element: Json, hint: str = "") -> Json:
    block: Json = {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": {"action_id": name, **element},
        "optional": name not in _CHOICES,
    }
    return {**block, "hint": _plain(hint)} if hint else block


def _text(initial: str, *, several: bool = False, longest: int = LONGEST) -> Json:
    element: Json = {"type": "plain_text_input", "multiline": several, "max_length": longest}
    return {**element, "initial_value": initial} if initial else element


def _names(name: str, chosen: Iterable[str]) -> Json:
    element: Json = {
        "type": "multi_external_select",
        "min_query_length": 2,
        "placeholder": _plain(f"Type a name of {'an actor' if name == 'actors' else 'a place'}"),
    }
    initial = [_option(value, value) for value in chosen]
    return {**element, "initial_options": initial} if initial else element


def _option(value: str, label: str) -> Json:
    return {"text": _plain(shorten(label, _ENOUGH) or value[:_ENOUGH]), "value": value}


def _channel(channel: str) -> Json:
    element: Json = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    is_known = channel.startswith(("C", "G"))
    return {**element, "initial_conversation": channel} if is_known else element


def _choice(said: Mapping[str, str], chosen: str) -> Json:
    choices = {value: _option(str(value), text) for value, text in said.items()}
    return {
        "type": "static_select",
        "options": list(choices.values()),
        "initial_option": choices[chosen],
    }


# ── what comes back ───────────────────────────────────────────────────────────


def read_form(view: Mapping[str, Any]) -> Filled:
    """Return what stands in the boxes of a submitted form."""
    values = view["state"]["values"]
    kept = json.loads(view.get("private_metadata") or "{}")
    state = {name: values.get(name, {}).get(name) or {} for name in values}
    threads = _picked(state, "threads", _AS_CHANNEL)
    return Filled(
        name=_typed(state, "name"),
        channel=state.get("channel", {}).get("selected_conversation") or "",
        form=Form(
            keywords=items(_typed(state, "keywords")),
            actors=_chosen(state, "actors"),
            locations=_chosen(state, "locations"),
            exclude=items(_typed(state, "exclude")),
        ),
        query=tidy(_typed(state, "query")),
        level=Level(_picked(state, "level", Level.INFO)),
        mode=Mode(_picked(state, "mode", Mode.INSTANT)),
        threads=None if threads == _AS_CHANNEL else Threads(threads),
        quiet=_typed(state, "quiet"),
        min_outlets=int(_picked(state, "outlets", "1")),
        rule_id=int(kept.get("rule", 0)),
        version=int(kept.get("version", 0)),
        draft_id=int(kept.get("draft", 0)),
        typed=" ".join(_typed(state, box) for box in ("keywords", "exclude", "query")),
    )


def _typed(state: Mapping[str, Any], name: str) -> str:
    return str(state.get(name, {}).get("value") or "")


def _picked(state: Mapping[str, Any], name: str, default: str) -> str:
    return str((state.get(name, {}).get("selected_option") or {}).get("value", default))


def _chosen(state: Mapping[str, Any], name: str) -> tuple[str, ...]:
    chosen = state.get(name, {}).get("selected_options") or ()
    return tuple(dict.fromkeys(str(one["value"]) for one in chosen))
