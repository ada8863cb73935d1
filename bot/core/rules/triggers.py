"""What must occur in an entry before a rule can fire, and how rare that is.

It is what makes the cost of matching independent of the rules that do not fire.
"""

from __future__ import annotations

from bot.core.models import Kind
from bot.core.rules.ast import And, Attribute, Expr, Leaf, Name, Near, Not, Or, Regex, Term
from bot.core.rules.common import COMMON


def can_trigger(expr: Expr, *, hit: bool = True) -> bool:
    """Say whether something positive must occur for the rule to fire.

    Args:
        expr: the rule.
        hit: False asks about `expr` NOT to hit.
    """
    match expr:
        case Not(item):
            return can_trigger(item, hit=not hit)
        case And(items) | Or(items):
            each = (can_trigger(item, hit=hit) for item in items)
            return any(each) if isinstance(expr, And) == hit else all(each)
        case Near(items):
            return hit and any(can_trigger(item) for item in items)
        case _:
            return hit and not narrows_only(expr)


def narrows_only(leaf: Leaf) -> bool:
    """Say whether a leaf can't be looked for in all entries: it is tried where others hit."""
    return isinstance(leaf, Regex) or (isinstance(leaf, Attribute) and leaf.field == "lang")


def rarity(leaf: Leaf) -> int:
    """Guess how rare a leaf is: long words and phrases are, places and outlets are not."""
    match leaf:
        case Term(text, prefix):
            if text.lower() in COMMON:
                return 1
            return 2 * min(len(text), 30) - 4 * prefix + 6 * text.count(" ")
        case Name(kind):
            return 14 if kind is Kind.ACTOR else 8
        case _:
            return 4
