"""A narrower rule, from what people said of its alerts: what to exclude, or where to look only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules.ast import (
    And,
    Attribute,
    Expr,
    Or,
    Term,
    all_of,
    any_of,
    canonical,
    negate,
)
from bot.core.rules.common import COMMON
from bot.core.rules.compile import compile_rules
from bot.core.rules.language import parse
from bot.core.sameness import site

_MOST_WORDS = 40  #: tried as exclusions, those first that most of the rejected have
_MOST_STEPS = 3  #: exclusions in one proposal
_FEWEST = 2  #: rejected reports that an exclusion has to drop: one may be chance
_WORD = re.compile(r"[^\W\d_]{4,30}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A report that a rule alerted, and what people thought of it."""

    entry: Entry
    is_useful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """A rule that alerts less, and what it would have done to what was judged."""

    query: str  #: canonical
    added: (
        str  #: what the old query gets: `-opinion -source:blog.example`; "" if it is written anew
    )
    rejected: int  #: reports that people found not useful
    dropped: int  #: of these, what it would not have alerted
    useful: int  #: reports that people found useful
    lost: int  #: of these, what it would not have alerted either


def narrower(query: str, verdicts: Sequence[Verdict], gazetteer: Gazetteer) -> Narrower | None:
    """Return the rule that drops most of what was rejected and nothing that was useful.

    Tried are exclusions of words and sources, up to three of them; looking in titles only; and
    leaving out one of several alternatives. None if each of them costs something useful, drops next
    to nothing, or if nothing was useful that could be kept.

    Args:
        query: the rule's, canonical.
        verdicts: of reports that it fires on.
        gazetteer: the names known.
    """
    expr = parse(query)
    rule = _Tried([query], gazetteer)
    judged = [one for one in verdicts if rule.hits(one.entry)]
    useful = [one.entry for one in judged if one.is_useful]
    rejected = [one.entry for one in judged if not one.is_useful]
    if not useful:
        return None
    excluding = _excluding(expr, rule, useful, rejected, gazetteer)
    variants = {canonical(one): one for one in [*excluding, *_variants(expr)]}
    tried = _Tried(variants, gazetteer)
    fires_on = [tried.hits(entry) for entry in useful]
    drops = Counter(text for entry in rejected for text in variants.keys() - tried.hits(entry))
    harmless = [text for text in variants if all(text in fired for fired in fires_on)]
    best = max(harmless, key=lambda text: drops[text], default="")
    if drops[best] < _FEWEST:
        return None
    return Narrower(
        query=best,
        added=_added(expr, variants[best]),
        rejected=len(rejected),
        dropped=drops[best],
        useful=len(useful),
        lost=0,
    )


class _Tried:
    """Queries that are tried together, compiled once."""

    def __init__(self, texts: Iterable[str], gazetteer: Gazetteer) -> None:
        self._texts = list(texts)
        numbered = enumerate(self._texts, 1)
        rules = [Rule(id=number, name="", query=text, channel="") for number, text in numbered]
        self._compiled = compile_rules(rules, gazetteer)

    def hits(self, entry: Entry) -> set[str]:
        """Return which of the queries fire on an entry."""
        return {self._texts[match.rule_id - 1] for match in self._compiled.match(entry)}

    def words(self, entry: Entry) -> set[str]:
        """Return the words for which they fire."""
        found = self._compiled.match(entry)
        reasons = (reason.text.casefold() for match in found for reason in match.why)
        return {word for text in reasons for word in _WORD.findall(text)}


def _added(old: Expr, new: Expr) -> str:
    """Return what is behind the old query in a new one; "" if the old one does not begin it."""
    before = old.items if isinstance(old, And) else (old,)
    after = new.items if isinstance(new, And) else (new,)
    if after[: len(before)] != before:
        return ""
    return " ".join(canonical(item) for item in after[len(before) :])


# ── exclusions ────────────────────────────────────────────────────────────────


def _excluding(
    expr: Expr,
    rule: _Tried,
    useful: Sequence[Entry],
    rejected: Sequence[Entry],
    gazetteer: Gazetteer,
) -> Iterator[Expr]:
    """Yield the rule with the best exclusion, the best two, and so on."""
    items = {canonical(item): item for item in _candidates(rule, useful, rejected)}
    tried = _Tried(items, gazetteer)
    spoils = {text for entry in useful for text in tried.hits(entry)}
    drops = [tried.hits(entry) - spoils for entry in rejected]
    for _ in range(_MOST_STEPS):
        counts = Counter(text for found in drops for text in found)
        chosen = max(items, key=lambda text: counts[text], default="")
        if counts[chosen] < _FEWEST:
            return
        drops = [found for found in drops if chosen not in found]
        expr = all_of([expr, negate(items[chosen])])
        yield expr


def _candidates(rule: _Tried, useful: Sequence[Entry], rejected: Sequence[Entry]) -> Iterator[Expr]:
    """Yield the sources and words of what was rejected that nothing useful has.

    To exclude a word for which the rule fires would leave nothing of it.
    """
    for name, number in Counter(site(entry.url) for entry in rejected).items():
        if name and number >= _FEWEST:
            yield Attribute("source", name)
    wanted = {word for entry in rejected for word in rule.words(entry)}
    kept = {word for entry in useful for word in _words(entry)}
    counts = Counter(word for entry in rejected for word in _words(entry) - wanted - kept)
    for word, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_WORDS]:
        if number >= _FEWEST:
            yield Term(word)


def _words(entry: Entry) -> set[str]:
    return set(_WORD.findall(f"{entry.title} {entry.summary}".casefold())) - COMMON


# ── other shapes ──────────────────────────────────────────────────────────────


def _variants(expr: Expr) -> Iterator[Expr]:
    """Yield the rule looking in titles only, and without each of its alternatives."""
    yield _in_titles(expr)
    yield from _without_one(expr)


def _in_titles(expr: Expr) -> Expr:
    match expr:
        case And(items):
            return all_of(map(_in_titles, items))
        case Or(items):
            return any_of(map(_in_titles, items))
        case Term(field=""):
            return replace(expr, field="title")
        case _:
            return expr


def _without_one(expr: Expr) -> Iterator[Expr]:
    match expr:
        case Or(items):
            for left_out in items:
                yield any_of(item for item in items if item != left_out)
        case And(items):
            for at, item in enumerate(items):
                for less in _without_one(item):
                    yield all_of(_with(items, at, less))
        case _:
            return


def _with(items: Sequence[Expr], at: int, item: Expr) -> Iterable[Expr]:
    return (*items[:at], item, *items[at + 1 :])
