"""Rules as YAML: out of the desk, and back into it, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.commands.access import visible
from bot.commands.desk import CONSOLE, Asker, Desk, Reply, by, refuse, reply
from bot.commands.line import first_word, tidy
from bot.commands.listing import chosen
from bot.commands.say import count, default_name, named
from bot.commands.writing import find_channel, insist_on_rights
from bot.config import read_rules, write_rules
from bot.core.models import Message, Rule
from bot.core.render import code, escape, reply_message
from bot.core.render.blocks import gap, rich_text
from bot.errors import CommandError, ConfigError
from bot.store.times import FOREVER

MOST_CHARS = 9_000  #: of YAML in one answer; Slack takes about 13,000 of blocks
_MOST_RULES = 200  #: at once
_MOST_PROBLEMS = 10
_ELEMENT = 2_900  #: of one element; Slack's limit is 3,000
_FENCE = re.compile(r"^\s*```\w*\n?|\n?```\s*$")
_CHANNEL = re.compile(r"<#([CGD][A-Z0-9]+)(?:\|[^>]*)?>")

EXAMPLE = "rules:\n- name: NK missiles\n  keywords: [missile*]\n  locations: [North Korea]"


def export(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show rules as YAML: those of this channel and one's own, `mine`, `all`, or a channel's."""
    word, rest = first_word(tidy(text))
    if rest:
        raise refuse(
            f"One of these, please: `{asker.invoked_as} export`, `export mine`, `export all`"
        )
    rules, what = chosen(desk, asker, word, visible(desk, asker))
    if not rules:
        return reply(f"There are no rules {what}. All: `{asker.invoked_as} list all`")
    written = write_rules(_portable(desk, asker, rule) for rule in rules)
    title = f"*{count(len(rules), 'rule')}* {what}"
    if asker.user == CONSOLE:
        return Reply(message=reply_message([title]), raw=written)
    if len(written) > MOST_CHARS:
        raise refuse(
            f"These are {count(len(rules), 'rule')}, too many for one message.",
            f"Part of them: `{asker.invoked_as} export mine`, `export #channel`. "
            f"All at once, in the terminal: {code('bot watch export all > rules.yaml')}",
        )
    return Reply(message=_shown(asker, written, title))


def _shown(asker: Asker, written: str, title: str) -> Message:
    """Return YAML in a block that Slack does not parse, to be copied as it is."""
    parts = [gap(written[at : at + _ELEMENT]) for at in range(0, len(written), _ELEMENT)]
    head = reply_message(
        [title, f"Back in: {code(f'{asker.invoked_as} import')} and this below it."]
    )
    block = rich_text({"type": "rich_text_preformatted", "elements": parts})
    return Message(text=head.text, blocks=(*head.blocks, block))


def _portable(desk: Desk, asker: Asker, rule: Rule) -> Rule:
    """Return a rule as another desk would know it: its channel by name, itself unnamed by default."""
    found = (
        None if rule.channel.startswith("D") else desk.directory.find(rule.channel, user=asker.user)
    )
    channel = found.name if found and found.name.startswith("#") else rule.channel
    name = "" if rule.name == default_name(rule.query) else rule.name
    return replace(rule, channel=channel, name=name)


def import_rules(desk: Desk, asker: Asker, text: str) -> Reply:
    """Add and change rules as YAML says; those it does not name stay as they are."""
    rules = _read(asker, text)
    wanted = [_placed(desk, asker, rule) for rule in rules]
    known = {(one.channel, one.name.casefold()): one for one in visible(desk, asker)}
    new = [rule for rule in wanted if _key(rule) not in known]
    changed = [
        (known[_key(rule)], merged)
        for rule in wanted
        if _key(rule) in known and (merged := _merged(known[_key(rule)], rule)) != known[_key(rule)]
    ]
    for before, _ in changed:
        insist_on_rights(desk, asker, before)
    now = desk.clock()
    with desk.store.transaction():
        added = [desk.store.rules.add(rule, who=asker.user, now=now) for rule in new]
        edited = [desk.store.rules.edit(rule, who=asker.user, now=now) for _, rule in changed]
    same = len(wanted) - len(added) - len(edited)
    return reply(
        f":white_check_mark: {count(len(added), 'rule')} added, {len(edited):,} changed, "
        f"{same:,} as they were.",
        _ids("Added", added),
        _ids("Changed", edited),
        f"Who changed what: `{asker.invoked_as} history`",
        public=tuple(_announced(asker, [*added, *edited])),
    )


def _read(asker: Asker, text: str) -> tuple[Rule, ...]:
    body = _CHANNEL.sub(r"\1", _FENCE.sub("", text)).lstrip(" ")
    if not body.strip():
        raise refuse(
            f"Write the rules below the command (Shift+Enter), as `{asker.invoked_as} export` "
            f"shows them:\n```{escape(EXAMPLE)}```"
        )
    try:
        rules = read_rules(body, channel=asker.channel)
    except ConfigError as error:
        said = [code(str(problem)) for problem in error.problems[:_MOST_PROBLEMS]]
        more = len(error.problems) - len(said)
        raise refuse(
            "Nothing was saved. Put these right and send it again:",
            *said,
            f"and {more:,} more" if more else "",
        ) from None
    if len(rules) > _MOST_RULES:
        raise refuse(f"At most {_MOST_RULES} rules at once, please; these are {len(rules):,}.")
    return rules


def _placed(desk: Desk, asker: Asker, rule: Rule) -> Rule:
    """Return a rule as it will be saved: at home in a channel that is there, with its name."""
    name = rule.name or default_name(rule.query)
    try:
        channel = find_channel(desk, asker, rule.channel, again=f"{asker.invoked_as} import")
    except CommandError as error:
        raise refuse(f"{named(replace(rule, name=name))}: {error}") from None
    return replace(rule, name=name, channel=channel.address, owner=asker.user)


def _key(rule: Rule) -> tuple[str, str]:
    return rule.channel, rule.name.casefold()


def _merged(known: Rule, rule: Rule) -> Rule:
    """Return a known rule as the YAML has it; a pause that ends by itself goes on."""
    timed = known.paused_until not in {None, FOREVER} and rule.paused_until is None
    return replace(
        rule,
        id=known.id,
        owner=known.owner,
        version=known.version,
        created_at=known.created_at,
        paused_until=known.paused_until if timed else rule.paused_until,
    )


def _ids(what: str, rules: list[Rule]) -> str:
    return f"{what}: {', '.join(f'W{rule.id}' for rule in rules)}" if rules else ""


def _announced(asker: Asker, rules: list[Rule]) -> Iterator[tuple[str, str]]:
    """Yield the one public line for each channel whose rules changed."""
    channels = dict.fromkeys(rule.channel for rule in rules if not rule.channel.startswith("D"))
    for channel in channels:
        here = [rule for rule in rules if rule.channel == channel]
        yield channel, f"{by(asker)} imported {count(len(here), 'rule')}: {_ids('', here)[2:]}"
