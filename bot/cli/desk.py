"""Commands that work on the database: run, check, poll, deliver, watch, digest, feeds."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from rich.console import Console

from bot import app, gazetteer, log
from bot.chart import warm_up
from bot.cli import database
from bot.commands import Asker, ConsoleDirectory, Desk, Directory, explained
from bot.commands import run as run_command
from bot.commands.access import hidden_in
from bot.commands.desk import CONSOLE
from bot.config import Config, Environment, load_config, read_environment
from bot.config.file import DEFAULT_CHANNEL
from bot.core.models import Rule
from bot.deliver import PACE, Courier, deliver_due
from bot.errors import ConfigError, Problem, WatchdeskError
from bot.feeds.opml import read_opml, write_opml
from bot.poll import poll_due
from bot.shelf import keeping_warm
from bot.sinks import Sink
from bot.sinks.console import ConsoleSink, message_panel
from bot.store import Store, open_store
from bot.team import overlaid


def run(arguments: Namespace) -> int:
    """Poll and deliver until stopped, with Slack or the terminal as sink."""
    environment = _environment(arguments, default_level="info")
    _check_sink(arguments, environment)
    with _room(arguments, environment, alone="bot run") as room, ExitStack() as stack:
        if not arguments.console:
            _check_channels(room.store.rules.live(), arguments.config)
        sink = _sink(arguments, environment, room.config)
        press = app.open_press(room)
        if not arguments.console:
            from bot import slack_app  # noqa: PLC0415  Bolt is slow to load

            warm_up()
            desk = slack_app.at_slack(open_desk(room), environment)
            stack.enter_context(
                keeping_warm(room.store, desk.shelf, lambda: room.book.gazetteer, desk.clock)
            )
            hidden, pictures = partial(hidden_in, desk), desk.pictures
            press = app.open_press(room, hidden_in=hidden, pictures=pictures)
            stack.enter_context(
                slack_app.serving(desk, environment=environment, port=arguments.port)
            )
        app.run_until_signal(app.Ticker(room, sink, press=press))
    return 0


def check(arguments: Namespace) -> int:
    """Check the configuration, or with `--health` a running bot, with `--db` the database."""
    if arguments.json and not arguments.db:
        raise ConfigError([Problem("--json", "is for what --db finds", "add --db")])
    if arguments.health:
        return database.health()
    if arguments.db:
        return database.check_db(arguments)
    config = load_config(arguments.config)
    overlaid(gazetteer.load(), config.entities)
    environment = read_environment()
    if environment.slack_bot_token:
        numbered = enumerate(config.rules, 1)
        _check_channels((replace(rule, id=n) for n, rule in numbered), arguments.config)
    slack = "set" if environment.slack_bot_token else "not set: bot run --console works without"
    print(f"{arguments.config}: {len(config.feeds)} feeds, {len(config.rules)} rules, all fine")
    print(f"SLACK_BOT_TOKEN: {slack}")
    return 0


def poll(arguments: Namespace) -> int:
    """Poll the feeds that are due, once."""
    environment = _environment(arguments)
    with _room(arguments, environment, alone="bot poll") as room:
        room.store.feeds.release()
        report = poll_due(room.poller)
    if arguments.json:
        print(json.dumps(asdict(report)))
    else:
        counted = ", ".join(f"{n} {what}" for what, n in report.entries.items())
        print(f"{report.polled} polled ({report.unchanged} unchanged, {report.failed} failed)")
        print(f"{counted}; {report.alerts} alerts owed")
    return 0


def deliver(arguments: Namespace) -> int:
    """Send what is owed, once."""
    environment = _environment(arguments)
    _check_sink(arguments, environment)
    with _room(arguments, environment, alone="bot deliver") as room:
        outbox = room.store.deliveries
        if arguments.dead:
            owed = outbox.requeue_dead(now=app.utc_now())
            print(f"{owed} refused deliveries owed again", file=sys.stderr)
        sink = _sink(arguments, environment, room.config)
        pace = timedelta(0) if arguments.console else PACE  # a terminal sets none
        worked = _deliver_all(replace(app.open_courier(room, sink), pace=pace))
        left = {state.value: n for state, n in outbox.counts().items() if n}
    print(f"{worked} sent or tried; now {left}", file=sys.stderr)
    return 0


def _deliver_all(courier: Courier) -> int:
    """Deliver what is due, and what only waits for its channel's pace; return how many."""
    worked = 0
    while done := deliver_due(courier):
        worked += done
        time.sleep(courier.pace.total_seconds())
    return worked


