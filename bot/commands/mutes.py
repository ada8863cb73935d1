"""Muting by words and from an alert: what shall be silent, for how long, and hearing it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.access import may_change, may_know, may_manage, may_read, may_see
from bot.commands.alerts import Shown, shown_alert
from bot.commands.desk import Asker, Desk, Reply, by, is_person, refuse, reply, who
from bot.commands.line import first_word, numbered, pressed_id, tidy
from bot.commands.say import count, named
from bot.commands.times import pause_end
from bot.commands.writing import any_rule
from bot.core.models import Level, Rule
from bot.core.render import Button, code, link, literal, moment, plain_moment, shorten
from bot.core.rules import parse
from bot.core.rules.ast import label, leaves
from bot.core.sameness import site
from bot.muting import end, label_of
from bot.rulebook import is_paused
from bot.store.changes import CHANNEL, RULE
from bot.store.mutes import Mute
from bot.store.times import FOREVER

UNMUTE = "mute_undo"  #: action id of the Undo below a confirmation
LENGTHS = {"1 h": "1 hour", "1 d": "1 day", "until monday": "until Monday", "for ever": "for ever"}

_ABOUT = re.compile(r'(story|source|term):("[^"]*"|\S+)', re.IGNORECASE)
_FOR_EVER = {"", "for ever", "forever", "for good"}
_MOST_LISTED = 20
_MOST_KEPT = 12
_MOST_TERMS = 5
_FEWEST_LETTERS = 3  #: of a source


# ── by words ──────────────────────────────────────────────────────────────────


def mute(desk: Desk, asker: Asker, text: str) -> Reply:
    """Keep a rule, a story, a source of a rule or a term of one silent for a while."""
    words = tidy(text)
    about = {found[1].lower(): found[2].strip('"') for found in _ABOUT.finditer(words)}
    rest = " ".join(_ABOUT.sub(" ", words).split())
    if "story" in about or (not about and rest[:1] in "sS" and numbered(first_word(rest)[0], "S")):
        word, rest = (about["story"], rest) if about else first_word(rest)
        wish = _of_story(desk, asker, word)
    elif not about and not rest:
        raise _how(asker)
    else:
        word, rest = first_word(rest)
        rule = any_rule(desk, asker, word, verb="mute")
        wish = Mute(what="rule", channel=rule.channel, rule_id=rule.id, until=FOREVER)
        if "source" in about:
            wish = replace(wish, what="source", word=_source(about["source"]))
        elif "term" in about:
            wish = replace(wish, what="term", word=_term(rule, about["term"]))
    until = _end(rest, desk.clock(), asker)
    return _muted(desk, asker, replace(wish, until=until))


def _how(asker: Asker) -> Exception:
    examples = ("W12 4h", "story:S88 1d", "source:xinhua W12", 'term:"parade" W12 until monday')
    return refuse(
        "What shall be silent, and how long? Like these:",
        *(code(f"{asker.invoked_as} mute {example}") for example in examples),
        f"What is muted: `{asker.invoked_as} mutes`",
    )


def _of_story(desk: Desk, asker: Asker, word: str) -> Mute:
    number = numbered(word, "S")
    story = desk.store.stories.get(number) if number is not None else None
    if story is None or not may_know(desk, asker, story.id):
        raise refuse(
            f"There is no story {code(word)}. Like this: `{asker.invoked_as} mute story:S88 1d`",
            f"An alert's story is named by `{asker.invoked_as} why` and the alert's link.",
        )
    posts = [
        one for one in desk.store.deliveries.posts(story.id) if one.channel == asker.channel
    ] or [
        one
        for one in desk.store.deliveries.posts(story.id)
        if may_manage(desk, asker, one.channel) and may_read(desk, asker, one.channel)
    ]
    if not posts:
        raise refuse(
            f"S{story.id} has no alert in a channel of yours, so there is nothing to keep silent.",
            f"What it is: `{asker.invoked_as} story S{story.id}`",
        )
    return Mute(
        what="story",
        channel=posts[0].channel,
        story_id=story.id,
        priority=posts[0].priority,
        until=FOREVER,
    )


def _source(word: str) -> str:
    if len(word) < _FEWEST_LETTERS:
        raise refuse(f"{code(word)} is too short for a source: give a part of its name or address.")
    return word


def _term(rule: Rule, word: str) -> str:
    """Return a term of a rule as the rule spells it."""
    terms = list(dict.fromkeys(label(leaf) for leaf in leaves(parse(rule.query))))
    known = {term.casefold().replace('"', ""): term for term in terms}
    if found := known.get(word.casefold()):
        return found
    shown = ", ".join(code(shorten(term, 60)) for term in terms[:_MOST_TERMS])
    raise refuse(f"{named(rule)} has no term {code(shorten(word, 60))}. It has {shown}.")


def _end(text: str, now: datetime, asker: Asker) -> datetime:
    return FOREVER if text.lower() in _FOR_EVER else pause_end(text, now, asker.local)


# ── from an alert ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that an alert's form offers to mute."""

    value: str  #: ids only
    label: str  #: plain text


