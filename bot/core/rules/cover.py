"""Whether one rule fires wherever another does, as far as that can be told by reading them."""

from __future__ import annotations

from functools import lru_cache

from bot.core.entities import Gazetteer
from bot.core.rules.ast import And, Expr, Leaf, Name, Near, Not, Or, Term
from bot.core.rules.common import is_exact
from bot.core.text import fold


def covers(wide: Expr, narrow: Expr, gazetteer: Gazetteer) -> bool:
    """Say whether it is certain that `wide` fires on all that `narrow` does; False: who knows."""
    if isinstance(narrow, Or):
        return all(covers(wide, one, gazetteer) for one in narrow.items)
    if isinstance(wide, And):
        return all(covers(one, narrow, gazetteer) for one in wide.items)
    return _covers_part(wide, narrow, gazetteer)


def _covers_part(wide: Expr, narrow: Expr, gazetteer: Gazetteer) -> bool:
    if wide == narrow:
        return True
    if isinstance(wide, Or) and any(covers(one, narrow, gazetteer) for one in wide.items):
        return True
    match narrow:
        case And(items) | Near(items):
            return any(covers(wide, one, gazetteer) for one in items)
        case Not(item):
            return isinstance(wide, Not) and covers(item, wide.item, gazetteer)
        case _:
            return (
                isinstance(wide, Leaf)
                and isinstance(narrow, Leaf)
                and implies(narrow, wide, gazetteer)
            )


def implies(one: Leaf, other: Leaf, gazetteer: Gazetteer) -> bool:
    """Say whether `other` hits wherever `one` does."""
    if one == other:
        return True
    if isinstance(one, Name) and isinstance(other, Name):
        above = {
            step.id
            for entity in gazetteer.meant(one.name, one.kind)
            for step in gazetteer.within(entity)
        }
        meant = gazetteer.meant(other.name, other.kind)
        return bool(meant) and all(entity.id in above for entity in meant)
    if not (isinstance(one, Term) and isinstance(other, Term)):
        return False
    if other.field not in {"", one.field} or is_exact(other):
        return False
    inner, outer = _folded(other.text), _folded(one.text)
    if other.prefix:
        return inner.rstrip() in outer
    return inner in (outer.rstrip() if one.prefix else outer)


@lru_cache(maxsize=8192)
def _folded(text: str) -> bytes:
    """Return a term as it is looked for; of a thousand rules each is compared with each."""
    return fold(text).data
