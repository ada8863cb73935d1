"""`/digest schedule …`: digests that come by themselves, in a channel or to oneself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.commands.access import hidden_in, may_manage, may_read
from bot.commands.desk import Asker, Desk, Reply, by, refuse, reply, who
from bot.commands.line import OPTIONS, first_word, is_channel, nearest, numbered, read_line, tidy
from bot.commands.times import DAYS
from bot.commands.writing import any_rule, find_channel, read_expr
from bot.core.almanac import next_time
from bot.core.render import Button, code, literal, moment, shorten
from bot.core.rules import canonical
from bot.errors import CommandError
from bot.schedule import next_due
from bot.store.changes import CHANNEL
from bot.store.schedules import ALL, OWN, Schedule

UNDO_SCHEDULE = "undo_schedule"

_MOST = 10  #: schedules of one channel
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm)?", re.IGNORECASE)
_UTC = "UTC"


@dataclass(frozen=True, slots=True)
class _When:
    at: time
    weekday: int | None
    zone: str


def schedule(desk: Desk, asker: Asker, text: str) -> Reply:
    """List schedules, add one (`daily 08:30`, `weekly monday 08:30`), or end one (`off D3`)."""
    word, rest = first_word(text)
    match word.lower():
        case "" | "list":
            return _listed(desk, asker)
        case "off" | "stop" | "remove":
            return _off(desk, asker, rest)
        case "daily" | "weekly":
            return _add(desk, asker, word.lower(), rest)
        case _:
            raise refuse(f"I can't read {code(text)} as a schedule.", *_examples(asker))


def undo_schedule(desk: Desk, asker: Asker, value: str) -> Reply:
    """Take back what a button's answer told: `3.on` ends it again, `3.off` lets it go on."""
    number, _, done = value.partition(".")
    known = _own(desk, asker, number)
    if known.is_removed == (done == "on"):
        raise refuse(
            f"This button is out of date: *D{known.id}* was changed since. Nothing was changed.",
            f"How it is now: `{_say(asker)}`",
        )
    return _ended(desk, asker, known) if done == "on" else _begun_again(desk, asker, known)


def _say(asker: Asker) -> str:
    """Return the command as it was typed, whichever of the two it was."""
    name = asker.invoked_as
    return f"{name} digest schedule" if name == "/watch" else f"{name} schedule"


def _examples(asker: Asker) -> tuple[str, ...]:
    return (
        code(f"{_say(asker)} daily 08:30"),
        code(f"{_say(asker)} weekly monday 08:30 Asia/Seoul in:#nk-alerts"),
        f"What there is: `{_say(asker)}` · to end one: `{_say(asker)} off D3`",
    )


# ── adding ────────────────────────────────────────────────────────────────────


def _add(desk: Desk, asker: Asker, rhythm: str, text: str) -> Reply:
    when, rest = _when(asker, rhythm, text)
    line = read_line(rest)
    if others := line.options.keys() - {"in"}:
        raise refuse(f"A digest takes no {code(OPTIONS[min(others)])}.", *_examples(asker))
    again = f"{_say(asker)} {rhythm} {text}"
    channel = find_channel(desk, asker, line.options.get("in"), again=again)
    if not (channel.address.startswith("D") or may_manage(desk, asker, channel.address)):
        shown = desk.directory.shown(channel.address)
        raise refuse(f"Only people of {shown}, and admins, may schedule its digests.")
    now = desk.clock()
    wanted = Schedule(
        channel=channel.address,
        owner=asker.user,
        scope=_scope(desk, asker, line.query.strip(), channel.address),
        weekday=when.weekday,
        at=when.at,
        zone=when.zone,
        due_at=next_time(now, at=when.at, weekday=when.weekday, zone=ZoneInfo(when.zone)),
    )
    _insist_on_room(desk, asker, wanted)
    with desk.store.transaction():
        made = desk.store.schedules.add(wanted, now=now)
        _note(desk, asker, made, "digest scheduled")
    return _confirmed(desk, asker, made, "scheduled")


