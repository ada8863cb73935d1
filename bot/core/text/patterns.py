"""What to look for in folded text to find a term, and the signs that folding would lose."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.core.text.fold import HANGUL, KATAKANA, UNSPACED

_INITIAL = re.compile(rb"\b[a-z] ")
_SINGLE = re.compile(rb"(?<= )[a-z](  ?)(?=[^ ])")
_INSIDE = f"(?![{KATAKANA}])[{UNSPACED}]"
_FIRST_INSIDE = re.compile(_INSIDE)
_LAST_OPEN = re.compile(f"{_INSIDE}|[{HANGUL}]")

# Words of one letter that Arabic and Hebrew write together with the next: and, in, to, the …
_ARABIC = re.compile("[\u0620-\u064a]{3}")
_HEBREW = re.compile("[א-ת]{3}")
_ARTICLE: Final = "ال"
_ARABIC_PROCLITICS: Final = ("و", "ف", "ب", "ك", "ل", "وب", "ول")
_ARABIC_WITH_ARTICLE: Final = ("ال", "وال", "فال", "بال", "كال", "لل", "ولل", "وبال")
_HEBREW_PROCLITICS: Final = (
    *("ה", "ו", "ב", "ל", "מ", "ש", "כ", "וה", "וב", "ול", "ומ", "וש", "שה", "שב", "של", "מה", "כש"),
)  # fmt: skip


def patterns(folded: bytes, *, prefix: bool = False) -> tuple[bytes, ...]:
    """Return what to look for in folded text to find the folded term.

    Initials are found with and without their full stop: `N Korea`, `N. Korea`, `N.Korea`;
    Arabic and Hebrew words also behind the words of one letter that are written with them.
    """
    if folded.isascii() and not _INITIAL.search(folded):
        return (b" %b" % folded if prefix else b" %b " % folded,)
    text = folded.decode()
    left = b"" if _FIRST_INSIDE.match(text) else b" "
    right = b"" if prefix or _LAST_OPEN.match(text[-1:]) else b" "
    pattern = left + folded + right
    if _INITIAL.search(folded):
        tight = _SINGLE.sub(lambda m: m[0].rstrip() + b" ", pattern)
        wide = _SINGLE.sub(lambda m: m[0].rstrip() + b"  ", pattern)
        return tuple(dict.fromkeys((pattern, tight, wide)))
    attached = (f" {before}".encode() + right for before in _with_proclitics(text))
    return tuple(dict.fromkeys((pattern, *attached)))


def _with_proclitics(text: str) -> list[str]:
    """Return an Arabic or Hebrew term with each of the words that may be joined to it."""
    if _HEBREW.match(text):
        return [before + text for before in _HEBREW_PROCLITICS]
    if not _ARABIC.match(text):
        return []
    bare = text.removeprefix(_ARTICLE)
    has_article = bare != text and len(bare.split(" ")[0]) > 2
    stem = bare if has_article else text
    before = () if has_article else _ARABIC_PROCLITICS
    return [one + stem for one in (*before, *_ARABIC_WITH_ARTICLE)]


_SIGNS: Final = frozenset("&+#$%@€£")
_SIGN_EDGE = re.compile(r"([.&+#$%@€£]*)\w(?:.*\w)?([&+#$%@€£]*)", re.DOTALL)


class Verbatim:
    """The signs that a term such as `C++`, `AT&T`, `.NET` has and folded text lacks."""

    __slots__ = ("after", "before", "inner")

    def __init__(self, before: str, inner: tuple[str, ...], after: str) -> None:
        self.before, self.inner, self.after = before, inner, after

    def holds(self, text: str, start: int, end: int) -> bool:
        """Say whether `text[start:end]` carries the signs, and no more of them."""
        found = unicodedata.normalize("NFKC", text[max(0, start - len(self.before) - 1) : start])
        if self.before and not (
            found.endswith(self.before) and not found[: -len(self.before)].isalnum()
        ):
            return False
        next_up = unicodedata.normalize("NFKC", text[end : end + len(self.after) + 1])
        if self.after and not (
            next_up.startswith(self.after) and next_up[len(self.after) :] not in _SIGNS
        ):
            return False
        return self.inner == _signs(text[start:end])


def _signs(text: str) -> tuple[str, ...]:
    return tuple(char for char in unicodedata.normalize("NFKC", text) if char in _SIGNS)


def verbatim(term: str) -> Verbatim | None:
    """Return the signs that a term insists on; None when it has none, as most."""
    match = _SIGN_EDGE.search(unicodedata.normalize("NFKC", term))
    if not match:
        return None
    before, after = match.groups()
    inner = _signs(match[0][len(before) : len(match[0]) - len(after)])
    return Verbatim(before, inner, after) if before or after or inner else None


# Words of unspaced scripts that happen to stand inside others which mean something else.
_LONGER: Final = {
    "京都": ("東京都",),
    "スーダン": ("南 スーダン",),
    "ギニア": ("赤道 ギニア",),
    "印度": ("印度尼西亚", "印度尼西亞"),
    "苏丹": ("南苏丹",),
    "蘇丹": ("南蘇丹",),
    "马里": ("马里兰", "马里奥", "索马里"),
    "馬里": ("馬里蘭", "索馬里"),
    "海地": ("沿海地", "近海地", "上海地", "深海地"),
    "几内亚": ("巴布亚新几内亚", "赤道几内亚", "几内亚比绍"),
    "中东": ("中东部", "华中东"),
    "中東": ("中東部",),
}
_LONGER_BYTES: Final = {
    short.encode(): tuple(word.encode() for word in words) for short, words in _LONGER.items()
}


def longer_words(folded: bytes) -> tuple[bytes, ...]:
    """Return words that contain a folded term and mean something else: 東京都 for 京都."""
    return () if folded.isascii() else _LONGER_BYTES.get(folded, ())


def is_unspaced(folded: bytes) -> bool:
    """Say whether a word of folded text is in a script without spaces: a run of words, perhaps."""
    return not folded.isascii() and bool(_FIRST_INSIDE.match(folded.decode(errors="ignore")))
