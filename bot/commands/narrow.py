"""Taking the narrower rule that its owner was offered."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.changes import as_shown, insist_on_button, undo_button
from bot.commands.desk import Asker, Desk, Reply, refuse, reply
from bot.commands.rules import refuse_twin
from bot.commands.say import announce, default_name, placed, query_of
from bot.core.rules import form_of, parse
from bot.precision import is_meant, proposal


def narrow_pressed(desk: Desk, asker: Asker, value: str) -> Reply:
    """Make a rule the narrower one of a button, if rule and votes are as they were shown."""
    shown, _, digest = value.rpartition(".")
    insist_on_button(desk, asker, shown)
    rule, _ = as_shown(desk, asker, shown)
    now = desk.clock()
    found = proposal(desk.store, desk.book.gazetteer, rule, now=now)
    if found is None or not is_meant(found, digest):
        raise refuse(
            "People have judged more since: that is no longer the narrower rule. Nothing was changed.",
            f"How it is: `{asker.invoked_as} stats W{rule.id}`; the words in the message still hold.",
        )
    keeps_name = rule.name != default_name(rule.query)
    changed = replace(
        rule,
        query=found.query,
        form=form_of(parse(found.query)),
        name=rule.name if keeps_name else default_name(found.query),
    )
    with desk.store.transaction():
        as_shown(desk, asker, shown)
        refuse_twin(desk, asker, changed)
        saved = desk.store.rules.edit(changed, who=asker.user, now=now)
    return reply(
        f":white_check_mark: Changed: {placed(desk, saved)}",
        query_of(saved),
        buttons=(undo_button(desk, saved),),
        public=announce(asker, saved, "changed"),
    )
