"""A rule as a form: filled in, checked box by box, saved as if it had been typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.commands.access import take_turn
from bot.commands.backtest import of_rule
from bot.commands.card import shown
from bot.commands.changes import undo_button
from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.drafts import waiting_draft
from bot.commands.line import MAX_NAME, tidy
from bot.commands.rules import refuse_twin
from bot.commands.say import announce, default_name, placed, query_of
from bot.commands.settings import OFF, zone_of
from bot.commands.variants import advice
from bot.commands.writing import cautions, find_channel, flaws, own_rule
from bot.config.values import WrongError, quiet_hours
from bot.core.models import Form, Level, Mode, Rule, Threads
from bot.core.quiet import QuietHours
from bot.core.render import moment
from bot.core.rules import canonical, form_of, from_form, parse
from bot.errors import CommandError, RuleError, WatchdeskError

T = TypeVar("T")

OWN_MESSAGES = "D00000000"  #: whatever it is, a direct message is the asker's own
LONGEST, LONGEST_NAME, MOST_NAMES = 3000, 150, 100  #: what Slack's boxes take
BOXES = ("keywords", "actors", "locations", "exclude", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the boxes."""

    name: str = ""
    channel: str = ""  #: an id; "" for direct messages
    form: Form = field(default_factory=Form)
    query: str = ""
    level: Level = Level.INFO
    mode: Mode = Mode.INSTANT
    threads: Threads | None = None  #: None: as its channel
    quiet: str = ""  #: quiet hours as typed
    min_outlets: int = 1
    rule_id: int = 0  #: the rule that is edited; 0 for a new one
    version: int = 0  #: of the rule when the form was opened
    draft_id: int = 0  #: the card that was edited; 0: none
    typed: str = ""  #: the words of all boxes as they came


class FormError(WatchdeskError):
    """Some boxes can't be taken; `errors` says in plain text what is wrong with each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = errors
        super().__init__("; ".join(errors.values()))


def filled_from_draft(desk: Desk, asker: Asker, value: str) -> Filled:
    """Return the boxes as they stand on a card.

    Raises:
        CommandError: it is not theirs, or was saved or cancelled.
    """
    draft = waiting_draft(desk, asker, value)
    return replace(_boxes(draft.rule, asker), draft_id=draft.id)


def filled_from(desk: Desk, asker: Asker, word: str) -> Filled:
    """Return the boxes as they stand for a rule that the asker may change.

    Raises:
        CommandError: there is none, it is not theirs to change, or too long for any form.
    """
    return _boxes(own_rule(desk, asker, word, verb="edit"), asker)


def _boxes(rule: Rule, asker: Asker) -> Filled:
    form = rule.form or form_of(parse(rule.query))
    form = form if form and _fits(form) else None
    if form is None and len(rule.query) > LONGEST:
        raise refuse(
            f"W{rule.id} is too long for a form: its query has {len(rule.query):,} characters.",
            f"By words: `{asker.invoked_as} edit W{rule.id} +launch -opinion`",
        )
    return Filled(
        name="" if rule.name == default_name(rule.query) else rule.name,
        channel="" if rule.channel.startswith("D") else rule.channel,
        form=form or Form(),
        query="" if form else rule.query,
        level=rule.level,
        mode=rule.mode,
        threads=rule.threads,
        quiet=str(rule.quiet_hours or ""),
        min_outlets=rule.min_outlets,
        rule_id=rule.id,
        version=rule.version,
    )


def items(text: str) -> tuple[str, ...]:
    """Return what stands in a box for several: one a line, or between commas outside quotes."""
    found = re.findall(r'(?:"[^"]*"|[^",\n])+|"', text)
    return tuple(dict.fromkeys(item for one in found if (item := tidy(one))))


def lines(texts: Iterable[str]) -> str:
    """Return what `items` reads as these: one a line, what holds a comma in quotes."""
    return "\n".join(
        text if items(text) == (text,) else f'"{text.replace(_QUOTE, " ")}"' for text in texts
    )


_QUOTE = '"'


def _fits(form: Form) -> bool:
    """Say whether Slack's boxes can hold a form."""
    named = (*form.actors, *form.locations)
    return (
        max(len(lines(form.keywords)), len(lines(form.exclude))) <= LONGEST
        and max(map(len, named), default=0) <= LONGEST_NAME
        and max(len(form.actors), len(form.locations)) <= MOST_NAMES
    )


def save(desk: Desk, asker: Asker, filled: Filled) -> tuple[Reply, Rule]:
    """Save what was filled in; return what to say, and the rule.

    Raises:
        FormError: what is wrong, box by box; nothing was saved.
    """
    before, rule = _read(desk, asker, filled)
    return _guard(_first_filled(filled), lambda: _write(desk, asker, before, rule, filled))


def preview(desk: Desk, asker: Asker, filled: Filled) -> Reply:
    """Show what the rule that was filled in would have caught; nothing is kept.

    Raises:
        FormError: what is wrong, box by box.
    """
    take_turn(desk, asker)
    before, rule = _read(desk, asker, filled)
    effect = of_rule(desk, asker, rule, before=before)
    return reply(*shown(desk, asker, effect, advice(desk, effect), typed=filled.typed))


def _read(desk: Desk, asker: Asker, filled: Filled) -> tuple[Rule | None, Rule]:
    """Return the rule that is edited, if one is, and the rule that was filled in."""
    query, hours = _checked(filled, asker)
    before = _guard("name", lambda: _before(desk, asker, filled))
    name = _name(filled, before)
    channel = _guard("channel", lambda: _channel(desk, asker, filled, before))
    expr = parse(query)
    base = _base(desk, asker, filled, before)
    rule = replace(
        base,
        name=name or default_name(query),
        query=query,
        form=form_of(expr) if tidy(filled.query) else filled.form,
        channel=channel,
        level=filled.level,
        mode=filled.mode,
        threads=filled.threads,
        quiet_hours=hours,
        min_outlets=filled.min_outlets,
    )
    return before, rule


