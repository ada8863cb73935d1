"""Rules by command: add, edit, remove, undo, pause, resume."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.access import may_manage, readable
from bot.commands.backtest import first_effect
from bot.commands.card import card
from bot.commands.changes import (
    REMOVE,
    RESUME,
    as_shown,
    insist_on_button,
    mark,
    removed,
    restored,
    undo_button,
)
from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.line import (
    Line,
    channel_reference,
    first_word,
    is_channel,
    name_of,
    read_line,
    terms,
    tidy,
)
from bot.commands.say import announce, default_name, named, placed, query_of, until
from bot.commands.settings import settings_of
from bot.commands.times import pause_end
from bot.commands.writing import (
    cautions,
    find_channel,
    flaws,
    insist_on_rights,
    own_rule,
    read_expr,
    twin_of,
)
from bot.core.models import Rule
from bot.core.render import Button, code
from bot.core.rules import Expr, canonical, parse
from bot.rulebook import is_paused
from bot.store.changes import CHANNEL
from bot.store.times import FOREVER


def draft(asker: Asker, text: str, *, verb: str) -> tuple[Line, Rule, Expr]:
    """Return the rule that a line describes, not saved, its channel not looked for.

    Raises:
        CommandError, RuleError: it can't be one; says what to type.
    """
    line = read_line(text)
    if not line.has_query:
        raise refuse(
            "What shall I watch for? Words, actors and places, like this:",
            code(f'{asker.invoked_as} {verb} missile base* location:"North Korea" -football'),
        )
    expr = read_expr(line)
    query = canonical(expr)
    rule = Rule(
        name=name_of(line.options.get("name", "")) or default_name(query),
        query=query,
        channel=asker.channel,
        owner=asker.user,
        **settings_of(line, asker),
    )
    return line, rule, expr


def add(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show what a new rule would have caught; with `yes` behind it, save it."""
    words, is_sure = confirmed(text)
    line, rule, _ = draft(asker, words, verb="add")
    again = f"{asker.invoked_as} add {line.text}"
    channel = find_channel(desk, asker, line.options.get("in"), again=again)
    rule = replace(rule, channel=channel.address)
    refuse_twin(desk, asker, rule)
    if not is_sure:
        return card(desk, asker, rule, typed=text)
    return add_now(desk, asker, rule, first_effect(desk, asker, rule), typed=text)


def confirmed(text: str) -> tuple[str, bool]:
    """Take the word `yes` off the end of a line; the word itself is looked for in quotes."""
    words = tidy(text)
    head, _, last = words.rpartition(" ")
    return (head.strip(), True) if last.lower() == "yes" else (words, False)


def add_now(
    desk: Desk, asker: Asker, rule: Rule, *more: str, draft_id: int = 0, typed: str = ""
) -> Reply:
    """Save a new rule.

    Args:
        desk: where.
        asker: its owner.
        rule: checked, in a channel that was looked for.
        more: lines to say besides.
        draft_id: the draft it was shown as; 0 if it was not.
        typed: the words as they came.
    """
    with desk.store.transaction():
        refuse_twin(desk, asker, rule)
        saved = desk.store.rules.add(rule, who=asker.user, now=desk.clock())
        desk.store.drafts.saved(draft_id, saved.id)
    return reply(
        f":white_check_mark: Watching: {placed(desk, saved)}",
        query_of(saved),
        *more,
        *flaws(desk, asker, saved, typed=typed),
        *cautions(desk, parse(saved.query))[:3],
        buttons=(undo_button(desk, saved),),
        public=announce(asker, saved, "added"),
    )


def refuse_twin(desk: Desk, asker: Asker, rule: Rule) -> None:
    """Let no rule pass that watches the very same as another of its channel.

    Raises:
        CommandError: there is one; says which.
    """
    if twin := twin_of(desk, rule):
        raise refuse(
            f"{named(twin)} already watches exactly this in {desk.directory.shown(rule.channel)}.",
            f"To change it: `{asker.invoked_as} edit W{twin.id} …`",
        )


# ── edit ──────────────────────────────────────────────────────────────────────


