"""Actors and locations from the command line: what is known by a name, and what the team adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.line import tidy
from bot.config.values import WrongError, latitude, longitude
from bot.config.values import kind as kind_of
from bot.core.models import Entity, Naming
from bot.core.render import code, literal, shorten
from bot.store.changes import ENTITY
from bot.team import NamingError, overlaid

_WORD = re.compile(
    r"""(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))""", re.IGNORECASE
)
_KEYS = ("alias", "in", "kind", "lat", "lon")
_MOST_NAMES = 12
_MOST_SENSES = 4


def show(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show all that is known by a name."""
    name, options = _read(asker, text, "entity")
    if options:
        raise refuse(f"To change it: {code(f'{asker.invoked_as} entity add {text.strip()}')}")
    gazetteer = desk.book.gazetteer
    found = gazetteer.lookup(name)
    if not found:
        near = ", ".join(literal(one) for one in gazetteer.suggest(name))
        raise refuse(
            f"No actor or place is known as {code(name)}. A rule takes it as text."
            + (f" Near it: {near}." if near else ""),
            "An admin can add it: "
            + code(f'{asker.invoked_as} entity add "{name}" in:"North Korea" alias:"…"'),
        )
    lines = [line for one in found[:_MOST_SENSES] for line in _described(desk, one)]
    more = len(found) - _MOST_SENSES
    several = f"{code(name)} means several things; what stands around it decides." * (
        len(found) > 1
    )
    return reply(several, *lines, f"and {more} more" if more > 0 else "")


def _described(desk: Desk, entity: Entity) -> Iterator[str]:
    path = " → ".join(literal(one.name) for one in desk.book.gazetteer.within(entity)[1:])
    at = f" · {entity.lat:.2f}, {entity.lon:.2f}" if entity.lat is not None and entity.lon else ""
    yield (
        f"*{literal(entity.name)}* · {literal(entity.type)}" + (f" in {path}" if path else "") + at
    )
    for words, names in (("Names", entity.names), ("With evidence around it", entity.weak)):
        if names:
            shown = ", ".join(literal(shorten(name, 60)) for name in names[:_MOST_NAMES])
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            yield f"{words}: {shown}{more}"
    roles = "; ".join(literal(role) for role in entity.roles[:3])
    yield f"{roles + ' · ' if roles else ''}source: {literal(entity.source or 'unknown')}"


def add(desk: Desk, asker: Asker, text: str) -> Reply:
    """Give a known entity more names, or make one of the team's own."""
    _insist(desk, asker)
    name, options = _read(asker, text, "entity add")
    said = desk.store.team.get(name) or Naming(name=name)
    _insist_on_own(said)
    naming = replace(
        said,
        aliases=tuple(dict.fromkeys((*said.aliases, *options.get("alias", ())))),
        within=options.get("in", (said.within,))[-1],
        origin=asker.user,
        place="",
        **_typed(options),
    )
    if naming == replace(said, origin=asker.user, place="") and said.aliases:
        raise refuse(f"That is all known of {code(name)} already. Nothing was changed.")
    return _save(desk, asker, naming, "added", " ".join(options.get("alias", ())))


def remove(desk: Desk, asker: Asker, text: str) -> Reply:
    """Take a name away from an entity, or all that the team said about it."""
    _insist(desk, asker)
    name, options = _read(asker, text, "entity remove")
    said = desk.store.team.get(name)
    if said is not None:
        _insist_on_own(said)
    if not options:
        if said is None:
            raise refuse(
                f"The team said nothing about {code(name)}. To take one name away:",
                code(f'{asker.invoked_as} entity remove "{name}" alias:"…"'),
            )
        with desk.store.transaction():
            desk.store.team.drop(name)
            _note(desk, asker, name, "removed", "")
        return reply(f":wastebasket: What the team said about *{literal(name)}* is gone.")
    if set(options) != {"alias"}:
        raise refuse('Only a name can be taken away: `alias:"…"`.')
    said = said or Naming(name=name)
    gone = options["alias"]
    naming = replace(
        said,
        aliases=tuple(one for one in said.aliases if one not in gone),
        without=tuple(
            dict.fromkeys((*said.without, *(one for one in gone if one not in said.aliases)))
        ),
        origin=asker.user,
    )
    return _save(desk, asker, naming, "removed", " ".join(gone))


def _save(desk: Desk, asker: Asker, naming: Naming, did: str, detail: str) -> Reply:
    others = [one for one in desk.store.team.all() if one.name.casefold() != naming.name.casefold()]
    try:
        overlaid(desk.book.gazetteer.with_team([]), [*others, naming])
    except NamingError as error:
        raise refuse(
            f"{literal(error.message)}: {literal(error.fix)}. Nothing was saved. Like this:",
            code(f'{asker.invoked_as} entity add "{naming.name}" in:"North Korea" alias:"…"'),
            f"A person or organisation: {code(f'… entity add {naming.name} kind:actor')}",
        ) from None
    with desk.store.transaction():
        desk.store.team.put(naming, now=desk.clock())
        _note(desk, asker, naming.name, did, detail)
    lines = [
        line
        for one in desk.book.gazetteer.lookup(naming.name)[:1]
        for line in _described(desk, one)
    ]
    return reply(":white_check_mark: Saved; it counts from now on.", *lines)


def _note(desk: Desk, asker: Asker, name: str, did: str, detail: str) -> None:
    desk.store.changes.note(ENTITY, name, did, who=asker.user, now=desk.clock(), detail=detail)


def _insist(desk: Desk, asker: Asker) -> None:
    if not desk.is_admin(asker):
        raise refuse("Only admins may change what names mean: everybody's rules follow them.")


def _insist_on_own(said: Naming) -> None:
    """What stands in a file is changed there: the next start would bring it back."""
    if said.place:
        raise refuse(f"{who(said.origin)} says that ({code(said.place)}): change it there.")


def _typed(options: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    read = {"kind": kind_of, "lat": latitude, "lon": longitude}
    typed: dict[str, Any] = {}
    for key, take in read.items():
        if key in options:
            try:
                typed[key] = take(options[key][-1])
            except WrongError as wrong:
                raise refuse(f"{literal(wrong.message)}: {literal(wrong.fix)}.") from None
    return typed


def _read(asker: Asker, text: str, verb: str) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    """Return the name and the options of a line like `"Sohae" alias:"Tongchang-ri" in:Korea`."""
    names: list[str] = []
    options: dict[str, tuple[str, ...]] = {}
    for found in _WORD.finditer(tidy(text)):
        value = (found["quoted"] if found["quoted"] is not None else found["bare"]).strip()
        key = (found["key"] or "").lower()
        if not key:
            names.append(value)
        elif key not in _KEYS or not value:
            known = ", ".join(f"`{one}:`" for one in _KEYS)
            raise refuse(f"I don't know {code(found[0])} here. There are {known}.")
        else:
            options[key] = (*options.get(key, ()), value)
    name = " ".join(names)
    if not name:
        raise refuse("Which name? Like this:", code(f'{asker.invoked_as} {verb} "Sohae"'))
    return name, options
