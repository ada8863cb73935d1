"""Draw the README's pictures from what the demo really shows: `python -m scripts.pictures`."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Literal

from rich.cells import cell_len
from rich.console import Console

from bot.app import open_room
from bot.cli.desk import answer, open_desk
from bot.core.models import Message, Outcome
from bot.deliver import Courier, deliver_due
from bot.demo.newsroom import Newsroom
from bot.demo.outlets import LAST_STEP
from bot.demo.show import demo_config
from bot.poll import poll_due
from bot.sinks.console import ConsoleSink, message_panel

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH = 92
START = datetime(2018, 11, 12, 15, tzinfo=UTC)
ANSWERS: tuple[tuple[str, Literal["watch", "digest"], str], ...] = (
    ("digest", "digest", '24h location:"North Korea"'),
    ("test", "watch", 'test missile* location:"North Korea" -football'),
)
WANTED = ("Russia fires on", "keeps 13 undeclared", "미사일 기지 13곳")


class _Album(ConsoleSink):
    """Keeps what it shows."""

    def __init__(self) -> None:
        super().__init__(Console(quiet=True))
        self.messages: list[tuple[str, Message]] = []

    def send(
        self,
        delivery_id: str,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> Outcome:
        """Show and keep."""
        shown = f"{channel} · in the thread" if thread else channel
        self.messages.append((shown, message))
        return super().send(delivery_id, channel, message, thread=thread, broadcast=broadcast)

    def show(self, console: Console) -> None:
        """Print the picked ones."""
        for word in WANTED:
            for channel, message in self.messages:
                if word in message.text:
                    console.print(message_panel(message, channel=channel, zone=UTC))


_TEXT = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]*)<')


def _true_length(found: re.Match[str]) -> str:
    """Give wide characters their two columns: Rich counts each as one."""
    length, more, text = found.groups()
    plain = unescape(text)
    wide = float(length) * cell_len(plain) / max(1, len(plain))
    return f'textLength="{wide:.1f}"{more}>{text}<'


@contextmanager
def drawn(name: str, title: str) -> Iterator[Console]:
    """Write what is printed inside as an SVG that needs no network."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        yield console
        svg = console.export_svg(title=title, unique_id=name)
    svg = _TEXT.sub(_true_length, svg)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


class _Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    """Run the story once and draw some alerts, a test of a rule and a digest."""
    clock, album = _Clock(), _Album()
    with tempfile.TemporaryDirectory() as folder, Newsroom(START) as newsroom:
        config = demo_config(newsroom, Path(folder))
        with open_room(config, f"sqlite:///{folder}/p.db", clock=clock) as room:
            for step in range(LAST_STEP + 1):
                newsroom.publish(step)
                poll_due(room.poller)
                deliver_due(Courier(room.store, album, clock, pace=timedelta(0)))
                clock.now += timedelta(minutes=75)
            with drawn("alert", "Watchdesk") as console:
                album.show(console)
            for name, command, text in ANSWERS:
                with drawn(name, f"/{command} {text}") as console:
                    answer(open_desk(room), config, command, text, console=console)


if __name__ == "__main__":
    main()
