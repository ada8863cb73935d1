"""Turn the names of the sources into names the matcher can use: cleaned, inflected, enumerated.

A trailing `*` in newsmap stands for the endings of an adjective or demonym. Whole words are safer
than prefixes (`Indian*` would be Indiana too), so they are written out, language by language; only
long stems of Russian and German, whose endings are too many, stay prefixes.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from bot.core.text import fold

_STEM_MIN = 5  #: shorter Cyrillic stems hit other words (`куб*`: кубок)


def key(name: str) -> str:
    """Return a name as the matcher folds it: names with one key are one name."""
    return fold(name).data.decode().strip()


def script(name: str) -> str:
    """Return the script of the first letter, in Unicode's word: LATIN, CYRILLIC, HANGUL, CJK."""
    letter = next((char for char in name if char.isalpha()), "")
    return unicodedata.name(letter, "NONE").split(" ")[0].split("-")[0]


def cldr_forms(name: str, tag: str) -> list[str]:
    """Return the names inside a CLDR name: `Myanmar (Burma)` are two, `&` is a word."""
    name = name.replace("\u2019", "'").replace("\u02bc", "'").replace("\u200f", "")
    if tag == "en":
        name = name.replace(" & ", " and ")
    outer, inner = re.match(r"([^(]*)(?:\((.*)\))?", name).groups()  # type: ignore[union-attr]
    found = [part.strip() for part in (outer, inner) if part and part.strip()]
    found = [form for part in found for form in _saint_forms(part, tag)]
    if tag == "ru":
        found = [_islands_ru(form) for form in found]
    inflect = {"ru": decline_ru, "uk": decline_uk, "de": genitive_de}.get(tag)
    return [form for part in found for form in (inflect(part) if inflect else [part])]


def _saint_forms(name: str, tag: str) -> list[str]:
    if not name.startswith("St. "):
        return [name]
    long = {"en": ["Saint "], "de": ["Saint ", "Sankt "]}.get(tag, [])
    return [name, *(full + name[4:] for full in long), "St " + name[4:]]


def _islands_ru(name: str) -> str:
    return re.sub(r"\bо-ва\b", "острова", re.sub(r"\bо-в\b", "остров", name))


def genitive_de(name: str) -> list[str]:
    """Return a German name and its genitive."""
    return [name] if name[-1] in "sxzß" or " " in name else [name, name + "s"]


_LATIN = dict(
    zip(
        "абвгдезийклмнопрстуфхыэіїєґёжцчшщюя",
        "a b v g d e z i i k l m n o p r s t u f h y e i i e g o zh ts ch sh sh yu ya".split(),
        strict=True,
    )
)
_ALIKE = 0.85


def sounds_like(cyrillic: str, latin: str) -> bool:
    """Tell whether a Cyrillic name is Russian or Ukrainian for a Latin one, not Chuvash."""
    spelled = "".join(_LATIN.get(char, "") for char in cyrillic.lower())
    plain = re.sub("[^a-z]", "", key(latin))
    return SequenceMatcher(None, spelled, plain).ratio() >= _ALIKE


# ── Slavic cases ──────────────────────────────────────────────────────────────

#: ending → endings of the cases: nominative, genitive, dative, accusative, instrumental, prepos.
_RU = (
    ("ия", "ия ии ии ию ией ии"),
    ("ья", "ья ьи ье ью ьей ье"),
    ("я", "я и е ю ей е"),
    ("ка", "ка ки ке ку кой ке"),
    ("га", "га ги ге гу гой ге"),
    ("ша", "ша ши ше шу шей ше"),
    ("а", "а ы е у ой е"),
    ("ль", "ль ля лю ль лем ле"),
    ("нь", "нь ни ни нь нью ни"),
    ("рь", "рь ри ри рь рью ри"),
    ("й", "й я ю й ем е"),
    ("ы", "ы  ам ы ами ах"),
)
_UK = (
    ("ія", "ія ії ії ію ією ії"),
    ("я", "я і і ю ею і"),
    ("а", "а и і у ою і"),
    ("ль", "ль лю лю ль лем лі"),
    ("й", "й ю ю й єм ї"),
    ("и", "и  ам и ами ах"),
)
_CONSONANT = re.compile(r"[бвгґджзклмнпрстфхцчшщ]$")


def decline_ru(name: str) -> list[str]:
    """Return the case forms of a Russian name, or the name alone where no rule fits."""
    return _decline(name, _RU, " а у  ом е", {"ая": "ая ой ой ую ой ой", "яя": "яя ей ей юю ей ей"})


def decline_uk(name: str) -> list[str]:
    """Return the case forms of a Ukrainian name, or the name alone where no rule fits."""
    adjective = {"а": "а ої ій у ою ій"}
    return _decline(name, _UK, " у у  ом і", adjective)


