"""Why an entry was or was not alerted: what was decided at the time, and by which rules."""

from __future__ import annotations

from collections.abc import Iterator

from bot.commands.access import hidden_from, may_see
from bot.commands.alerts import shown_alert
from bot.commands.desk import Asker, Desk, Reply, refuse, reply
from bot.commands.feeds import state_of, titled
from bot.commands.line import tidy
from bot.commands.nearest import Miss, nearest_rule
from bot.commands.say import count, named
from bot.config.values import WrongError, web_url
from bot.core.identity import canonical_url
from bot.core.models import DeliveryState, Mode, Rule
from bot.core.render import code, link, literal, moment, registered_domain, shorten, why_line
from bot.core.sameness import site
from bot.store.deliveries import DeliveryRecord
from bot.store.entries import StoredEntry, StoredMatch

Fired = tuple[Rule, StoredMatch]

_MOST_RULES = 3
_MOST_DELIVERIES = 2
_SIMILAR = 5
_DECISIONS = {
    "new": "It was news",
    "baseline": "It was there before the feed was watched: recorded, never alerted",
    "update": "It is a changed version of an entry seen before, which alerts no second time",
    "duplicate": "It repeats an entry seen before, which alerts no second time",
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
    """Explain the report that an alert shows."""
    shown = shown_alert(desk, asker, delivery_id)
    stored = desk.store.entries.get(shown.entry.id)
    assert stored is not None  # it was just read
    return reply(*_explained(desk, asker, stored, 0))


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
    entry = stored.entry
    feed = desk.store.feeds.get(stored.feed_id)
    title = link(shorten(entry.title, 120), entry.url)
    by = f"`F{stored.feed_id}` {literal(entry.outlet)}" if feed else literal(entry.outlet)
    yield f"{title} — {by} · first seen {moment(stored.first_seen_at, asker.local)}"
    yield f"{_DECISIONS[stored.decision]} ({literal(stored.reason)})."
    told = desk.store.entries.of_story(stored.story_id)
    fired = _fired(desk, asker, told)
    yield from _rules(desk, fired)
    if fired:
        yield from _delivered(desk, asker, stored.story_id, fired)
    else:
        yield _silent(desk, asker, stored)
    if len(told) > 1:
        yield f"Seen {count(len(told) - 1, 'more time')}, in other feeds or under changed ids."
    if others:
        more = f"{others}{' or more' if others == _SIMILAR - 1 else ''}"
        yield f"{more} other entries have these words too: ask with a link for one of them."


def _fired(desk: Desk, asker: Asker, told: list[StoredEntry]) -> list[Fired]:
    """Return the rules that fired on a story, as far as the asker may know of them."""
    matches = {m.match.rule_id: m for one in told for m in desk.store.entries.matches(one.entry.id)}
    known = [(desk.store.rules.get(number), match) for number, match in matches.items()]
    return [(rule, match) for rule, match in known if rule and may_see(desk, asker, rule)]


def _rules(desk: Desk, fired: list[Fired]) -> Iterator[str]:
    for rule, stored in fired[:_MOST_RULES]:
        match = stored.match
        label = named(rule)
        version = f", version {match.rule_version}" if rule.version != match.rule_version else ""
        gone = ", removed since" if desk.store.rules.is_removed(match.rule_id) else ""
        quiet = ", recorded without an alert" if stored.quiet else ""
        digest = ", for digests only" if rule.mode is Mode.DIGEST else ""
        yield f"• {label}{version}{gone}{quiet}{digest} — {why_line(match.why)}"
    if len(fired) > _MOST_RULES:
        rest = ", ".join(f"W{rule.id}" for rule, _ in fired[_MOST_RULES:][:20])
        yield f"• and {rest}"


def _delivered(desk: Desk, asker: Asker, story_id: int, fired: list[Fired]) -> Iterator[str]:
    seen = {rule.channel for rule, _ in fired}
    every = desk.store.deliveries.of_story(story_id)
    deliveries = [one for one in every if one.channel in seen]
    for delivery in deliveries[:_MOST_DELIVERIES]:
        yield f"→ {_fate(desk, asker, delivery)}"
    if len(deliveries) > _MOST_DELIVERIES:
        yield f"→ and {len(deliveries) - _MOST_DELIVERIES} more channels"


def _fate(desk: Desk, asker: Asker, delivery: DeliveryRecord) -> str:
    channel = desk.directory.shown(delivery.channel)
    reason = f": {literal(delivery.reason)}" if delivery.reason else ""
    match delivery.state:
        case DeliveryState.SENT | DeliveryState.EDITING:
            at = moment(delivery.sent_at or delivery.created_at, asker.local)
            address = desk.directory.permalink(delivery.channel, delivery.ts or "")
            return f"sent to {channel} {at}" + (f" ({link('message', address)})" if address else "")
        case DeliveryState.REJECTED:
            return f"refused by {channel}{reason}"
        case DeliveryState.UNKNOWN:
            return f"may have reached {channel}; it is being looked up{reason}"
        case DeliveryState.PENDING | DeliveryState.SENDING:
            return f"{_on_its_way(delivery, asker)} to {channel}{reason}"
        case DeliveryState.HELD:
            return f"held back in {channel}: a message there stands for it and others{reason}"
        case DeliveryState.DISMISSED:
            return f"dismissed in {channel} with others that had waited{reason}"


def _on_its_way(delivery: DeliveryRecord, asker: Asker) -> str:
    if delivery.quiet_until is None:
        return "on its way"
    return f"waits until {moment(delivery.quiet_until, asker.local)} (quiet hours), then goes"


def _silent(desk: Desk, asker: Asker, stored: StoredEntry) -> str:
    """Say why no rule fired: one would now, or which came nearest."""
    current = desk.book.current(desk.clock())
    hidden = hidden_from(desk, asker)
    none = "No rule that you can see fired" if hidden else "No rule fired"
    today = [
        current.rules[match.rule_id]
        for match in current.match(stored.entry)
        if match.rule_id not in hidden
    ]
    if today:
        labels = ", ".join(named(rule) for rule in today[:_MOST_RULES])
        return f"{none} then. {labels} would now: added, changed or resumed since."
    seen = [rule for rule in current.rules.values() if rule.id not in hidden]
    miss = nearest_rule(stored.entry, seen, desk.book.gazetteer)
    if miss is None:
        return f"{none}, and none came near."
    return f"{none}. Nearest: {named(miss.rule)}, {_lacking(miss)}"


def _lacking(miss: Miss) -> str:
    found = ", ".join(code(shorten(text, 80)) for text in miss.found[:3])
    if miss.missing:
        missing = " and ".join(code(shorten(text, 80)) for text in miss.missing[:3])
        return f"which found {found} but not {missing}"
    excluded = " and ".join(code(shorten(text, 80)) for text in miss.excluded[:3])
    lacks = f"but excludes {excluded}" if excluded else "but not what narrows it, such as lang:"
    return f"which found {found} {lacks}"
