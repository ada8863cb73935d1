"""Why an entry was or was not alerted: what was decided at the time, and by which rules."""

from __future__ import annotations

from collections.abc import Iterator

from bot.commands.access import hidden_from, may_see
from bot.commands.alerts import out_of_date, post_of
from bot.commands.desk import Asker, Desk, Reply, refuse, reply, who
from bot.commands.feeds import state_of, titled
from bot.commands.line import tidy
from bot.commands.nearest import Miss, nearest_rule
from bot.commands.say import count, named
from bot.config.values import WrongError, web_url
from bot.core.identity import canonical_url
from bot.core.models import DeliveryState, Mode, Rule
from bot.core.render import code, link, literal, moment, registered_domain, shorten, why_line
from bot.core.rules import compile_rules
from bot.core.sameness import site
from bot.muting import Silence
from bot.rulebook import is_paused
from bot.store.deliveries import DeliveryRecord
from bot.store.entries import StoredEntry, StoredMatch
from bot.store.mutes import Mute
from bot.store.times import FOREVER

Fired = tuple[Rule, StoredMatch, int]  # the rule, how it fired, on which entry

_MOST_RULES = 2
_MOST_DELIVERIES = 2
_SIMILAR = 5
_DECISIONS = {
    "new": "It was news",
    "baseline": "It was there before the feed was watched: recorded, never alerted",
    "update": "It is a changed version of an entry seen before, which alerts no second time",
    "duplicate": "It repeats an entry seen before, which alerts no second time",
}
_DROPPED = {
    DeliveryState.DISMISSED: "dismissed in {} with others that had waited",
    DeliveryState.MUTED: "kept silent in {}: it was muted before anybody saw it",
}


def why(desk: Desk, asker: Asker, text: str) -> Reply:
    """Explain an entry, given by its link or by words of it."""
    words = tidy(text).strip('"')
    if not words:
        raise refuse(
            "Why what? Its link, or words of its title:",
            code(f"{asker.invoked_as} why https://example.org/2018/11/report"),
        )
    if "://" in words:
        stored, others = _by_link(desk, asker, words), 0
    else:
        stored, others = _by_words(desk, asker, words)
    return reply(*_explained(desk, asker, stored, others))


def why_pressed(desk: Desk, asker: Asker, delivery_id: str) -> Reply:
    """Explain the report that an alert shows, or showed while its rules were there."""
    post, story_id = post_of(desk, asker, delivery_id)
    owed = desk.store.deliveries.owed(post)
    told = desk.store.entries.of_story(story_id)
    shown = [one for one in told if one.entry.id == (owed.entry.id if owed else post.entry_id)]
    if not told:
        raise out_of_date(desk, asker, post)
    return reply(*_explained(desk, asker, (shown or told)[0], 0))


def _by_link(desk: Desk, asker: Asker, given: str) -> StoredEntry:
    try:
        url = web_url(given)
    except WrongError as wrong:
        raise refuse(f"That is no link: {literal(wrong.message)}. {literal(wrong.fix)}.") from None
    stored = desk.store.entries.by_link(url, canonical_url(url))
    if stored is None:
        raise refuse(*_unknown_link(desk, asker, url))
    return stored


def _unknown_link(desk: Desk, asker: Asker, url: str) -> Iterator[str]:
    domain = registered_domain(url) or site(url)
    yield f"I have never seen {code(shorten(url, 120))}: no feed I watch has carried it."
    own = [known for known in desk.store.feeds.all() if site(known.feed.url) == site(url)]
    for known in own[:2]:
        yield f"`F{known.feed.id}` {titled(known.feed)} is of that site: {state_of(known, asker)}."
    if own:
        yield "It may not be in the feed, or not yet; many feeds carry only a part of their site."
    else:
        yield f"No feed of {literal(domain)} is watched. An admin can add one:"
        yield code(f"{asker.invoked_as} feed add {domain}")


def _by_words(desk: Desk, asker: Asker, words: str) -> tuple[StoredEntry, int]:
    """Return the newest entry that holds all the words, and how many more do."""
    found = desk.store.entries.search(words, limit=_SIMILAR)
    if not found:
        raise refuse(
            f"No stored entry has all of these words: {code(shorten(words, 200))}",
            "Try fewer words, or the link: "
            + code(f"{asker.invoked_as} why https://example.org/2018/11/report"),
        )
    return found[0], len(found) - 1


