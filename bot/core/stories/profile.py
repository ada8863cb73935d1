"""What is kept of an entry to compare it with others: weighted terms that say what happened.

Terms are words of the text, what its words stand for in any language (concepts, entities), its
numbers, days and ordinals. A term is one integer whose top bits are its kind.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Final

from bot.core.models import Entry, Kind, Mention
from bot.core.stories.concepts import concept_of, concepts_in
from bot.core.stories.days import days_in, ordinals_in
from bot.core.stories.stopwords import STOPWORDS
from bot.core.text import HANGUL, UNSPACED, fold

LEAD_LETTERS: Final = 600  #: what is read of a summary; news tells first what is new


class TermKind(IntEnum):
    """What a term is. All from `CONCEPT` on mean the same in every language."""

    WORD = 0
    CONCEPT = 1
    COUNTRY = 2
    PLACE = 3
    ACTOR = 4
    NUMBER = 5
    DAY = 6
    ORDINAL = 7
    NAME = 8
    YEAR = 9


KIND_SHIFT: Final = 26
_MASK: Final = (1 << KIND_SHIFT) - 1
_TITLE: Final = 0x80
_AGAIN: Final = 0x40

_COUNTRIES: Final = frozenset({"country", "territory"})
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*(?:(?<=\d)(?!\w)|(?<=\d)(?=[^\W\d_a-zA-Z]))")
_YEAR = re.compile("(?:19|20)[0-9][0-9]")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_INSIDE = re.compile(f"[{UNSPACED}{HANGUL}]")
_CUT: Final = 6


def term_of(kind: TermKind, label: str) -> int:
    """Return the integer that stands for a label of a kind."""
    return kind << KIND_SHIFT | zlib.crc32(label.encode("utf-8", "surrogatepass")) & _MASK


@dataclass(frozen=True, slots=True)
class Profile:
    """An entry, as far as grouping needs it: some 300 bytes."""

    entry: int  #: the store's number of the entry
    at: int  #: when it was published, seconds since 1970
    lang: str  #: "en", guessed if the entry does not say; "" when unknown
    outlet: str
    terms: bytes  #: unsigned 32-bit integers, little endian
    kinds: int  #: which kinds of terms it has: one bit each
    weights: bytes  #: one byte per term: the top bit for titles, the rest eighths
    labels: tuple[str, ...] = field(default=(), compare=False)  #: not kept: for explaining

    def numbers(self) -> array[int]:
        """Return the terms as integers."""
        terms = array("I")
        terms.frombytes(self.terms)
        return terms

    def shown(self) -> dict[int, str]:
        """Return what people call the terms; nothing for a profile that was stored."""
        return dict(zip(self.numbers(), self.labels, strict=False))

    def kept(self) -> Profile:
        """Return the profile without what is for explaining only."""
        return replace(self, labels=()) if self.labels else self


def profile(entry: Entry, mentions: Iterable[Mention], at: datetime) -> Profile:
    """Return the profile of an entry.

    Args:
        entry: with its language, if known.
        mentions: the entities found in it.
        at: when it was published; when it was first seen, if it does not say.
    """
    spans: dict[str, list[Mention]] = {"title": [], "summary": []}
    for mention in mentions:
        spans[mention.field].append(mention)
    told = _Told()
    lead = _rest(entry.title, spans["title"])
    body = _rest(entry.summary[:LEAD_LETTERS], spans["summary"])
    told.read(lead, spans["title"], at, title=True)
    told.read(body, [m for m in spans["summary"] if m.end <= LEAD_LETTERS], at, title=False)
    lang = (entry.lang or "").lower().replace("_", "-").partition("-")[0] or told.language()
    weights = told.weights
    return Profile(
        entry=entry.id,
        at=int(at.timestamp()),
        lang=lang,
        outlet=entry.outlet,
        terms=array("I", weights).tobytes(),
        kinds=told.kinds,
        weights=bytes(weights.values()),
        labels=tuple(told.labels[term] for term in weights),
    )


def _rest(text: str, mentions: list[Mention]) -> str:
    """Return a text without the names of entities."""
    pieces = []
    end = 0
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if mention.start >= end:
            pieces.append(text[end : mention.start])
        end = max(end, mention.end)
    pieces.append(text[end:])
    return " , ".join(pieces)


class _Told:
    """Collects the terms of an entry."""

    def __init__(self) -> None:
        self.weights: dict[int, int] = {}
        self.labels: dict[int, str] = {}
        self.votes: dict[str, int] = {}
        self.script = ""
        self.kinds = 0

    def read(self, text: str, mentions: list[Mention], at: datetime, *, title: bool) -> None:
        for mention in mentions:
            self._name(mention, title=title)
        for number in _NUMBER.findall(text):
            plain = _plain(number)
            kind = TermKind.YEAR if _YEAR.fullmatch(plain) else TermKind.NUMBER
            self._add(kind, plain, 6 if len(plain) > 1 else 3, title=title)
        for day in days_in(text, at):
            self._add(TermKind.DAY, day, 4, title=title)
        for ordinal in ordinals_in(text):
            self._add(TermKind.ORDINAL, ordinal, 6, title=title)
        for name in _names_in(text):
            self._add(TermKind.NAME, name, 4, title=title)
        for word in fold(text).data.decode().split():
            self._word(word, title=title)

    def _name(self, mention: Mention, *, title: bool) -> None:
        entity = mention.entity
        if entity.kind is Kind.ACTOR:
            self._add(TermKind.ACTOR, entity.id, 8, title=title, shown=entity.name)
            return
        if entity.type not in _COUNTRIES:
            self._add(TermKind.PLACE, entity.id, 8, title=title, shown=entity.name)
        else:
            self._add(TermKind.COUNTRY, entity.id, 8, title=title, shown=entity.name)
            return
        if entity.country:
            self._add(
                TermKind.COUNTRY, f"loc:{entity.country}", 4, title=title, shown=entity.country
            )

    def _word(self, word: str, *, title: bool) -> None:
        languages = STOPWORDS.get(word)
        if languages:
            for language in languages:
                self.votes[language] = self.votes.get(language, 0) + 1
            return
        if _INSIDE.search(word):
            self._unspaced(word, title=title)
        elif len(word) > 1 and not word.isdigit():
            self._add(TermKind.WORD, _stem(word), 8, title=title, shown=word)
            if concept := concept_of(word):
                self._add(TermKind.CONCEPT, concept, 4, title=title)

    def _unspaced(self, word: str, *, title: bool) -> None:
        for pair in (word[i : i + 2] for i in range(max(1, len(word) - 1))):
            self._add(TermKind.WORD, pair, 4, title=title)
        for concept in concepts_in(word):
            self._add(TermKind.CONCEPT, concept, 4, title=title)
        self.script = _script(word[0])

    def _add(
        self, kind: TermKind, label: str, weight: int, *, title: bool, shown: str = ""
    ) -> None:
        self.kinds |= 1 << kind
        term = term_of(kind, label)
        known = self.weights.get(term, 0)
        if known:
            # said again: half as much more, once
            weight = 0 if known & _AGAIN else weight // 2 | _AGAIN
        elif title:
            weight = 2 * weight | _TITLE
        self.weights[term] = known + weight
        self.labels.setdefault(term, shown or label)

    def language(self) -> str:
        if self.script:
            return self.script
        return max(self.votes, key=lambda language: (self.votes[language], language), default="")


def _script(letter: str) -> str:
    if "\u3040" <= letter <= "\u30ff":
        return "ja"
    return "ko" if re.match(f"[{HANGUL}]", letter) else "zh"


_CAPITAL = re.compile(r"(?<=[\w,] )[^\W\d_]{3,}")
_LONG = re.compile(r"[^\W\d_]{4,}")


def _names_in(text: str) -> Iterator[str]:
    """Yield the words written with a capital where only names are."""
    words = _LONG.findall(text)
    if not words or sum(w[0].isupper() for w in words) > 0.6 * len(words):
        return
    for word in _CAPITAL.findall(text):
        if word[0].isupper():
            name = fold(word).data.decode().strip()
            if name not in STOPWORDS:
                yield _stem(name)


def _plain(number: str) -> str:
    return _THOUSANDS.sub("", number.rstrip(".,")).replace(",", ".")


def _stem(word: str) -> str:
    """Return a word without its ending: the first letters, which inflection leaves alone."""
    if not word.isascii():
        return word[:5]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:_CUT]