def _when(asker: Asker, rhythm: str, text: str) -> tuple[_When, str]:
    """Take day, time and zone off the start of a line."""
    weekday, rest = None, text
    if rhythm == "weekly":
        word, rest = first_word(rest)
        days = [at for at, day in enumerate(DAYS) if word.lower() in {day, day[:3], f"{day}s"}]
        if not days:
            raise refuse(f"On which day? {code(word)} is none.", *_examples(asker))
        weekday = days[0]
    word, rest = first_word(rest)
    if word.lower() == "at":
        word, rest = first_word(rest)
    at = _time(word)
    if at is None:
        said = code(word) if word else "Nothing"
        raise refuse(f"At what time? {said} is none: `08:30`, `17:00`, `8am`.", *_examples(asker))
    word, after = first_word(rest)
    zone = _zone(word)
    if zone is None and "/" in word and not is_channel(word) and ":" not in word:
        close = nearest(word, _zones().keys())
        meant = f" Did you mean `{_zones()[close]}`?" if close else ""
        raise refuse(f"I know no time zone {code(word)}.{meant}", *_examples(asker))
    own = getattr(asker.local, "key", _UTC)
    return _When(at, weekday, zone or own), after if zone else rest


def _time(word: str) -> time | None:
    found = _TIME.fullmatch(word)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3].lower() == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


@cache
def _zones() -> dict[str, str]:
    """Return the names of all zones, by their lower case."""
    return {name.lower(): name for name in available_timezones()}


def _zone(word: str) -> str | None:
    name = _zones().get(word.lower()) if "/" in word or word.upper() == _UTC else None
    try:
        return ZoneInfo(name).key if name else None
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return None


def _scope(desk: Desk, asker: Asker, words: str, channel: str) -> str:
    """Return what a digest shall tell of: the rules of its place if nothing is said."""
    if words.lower() == "all":
        return ALL
    if not words:
        own = channel.startswith("D") or any(
            rule.channel == channel for rule in desk.store.rules.live()
        )
        return OWN if own else ALL
    if numbered(words, "W") is None or words[0] not in "wW":
        return canonical(read_expr(read_line(words)))
    rule = any_rule(desk, asker, words, verb="show")
    if rule.id in hidden_in(desk, channel, asker.user):
        raise refuse(
            f"Not everybody in {desk.directory.shown(channel)} may know of W{rule.id}: it belongs "
            "to a private channel. Schedule it there, or in direct messages with me."
        )
    return f"W{rule.id}"


def _insist_on_room(desk: Desk, asker: Asker, wanted: Schedule) -> None:
    there = [one for one in desk.store.schedules.live() if one.channel == wanted.channel]
    for one in there:
        if _same(one) == _same(wanted):
            raise refuse(
                f"That one is there already: *D{one.id}* {_told(desk, one)}. Nothing was changed.",
                f"To end it: `{_say(asker)} off D{one.id}`",
            )
    if len(there) >= _MOST:
        raise refuse(
            f"{desk.directory.shown(wanted.channel)} has {_MOST} digests already: end one first.",
            f"Which there are: `{_say(asker)}` · to end one: `{_say(asker)} off D3`",
        )


def _same(one: Schedule) -> tuple[object, ...]:
    return (one.scope, one.weekday, one.at, one.zone)


# ── telling ───────────────────────────────────────────────────────────────────


def _told(desk: Desk, one: Schedule) -> str:
    """Return `every day at 08:30 (Asia/Seoul): the rules of #nk`."""
    day = "every day" if one.weekday is None else f"on {DAYS[one.weekday].capitalize()}s"
    return f"{day} at {one.at:%H:%M} ({literal(one.zone)}): {_about(desk, one)}"


def _about(desk: Desk, one: Schedule) -> str:
    if one.scope == OWN:
        own = one.channel.startswith("D")
        return "your own rules" if own else f"the rules of {desk.directory.shown(one.channel)}"
    if one.scope == ALL:
        here = "you" if one.channel.startswith("D") else "everybody there"
        return f"all rules that {here} may know"
    return code(shorten(one.scope, 200))


def _confirmed(desk: Desk, asker: Asker, one: Schedule, what: str) -> Reply:
    here = desk.directory.shown(one.channel)
    return reply(
        f":white_check_mark: *D{one.id}* in {here}, {_told(desk, one)}",
        f"The next one: {moment(one.due_at, asker.local)}",
        f"To end it: `{_say(asker)} off D{one.id}`",
        buttons=(_undo(one, "on"),),
        public=_public(asker, one, f"{what} a digest here, {_told(desk, one)}"),
    )


def _undo(one: Schedule, done: str) -> Button:
    return Button(text="Undo", action_id=UNDO_SCHEDULE, value=f"{one.id}.{done}")


