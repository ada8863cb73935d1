"""What a rule says, as a tree of frozen values, and its one canonical spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.core.models import Kind


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase of the text."""

    text: str
    prefix: bool = False  #: written with a trailing `*`
    field: str = ""  #: title or summary; empty for both


@dataclass(frozen=True, slots=True)
class Name:
    """An actor or a location, by one of its names."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something about the entry other than its text."""

    field: str  #: source, tag, lang, author, url
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The item must not hit."""

    item: Expr


@dataclass(frozen=True, slots=True)
class And:
    """All items must hit."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the items must hit."""

    items: tuple[Expr, ...]


Leaf = Term | Name | Attribute
Expr = Leaf | Not | And | Or


def all_of(items: Iterable[Expr]) -> Expr:
    """Join with AND: nested ANDs flattened, repeats dropped, a single item left as it is."""
    flat = _flat(items, And)
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(items: Iterable[Expr]) -> Expr:
    """Join with OR, as `all_of` does with AND."""
    flat = _flat(items, Or)
    return flat[0] if len(flat) == 1 else Or(flat)


def negate(item: Expr) -> Expr:
    """Return NOT `item`; two NOTs cancel out."""
    return item.item if isinstance(item, Not) else Not(item)


def _flat(items: Iterable[Expr], kind: type[And | Or]) -> tuple[Expr, ...]:
    flat: dict[Expr, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item.items if isinstance(item, kind) else (item,)))
    return tuple(flat)


def leaves(expr: Expr) -> Iterable[Leaf]:
    """Yield the leaves, left to right."""
    match expr:
        case Not(item):
            yield from leaves(item)
        case And(items) | Or(items):
            for item in items:
                yield from leaves(item)
        case _:
            yield expr


# ── spelling ──────────────────────────────────────────────────────────────────

#: A word that may stand without quotes; it starts and ends with nothing that means something.
_BARE = re.compile(
    r"(?!(?:AND|OR|NOT|O?NEAR(?:/.*)?)$)[^\s()\":,;*/~-](?:[^\s()\":*~]*[^\s()\":,;*])?"
)


def field_of(leaf: Leaf) -> str:
    """Return the word before the colon; empty for a term of title and summary."""
    return leaf.kind.value if isinstance(leaf, Name) else leaf.field


def canonical(expr: Expr) -> str:
    """Return the rule in the one spelling that reads back to the same tree."""
    match expr:
        case Not(item):
            inner = canonical(item)
            return f"-({inner})" if isinstance(item, And) or _is_loose(item) else f"-{inner}"
        case And(items):
            return " ".join(f"({canonical(i)})" if _is_loose(i) else canonical(i) for i in items)
        case Or(items):
            field = _shared_field(items)
            if field:
                return f"{field}:{','.join(_value(leaf) for leaf in leaves(expr))}"
            # An AND inside an OR binds tighter anyway; the brackets are for the reader.
            return " OR ".join(
                f"({canonical(i)})" if isinstance(i, And) else canonical(i) for i in items
            )
        case _:
            field = field_of(expr)
            return f"{field}:{_value(expr)}" if field else _value(expr)


def label(leaf: Leaf) -> str:
    """Return a leaf as people read it in a why-line: `missile base*`, `location:"North Korea"`."""
    if isinstance(leaf, Term) and not leaf.field:
        return leaf.text + "*" * leaf.prefix
    return canonical(leaf)


def _is_loose(expr: Expr) -> bool:
    return isinstance(expr, Or) and not _shared_field(expr.items)


def _shared_field(items: tuple[Expr, ...]) -> str:
    """Return the field that all items have, if they can be written as `field:a,b`."""
    fields = {field_of(i) if isinstance(i, Leaf) else "" for i in items}
    return fields.pop() if len(fields) == 1 else ""


def _value(leaf: Leaf) -> str:
    text = leaf.name if isinstance(leaf, Name) else _raw(leaf)
    star = "*" * (not isinstance(leaf, Name) and leaf.prefix)
    is_bare = _BARE.fullmatch(text) and not (field_of(leaf) and "," in text)
    return text + star if is_bare else f'"{text}{star}"'


def _raw(leaf: Term | Attribute) -> str:
    return leaf.text if isinstance(leaf, Term) else leaf.value


def map_leaves(expr: Expr, change: Callable[[Leaf], Expr]) -> Expr:
    """Return the tree with every leaf replaced by what `change` makes of it."""
    match expr:
        case Not(item):
            return negate(map_leaves(item, change))
        case And(items):
            return all_of(map_leaves(item, change) for item in items)
        case Or(items):
            return any_of(map_leaves(item, change) for item in items)
        case _:
            return change(expr)
