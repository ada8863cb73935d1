"""What a rule says, as a tree of frozen values, and its one canonical spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.core.models import Kind


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase of the text."""

    text: str
    prefix: bool = False  #: written with a trailing `*`
    field: str = ""  #: title or summary; empty for both
    case: bool = False  #: upper and lower case as written


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression, tried on the text as published."""

    pattern: str
    any_case: bool = False  #: written with a trailing `i`
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


@dataclass(frozen=True, slots=True)
class Near:
    """All items must hit in the same field, with at most `distance` other words among them.

    Items are terms, names, alternatives of such, or words that are near each other themselves.
    """

    items: tuple[Expr, ...]
    distance: int
    ordered: bool = False  #: in the order written, too


Leaf = Term | Name | Attribute | Regex
Expr = Leaf | Not | And | Or | Near


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
        case And(items) | Or(items) | Near(items):
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
    """Return the word before the colon; empty for what is looked for in title and summary."""
    match leaf:
        case Name(kind):
            return kind.value
        case Term(field="", case=True):
            return "case"
        case _:
            return leaf.field


def canonical(expr: Expr) -> str:
    """Return the rule in the one spelling that reads back to the same tree."""
    match expr:
        case Not(item):
            tight = isinstance(item, Leaf) or (isinstance(item, Or) and not _is_loose(item))
            return f"-{canonical(item)}" if tight else f"-({canonical(item)})"
        case And(items):
            return " ".join(_within(i) for i in items)
        case Or(items):
            if field := _shared_field(items):
                values = (_value(leaf) for leaf in leaves(expr) if not isinstance(leaf, Regex))
                return f"{field}:{','.join(values)}"
            # An AND inside an OR binds tighter anyway; the brackets are for the reader.
            return " OR ".join(
                f"({canonical(i)})" if isinstance(i, And) else canonical(i) for i in items
            )
        case Near():
            return _canonical_near(expr)
        case _:
            return _canonical_leaf(expr)


def label(leaf: Leaf) -> str:
    """Return a leaf as people read it in a why-line: `missile base*`, `location:"North Korea"`."""
    if isinstance(leaf, Term) and not leaf.field and not leaf.case:
        return leaf.text + "*" * leaf.prefix
    return canonical(leaf)


def _within(expr: Expr) -> str:
    return f"({canonical(expr)})" if _is_loose(expr) else canonical(expr)


def _is_loose(expr: Expr) -> bool:
    return isinstance(expr, Or) and not _shared_field(expr.items)


def _canonical_near(near: Near) -> str:
    if len(near.items) == 2:
        one, other = near.items
        second = f"({canonical(other)})" if isinstance(other, Near) else _within(other)
        return f"{_within(one)} {'O' * near.ordered}NEAR/{near.distance} {second}"
    terms = [item for item in near.items if isinstance(item, Term)]
    words = " ".join(term.text + "*" * term.prefix for term in terms)
    return _fielded(terms[0], f'"{words}"~{near.distance}')


def _canonical_leaf(leaf: Leaf) -> str:
    if isinstance(leaf, Regex):
        return _fielded(leaf, f"/{leaf.pattern}/{'i' * leaf.any_case}")
    return _fielded(leaf, _value(leaf))


def _fielded(leaf: Leaf, value: str) -> str:
    field = field_of(leaf)
    if field and isinstance(leaf, Term) and leaf.field and leaf.case:
        return f"{field}:(case:{value})"
    return f"{field}:{value}" if field else value


def _shared_field(items: tuple[Expr, ...]) -> str:
    """Return the field that all items have, if they can be written as `field:a,b`."""
    fields = {_list_field(item) for item in items}
    return fields.pop() if len(fields) == 1 else ""


def _list_field(item: Expr) -> str:
    if not isinstance(item, Leaf) or isinstance(item, Regex):
        return ""
    both = isinstance(item, Term) and item.case and item.field
    return "" if both else field_of(item)


def _value(leaf: Term | Name | Attribute) -> str:
    text = leaf.text if isinstance(leaf, Term) else _said(leaf)
    star = "*" * (not isinstance(leaf, Name) and leaf.prefix)
    is_bare = _BARE.fullmatch(text) and not (field_of(leaf) and "," in text)
    return text + star if is_bare else f'"{text}{star}"'


def _said(leaf: Name | Attribute) -> str:
    return leaf.name if isinstance(leaf, Name) else leaf.value


def map_leaves(expr: Expr, change: Callable[[Leaf], Expr]) -> Expr:
    """Return the tree with every leaf replaced by what `change` makes of it."""
    match expr:
        case Not(item):
            return negate(map_leaves(item, change))
        case And(items):
            return all_of(map_leaves(item, change) for item in items)
        case Or(items):
            return any_of(map_leaves(item, change) for item in items)
        case Near(items, distance, ordered):
            return Near(tuple(map_leaves(item, change) for item in items), distance, ordered)
        case _:
            return change(expr)


def positive_leaves(expr: Expr) -> Iterator[Leaf]:
    """Yield the leaves that make a rule fire."""
    match expr:
        case Not():
            return
        case And(items) | Or(items) | Near(items):
            for item in items:
                yield from positive_leaves(item)
        case _:
            yield expr
