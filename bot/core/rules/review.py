"""What is to mend in rules: found by reading them, and by counting in the entries that are stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Mode, Rule
from bot.core.rules.ast import And, Expr, Leaf, Near, Not, Or, canonical, label
from bot.core.rules.compile import compile_rules
from bot.core.rules.cover import covers
from bot.core.rules.language import parse
from bot.core.rules.lint import Finding, lint
from bot.core.rules.narrower import Verdict
from bot.core.rules.variants import positive, without
from bot.errors import RuleError

MEMORY_DAYS: Final = 90
RECENT_DAYS: Final = 14
_FEWEST_RECENT: Final = 200  #: entries: of fewer, a share says little
_TOO_COMMON: Final = 0.05  #: of the recent entries
_FEWEST_DAYS: Final = 7  #: in which something should have been said
_FEWEST_CAUGHT: Final = 5  #: entries that two rules caught: fewer may be chance
_FEWEST_REJECTED: Final = 10
_BLAMED: Final = 0.8  #: of the rejected
_MOST_NAMED: Final = 3  #: terms in one line
_MOST_TYPED: Final = 200  #: characters that are still copied

#: What reading a rule finds that is worth mending, the gravest first.
_MENDED: Final = ("shadow", "operator", "short", "stem", "common", "far", "unknown")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend in a rule."""

    rule_id: int
    code: str  #: shadow, covered, blamed, common, silent, operator, short, stem, far, unknown
    about: str  #: what in the rule; the same flaw has it again next week
    message: str  #: plain words, with code in backticks
    fix: str  #: what to type behind `/watch`
    other: int = 0  #: the rule that it is compared with

    @property
    def key(self) -> str:
        """What tells it from every other."""
        return f"W{self.rule_id}:{self.code}:{self.about}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was counted in the stored entries."""

    entries: int  #: looked at
    days: int  #: how far back they go
    is_cut: bool  #: older ones were left out: they are too many
    recent: int  #: entries of the last days
    common: Mapping[str, int]  #: in how many of these a leaf occurs, by its canonical spelling
    seen: Collection[str]  #: leaves that occur at all
    caught: Mapping[int, int]  #: by rule id: a bit for each entry that it fires on

    @property
    def span(self) -> str:
        """Where was looked, for people."""
        if self.is_cut:
            return f"the newest {self.entries:,} entries ({self.days} days)"
        if self.days < MEMORY_DAYS:
            return f"the {self.days} days that are stored"
        return f"the last {MEMORY_DAYS} days"


class Survey:
    """Counts, in one look at each entry, what rules and their terms hit.

    Args:
        rules: those that are asked about.
        others: further ones that they are compared with.
        gazetteer: the names known.
    """

    def __init__(self, rules: Iterable[Rule], others: Iterable[Rule], gazetteer: Gazetteer) -> None:
        asked = list(rules)
        self._texts = sorted({text for rule in asked for text in _measurable(parse(rule.query))})
        self._rules = list({rule.id: rule for rule in (*asked, *others)}.values())
        queries = (*self._texts, *(rule.query for rule in self._rules))
        pseudo = (Rule(id=n, name="", query=query, channel="") for n, query in enumerate(queries))
        self._compiled = compile_rules(pseudo, gazetteer)
        self._entries = self._recent = 0
        self._common: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._caught: dict[int, bytearray] = defaultdict(bytearray)

    def look(self, entry: Entry, *, is_recent: bool) -> None:
        """Count one entry."""
        place, bit = divmod(self._entries, 8)
        self._entries += 1
        self._recent += is_recent
        for number in self._compiled.fired(entry):
            if number < len(self._texts):
                self._seen.add(self._texts[number])
                self._common[self._texts[number]] += is_recent
            else:
                bits = self._caught[self._rules[number - len(self._texts)].id]
                bits.extend(bytes(place + 1 - len(bits)))
                bits[place] |= 1 << bit

    def measured(self, *, days: int, is_cut: bool) -> Measured:
        """Return what was counted.

        Args:
            days: how far back the entries go.
            is_cut: whether there were older ones that nobody looked at.
        """
        return Measured(
            entries=self._entries,
            days=days,
            is_cut=is_cut,
            recent=self._recent,
            common=self._common,
            seen=self._seen,
            caught={
                number: int.from_bytes(bits, "little") for number, bits in self._caught.items()
            },
        )