def watch(arguments: Namespace) -> int:
    """Do here what /watch does in Slack."""
    return _ask(arguments, "watch")


def digest(arguments: Namespace) -> int:
    """Do here what /digest does in Slack; with `--chart FILE` its chart goes there."""
    words = arguments.words
    if "--chart" in words[:-1]:  # all that follows a word is a word to argparse
        at = words.index("--chart")
        arguments.chart = words[at + 1]
        del words[at : at + 2]
    chart = PictureFile(Path(arguments.chart)) if arguments.chart else None
    return _ask(arguments, "digest", chart)


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Takes a chart as a file; a terminal shows none."""

    path: Path
    trouble: str = ""

    def keep(self, png: bytes, *, alt: str) -> str | None:
        """Write the picture; see `Pictures.keep`."""
        self.path.write_bytes(png)
        print(f"{self.path}: {alt}", file=sys.stderr)
        return None


def _ask(
    arguments: Namespace, command: Literal["watch", "digest"], chart: PictureFile | None = None
) -> int:
    environment = _environment(arguments)
    with _room(arguments, environment) as room:
        desk, words = replace(open_desk(room), pictures=chart), _words(arguments)
        is_fine = answer(desk, room.config, command, words, channel=arguments.channel)
        return 0 if is_fine else 1


def _words(arguments: Namespace) -> str:
    """Put the shell's words together again: those with blanks were quoted by the person."""
    words = arguments.words
    return words[0] if len(words) == 1 else " ".join(_requoted(word) for word in words)


def _requoted(word: str) -> str:
    if " " not in word or '"' in word:
        return word
    key, colon, value = word.partition(":")
    return f'{key}:"{value}"' if colon and key.isalpha() else f'"{word}"'


def answer(
    desk: Desk,
    config: Config,
    command: Literal["watch", "digest"],
    text: str,
    *,
    channel: str | None = None,
    console: Console | None = None,
) -> bool:
    """Carry out one command for the person at the terminal and show the answer.

    Returns:
        False if the answer was an error.
    """
    asked_in = channel or (config.channels[0].name if config.channels else DEFAULT_CHANNEL)
    found = desk.directory.find(asked_in, user=CONSOLE)
    asker = Asker(
        user=CONSOLE,
        channel=found.address if found else asked_in,
        is_admin=True,
        zone=config.settings.timezone,
        invoked_as=f"/{command}",
    )
    zone, out = config.settings.timezone, console or Console()
    try:
        reply = run_command(desk, asker, command, text)
    except WatchdeskError as error:
        out.print(message_panel(explained(error), zone=zone))
        return False
    if reply.raw:
        out.file.write(reply.raw)
    else:
        out.print(message_panel(reply.message, zone=zone))
    for address, line in reply.public:
        out.print(message_panel(line, channel=config.channel_name(address), zone=zone))
    return True


def feeds_import(arguments: Namespace) -> int:
    """Add the feeds of an OPML file to those already watched."""
    found = read_opml(Path(arguments.file).read_bytes())
    with _store() as store:
        known = {one.feed.url for one in store.feeds.all()}
        new = [feed for feed in found if feed.url not in known]
        with store.transaction():
            for feed in new:
                store.feeds.add(replace(feed, origin=Path(arguments.file).name), now=app.utc_now())
    print(f"{len(new)} feeds added, {len(found) - len(new)} already watched")
    return 0


