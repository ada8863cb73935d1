"""Block Kit as HTML: as much of it as the app sends. What it doesn't know, it refuses."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from html import escape
from typing import Any

from tests.pictures.marks import date, emoji, mrkdwn

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Viewer:
    """Who looks: names of channels and people, a time zone, the files that can be seen."""

    names: dict[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    files: Mapping[str, bytes] = field(default_factory=dict)  #: PNGs by file id

    def blocks(self, blocks: list[Json]) -> str:
        """Return blocks, one below the other."""
        return "".join(f'<div class="block">{self.block(block)}</div>' for block in blocks)

    def block(self, block: Json) -> str:
        """Return one block.

        Raises:
            KeyError: of a kind that the app did not send so far: add it here.
        """
        return _BLOCKS[block["type"]](self, block)

    def text(self, text: Json) -> str:
        """Return a text object."""
        if text["type"] == "mrkdwn":
            return mrkdwn(text["text"], self.names, self.zone)
        return escape(text["text"], quote=False).replace("\n", "<br>")


def _section(viewer: Viewer, block: Json) -> str:
    parts = [f'<div class="text">{viewer.text(block["text"])}</div>'] if "text" in block else []
    fields = "".join(f"<div>{viewer.text(one)}</div>" for one in block.get("fields", ()))
    parts += [f'<div class="fields">{fields}</div>'] if fields else []
    if accessory := block.get("accessory"):
        parts.append(f'<div class="accessory">{_element(viewer, accessory)}</div>')
        return f'<div class="row">{"".join(parts)}</div>'
    return "".join(parts)


def _context(viewer: Viewer, block: Json) -> str:
    shown = " ".join(viewer.text(one) for one in block["elements"])
    return f'<div class="context">{shown}</div>'


def _actions(viewer: Viewer, block: Json) -> str:
    shown = "".join(_element(viewer, one) for one in block["elements"])
    return f'<div class="actions">{shown}</div>'


def _header(viewer: Viewer, block: Json) -> str:
    return f"<h2>{viewer.text(block['text'])}</h2>"


def _image(viewer: Viewer, block: Json) -> str:
    png = viewer.files[block["slack_file"]["id"]]
    source = base64.b64encode(png).decode()
    title = viewer.text(block["title"]) if "title" in block else ""
    alt = escape(block["alt_text"])
    return (
        f'<div class="context">{title}</div><img alt="{alt}" src="data:image/png;base64,{source}">'
    )


def _input(viewer: Viewer, block: Json) -> str:
    optional = ' <span class="light">(optional)</span>' if block.get("optional") else ""
    hint = f'<div class="hint">{viewer.text(block["hint"])}</div>' if "hint" in block else ""
    label = f"<label>{viewer.text(block['label'])}{optional}</label>"
    return f"{label}{_element(viewer, block['element'])}{hint}"


# ── rich text ─────────────────────────────────────────────────────────────────


def _rich_text(viewer: Viewer, block: Json) -> str:
    return "".join(_RICH[part["type"]](viewer, part) for part in block["elements"])


def _runs(viewer: Viewer, part: Json) -> str:
    return "".join(_run(viewer, run) for run in part["elements"])


def _run(viewer: Viewer, run: Json) -> str:
    match run["type"]:
        case "emoji":
            html = emoji(run["name"])
        case "link":
            html = f'<a href="#">{escape(run.get("text") or run["url"])}</a>'
        case "date":
            html = date(run["timestamp"], run["format"], viewer.zone)
        case "channel":
            html = (
                f'<span class="mention">#{escape(viewer.names.get(run["channel_id"], "?"))}</span>'
            )
        case "user":
            html = f'<span class="mention">@{escape(viewer.names.get(run["user_id"], "?"))}</span>'
        case _:
            html = escape(run["text"], quote=False).replace("\n", "<br>")
    for style, tag in (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code")):
        if run.get("style", {}).get(style):
            html = f"<{tag}>{html}</{tag}>"
    return html


def _list(viewer: Viewer, part: Json) -> str:
    tag = "ol" if part["style"] == "ordered" else "ul"
    shown = "".join(f"<li>{_runs(viewer, one)}</li>" for one in part["elements"])
    return f"<{tag}>{shown}</{tag}>"


_RICH: Mapping[str, Callable[[Viewer, Json], str]] = {
    "rich_text_section": lambda viewer, part: f'<div class="text">{_runs(viewer, part)}</div>',
    "rich_text_list": _list,
    "rich_text_preformatted": lambda viewer, part: f"<pre>{_runs(viewer, part)}</pre>",
    "rich_text_quote": lambda viewer, part: f"<blockquote>{_runs(viewer, part)}</blockquote>",
}

_BLOCKS: Mapping[str, Callable[[Viewer, Json], str]] = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "header": _header,
    "divider": lambda _viewer, _block: "<hr>",
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
}


# ── elements ──────────────────────────────────────────────────────────────────


def _element(viewer: Viewer, element: Json) -> str:
    kind = element["type"]
    if kind == "button":
        style = element.get("style", "")
        return f'<span class="button {style}">{viewer.text(element["text"])}</span>'
    if kind == "overflow":
        return '<span class="button">⋯</span>'
    if kind in {"radio_buttons", "checkboxes"}:
        return _choices(viewer, element)
    chosen = _chosen(viewer, element)
    if kind == "plain_text_input":
        tall = " tall" if element.get("multiline") else ""
        return f'<div class="box{tall}">{chosen or _placeholder(viewer, element)}</div>'
    return f'<div class="box select">{chosen or _placeholder(viewer, element)}</div>'


def _placeholder(viewer: Viewer, element: Json) -> str:
    shown = viewer.text(element["placeholder"]) if "placeholder" in element else "&nbsp;"
    return f'<span class="light">{shown}</span>'


def _chosen(viewer: Viewer, element: Json) -> str:
    """Return what stands in a box when it opens."""
    if options := element.get("initial_options"):
        return "".join(f'<span class="pill">{viewer.text(one["text"])}</span>' for one in options)
    if option := element.get("initial_option"):
        return viewer.text(option["text"])
    if conversation := element.get("initial_conversation") or element.get("initial_channel"):
        return f"# {escape(viewer.names.get(str(conversation), str(conversation)))}"
    value = element.get("initial_value") or element.get("initial_time") or ""
    return escape(value).replace("\n", "<br>")


def _choices(viewer: Viewer, element: Json) -> str:
    first = element.get("initial_options") or [element.get("initial_option")]
    shape = "radio" if element["type"] == "radio_buttons" else "checkbox"
    lines = [
        f'<div><input type="{shape}" {"checked" if one in first else ""}> {viewer.text(one["text"])}'
        + (
            f' <span class="light">{viewer.text(one["description"])}</span>'
            if "description" in one
            else ""
        )
        + "</div>"
        for one in element["options"]
    ]
    return "".join(lines)
