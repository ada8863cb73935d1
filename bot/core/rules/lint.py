"""What the writer of a rule should know: nothing is refused, nothing is changed in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lark import Token

from bot.core.entities import Gazetteer
from bot.core.models import Rule
from bot.core.rules.ast import (
    And,
    Expr,
    Leaf,
    Name,
    Near,
    Not,
    Or,
    Term,
    canonical,
    label,
    leaves,
    positive_leaves,
)
from bot.core.rules.common import COMMON, is_acronym, is_exact
from bot.core.rules.cover import implies
from bot.core.rules.language import parse, tokens_of
from bot.core.rules.typed import straighten
from bot.core.text import HANGUL, UNSPACED, fold

_SHORT: Final = 3  # letters a term should have at least
_SHORT_STEM: Final = 4
_FAR: Final = 25  # words apart
_DENSE = re.compile(f"[{UNSPACED}{HANGUL}]")
_TYPED: Final = {"and", "or", "not", "near"}
_STARTS: Final = frozenset({"WORD", "PHRASE", "SLOPPY", "REGEX", "FIELD", "_OPEN"})
_ENDS: Final = frozenset({"WORD", "PHRASE", "SLOPPY", "REGEX", "VALUE", "_CLOSE"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a rule."""

    code: str  #: reading, typed, operator, short, common, stem, far, case, shadow, unknown, several
    message: str  #: a sentence, with what to write instead


def lint(rule: Rule | str, gazetteer: Gazetteer) -> list[Finding]:
    """Return what the writer of a rule should know, the gravest first.

    Args:
        rule: the rule, or its query as typed: only then can be said what was read differently.
        gazetteer: the names known.

    Raises:
        RuleError: the query can't be read.
    """
    query = rule.query if isinstance(rule, Rule) else rule
    expr = parse(query)
    positive = list(dict.fromkeys(positive_leaves(expr)))
    return [
        *_shadowed(expr, gazetteer),
        *_as_read(query),
        *_as_typed(query),
        *_too_common(expr),
        *(finding for leaf in positive for finding in _of_term(leaf)),
        *_far(expr),
        *_names(expr, gazetteer),
    ]


# ── how it was read ───────────────────────────────────────────────────────────


def reading(query: str) -> str | None:
    """Return a query with the brackets it is read with, if it mixes OR and AND without them.

    `a OR b c` is `a OR (b c)`: AND binds tighter. None if there is nothing to get wrong.

    Raises:
        RuleError: the query can't be read.
    """
    expr = parse(query)
    return canonical(expr) if _is_mixed(tokens_of(straighten(query)[0])) else None


def _is_mixed(tokens: Iterable[Token]) -> bool:
    """Say whether both OR and AND stand between the same two brackets."""
    levels: list[set[str]] = [set()]
    before = ""
    for token in tokens:
        kind = token.type
        if kind == "_OR":
            levels[-1].add("or")
        elif kind in {"_AND", "_NOT", "_MINUS"} or (kind in _STARTS and before in _ENDS):
            levels[-1].add("and")
        if kind == "_OPEN":
            levels.append(set())
        elif kind == "_CLOSE" and len(levels.pop()) > 1:
            return True
        before = kind
    return any(len(level) > 1 for level in levels)


def _as_read(query: str) -> Iterator[Finding]:
    read = reading(query)
    if read:
        yield Finding(
            "reading", f"AND binds tighter than OR; I read: {read}. Brackets say it otherwise."
        )


def changed_in(query: str) -> Iterator[Finding]:
    """Yield what is not read as it was typed: curly quotes, long dashes, what can't be seen."""
    plain, _ = straighten(query)
    if plain != query and len(plain) == len(query):
        changed = dict.fromkeys(
            f"{old} as {new}" for old, new in zip(query, plain, strict=True) if old != new != " "
        )
        if changed:
            yield Finding("typed", f"I read {', '.join(changed)}.")
    elif len(plain) != len(query):
        yield Finding("typed", "I left out characters that can't be seen.")


def _as_typed(query: str) -> Iterator[Finding]:
    plain, _ = straighten(query)
    yield from changed_in(query)
    for token in tokens_of(plain):
        if token.type == "WORD" and token in _TYPED:
            yield Finding(
                "operator",
                f"I look for the word `{token}`; as an operator it is written {token.upper()}.",
            )


# ── terms ─────────────────────────────────────────────────────────────────────


