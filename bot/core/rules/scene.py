"""One entry, made ready to be searched: folded once, everything else when first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from bot.core.entities import Gazetteer, home_of
from bot.core.models import Entry, Mention
from bot.core.text import Folded, fold, fold_pair, unfold_pair

_HOST = re.compile(r"[a-z]+://(?:[^/@]*@)?([^/:?#]+)", re.IGNORECASE)


class Place(NamedTuple):
    """A text that an attribute is looked for in."""

    field: str  #: what a reason calls it
    folded: Folded
    text: str  #: the whole field
    offset: int = 0  #: where the folded text begins in it


class Named(NamedTuple):
    """A mention that counts for an entity."""

    mention: Mention
    height: int  #: how many steps the entity is above what was mentioned


class Scene:
    """What matching asks about an entry. Used by one thread."""

    __slots__ = (
        "_gazetteer",
        "_may_name",
        "_named",
        "_names",
        "_places",
        "_texts",
        "entry",
        "joined",
    )

    def __init__(
        self,
        entry: Entry,
        gazetteer: Gazetteer,
        may_name: Callable[[bytes], bool],
        joined: bytes = b"",
        names: Collection[str] | None = None,
    ) -> None:
        """Take an entry.

        Args:
            entry: what is searched.
            gazetteer: the names known.
            may_name: says of folded text, cheaply, whether a rule may want an entity in it.
            joined: the text, folded, if that was done already.
            names: the ids of the entities in it and of what contains them, if that was done.
        """
        self.entry = entry
        #: Title and summary, folded, with a byte between them that no pattern contains.
        self.joined = joined or fold_pair(entry.title, entry.summary)
        self._texts: tuple[tuple[str, Folded], tuple[str, Folded]] | None = None
        self._gazetteer = gazetteer
        self._may_name = may_name
        self._named: dict[str, list[Named]] | None = None
        self._names = names
        self._places: dict[str, list[Place]] | None = None

    @property
    def texts(self) -> Sequence[tuple[str, Folded]]:
        """Title and summary."""
        if self._texts is None:
            title, summary = unfold_pair(self.joined, self.entry.title, self.entry.summary)
            self._texts = (("title", title), ("summary", summary))
        return self._texts

    @property
    def names(self) -> Collection[str]:
        """The ids of what is mentioned and of what contains it."""
        return self.named if self._names is None else self._names

    @property
    def named(self) -> Mapping[str, Sequence[Named]]:
        """What is mentioned, by the id of each entity it counts for: itself and what contains it."""
        if self._named is None:
            self._named = {}
            if not self._may_name(self.joined):
                return self._named
            home = home_of(self.entry)
            for mention in self._gazetteer.mentions_in(self.texts, home):
                for height, entity in enumerate(self._gazetteer.within(mention.entity)):
                    self._named.setdefault(entity.id, []).append(Named(mention, height))
        return self._named

    def path(self, named: Named) -> tuple[str, ...]:
        """Return the names from what was mentioned to what it counts for."""
        up = self._gazetteer.within(named.mention.entity)[: named.height + 1]
        return tuple(dict.fromkeys(entity.name for entity in up))

    def places(self, field: str) -> Sequence[Place]:
        """Return what `source:`, `tag:` or `author:` is looked for in."""
        if self._places is None:
            self._places = {}
        known = self._places.get(field)
        if known is None:
            known = self._places[field] = self._gather(field)
        return known

    def _gather(self, field: str) -> list[Place]:
        if field == "source":
            return [Place("source", fold(self.entry.outlet), self.entry.outlet), *self._host()]
        values = self.entry.tags if field == "tag" else self.entry.authors
        return [Place(field, fold(value), value) for value in values]

    def _host(self) -> list[Place]:
        url = self.entry.url or ""
        host = _HOST.match(url)
        return [Place("url", fold(host[1]), url, host.start(1))] if host else []
