"""`bot demo`: the product in a minute: real HTTP, real SQLite, alerts in the terminal."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from rich import box
from rich.console import Console
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from bot import app, log
from bot.cli.desk import answer, open_desk
from bot.compose import Budget
from bot.config import Config, load_config
from bot.core.models import DeliveryState
from bot.deliver import Courier, deliver_due
from bot.demo.newsroom import Newsroom
from bot.poll import PollReport, poll_due
from bot.sinks.console import ConsoleSink

_LOOPBACK = ip_network("127.0.0.0/8")
_QUERY_WIDTH = 60
_LATER = timedelta(minutes=75)  #: between two steps of the story, on the demo's clock


class _Clock:
    """The real time, plus what the story has skipped."""

    def __init__(self) -> None:
        self._skipped = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._skipped

    def skip(self, amount: timedelta) -> None:
        self._skipped += amount


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every act of the show works with."""

    console: Console
    newsroom: Newsroom
    config: Config
    database_url: str
    clock: _Clock

    @contextmanager
    def room(self) -> Iterator[app.Room]:
        with app.open_room(
            self.config, self.database_url, origin="the demo", clock=self.clock
        ) as room:
            yield room

    def say(self, *parts: str, style: str = "") -> None:
        self.console.print(Text("".join(parts), style=style))

    def act(self, title: str) -> None:
        self.console.print()
        self.console.print(Line(Text(f" {title} ", style="bold"), style="cyan", align="left"))


def run(arguments: Namespace) -> int:
    """Show everything, then take commands, unless `--once` or there is nobody to type."""
    log.setup("ERROR")
    clock, console = _Clock(), Console(highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="watchdesk-demo-") as folder,
        Newsroom(clock(), pace=_LATER) as news,
    ):
        stage = _Stage(
            console,
            news,
            demo_config(news, Path(folder)),
            f"sqlite:///{folder}/watchdesk.db",
            clock,
        )
        _open(stage)
        with stage.room() as room:
            _first_look(stage, room)
            _news(stage, room)
            _repeats(stage, room)
        with stage.room() as room:
            _restart(stage, room)
            _follow_up(stage, room)
            _ask(stage, room, "digest", "24h")
            _close(stage, room)
            if not arguments.once and sys.stdin.isatty():
                _prompt(stage, room)
    return 0


def demo_config(newsroom: Newsroom, folder: Path) -> Config:
    """Return the demo's configuration, allowed to reach the newsroom."""
    path = folder / "feeds.yaml"
    path.write_text(newsroom.config_text(), encoding="utf-8")
    config = load_config(path)
    return replace(config, settings=replace(config.settings, allow_addresses=(_LOOPBACK,)))


def _open(stage: _Stage) -> None:
    stage.console.print()
    stage.say("Watchdesk", style="bold cyan")
    stage.say("feeds in, alerts out, once, with the reason each one fired", style="dim")
    stage.say(f"\nA newsroom of our own is on the air at {stage.newsroom.url}:")
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="dim")
    for column in ("rule", "level", "channel", "watches for"):
        table.add_column(column, overflow="fold")
    for rule in stage.config.rules:
        row = (rule.name, rule.level, rule.channel, _shortly(rule.query))
        table.add_row(*(Text(cell) for cell in row))
    languages = {feed.lang for feed in stage.config.feeds}
    stage.say(
        f"{len(stage.config.feeds)} feeds (RSS, RDF, Atom, JSON) in {len(languages)} languages,"
        f" watched by {len(stage.config.rules)} rules:"
    )
    stage.console.print(table)


def _shortly(query: str) -> str:
    return query if len(query) <= _QUERY_WIDTH else query[: _QUERY_WIDTH - 1] + "…"


def _first_look(stage: _Stage, room: app.Room) -> None:
    stage.act("First poll: a baseline, no flood")
    report = poll_due(room.poller)
    quiet = room.store.digests.baseline_matches(
        stage.clock() - timedelta(days=1), stage.clock() + timedelta(days=1)
    )
    stage.say(f"{report.entries['baseline']} entries recorded from {report.polled} feeds.")
    stage.say(f"{quiet} of them match a rule, but they were there before us: nobody is alerted.")


def _news(stage: _Stage, room: app.Room) -> None:
    stage.newsroom.publish(1)
    stage.act("Later: a think tank publishes a study; eight outlets tell it, in six languages")
    _poll_and_send(stage, room)


def _repeats(stage: _Stage, room: app.Room) -> None:
    stage.newsroom.publish(2)
    stage.act("Later: one title is changed, one date, one entry comes back")
    _poll_and_send(stage, room)


def _restart(stage: _Stage, room: app.Room) -> None:
    stage.act("The bot was stopped and started again")
    before = room.store.deliveries.counts()[DeliveryState.SENT]
    _poll_and_send(stage, room)
    after = room.store.deliveries.counts()[DeliveryState.SENT]
    stage.say(f"{after - before} alerts repeated.", style="bold green")


def _follow_up(stage: _Stage, room: app.Room) -> None:
    stage.newsroom.publish(3)
    stage.act("The next morning")
    _poll_and_send(stage, room)


def _poll_and_send(stage: _Stage, room: app.Room) -> None:
    stage.clock.skip(_LATER)
    stage.newsroom.take_tally()
    report = poll_due(room.poller)
    _tell(stage, report)
    zone = stage.config.settings.timezone
    sink = ConsoleSink(stage.console, zone=zone)
    budget = Budget(per_hour=100)  # a day of news goes by in a minute here
    deliver_due(Courier(room.store, sink, stage.clock, pace=timedelta(0), budget=budget))


def _tell(stage: _Stage, report: PollReport) -> None:
    tally = stage.newsroom.take_tally()
    counted = ", ".join(
        f"{n} {name}" for name, n in report.entries.items() if n and name != "baseline"
    )
    stage.say(
        f"{report.polled} feeds polled: {tally[200]} answered 200, {tally[304]} answered 304"
        f" (nothing changed, nothing read)",
        style="dim",
    )
    stage.say(f"entries: {counted or 'none'}; alerts: {report.alerts}", style="dim")


def _ask(stage: _Stage, room: app.Room, command: Literal["watch", "digest"], text: str) -> None:
    stage.console.print()
    stage.say(f"/{command} {text}", style="bold")
    answer(open_desk(room), room.config, command, text, console=stage.console)


def _close(stage: _Stage, room: app.Room) -> None:
    sent = room.store.deliveries.sent()
    stage.console.print()
    stage.say(
        f"{sent['post']} alerts and {sent['reply']} replies in their threads, each once. ",
        "Next: README.md, “Connect it to Slack”.",
        style="bold green",
    )


def _prompt(stage: _Stage, room: app.Room) -> None:
    """Take commands until an empty Ctrl-D or `exit`."""
    stage.say("\nTry /watch, /watch test landmine*, /watch why Sohae, /digest 7d; exit ends.")
    while True:
        try:
            line = stage.console.input("[bold cyan]> [/]").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if line in {"exit", "quit", ":q"}:
            return
        command, _, text = line.removeprefix("/").partition(" ")
        if command == "watch":
            _ask(stage, room, "watch", text)
        elif command == "digest":
            _ask(stage, room, "digest", text)
        elif line:
            stage.say("Type /watch … or /digest …, or exit.", style="yellow")