def edit(desk: Desk, asker: Asker, text: str) -> Reply:
    """Show what a new query would catch, and with `yes` behind it save it; options, at once."""
    words, is_sure = confirmed(text)
    word, rest = first_word(words)
    rule = own_rule(desk, asker, word, verb="edit")
    line = read_line(rest)
    if not line.text:
        raise refuse(
            f"What shall change in {named(rule)}? It watches for {query_of(rule)}",
            f"A new query: {code(f'{asker.invoked_as} edit W{rule.id} {rule.query} -opinion')}",
            f"More words: {code(f'{asker.invoked_as} edit W{rule.id} +launch -opinion')}",
            f"Only options: {code(f'{asker.invoked_as} edit W{rule.id} level:urgent in:#channel')}",
        )
    changed = _edited(desk, asker, rule, line)
    if changed == rule:
        raise refuse(f"{named(rule)} is like that already: {query_of(rule)}. Nothing was changed.")
    refuse_twin(desk, asker, changed)
    if changed.query == rule.query:
        return edit_now(desk, asker, changed)
    if not is_sure:
        return card(desk, asker, changed, typed=text)
    return edit_now(desk, asker, changed, first_effect(desk, asker, changed), typed=text)


def edit_now(
    desk: Desk, asker: Asker, changed: Rule, *more: str, draft_id: int = 0, typed: str = ""
) -> Reply:
    """Save a changed rule; the arguments are those of `add_now`.

    Raises:
        CommandError: somebody changed it in the meantime, or another rule watches the same.
    """
    with desk.store.transaction():
        before = desk.store.rules.get(changed.id)
        assert before is not None
        if before.version != changed.version:
            last = desk.store.rules.history(changed.id)[-1]
            raise refuse(
                f"{who(last.who)} {last.what} {named(before)} in the meantime. Nothing was saved.",
                f"How it is now: `{asker.invoked_as} show W{changed.id}`",
            )
        refuse_twin(desk, asker, changed)
        saved = desk.store.rules.edit(changed, who=asker.user, now=desk.clock())
        desk.store.drafts.saved(draft_id, saved.id)
    moved = announce(asker, before, "moved away") if before.channel != saved.channel else ()
    return reply(
        f":white_check_mark: Changed: {placed(desk, saved)}",
        query_of(saved),
        *more,
        *flaws(desk, asker, saved, typed=typed),
        *cautions(desk, parse(saved.query))[:3],
        buttons=(undo_button(desk, saved),),
        public=(*moved, *announce(asker, saved, "changed")),
    )


def _edited(desk: Desk, asker: Asker, rule: Rule, line: Line) -> Rule:
    changed = rule
    if line.has_query:
        query = canonical(_amended(rule, line))
        keeps_name = rule.name != default_name(rule.query)
        changed = replace(
            changed,
            query=query,
            form=rule.form if query == rule.query else None,
            name=rule.name if keeps_name else default_name(query),
        )
    if "in" in line.options:
        again = f"{asker.invoked_as} edit W{rule.id} {line.text}"
        channel = find_channel(desk, asker, line.options["in"], again=again)
        changed = replace(changed, channel=channel.address)
    if "name" in line.options:
        changed = replace(changed, name=name_of(line.options["name"]))
    return replace(changed, **settings_of(line, asker))


def _amended(rule: Rule, line: Line) -> Expr:
    """Return the new query; terms that all start with + or - narrow the old one instead.

    A query of exclusions alone would be refused as a rule, so nothing is lost by reading it so.
    """
    words = terms(line.query)
    if not all(word[0] in "+-" and len(word) > 1 for word in words):
        return read_expr(line)
    plain = _without_plus(line.query)
    return read_expr(replace(line, query=plain), within=rule.query)


def _without_plus(query: str) -> str:
    """Blank out the + before terms; every other character keeps its place."""
    kept, at = list(query), 0
    for word in terms(query):
        at = query.index(word, at)
        if word.startswith("+"):
            kept[at] = " "
        at += len(word)
    return "".join(kept)


# ── remove, undo ──────────────────────────────────────────────────────────────


def remove(desk: Desk, asker: Asker, text: str) -> Reply:
    """Ask first; with `yes` behind it, remove the rule."""
    word, rest = first_word(tidy(text))
    rule = own_rule(desk, asker, word, verb="remove")
    if rest.lower() == "yes":
        return removed(desk, asker, rule)
    if rest:
        raise refuse(
            f"I don't know what {code(rest)} means here. "
            f"To remove {named(rule)}: `{asker.invoked_as} remove W{rule.id} yes`"
        )
    button = Button(
        text=f"Remove W{rule.id}",
        action_id=REMOVE,
        value=mark(desk, rule),
        style="danger",
        confirm=f"W{rule.id} will watch no more. You can undo this.",
    )
    return reply(
        f"Remove {placed(desk, rule)}?",
        query_of(rule),
        f"To go ahead: `{asker.invoked_as} remove W{rule.id} yes`",
        buttons=(button,),
    )


