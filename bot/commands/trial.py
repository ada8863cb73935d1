"""`test`: a rule tried on what is stored; it can be saved from there."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.access import readable
from bot.commands.card import card
from bot.commands.desk import Asker, Desk, Reply
from bot.commands.line import channel_reference
from bot.commands.rules import draft


def test(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say what a rule would have caught."""
    line, rule, _ = draft(asker, text, verb="test")
    wanted = channel_reference(line.options.get("in", asker.channel))
    # whether alerts can go there is looked at when it is saved
    rule = replace(rule, channel=readable(desk, asker, wanted))
    return card(desk, asker, rule, typed=text)
