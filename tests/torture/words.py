"""Words nobody has used before: no two entries made of them tell the same story."""

from __future__ import annotations

_SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu xa je qi".split()


def invented(number: int, words: int = 8) -> str:
    """Return words that no other entry has, so that no two entries tell one story.

    They are many, as two of six words in common may be enough among few entries.
    """
    base, found = len(_SYLLABLES), []
    for word in range(words):
        value = number * 7919 + word * 104_729 + 12_345
        letters = [_SYLLABLES[value // base**place % base] for place in range(4)]
        found.append("".join(letters).capitalize() + f"{number}")
    return " ".join(found)
