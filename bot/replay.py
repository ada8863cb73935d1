"""Run recorded entries or snapshots through the real pipeline, on their own clock.

In memory; or in a file, where a replay that was stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import __version__
from bot.absorb import Seen, absorb
from bot.core.entities import Gazetteer
from bot.core.identity import entry_key
from bot.core.models import Entry, Feed, FeedState, ParsedFeed, Rule
from bot.errors import FeedError, Problem, WatchdeskError
from bot.feeds.links import http_link
from bot.feeds.parse import parse_document
from bot.rulebook import Rulebook
from bot.store import Store, open_store
from bot.store.feeds import KnownFeed
from bot.storyline import Storyline

_SNAPSHOT = re.compile(r"^\d{8}T\d{6}Z$")
_FIELDS = ("feed", "id", "url", "title", "summary", "published", "lang")
_HALF = re.compile(r"[\ud800-\udfff]")
_START = datetime(2000, 1, 1, tzinfo=UTC)  #: for entries before the first that carries a date

Line = dict[str, Any]


class ReplayError(WatchdeskError):
    """What was given can't be replayed; the message names file and line."""


def read_entries(path: Path) -> Iterator[tuple[str, Entry]]:
    """Yield the feed and entry of every line of a `.jsonl`.

    Raises:
        ReplayError: a line that is no JSON object with a title, with its place.
    """
    with path.open("rb") as lines:  # bytes, so that one bad line can be named
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(BOM_UTF8) if number == 1 else line
            if text.strip():
                try:
                    yield _entry_line(json.loads(text.decode()))
                except (ValueError, TypeError, OverflowError, RecursionError) as error:
                    said = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error
                    problem = Problem(
                        f"{path.name}:{number}", f"no entry: {said}", 'write {"title": "…", …}'
                    )
                    raise ReplayError(str(problem)) from error


def _entry_line(data: object) -> tuple[str, Entry]:
    """Return feed and entry of a line; ValueError or TypeError say what is wrong with it."""
    if not isinstance(data, dict):
        raise TypeError("not an object")
    if not isinstance(data.get("title"), str):
        raise TypeError("`title` is missing or no text")
    given = {name: _text(data, name) for name in _FIELDS}
    published = _when(given["published"])
    # an address that is none would be nobody's link: it is left out, as from a feed
    url = given["url"] if http_link(given["url"]) else None
    title, feed = given["title"], given["feed"]
    key = given["id"] or entry_key(guid=None, url=url, title=title, published=published)
    entry = Entry(
        key=key,
        title=title,
        summary=given["summary"],
        url=url,
        published=published,
        lang=given["lang"] or None,
        outlet=feed,
    )
    return feed, entry


def _text(data: dict[str, Any], name: str) -> str:
    """Return a field as text, "" for null or nothing; half a surrogate pair becomes U+FFFD."""
    value = data.get(name)
    if name == "id" and isinstance(value, int):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"`{name}` is no text")
    return _HALF.sub("\ufffd", value or "")


