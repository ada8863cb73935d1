"""From query text to a tree, or to an error that points at the character."""

from __future__ import annotations

import difflib
import functools
import re
from contextlib import suppress
from typing import Final, Never, cast

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from bot.core.models import Kind
from bot.core.rules.ast import (
    Attribute,
    Expr,
    Leaf,
    Name,
    Term,
    all_of,
    any_of,
    map_leaves,
    negate,
)
from bot.core.rules.triggers import can_trigger
from bot.core.rules.typed import straighten
from bot.core.text import HANGUL, UNSPACED, fold
from bot.errors import RuleError

_GRAMMAR: Final = r"""
    ?start: any_of
    ?any_of: all_of (_OR all_of)*
    ?all_of: item (_AND? item)*
    ?item: (_NOT | _MINUS) item           -> negate
        | _OPEN any_of _CLOSE
        | FIELD value (_COMMA value)*     -> fielded
        | FIELD _OPEN any_of _CLOSE       -> fielded_group
        | PHRASE                          -> phrase
        | WORD                            -> word
        | LATER                           -> later
    ?value: PHRASE | VALUE

    _OR.3: /OR(?![^\s()"])/
    _AND.3: /AND(?![^\s()"])/
    _NOT.3: /NOT(?![^\s()"])/
    _MINUS.3: /-+(?=[^\s)])/
    _OPEN: "("
    _CLOSE: ")"
    _COMMA.3: ","
    LATER.4: /O?NEAR(\/\S*)?(?![^\s()"])|"[^"]*"~\d*|\/[^\s\/][^\/]*\/i?(?![^\s()"])/
    FIELD.2: /[A-Za-z]+:\s*(?=[^\s:])/
    PHRASE.2: /"[^"]*"/
    VALUE: /[^\s()",]+/
    WORD: /[^\s()"]+/
    %ignore /\s+/
"""
_TEXT_FIELDS: Final = ("title", "summary")
_NAME_FIELDS: Final = {kind.value: kind for kind in Kind}
_ATTRIBUTES: Final = ("source", "tag", "lang", "author", "url")
FIELDS: Final = (*_NAME_FIELDS, *_ATTRIBUTES, *_TEXT_FIELDS)

_DEEPEST = 50
_SHORTEST_STEM = 3
_SHORTEST_DENSE_STEM = 2  # a Korean or Chinese character says more than a letter
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_DENSE = re.compile(f"[{UNSPACED}{HANGUL}]")


class Refused(Exception):  # noqa: N818 — it never leaves this package
    """A message and an offset into the straightened text."""

    def __init__(self, message: str, position: int) -> None:
        self.message, self.position = message, position
        super().__init__(message)


NOTHING_POSITIVE: Final = (
    "this rule would fire on almost everything: it needs a word, an actor, a location or a source "
    "that must occur, in every alternative; lang: and exclusions only narrow it down"
)


def parse(query: str) -> Expr:
    """Read a query.

    Raises:
        RuleError: with the offset into `query` and what was expected there.
    """
    expr = read_query(query)
    if not can_trigger(expr):
        raise RuleError(NOTHING_POSITIVE, query=query, position=0)
    return expr


def read_query(query: str) -> Expr:
    """Read a query that is a part of a rule: the positive part may be elsewhere."""
    plain, offsets = straighten(query)
    try:
        _check_brackets(plain)
        try:
            return cast("Expr", _parser().parse(plain))
        except UnexpectedInput:
            _explain(plain)
    except Refused as refused:
        raise RuleError(refused.message, query=query, position=offsets[refused.position]) from None


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=False)


@v_args(inline=True)
class _Builder(Transformer[Token, Expr]):
    """Builds the tree while the parser runs."""

    def any_of(self, *items: Expr) -> Expr:
        return any_of(items)

    def all_of(self, *items: Expr) -> Expr:
        return all_of(items)

    def negate(self, item: Expr) -> Expr:
        return negate(item)

    def word(self, token: Token) -> Expr:
        return _word(token, token.start_pos or 0)

    def phrase(self, token: Token) -> Expr:
        return term(token[1:-1], (token.start_pos or 0) + 1)

    def fielded(self, field: Token, *values: Token) -> Expr:
        name = _field_name(field)
        return any_of(_leaf(name, value) for value in values)

    def fielded_group(self, field: Token, group: Expr) -> Expr:
        name, position = _field_name(field), field.start_pos or 0
        return map_leaves(group, lambda leaf: _refield(leaf, name, position))

    def later(self, token: Token) -> Never:
        what = "/regular expressions/" if token[0] == "/" else token
        raise Refused(
            f"{what} is not supported yet; use words, phrases, AND, OR, - and brackets",
            token.start_pos or 0,
        )


# ── leaves ────────────────────────────────────────────────────────────────────


