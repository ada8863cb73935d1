"""Commands that need no database: parse, match, entities, replay."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.text import Text

from bot import gazetteer
from bot.config import load_config, load_entities, load_rules
from bot.core.models import Entry, Match, Mention, ParsedFeed
from bot.core.rules import compile_rules
from bot.errors import ConfigError, FeedError, Problem, WatchdeskError
from bot.replay import basis_of, read_entries
from bot.replay import replay as replay_source
from bot.team import overlaid


def parse(arguments: Namespace) -> int:
    """Read one feed document and show what is in it."""
    from bot.feeds.json_form import feed_to_json  # noqa: PLC0415  only here

    if arguments.allow and not _is_url(arguments.source):
        raise ConfigError([Problem("--allow", "is for a URL, this is a file", "leave it out")])
    parsed = _read(arguments.source, arguments.allow)
    if arguments.json:
        _print_json(feed_to_json(parsed))
    else:
        _show_feed(parsed)
    return 0


def _read(source: str, allow: list[str]) -> ParsedFeed:
    from bot.feeds.parse import Parser  # noqa: PLC0415  starts a process

    body, url, content_type = _body(source, allow)
    with Parser(workers=1) as parser:
        return parser.parse(body, url=url, content_type=content_type)


def _body(source: str, allow: list[str]) -> tuple[bytes, str, str | None]:
    if not _is_url(source):
        path = _existing(source)
        return path.read_bytes(), "", None
    from bot.app import open_fetcher  # noqa: PLC0415  loads libcurl
    from bot.feeds.fetch import Fetched, FetchRequest  # noqa: PLC0415

    with open_fetcher(allow=tuple(allow)) as fetcher:
        request = FetchRequest(url=source)
        for _, result in fetcher.fetch([request], now=datetime.now(UTC)):
            if isinstance(result, Fetched):
                return result.body, result.url, result.content_type
            raise FeedError(f"{source}: {getattr(result, 'reason', 'nothing came back')}")
    raise FeedError(f"{source}: nothing came back")


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def match(arguments: Namespace) -> int:
    """Match the entries of a file against the rules of another that are not paused."""
    rules = load_rules(_existing(arguments.rules))
    names = {rule.id: rule.name for rule in rules}
    resting = [rule for rule in rules if rule.paused_until is not None]
    for rule in resting:
        print(f"paused, not matched: {rule.name}", file=sys.stderr)
    known = overlaid(gazetteer.load(), load_entities(arguments.rules))
    compiled = compile_rules([rule for rule in rules if rule not in resting], known)
    for entry in _entries(arguments):
        found = compiled.match(entry)
        if arguments.json:
            _print_json({"id": entry.key, "matches": [_match(one, names) for one in found]})
        else:
            _show_marks(entry, [(names[one.rule_id], why.term) for one in found for why in one.why])
    return 0


def _match(found: Match, names: dict[int, str]) -> dict[str, Any]:
    fields = ("field", "text", "start", "end", "term", "entity")
    return {
        "rule": names[found.rule_id],
        "why": [{name: getattr(reason, name) for name in fields} for reason in found.why],
    }


def entities(arguments: Namespace) -> int:
    """Name the actors and places that the entries of a file mention."""
    known = gazetteer.load()
    for entry in _entries(arguments):
        mentions = known.mentions(entry)
        if arguments.json:
            _print_json({"id": entry.key, "entities": [_mention(one) for one in mentions]})
        else:
            _show_marks(entry, [(one.entity.name, one.text) for one in mentions])
    return 0


def _mention(mention: Mention) -> dict[str, Any]:
    entity = mention.entity
    return {
        "field": mention.field,
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "kind": entity.kind.value,
        "entity": entity.id,
        "name": entity.name,
        "country": entity.country,
    }


def replay(arguments: Namespace) -> int:
    """Run recorded entries or snapshots through the pipeline and tell each decision."""
    config = load_config(_existing(arguments.config), need_feeds=False)
    source = _existing(arguments.source)
    counts: dict[str, int] = {}
    known = overlaid(gazetteer.load(), config.entities)
    state = Path(arguments.state) if arguments.state else None
    basis = basis_of(source, Path(arguments.config)) if state else None
    for line in replay_source(source, config.rules, known, state=state, basis=basis):
        counts[line["decision"]] = counts.get(line["decision"], 0) + 1
        counts["post"] = counts.get("post", 0) + (line["delivery"] == "post")
        if arguments.json:
            _print_json(line)
        elif line["delivery"] != "none":
            Console().print(Text(f"{line['delivery']:6} {line['story']:7} {line['id']}"))
    if not arguments.json:
        Console().print(Text("  ".join(f"{name} {n}" for name, n in counts.items())))
    return 0


def _entries(arguments: Namespace) -> Iterable[Entry]:
    found = (entry for _, entry in read_entries(_existing(arguments.entries)))
    if arguments.json or not sys.stderr.isatty():
        return found
    return track(list(found), description="entries", console=Console(stderr=True))


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.exists():
        raise WatchdeskError(f"{name}: no such file or folder")
    return path


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _show_feed(parsed: ParsedFeed) -> None:
    console = Console()
    console.print(Text(parsed.title or "(no title)", style="bold"), Text(parsed.url or ""))
    for entry in parsed.entries:
        when = f"{entry.published:%Y-%m-%d %H:%M}Z" if entry.published else "no date"
        console.print(Text(f"  {when:17} ", style="dim"), Text(entry.title), sep="")
    for problem in parsed.problems:
        console.print(Text(f"  {problem}", style="yellow"))


def _show_marks(entry: Entry, marks: list[tuple[str, str]]) -> None:
    if marks:
        console = Console()
        console.print(Text(entry.title, style="bold"))
        for name, text in marks:
            console.print(Text(f"  {name}", style="green"), Text(f" ← {text}", style="dim"), sep="")