def remove_confirmed(desk: Desk, asker: Asker, value: str) -> Reply:
    """Remove the rule of a button, unless it was changed since."""
    insist_on_button(desk, asker, value)
    rule, _ = as_shown(desk, asker, value)
    own_rule(desk, asker, f"W{rule.id}", verb="remove")
    with desk.store.transaction():
        rule, _ = as_shown(desk, asker, value)
        return removed(desk, asker, rule)


def undo(desk: Desk, asker: Asker, text: str) -> Reply:
    """Bring back the rule that the asker removed last."""
    if text.strip():
        raise refuse(
            f"`{asker.invoked_as} undo` brings back the rule you removed last; it takes no words."
        )
    number = desk.store.rules.last_removed_by(asker.user)
    rule = desk.store.rules.get(number) if number is not None else None
    if rule is None:
        raise refuse(
            "There is nothing to bring back: you removed no rule that is still gone.",
            f"What happened to a rule: `{asker.invoked_as} history W12`",
        )
    insist_on_rights(desk, asker, rule)
    return restored(desk, asker, rule)


# ── pause, resume ─────────────────────────────────────────────────────────────


def pause(desk: Desk, asker: Asker, text: str) -> Reply:
    """Silence a rule for a while."""
    word, rest = first_word(tidy(text))
    rule = own_rule(desk, asker, word, verb="pause")
    now = desk.clock()
    end = pause_end(rest, now, asker.local) if rest else FOREVER
    saved = desk.store.rules.pause(rule, until=end, who=asker.user, now=now)
    resume_button = Button(text="Resume", action_id=RESUME, value=str(rule.id))
    return reply(
        f":double_vertical_bar: Paused {named(saved)} {until(end, asker)}. It catches nothing meanwhile.",
        f"Sooner: `{asker.invoked_as} resume W{rule.id}`",
        buttons=(resume_button, undo_button(desk, saved)),
        public=announce(asker, saved, "paused", after=until(end, asker)),
    )


def resume(desk: Desk, asker: Asker, text: str) -> Reply:
    """Wake a paused rule, or try a channel again that refused us."""
    word, rest = first_word(tidy(text))
    if rest:
        raise refuse(f"One at a time, please: `{asker.invoked_as} resume W12`")
    if is_channel(word):
        return _resume_channel(desk, asker, word)
    now = desk.clock()
    rule = own_rule(desk, asker, word, verb="resume")
    if not is_paused(rule, now):
        raise refuse(f"{named(rule)} is not paused: it watches for {query_of(rule)}")
    saved = desk.store.rules.resume(rule, who=asker.user, now=now)
    return reply(
        f":arrow_forward: Watching again: {placed(desk, saved)}",
        query_of(saved),
        buttons=(undo_button(desk, saved),),
        public=announce(asker, saved, "resumed"),
    )


def _resume_channel(desk: Desk, asker: Asker, word: str) -> Reply:
    reference = channel_reference(word)
    address = readable(desk, asker, reference)
    if address not in {channel.name for channel in desk.store.channels.paused()}:
        raise refuse(
            f"Nothing is held back for {code(reference)}.",
            f"What is: `{asker.invoked_as} status`",
        )
    return try_again(desk, asker, address)


def try_again(desk: Desk, asker: Asker, address: str) -> Reply:
    """Send what waits for a channel that refused.

    Raises:
        CommandError: it is not theirs to do: they have no say there and no rule of their own.
    """
    live = desk.store.rules.live()
    owns = any(rule.channel == address and rule.owner == asker.user for rule in live)
    if not owns and not may_manage(desk, asker, address):
        shown = desk.directory.shown(address)
        raise refuse(
            f"Sending on what waits for {shown} is for its members and for admins.",
            f"Send it from there: `{asker.invoked_as} resume` {shown}",
        )
    now = desk.clock()
    with desk.store.transaction():
        desk.store.channels.resume(address, now=now)
        desk.store.changes.note(CHANNEL, address, "resumed", who=asker.user, now=now)
    return reply(
        f":arrow_forward: Trying {desk.directory.shown(address)} again now; what waited goes first.",
        f"How it went: `{asker.invoked_as} status`",
    )
