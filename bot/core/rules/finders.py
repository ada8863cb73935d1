"""How each leaf of a rule is found in an entry, and what is said about where it was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Protocol, assert_never

from bot.core.entities import Gazetteer
from bot.core.models import Reason
from bot.core.rules import regexes
from bot.core.rules.ast import Attribute, Leaf, Name, Regex, Term, label
from bot.core.rules.common import is_exact
from bot.core.rules.scene import Named, Place, Scene
from bot.core.text import Folded, fold, longer_words, patterns, verbatim


class Finder(Protocol):
    """Finds one leaf."""

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        ...

    def reasons(self, scene: Scene) -> Iterable[Reason]:
        """Return where: the first place in each field."""
        ...


def finder_of(leaf: Leaf, gazetteer: Gazetteer) -> Finder:
    """Return what finds a leaf; a name that nobody has is looked for as text."""
    match leaf:
        case Term():
            return Words(leaf)
        case Name(kind, name):
            ids = tuple(entity.id for entity in gazetteer.meant(name, kind))
            return Names(leaf, ids) if ids else Words(Term(name), leaf)
        case Regex():
            return Expression(leaf)
        case Attribute(field="lang"):
            return Language(leaf)
        case Attribute(field="url"):
            return Address(leaf)
        case Attribute():
            return Said(leaf)
        case _:
            assert_never(leaf)


def occurrences(data: bytes, looked_for: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
    """Yield start and end of every place, overlaps included, in reading order."""
    if len(looked_for) == 1:
        yield from _of_one(data, looked_for[0])
    else:
        yield from sorted(span for one in looked_for for span in _of_one(data, one))


def _of_one(data: bytes, pattern: bytes) -> Iterator[tuple[int, int]]:
    start = data.find(pattern)
    while start >= 0:
        yield start, start + len(pattern)
        start = data.find(pattern, start + 1)


def _letters(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text)
    return composed if composed.isalnum() else "".join(filter(str.isalnum, composed))


class Words:
    """A word or a phrase, in title and summary."""

    __slots__ = ("_exact", "_longer", "_signs", "_stem", "_term", "label", "patterns", "term")

    def __init__(self, term: Term, written: Leaf | None = None) -> None:
        self.term = term
        self.label = label(written or term)
        self._stem = fold(term.text).data.strip()
        self.patterns = patterns(self._stem, prefix=term.prefix)
        self._signs = verbatim(term.text)
        self._exact = _letters(term.text) if is_exact(term) else ""
        self._longer = longer_words(self._stem)

    @property
    def is_plain(self) -> bool:
        """Say whether all that is asked is one pattern, anywhere."""
        asks_more = self.term.field or self._signs or self._exact or self._longer
        return len(self.patterns) == 1 and not asks_more

    def simplest(self) -> Words | bytes:
        """Return the one pattern if it is all that is asked."""
        return self.patterns[0] if self.is_plain else self

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        if not any(pattern in scene.joined for pattern in self.patterns):
            return False
        return self.is_plain or any(self._first(*text) for text in self._texts(scene))

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        for field, folded in self._texts(scene):
            span = self._first(field, folded)
            if span:
                yield self.reason(field, folded, span)

    def spans(self, field: str, folded: Folded) -> Iterator[tuple[int, int]]:
        """Yield every place in a folded field where all conditions hold."""
        if self.term.field and self.term.field != field:
            return
        for start, end in occurrences(folded.data, self.patterns):
            if self._holds(folded, start, end):
                yield start, end

    def reason(self, field: str, folded: Folded, span: tuple[int, int]) -> Reason:
        """Return a place as people read it: original characters."""
        start, end = span
        end = folded.word_end(end) if self.term.prefix else end
        # Without the words that Arabic and Hebrew write together with this one.
        attached = folded.data.find(self._stem, start, end)
        first, last = folded.span(max(attached, start), end)
        if self._signs:
            first -= len(self._signs.before)
            last += len(self._signs.after)
        return Reason(
            field=field, text=folded.text[first:last], start=first, end=last, term=self.label
        )

    def _texts(self, scene: Scene) -> Iterable[tuple[str, Folded]]:
        return scene.texts

    def _first(self, field: str, folded: Folded) -> tuple[int, int] | None:
        return next(self.spans(field, folded), None)

    def _holds(self, folded: Folded, start: int, end: int) -> bool:
        if self._longer and self._is_inside(folded.data, start, end):
            return False
        if self._signs and not self._signs.holds(folded.text, *folded.span(start, end)):
            return False
        return not self._exact or self._is_as_written(folded, start, end)

    def _is_inside(self, data: bytes, start: int, end: int) -> bool:
        """Say whether the place is a part of another word: 京都 in 東京都."""
        return any(
            at <= start and end <= until
            for longer in self._longer
            for at, until in _of_one(data[: end + len(longer)], longer)
        )

    def _is_as_written(self, folded: Folded, start: int, end: int) -> bool:
        first, last = folded.span(start, end)
        if not self.term.case and folded.text.isupper():
            return False  # WHO IS TO BLAME is not about the WHO
        return _letters(folded.text[first:last]) == self._exact


def plain_pattern(term: Term) -> bytes | None:
    """Return what finds a term if one pattern does and it is seen at once, as most."""
    text = term.text
    if term.field or term.case or not text.isascii() or not text.replace(" ", "").isalnum():
        return None
    words = text.lower().split(" ")
    if "" in words or any(len(word) == 1 for word in words[:-1]) or is_exact(term):
        return None
    return (" ".join(("", *words)) + ("" if term.prefix else " ")).encode()


def plain_reasons(pattern: bytes, term: Term, scene: Scene) -> Iterator[Reason]:
    """Yield the first place in each field of a term that one pattern finds."""
    for field, folded in scene.texts:
        start = folded.data.find(pattern)
        if start >= 0:
            end = start + len(pattern)
            end = folded.word_end(end) if term.prefix else end
            first, last = folded.span(start, end)
            text = folded.text[first:last]
            yield Reason(field=field, text=text, start=first, end=last, term=label(term))


class Names:
    """An actor or a location, under any name, or what lies within it."""

    __slots__ = ("_label", "ids")

    def __init__(self, name: Name, ids: tuple[str, ...]) -> None:
        self.ids = ids
        self._label = label(name)

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        names = scene.names
        return any(one in names for one in self.ids)

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        fields: set[str] = set()
        for named in self.all_in(scene):
            if named.mention.field not in fields:
                fields.add(named.mention.field)
                yield self.reason(scene, named)

    def all_in(self, scene: Scene) -> Iterator[Named]:
        """Yield every mention that counts."""
        for one in self.ids:
            yield from scene.named.get(one, ())

    def reason(self, scene: Scene, named: Named) -> Reason:
        """Return a mention with the way up to what was asked for."""
        mention = named.mention
        return Reason(
            field=mention.field,
            text=mention.text,
            start=mention.start,
            end=mention.end,
            term=self._label,
            entity=mention.entity.id,
            path=scene.path(named),
        )


class Expression:
    """A regular expression, in title and summary as published."""

    __slots__ = ("_label", "_regex")

    def __init__(self, regex: Regex) -> None:
        self._regex = regex
        self._label = label(regex)

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        return any(self._spans(scene))

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        for field, text, start, end in self._spans(scene):
            yield Reason(field=field, text=text, start=start, end=end, term=self._label)

    def _spans(self, scene: Scene) -> Iterator[tuple[str, str, int, int]]:
        regex = self._regex
        for field, folded in scene.texts:
            if regex.field in {"", field}:
                span = regexes.search(regex.pattern, regex.any_case, folded.text)
                if span:
                    yield field, folded.text[slice(*span)], *span


class Said:
    """A word of the outlet, the tags or the authors."""

    __slots__ = ("_label", "_prefix", "field", "patterns")

    def __init__(self, attribute: Attribute) -> None:
        self.field = attribute.field
        self._prefix = attribute.prefix
        self._label = label(attribute)
        stem = fold(attribute.value).data.strip()
        self.patterns = patterns(stem, prefix=attribute.prefix)

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        return any(self._places(scene))

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        fields: set[str] = set()
        for place, start, end in self._places(scene):
            if place.field not in fields:
                fields.add(place.field)
                yield self._reason(place, start, end)

    def _places(self, scene: Scene) -> Iterator[tuple[Place, int, int]]:
        for place in scene.places(self.field):
            for start, end in occurrences(place.folded.data, self.patterns):
                yield place, start, end
                break

    def _reason(self, place: Place, start: int, end: int) -> Reason:
        at_end = self._prefix and place.field != "url"
        end = place.folded.word_end(end) if at_end else end
        first, last = (place.offset + one for one in place.folded.span(start, end))
        return Reason(
            field=place.field, text=place.text[first:last], start=first, end=last, term=self._label
        )


_ADDRESS_START: Final = re.compile(r"([a-z]+://)(www\.)?")


def lowered(address: str) -> str:
    """Return an address in small letters, offset by offset the same."""
    return "".join(c.lower() if c.isascii() else c for c in address)


def starts(address: str) -> tuple[int, ...]:
    """Return where an address may be said to begin: at its scheme, after it, after `www.`."""
    start = _ADDRESS_START.match(address)
    return (0, *sorted({start.end(1), start.end()})) if start else (0,)


class Address:
    """A part of the entry's address; with a star from its beginning, `www.` left out or not."""

    __slots__ = ("_label", "is_start", "part")

    def __init__(self, attribute: Attribute) -> None:
        self.part = lowered(attribute.value)
        self.is_start = attribute.prefix
        self._label = label(attribute)

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        return self._at(scene.entry.url or "") is not None

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        url = scene.entry.url or ""
        start = self._at(url)
        assert start is not None
        end = start + len(self.part)
        yield Reason(field="url", text=url[start:end], start=start, end=end, term=self._label)

    def _at(self, url: str) -> int | None:
        address = lowered(url)
        if self.is_start:
            return next((i for i in starts(address) if address.startswith(self.part, i)), None)
        at = address.find(self.part)
        return at if at >= 0 else None


class Language:
    """The entry's language; `en` is `en-GB` too."""

    __slots__ = ("_label", "_lang")

    def __init__(self, attribute: Attribute) -> None:
        self._lang = attribute.value.lower()
        self._label = label(attribute)

    def found(self, scene: Scene) -> bool:
        """Say whether the entry has it."""
        lang = (scene.entry.lang or "").lower()
        return bool(lang) and self._lang in {lang, re.split("[-_]", lang)[0]}

    def reasons(self, scene: Scene) -> Iterator[Reason]:
        """Yield the first place in each field."""
        lang = scene.entry.lang or ""
        yield Reason(field="lang", text=lang, start=0, end=len(lang), term=self._label)