def _word(text: str, position: int) -> Term:
    if text in {"AND", "OR", "NOT"}:
        raise Refused(f"{text} needs a word before it; quote it to look for it", position)
    if not text.strip("-"):
        raise Refused(f"{text} needs a word right after it, as in -football", position)
    if text.lower() in {f"{field}:" for field in FIELDS}:
        raise Refused(f'{text} needs a value: {text}word or {text}"two words"', position)
    if text[0] in ",;" or text[-1] in ",;":
        raise Refused(
            "a comma stands only between the values of a field (source:yonhap,reuters); "
            "write OR between alternatives",
            position + (0 if text[0] in ",;" else len(text) - 1),
        )
    return term(text, position)


def term(text: str, position: int = 0, field: str = "") -> Term:
    """Check a word or phrase, as typed, without its quotes.

    Raises:
        Refused: if there is nothing to look for, or a misplaced or too short wildcard.
    """
    cleaned, prefix = _split_star(text, position)
    words = fold(cleaned).data.decode().split()
    if not words:
        shown = f"`{text.strip()}`" if text.strip() else "an empty phrase"
        raise Refused(f"{shown} has no letters or digits to look for", position)
    shortest = _SHORTEST_DENSE_STEM if _DENSE.search(words[-1]) else _SHORTEST_STEM
    if prefix and len(words[-1]) < shortest:
        raise Refused(
            f"`{words[-1]}*` is too short: at least {shortest} letters before the *", position
        )
    return Term(cleaned, prefix, field)


def _split_star(text: str, position: int) -> tuple[str, bool]:
    cleaned = " ".join(text.split())
    stem = cleaned.removesuffix("*")
    if "*" in stem or stem.endswith(" ") or (stem != cleaned and not stem):
        raise Refused(
            "`*` stands for any ending: it goes right after the last word, as in missile*",
            position + text.index("*"),
        )
    return stem, stem != cleaned


def _leaf(field: str, token: Token) -> Leaf:
    quoted = token.startswith('"')
    text = str(token[1:-1] if quoted else token)
    position = (token.start_pos or 0) + quoted
    if field in _TEXT_FIELDS:
        return term(text, position, field)
    if field in _NAME_FIELDS:
        return name(_NAME_FIELDS[field], text, position)
    return _attribute(field, text, position)


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


def _refield(leaf: Leaf, field: str, position: int) -> Leaf:
    """Put a leaf of `title:(…)` under its field."""
    if not isinstance(leaf, Term) or leaf.field:
        raise Refused(f"no other field can stand inside {field}:( )", position)
    if field in _TEXT_FIELDS:
        return Term(leaf.text, leaf.prefix, field)
    if field in _NAME_FIELDS:
        return name(_NAME_FIELDS[field], leaf.text + "*" * leaf.prefix, position)
    return _attribute(field, leaf.text + "*" * leaf.prefix, position)


def _field_name(token: Token) -> str:
    typed = token.rstrip().removesuffix(":")
    position = token.start_pos or 0
    if typed.lower() in FIELDS:
        return typed.lower()
    if typed.lower() == "case":
        raise Refused("case: is not supported yet; upper and lower case are the same", position)
    if typed.lower() in {"http", "https"}:
        raise Refused("to look for an address write url: before it", position)
    near = difflib.get_close_matches(typed.lower(), FIELDS, n=1)
    advice = f"did you mean {near[0]}:?" if near else f"there are {', '.join(FIELDS)}"
    raise Refused(
        f"unknown field {typed}: {advice}; to look for the text itself, quote it", position
    )


# ── what is wrong ─────────────────────────────────────────────────────────────


def _check_brackets(plain: str) -> None:
    """Refuse quotes and brackets without a partner, and nothing at all."""
    if not plain.strip():
        raise Refused("the rule is empty: write at least one word", 0)
    # Phrases blanked out, positions kept; a quote that is left has no partner.
    outside = re.sub(r'"[^"]*"', lambda m: "_" * len(m[0]), plain)
    if '"' in outside:
        raise Refused("missing closing quote for this one", outside.index('"'))
    opened: list[int] = []
    for bracket in re.finditer(r"[()]", outside):
        at = bracket.start()
        if bracket[0] == "(":
            opened.append(at)
        elif not opened:
            raise Refused("closing bracket without an opening one", at)
        elif not outside[(start := opened.pop()) + 1 : at].strip():
            raise Refused("empty brackets: write words between them", start)
        if len(opened) > _DEEPEST:
            raise Refused(f"more than {_DEEPEST} brackets inside each other", at)
    if opened:
        raise Refused("missing closing bracket for this one", opened[-1])


_OPERATORS: Final = {"_OR": "OR", "_AND": "AND", "_NOT": "NOT", "_MINUS": "-"}


def _explain(plain: str) -> Never:
    """Feed the tokens again one by one and say after which one something is missing.

    Brackets and quotes have been checked: what is left are operators, fields and commas.
    """
    parser = _parser().parse_interactive(plain)
    tokens: list[Token] = []
    with suppress(UnexpectedInput):
        tokens.extend(parser.iter_parse())
    last = tokens[-1]
    if last.type in _OPERATORS:
        message = f"{_OPERATORS[last.type]} needs a word after it"
    elif last.type == "FIELD":
        message = f"{last.rstrip()} needs a value"
    else:
        message = "a value is missing after the comma"
    raise Refused(message, last.start_pos or 0)
