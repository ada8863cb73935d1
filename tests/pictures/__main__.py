"""`python -m tests.pictures`: draw docs/images/slack-*.png from what the app really sends.

Needs a Chromium. An invented fortnight of news goes through the real bot into a strict Slack on
loopback; what stands there afterwards is drawn.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.pictures.blocks import Viewer
from tests.pictures.page import Page, draw
from tests.tour.world import ANA, BEN, CHANNEL, START, Json, World, open_world

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
OUTLETS = ("Harbour Wire", "Seoul Ledger", "Peninsula Monitor", "Lantern Weekly", "Baltic Courier")
CONFIG = """
settings: {allow_addresses: [127.0.0.0/8]}
channels:
  - {name: "#nk-alerts", id: C0NK00000}
"""
RULES = (
    '"missile base*" location:"North Korea" -football name:"NK missile bases" level:urgent',
    'landmine* OR "land mine" name:"Landmines"',
    'actor:"Kim Jong Un" name:"Kim Jong Un"',
    'Hormuz tanker* name:"Hormuz shipping" mode:digest',
)
#: What ordinary days bring: outlet, title with a number, how often a day at most.
_DAILY = (
    (0, "Deminers clear {n} landmines near the village of Ternivka", 3),
    (1, "Kim Jong Un inspects plant number {n} in Kanggye", 2),
    (2, "Tanker {n} reports a close approach in the Strait of Hormuz", 4),
    (3, "Museum shows {n} maps of old sea routes", 2),
    (4, "Harbour of Paldiski handled {n} ships last week", 2),
)
_STORY = (
    (
        0,
        "Think tank finds 13 undeclared North Korean missile bases",
        (
            "Satellite pictures show sites in the mountains near the border that Pyongyang never "
            "declared, researchers in Washington say. One of them, Sakkanmol, is kept up and in use."
        ),
    ),
    (
        1,
        "Study counts 13 undeclared missile bases in North Korea",
        "The researchers say that the sites, Sakkanmol among them, could hold mobile launchers.",
    ),
    (
        2,
        "Seoul says it knew of the 13 North Korean missile bases",
        (
            "The presidential office said on Monday that Sakkanmol breaks no agreement, and that the "
            "North Korean bases of the study were known to it."
        ),
    ),
)


def _fortnight(world: World) -> None:
    """Let two weeks of ordinary news pass."""
    dice, number = random.Random(5), 100
    for _ in range(14 * 4):
        for outlet, title, most in _DAILY:
            if dice.random() < most / 4:
                number += dice.randrange(3, 40)
                world.outlets.publish(OUTLETS[outlet], title.format(n=number))
        world.forward(hours=6, seconds=-30)


def _scenes(world: World) -> Iterator[tuple[str, list[str]]]:
    """Play, and yield what each picture holds."""
    page = Page(Viewer({CHANNEL: "nk-alerts", ANA: "ana", BEN: "ben"}, ZoneInfo("Asia/Seoul")))
    for rule in RULES:
        world.press(world.type(f"/watch add {rule}"), "Save")
    _fortnight(world)
    card = world.type('/watch add location:"North Korea" plant* -football')
    yield "card", [page.typed("ana", "/watch add …"), page.message(card, only=True)]
    for outlet, title, summary in _STORY:
        world.outlets.publish(OUTLETS[outlet], title, summary)
        world.forward(minutes=17)
    alert = _alert(world, "undeclared")
    thread = [page.message(one, thread=True) for one in world.replies(alert)]
    yield "alert", [page.channel("nk-alerts"), page.message(alert), *thread]
    yield "form", [page.modal(world.type("/watch edit W1"))]
    world.press(alert, "Useful")
    digest = world.type("/digest 7d")
    page = Page(Viewer(page.viewer.names, page.viewer.zone, world.pictures))
    yield "digest", [page.typed("ana", "/digest 7d"), page.message(digest, only=True)]
    world.type("/watch mute W2 1d")
    world.type("/digest schedule daily 08:30 Asia/Seoul")
    yield "home", [page.home(world.open_home())]


def _alert(world: World, word: str) -> Json:
    return next(one for one in reversed(world.posts()) if word in one["text"])


def main() -> None:
    """Draw all pictures."""
    start = START - timedelta(days=14)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_world(Path(folder), CONFIG, OUTLETS, start=start) as world,
    ):
        for name, pieces in _scenes(world):
            draw(pieces, IMAGES / f"slack-{name}.png")
            print(f"docs/images/slack-{name}.png")


if __name__ == "__main__":
    main()
