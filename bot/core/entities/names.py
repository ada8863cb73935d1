"""All names of all entities: what to look for in folded text, and whose name it is.

Working this out takes longer than looking: what ships with Watchdesk is kept packed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple, Self

from ahocorasick_rs import BytesAhoCorasick

from bot.core.entities.catalogue import Catalogue
from bot.core.models import Entity
from bot.core.text import UNSPACED, fold_all, patterns

_CHARACTER_SIZES = (3, 4)  # bytes of one Chinese character
_LONE_CHARACTER = re.compile(f"[{UNSPACED}]")


class Owner(NamedTuple):
    """One name of one entity."""

    name: str  #: as its entity writes it
    entity: Entity
    weak: bool


class Names:
    """Distinct byte patterns, each with its owners: `17.3 204.0`, entity and name by number."""

    def __init__(self, keys: list[bytes], owners: list[bytes]) -> None:
        self.keys = keys
        self._owners = owners

    @classmethod
    def collect(cls, pairs: Iterable[tuple[bytes, bytes]]) -> Self:
        """Return the names of pairs of pattern and owner."""
        found: dict[bytes, list[bytes]] = {}
        for key, owner in pairs:
            found.setdefault(key, []).append(owner)
        return cls(list(found), [b" ".join(owners) for owners in found.values()])

    @cached_property
    def automaton(self) -> BytesAhoCorasick | None:
        """What finds all patterns in one scan; None without patterns."""
        return BytesAhoCorasick(self.keys) if self.keys else None

    @cached_property
    def numbers(self) -> dict[bytes, int]:
        """The number of each pattern."""
        return {key: number for number, key in enumerate(self.keys)}

    def owners(self, number: int, catalogue: Catalogue) -> list[Owner]:
        """Return whose name a pattern is; nobody's if it is a decoy."""
        parts = self._owners[number].split()
        return [] if _NOBODY in parts else [_owner(part, catalogue) for part in parts]

    def packed(self) -> bytes:
        """Return the names as bytes that `unpacked` reads."""
        return b"\n".join(self.keys) + b"\n\n" + b"\n".join(self._owners)

    @classmethod
    def unpacked(cls, keys: bytes, owners: bytes) -> Self:
        """Return the names that were packed."""
        return cls(keys.split(b"\n"), owners.split(b"\n")) if keys else cls([], [])


#: Owns the words that are no names but hold one: 北约克 is no 北约.
_NOBODY: Final = b"-"


def _owner(part: bytes, catalogue: Catalogue) -> Owner:
    number, _, place = part.partition(b".")
    entity = catalogue[int(number)]
    if not place:
        return Owner(entity.name, entity, weak=True)  # its display name, which no text need hold
    index = int(place) - len(entity.names)
    if index < 0:
        return Owner(entity.names[index], entity, weak=False)
    return Owner(entity.weak[index], entity, weak=True)


class NameBook:
    """The names of a catalogue, in three parts: most texts need only the first.

    Attributes:
        latin: names in ASCII once folded.
        other: names in other letters.
        shown: display names that no text is searched for.
    """

    def __init__(self, latin: Names, other: Names, shown: Names) -> None:
        self.latin, self.other, self.shown = latin, other, shown

    @classmethod
    def of(cls, catalogue: Catalogue, decoys: Iterable[str] = ()) -> Self:
        """Work the names out; `decoys` are words that hold a name and mean something else."""
        rows = [
            (name, b"%d.%d" % (number, index))
            for number, entity in enumerate(catalogue)
            for index, name in enumerate((*entity.names, *entity.weak))
        ]
        rows += [(word, _NOBODY) for word in decoys]
        keys = fold_all([name for name, _ in rows])
        pairs = [
            (pattern, owner)
            for (name, owner), key in zip(rows, keys, strict=True)
            if key
            for pattern in _patterns(key, prefix=name[-1] == "*")
        ]
        named = {
            (key, owner.partition(b".")[0]) for key, (_, owner) in zip(keys, rows, strict=True)
        }
        shown = enumerate(fold_all([entity.name for entity in catalogue]))
        extra = (
            (key, b"%d" % number)
            for number, key in shown
            if key and (key, b"%d" % number) not in named
        )
        return cls(
            Names.collect(pair for pair in pairs if pair[0].isascii()),
            Names.collect(pair for pair in pairs if not pair[0].isascii()),
            Names.collect(extra),
        )

    @cached_property
    def spellings(self) -> tuple[bytes, ...]:
        """What all names fold to, without outer spaces."""
        parts = (self.latin, self.other, self.shown)
        return tuple(dict.fromkeys(key.strip() for part in parts for key in part.keys))

    def owners(self, key: bytes, catalogue: Catalogue) -> list[Owner]:
        """Return whose name a folded text is."""
        looked_for = dict.fromkeys((*_patterns(key, prefix=False), *_patterns(key, prefix=True)))
        found = [
            (part, part.numbers[pattern])
            for part in (self.latin, self.other)
            for pattern in looked_for
            if pattern in part.numbers
        ]
        if key in self.shown.numbers:
            found.append((self.shown, self.shown.numbers[key]))
        return [owner for part, number in found for owner in part.owners(number, catalogue)]

    def packed(self) -> bytes:
        """Return the book as bytes that `unpacked` reads."""
        return b"\n\n".join(part.packed() for part in (self.latin, self.other, self.shown))

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Return the book that was packed."""
        parts = data.split(b"\n\n")
        return cls(*(Names.unpacked(parts[i], parts[i + 1]) for i in (0, 2, 4)))


def _patterns(key: bytes, *, prefix: bool) -> tuple[bytes, ...]:
    text = "" if key.isascii() else key.decode()
    if len(key) in _CHARACTER_SIZES and _LONE_CHARACTER.fullmatch(text):
        return (b" %b " % key,)  # 北 is North Korea when it stands alone, in no other word
    joinable = _JOINABLE.match(text)
    if not joinable:
        return patterns(key, prefix=prefix)
    right = b"" if prefix else b" "
    with_article = _ARTICLE.match(text)
    if with_article:  # الصين: written للصين after the word for "to"
        return key + right, f"{_TO_THE}{text[2:]}".encode() + right
    return (key + right,)


# ── words that are written together with the next ─────────────────────────────

_JOINABLE = re.compile("[\u0620-\u064a]{3}|[א-ת]{3}")
_ARTICLE = re.compile("ال[\u0620-\u064a]{3}")
_TO_THE: Final = "لل"
#: And, so, in, as, to, the …, alone or joined, in Arabic and in Hebrew.
_JOINED: Final = frozenset(
    word.encode()
    for words in (
        "و ف ب ك ل وب ول ال وال فال بال كال لل ولل وبال",
        "ה ו ב ל מ ש כ וה וב ול ומ וש שה שב של מה כש",
    )
    for word in ("", *words.split())
)


def may_be_joined(key: bytes) -> bool:
    """Say whether a pattern is open to what Arabic and Hebrew write together with a word."""
    return key[:1] != b" " and bool(_JOINABLE.match(key[:6].decode(errors="ignore")))


def is_joined(data: bytes, start: int) -> bool:
    """Say whether the word in folded text that holds `start` begins there, or with a small one."""
    return data[data.rfind(b" ", 0, start) + 1 : start] in _JOINED
