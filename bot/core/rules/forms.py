"""Rules as people fill them in: keywords, actors, locations, exclude."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from bot.core.models import Form, Kind
from bot.core.rules import terms
from bot.core.rules.ast import And, Expr, Name, Not, Or, Term, all_of, any_of, label, negate
from bot.core.rules.language import NOTHING_POSITIVE, read_query
from bot.core.rules.triggers import can_trigger
from bot.core.rules.typed import straighten
from bot.errors import RuleError


def from_form(form: Form, query: str = "") -> Expr:
    """Return what a form means, AND the query if there is one.

    Any of the keywords, any of the actors, any of the locations, none of `exclude`.

    Raises:
        RuleError: an item that can't be read (said with its kind), or nothing positive in all.
    """
    parts = [
        *_any("keywords", form.keywords, terms.term),
        *_any("actors", form.actors, lambda text: terms.name(Kind.ACTOR, text)),
        *_any("locations", form.locations, lambda text: terms.name(Kind.LOCATION, text)),
        *([read_query(query)] if query.strip() else []),
        *(negate(item) for item in _items("exclude", form.exclude, _excluded)),
    ]
    if not parts:
        raise RuleError("the rule is empty: give keywords, actors or locations")
    expr = all_of(parts)
    if not can_trigger(expr):
        raise RuleError(NOTHING_POSITIVE, query=query)
    return expr


def form_of(expr: Expr) -> Form | None:
    """Return the form that means the same as `expr`; None if no form does."""
    found: dict[str, tuple[str, ...]] = {}
    for item in expr.items if isinstance(expr, And) else (expr,):
        place = _place(item)
        if place is None or (place[0] in found and place[0] != "exclude"):
            return None
        found[place[0]] = found.get(place[0], ()) + place[1]
    form = Form(**found)
    return form if expr == _again(form) else None


def _again(form: Form) -> Expr | None:
    try:
        return from_form(form)
    except RuleError:
        return None


def _place(item: Expr) -> tuple[str, tuple[str, ...]] | None:
    """Return which box of the form says `item`, and with what."""
    match item:
        case Not(Term(_, _, "") as term):
            return "exclude", (label(term),)
        case Term(_, _, ""):
            return "keywords", (label(item),)
        case Name(kind, name):
            return f"{kind}s", (name,)
        case Or(items):
            places = [_place(i) for i in items]
            boxes = {place[0] if place else "" for place in places}
            if len(boxes) == 1 and boxes <= {"keywords", "actors", "locations"}:
                return boxes.pop(), tuple(text for place in places if place for text in place[1])
        case _:
            pass
    return None


_PAIRS: Final = (('"', '"'), ("'", "'"))


def _items(kind: str, texts: Iterable[str], read: Callable[[str], Expr]) -> list[Expr]:
    return [_item(kind, text, read) for text in texts if text.strip()]


def _any(kind: str, texts: Iterable[str], read: Callable[[str], Expr]) -> list[Expr]:
    items = _items(kind, texts, read)
    return [any_of(items)] if items else []


def _item(kind: str, text: str, read: Callable[[str], Expr]) -> Expr:
    plain, offsets = straighten(text)
    stripped = plain.strip()
    if any(len(stripped) > 1 and stripped[0] == a and stripped[-1] == b for a, b in _PAIRS):
        stripped = stripped[1:-1]
    cleaned = stripped.replace('"', " ")
    try:
        return read(cleaned)
    except terms.Refused as refused:
        at = plain.find(stripped) + refused.position
        raise RuleError(f"{kind}: {refused.message}", query=text, position=offsets[at]) from None


def _excluded(text: str) -> Term:
    return terms.term(text.lstrip("-"))