def _explained(desk: Desk, asker: Asker, stored: StoredEntry, others: int) -> Iterator[str]:
    """Yield at most eight lines."""
    entry = stored.entry
    feed = desk.store.feeds.get(stored.feed_id)
    title = link(shorten(entry.title, 120), entry.url)
    by = f"`F{stored.feed_id}` {literal(entry.outlet)}" if feed else literal(entry.outlet)
    yield f"{title} — {by} · first seen {moment(stored.first_seen_at, asker.local)}"
    told = desk.store.entries.of_story(stored.story_id)
    yield f"{_decided(stored, told)} ({literal(stored.reason)})."
    fired = _fired(desk, asker, stored, told)
    yield from _rules(desk, asker, stored, fired)
    if fired:
        yield from _delivered(desk, asker, stored.story_id, fired)
    else:
        yield _silent(desk, asker, stored)
    more = []
    if len(told) > 1:
        reports = count(len(told) - 1, "more report")
        more += [f"Its story has {reports}: `{asker.invoked_as} story S{stored.story_id}`"]
    if others:
        number = f"{others}{' or more' if others == _SIMILAR - 1 else ''}"
        more += [f"{number} other entries have these words too: ask with a link for one of them."]
    if more:
        yield " ".join(more)


def _decided(stored: StoredEntry, told: list[StoredEntry]) -> str:
    """Return what was decided when an entry was first seen, and what it repeats or joins."""
    said = _DECISIONS[stored.decision]
    about = stored.same_as or min(one.entry.id for one in told)
    other = next((one for one in told if one.entry.id == about != stored.entry.id), None)
    if other is None:
        return said
    title = link(shorten(other.entry.title, 100), other.entry.url)
    if stored.same_as:
        return f"{said}: {title}"
    return f"{said} of a story that was known, S{stored.story_id}: {title}"


def _fired(desk: Desk, asker: Asker, stored: StoredEntry, told: list[StoredEntry]) -> list[Fired]:
    """Return the rules that fired on a story, on this entry of it where they did.

    As far as the asker may know of them.
    """
    matches: dict[int, Fired] = {}
    for one in [*(other for other in told if other.entry.id != stored.entry.id), stored]:
        for match in desk.store.entries.matches(one.entry.id):
            rule = desk.store.rules.get(match.match.rule_id)
            if rule and may_see(desk, asker, rule):
                matches[rule.id] = (rule, match, one.entry.id)
    return [matches[number] for number in sorted(matches)]


def _rules(desk: Desk, asker: Asker, stored: StoredEntry, fired: list[Fired]) -> Iterator[str]:
    for one in fired[:_MOST_RULES]:
        yield f"• {_held_back(desk, asker, stored, one)} — {why_line(one[1].match.why)}"
    if len(fired) > _MOST_RULES:
        rest = ", ".join(f"W{rule.id}" for rule, _, _ in fired[_MOST_RULES:][:20])
        yield f"• and {rest}"


def _held_back(desk: Desk, asker: Asker, stored: StoredEntry, fired: Fired) -> str:
    """Return a rule that fired, its version then, and what kept it from alerting."""
    rule, match, _ = fired
    said = [named(rule)]
    if rule.version != match.match.rule_version:
        said.append(f"version {match.match.rule_version}")
    if desk.store.rules.is_removed(rule.id):
        said.append("removed since")
    if match.quiet:
        said.append("recorded without an alert")
    if rule.mode is Mode.DIGEST:
        said.append("for digests only")
    if mute := _silencing(desk, fired):
        end = "for ever" if mute.until == FOREVER else f"until {moment(mute.until, asker.local)}"
        said.append(f"muted {end} by {who(mute.who)} (`M{mute.id}`)")
    outlets = len(desk.store.stories.independent(stored.story_id)) if rule.min_outlets > 1 else 1
    if outlets < rule.min_outlets:
        said.append(f"waits for {rule.min_outlets} outlets, of which {outlets} told it")
    return ", ".join(said)


def _silencing(desk: Desk, fired: Fired) -> Mute | None:
    """Return the mute that kept a match silent, or that its alert meets when quiet hours end."""
    rule, match, entry_id = fired
    kept, stored = (
        desk.store.mutes.of_entry(entry_id).get(rule.id),
        desk.store.entries.get(entry_id),
    )
    if kept or stored is None:
        return kept
    owed = desk.store.deliveries.of_story(stored.story_id)
    if not any(one.quiet_until for one in owed if one.channel == rule.channel):
        return None
    silence = Silence(desk.store, desk.clock())
    return silence.over(stored.entry, rule, match.match, stored.story_id)


def _delivered(desk: Desk, asker: Asker, story_id: int, fired: list[Fired]) -> Iterator[str]:
    seen = {rule.channel for rule, _, _ in fired}
    every = desk.store.deliveries.of_story(story_id)
    posts = [one for one in every if one.channel in seen and one.kind == "post"]
    more = len(posts) - _MOST_DELIVERIES
    for at, delivery in enumerate(posts[:_MOST_DELIVERIES], 1):
        rest = f" → and {more} more channels" if at == _MOST_DELIVERIES and more > 0 else ""
        yield f"→ {_fate(desk, asker, delivery)}{rest}"


