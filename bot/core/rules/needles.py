"""What all rules look for, found in an entry in one scan of each of its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Kind, Mention, Reason
from bot.core.rules.ast import Attribute, Leaf, Name, Term, label
from bot.core.text import Folded, Verbatim, fold, patterns, verbatim

#: Where a needle was found: the field; what was searched; and start and end in it
#: (bytes of folded text, or characters), or for a mention how far up the asked entity is.
Hit = tuple[str, Folded | str | Mention, int, int]
#: Hits by needle, at most one for each field.
Hits = dict[int, list[Hit]]

_HOST = re.compile(r"[a-z]+://(?:[^/@]*@)?([^/:?#]+)", re.IGNORECASE)
_ADDRESS_START = re.compile(rb"([a-z]+://)(www\.)?")


class _Automaton:
    """Byte patterns, each with the numbers of the needles it belongs to."""

    __slots__ = ("_automaton", "_numbers", "_patterns")

    def __init__(self) -> None:
        self._patterns: dict[bytes, list[int]] = {}
        self._numbers: list[tuple[int, ...]] = []
        self._automaton: BytesAhoCorasick | None = None

    def add(self, pattern: bytes, number: int) -> None:
        self._patterns.setdefault(pattern, []).append(number)

    def build(self) -> None:
        self._numbers = [tuple(numbers) for numbers in self._patterns.values()]
        self._automaton = BytesAhoCorasick(self._patterns) if self._patterns else None
        self._patterns = {}

    def find(self, data: bytes) -> Iterable[tuple[tuple[int, ...], int, int]]:
        """Yield the numbers, start and end of everything found; overlaps included."""
        if self._automaton is None:
            return
        for pattern, start, end in self._automaton.find_matches_as_indexes(data, overlapping=True):
            yield self._numbers[pattern], start, end

    def __bool__(self) -> bool:
        return self._automaton is not None


@dataclass(frozen=True, slots=True)
class _Condition:
    """What a needle asks beyond its folded letters."""

    field: str  #: title or summary; empty for both
    signs: Verbatim | None

    def holds(self, field: str, folded: Folded, start: int, end: int) -> bool:
        if self.field and field != self.field:
            return False
        return self.signs is None or self.signs.holds(folded.text, *folded.span(start, end))


class Needles:
    """The distinct leaves of all rules, numbered."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._numbers: dict[Leaf, int] = {}
        self._leaves: list[Leaf] = []
        self._text, self._source, self._tag = _Automaton(), _Automaton(), _Automaton()
        self._author, self._url = _Automaton(), _Automaton()
        self._langs: dict[str, list[int]] = {}
        self._conditions: dict[int, _Condition] = {}
        self._prefixes: set[int] = set()
        self._entities: set[int] = set()
        self._asked: dict[str, list[int]] = {}  #: entity id → needles that ask for it

    def number(self, leaf: Leaf) -> int:
        """Return the number of a leaf; a new one when it is new."""
        known = self._numbers.get(leaf)
        if known is not None:
            return known
        number = self._numbers[leaf] = len(self._leaves)
        self._leaves.append(leaf)
        match leaf:
            case Term(text, prefix, field):
                self._add_term(text, number, prefix=prefix, field=field)
            case Name(kind, name):
                self._add_name(kind, name, number)
            case _:
                self._add_attribute(leaf, number)
        return number

    def build(self) -> None:
        """Make the automata; call it once, after the last `number()`."""
        for automaton in (self._text, self._source, self._tag, self._author, self._url):
            automaton.build()

    def is_entity(self, number: int) -> bool:
        """Say whether a needle is found by looking for entities."""
        return number in self._entities

    # ── adding ────────────────────────────────────────────────────────────────

    def _add_term(self, text: str, number: int, *, prefix: bool, field: str) -> None:
        self._add_words(self._text, text, number, prefix=prefix)
        signs = verbatim(text)
        if field or signs:
            self._conditions[number] = _Condition(field, signs)

    def _add_name(self, kind: Kind, name: str, number: int) -> None:
        entities = self._gazetteer.meant(name, kind)
        for entity in entities:
            self._asked.setdefault(entity.id, []).append(number)
        if entities:
            self._entities.add(number)
        else:
            self._add_term(name, number, prefix=False, field="")

    def _add_attribute(self, leaf: Attribute, number: int) -> None:
        match leaf.field:
            case "lang":
                self._langs.setdefault(leaf.value.lower(), []).append(number)
            case "url":
                self._add_address(leaf.value, number, prefix=leaf.prefix)
            case field:
                automata = {"source": self._source, "tag": self._tag, "author": self._author}
                self._add_words(automata[field], leaf.value, number, prefix=leaf.prefix)

    def _add_words(self, automaton: _Automaton, text: str, number: int, *, prefix: bool) -> None:
        for pattern in patterns(fold(text).data.strip(), prefix=prefix):
            automaton.add(pattern, number)
        if prefix:
            self._prefixes.add(number)

    def _add_address(self, value: str, number: int, *, prefix: bool) -> None:
        part = value.encode().lower()
        # With a star from the beginning of the address, its scheme and `www.` left out or not.
        self._url.add(b"\n" * prefix + part, number)

    # ── finding ───────────────────────────────────────────────────────────────

    def find(self, entry: Entry, fields: Iterable[tuple[str, Folded]]) -> Hits:
        """Return what is found without looking for entities."""
        hits: Hits = {}
        for field, folded in fields:
            self._find_words(self._text, field, folded, hits)
        if self._source:
            self._find_source(entry, hits)
        if self._tag:
            for tag in entry.tags:
                self._find_words(self._tag, "tag", fold(tag), hits)
        if self._author:
            for author in entry.authors:
                self._find_words(self._author, "author", fold(author), hits)
        if self._url and entry.url:
            self._find_address(entry.url, hits)
        if self._langs and entry.lang:
            self._find_lang(entry.lang, hits)
        return hits

    def add_mentions(self, mentions: Iterable[Mention], hits: Hits) -> None:
        """Add the entities found, each for whoever asked for it or for what contains it."""
        for mention in mentions:
            for height, entity in enumerate(self._gazetteer.within(mention.entity)):
                for number in self._asked.get(entity.id, ()):
                    _add(hits, number, (mention.field, mention, height, 0))

    def _find_words(self, automaton: _Automaton, field: str, folded: Folded, hits: Hits) -> None:
        conditions = self._conditions
        for numbers, start, end in automaton.find(folded.data):
            for number in numbers:
                known = hits.get(number)
                if known and known[-1][0] == field:
                    continue
                condition = conditions.get(number)
                if condition and not condition.holds(field, folded, start, end):
                    continue
                hits.setdefault(number, []).append((field, folded, start, end))

    def _find_source(self, entry: Entry, hits: Hits) -> None:
        self._find_words(self._source, "source", fold(entry.outlet), hits)
        host = _HOST.match(entry.url or "")
        if not host:
            return
        folded = fold(host[1])
        for numbers, start, end in self._source.find(folded.data):
            first, last = (host.start(1) + offset for offset in folded.span(start, end))
            for number in numbers:
                _add(hits, number, ("url", entry.url or "", first, last))

    def _find_address(self, url: str, hits: Hits) -> None:
        data = url.encode(errors="replace").lower()
        # A line end marks where an address begins; no address contains one.
        for skipped in _starts(data):
            for numbers, first, last in self._url.find(b"\n" + data[skipped:]):
                start = len(data[: max(0, first - 1) + skipped].decode(errors="ignore"))
                end = len(data[: last - 1 + skipped].decode(errors="ignore"))
                for number in numbers:
                    _add(hits, number, ("url", url, start, end))

    def _find_lang(self, lang: str, hits: Hits) -> None:
        for tag in dict.fromkeys((lang.lower(), re.split("[-_]", lang.lower())[0])):
            for number in self._langs.get(tag, ()):
                _add(hits, number, ("lang", lang, 0, len(lang)))

    # ── explaining ────────────────────────────────────────────────────────────

    def reason(self, number: int, hit: Hit) -> Reason:
        """Return a hit as people read it: original characters, and the way up from an entity."""
        field, where, start, end = hit
        term = label(self._leaves[number])
        if isinstance(where, Mention):
            path = self._gazetteer.within(where.entity)[: start + 1]
            return Reason(
                field=field,
                text=where.text,
                start=where.start,
                end=where.end,
                term=term,
                entity=where.entity.id,
                path=tuple(dict.fromkeys(entity.name for entity in path)),
            )
        if isinstance(where, str):
            text = where
        else:
            text = where.text
            end = where.word_end(end) if number in self._prefixes else end
            start, end = where.span(start, end)
            condition = self._conditions.get(number)
            if condition and condition.signs:
                start -= len(condition.signs.before)
                end += len(condition.signs.after)
        return Reason(field=field, text=text[start:end], start=start, end=end, term=term)


def _add(hits: Hits, number: int, hit: Hit) -> None:
    known = hits.setdefault(number, [])
    if not any(other[0] == hit[0] for other in known):
        known.append(hit)


def _starts(url: bytes) -> tuple[int, ...]:
    """Return where an address may be said to begin: at its scheme, after it, after `www.`."""
    start = _ADDRESS_START.match(url)
    return (0, *sorted({start.end(1), start.end()})) if start else (0,)
