"""What adding and editing share: a typed line becomes a checked query, channel, level and name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.commands.access import may_change, may_read, may_see
from bot.commands.desk import Asker, Channel, Desk, is_person, refuse, who
from bot.commands.line import Line, channel_reference, numbered, stray_channel
from bot.commands.say import named
from bot.core.models import Entity, Kind, Rule
from bot.core.render import code, literal, prose
from bot.core.rules import Expr, parse, unknown_names
from bot.core.rules.ast import Name, leaves
from bot.core.rules.lint import changed_in
from bot.core.rules.review import read
from bot.errors import RuleError
from bot.rulebook import is_paused

_MOST_SENSES = 4
_MOST_FLAWS = 2


def read_expr(line: Line, *, within: str = "") -> Expr:
    """Read a line's query; errors point into the line as typed.

    Args:
        line: what was typed.
        within: a query that the typed one narrows.

    Raises:
        CommandError: a channel stands where words are expected.
        RuleError: the query can't be read.
    """
    if channel := stray_channel(line.query):
        raise refuse(f"To send the alerts to {channel}, write `in:` right before it.")
    lead = f"({within}) " if within else ""
    try:
        return parse(lead + line.query)
    except RuleError as error:
        at = error.position
        own = at is not None and at >= len(lead)
        raise RuleError(
            error.message,
            query=line.text,
            position=at - len(lead) if own and at is not None else None,
        ) from None


def find_channel(desk: Desk, asker: Asker, wanted: str | None, *, again: str) -> Channel:
    """Return where alerts shall go: `in:`, else where the command was typed.

    Args:
        desk: knows the channels.
        asker: where they are is the default.
        wanted: the value of `in:`.
        again: the command, to be sent again once the bot was invited.

    Raises:
        CommandError: no such channel, or one that is hidden from the asker, or archived, or the
            bot is not in it; says what to type.
    """
    reference = channel_reference(wanted) if wanted else asker.channel
    found = desk.directory.find(reference, user=asker.user)
    own = found is not None and found.address.startswith("D")  # as `find` promises
    if found is None or not (own or may_read(desk, asker, found.address)):
        raise refuse(
            f"I can't find the channel {code(reference)}. Nothing was saved.",
            "Write it as `in:#its-name`. If it is private, type `/invite @Watchdesk` in it first.",
            f"Then send this again: {code(again)}",
        )
    if found.is_archived:
        shown = desk.directory.shown(found.address)
        raise refuse(f"{shown} is archived: unarchive it, or name another channel.")
    if not found.is_member:
        raise refuse(
            f"I am not in {desk.directory.shown(found.address)} yet. Nothing was saved.",
            "Type `/invite @Watchdesk` there.",
            f"Then send this again: {code(again)}",
        )
    return found


def own_rule(desk: Desk, asker: Asker, word: str, *, verb: str) -> Rule:
    """Return the rule that someone wants to change.

    Raises:
        CommandError: there is none, or it is not theirs to change; says whose and where.
    """
    rule = any_rule(desk, asker, word, verb=verb)
    insist_on_rights(desk, asker, rule)
    return rule


def insist_on_rights(desk: Desk, asker: Asker, rule: Rule) -> None:
    """Let those pass who may change a rule; may ask Slack, so not inside a transaction.

    Raises:
        CommandError: it is not theirs to change; says whose and where.
    """
    if not may_see(desk, asker, rule):
        raise refuse(_no_rule(asker, rule.id))
    if not is_person(rule.owner):
        raise refuse(
            f"{named(rule)} stands in {literal(rule.owner)}: change it there and restart, "
            "or it would come back as it was.",
            f"A rule of your own: {code(f'{asker.invoked_as} add {rule.query}')}",
        )
    if not may_change(desk, asker, rule):
        raise refuse(
            f"{named(rule)} belongs to {who(rule.owner)}. Ask them or an admin, or send this from "
            f"{desk.directory.shown(rule.channel)}: people there may change it.",
        )


def any_rule(desk: Desk, asker: Asker, word: str, *, verb: str) -> Rule:
    """Return the rule with the id in `word`, if the asker may see it.

    Raises:
        CommandError: not an id, no such rule, a hidden or a removed one; says what to type.
    """
    listing = _listing(asker)
    if not word:
        raise refuse(f"Which rule? Like this: `{asker.invoked_as} {verb} W12`. {listing}")
    number = numbered(word, "W")
    if number is None:
        raise refuse(
            f"{code(word)} is no rule's id. Like this: `{asker.invoked_as} {verb} W12`. {listing}"
        )
    rule = desk.store.rules.get(number)
    if rule is None or not may_see(desk, asker, rule):
        raise refuse(_no_rule(asker, number))
    if desk.store.rules.is_removed(number):
        raise refuse(
            f"{named(rule)} was removed. Who removed it last can bring it back: "
            f"`{asker.invoked_as} undo`. {listing}"
        )
    return rule


def _no_rule(asker: Asker, number: int) -> str:
    return f"There is no rule W{number}. {_listing(asker)}"


def _listing(asker: Asker) -> str:
    return f"`{asker.invoked_as} list all` shows every rule with its id."


def twin_of(desk: Desk, rule: Rule) -> Rule | None:
    """Return another rule of the same channel that watches the very same."""
    return next(
        (
            other
            for other in desk.store.rules.live()
            if other.id != rule.id
            and other.channel == rule.channel
            and other.query.casefold() == rule.query.casefold()
        ),
        None,
    )


def flaws(desk: Desk, asker: Asker, rule: Rule, *, typed: str = "") -> list[str]:
    """Return what is to mend in a rule before it is saved, and what was read otherwise than typed.

    Args:
        desk: has the rules that it may double.
        asker: hears of those only that they may see.
        rule: an id it has is its own.
        typed: the words as they came.
    """
    live = desk.store.rules.live()
    now = desk.clock()
    others = [one for one in live if one.channel == rule.channel and not is_paused(one, now)]
    seen = [one for one in others if may_see(desk, asker, one)]
    found = read(rule, seen, desk.book.gazetteer)
    # names that are not known are among the cautions
    said = [flaw.message for flaw in found if flaw.code != "unknown"]
    changed = [finding.message.removesuffix(".") for finding in changed_in(typed.strip())]
    return [
        *(f":pencil2: {prose(message)}." for message in changed),
        *(f":wrench: {prose(message)}." for message in said),
    ][:_MOST_FLAWS]


def cautions(desk: Desk, expr: Expr) -> list[str]:
    """Return what the writer of a rule should know about its names; nothing is refused."""
    gazetteer = desk.book.gazetteer
    said = []
    for unknown in unknown_names(expr, gazetteer):
        near = ", ".join(code(name) for name in unknown.suggestions)
        hint = f"Did you mean {near}?" if near else "Check the spelling."
        said.append(
            f":warning: I don't know the {unknown.kind} {code(unknown.name)}; "
            f"I look for these very words. {hint}"
        )
    return [*said, *_ambiguous(desk, expr)]


def _ambiguous(desk: Desk, expr: Expr) -> Iterator[str]:
    gazetteer = desk.book.gazetteer
    for leaf in dict.fromkeys(leaf for leaf in leaves(expr) if isinstance(leaf, Name)):
        meant = gazetteer.meant(leaf.name, leaf.kind)
        others = [one for one in gazetteer.lookup(leaf.name, leaf.kind) if one not in meant]
        if others or len(meant) > 1:
            kind = "places" if leaf.kind is Kind.LOCATION else "actors"
            but = f", not {_senses(others)}" if others else ""
            yield (
                f":warning: {code(leaf.name)} may be several {kind}. "
                f"I take it for {_senses(meant)}{but}."
            )


def _senses(entities: Sequence[Entity]) -> str:
    shown = ", ".join(f"{literal(one.name)} ({one.type})" for one in entities[:_MOST_SENSES])
    return shown + (" and others" if len(entities) > _MOST_SENSES else "")