def _fate(desk: Desk, asker: Asker, delivery: DeliveryRecord) -> str:
    channel = desk.directory.shown(delivery.channel)
    reason = f": {literal(delivery.reason)}" if delivery.reason else ""
    match delivery.state:
        case DeliveryState.SENT | DeliveryState.EDITING:
            at = moment(delivery.sent_at or delivery.created_at, asker.local)
            return f"sent to {channel} {at}{_message(desk, delivery.channel, delivery.ts)}"
        case DeliveryState.REJECTED:
            return f"refused by {channel}{reason}"
        case DeliveryState.UNKNOWN:
            return f"may have reached {channel}; it is being looked up{reason}"
        case DeliveryState.PENDING | DeliveryState.SENDING:
            return f"{_on_its_way(desk, asker, delivery)} to {channel}{reason}"
        case DeliveryState.HELD:
            return f"held back in {channel}: {_stand_in(desk, delivery)}{reason}"
        case DeliveryState.DISMISSED | DeliveryState.MUTED:
            return f"{_DROPPED[delivery.state].format(channel)}{reason}"


def _on_its_way(desk: Desk, asker: Asker, delivery: DeliveryRecord) -> str:
    if delivery.quiet_until is None:
        return "on its way"
    unless = ", unless it is still muted," if desk.store.mutes.active(delivery.quiet_until) else ""
    return (
        f"waits until {moment(delivery.quiet_until, asker.local)} (quiet hours), then goes{unless}"
    )


def _message(desk: Desk, channel: str, ts: str | None) -> str:
    address = desk.directory.permalink(channel, ts) if ts else None
    return f" ({link('message', address)})" if address else ""


def _stand_in(desk: Desk, delivery: DeliveryRecord) -> str:
    """Return why a message stands for an alert, and where that message is."""
    stands = desk.store.deliveries.get(delivery.held_in) if delivery.held_in else None
    if stands is None:
        return "a message there stands for it and others"
    why_so = {
        "rolling": "its messages of the hour were spent, so it stands in the one that collects the rest",
        "catchup": "it waits behind the message about what was missed",
        "notice": "it waits behind the message about a flood of that feed",
    }.get(stands.kind, "a message there stands for it and others")
    return why_so + _message(desk, stands.channel, stands.ts)


# ── why not ───────────────────────────────────────────────────────────────────


def _silent(desk: Desk, asker: Asker, stored: StoredEntry) -> str:
    """Say why no rule fired: one was paused, one would now, or which came nearest then."""
    entry = stored.entry
    if not entry.title and not entry.summary:
        return "No rule fired. Its text is forgotten since, so which came nearest can't be told."
    hidden = hidden_from(desk, asker)
    none = "No rule that you can see fired" if hidden else "No rule fired"
    then = [
        rule
        for rule in desk.store.rules.as_of(stored.first_seen_at)
        if rule.id not in hidden and may_see(desk, asker, rule)
    ]
    awake = [rule for rule in then if not is_paused(rule, stored.first_seen_at)]
    asleep = [rule for rule in then if rule not in awake]
    if missed := compile_rules(asleep, desk.book.gazetteer).match(entry):
        rule = next(one for one in asleep if one.id == missed[0].rule_id)
        return f"{none}. {_as_then(desk, rule)} would have, but was paused."
    current = desk.book.current(desk.clock())
    today = [current.rules[match.rule_id] for match in current.match(entry)]
    today = [rule for rule in today if rule.id not in hidden]
    if today:
        labels = ", ".join(named(rule) for rule in today[:_MOST_RULES])
        return f"{none} then. {labels} would now: added, changed or resumed since."
    miss = nearest_rule(entry, awake, desk.book.gazetteer)
    if miss is None:
        return f"{none}, and none came near."
    return f"{none}. Nearest: {_as_then(desk, miss.rule)}, {_lacking(miss)}"


def _as_then(desk: Desk, rule: Rule) -> str:
    """Return a rule of then by the name it has now, and its version if that was another."""
    now = desk.store.rules.get(rule.id) or rule
    gone = ", removed since" if desk.store.rules.is_removed(rule.id) else ""
    return named(now) + (f", version {rule.version}" if rule.version != now.version else "") + gone


def _lacking(miss: Miss) -> str:
    found = ", ".join(code(shorten(text, 80)) for text in miss.found[:3])
    if miss.missing:
        missing = " and ".join(code(shorten(text, 80)) for text in miss.missing[:3])
        return f"which found {found} but not {missing}"
    excluded = " and ".join(code(shorten(text, 80)) for text in miss.excluded[:3])
    lacks = f"but excludes {excluded}" if excluded else "but not what narrows it, such as lang:"
    return f"which found {found} {lacks}"
