"""Who may see and change what: a private channel is the business of those who are in it.

- A rule is seen by its owner, and by whoever can read its channel: everybody, if that is public;
  its members, if it is private. Workspace admins get no look into private channels from us, as
  they get none from Slack. Who can't see a rule hears that there is none.
- A rule is changed by its owner, by members of its channel (where the command was typed counts
  without asking), and by admins; never by anyone who can't see it.
- What looks through all that is stored may be asked a few times in a row, by each person.
- The terminal belongs to whoever runs the bot: it sees everything and waits for nobody.
"""

from __future__ import annotations

from dataclasses import replace

from bot.commands.desk import CONSOLE, Asker, Desk, is_person, refuse
from bot.commands.pace import WITHIN
from bot.core.models import Rule


def may_read(desk: Desk, asker: Asker, channel: str) -> bool:
    """Say whether someone can read a channel, and so may know what is watched for there."""
    return (
        asker.user == CONSOLE
        or asker.channel == channel
        or not desk.directory.is_private(channel)
        or desk.directory.is_member(channel, user=asker.user)
    )


def readable(desk: Desk, asker: Asker, reference: str) -> str:
    """Return the address of a channel; what someone can't read stays as they wrote it."""
    found = desk.directory.find(reference, user=asker.user)
    hidden = found is None or not (
        found.address.startswith("D") or may_read(desk, asker, found.address)
    )
    return reference if found is None or hidden else found.address


def may_see(desk: Desk, asker: Asker, rule: Rule) -> bool:
    """Say whether someone may know of a rule."""
    return asker.user == rule.owner or may_read(desk, asker, rule.channel)


def may_know(desk: Desk, asker: Asker, story_id: int) -> bool:
    """Say whether someone may know of a story.

    Feeds are everybody's; who hears of a story through private rules alone is not.
    """
    fired = desk.store.entries.fired(story_id, with_quiet=True)
    rules = [rule for number in fired if (rule := desk.store.rules.get(number))]
    return not rules or any(may_see(desk, asker, rule) for rule in rules)


def may_change(desk: Desk, asker: Asker, rule: Rule) -> bool:
    """Say whether someone may change a rule."""
    if asker.user == rule.owner or asker.channel == rule.channel:
        return True
    return may_read(desk, asker, rule.channel) and may_manage(desk, asker, rule.channel)


def may_manage(desk: Desk, asker: Asker, channel: str) -> bool:
    """Say whether someone has a say in a channel that they can read."""
    return (
        asker.channel == channel
        or desk.is_admin(asker)
        or desk.directory.is_member(channel, user=asker.user)
    )


def visible(desk: Desk, asker: Asker) -> list[Rule]:
    """Return the live rules that someone may know of, by id."""
    return [rule for rule in desk.store.rules.live() if may_see(desk, asker, rule)]


def hidden_from(desk: Desk, asker: Asker) -> frozenset[int]:
    """Return the ids of the live rules that someone must not hear of."""
    rules = desk.store.rules.live()
    return frozenset(rule.id for rule in rules if not may_see(desk, asker, rule))


def hidden_in(desk: Desk, channel: str, person: str = "") -> frozenset[int]:
    """Return the ids of the live rules that not everybody in a channel may hear of.

    Args:
        desk: where everything is.
        channel: the channel.
        person: who reads it, if it is their direct messages.

    Raises:
        UnansweredError: Slack did not tell; what many will read is not left to a guess.
    """
    desk = replace(desk, directory=desk.directory.insisting())
    if channel.startswith("D") and is_person(person):
        return hidden_from(desk, Asker(user=person, channel=channel))
    return frozenset(
        rule.id
        for rule in desk.store.rules.live()
        if rule.channel != channel and desk.directory.is_private(rule.channel)
    )


def take_turn(desk: Desk, asker: Asker) -> None:
    """Let a heavy command pass.

    Raises:
        CommandError: too many at once; says how many seconds to wait.
    """
    wait_s = 0 if asker.user == CONSOLE else desk.pace.take(asker.user, now=desk.clock())
    if wait_s:
        raise refuse(
            f"That was {desk.pace.most} big searches within {WITHIN.seconds} seconds. Nothing was done. "
            f"*Wait {wait_s} s*, then send it again.",
            f"`{asker.invoked_as} list`, `show` and `status` answer meanwhile.",
        )
