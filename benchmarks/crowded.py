"""A store as it is after months of work: 100,000 entries of two weeks, 1,000 rules, their alerts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from bot.core.models import Entry, Feed, Level, Match, Reason, Rule
from bot.core.sameness import marks
from bot.store import Store

WORDS = (
    "missile base launch test border talks summit troops drill port harbour reactor enrichment "
    "satellite image village river bridge rail convoy minister envoy sanctions aid flood harvest "
    "election court strike union bank rate price oil gas pipeline grid outage storm quake fire "
    "rescue ferry airport visa refugee camp vaccine virus study film match league coach opinion"
).split()
PLACES = (
    "Pyongyang Seoul Tokyo Beijing Moscow Kyiv Tehran Baghdad Damascus Taipei Manila Hanoi".split()
)
FEEDS = 40
DAYS = 14


def fill(
    store: Store, now: datetime, *, entries: int, rules: int, owner: str, channels: tuple[str, ...]
) -> None:
    """Put feeds, rules, entries, stories, matches and posts into an empty store.

    Args:
        store: where.
        now: the end of the two weeks.
        entries: how many; one in five tells a story that another told.
        rules: how many; each entry fires about one.
        owner: of the rules.
        channels: of the rules, by turns.
    """
    dice = random.Random(7)
    with store.transaction():
        feeds = [
            store.feeds.add(
                Feed(url=f"https://outlet{n}.example/rss", title=f"Outlet {n}"), now=now
            )
            for n in range(FEEDS)
        ]
        watched = [
            store.rules.add(_rule(n, owner, channels[n % len(channels)]), who=owner, now=now)
            for n in range(rules)
        ]
    story, uid = 0, ""
    for start in range(0, entries, 5_000):
        with store.transaction():
            for number in range(start, min(start + 5_000, entries)):
                at = now - timedelta(days=DAYS) * (1 - number / entries)
                if number % 5 or not story:
                    uid = f"story-{number}"
                    story = store.entries.start_story(uid, "A story", now=at)
                entry_id = _entry(
                    store, dice, number, at=at, feed_id=feeds[number % FEEDS], story=story
                )
                _fire(store, watched[dice.randrange(rules)], entry_id, story=story, uid=uid, at=at)


def _rule(number: int, owner: str, channel: str) -> Rule:
    word, place = WORDS[number % len(WORDS)], PLACES[number // len(WORDS) % len(PLACES)]
    query = f'{word}* location:"{place}" -{WORDS[(number + 7) % len(WORDS)]}{number}'
    level = (Level.INFO, Level.URGENT, Level.FLASH)[number % 3]
    return Rule(
        name=f"{word} in {place} {number}", query=query, channel=channel, level=level, owner=owner
    )


def _entry(
    store: Store, dice: random.Random, number: int, *, at: datetime, feed_id: int, story: int
) -> int:
    title = " ".join([dice.choice(PLACES), *dice.choices(WORDS, k=6), str(number)])
    entry = Entry(
        key=f"k{number}",
        title=title,
        summary=" ".join(dice.choices(WORDS, k=25)),
        url=f"https://outlet{number % FEEDS}.example/{number}",
        published=at,
        outlet=f"Outlet {number % FEEDS}",
    )
    return store.entries.add(
        entry,
        marks(entry, now=at),
        feed_id=feed_id,
        decision="new",
        reason="first report",
        same_as=None,
        story_id=story,
        now=at,
    )


def _fire(store: Store, rule: Rule, entry_id: int, *, story: int, uid: str, at: datetime) -> None:
    why = Reason(field="title", text="missile", start=0, end=7, term="missile*")
    match = Match(rule_id=rule.id, rule_version=rule.version, why=(why,))
    store.entries.add_matches(entry_id, (match,), quiet=False, now=at)
    store.deliveries.queue(rule.channel, story, uid, priority=rule.level.priority, now=at)
