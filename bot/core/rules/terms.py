"""What the leaves of a rule must be: a term with letters, a known shape, a working expression."""

from __future__ import annotations

import re
from typing import Final

from bot.core.models import Kind
from bot.core.rules.ast import Attribute, Leaf, Name, Near, Regex, Term
from bot.core.rules.regexes import BadPatternError, compiled
from bot.core.text import HANGUL, UNSPACED, fold

TEXT_FIELDS: Final = ("title", "summary")
NAME_FIELDS: Final = {kind.value: kind for kind in Kind}
ATTRIBUTES: Final = ("source", "tag", "lang", "author", "url")
FIELDS: Final = (*NAME_FIELDS, *ATTRIBUTES, *TEXT_FIELDS, "case")

MOST_APART: Final = 100  #: words between the two sides of NEAR
_SHORTEST_STEM = 3
_SHORTEST_DENSE_STEM = 2  # a Korean or Chinese character says more than a letter
_LONGEST_REGEX = 500
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_DENSE = re.compile(f"[{UNSPACED}{HANGUL}]")


class Refused(Exception):  # noqa: N818 — it never leaves this package
    """A message and an offset into the straightened text."""

    def __init__(self, message: str, position: int) -> None:
        self.message, self.position = message, position
        super().__init__(message)


def term(text: str, position: int = 0, field: str = "", *, case: bool = False) -> Term:
    """Check a word or phrase, as typed, without its quotes.

    Raises:
        Refused: if there is nothing to look for, or a misplaced or too short wildcard.
    """
    cleaned, prefix = _split_star(text, position)
    words = _words(cleaned)
    if not words:
        shown = f"`{text.strip()}`" if text.strip() else "an empty phrase"
        raise Refused(f"{shown} has no letters or digits to look for", position)
    shortest = _SHORTEST_DENSE_STEM if _DENSE.search(words[-1]) else _SHORTEST_STEM
    if prefix and len(words[-1]) < shortest:
        raise Refused(
            f"`{words[-1]}*` is too short: at least {shortest} letters before the *", position
        )
    return Term(cleaned, prefix, field, case)


def _words(text: str) -> list[str]:
    if text.isascii() and text.replace(" ", "").isalnum():
        return text.lower().split()
    return fold(text).data.decode().split()


def _split_star(text: str, position: int) -> tuple[str, bool]:
    cleaned = " ".join(text.split())
    if "*" not in cleaned:
        return cleaned, False
    stem = cleaned.removesuffix("*")
    if "*" in stem or stem.endswith(" ") or not stem:
        raise Refused(
            "`*` stands for any ending: it goes right after the last word, as in missile*",
            position + text.index("*"),
        )
    return stem, True


def sloppy(token: str, position: int, field: str = "", *, case: bool = False) -> Near:
    """Read `"two words"~5`: these words, in any order, with at most 5 others among them."""
    phrase, _, number = token.rpartition("~")
    words = phrase[1:-1].split()
    if len(words) < 2:
        raise Refused(f"{phrase} needs two words at least for a distance between them", position)
    distance = _distance(number, position + len(phrase))
    at = position + 1
    return Near(tuple(term(word, at, field, case=case) for word in words), distance)


def near_of(token: str, position: int) -> tuple[int, bool]:
    """Return the distance of `NEAR/5` or `ONEAR/5`, and whether the order counts."""
    word, _, number = token.partition("/")
    return _distance(number, position), word == "ONEAR"


def _distance(number: str, position: int) -> int:
    if not number.isdecimal():
        raise Refused('give the distance in words: NEAR/5, or "two words"~5', position)
    if int(number) > MOST_APART:
        raise Refused(f"at most {MOST_APART} words apart; AND asks for no distance", position)
    return int(number)


def regex(token: str, position: int, field: str = "") -> Regex:
    """Check `/an expression/i`.

    Raises:
        Refused: it is too long, or RE2 can't read it.
    """
    body, _, flag = token[1:].rpartition("/")
    if len(body) > _LONGEST_REGEX:
        raise Refused(f"a regular expression has at most {_LONGEST_REGEX} characters", position)
    try:
        matches = compiled(body, bool(flag)).search("")
    except BadPatternError as error:
        raise Refused(f"/{body}/ can't be read (RE2): {error}", position) from None
    if matches:
        raise Refused(f"/{body}/ matches every text: it can't tell entries apart", position)
    return Regex(body, bool(flag), field)


def value_of(field: str, text: str, position: int) -> Leaf:
    """Return the leaf of one value, its quotes taken off, after `field:`."""
    if field in TEXT_FIELDS:
        return term(text, position, field)
    if field == "case":
        return term(text, position, case=True)
    if field in NAME_FIELDS:
        return name(NAME_FIELDS[field], text, position)
    return _attribute(field, text, position)


def refield(leaf: Leaf, field: str, position: int) -> Leaf:
    """Put a leaf of `title:(…)` under its field."""
    if isinstance(leaf, Regex) and not leaf.field and field in TEXT_FIELDS:
        return Regex(leaf.pattern, leaf.any_case, field)
    if not isinstance(leaf, Term) or leaf.field or (leaf.case and field not in TEXT_FIELDS):
        raise Refused(f"no other field can stand inside {field}:( )", position)
    if field in TEXT_FIELDS:
        return Term(leaf.text, leaf.prefix, field, leaf.case)
    return value_of(field, leaf.text + "*" * leaf.prefix, position)


def _attribute(field: str, text: str, position: int) -> Attribute:
    if field == "lang":
        return Attribute(field, _language(text, position))
    if field != "url":
        checked = term(text, position)
        return Attribute(field, checked.text, checked.prefix)
    address, prefix = _split_star(text, position)
    if not address:
        raise Refused("url: needs a part of an address", position)
    return Attribute(field, address, prefix)


def _language(text: str, position: int) -> str:
    if not _LANGUAGE.fullmatch(text.strip()):
        raise Refused("lang: takes a language code such as en, ko or zh-Hans", position)
    return text.strip().lower()


def name(kind: Kind, text: str, position: int = 0) -> Name:
    """Check the name of an actor or a location.

    Raises:
        Refused: if there is nothing to look for, or a wildcard.
    """
    if "*" in text:
        raise Refused(
            f"{kind}: takes a name, without *; its other forms are known, or use words",
            position + text.index("*"),
        )
    return Name(kind, term(text, position).text)
