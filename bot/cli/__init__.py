"""The command line: argument shapes only; each command imports what it needs when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from bot import __version__
from bot.errors import WatchdeskError

_OFFLINE = "bot.cli.offline"
_DESK = "bot.cli.desk"
_DATABASE = "bot.cli.database"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = argparse.ArgumentParser(
        prog="bot", description="Watchdesk: feeds in, alerts out, with the reason each one fired."
    )
    parser.add_argument("--version", action="version", version=f"watchdesk {__version__}")
    parser.add_argument(
        "--log", choices=["debug", "info", "warning", "error"], help="how much to tell"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_desk(commands)
    _add_offline(commands)
    return parser


Commands = argparse._SubParsersAction  # noqa: SLF001  argparse gives it no public name


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, where: str, *, about: str
) -> argparse.ArgumentParser:
    """Add a command that `where:function` carries out."""
    command = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=where)
    return command


def _configured(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument(
        "--config", default="feeds.yaml", metavar="FILE", help="default: %(default)s"
    )
    return command


def _working(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    _configured(command).add_argument(
        "--adopt", action="store_true", help="the file takes the place of one of another name"
    )
    return command


def _add_desk(commands: Commands[argparse.ArgumentParser]) -> None:
    run = _command(commands, "run", f"{_DESK}:run", about="poll and deliver until stopped")
    _working(run).add_argument(
        "--console", action="store_true", help="show alerts here instead of in Slack"
    )
    run.add_argument("--json", action="store_true", help="with --console: one JSON line per alert")
    run.add_argument("--port", type=int, default=3000, help="HTTP mode listens here (default 3000)")

    demo = _command(
        commands, "demo", "bot.demo.show:run", about="see it work: no account, no internet"
    )
    demo.add_argument("--once", action="store_true", help="run without a prompt and end")

    check = _command(commands, "check", f"{_DESK}:check", about="check the configuration")
    instead = _configured(check).add_mutually_exclusive_group()
    instead.add_argument(
        "--health", action="store_true", help="is a bot running and well? (exit 1 if not)"
    )
    instead.add_argument("--db", action="store_true", help="is the database sound? (exit 1 if not)")
    check.add_argument("--json", action="store_true", help="with --db: as JSON")

    backup = _command(
        commands, "backup", f"{_DATABASE}:backup", about="copy the database, in use or not"
    )
    backup.add_argument("file", metavar="FILE")
    backup.add_argument("--force", action="store_true", help="replace FILE if it is there")

    restore = _command(
        commands, "restore", f"{_DATABASE}:restore", about="put a backup in the database's place"
    )
    restore.add_argument("file", metavar="FILE")

    prune = _command(commands, "prune", f"{_DATABASE}:prune", about="forget old texts now")
    _configured(prune).add_argument(
        "--shrink", action="store_true", help="make the file smaller too; no bot may run"
    )

    poll = _command(commands, "poll", f"{_DESK}:poll", about="poll the feeds that are due, once")
    _working(poll).add_argument("--json", action="store_true", help="the report as JSON")

    deliver = _command(commands, "deliver", f"{_DESK}:deliver", about="send what is owed, once")
    _working(deliver).add_argument("--console", action="store_true", help="show it here")
    deliver.add_argument("--json", action="store_true", help="with --console: JSON lines")
    deliver.add_argument("--dead", action="store_true", help="owe the refused ones again first")

    for name in ("watch", "digest"):
        command = _command(
            commands, name, f"{_DESK}:{name}", about=f"what /{name} does in Slack, here"
        )
        _configured(command)
        command.add_argument("--in", dest="channel", metavar="#CHANNEL", help="as if asked there")
        if name == "digest":
            command.add_argument("--chart", metavar="FILE.png", help="draw its chart there")
        command.add_argument("words", nargs=argparse.REMAINDER, help=f"try: bot {name} help")

    feeds = commands.add_parser("feeds", help="import or export feeds as OPML")
    verbs = feeds.add_subparsers(metavar="VERB", required=True)
    take = _command(verbs, "import", f"{_DESK}:feeds_import", about="add the feeds of an OPML file")
    take.add_argument("file")
    _configured(_command(verbs, "export", f"{_DESK}:feeds_export", about="print the feeds as OPML"))


def _add_offline(commands: Commands[argparse.ArgumentParser]) -> None:
    parse = _command(commands, "parse", f"{_OFFLINE}:parse", about="read one feed document")
    parse.add_argument("source", metavar="FILE|URL")
    parse.add_argument("--json", action="store_true")
    parse.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NETWORK",
        help="a private network the URL may lead to, as 127.0.0.0/8",
    )

    match = _command(commands, "match", f"{_OFFLINE}:match", about="match entries against rules")
    match.add_argument("entries", metavar="ENTRIES.jsonl")
    match.add_argument("--rules", required=True, metavar="FILE")
    match.add_argument("--json", action="store_true")

    entities = _command(
        commands, "entities", f"{_OFFLINE}:entities", about="name the actors and places in entries"
    )
    entities.add_argument("entries", metavar="ENTRIES.jsonl")
    entities.add_argument("--json", action="store_true")

    replay = _command(
        commands, "replay", f"{_OFFLINE}:replay", about="run recorded entries through the pipeline"
    )
    replay.add_argument("source", metavar="ENTRIES.jsonl|FOLDER")
    replay.add_argument("--config", required=True, metavar="FILE", help="its rules are used")
    replay.add_argument("--state", metavar="FILE", help="keep it here, and go on from it next time")
    replay.add_argument("--json", action="store_true")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 after telling what is wrong, or 2 for wrong arguments."""
    arguments = build_parser().parse_args(argv)
    module, function = arguments.run.split(":")
    try:
        code = int(getattr(import_module(module), function)(arguments))
        sys.stdout.flush()  # what can't be written is to be noticed here
    except WatchdeskError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # nobody reads on; without this the interpreter would fail once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"{error.filename or 'input or output'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code
