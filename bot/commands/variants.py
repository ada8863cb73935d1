"""What is wrong with a rule that fires all day or never, and one that does better."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.commands.backtest import Effect, reports_stand_apart
from bot.commands.desk import Desk
from bot.commands.say import count, default_name
from bot.core.models import Mode, Rule
from bot.core.render import code
from bot.core.rules import Expr, canonical, parse
from bot.core.rules.ast import Leaf, Name, Term, label
from bot.core.rules.compile import compile_rules
from bot.core.rules.variants import narrower, positive, wider
from bot.errors import RuleError
from bot.store.past import Sight

MOST_A_DAY = 20  #: alerts; more are noise

_SAMPLE = 300  #: of the latest hits, for what stands in them
_BESIDE = 3  #: actors and locations to try
_MOST_TRIED = 24


@dataclass(frozen=True, slots=True)
class Advice:
    """What to know about how often a rule fires."""

    line: str  #: mrkdwn
    rule: Rule | None = None  #: one that does better


def advice(desk: Desk, effect: Effect) -> Advice | None:
    """Return what is wrong with a rule's numbers; None if nothing is."""
    if not effect.trial.looked_at or effect.rule.mode is Mode.DIGEST:
        return None
    if effect.a_day > MOST_A_DAY:
        return _too_much(desk, effect)
    return None if effect.caught.alerts else _nothing(desk, effect)


# ── too much ──────────────────────────────────────────────────────────────────


def _too_much(desk: Desk, effect: Effect) -> Advice:
    expr = parse(effect.rule.query)
    latest = effect.caught.alerts[-_SAMPLE:]
    blamed, share = _blamed(desk, effect, expr, latest)
    line = (
        f":warning: That is *{effect.a_day:,.0f} alerts a day*. "
        f"{code(label(blamed))} is in {share:.0%} of them."
    )
    beside = _beside(desk, effect, expr, latest)
    among = {sight.entry_id for sight in effect.caught.matched}
    tried = _tried(desk, effect, narrower(expr, blamed, beside), among=among)
    days = effect.trial.days
    within = [one for one in tried if 0 < one[1] <= MOST_A_DAY * days]
    if within:
        rule, alerts = max(within, key=lambda one: one[1])
    elif fewer := [one for one in tried if 0 < one[1] < len(effect.caught.alerts)]:
        rule, alerts = min(fewer, key=lambda one: one[1])
    else:
        return Advice(f"{line} Add a word, an actor or a place that must occur too.")
    a_day = f"{alerts / days:,.0f}" if alerts >= days else f"{alerts / days:.1f}"
    return Advice(f"{line} Narrower: {code(rule.query)}, {a_day} a day.", rule)


def _blamed(desk: Desk, effect: Effect, expr: Expr, latest: Sequence[Sight]) -> tuple[Leaf, float]:
    """Return the term that most of the latest hits have, and in what share of them."""
    leaves = {label(leaf): leaf for leaf in positive(expr)}
    rules = compile_rules([replace(effect.rule, id=1)], desk.book.gazetteer)
    terms: Counter[str] = Counter(dict.fromkeys(leaves, 0))
    for sight in latest:
        for match in rules.match(effect.trial.entry(sight)):
            terms.update({reason.term for reason in match.why} & leaves.keys())
    [(term, hits)] = terms.most_common(1)
    return leaves[term], min(1.0, hits / len(latest))


def _beside(desk: Desk, effect: Effect, expr: Expr, latest: Sequence[Sight]) -> list[Name]:
    """Return the actors and locations that most of the latest hits have beside what was asked."""
    gazetteer = desk.book.gazetteer
    asked = {
        entity.id
        for leaf in positive(expr)
        if isinstance(leaf, Name)
        for entity in gazetteer.meant(leaf.name, leaf.kind)
    }
    found = Counter(one for sight in latest for one in effect.trial.names(sight))
    names = []
    for entity_id, _ in found.most_common(_BESIDE + len(asked)):
        entity = gazetteer.get(entity_id)
        if entity_id not in asked:
            names.append(Name(entity.kind, entity.name))
    return names[:_BESIDE]


