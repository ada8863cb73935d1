"""From query text to a tree, or to an error that points at the character."""

from __future__ import annotations

import difflib
import functools
import re
from contextlib import suppress
from typing import Final, cast

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from bot.core.rules.ast import (
    And,
    Expr,
    Name,
    Near,
    Not,
    Or,
    Term,
    all_of,
    any_of,
    map_leaves,
    negate,
)
from bot.core.rules.mistakes import check_brackets, explain
from bot.core.rules.terms import (
    ATTRIBUTES,
    FIELDS,
    Refused,
    near_of,
    refield,
    regex,
    sloppy,
    term,
    value_of,
)
from bot.core.rules.triggers import can_trigger
from bot.core.rules.typed import straighten
from bot.errors import RuleError

_GRAMMAR: Final = r"""
    ?start: any_of
    ?any_of: all_of (_OR all_of)*
    ?all_of: near (_AND? near)*
    ?near: item
        | near NEAR item
    ?item: (_NOT | _MINUS) item           -> negate
        | _OPEN any_of _CLOSE
        | FIELD value (_COMMA value)*     -> fielded
        | FIELD _OPEN any_of _CLOSE       -> fielded_group
        | PHRASE                          -> phrase
        | SLOPPY                          -> sloppy
        | REGEX                           -> regex
        | WORD                            -> word
    ?value: PHRASE | SLOPPY | REGEX | VALUE

    _OR.3: /OR(?![^\s()"])/
    _AND.3: /AND(?![^\s()"])/
    _NOT.3: /NOT(?![^\s()"])/
    _MINUS.3: /-+(?=[^\s)])/
    NEAR.4: /O?NEAR(\/[^\s()"]*)?(?![^\s()"])/
    _OPEN: "("
    _CLOSE: ")"
    _COMMA.3: ","
    SLOPPY.4: /"[^"]*"~[^\s(),"]*/
    REGEX.4: /\/[^\s\/](\\.|[^\/\\])*\/i?(?![^\s()"])/
    FIELD.2: /[A-Za-z]+:\s*(?=[^\s:])/
    PHRASE.2: /"[^"]*"/
    VALUE: /[^\s()",]+/
    WORD: /[^\s()"]+/
    %ignore /\s+/
"""
_NEAR_WORD = re.compile(r"O?NEAR(?:/.*)?")

NOTHING_POSITIVE: Final = (
    "this rule would fire on almost everything: it needs a word, an actor, a location or a source "
    "that must occur, in every alternative; lang:, /expressions/ and exclusions only narrow it down"
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
        check_brackets(plain)
        try:
            return _easy(plain) or cast("Expr", _parser().parse(plain))
        except UnexpectedInput:
            explain(tokens_of(plain))
    except Refused as refused:
        raise RuleError(refused.message, query=query, position=offsets[refused.position]) from None


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=False)


def tokens_of(plain: str) -> list[Token]:
    """Return the tokens of a straightened query, up to what can't be read."""
    parser = _parser().parse_interactive(plain)
    tokens: list[Token] = []
    with suppress(UnexpectedInput):
        tokens.extend(parser.iter_parse())
    return tokens


_EASY_ITEM: Final = r'-?(?:"[^"*]*"|[A-Za-z0-9]+)'
_EASY = re.compile(f"{_EASY_ITEM}(?: {_EASY_ITEM})*")
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "NEAR", "ONEAR"})


def _easy(plain: str) -> Expr | None:
    """Read words and phrases side by side, or with OR between all: ten times as fast.

    Most rules are like that. The grammar reads all others, and says what is wrong.
    """
    if not _EASY.fullmatch(plain):
        return None
    words = re.findall(_EASY_ITEM, plain)
    joint = len(words) > 1 and words[1] == "OR"
    if joint and set(words[1::2]) != {"OR"}:
        return None
    items = words[::2] if joint else words
    if not _KEYWORDS.isdisjoint(items) or (joint and len(words) % 2 == 0):
        return None
    try:
        return (any_of if joint else all_of)(map(_easy_item, items))
    except Refused:
        return None


def _easy_item(word: str) -> Expr:
    item = term(word.lstrip("-").strip('"'))
    return Not(item) if word.startswith("-") else item


@v_args(inline=True)
class _Builder(Transformer[Token, Expr]):
    """Builds the tree while the parser runs."""

    def any_of(self, *items: Expr) -> Expr:
        return any_of(items)

    def all_of(self, *items: Expr) -> Expr:
        return all_of(items)

    def near(self, one: Expr, operator: Token, other: Expr) -> Expr:
        position = operator.start_pos or 0
        distance, ordered = near_of(operator, position)
        if not (_has_place(one) and _has_place(other)):
            raise Refused(
                f"{operator} stands between words, phrases, actors and locations, or ( OR ) of "
                "them; put what it shall not touch after AND",
                position,
            )
        return Near((one, other), distance, ordered)

    def negate(self, item: Expr) -> Expr:
        return negate(item)

    def word(self, token: Token) -> Expr:
        return _word(token, token.start_pos or 0)

    def phrase(self, token: Token) -> Expr:
        return term(token[1:-1], (token.start_pos or 0) + 1)

    def sloppy(self, token: Token) -> Expr:
        return sloppy(token, token.start_pos or 0)

    def regex(self, token: Token) -> Expr:
        return regex(token, token.start_pos or 0)

    def fielded(self, field: Token, *values: Token) -> Expr:
        name = _field_name(field)
        return any_of(_valued(name, value) for value in values)

    def fielded_group(self, field: Token, group: Expr) -> Expr:
        name, position = _field_name(field), field.start_pos or 0
        if name in ATTRIBUTES and _has_near(group):
            raise Refused(f"{name}: takes no distance", position)
        return map_leaves(group, lambda leaf: refield(leaf, name, position))


def _has_place(expr: Expr) -> bool:
    """Say whether an item has a place in a text from which words can be counted."""
    match expr:
        case Term() | Name() | Near():
            return True
        case Or(items):
            return all(map(_has_place, items))
        case _:
            return False


def _has_near(expr: Expr) -> bool:
    match expr:
        case Near():
            return True
        case Not(item):
            return _has_near(item)
        case And(items) | Or(items):
            return any(map(_has_near, items))
        case _:
            return False


def _word(text: str, position: int) -> Term:
    if text in {"AND", "OR", "NOT"} or _NEAR_WORD.fullmatch(text):
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


def _valued(field: str, token: Token) -> Expr:
    position = token.start_pos or 0
    case = field == "case"
    in_text = "" if case else field
    if token.type == "SLOPPY":
        if not case and field not in {"title", "summary"}:
            raise Refused(f"{field}: takes no distance", position)
        return sloppy(token, position, in_text, case=case)
    if token.type == "REGEX" and field in {"title", "summary"}:
        return regex(token, position, field)
    quoted = token.startswith('"')
    return value_of(field, str(token[1:-1] if quoted else token), position + quoted)


def _field_name(token: Token) -> str:
    typed = token.rstrip().removesuffix(":")
    position = token.start_pos or 0
    if typed.lower() in FIELDS:
        return typed.lower()
    if typed.lower() in {"http", "https"}:
        raise Refused("to look for an address write url: before it", position)
    near = difflib.get_close_matches(typed.lower(), FIELDS, n=1)
    advice = f"did you mean {near[0]}:?" if near else f"there are {', '.join(FIELDS)}"
    raise Refused(
        f"unknown field {typed}: {advice}; to look for the text itself, quote it", position
    )
