"""What a single character, and a run of them, folds to: the tables behind `fold`."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Marks that live inside folded text for a moment: punctuation, and a border between scripts.
POINT: Final = "\x1f"
BORDER: Final = "\x1e"
RECORD: Final = "\x1d"  # separates texts that are folded in one go

#: Characters that fold to themselves: most of what news in these scripts is made of. (A test
#: holds every one of them to it.) Cyrillic, Greek, Hebrew, Arabic, Thai, kana, Chinese, Hangul.
PLAIN: Final = (
    "а-ик-яєіґα-ρσ-ωא-תءاب-غف-وي"
    "\u0e01-\u0e32\u0e34-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59"
    "\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
)
CHANGING: Final = re.compile(f"[^\\x00-\\x7f{PLAIN}]+")

# Letters that Unicode does not decompose, and letters that differ between keyboards only.
_LETTERS: Final = {
    **str.maketrans("łđðøħŧıىیکʼʻ", "lddohtiييك''", "ـ"),
    **{ord(letter): pair for letter, pair in zip("æœþ", ("ae", "oe", "th"), strict=True)},
}
_DELETED: Final = frozenset("™®©℠")
_CLAUSE_ENDS: Final = frozenset("—―…。、｡､")


def _is_accent(char: str) -> bool:
    """Say whether a mark may go. Not all: パ without its mark would be ハ, Paris would be Bali."""
    code = ord(char)
    return 0x0300 <= code <= 0x036F or (
        (0x0591 <= code <= 0x06ED or 0x08D3 <= code <= 0x08FF)
        and unicodedata.category(char) == "Mn"
    )


def _fold_once(char: str) -> str:
    if char in _DELETED:
        return ""
    if char in _CLAUSE_ENDS:
        return POINT * 2
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    return "".join(
        _fold_part(part) for part in decomposed.translate(_LETTERS) if not _is_accent(part)
    )


def _fold_part(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] in "LNM":
        return char
    if category == "Cf":
        return ""
    return " " if char == " " or (category[0] in "ZC" and category != "Cs") else POINT


def _fold_word_char(char: str) -> str:
    return char if char in (POINT, " ") else _fold_once(char)


class _Chars(dict[int, str]):
    """The fold of each non-ASCII character, worked out when first seen."""

    def __missing__(self, code: int) -> str:
        folded = before = ""
        after = chr(code)
        while before != after:  # a fold may yield what folds further: ϴ → θ, ẛ → ṡ → s
            before, after = after, "".join(map(_fold_word_char, after))
        folded = self[code] = after
        return folded


class _Runs(dict[str, str]):
    """The fold of runs of non-ASCII characters; news repeats its words, so it pays to remember."""

    longest_kept = 32
    most_kept = 50_000

    def __missing__(self, run: str) -> str:
        folded = unicodedata.normalize("NFC", run.translate(CHARS))
        if len(run) <= self.longest_kept:
            if len(self) >= self.most_kept:
                self.clear()
            self[run] = folded
        return folded


class _Widths(dict[str, int]):
    """How many bytes of folded text, spaces not counted, each character becomes."""

    def __missing__(self, char: str) -> int:
        folded = unicodedata.normalize("NFC", CHARS[ord(char)])
        self[char] = width = len(folded.encode().translate(None, NO_LETTERS))
        return width


#: ASCII that is neither letter nor digit.
NO_LETTERS: Final = bytes(i for i in range(0x80) if not chr(i).isalnum())
CHARS: Final = _Chars({code: chr(code) for code in range(0x80)})
RUNS: Final = _Runs()
WIDTHS: Final = _Widths({chr(code): int(chr(code).isalnum()) for code in range(0x80)})

# ── accents without end ───────────────────────────────────────────────────────

_MOST_ACCENTS: Final = 30  # on one letter; what Unicode's own stream-safe format allows
_PILE = re.compile(r"[^\w\x00-\x7f]{31,}")


def thin_out(text: str) -> str:
    """Drop accents beyond the 30th on a letter: to sort a million takes Python hours."""
    return _PILE.sub(_thinned, text)


def _thinned(match: re.Match[str]) -> str:
    kept, accents = [], 0
    for char in match[0]:
        accents = accents + 1 if unicodedata.combining(char) else 0
        if accents <= _MOST_ACCENTS:
            kept.append(char)
    return "".join(kept)


def combines(char: str) -> bool:
    """Say whether a character may become one with the character before it."""
    return (
        "\u1160" <= char <= "\u11ff"
        or "\uff9e" <= char <= "\uffdc"
        or unicodedata.category(char)[0] == "M"
    )
