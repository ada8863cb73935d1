"""Which rule an entry only just missed, and by what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import Expr, canonical, compile_rules, parse
from bot.core.rules.ast import And, Not
from bot.errors import RuleError


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule of which some required part was found, and what kept it silent."""

    rule: Rule
    found: tuple[str, ...]  #: its required parts that the entry has
    missing: tuple[str, ...]  #: those it has not
    excluded: tuple[str, ...]  #: what it excludes and the entry has


@dataclass(frozen=True, slots=True)
class _Part:
    text: str  #: canonical
    is_excluded: bool


def nearest_rule(entry: Entry, rules: Iterable[Rule], gazetteer: Gazetteer) -> Miss | None:
    """Return the rule that came closest to firing; None if no rule has anything in common."""
    parts = [(rule, tuple(_parts(rule))) for rule in rules]
    texts = sorted({part.text for _, own in parts for part in own})
    pseudo = (Rule(id=n, name="", query=text, channel="") for n, text in enumerate(texts, 1))
    fired = compile_rules(pseudo, gazetteer).match(entry)
    hit = {texts[match.rule_id - 1] for match in fired}
    misses = [miss for rule, own in parts if (miss := _miss(rule, own, hit)).found]
    return min(
        misses, key=lambda m: (len(m.missing) + len(m.excluded), -len(m.found)), default=None
    )


def _parts(rule: Rule) -> Iterator[_Part]:
    """Yield what a rule requires and excludes, as far as it can be looked for alone."""
    expr = parse(rule.query)
    for item in expr.items if isinstance(expr, And) else (expr,):
        wanted: Expr = item.item if isinstance(item, Not) else item
        try:
            text = canonical(parse(canonical(wanted)))
        except RuleError:  # such as lang:en, which narrows but finds nothing
            continue
        yield _Part(text, isinstance(item, Not))


def _miss(rule: Rule, parts: tuple[_Part, ...], hit: set[str]) -> Miss:
    required = [part.text for part in parts if not part.is_excluded]
    return Miss(
        rule,
        found=tuple(text for text in required if text in hit),
        missing=tuple(text for text in required if text not in hit),
        excluded=tuple(part.text for part in parts if part.is_excluded and part.text in hit),
    )
