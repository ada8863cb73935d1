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
from itertools import repeat
from operator import and_, mul, rshift
from typing import Final

from bot.core.models import Entity, Entry, Kind, Mention
from bot.core.stories.concepts import concept_of, concepts_in
from bot.core.stories.days import dates_in, ordinal_in, series_in, weekday_in
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


#: How much a kind of term says, beside its rarity. Numbers and days tell events apart best.
_SAYS: Final = {
    TermKind.WORD: 0.7,
    TermKind.CONCEPT: 0.5,
    TermKind.COUNTRY: 1.0,
    TermKind.PLACE: 0.5,
    TermKind.ACTOR: 0.7,
    TermKind.NUMBER: 2.5,
    TermKind.DAY: 2.5,
    TermKind.ORDINAL: 2.0,
    TermKind.NAME: 1.5,
    TermKind.YEAR: 4.0,
}
_SAYS_OF: Final = tuple(_SAYS[kind] for kind in TermKind)  #: by kind

ROLLING: Final = 1 << 16  #: flag beside the kinds: a page that tells of one event after another
KIND_SHIFT: Final = 26  #: a term's kind is what is above these bits
IN_TITLE: Final = 0x80  #: flag of a weight
WEIGHT: Final = 0x3F  #: the bits of a weight that are no flag
_AGAIN: Final = 0x40  #: flag of a weight: said more than once
_MASK: Final = (1 << KIND_SHIFT) - 1

_COUNTRIES: Final = frozenset({"country", "territory"})
_MOST_CAPITALS: Final = 0.6
_ROLLING = re.compile(
    r"\blive(?: ?[:|–—]| -|[ -]?blog\b| updates?\b)|[|–—-] [^|–—]*\blive$"
    r"|\bas it happened\b|\bhighlights:|\bliveticker\b|\ben direct\b|\ben vivo\b|онлайн[: ]|실시간",
    re.IGNORECASE,
)
_LANGUAGE_END = re.compile("[-_]")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*(?:(?<=\d)(?!\w)|(?<=\d)(?=[^\W\d_a-zA-Z]))")
_YEAR = re.compile("(?:19|20)[0-9][0-9]")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?:\D|$))")
_CAPITAL = re.compile(r"(?<=[\w,] )[^\W\d_]{3,}")
_LONG = re.compile(r"[^\W\d_]{4,}")
_INSIDE = re.compile(f"[{UNSPACED}{HANGUL}]")
_KANA = re.compile("[\u3040-\u30ff]")
_IDEOGRAPH = re.compile(f"[{UNSPACED}]")


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
    kinds: int  #: which kinds of terms it has: one bit each; and `ROLLING`
    weights: bytes  #: one byte per term: the top bit for titles, the rest eighths
    labels: tuple[str, ...] = field(default=(), compare=False)  #: not kept: for explaining

    def numbers(self) -> array[int]:
        """Return the terms as integers."""
        terms = array("I")
        terms.frombytes(self.terms)
        return terms

    def says(self) -> array[float]:
        """Return how much each term says, beside its rarity: by its kind and where it stands."""
        kinds = map(rshift, self.numbers(), repeat(KIND_SHIFT))
        weights = map(and_, self.weights, repeat(WEIGHT))
        return array("f", map(mul, map(_SAYS_OF.__getitem__, kinds), weights))

    def shown(self) -> dict[int, str]:
        """Return what people call the terms; nothing for a profile that was stored."""
        return dict(zip(self.numbers(), self.labels, strict=False))

    def kept(self) -> Profile:
        """Return the profile without what is for explaining only."""
        return replace(self, labels=()) if self.labels else self


def profile(entry: Entry, mentions: Iterable[Mention], at: datetime) -> Profile:
    """Return the profile of an entry, its labels with it.

    Args:
        entry: with its language, if known.
        mentions: the entities found in it.
        at: when it was published; when it was first seen, if it does not say.
    """
    named = list(mentions)
    told = _Told(at)
    told.read(entry.title, [m for m in named if m.field == "title"], title=True)
    lead = entry.summary[:LEAD_LETTERS]
    inside = [m for m in named if m.field == "summary" and m.end <= LEAD_LETTERS]
    told.read(lead, inside, title=False)
    return Profile(
        entry=entry.id,
        at=int(at.timestamp()),
        lang=_LANGUAGE_END.split((entry.lang or "").lower())[0] or told.language(),
        outlet=entry.outlet,
        terms=array("I", told.weights).tobytes(),
        kinds=told.kinds | (ROLLING if _ROLLING.search(entry.title) else 0),
        weights=bytes(told.weights.values()),
        labels=tuple(told.labels.values()),
    )


