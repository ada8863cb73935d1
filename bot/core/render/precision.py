"""What the owner of a rule is told when people find too little of it useful."""

from __future__ import annotations

from bot.core.models import Message, Rule
from bot.core.render.alert import rule_label
from bot.core.render.markup import code, literal, shorten
from bot.core.render.reply import Button, reply_message
from bot.core.rules.narrower import Narrower

NARROW = "narrow"  #: action id of the button that takes the narrower rule
_COLUMNS = 600


def precision_message(
    rule: Rule, *, useful: int, votes: int, found: Narrower | None, value: str, is_filed: bool
) -> Message:
    """Return the notice, with the narrower rule and the way to take it.

    Args:
        rule: as it is.
        useful: votes that said so.
        votes: all of them.
        found: the narrower rule; None if none was found.
        value: of the button.
        is_filed: whether the rule stands in a file, and is changed there.
    """
    share = f"{useful / votes:.0%}".replace("%", " %")
    head = (
        f":bar_chart: {literal(rule_label(rule))}: people found {share} of its alerts useful "
        f"({useful} of {votes} votes)."
    )
    if found is None:
        words = f"`/watch stats W{rule.id}`, `/watch edit W{rule.id}`"
        return reply_message(
            [
                head,
                "I found no narrower rule that keeps all that was useful.",
                f"Where its alerts come from, and the form to change it: {words}",
            ]
        )
    counts = f"{found.dropped} of {found.rejected} rejected, {found.lost} of {found.useful} useful"
    query = code(shorten(found.query, _COLUMNS))
    edit = code(f"/watch edit W{rule.id} {found.added or found.query}")
    return reply_message(
        [
            head,
            f"A narrower one would have dropped {counts}:",
            query,
            "It stands in a file: change it there." if is_filed else f"To take it: {edit}",
        ],
        buttons=() if is_filed else (Button(text="Take it", action_id=NARROW, value=value),),
    )
