"""What is wrong with a query that can't be read, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Never

from lark import Token

from bot.core.rules.terms import Refused

_DEEPEST = 50
#: What brackets and quotes mean nothing in: phrases and regular expressions.
_QUOTED = re.compile(r'"[^"]*"|(?<![^\s(:])/[^\s/](?:\\.|[^/\\])*/i?(?![^\s()])')
_NEEDS_PARTNERS = re.compile(r'["()]')
_OPERATORS: Final = {"_OR": "OR", "_AND": "AND", "_NOT": "NOT", "_MINUS": "-"}


def check_brackets(plain: str) -> None:
    """Refuse quotes and brackets without a partner, and nothing at all."""
    if not plain.strip():
        raise Refused("the rule is empty: write at least one word", 0)
    if not _NEEDS_PARTNERS.search(plain):
        return
    # Phrases blanked out, positions kept; a quote that is left has no partner.
    outside = _QUOTED.sub(lambda m: "_" * len(m[0]), plain)
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


def explain(tokens: Sequence[Token]) -> Never:
    """Say after which of the tokens that could be read something is missing.

    Brackets and quotes have been checked: what is left are operators, fields and commas.
    """
    last = tokens[-1]
    if last.type == "NEAR":
        message = f"{last} needs a word or a phrase after it"
    elif last.type in _OPERATORS:
        message = f"{_OPERATORS[last.type]} needs a word after it"
    elif last.type == "FIELD":
        message = f"{last.rstrip()} needs a value"
    else:
        message = "a value is missing after the comma"
    raise Refused(message, last.start_pos or 0)