def _public(asker: Asker, one: Schedule, did: str) -> tuple[tuple[str, str], ...]:
    """Return the one public line of a change; a direct message has no public."""
    return () if one.channel.startswith("D") else ((one.channel, f"{by(asker)} {did}"),)


def _note(desk: Desk, asker: Asker, one: Schedule, what: str) -> None:
    detail = f"D{one.id} {'daily' if one.weekday is None else DAYS[one.weekday]} {one.at:%H:%M}"
    detail += f" {one.zone} {one.scope}".rstrip()
    note, now = desk.store.changes.note, desk.clock()
    note(CHANNEL, one.channel, what, who=asker.user, now=now, detail=detail)


def _listed(desk: Desk, asker: Asker) -> Reply:
    known = [one for one in desk.store.schedules.live() if _is_near(asker, one)]
    if not known:
        return reply("No digests are scheduled here, and none by you.", *_examples(asker))
    return reply(
        f"*Digests* of {desk.directory.shown(asker.channel)} and yours",
        *(row(desk, asker, one) for one in known),
        f"To end one: `{_say(asker)} off D{known[0].id}`",
    )


def _is_near(asker: Asker, one: Schedule) -> bool:
    return one.owner == asker.user or one.channel == asker.channel


def row(desk: Desk, asker: Asker, one: Schedule) -> str:
    """Return a schedule as one line of a list."""
    where = desk.directory.shown(one.channel)
    due = moment(one.due_at, asker.local)
    return f"`D{one.id}` {where} · {_told(desk, one)} · by {who(one.owner)} · next {due}"


# ── ending ────────────────────────────────────────────────────────────────────


def _off(desk: Desk, asker: Asker, text: str) -> Reply:
    """End the schedule that is named, or the only one of a channel."""
    word = tidy(text)
    if word and not word.lower().startswith("in:"):
        known = _own(desk, asker, word)
        if known.is_removed:
            raise refuse(f"*D{known.id}* has ended already. What there is: `{_say(asker)}`")
        return _ended(desk, asker, known)
    wanted = read_line(word).options.get("in") if word else None
    channel = find_channel(desk, asker, wanted, again=f"{_say(asker)} off {word}").address
    there = [one for one in desk.store.schedules.live() if one.channel == channel]
    if len(there) == 1:
        return _ended(desk, asker, _own(desk, asker, str(there[0].id)))
    shown = desk.directory.shown(channel)
    if not there:
        raise refuse(f"No digest is scheduled in {shown}. All of yours: `{_say(asker)}`")
    raise refuse(
        f"{shown} has {len(there)} digests. Which one?",
        *(f"`{_say(asker)} off D{one.id}` · {_told(desk, one)}" for one in there[:5]),
    )


def _own(desk: Desk, asker: Asker, word: str) -> Schedule:
    """Return a schedule that the asker may change."""
    number = numbered(word, "D")
    known = desk.store.schedules.get(number) if number is not None else None
    if known is None or not (known.owner == asker.user or may_read(desk, asker, known.channel)):
        raise _unknown(asker, word)
    if known.owner != asker.user and not may_manage(desk, asker, known.channel):
        shown = desk.directory.shown(known.channel)
        raise refuse(f"Only people of {shown}, and admins, may change its digests.")
    return known


def _unknown(asker: Asker, word: str) -> CommandError:
    return refuse(
        f"There is no digest {code(word)}. What there is: `{_say(asker)}`",
        f"To end one: `{_say(asker)} off D3`",
    )


def _ended(desk: Desk, asker: Asker, known: Schedule) -> Reply:
    with desk.store.transaction():
        if desk.store.schedules.remove(known.id, now=desk.clock()):
            _note(desk, asker, known, "digest ended")
    return reply(
        f":wastebasket: *D{known.id}* comes no more: {_told(desk, known)}",
        buttons=(_undo(known, "off"),),
        public=_public(asker, known, f"ended the digest {_told(desk, known)}"),
    )


def _begun_again(desk: Desk, asker: Asker, known: Schedule) -> Reply:
    due_at = next_due(known, desk.clock())
    with desk.store.transaction():
        if desk.store.schedules.restore(known.id, due_at=due_at):
            _note(desk, asker, known, "digest scheduled again")
    again = desk.store.schedules.get(known.id)
    assert again is not None  # it was there a moment ago
    return _confirmed(desk, asker, again, "scheduled again")
