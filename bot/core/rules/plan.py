"""A rule over the numbers of its leaves: what has to be evaluated, and what has to occur first.

A plan is a number (the leaf is found), its complement `~number` (it is not), a tuple of plans
(all hold), `("or", plan, …)`, or `("near", number, plan)`: the plan holds, and then the places do.
Exclusions stand at the leaves only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from bot.core.rules.ast import And, Expr, Leaf, Near, Not, Or

OR: Final = "or"
NEAR: Final = "near"

Plan = int | tuple[Any, ...]


def plan_of(expr: Expr, number: Callable[[Leaf | Near], int], *, hit: bool = True) -> Plan:
    """Return the plan of a rule, its leaves numbered by `number`; `hit=False`: of its contrary."""
    match expr:
        case Not(item):
            return plan_of(item, number, hit=not hit)
        case And(items) | Or(items):
            plans = tuple(plan_of(item, number, hit=hit) for item in items)
            return plans if isinstance(expr, And) == hit else (OR, *plans)
        case Near(items):
            own = number(expr)
            parts = tuple(plan_of(item, number) for item in items)
            return (NEAR, own, parts) if hit else ~own
        case _:
            own = number(expr)
            return own if hit else ~own


def contributors(plan: Plan, holds: Callable[[Plan], bool]) -> Iterator[int]:
    """Yield the numbers that were found and helped a plan that holds."""
    if isinstance(plan, int):
        if plan >= 0:
            yield plan
    elif plan[0] is NEAR:
        yield plan[1]
    else:
        for item in plan[1:] if plan[0] is OR else plan:
            if holds(item):
                yield from contributors(item, holds)


def is_sure(plan: Plan, number: int) -> bool:
    """Say whether a plan holds as soon as `number` is found."""
    if isinstance(plan, int):
        return plan == number
    return plan[0] is OR and any(is_sure(item, number) for item in plan[1:])


def lead(plan: Plan, numbers: tuple[int, ...]) -> Plan | None:
    """Return a plan of several with that first which any of `numbers` makes hold; None if none."""
    if isinstance(plan, int) or plan[0] is OR or plan[0] is NEAR:
        return None
    for i, item in enumerate(plan):
        if all(is_sure(item, number) for number in numbers):
            return (item, *plan[:i], *plan[i + 1 :])
    return None


def triggers(plan: Plan, ranks: Sequence[float]) -> tuple[int, ...] | None:
    """Return the rarest numbers of which one must be found for a plan to hold; None: no such.

    Args:
        plan: the rule.
        ranks: how rare each number is; minus infinity for what can't be looked for everywhere.
    """
    if isinstance(plan, int):
        return (plan,) if plan >= 0 and ranks[plan] > float("-inf") else None
    if plan[0] is OR:
        return _union([triggers(item, ranks) for item in plan[1:]])
    items: Iterable[Plan] = plan[2] if plan[0] is NEAR else plan
    known = [found for item in items if (found := triggers(item, ranks))]
    return max(known, key=lambda t: (min(ranks[n] for n in t), -len(t)), default=None)


def _union(sets: list[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    if not all(sets):
        return None
    return tuple(dict.fromkeys(number for one in sets if one for number in one))