def _base(desk: Desk, asker: Asker, filled: Filled, before: Rule | None) -> Rule:
    """Return what a rule is made from: there is more to one than boxes."""
    if filled.draft_id:
        return _guard("name", lambda: waiting_draft(desk, asker, str(filled.draft_id)).rule)
    return before or Rule(name="", query="", channel="", owner=asker.user)


def _write(
    desk: Desk, asker: Asker, before: Rule | None, rule: Rule, filled: Filled
) -> tuple[Reply, Rule]:
    now = desk.clock()
    with desk.store.transaction():
        refuse_twin(desk, asker, rule)
        if before is None:
            saved = desk.store.rules.add(rule, who=asker.user, now=now)
        elif before == replace(rule, form=before.form):
            raise refuse("Nothing is different from before.")
        else:
            saved = desk.store.rules.edit(rule, who=asker.user, now=now)
        desk.store.drafts.saved(filled.draft_id, saved.id)
    did, head = ("added", "Watching") if before is None else ("changed", "Changed")
    moved = before is not None and before.channel != saved.channel
    answer = reply(
        f":white_check_mark: {head}: {placed(desk, saved)}",
        query_of(saved),
        *flaws(desk, asker, saved, typed=filled.typed),
        *cautions(desk, parse(saved.query))[:3],
        buttons=(undo_button(desk, saved),),
        public=(
            *(announce(asker, before, "moved away") if before and moved else ()),
            *announce(asker, saved, did),
        ),
    )
    return answer, saved


def _before(desk: Desk, asker: Asker, filled: Filled) -> Rule | None:
    """Return the rule that is edited, if it is still as it was when the form was opened."""
    if not filled.rule_id:
        return None
    rule = own_rule(desk, asker, f"W{filled.rule_id}", verb="edit")
    if rule.version != filled.version:
        last = desk.store.rules.history(rule.id)[-1]
        raise refuse(
            f"{who(last.who)} {last.what} this rule {moment(last.at, asker.local)}, after the form "
            "was opened. Close it and open it again."
        )
    return rule


def _name(filled: Filled, before: Rule | None) -> str:
    """Return the name as typed, or as it was where it says the same."""
    name = tidy(filled.name)
    if before and name == tidy(before.name):
        return before.name
    if len(name) > MAX_NAME:
        raise FormError({"name": f"At most {MAX_NAME} characters; this has {len(name)}."})
    return name


def _channel(desk: Desk, asker: Asker, filled: Filled, before: Rule | None) -> str:
    if before and not filled.channel and before.channel.startswith("#"):
        return before.channel  # of the terminal: Slack's box can't show it
    wanted = filled.channel or OWN_MESSAGES
    return find_channel(desk, asker, wanted, again=f"{asker.invoked_as} add").address


def _checked(filled: Filled, asker: Asker) -> tuple[str, QuietHours | None]:
    """Return the canonical query of all boxes, and the quiet hours.

    Raises:
        FormError: each box that can't be read, with why.
    """
    errors: dict[str, str] = {}
    hours = _quiet(filled.quiet, asker, errors)
    for box in ("keywords", "actors", "locations"):
        if terms := getattr(filled.form, box):
            _note(errors, box, Form(**{box: terms}), "")
    if tidy(filled.query):
        _note(errors, "query", Form(), filled.query)
    if errors:
        raise FormError(errors)
    try:
        return canonical(from_form(filled.form, filled.query)), hours
    except RuleError as error:
        box = "exclude" if filled.form.exclude and _positive(filled) else _first_filled(filled)
        raise FormError({box: _plainly(error, box)}) from None


def _quiet(typed: str, asker: Asker, errors: dict[str, str]) -> QuietHours | None:
    text = tidy(typed)
    if not text or text.lower() in OFF:
        return None
    try:
        return quiet_hours(text, default=zone_of(asker))
    except WrongError as wrong:
        errors["quiet"] = f"{plain_words(wrong.message)}: {wrong.fix}. Empty for none."
    return None


def _positive(filled: Filled) -> bool:
    form = filled.form
    return bool(form.keywords or form.actors or form.locations or tidy(filled.query))


def _note(errors: dict[str, str], box: str, form: Form, query: str) -> None:
    try:
        from_form(form, query)
    except RuleError as error:
        errors[box] = _plainly(error, box)


def _plainly(error: RuleError, box: str) -> str:
    at = "" if error.position is None else f" (at character {error.position + 1})"
    return plain_words(error.message.removeprefix(f"{box}: ")) + at


def _first_filled(filled: Filled) -> str:
    """Return the box under which a problem of the whole rule is said."""
    if tidy(filled.query):
        return "query"
    return next((box for box in BOXES[:3] if getattr(filled.form, box)), "keywords")


def _guard(box: str, work: Callable[[], T]) -> T:
    """Do a part of the work; what goes wrong is said under a box."""
    try:
        return work()
    except CommandError as error:
        raise FormError({box: plain_words(str(error))}) from None


def plain_words(mrkdwn: str) -> str:
    """Return mrkdwn as the plain text that stands under a box."""
    text = re.sub(r"<#([^|>]+)(?:\|[^>]*)?>", "that channel", mrkdwn)
    text = re.sub(r"<@[^>]+>", "somebody", text)
    text = re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"[`*]", "", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