def choices(desk: Desk, asker: Asker, delivery_id: str) -> list[Choice]:
    """Return what can be muted from an alert, the story first.

    Raises:
        CommandError: the alert is out of date; says why.
    """
    alert = shown_alert(desk, asker, delivery_id)
    found = [Choice("story", f"This story (S{alert.story_id})")]
    source = _source_of(alert)
    for rule in alert.rules:
        found.append(Choice(f"rule.{rule.id}", f"Rule W{rule.id}: {rule.name}"))
        if source:
            found.append(Choice(f"source.{rule.id}", f"{source} in W{rule.id}"))
        found += [
            Choice(f"term.{rule.id}.{at}", f"{term} in W{rule.id}")
            for at, term in enumerate(_fired_terms(desk, alert, rule)[:_MOST_TERMS])
        ]
    return found[:100]


def mute_chosen(desk: Desk, asker: Asker, delivery_id: str, value: str, length: str) -> Reply:
    """Mute what was chosen in an alert's form."""
    alert = shown_alert(desk, asker, delivery_id)
    what, _, rest = value.partition(".")
    number, _, at = rest.partition(".")
    rule = next((one for one in alert.rules if str(one.id) == number), None)
    wish = Mute(what="story", channel=alert.post.channel, until=FOREVER)
    if what == "story":
        wish = replace(wish, story_id=alert.story_id, priority=alert.post.priority)
    elif rule is None:
        raise refuse("That rule is gone from this alert. Nothing was muted.")
    elif what == "rule":
        wish = replace(wish, what="rule", rule_id=rule.id)
    elif what == "source":
        wish = replace(wish, what="source", rule_id=rule.id, word=_source_of(alert))
    else:
        word = _fired_terms(desk, alert, rule)[int(at)]
        wish = replace(wish, what="term", rule_id=rule.id, word=word)
    return _muted(desk, asker, replace(wish, until=_end(length, desk.clock(), asker)))


def _source_of(alert: Shown) -> str:
    return site(alert.entry.url) or alert.entry.outlet


def _fired_terms(desk: Desk, alert: Shown, rule: Rule) -> list[str]:
    matches = desk.store.entries.matches(alert.entry.id)
    why = [reason for one in matches if one.match.rule_id == rule.id for reason in one.match.why]
    return list(dict.fromkeys(reason.term for reason in why))


# ── carrying it out ───────────────────────────────────────────────────────────


def _muted(desk: Desk, asker: Asker, wish: Mute) -> Reply:
    """Mute something, if the asker may and nobody did."""
    _insist(desk, asker, wish)
    now = desk.clock()
    with desk.store.transaction():
        for other in desk.store.mutes.active(now):
            if _same(other) == _same(wish):
                raise refuse(
                    f"That is muted {lasts(other, asker)} already, by {who(other.who)}: "
                    f"`M{other.id}`. Nothing was changed.",
                    f"To hear it again: `{asker.invoked_as} unmute M{other.id}`",
                )
        saved = desk.store.mutes.add(replace(wish, who=asker.user), now=now)
        _note(desk, saved, "muted", asker.user, now)
    what = label_of(desk.store, saved)
    louder = saved.what == "story" and saved.priority < Level.FLASH.priority
    return reply(
        f":no_bell: Muted {what} {lasts(saved, asker)}, in {desk.directory.shown(saved.channel)}.",
        "What it would have alerted is counted, and told when the mute ends.",
        "A louder rule still alerts." if louder else "",
        f"Sooner: `{asker.invoked_as} unmute M{saved.id}`",
        buttons=(Button(text="Undo", action_id=UNMUTE, value=str(saved.id)),),
        public=_announced(desk, saved, f"{by(asker)} muted {what} {lasts(saved, asker)}"),
    )