class _Told:
    """Collects the terms of an entry."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.weights: dict[int, int] = {}
        self.labels: dict[int, str] = {}
        self.votes: dict[str, int] = {}
        self.kinds = 0

    def read(self, text: str, mentions: list[Mention], *, title: bool) -> None:
        """Add what a field tells. What names an entity counts as the entity, not as words."""
        for mention in mentions:
            self._name(mention.entity, title=title)
        text = _without(text, mentions)
        for number in _NUMBER.findall(text):
            self._number(number, title=title)
        for day in dates_in(text):
            self._add(TermKind.DAY, day, 4, title=title)
        for ordinal in series_in(text):
            self._add(TermKind.ORDINAL, ordinal, 6, title=title)
        for name in _names_in(text):
            self._add(TermKind.NAME, _stem(name), 4, title=title, shown=name)
        for word in fold(text).data.decode().split():
            self._word(word, title=title)

    def language(self) -> str:
        """Return the language whose function words are the most; "" when there are none."""
        return max(self.votes, key=lambda language: (self.votes[language], language), default="")

    def _name(self, entity: Entity, *, title: bool) -> None:
        if entity.kind is Kind.ACTOR:
            self._add(TermKind.ACTOR, entity.id, 8, title=title, shown=entity.name)
        elif entity.type in _COUNTRIES:
            self._add(TermKind.COUNTRY, entity.id, 8, title=title, shown=entity.name)
        else:
            self._add(TermKind.PLACE, entity.id, 8, title=title, shown=entity.name)
            if country := entity.country:
                self._add(TermKind.COUNTRY, f"loc:{country}", 4, title=title, shown=country)

    def _number(self, written: str, *, title: bool) -> None:
        number = _THOUSANDS.sub("", written.rstrip(".,")).replace(",", ".")
        kind = TermKind.YEAR if _YEAR.fullmatch(number) else TermKind.NUMBER
        self._add(kind, number, 6 if len(number) > 1 else 3, title=title)

    def _word(self, word: str, *, title: bool) -> None:
        for language in (languages := STOPWORDS.get(word, ())):
            self.votes[language] = self.votes.get(language, 0) + 1
        if day := weekday_in(word, self.at):
            self._add(TermKind.DAY, day, 4, title=title)
        if ordinal := ordinal_in(word):
            self._add(TermKind.ORDINAL, ordinal, 6, title=title)
        if languages or word.isdigit():
            return
        if not word.isascii() and _INSIDE.search(word):
            self._unspaced(word, title=title)
        elif len(word) > 1:
            self._add(TermKind.WORD, _stem(word), 8, title=title, shown=word)
            if concept := concept_of(word):
                self._add(TermKind.CONCEPT, concept, 4, title=title)

    def _unspaced(self, run: str, *, title: bool) -> None:
        """Add a run of letters without word borders as its pairs; Korean for its endings."""
        script = _script(run)
        self.votes[script] = self.votes.get(script, 0) + 1
        for start in range(max(1, len(run) - 1)):
            self._add(TermKind.WORD, run[start : start + 2], 4, title=title)
        for concept in concepts_in(run):
            self._add(TermKind.CONCEPT, concept, 4, title=title)

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
            weight = 2 * weight | IN_TITLE
        self.weights[term] = known + weight
        if not known:
            self.labels[term] = shown or label


def _without(text: str, mentions: list[Mention]) -> str:
    """Return a text without the names of entities."""
    pieces = []
    end = 0
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if mention.start >= end:
            pieces.append(text[end : mention.start])
        end = max(end, mention.end)
    return " , ".join([*pieces, text[end:]])


def _script(run: str) -> str:
    if _KANA.search(run):
        return "ja"
    return "zh" if _IDEOGRAPH.match(run) else "ko"


def _names_in(text: str) -> Iterator[str]:
    """Yield the folded words that have a capital where only names have one."""
    words = _LONG.findall(text)
    if sum(word[0].isupper() for word in words) > _MOST_CAPITALS * len(words):
        return  # a headline that Capitalises All Its Words, or German
    for word in _CAPITAL.findall(text):
        if word[0].isupper() and (name := fold(word).data.decode().strip()) not in STOPWORDS:
            yield name


def _stem(word: str) -> str:
    """Return the first letters of a word, which inflection leaves alone, without a plural's s."""
    if not word.isascii():
        return word[:5]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:6]
