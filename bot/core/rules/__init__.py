"""Rules: from what people write to an index that finds all rules an entry fires."""

from bot.core.rules.ast import Expr, canonical
from bot.core.rules.compile import RuleSet, UnknownName, compile_rules, names_in, unknown_names
from bot.core.rules.forms import form_of, from_form
from bot.core.rules.language import parse
from bot.core.rules.lint import Finding, lint, reading
from bot.core.rules.terms import FIELDS
from bot.core.rules.typed import plain_input

__all__ = [
    "FIELDS",
    "Expr",
    "Finding",
    "RuleSet",
    "UnknownName",
    "canonical",
    "compile_rules",
    "form_of",
    "from_form",
    "lint",
    "names_in",
    "parse",
    "plain_input",
    "reading",
    "unknown_names",
]
