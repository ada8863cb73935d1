"""docs/tour.md as a script: what its fenced blocks tell the reader to do, and what is then seen.

A block's word says what it is: `slack` is typed, `press` is pressed (in a modal: chosen, then
submitted), `news` is published by an outlet, `wait` lets time pass. `shown` is what its reader is
shown, `channel` the newest message of the channel, `thread` the newest reply under the alert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.pictures.blocks import Viewer
from tests.pictures.page import Page
from tests.pictures.reading import reading
from tests.tour.world import ANA, BEN, CHANNEL, Json, World

TOUR = Path(__file__).resolve().parents[2] / "docs" / "tour.md"
_BLOCK = re.compile(
    r"^```(slack|press|news|wait|shown|channel|thread|home)\n(.*?)^```\n", re.MULTILINE | re.DOTALL
)
SEEN = ("shown", "channel", "thread", "home")


@dataclass(frozen=True)
class Step:
    """One block."""

    kind: str
    text: str
    line: int


def steps(text: str) -> Iterator[Step]:
    """Yield the blocks of a tour in order."""
    for found in _BLOCK.finditer(text):
        yield Step(found[1], found[2].rstrip("\n"), text.count("\n", 0, found.start()) + 1)


@dataclass
class Walk:
    """Somebody who does what the tour says."""

    world: World
    current: Json = field(default_factory=dict)  #: what they look at
    alert: Json = field(default_factory=dict)
    chosen: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        """What it looks like, in Seoul."""
        names = {CHANNEL: "nk-alerts", ANA: "ana", BEN: "ben"}
        return Page(Viewer(names, ZoneInfo("Asia/Seoul"), self.world.pictures))

    def do(self, step: Step) -> str | None:
        """Do one step; return what is seen, for a block that shows something."""
        match step.kind:
            case "slack":
                self.current = self.world.type(step.text)
            case "press":
                self._press(step.text)
            case "news":
                head, _, summary = step.text.partition("\n")
                outlet, _, title = head.partition(": ")
                self.world.outlets.publish(outlet, title, summary)
                self.world.forward(minutes=6)
            case "wait":
                number, unit = step.text.split()
                self.world.forward(**{unit: float(number)})
            case _:
                return self._seen(step.kind)
        return None

    def _press(self, text: str) -> None:
        label, _, rest = text.partition("\n")
        if self.current.get("type") == "modal":
            for line in [label, *rest.splitlines()][:-1]:
                box, _, choice = line.partition(": ")
                self.chosen |= _choice(self.current, box, choice)
            chosen, self.chosen = self.chosen, {}
            self.current = self.world.submit(self.current, **chosen)
            return
        here = _says(self.current, label)
        self.current = self.world.press(self.current if here else self._fresh(self.alert), label)

    def _fresh(self, message: Json) -> Json:
        return next(one for one in self.world.posts() if one["ts"] == message["ts"])

    def _seen(self, kind: str) -> str:
        if kind == "home":
            self.current = self.world.open_home()
            return reading(self.page.home(self.current))
        if kind == "channel":
            self.current = self.world.posts()[-1]
            if "metadata" in self.current:
                self.alert = self.current
        elif kind == "thread":
            self.current = self.world.replies(self.alert)[-1]
        if self.current.get("type") == "modal":
            return reading(self.page.modal(self.current))
        return reading(self.page.viewer.blocks(self.current["blocks"]))


def _says(message: Json, label: str) -> bool:
    return f"'{label}'" in str(message.get("blocks", ""))


def _choice(view: Json, box: str, choice: str) -> dict[str, Any]:
    """Return a box's new state, found by its label and the choice's text."""
    for block in view["blocks"]:
        if block["type"] == "input" and block["label"]["text"] == box:
            for option in block["element"].get("options", ()):
                if option["text"]["text"] == choice:
                    return {block["block_id"]: {"selected_option": option}}
            return {block["block_id"]: {"value": choice}}
    raise AssertionError(f"no box is called {box!r}")


def walked(text: str, world: World) -> str:
    """Return a tour with what is really seen in the place of what it says is seen."""
    walk = Walk(world)
    pieces, end = [], 0
    for found, step in zip(_BLOCK.finditer(text), steps(text), strict=True):
        seen = walk.do(step)
        if seen is not None:
            pieces += [text[end : found.start(2)], seen + "\n"]
            end = found.end(2)
    return "".join([*pieces, text[end:]])
