"""Other ways to write a rule that fires all day, or never: one change each, to be tried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from bot.core.rules.ast import (
    And,
    Expr,
    Leaf,
    Name,
    Near,
    Not,
    Or,
    Term,
    all_of,
    any_of,
    positive_leaves,
)
from bot.core.rules.common import is_exact
from bot.core.rules.triggers import can_trigger

_SHORTEST_STEM: Final = 4  # letters before a *


def positive(expr: Expr) -> tuple[Leaf, ...]:
    """Return the leaves that make a rule fire, each once."""
    return tuple(dict.fromkeys(positive_leaves(expr)))


def narrower(expr: Expr, blamed: Leaf, beside: Iterable[Name]) -> list[Expr]:
    """Return rules that fire on less.

    Args:
        expr: the rule.
        blamed: the leaf that most of its hits have.
        beside: actors and locations that stand in many of its hits.
    """
    found: list[Expr | None] = []
    if isinstance(blamed, Term) and not blamed.field:
        found.append(_changed(expr, blamed, replace(blamed, field="title")))
    found.append(_changed(expr, blamed, None))
    found += [all_of([expr, name]) for name in beside]
    return _usable(expr, found)


def without(expr: Expr, leaf: Leaf) -> Expr | None:
    """Return the rule without an alternative; None if no rule is left."""
    kept = _changed(expr, leaf, None)
    return next(iter(_usable(expr, [kept])), None)


def wider(expr: Expr, spelled: Callable[[Leaf], Iterable[Leaf]]) -> list[Expr]:
    """Return rules that fire on more.

    Args:
        expr: the rule.
        spelled: returns leaves that are spelled nearly like one, and occur.
    """
    found: list[Expr | None] = []
    for leaf in positive(expr):
        found += [_changed(expr, leaf, other) for other in spelled(leaf)]
        found += [_changed(expr, leaf, other) for other in _looser(leaf)]
    items = expr.items if isinstance(expr, And) else (expr,)
    found += [_without(items, item) for item in items if len(items) > 1]
    wanted = [item for item in items if not isinstance(item, Not)]
    if len(wanted) > 1:
        excluded = [item for item in items if isinstance(item, Not)]
        found.append(all_of([any_of(wanted), *excluded]))
    if isinstance(expr, Near):
        found.append(all_of(expr.items))
    return _usable(expr, found)


def _looser(leaf: Leaf) -> Iterator[Expr]:
    """Yield a word with any ending, in all fields, in any case; a phrase as single words."""
    if not isinstance(leaf, Term):
        return
    last = leaf.text.split()[-1]
    if not leaf.prefix and not is_exact(leaf) and len(last) >= _SHORTEST_STEM:
        yield replace(leaf, prefix=True)
    if leaf.field:
        yield replace(leaf, field="")
    if is_exact(leaf):
        yield replace(leaf, text=leaf.text.lower(), case=False)
    words = leaf.text.split()
    if len(words) > 1:
        yield And(
            tuple(
                replace(leaf, text=word, prefix=leaf.prefix and word is words[-1]) for word in words
            )
        )


def _without(items: tuple[Expr, ...], item: Expr) -> Expr:
    return all_of(other for other in items if other is not item)


def _changed(expr: Expr, leaf: Leaf, other: Expr | None) -> Expr | None:
    """Return a rule with a leaf replaced where it makes it fire; None takes an alternative away."""
    match expr:
        case Not():
            return expr
        case And(items) | Or(items):
            kept = [_changed(item, leaf, other) for item in items]
            if isinstance(expr, And):
                whole = [one for one in kept if one is not None]
                return all_of(whole) if len(whole) == len(kept) else None
            rest = [one for one in kept if one is not None]
            return any_of(rest) if rest else None
        case Near(items):
            if leaf not in positive(expr):
                return expr
            kept = [_changed(item, leaf, other) for item in items]
            parts = tuple(one for one in kept if isinstance(one, (Term, Name)))
            return replace(expr, items=parts) if len(parts) == len(items) else None
        case _:
            return other if expr == leaf else expr


def _usable(expr: Expr, found: Iterable[Expr | None]) -> list[Expr]:
    """Return the rules that can be, without the one there is, each once."""
    return [
        one
        for one in dict.fromkeys(one for one in found if one is not None)
        if one != expr and can_trigger(one)
    ]
