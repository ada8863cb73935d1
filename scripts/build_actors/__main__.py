"""Write bot/gazetteer/actors.jsonl: `python -m scripts.build_actors`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.build_actors.han import traditional
from scripts.build_actors.romanise import cyrillic_in_latin, korean, russian_cases
from scripts.build_actors.sources import Actor, Alias, read_all

TARGET = Path(__file__).parents[2] / "bot" / "gazetteer" / "actors.jsonl"
_CYRILLIC = frozenset("uk ru be bg sr mk".split())
_ALEF = str.maketrans("أإآ", "ااا")


def _same_language_spellings(actor: Actor, alias: Alias) -> Iterator[str]:
    yield alias.text
    if alias.lang == "zh":
        yield traditional(alias.text)
    if alias.lang == "ja":
        yield re.sub("[・＝]", "", alias.text)
    if alias.lang in {"ar", "fa", "ur"}:
        yield alias.text.translate(_ALEF)
    if alias.lang == "ru" and actor.type == "person":
        yield from russian_cases(alias.text, only_last="kr" in actor.families)


def _spellings(actor: Actor, aliases: Iterable[Alias]) -> Iterator[str]:
    for alias in aliases:
        yield from _same_language_spellings(actor, alias)
        if "kr" in actor.families and alias.lang == "ko" and " " not in alias.text:
            yield from korean(alias.text)
        if "ru" in actor.families and alias.lang in _CYRILLIC and " " in alias.text:
            yield from cyrillic_in_latin(alias.text)


def names(actor: Actor) -> tuple[list[str], list[str]]:
    """The names and the weak names of an actor, each spelling once, in source order."""
    strong = list(dict.fromkeys(_spellings(actor, actor.aliases)))
    weak = dict.fromkeys(_spellings(actor, actor.weak))
    return strong, [name for name in weak if name not in set(strong)]


def row(actor: Actor) -> dict[str, object]:
    """The shipped form of an actor: the fields of `bot.core.models.Entity`."""
    strong, weak = names(actor)
    return {
        "id": actor.id,
        "kind": "actor",
        "name": actor.name,
        "type": actor.type,
        "names": strong,
        "weak": weak,
        "parent": actor.parent,
        "country": actor.country,
        "source": actor.source,
    }


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
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in rows)


def main() -> None:
    """Build the file."""
    actors = read_all()
    check(actors)
    TARGET.write_text(render(actors), "utf-8")
    print(f"{len(actors)} actors, {TARGET.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