def _decline(
    name: str,
    table: tuple[tuple[str, str], ...],
    consonant: str,
    adjective: dict[str, str],
) -> list[str]:
    *before, noun = name.split(" ")
    cases = _noun_cases(noun, table, consonant)
    if cases is None or len(before) > 1:
        return [name]
    if not before:
        return list(dict.fromkeys(cases))
    for ending, forms in adjective.items():
        if before[0].endswith(ending):
            stem = before[0].removesuffix(ending)
            pairs = zip(forms.split(" "), cases, strict=True)
            return list(dict.fromkeys(f"{stem}{form} {case}" for form, case in pairs))
    return [name]


def _noun_cases(noun: str, table: tuple[tuple[str, str], ...], consonant: str) -> list[str] | None:
    for ending, forms in table:
        if noun.endswith(ending) and len(noun) > len(ending) + 1:
            return [noun.removesuffix(ending) + form for form in forms.split(" ")]
    if _CONSONANT.search(noun) and len(noun) > 2 and not noun.isupper():
        return [noun + form for form in consonant.split(" ")]
    return None


# ── newsmap's wildcards ───────────────────────────────────────────────────────


def written_out(pattern: str, tag: str) -> list[str]:
    """Return the words a newsmap pattern stands for; empty if it would hit too much."""
    if "*" in pattern[:-1] or "(" in pattern:
        return []
    if not pattern.endswith("*"):
        return [_article(pattern, tag)]
    stem = pattern[:-1]
    return _ENDINGS.get(tag, _as_is)(stem)


def _article(name: str, tag: str) -> str:
    # newsmap writes French adjectives with a capital, French newspapers do not.
    if tag == "fr" and re.search(r"(ais|ois|ains?|iens?|aise|Grecs?)$", name) and " " not in name:
        return name[0].lower() + name[1:]
    return name


def _as_is(stem: str) -> list[str]:
    return [stem]


def _english(stem: str) -> list[str]:
    if stem.endswith("Island"):
        return [stem, stem + "er", stem + "ers"]
    return [stem] if stem.endswith(("s", "x")) else [stem, stem + "s"]


def _lower(stem: str) -> str:
    return stem[0].lower() + stem[1:]


def _french(stem: str) -> list[str]:
    stem = _lower(stem)
    if stem.endswith("qu"):
        return [stem + "e", stem + "es"]
    if stem.endswith("s"):
        return [stem, stem + "e", stem + "es"]
    if stem.endswith("e"):
        return [stem, stem + "s"]
    if stem.endswith("en"):
        return [stem, stem + "s", stem + "ne", stem + "nes"]
    return [stem + ending for ending in ("", "s", "e", "es")]


def _iberian(stem: str) -> list[str]:
    stem = _lower(stem)
    if stem.endswith(("ês", "ês", "ã")):
        return [stem]
    if stem.endswith("s"):
        return [stem + ending for ending in ("a", "as", "e", "es")]
    if stem[-1] in "aeioíé":
        return [stem, stem + "s"]
    return [stem + ending for ending in ("o", "a", "os", "as")]


def _italian(stem: str) -> list[str]:
    stem = _lower(stem)
    if stem[-1] in "aeioé":
        return [stem]
    if stem.endswith(("es", "ens")):
        return [stem + "e", stem + "i"]
    if stem.endswith(("c", "g")):
        return [stem + ending for ending in ("o", "a", "i", "hi", "he")]
    return [stem + ending for ending in ("o", "a", "i", "e")]


def _german(stem: str) -> list[str]:
    if stem.endswith(("isch", "deutsch")):
        return [stem + "*"]
    if stem.endswith("er"):
        return [stem, stem + "n", stem + "in", stem + "innen"]
    if stem.endswith("e"):
        return [stem, stem + "n"]
    return [stem]


def _turkish(stem: str) -> list[str]:
    vowels = [char for char in stem.casefold() if char in "aıoueiöü"]
    if len(stem) < _STEM_MIN or not vowels:
        return []
    return [stem, stem + ("lar" if vowels[-1] in "aıou" else "ler")]


def _russian(stem: str) -> list[str]:
    return [stem + "*"] if len(stem) >= _STEM_MIN else []


def _arabic(stem: str) -> list[str]:
    if not stem.endswith("ي") or " " in stem:
        return []
    stem = stem.removeprefix("ال")
    return [stem + ending for ending in ("", "ة", "ين", "ون")] if len(stem) > 3 else []


def _hebrew(stem: str) -> list[str]:
    if len(stem) < 4:
        return []
    base = stem if stem.endswith("י") else stem + "י"
    return [base + ending for ending in ("", "ת", "ים", "ות", "ם")]


_ENDINGS = {
    "en": _english,
    "fr": _french,
    "es": _iberian,
    "pt": _iberian,
    "it": _italian,
    "de": _german,
    "tr": _turkish,
    "ru": _russian,
    "ar": _arabic,
    "he": _hebrew,
}
