"""Spikes from the command line: whether a channel is told of what is far more than usual."""

from __future__ import annotations

from bot.commands.access import may_manage, may_read
from bot.commands.desk import Asker, Desk, Reply, by, refuse, reply
from bot.commands.line import channel_reference, first_word, is_channel, tidy
from bot.core.render import code
from bot.store.changes import CHANNEL

MODES = ("on", "off")
_SAYS = {
    "on": "when a rule here, or an actor or place that one asks for, is in the news far more than "
    "usual, one message says so",
    "off": "no message says when something is in the news far more than usual",
}


def spikes(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say or set whether a channel is told of spikes."""
    mode, rest = first_word(tidy(text).lower())
    if is_channel(mode):
        mode, rest = "", mode
    found = desk.directory.find(channel_reference(rest), user=asker.user) if rest else None
    address = found.address if found else asker.channel
    is_unknown = rest and (found is None or not may_read(desk, asker, address))
    if is_unknown or mode not in {"", *MODES}:
        raise refuse(
            "Write `on` or `off`, and another channel if you mean one:",
            code(f"{asker.invoked_as} spikes off #nk-alerts"),
        )
    shown = desk.directory.shown(address)
    if not mode:
        mode = desk.store.channels.spikes(address)
        other = MODES[mode == "on"]
        return reply(
            f"Spikes in {shown} are *{mode}*: {_SAYS[mode]}.",
            f"Otherwise: `{asker.invoked_as} spikes {other}`",
        )
    if not may_manage(desk, asker, address):
        raise refuse(f"Only people of {shown}, and admins, may change its spikes.")
    now = desk.clock()
    with desk.store.transaction():
        desk.store.channels.set_spikes(address, mode)
        desk.store.changes.note(CHANNEL, address, "spikes", who=asker.user, now=now, detail=mode)
    line = f"Spikes in {shown} are *{mode}* now: {_SAYS[mode]}."
    return reply(line, public=((address, f"{by(asker)}: {line}"),))