def _same(one: Mute) -> tuple[object, ...]:
    return one.what, one.channel, one.rule_id, one.story_id, one.word.casefold()


def lasts(one: Mute, asker: Asker) -> str:
    """Return how long a mute holds."""
    return "for ever" if one.until == FOREVER else f"until {moment(one.until, asker.local)}"


def _announced(desk: Desk, one: Mute, line: str) -> tuple[tuple[str, str], ...]:
    """Return the one public line, for where the rule is now: where it was may not know of it."""
    rule = desk.store.rules.get(one.rule_id) if one.rule_id else None
    channel = rule.channel if rule else one.channel
    return () if channel.startswith("D") else ((channel, line),)


def _note(desk: Desk, one: Mute, did: str, person: str, now: datetime) -> None:
    """Put a mute into the history of its rule, or of its channel."""
    end_at = "for ever" if one.until == FOREVER else f"until {plain_moment(one.until)}"
    about = {"rule": "", "story": f"S{one.story_id} "}.get(one.what, f"{one.what} {one.word} ")
    detail = f"M{one.id} {about}{end_at}"
    kind, subject = (RULE, one.rule_id) if one.rule_id else (CHANNEL, one.channel)
    desk.store.changes.note(kind, subject or 0, did, who=person, now=now, detail=detail)


def _insist(desk: Desk, asker: Asker, one: Mute) -> None:
    """Let those mute a rule who may change it, and those a story who are in its channel."""
    rule = desk.store.rules.get(one.rule_id) if one.rule_id else None
    if rule is None:
        if not may_manage(desk, asker, one.channel):
            shown = desk.directory.shown(one.channel)
            raise refuse(f"Only people of {shown}, and admins, may mute what is told there.")
    elif not may_change(desk, asker, rule):
        owner = who(rule.owner) if is_person(rule.owner) else literal(rule.owner)
        raise refuse(
            f"{named(rule)} belongs to {owner}. Ask them or an admin, or send this from "
            f"{desk.directory.shown(rule.channel)}: people there may mute it."
        )


# ── hearing it again ──────────────────────────────────────────────────────────


def unmute(desk: Desk, asker: Asker, text: str) -> Reply:
    """Lift a mute, or all that keep a rule silent as a whole."""
    word = tidy(text)
    now = desk.clock()
    known = known_mutes(desk, asker)
    number = numbered(word, "M") if word[:1] not in "wW" else None
    rule_id = numbered(word, "W") if word[:1] in "wW" else None
    if word and rule_id is not None:
        found = [one for one in known if one.what == "rule" and one.rule_id == rule_id]
    else:
        found = [one for one in known if one.id == number]
    if not found:
        raise refuse(*_nothing_to_lift(desk, asker, word, rule_id))
    for one in found:
        _insist(desk, asker, one)
    with desk.store.transaction():
        kept = sum(desk.store.mutes.kept(one.id).entries for one in found)
        for one in found:
            _lift(desk, asker, one, now)
    labels = " and ".join(label_of(desk.store, one) for one in found)
    return reply(
        f":bell: Heard again: {labels}. {count(kept, 'report')} {_were(kept)} kept silent.",
        f"What they were: `{asker.invoked_as} mutes M{found[0].id}`" if kept else "",
        public=_announced(desk, found[0], f"{by(asker)} unmuted {labels}"),
    )