def _when(text: str) -> datetime | None:
    if not text:
        return None
    when = datetime.fromisoformat(text)
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def replay(
    source: Path,
    rules: tuple[Rule, ...],
    gazetteer: Gazetteer,
    *,
    state: Path | None = None,
    basis: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    """Yield what the pipeline decides about each entry, in order.

    With a state all is kept in that file: killed at any moment and begun again, a replay goes on
    behind the last step that was recorded, after yielding what it decided before.

    Args:
        source: a `.jsonl` of entries, every line newly published; or a folder of snapshots
            `<feed>/<UTC time>.xml`, polled in time order, each feed's first one its baseline.
        rules: what to watch; their names appear in `matches`.
        gazetteer: the actors and locations known.
        state: a file that is missing, or that an earlier replay left.
        basis: what must not have changed since then, by its name for people.

    Raises:
        ReplayError: the source can't be read, or the state is of something else.
    """
    store = open_store(f"sqlite:///{state}" if state else "sqlite://")
    try:
        with store.transaction():
            _begin(store, rules, basis or {}, state)
        yield from list(store.replays.lines())
        book = Rulebook(store, lambda: gazetteer)
        steps = _snapshots(source) if source.is_dir() else _lines(source)
        stories = Storyline(store, lambda: gazetteer)
        yield from _run(store, stories, book, steps)
    finally:
        store.close()


def _begin(
    store: Store, rules: tuple[Rule, ...], basis: Mapping[str, str], state: Path | None
) -> None:
    """Make a new database ready; of one that was begun, make sure it is the same replay."""
    begun = store.replays.basis()
    if not begun:
        if store.feeds.all():
            raise ReplayError(f"{state}: is the database of a bot → name a new file")
        store.replays.begin({**basis, "Watchdesk": __version__})
        store.rules.configure(rules, origin="replay", now=_START)
    for name, value in {**basis, "Watchdesk": __version__}.items():
        if begun and begun.get(name) != value:
            raise ReplayError(
                f"{state}: was begun with another {name} → name a new file, or delete this one"
            )


def basis_of(source: Path, rules: Path) -> dict[str, str]:
    """Return what a replay rests on, by its name for people, as marks that change with it."""
    files = sorted(path for path in source.rglob("*") if path.is_file())
    mark = hashlib.sha256()
    for path in files or [source]:
        inside = path.relative_to(source).as_posix()
        mark.update(f"{inside}\n{_mark(path)}\n".encode("utf-8", "surrogateescape"))
    return {"source": mark.hexdigest(), "rule file": _mark(rules)}


def _mark(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


Step = tuple[str, ParsedFeed, datetime, bool]  #: feed, document, now, whether it has a baseline


def _lines(path: Path) -> Iterator[Step]:
    now = _START
    for feed, entry in read_entries(path):
        now = entry.published or now
        yield feed, ParsedFeed(entries=(entry,)), now, False


def _snapshots(folder: Path) -> Iterator[Step]:
    files = sorted(
        (path for path in folder.rglob("*") if _SNAPSHOT.match(path.stem) and path.is_file()),
        key=lambda path: (path.stem, str(path)),
    )
    if not files:
        raise ReplayError(f"{folder.name}: no snapshots → name them <feed>/20260131T120000Z.xml")
    bodies: dict[str, str] = {}
    for path in files:
        inside = path.parent.relative_to(folder)
        feed = inside.as_posix() if inside.parts else folder.resolve().name
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        if bodies.get(feed) == digest:
            continue
        try:
            parsed = parse_document(body, url=_address(feed))
        except FeedError:
            continue  # a bad poll teaches nothing, here as there
        bodies[feed] = digest
        yield feed, parsed, _taken_at(path), True


def _address(feed: str) -> str:
    """Return a base for a feed's relative links, of its own whatever the folder is called."""
    return f"https://{hashlib.sha256(feed.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.invalid/"


def _taken_at(path: Path) -> datetime:
    try:
        return datetime.strptime(path.stem, "%Y%m%dT%H%M%S%z")
    except ValueError as error:
        problem = Problem(path.name, "no such time", "name it by its UTC time: 20260131T120000Z")
        raise ReplayError(str(problem)) from error


def _run(store: Store, stories: Storyline, book: Rulebook, steps: Iterator[Step]) -> Iterator[Line]:
    feeds: dict[str, KnownFeed] = {}
    called: dict[int, str] = {}  # feeds, by id
    names = {rule.id: rule.name for rule in store.rules.live()}
    done = store.replays.steps()
    for number, (name, parsed, now, has_baseline) in enumerate(steps):
        lines: list[Line] = []
        with store.transaction():
            known = feeds.get(name) or _feed(store, name, now, has_baseline=has_baseline)
            called[known.feed.id] = name
            if number >= done:
                seen = absorb(store, stories, book.current(now), known, parsed, now=now)
                for one in seen:
                    lines += [_line(name, one, names), *_gathered(store, one, called)]
                store.replays.add(number, lines)
        feeds[name] = replace(known, state=replace(known.state, baseline_at=now))
        yield from lines


def _feed(store: Store, name: str, now: datetime, *, has_baseline: bool) -> KnownFeed:
    feed = Feed(url=f"replay:{name}", title=name)
    known = KnownFeed(replace(feed, id=store.feeds.add(feed, now=now)), FeedState())
    return known if has_baseline else replace(known, state=FeedState(baseline_at=now))


def _delivery(seen: Seen) -> str:
    if seen.posts:
        return "post"
    if seen.replies and not seen.was_titled:
        return "reply"
    return "update" if seen.edits or seen.replies else "none"


def _line(feed: str, seen: Seen, names: dict[int, str]) -> Line:
    return {
        "id": seen.entry.key,
        "feed": feed,
        "decision": seen.decision,
        "story": f"S{seen.story_id}",
        "matches": [names[match.rule_id] for match in seen.matches],
        "delivery": _delivery(seen),
        "reason": seen.reason,
    }


def _gathered(store: Store, seen: Seen, feeds: Mapping[int, str]) -> Iterator[Line]:
    """Yield a line for each entry that another one brought over to its story."""
    for entry_id in seen.gathered:
        entry = store.entries.get(entry_id)
        assert entry is not None
        yield {
            "id": entry.entry.key,
            "feed": feeds[entry.feed_id],
            "decision": "gathered",
            "story": f"S{seen.story_id}",
            "matches": [],
            "delivery": "none",
            "reason": f"{seen.entry.key} shows that it tells this story",
        }
