"""One normalisation for rules and entries, with a way back to the characters as published."""

from bot.core.text.clean import strip_controls
from bot.core.text.fold import HANGUL, UNSPACED, Folded, fold, fold_all, fold_pair, unfold_pair
from bot.core.text.patterns import Verbatim, is_unspaced, longer_words, patterns, verbatim

__all__ = [
    "HANGUL",
    "UNSPACED",
    "Folded",
    "Verbatim",
    "fold",
    "fold_all",
    "fold_pair",
    "is_unspaced",
    "longer_words",
    "patterns",
    "strip_controls",
    "unfold_pair",
    "verbatim",
]
