"""What a channel has set: quiet hours, and how many messages it takes in an hour."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.commands.access import may_manage, may_read
from bot.commands.desk import Asker, Desk, Reply, by, refuse, reply
from bot.commands.line import channel_reference, is_channel, tidy
from bot.commands.say import hours_words
from bot.commands.settings import OFF, quiet_of
from bot.compose import budget_of
from bot.config.values import MOST_PER_HOUR, WrongError, per_hour
from bot.core.render import code
from bot.store.changes import CHANNEL

_BUDGET = re.compile(r"([0-9]+) ?(?:/ ?h(?:our)?|an hour)?", re.IGNORECASE)
_DASH = re.compile(r"(?<=\d) ?- ?(?=\d)")


def quiet(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say or set the hours in which a channel gets no alerts below flash."""
    words, address = _place(desk, asker, text, "quiet 22:00-07:00 #nk-alerts")
    if not words:
        return _quiet_now(desk, asker, address)
    hours = quiet_of(_DASH.sub("-", words).replace(" ", "@", 1), asker)
    _insist(desk, asker, address, "quiet hours")
    now = desk.clock()
    said = hours_words(hours) if hours else "off"
    with desk.store.transaction():
        desk.store.channels.set_quiet_hours(address, hours)
        desk.store.changes.note(
            CHANNEL, address, "quiet hours", who=asker.user, now=now, detail=said
        )
    shown = desk.directory.shown(address)
    line = (
        f"Quiet hours in {shown} are *{said}* now: {_QUIET_SAYS}."
        if hours
        else f"There are no quiet hours in {shown} any more: what waited goes now."
    )
    return reply(line, public=_public(asker, address, line))


_QUIET_SAYS = "alerts wait until they end, flash does not"


def _quiet_now(desk: Desk, asker: Asker, address: str) -> Reply:
    hours = desk.store.channels.quiet_hours(address)
    shown = desk.directory.shown(address)
    if hours is None:
        return reply(
            f"{shown} has no quiet hours.", f"To set them: `{asker.invoked_as} quiet 22:00-07:00`"
        )
    return reply(
        f"Quiet hours in {shown} are *{hours_words(hours)}*: {_QUIET_SAYS}.",
        f"To take them away: `{asker.invoked_as} quiet off`",
    )


# ── the noise budget ──────────────────────────────────────────────────────────


def budget(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say or set how many messages of their own a channel gets in an hour."""
    words, address = _place(desk, asker, text, "budget 12/h #nk-alerts")
    if not words:
        return reply(_budget_now(desk, address), f"To change it: `{asker.invoked_as} budget 12/h`")
    wanted = _wanted(asker, words)
    _insist(desk, asker, address, "budget")
    now = desk.clock()
    with desk.store.transaction():
        desk.store.channels.set_per_hour(address, wanted)
        desk.store.changes.note(CHANNEL, address, "budget", who=asker.user, now=now, detail=words)
        rolling = desk.store.deliveries.latest(address, "rolling", since=now - timedelta(hours=1))
        if rolling:  # it names the budget in force
            desk.store.deliveries.revise(rolling.id, due=now)
    line = _budget_now(desk, address)
    return reply(line, public=_public(asker, address, line))


def _wanted(asker: Asker, words: str) -> int | None:
    """Return messages an hour; None for what is configured."""
    if words.lower() == "default":
        return None
    if words.lower() in OFF:
        return MOST_PER_HOUR
    found = _BUDGET.fullmatch(words)
    try:
        return per_hour(found[1] if found else words)
    except WrongError:
        raise refuse(
            f"{code(words)} is no number of messages an hour. Write `{asker.invoked_as} budget 12/h`, "
            f"at most {MOST_PER_HOUR}; `budget off` for no limit, `budget default` for what is configured."
        ) from None


def _budget_now(desk: Desk, address: str) -> str:
    number = budget_of(desk.store, desk.budget, address)
    shown = desk.directory.shown(address)
    whose = " (as configured)" if desk.store.channels.per_hour(address) is None else ""
    if number >= MOST_PER_HOUR:
        return f"{shown} has no noise budget{whose}: every alert is a message of its own."
    return (
        f"{shown} takes *{number:,} messages an hour*{whose}; what goes beyond is collected in one "
        "that grows. Flash passes."
    )


def channel_words(desk: Desk, address: str) -> list[str]:
    """Return what is set in a channel: its budget, threads, and quiet hours if it has any."""
    number = budget_of(desk.store, desk.budget, address)
    hours = desk.store.channels.quiet_hours(address)
    return [
        "no noise budget" if number >= MOST_PER_HOUR else f"{number:,} messages an hour at most",
        f"threads {desk.store.channels.threads(address)}",
        *([f"quiet {hours_words(hours)}"] if hours else []),
    ]


# ── which channel, and who may ────────────────────────────────────────────────


def _place(desk: Desk, asker: Asker, text: str, example: str) -> tuple[str, str]:
    """Return the words beside a channel's name, and the address of that channel or this one.

    Raises:
        CommandError: no such channel, or one that is hidden from the asker.
    """
    words = tidy(text).split()
    named = [word for word in words if is_channel(word)]
    rest = " ".join(word for word in words if word not in named)
    if not named:
        return rest, asker.channel
    reference = channel_reference(named[0])
    found = desk.directory.find(reference, user=asker.user)
    if len(named) > 1 or found is None or not may_read(desk, asker, found.address):
        raise refuse(
            f"I can't find the channel {code(reference)}. Name one, like this:",
            code(f"{asker.invoked_as} {example}"),
        )
    return rest, found.address


def _insist(desk: Desk, asker: Asker, address: str, what: str) -> None:
    if not may_manage(desk, asker, address):
        shown = desk.directory.shown(address)
        raise refuse(f"Only people of {shown}, and admins, may change its {what}.")


def _public(asker: Asker, address: str, line: str) -> tuple[tuple[str, str], ...]:
    return () if address.startswith("D") else ((address, f"{by(asker)}: {line}"),)
