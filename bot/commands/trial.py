"""`test`: a rule tried on what is stored, with its latest hits; nothing is saved."""

from __future__ import annotations

from bot.commands.backtest import NOTHING_STORED, of_rule, summary
from bot.commands.desk import Asker, Desk, Reply, reply
from bot.commands.rules import draft
from bot.commands.say import query_of
from bot.commands.writing import cautions
from bot.core.models import Match
from bot.core.render import bar_line, link, literal, shorten, why_line
from bot.store.entries import StoredEntry

_TITLE_COLUMNS = 100


def test(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say what a rule would have caught."""
    _, rule, expr = draft(asker, text, verb="test")
    warnings = cautions(desk, expr)[:3]
    found = of_rule(desk, asker, rule)
    if not found.looked_at:
        return reply(query_of(rule), NOTHING_STORED, *warnings)
    bars = f"`{bar_line(found.days, max(found.days))}` a day, today last" if found.entries else ""
    return reply(
        f"{query_of(rule)} · a test, nothing was saved",
        summary(desk, found, asker),
        bars,
        *warnings,
        *(_hit(stored, match) for stored, match in found.latest),
    )


def _hit(stored: StoredEntry, match: Match) -> str:
    entry = stored.entry
    title = link(shorten(entry.title, _TITLE_COLUMNS), entry.url)
    return f"• {title} — {literal(shorten(entry.outlet, 40))} · {why_line(match.why)}"