def _of_term(leaf: Leaf) -> Iterator[Finding]:
    if not isinstance(leaf, Term) or leaf.text in _TYPED:
        return
    words = fold(leaf.text).data.decode().split()
    if is_exact(leaf) and not leaf.case:
        yield Finding(
            "case",
            f"`{leaf.text}` is found in capitals only; `{leaf.text.lower()}` finds both.",
        )
    elif leaf.prefix and len(words[-1]) < _SHORT_STEM and not _is_dense(words[-1]):
        yield Finding(
            "stem", f"`{label(leaf)}` stands for very many words; write more letters before the *."
        )
    elif len("".join(words)) < _SHORT and not _is_dense(words[0]) and not leaf.case:
        yield Finding(
            "short", f"`{leaf.text}` is very short; it is found wherever it stands as a word."
        )


def _is_dense(word: str) -> bool:
    """Say whether two letters are much: in Chinese, Korean, Thai."""
    return bool(_DENSE.match(word))


def _too_common(expr: Expr) -> Iterator[Finding]:
    """Yield the words that make a rule fire on their own and are in every other entry."""
    for item in expr.items if isinstance(expr, Or) else (expr,):
        parts = item.items if isinstance(item, And) else (item,)
        required = [part for part in parts if not isinstance(part, Not)]
        if required and all(_is_common(part) for part in required):
            said = " ".join(canonical(part) for part in required)
            yield Finding(
                "common",
                f"`{said}` is in a great part of all news: the rule will fire all day. "
                "Add a rarer word, an actor or a place.",
            )


def _is_common(expr: Expr) -> bool:
    if not isinstance(expr, Term) or expr.case or is_acronym(expr.text):
        return False
    return not expr.prefix and COMMON.issuperset(fold(expr.text).data.decode().split())


def _far(expr: Expr) -> Iterator[Finding]:
    match expr:
        case Not(item):
            yield from _far(item)
        case And(items) | Or(items) | Near(items):
            if isinstance(expr, Near) and expr.distance > _FAR:
                yield Finding(
                    "far",
                    f"{expr.distance} words are more than a sentence: {canonical(expr)} "
                    "finds hardly less than AND.",
                )
            for item in items:
                yield from _far(item)
        case _:
            return


# ── exclusions ────────────────────────────────────────────────────────────────


def _shadowed(expr: Expr, gazetteer: Gazetteer) -> Iterator[Finding]:
    """Yield exclusions that hit whenever something required does: such a part never fires."""
    match expr:
        case Or(items):
            for item in items:
                yield from _shadowed(item, gazetteer)
        case And(items):
            excluded = [leaf for item in items if isinstance(item, Not) for leaf in _any(item.item)]
            for required in items:
                hit = [_excluding(leaf, excluded, gazetteer) for leaf in _any(required)]
                if hit and all(hit):
                    out = " ".join(dict.fromkeys(f"-{canonical(one)}" for one in hit if one))
                    yield Finding(
                        "shadow",
                        f"{out} excludes all that {canonical(required)} finds: "
                        "together they never fire.",
                    )
            for item in items:
                if not isinstance(item, Not):
                    yield from _shadowed(item, gazetteer)
        case _:
            return


def _excluding(leaf: Leaf, excluded: Iterable[Leaf], gazetteer: Gazetteer) -> Leaf | None:
    """Return what hits wherever `leaf` does."""
    return next((out for out in excluded if implies(leaf, out, gazetteer)), None)


def _any(expr: Expr) -> tuple[Leaf, ...]:
    """Return leaves of which one hit is enough; nothing for what is more involved."""
    match expr:
        case Or(items):
            return tuple(leaf for item in items for leaf in _any(item))
        case Not() | And() | Near():
            return ()
        case _:
            return (expr,)


# ── names ─────────────────────────────────────────────────────────────────────


def _names(expr: Expr, gazetteer: Gazetteer) -> Iterator[Finding]:
    for leaf in dict.fromkeys(leaf for leaf in leaves(expr) if isinstance(leaf, Name)):
        senses = gazetteer.lookup(leaf.name, leaf.kind)
        if not senses:
            near = ", ".join(gazetteer.suggest(leaf.name, leaf.kind))
            hint = f"Did you mean {near}?" if near else "Check the spelling."
            yield Finding(
                "unknown",
                f"I don't know the {leaf.kind} `{leaf.name}` and look for these very words. {hint}",
            )
        elif len(senses) > 1:
            meant = gazetteer.meant(leaf.name, leaf.kind)
            taken = ", ".join(f"{one.name} ({one.type})" for one in meant)
            yield Finding("several", f"`{leaf.name}` may be several; I take it for {taken}.")
