"""What must occur in an entry before a rule can fire.

A trigger set is a set of leaves of which at least one must hit. It is what makes the cost of
matching independent of the rules that do not fire.
"""

from __future__ import annotations

from bot.core.models import Kind
from bot.core.rules.ast import And, Attribute, Expr, Leaf, Name, Not, Or, Term

Triggers = tuple[Leaf, ...]


def triggers(expr: Expr, *, hit: bool = True) -> Triggers | None:
    """Return the rarest trigger set by a rough guess; None if there is no such set.

    Args:
        expr: the rule.
        hit: False asks what must occur for `expr` NOT to hit.
    """
    match expr:
        case Not(item):
            return triggers(item, hit=not hit)
        case And(items) | Or(items):
            sets = [triggers(item, hit=hit) for item in items]
            return _rarest(sets) if isinstance(expr, And) == hit else _union(sets)
        case _:
            narrows_only = isinstance(expr, Attribute) and expr.field == "lang"
            return (expr,) if hit and not narrows_only else None


def can_trigger(expr: Expr) -> bool:
    """Say whether something positive must occur for the rule to fire."""
    return triggers(expr) is not None


def _rarest(sets: list[Triggers | None]) -> Triggers | None:
    known = [s for s in sets if s]
    return max(known, key=lambda s: (min(map(rarity, s)), -len(s))) if known else None


def _union(sets: list[Triggers | None]) -> Triggers | None:
    if not all(sets):
        return None
    return tuple(dict.fromkeys(leaf for s in sets if s for leaf in s))


def rarity(leaf: Leaf) -> int:
    """Guess how rare a leaf is: long words and phrases are, places and outlets are not."""
    match leaf:
        case Term(text, prefix):
            return 2 * min(len(text), 30) - 4 * prefix + 6 * text.count(" ")
        case Name(kind):
            return 14 if kind is Kind.ACTOR else 8
        case _:
            return 4
