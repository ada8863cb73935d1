"""Write bot/gazetteer/actors.jsonl: `python -m scripts.build_actors`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from bot.core.text import fold
from scripts import build_names
from scripts.build_actors.han import traditional
from scripts.build_actors.romanise import cyrillic_in_latin, korean, russian_cases
from scripts.build_actors.sources import Actor, Alias, read_all

TARGET = Path(__file__).parents[2] / "bot" / "gazetteer" / "actors.jsonl"
_CYRILLIC = frozenset("uk ru be bg sr mk".split())
#: Where the family name comes first: in Russian only the last word of a name declines.
_FAMILY_FIRST = frozenset("CN HK KP KR TW VN".split())
#: Shorter katakana names, joined, stand inside too many other words.
_SHORTEST_JOINED = 5


def _same_language_spellings(actor: Actor, alias: Alias) -> Iterator[str]:
    yield alias.text
    if alias.lang == "zh":
        yield traditional(alias.text)
    if alias.lang == "ja" and len(alias.text) > _SHORTEST_JOINED:
        yield re.sub("[・＝]", "", alias.text)
    if alias.lang == "ru" and actor.type == "person":
        yield from russian_cases(alias.text, only_last=actor.country in _FAMILY_FIRST)


def _spellings(actor: Actor, aliases: Iterable[Alias]) -> Iterator[str]:
    for alias in aliases:
        yield from _same_language_spellings(actor, alias)
        if "ru" in actor.families and alias.lang in _CYRILLIC and " " in alias.text:
            yield from cyrillic_in_latin(alias.text)


def _korean(aliases: Iterable[Alias]) -> Iterator[str]:
    # Aliases with a title (김영철 부위원장) are no bare names.
    names = (alias.text for alias in aliases if alias.lang == "ko" and " " not in alias.text)
    yield from (spelling for name in names for spelling in korean(name))


def names(actor: Actor) -> tuple[list[str], list[str]]:
    """The names and the weak names of an actor, each spelling once, in source order."""
    strong, weak = _spellings(actor, actor.aliases), _spellings(actor, actor.weak)
    if "kr" in actor.families:
        strong = chain(strong, _korean(actor.aliases))
        weak = chain(weak, _korean(actor.weak))
    if "krw" in actor.families:
        weak = chain(weak, _korean(actor.aliases + actor.weak))
    certain = _once(strong)
    known = {_key(name) for name in certain}
    return certain, [name for name in _once(weak) if _key(name) not in known]


def _once(spellings: Iterable[str]) -> list[str]:
    """The first of the spellings that the matcher cannot tell apart."""
    found: dict[object, str] = {}
    for name in spellings:
        found.setdefault(_key(name), name)
    return list(found.values())


def _key(name: str) -> tuple[bytes, bool, bool]:
    # NATO is found in capitals only, Nato in both: these two stay apart.
    return fold(name).data, name.isupper(), name.endswith("*")


def row(actor: Actor) -> dict[str, object]:
    """The shipped form of an actor: the fields of `bot.core.models.Entity` that say something."""
    strong, weak = names(actor)
    fields = {
        "id": actor.id,
        "kind": "actor",
        "name": actor.name,
        "type": actor.type,
        "names": strong,
        "weak": weak,
        "parent": actor.parent,
        "country": actor.country,
        "roles": actor.roles,
        "source": actor.source,
    }
    return {key: value for key, value in fields.items() if value}


def check(actors: Iterable[Actor]) -> None:
    """Refuse two lines with one id, and a parent that does not exist.

    Raises:
        ValueError: naming every such line.
    """
    seen: dict[str, str] = {}
    problems = []
    actors = list(actors)
    for actor in actors:
        if actor.id in seen:
            problems.append(f"{actor.where}: {actor.id} is already at {seen[actor.id]}")
        seen[actor.id] = actor.where
    problems += [
        f"{actor.where}: no actor {actor.parent}"
        for actor in actors
        if actor.parent and actor.parent not in seen
    ]
    if problems:
        raise ValueError("\n".join(problems))


def render(actors: Iterable[Actor]) -> str:
    """The file's text: one JSON object a line, sorted by id."""
    rows = sorted((row(actor) for actor in actors), key=lambda entry: str(entry["id"]))
    return "".join(
        json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n" for entry in rows
    )


def main() -> None:
    """Build the file."""
    actors = read_all()
    check(actors)
    TARGET.write_text(render(actors), "utf-8")
    print(f"{len(actors)} actors, {TARGET.stat().st_size // 1024} kB")
    build_names.main()


if __name__ == "__main__":
    main()
