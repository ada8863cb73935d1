"""Rules: from what people write to an index that finds all rules an entry fires."""

from bot.core.rules.ast import Expr, canonical
from bot.core.rules.forms import form_of, from_form
from bot.core.rules.language import FIELDS, parse
from bot.core.rules.typed import plain_input

__all__ = ["FIELDS", "Expr", "canonical", "form_of", "from_form", "parse", "plain_input"]
