"""The phrases that several answers share: a rule in one line, a public line, an error's place."""

from __future__ import annotations

from datetime import datetime

from bot.commands.desk import Asker, Desk, by
from bot.core.models import Level, Mode, Rule
from bot.core.quiet import QuietHours
from bot.core.render import code, escape, literal, moment, shorten
from bot.core.render.markup import clean, fit, width
from bot.errors import RuleError
from bot.rulebook import is_paused
from bot.store.times import FOREVER

NAME_COLUMNS = 60
QUERY_COLUMNS = 600
_AROUND = 60  #: columns of a query shown on either side of an error


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 entry`, `1,204 entries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def default_name(query: str) -> str:
    """Return what a rule is called that nobody named."""
    return shorten(query, NAME_COLUMNS)


def named(rule: Rule) -> str:
    """Return a rule as `*NK missiles* (W12)`; one that nobody named as `*W12*`."""
    if rule.name == default_name(rule.query):
        return f"*W{rule.id}*"
    return f"*{literal(shorten(rule.name, NAME_COLUMNS))}* (W{rule.id})"


def query_of(rule: Rule) -> str:
    """Return a rule's canonical query as code."""
    return code(shorten(rule.query, QUERY_COLUMNS))


def placed(desk: Desk, rule: Rule) -> str:
    """Return a rule's head line: `*NK missiles* (W12) · #nk-alerts · urgent`."""
    said = [named(rule), desk.directory.shown(rule.channel), str(rule.level), *settings_words(rule)]
    return " · ".join(said)


def settings_words(rule: Rule) -> list[str]:
    """Return what a rule has set beside its level, if it is not as always."""
    said = ["digest only"] if rule.mode is Mode.DIGEST else []
    if rule.min_outlets > 1:
        said.append(f"from {rule.min_outlets} outlets on")
    if rule.threads:
        said.append(f"threads {rule.threads}")
    if rule.quiet_hours:
        said.append(f"quiet {hours_words(rule.quiet_hours)}")
    return said


def typed_settings(rule: Rule, before: Rule) -> list[str]:
    """Return as options of a command what a rule has set otherwise than one before it."""
    typed = {
        "level": (rule.level, before.level),
        "mode": (rule.mode, before.mode),
        "outlets": (rule.min_outlets, before.min_outlets),
        "threads": (rule.threads or "channel", before.threads or "channel"),
        "quiet": (rule.quiet_hours or "off", before.quiet_hours or "off"),
    }
    return [f"{option}:{now}" for option, (now, then) in typed.items() if now != then]


def hours_words(hours: QuietHours) -> str:
    """Return quiet hours for people: `22:00-07:00 Asia/Seoul`."""
    return str(hours).replace("@", " ")


def until(at: datetime, asker: Asker) -> str:
    """Return when a pause ends."""
    return "until resumed" if at == FOREVER else f"until {moment(at, asker.local)}"


def pause_note(rule: Rule, asker: Asker, now: datetime) -> str:
    """Return `paused until …`; "" for a rule that is awake."""
    if not is_paused(rule, now) or rule.paused_until is None:
        return ""
    return f"paused {until(rule.paused_until, asker)}"


def announce(asker: Asker, rule: Rule, did: str, *, after: str = "") -> tuple[tuple[str, str], ...]:
    """Return the one public line of a change: `*ana* paused *W12* until …: …`.

    A direct message has no public.
    """
    if rule.channel.startswith("D"):
        return ()
    loud = [] if rule.level is Level.INFO else [str(rule.level)]
    how = ", ".join([*loud, *settings_words(rule)])
    said = f"{by(asker)} {did} {named(rule)}{how and f' ({how})'}{after and ' '}{after}"
    return ((rule.channel, f"{said}: {query_of(rule)}"),)


def pointed(error: RuleError) -> str:
    """Return a rule error as mrkdwn, the query below it and a mark under the character."""
    if error.position is None or not error.query.strip():
        return escape(clean(error.message))
    before, after = error.query[: error.position], error.query[error.position :]
    lead = before if width(before) <= _AROUND else "…" + fit(before[::-1], _AROUND)[::-1]
    tail = after if width(after) <= _AROUND else fit(after, _AROUND) + "…"
    mark = " " * width(lead) + "^"
    block = escape(f"{lead}{tail}\n{mark}").replace("`", "'")
    return f"{escape(clean(error.message))} (at {error.position + 1})\n```{block}```"
