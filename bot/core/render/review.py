"""What is to mend in rules: a line each, and the weekly message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.models import Message
from bot.core.render.markup import code, literal
from bot.core.render.reply import reply_message
from bot.core.rules.review import Flaw

MOST_TOLD = 5


def flaw_line(flaw: Flaw, *, invoked_as: str = "/watch", file: str = "") -> str:
    """Return one flaw as mrkdwn: which rule, what, and what to type.

    Args:
        flaw: which one.
        invoked_as: the command.
        file: where the rule stands, if it is changed there.
    """
    todo = f"Change it in {literal(file)}" if file else code(f"{invoked_as} {flaw.fix}")
    return f"`W{flaw.rule_id}` {prose(flaw.message)}. {todo}"


def prose(text: str) -> str:
    """Return plain words as mrkdwn; what stands in backticks becomes code."""
    return "".join(
        code(part) if at % 2 else f"{_lead(part)}{literal(part)}{_trail(part)}"
        for at, part in enumerate(text.split("`"))
    )


def _lead(part: str) -> str:
    return " " if part[:1] == " " else ""


def _trail(part: str) -> str:
    return " " if part[-1:] == " " and part.strip() else ""


def review_message(flaws: Sequence[tuple[Flaw, str]], *, are_own: bool) -> Message:
    """Return the weekly message of what is new to mend.

    Args:
        flaws: each with the file where its rule stands, if it is changed there.
        are_own: whether all the rules are the reader's own.
    """
    number = len(flaws)
    head = f":wrench: {number:,} thing{'s' if number > 1 else ''} to mend in your rules"
    lines = [flaw_line(flaw, file=file) for flaw, file in flaws[:MOST_TOLD]]
    rest = f" ({number - MOST_TOLD:,} more there)" if number > MOST_TOLD else ""
    every = f"All: `/watch lint {'mine' if are_own else 'all'}`{rest}."
    end = "No such message any more: `/watch lint weekly off`"
    return reply_message([f"{head}, new since last week:", *lines, f"{every} {end}"])