def _measurable(expr: Expr) -> dict[str, Leaf]:
    """Return the leaves that make a rule fire and can be looked for alone, by their spelling."""
    return {canonical(leaf): leaf for leaf in positive(expr) if _stands_alone(leaf)}


def _stands_alone(leaf: Leaf) -> bool:
    try:
        parse(canonical(leaf))
    except RuleError:  # such as lang:en, which narrows but finds nothing
        return False
    return True


# ── what is found ─────────────────────────────────────────────────────────────


def read(rule: Rule, others: Iterable[Rule], gazetteer: Gazetteer) -> list[Flaw]:
    """Return what can be told without counting.

    Args:
        rule: need not be saved.
        others: awake rules, of any channel.
        gazetteer: the names known.
    """
    return [*_covered(rule, others, None, gazetteer), *_linted(rule, gazetteer, _MENDED)]


def review(
    rule: Rule,
    others: Iterable[Rule],
    measured: Measured,
    verdicts: Sequence[Verdict],
    gazetteer: Gazetteer,
) -> list[Flaw]:
    """Return all that is to mend in a rule, the gravest first.

    Args:
        rule: a saved one.
        others: awake rules, of any channel.
        measured: what was counted, with this rule and the others.
        verdicts: what people thought of its alerts.
        gazetteer: the names known.
    """
    common = list(_too_common(rule, measured))
    rest = [code for code in _MENDED[1:] if not (common and code == "common")]
    return [
        *_linted(rule, gazetteer, _MENDED[:1]),
        *_covered(rule, others, measured, gazetteer),
        *_blamed(rule, verdicts, gazetteer),
        *common,
        *_silent(rule, measured),
        *_linted(rule, gazetteer, rest),
    ]


def _linted(rule: Rule, gazetteer: Gazetteer, codes: Collection[str]) -> Iterator[Flaw]:
    for finding in lint(rule, gazetteer):
        if finding.code in codes:
            yield _as_flaw(rule, finding)


def _as_flaw(rule: Rule, finding: Finding) -> Flaw:
    message = finding.message.removesuffix(".")
    return Flaw(rule.id, finding.code, finding.message, message, f"edit W{rule.id}")


def _covered(
    rule: Rule, others: Iterable[Rule], measured: Measured | None, gazetteer: Gazetteer
) -> Iterator[Flaw]:
    """Yield the rule that makes this one needless; one that can be proved is said before others."""
    expr, found = _parsed(rule.query), None
    own = measured.caught.get(rule.id, 0) if measured else 0
    is_telling = own.bit_count() >= _FEWEST_CAUGHT
    for other in others:
        its = measured.caught.get(other.id, 0) if measured else 0
        if own & ~its or not _does_as_much(other, rule):
            continue
        theirs = _parsed(other.query)
        is_sure = covers(theirs, expr, gazetteer)
        if not (is_sure or is_telling):
            continue
        is_back = covers(expr, theirs, gazetteer)
        # of two that do the same, the later one is needless
        is_older = 0 < rule.id < other.id and _does_as_much(rule, other)
        if is_sure and not (is_back and is_older):
            message = (
                f"W{other.id} already catches all of it: "
                "what has the words of one has those of the other"
            )
            yield Flaw(rule.id, "covered", f"W{other.id}", message, f"remove W{rule.id}", other.id)
            return
        if not is_back and not (own == its and is_older):
            found = found or other
    if found and measured:
        message = (
            f"W{found.id} caught all {own.bit_count():,} entries that it caught in {measured.span}"
        )
        yield Flaw(rule.id, "covered", f"W{found.id}", message, f"remove W{rule.id}", found.id)


@lru_cache(maxsize=4096)
def _parsed(query: str) -> Expr:
    """Read a query once, with however many rules it is compared."""
    return parse(query)


