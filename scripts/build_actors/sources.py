"""Read the curated lists: one actor a line, its names, weak names, country and parent."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LISTS = Path(__file__).parent / "lists"
OFFICES = Path(__file__).parent / "offices.txt"

TYPES = frozenset(
    "person organisation government military party armed-group think-tank company media".split()
)
_SECTION = re.compile(r"\[(?P<type>[a-z-]+)(?: (?P<country>[A-Z]{2}))?(?: \^(?P<parent>\S+))?\]")
_LANG = re.compile(r"(?P<lang>[a-z]{2}):(?P<name>.+)")
_OFFICE = re.compile(
    r"(?P<office>[^:]+): (?P<weak>~?)(?P<name>.+?) (?P<first>\d{4})(?:-(?P<until>\d{4}))?"
)
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name as written in a source, and its language when the source says it."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One line of a source file."""

    id: str
    name: str
    type: str
    aliases: tuple[Alias, ...]
    weak: tuple[Alias, ...]
    families: frozenset[str]  #: spellings to generate: `kr`, `ru`; `krw`: Korean, all weak
    country: str | None
    parent: str | None
    source: str
    where: str  #: file:line, for messages
    roles: tuple[str, ...] = ()


def slug(name: str) -> str:
    """The id part of a name: `Kim Jong-un` → `kim-jong-un`."""
    special = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae"})
    plain = unicodedata.normalize("NFKD", name.lower().translate(special))
    ascii_only = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.replace("'", "").replace("’", "")).strip("-")


def expand_braces(text: str) -> Iterator[str]:
    """`{al,el}-Shabaab` → `al-Shabaab`, `el-Shabaab`."""
    parts = _BRACES.split(text)
    choices = [part.split(",") if odd % 2 else [part] for odd, part in enumerate(parts)]
    for pick in itertools.product(*choices):
        yield re.sub(r"\s+", " ", "".join(pick)).strip()


def _aliases(text: str) -> Iterator[Alias]:
    for item in filter(None, map(str.strip, text.split(";"))):
        tagged = _LANG.fullmatch(item)
        lang, name = (tagged["lang"], tagged["name"]) if tagged else (None, item)
        for spelling in expand_braces(name.strip()):
            yield Alias(text=spelling, lang=lang)


def _actor(line: str, section: re.Match[str], where: str, source: str) -> Actor:
    strong, _, weak = line.partition("~")
    head, _, rest = strong.partition(";")
    given_id, _, described = head.rpartition(" = ")
    marks = [word for word in described.split() if word[0] in "@!%^"]
    name = " ".join(word for word in described.split() if word[0] not in "@!%^")
    country = next((mark[1:] for mark in marks if mark[0] == "%"), section["country"])
    parent = next((mark[1:] for mark in marks if mark[0] == "^"), section["parent"])
    aliases = [Alias(text=name), *_aliases(rest)]
    if "!" in marks:
        aliases.append(Alias(text=name.split()[-1]))
    weak_aliases = tuple(_aliases(weak))
    weak_texts = {alias.text for alias in weak_aliases}
    return Actor(
        id=f"act:{given_id.strip() or slug(name)}",
        name=name,
        type=section["type"],
        aliases=tuple(alias for alias in aliases if alias.text not in weak_texts),
        weak=weak_aliases,
        families=frozenset(mark[1:] for mark in marks if mark[0] == "@"),
        country=country,
        parent=f"act:{parent}" if parent and parent != "-" else None,
        source=source,
        where=where,
    )


def read(path: Path) -> Iterator[Actor]:
    """The actors of one source file; its stem is `curated-…` or names the origin.

    Raises:
        ValueError: a line stands before any section, or a section names no known type.
    """
    section: re.Match[str] | None = None
    source = "petrarch" if path.stem == "petrarch" else "curated"
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text, where = line.partition("#")[0].strip(), f"{path.name}:{number}"
        if text.startswith("["):
            section = _SECTION.fullmatch(text)
            if section is None or section["type"] not in TYPES:
                raise ValueError(f"{where}: not a section: {text}")
        elif text and section is None:
            raise ValueError(f"{where}: an actor before the first [section]")
        elif text and section is not None:
            yield _actor(text, section, where, source)


def read_all(folder: Path = LISTS, offices: Path = OFFICES) -> list[Actor]:
    """Every actor of every `*.txt` in the folder, in file order, then who only holds an office."""
    actors = [actor for path in sorted(folder.glob("*.txt")) for actor in read(path)]
    return with_offices(actors, offices)


def with_offices(actors: Iterable[Actor], path: Path) -> list[Actor]:
    """Give actors their offices; add who is named in `path` only.

    Raises:
        ValueError: a line cannot be read, or an office is held by what is no person.
    """
    known = {actor.id: actor for actor in actors}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        state, *offices = (part.strip() for part in line.partition("#")[0].split("|"))
        for office in offices:
            where = f"{path.name}:{number}"
            match = _OFFICE.fullmatch(office)
            if match is None:
                raise ValueError(f"{where}: not an office: {office}")
            entity_id = f"act:{slug(match['name'])}"
            holder = known.get(entity_id) or _holder(match, state, where)
            if holder.type != "person":
                raise ValueError(f"{where}: no person: {holder.id}")
            known[entity_id] = dataclasses.replace(holder, roles=(*holder.roles, _role(match)))
    return list(known.values())


def _role(office: re.Match[str]) -> str:
    until = f" to {office['until']}" if office["until"] else ""
    return f"{office['office']}, from {office['first']}{until}"


def _holder(office: re.Match[str], state: str, where: str) -> Actor:
    name = Alias(text=office["name"])
    return Actor(
        id=f"act:{slug(office['name'])}",
        name=office["name"],
        type="person",
        aliases=() if office["weak"] else (name,),
        weak=(name,) if office["weak"] else (),
        families=frozenset(),
        country=state,
        parent=None,
        source="curated",
        where=where,
    )
