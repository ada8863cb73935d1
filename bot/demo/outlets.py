"""The demo's invented outlets: what each one publishes, and at which step of the show."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Format = Literal["rss", "rdf", "atom", "json"]

LAST_STEP = 3  #: step 0 is what is there at the first poll; each later one adds and changes


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEntry:
    """One entry as its outlet serves it."""

    id: str  #: unique within its outlet; what `{id}` stands for in links and guids
    section: str
    title: str  #: plain text
    summary: str  #: plain text, or HTML when `html` says so
    ago: int  #: minutes between its publication and its step
    step: int = 0  #: appears, or was dated anew, at this step
    author: str = ""
    html: bool = False
    link: str = ""  #: instead of the outlet's pattern
    gone: bool = False  #: its outlet doesn't serve it at this step
    expect: tuple[str, ...] = ()  #: names of the demo's rules that match it: all of them
    trap: str = ""  #: why a careless matcher would fire, in words for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to an entry after it was published."""

    id: str
    step: int  #: holds from this step on
    what: str  #: re-titled, re-dated, gone, returning …
    fields: tuple[tuple[str, Any], ...]  #: names and new values of what changes in `DemoEntry`


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publication and its feed."""

    name: str  #: the stem of its file and of its feed's address
    format: Format
    lang: str
    title: str
    about: str
    site: str
    link: str  #: pattern with {id} and {section}
    guid: str  #: pattern with {id}, {section} and {link}; "" serves none
    entries: tuple[DemoEntry, ...]
    changes: tuple[Change, ...] = ()
    window: int | None = None  #: serves only its newest entries, that many
    tz: int = 0  #: hours ahead of UTC its dates are written in
    encoding: str = "utf-8"
    cdata: bool = False  #: wraps HTML in CDATA rather than escape it
    subscribed: bool = True  #: False: nobody polls it until somebody finds it

    def at(self, step: int) -> tuple[DemoEntry, ...]:
        """Return the entries its feed serves at `step`, newest first."""
        served = [self._changed(entry, step) for entry in self.entries if entry.step <= step]
        newest = sorted(
            (entry for entry in served if not entry.gone), key=lambda e: (-e.step, e.ago)
        )
        return tuple(newest[: self.window])

    def _changed(self, entry: DemoEntry, step: int) -> DemoEntry:
        for change in self.changes:
            if change.id == entry.id and change.step <= step:
                fields = dict(change.fields)
                if "ago" in fields:
                    fields["step"] = change.step
                entry = replace(entry, **fields)
        return entry

    def link_of(self, entry: DemoEntry) -> str:
        """Return the link `entry` is served with."""
        return entry.link or self._permalink(entry)

    def guid_of(self, entry: DemoEntry) -> str:
        """Return the guid `entry` is served with, "" for none; no change ever touches it."""
        return self.guid.format(id=entry.id, section=entry.section, link=self._permalink(entry))

    def _permalink(self, entry: DemoEntry) -> str:
        return self.link.format(id=entry.id, section=entry.section)


@cache
def load_outlets() -> tuple[Outlet, ...]:
    """Return all outlets, by name."""
    folder = files(__package__) / "content"
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".toml"))
    return tuple(
        _outlet(name.removesuffix(".toml"), (folder / name).read_text("utf-8")) for name in names
    )


def _outlet(name: str, text: str) -> Outlet:
    data = tomllib.loads(text)
    authors = data.pop("authors", None) or [""]
    entries = tuple(
        _entry(row, author=authors[number % len(authors)])
        for number, row in enumerate(data.pop("entry"))
    )
    changes = tuple(_change(row) for row in data.pop("change", ()))
    return Outlet(name=name, entries=entries, changes=changes, **data)


def _entry(row: dict[str, Any], *, author: str) -> DemoEntry:
    return DemoEntry(author=author, expect=tuple(row.pop("expect", ())), **row)


def _change(row: dict[str, Any]) -> Change:
    named = {name: row.pop(name) for name in ("id", "step", "what")}
    return Change(**named, fields=tuple(row.items()))