def feeds_export(arguments: Namespace) -> int:
    """Print the watched feeds, and those of the configuration, as OPML."""
    config = load_config(arguments.config)
    with _store() as store:
        stored = [one.feed for one in store.feeds.all()]
    urls = {feed.url for feed in stored}
    feeds = [*stored, *(feed for feed in config.feeds if feed.url not in urls)]
    sys.stdout.write(write_opml(feeds).decode())
    return 0


@contextmanager
def _store() -> Iterator[Store]:
    store = open_store(read_environment().database_url)
    try:
        yield store
    finally:
        store.close()


def _environment(arguments: Namespace, default_level: str = "warning") -> Environment:
    environment = read_environment()
    level = arguments.log or default_level
    log.setup(level.upper(), secrets=environment.secrets)
    return environment


@contextmanager
def _room(
    arguments: Namespace, environment: Environment, *, alone: str | None = None
) -> Iterator[app.Room]:
    config = load_config(arguments.config)
    with app.open_room(
        config,
        environment.database_url,
        origin=Path(arguments.config).name,
        alone=alone,
        adopt=alone is not None and arguments.adopt,
    ) as room:
        yield room


def open_desk(room: app.Room, directory: Directory | None = None) -> Desk:
    """Return the desk of a room, with the terminal's directory if no other is given."""
    ids = {channel.name: channel.id for channel in room.config.channels if channel.id}
    return Desk(
        store=room.store,
        book=room.book,
        clock=room.poller.clock,
        directory=directory or ConsoleDirectory(ids),
        fetcher=room.fetcher,
        read=room.poller.read,
        budget=app.budget_of(room.config),
        admins=room.config.settings.admins,
        feed_every_s=room.config.settings.default_every_s,
    )


def _sink(arguments: Namespace, environment: Environment, config: Config) -> Sink:
    if arguments.console:
        return ConsoleSink(Console(), json=arguments.json, zone=config.settings.timezone)
    from bot.sinks.slack import SlackSink  # noqa: PLC0415  slow to load

    assert environment.slack_bot_token is not None  # checked at the start
    return SlackSink(environment.slack_bot_token, environment.slack_api_url)


def _check_sink(arguments: Namespace, environment: Environment) -> None:
    """Raise ConfigError for what the chosen sink lacks, or for what only the other one takes."""
    if arguments.console:
        return
    problems = []
    if arguments.json:
        problems.append(Problem("--json", "is for alerts shown here", "add --console"))
    if environment.slack_bot_token is None:
        problems.append(
            Problem("SLACK_BOT_TOKEN", "is not set", "set it, or use --console to see alerts here")
        )
    if environment.slack_app_token is None and environment.slack_signing_secret is None:
        problems.append(
            Problem(
                "SLACK_APP_TOKEN",
                "neither it nor SLACK_SIGNING_SECRET is set",
                "set the app token for Socket Mode, or the signing secret for HTTP mode",
            )
        )
    if problems:
        raise ConfigError(problems)


def _check_channels(rules: Iterable[Rule], config: str) -> None:
    """Refuse rules whose channel Slack could not read back: it takes names for posting only."""
    unnamed: dict[str, list[str]] = {}
    for rule in rules:
        if rule.channel.startswith("#"):
            unnamed.setdefault(rule.channel, []).append(f"W{rule.id} {rule.name}")
    problems = [
        Problem(
            config,
            f"{channel} has no Slack id, and {', '.join(names)} post there",
            f'under `channels:` write `- {{name: "{channel}", id: C…}}`; the id stands at the'
            " end of “View channel details” in Slack. A rule added in the terminal with the"
            " bare name: remove it and add it again",
        )
        for channel, names in unnamed.items()
    ]
    if problems:
        raise ConfigError(problems)
