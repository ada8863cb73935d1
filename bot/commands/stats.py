"""How good rules are: their alerts, what people said of them, where they come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.commands.access import visible
from bot.commands.desk import Asker, Desk, Reply, reply, who
from bot.commands.line import first_word, numbered, tidy
from bot.commands.say import count, default_name, named, placed
from bot.commands.times import take_period
from bot.commands.writing import any_rule
from bot.core.judged import wilson
from bot.core.models import Rule
from bot.core.render import literal, shorten
from bot.store.times import FOREVER
from bot.store.votes import Judged

_PERIOD = "30d"
_MOST_RULES = 20
_MOST_SOURCES = 5
_BAR = 10  #: characters


def stats(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show how good one rule is, or every rule that the asker may see."""
    word, rest = first_word(tidy(text))
    is_rule = word[:1] in {"w", "W"} and numbered(word, "W") is not None
    period, odd = take_period(rest if is_rule else tidy(text), desk.clock(), asker.local)
    if not (rest if is_rule else word):
        period, odd = take_period(_PERIOD, desk.clock(), asker.local)
    if is_rule and not odd:
        rule = any_rule(desk, asker, word, verb="stats")
        return reply(*_one(desk, rule, period.since, period.words))
    if odd:  # says what a rule's id looks like
        any_rule(desk, asker, odd, verb="stats")
    return reply(*_all(desk, asker, period.since, period.words))


def _one(desk: Desk, rule: Rule, since: datetime, words: str) -> Iterator[str]:
    judged = desk.store.votes.judged(since).get(rule.id, Judged())
    sources = desk.store.votes.sources(since).get(rule.id, Counter())
    muted = desk.store.mutes.counted(since, FOREVER).rules.get(rule.id, 0)
    yield f"{placed(desk, rule)} · by {who(rule.owner)}"
    alerts = count(sources.total(), "alert")
    yield f"{alerts} in the {words}, {judged.alerts:,} of them judged; {count(muted, 'report')} muted"
    yield precision(judged)
    if sources:
        yield f"Sources: {_shares(sources)}"
    if not judged.votes:
        yield "Say how its alerts are with the buttons Useful and Not useful under them."


def precision(judged: Judged) -> str:
    """Return `60 % useful (36 to 80 %), of 15 votes` with a bar."""
    if not judged.votes:
        return "Nobody has said yet whether they were useful."
    share = judged.useful / judged.votes
    low, high = wilson(judged.useful, judged.votes)
    full = round(share * _BAR)
    bar = "█" * full + "░" * (_BAR - full)
    return f"`{bar}` {_percent(share, low, high)}, of {count(judged.votes, 'vote')}"


def _percent(share: float, low: float, high: float) -> str:
    return f"*{share:.0%}* useful (likely between {low:.0%} and {high:.0%})".replace("%", " %")


def _shares(sources: Counter[str]) -> str:
    total = sources.total()
    shown = [
        f"{literal(shorten(name, 40))} {number / total:.0%}".replace("%", " %")
        for name, number in sources.most_common(_MOST_SOURCES)
    ]
    rest = len(sources) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest > 0 else "")


def _all(desk: Desk, asker: Asker, since: datetime, words: str) -> Iterator[str]:
    rules = visible(desk, asker)
    judged, sources = desk.store.votes.judged(since), desk.store.votes.sources(since)
    muted = desk.store.mutes.counted(since, FOREVER).rules
    fired = {rule.id: sources.get(rule.id, Counter()).total() for rule in rules}
    ranked = sorted(rules, key=lambda rule: (-fired[rule.id], rule.id))
    yield f"*{count(len(rules), 'rule')}* in the {words}"
    for rule in ranked[:_MOST_RULES]:
        name = (
            "" if rule.name == default_name(rule.query) else f" {named(rule).rpartition(' (')[0]}"
        )
        silent = f" · {muted[rule.id]:,} muted" if rule.id in muted else ""
        about = f"{count(fired[rule.id], 'alert')} · {_short(judged.get(rule.id))}"
        yield f"`W{rule.id}`{name} · {about}{silent} · {who(rule.owner)}"
    if len(rules) > _MOST_RULES:
        yield f"and {len(rules) - _MOST_RULES:,} more that alerted no more often"
    yield f"One with its sources: `{asker.invoked_as} stats W12`, `stats W12 7d`"


def _short(judged: Judged | None) -> str:
    if judged is None:
        return "not judged"
    low, high = wilson(judged.useful, judged.votes)
    share = f"{judged.useful / judged.votes:.0%} useful ({low:.0%} to {high:.0%})"
    return f"{share.replace('%', ' %')} of {count(judged.votes, 'vote')}"