def _does_as_much(other: Rule, rule: Rule) -> bool:
    """Say whether a rule, where both fire, alerts as soon, as loud and as much."""
    return (
        other.id != rule.id
        and other.channel == rule.channel
        and other.level.priority >= rule.level.priority
        and (other.mode is Mode.INSTANT or rule.mode is Mode.DIGEST)
        and other.min_outlets <= rule.min_outlets
        and other.quiet_hours in (None, rule.quiet_hours)
    )


def _blamed(rule: Rule, verdicts: Sequence[Verdict], gazetteer: Gazetteer) -> Iterator[Flaw]:
    """Yield the alternative without which most of what was rejected had not been alerted."""
    rejected = [one.entry for one in verdicts if not one.is_useful]
    useful = [one.entry for one in verdicts if one.is_useful]
    if len(rejected) < _FEWEST_REJECTED:
        return
    expr = parse(rule.query)
    for leaf in positive(expr):
        kept = without(expr, leaf)
        if kept is None:
            continue
        rest = compile_rules([replace(rule, query=canonical(kept))], gazetteer)
        dropped = sum(not rest.fired(entry) for entry in rejected)
        if dropped > _BLAMED * len(rejected):
            lost = sum(not rest.fired(entry) for entry in useful)
            message = (
                f"{_code(leaf)} alone brought {dropped} of {len(rejected)} reports judged not "
                f"useful, and {lost} of {len(useful)} useful ones"
            )
            yield Flaw(rule.id, "blamed", canonical(leaf), message, _edit(rule, kept))
            return


def _too_common(rule: Rule, measured: Measured) -> Iterator[Flaw]:
    """Yield alternatives that have nothing in them which is rare."""
    if measured.recent < _FEWEST_RECENT:
        return
    expr = parse(rule.query)
    for item in expr.items if isinstance(expr, Or) else (expr,):
        share, leaf = _rarest(item, measured)
        if leaf and share > _TOO_COMMON:
            much = f"{share:.0%}".replace("%", " %")
            where = f"the {measured.recent:,} entries of the last {RECENT_DAYS} days"
            message = (
                f"{_code(leaf)} is in {much} of {where}; add a rarer word, an actor or a place"
            )
            yield Flaw(rule.id, "common", canonical(leaf), message, f"edit W{rule.id}")


def _rarest(expr: Expr, measured: Measured) -> tuple[float, Leaf | None]:
    """Return the rarest of the leaves that must occur, and its share; of alternatives, the commonest."""
    match expr:
        case Not():  # in most of what there is
            return 1.0, None
        case And(items):
            return min((_rarest(item, measured) for item in items), key=_share)
        case Or(items):
            return max((_rarest(item, measured) for item in items), key=_share)
        case Near():  # what is near something else is rarer than either
            return 0.0, None
        case _:
            return measured.common.get(canonical(expr), 0) / measured.recent, expr


def _share(part: tuple[float, Leaf | None]) -> float:
    return part[0]


def _silent(rule: Rule, measured: Measured) -> Iterator[Flaw]:
    """Yield the terms that nobody writes."""
    if measured.days < _FEWEST_DAYS or measured.entries < _FEWEST_RECENT:
        return
    expr = parse(rule.query)
    leaves = [leaf for text, leaf in _measurable(expr).items() if text not in measured.seen]
    if not leaves:
        return
    kept: Expr | None = expr
    for leaf in leaves:
        kept = without(kept, leaf) if kept else None
    named = ", ".join(_code(leaf) for leaf in leaves[:_MOST_NAMED])
    more = f" and {len(leaves) - _MOST_NAMED:,} more" if len(leaves) > _MOST_NAMED else ""
    so = "" if kept else ", so this rule never fires"
    message = f"no entry of {measured.span} has {named}{more}{so}"
    about = ", ".join(canonical(leaf) for leaf in leaves)
    fix = _edit(rule, kept) if kept else f"remove W{rule.id}"
    yield Flaw(rule.id, "silent", about, message, fix)


def _code(leaf: Leaf) -> str:
    return "`" + label(leaf).replace("`", "ˋ") + "`"


def _edit(rule: Rule, expr: Expr) -> str:
    query = canonical(expr)
    return f"edit W{rule.id} {query}" if len(query) <= _MOST_TYPED else f"edit W{rule.id}"