def _lift(desk: Desk, asker: Asker, one: Mute, now: datetime) -> None:
    if one.who == asker.user:
        desk.store.mutes.end(one.id, now=now)
    else:
        end(desk.store, one, now=now, by=by(asker))
    _note(desk, one, "unmuted", asker.user, now)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _nothing_to_lift(desk: Desk, asker: Asker, word: str, rule_id: int | None) -> Iterator[str]:
    rule = desk.store.rules.get(rule_id) if rule_id is not None else None
    if rule and may_see(desk, asker, rule) and is_paused(rule, desk.clock()):
        yield f"{named(rule)} is not muted, it is paused: `{asker.invoked_as} resume W{rule.id}`"
    else:
        about = code(word) if word else "What"
        yield f"{about} is not muted." if word else "What shall be heard again?"
    yield f"What is muted, each with its `M3`: `{asker.invoked_as} mutes`"


def mute_taken_back(desk: Desk, asker: Asker, value: str) -> Reply:
    """Lift the mute of an Undo button; nobody needs to be told."""
    one = desk.store.mutes.get(pressed_id(value))
    if one is None or one.ended_at is not None:
        raise refuse(
            "That mute is over already. Nothing was changed.",
            f"What is muted: `{asker.invoked_as} mutes`",
        )
    _insist(desk, asker, one)
    now = desk.clock()
    with desk.store.transaction():
        _lift(desk, asker, one, now)
    what = label_of(desk.store, one)
    return reply(
        f":bell: Taken back: {what} is heard again.",
        public=_announced(desk, one, f"{by(asker)} unmuted {what}"),
    )


# ── listing ───────────────────────────────────────────────────────────────────


def mutes(desk: Desk, asker: Asker, text: str) -> Reply:
    """List what is muted, or what one mute has kept silent."""
    word = tidy(text)
    if word:
        return _kept(desk, asker, word)
    known = known_mutes(desk, asker)
    if not known:
        return reply(
            "Nothing is muted.",
            f"To keep a rule silent for a while: `{asker.invoked_as} mute W12 4h`",
        )
    return reply(
        f"*{count(len(known), 'mute')}*",
        *(row(desk, asker, one) for one in known[:_MOST_LISTED]),
        f"and {len(known) - _MOST_LISTED:,} more" if len(known) > _MOST_LISTED else "",
        f"To hear one again: `{asker.invoked_as} unmute M{known[0].id}`; what it kept silent: "
        f"`{asker.invoked_as} mutes M{known[0].id}`",
    )


def known_mutes(desk: Desk, asker: Asker) -> list[Mute]:
    """Return what is muted that someone may know of, oldest first."""
    active = desk.store.mutes.active(desk.clock())
    return [one for one in active if _may_know_of(desk, asker, one)]


def _may_know_of(desk: Desk, asker: Asker, one: Mute) -> bool:
    rule = desk.store.rules.get(one.rule_id) if one.rule_id else None
    return may_see(desk, asker, rule) if rule else may_read(desk, asker, one.channel)


def row(desk: Desk, asker: Asker, one: Mute) -> str:
    """Return a mute as one line of a list."""
    kept = desk.store.mutes.kept(one.id).entries
    where = desk.directory.shown(one.channel)
    about = f"{label_of(desk.store, one)} · {where} · {lasts(one, asker)}"
    return f"`M{one.id}` {about} · by {who(one.who)} · {kept:,} muted"


def _kept(desk: Desk, asker: Asker, word: str) -> Reply:
    number = numbered(word, "M")
    one = desk.store.mutes.get(number) if number is not None else None
    if one is None or not _may_know_of(desk, asker, one):
        raise refuse(
            f"There is no mute {code(word)}. What is muted: `{asker.invoked_as} mutes`",
            f"What one kept silent: `{asker.invoked_as} mutes M3`",
        )
    number = desk.store.mutes.kept(one.id).entries
    stored = map(desk.store.entries.get, desk.store.mutes.entries(one.id, limit=_MOST_KEPT))
    state = "over" if one.ended_at else lasts(one, asker)
    return reply(
        f"`M{one.id}` {label_of(desk.store, one)} · {state} · {number:,} muted",
        *(
            f"• {moment(entry.first_seen_at, asker.local)} "
            f"{literal(shorten(entry.entry.outlet, 40))}: "
            f"{link(shorten(entry.entry.title, 100), entry.entry.url)}"
            for entry in stored
            if entry
        ),
        f"and {number - _MOST_KEPT:,} earlier" if number > _MOST_KEPT else "",
    )