# ── nothing ───────────────────────────────────────────────────────────────────


def _nothing(desk: Desk, effect: Effect) -> Advice:
    rule = effect.rule
    expr = parse(rule.query)
    silent = _silent(effect, positive(expr))
    if silent:
        words = " and ".join(code(label(leaf)) for leaf in silent[:3])
        line = f":warning: {words} never occurred in these days."
    elif effect.caught.matched:
        line = ":warning: No story was told by enough outlets, or it was news before these days."
    else:
        line = ":warning: Its terms occurred, but never together."
    candidates = wider(expr, _speller(desk, effect, silent))
    tried = [one for one in _tried(desk, effect, candidates) if one[1]]
    if rule.min_outlets > 1 and effect.caught.matched:
        alone = replace(rule, min_outlets=1)
        tried += _counted(desk, effect, [alone])
    within = [one for one in tried if one[1] <= MOST_A_DAY * effect.trial.days] or tried
    if not within:
        return Advice(line)
    better, alerts = min(within, key=lambda one: one[1])
    said = code(better.query) + (" from one outlet on" if better.query == rule.query else "")
    return Advice(f"{line} Wider: {said}, {count(alerts, 'alert')}.", better)


def _silent(effect: Effect, leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return the terms of a rule that never occur."""
    alone = []
    for number, leaf in enumerate(leaves, 1):
        try:
            query = canonical(parse(canonical(leaf)))
        except RuleError:  # such as lang:en, which narrows but finds nothing
            continue
        alone.append(Rule(id=number, name="", query=query, channel=effect.rule.channel))
    caught = effect.trial.catch(alone)
    return [leaves[number - 1] for number, one in caught.items() if not one.matched]


def _speller(
    desk: Desk, effect: Effect, silent: Sequence[Leaf]
) -> Callable[[Leaf], Iterable[Leaf]]:
    """Return what suggests another spelling for terms that never occur."""

    def spelled(leaf: Leaf) -> Iterable[Leaf]:
        if leaf not in silent:
            return
        if isinstance(leaf, Name):
            for name in desk.book.gazetteer.suggest(leaf.name, leaf.kind):
                yield replace(leaf, name=name)
        elif isinstance(leaf, Term) and " " not in leaf.text:
            for word in _near(leaf.text.lower(), effect.trial.words(leaf.text[:1].lower())):
                yield replace(leaf, text=word)

    return spelled


def _near(word: str, known: Iterable[str]) -> list[str]:
    close = [one for one in known if abs(len(one) - len(word)) <= 2 and one != word]
    return difflib.get_close_matches(word, close, n=2, cutoff=0.8)


# ── trying ────────────────────────────────────────────────────────────────────


def _tried(
    desk: Desk, effect: Effect, exprs: Sequence[Expr], *, among: set[int] | None = None
) -> list[tuple[Rule, int]]:
    """Return rules with other queries, and how many alerts each would have been."""
    rules = [_written(effect.rule, canonical(expr)) for expr in exprs[:_MOST_TRIED]]
    return _counted(desk, effect, rules, among=among)


def _written(rule: Rule, query: str) -> Rule:
    keeps_name = rule.name != default_name(rule.query)
    name = rule.name if keeps_name else default_name(query)
    return replace(rule, query=query, form=None, name=name)


def _counted(
    desk: Desk, effect: Effect, rules: Sequence[Rule], *, among: set[int] | None = None
) -> list[tuple[Rule, int]]:
    numbered = [replace(rule, id=number) for number, rule in enumerate(rules, 1)]
    apart = reports_stand_apart(desk, effect.rule)
    caught = effect.trial.catch(numbered, apart=apart, among=among)
    return [(rule, len(caught[number].alerts)) for number, rule in enumerate(rules, 1)]
