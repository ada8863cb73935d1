"""Tell channels when what they watch is suddenly in the news far more than usual.

Watched are the rules in force, and the actors and locations that a rule asks for; a place within
one that is asked for counts for itself too, so that a burst in Pyongyang is told as one to whoever
watches North Korea. `Lookout.note` runs inside the transaction that records the poll.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bot.asked import Asked
from bot.core.entities import Gazetteer
from bot.core.models import Mode, Rule
from bot.core.render.spike import Spike, SpikeStory, spike_message
from bot.core.sameness import site
from bot.core.spikes import (
    COOL_DOWN,
    HISTORY,
    WINDOW,
    Burst,
    Event,
    events,
    is_worth_judging,
)
from bot.log import get_logger
from bot.owe import Seen
from bot.store import Store

log = get_logger(__name__)

KEPT = HISTORY + timedelta(days=1)  #: how long sightings are remembered
MOST_TOLD = 3  #: bursts that a channel is told of within a cool-down, whatever goes on
KIND = "spike"  #: of a delivery
_TOP = 3
_DAY = timedelta(days=1)


class Lookout:
    """Notes who is spoken of, and tells when it is far more than usual.

    Args:
        store: where sightings are kept.
        gazetteer: the actors and locations known.
    """

    def __init__(self, store: Store, gazetteer: Callable[[], Gazetteer]) -> None:
        self._store = store
        self._asked = Asked(store, gazetteer)

    def note(
        self,
        seen: Iterable[Seen],
        awake: Mapping[int, Rule],
        now: datetime,
        *,
        is_late: bool = False,
    ) -> None:
        """Record what a document's entries tell for the first time, and tell of a burst.

        What an outlet took from another, corrected, or had on its first poll is not counted.

        Args:
            seen: the entries.
            awake: the rules in force, by id.
            now: the time.
            is_late: whether nobody was watching before: what has no date may be hours old, and
                does not count.
        """
        self._asked.catch_up()
        self._store.sightings.begin(now)
        lately: set[str] = set()
        for one in seen:
            if one.mentions is None or one.decision != "new" or one.joined == "copy":
                continue
            if one.entry.published is None and is_late:
                continue
            at = one.entry.published or now
            fired = (match.rule_id for match in one.matches)
            subjects = self._asked.subjects(one.mentions, fired)
            if subjects and at > now - KEPT:
                outlet = site(one.entry.url) or one.entry.outlet
                self._store.sightings.add(
                    subjects, at, story_id=one.story_id, outlet=outlet, entry_id=one.entry.id
                )
                lately |= subjects if at > now - WINDOW else set()
        self._tell(lately, awake, now)

    # ── judging ───────────────────────────────────────────────────────────────

    def _tell(self, subjects: set[str], awake: Mapping[int, Rule], now: datetime) -> None:
        by_channel: dict[str, dict[str, list[Rule]]] = defaultdict(dict)
        bursts: dict[str, Burst] = {}
        muted = {mute.rule_id for mute in self._store.mutes.active(now) if mute.what == "rule"}
        for subject in sorted(subjects):
            rules = [
                awake[rule_id] for rule_id in sorted(self._asked.by(subject) & awake.keys() - muted)
            ]
            rules = [rule for rule in rules if _is_heard(rule, now)]
            if rules and (burst := self._burst(subject, now)):
                bursts[subject] = burst
                for rule in rules:
                    by_channel[rule.channel].setdefault(subject, []).append(rule)
        for channel, wanted in sorted(by_channel.items()):
            self._tell_channel(channel, wanted, [bursts[subject] for subject in wanted], now)

    def _tell_channel(
        self, channel: str, wanted: dict[str, list[Rule]], bursts: list[Burst], now: datetime
    ) -> None:
        sightings, since = self._store.sightings, now - COOL_DOWN
        if self._store.channels.spikes(channel) == "off":
            return
        told = sightings.told_stories(channel, since=since, seen_since=now - WINDOW)
        for mute in self._store.mutes.active(now):
            told |= {mute.story_id} if mute.story_id and mute.channel == channel else set()
        for event in events(bursts, told):
            if sightings.told(channel, since=since) >= MOST_TOLD:
                return
            message = spike_message(self._shown(event, wanted[event.burst.subject], now))
            subject = f"spike:{event.burst.subject}:{now:%Y-%m-%dT%HZ}"
            self._store.deliveries.tell(channel, subject, message, now=now, kind=KIND)
            sightings.tell(channel, event.subjects, now=now)
            log.info("spike", subject=event.burst.subject, stories=len(event.burst.outlets))

    def _burst(self, subject: str, now: datetime) -> Burst | None:
        """Return what was said about a subject; None if it is too little to be looked at."""
        sightings, since = self._store.sightings, now - WINDOW
        outlets: dict[int, set[str]] = defaultdict(set)
        for one in sightings.within(subject, since, now):
            outlets[one.story_id].add(one.outlet)
        if not is_worth_judging(outlets):
            return None
        burst = Burst(
            subject=subject,
            depth=len(self._asked.path(subject)),
            outlets=dict(outlets),
            past=self._past(subject, now),
            lately=sightings.count(subject, since - _DAY, since) * (WINDOW / _DAY),
        )
        return burst if burst.stands_out() else None

    def _past(self, subject: str, now: datetime) -> list[int]:
        """Return the stories of the same hours of each day on which the subject was watched."""
        counts = self._store.sightings.same_hours(subject, now, window=WINDOW, history=HISTORY)
        watched_since = self._watched_since(subject, now)
        outages = self._store.outages.since(now - HISTORY - WINDOW)
        past = []
        for days, count in enumerate(counts, 1):
            end = now - days * _DAY
            begin = end - WINDOW
            is_dark = any(one.began_at < end and one.ended_at > begin for one in outages)
            if begin >= watched_since and not is_dark:
                past.append(count)
        return past

    def _watched_since(self, subject: str, now: datetime) -> datetime:
        """Return since when every sighting of a subject is recorded: before, none says nothing."""
        began = self._store.sightings.began_at() or now
        return max(began, self._asked.since(subject, enough=now - KEPT) or now)

    # ── showing ───────────────────────────────────────────────────────────────

    def _shown(self, event: Event, rules: list[Rule], now: datetime) -> Spike:
        burst, sightings = event.burst, self._store.sightings
        found = sightings.within(burst.subject, now - WINDOW, now)
        found.sort(key=lambda one: one.entry_id, reverse=True)
        first = {one.story_id: one.entry_id for one in found}
        ranked = sorted(burst.outlets, key=lambda story: (-len(burst.outlets[story]), story))
        return Spike(
            path=self._asked.path(burst.subject),
            window=WINDOW,
            until=now,
            stories=len(burst.outlets),
            outlets=len(set().union(*burst.outlets.values())),
            usual=burst.usual,
            hours=tuple(sightings.by_hour(burst.subject, now, hours=24)),
            top=tuple(
                self._story(first[story], len(burst.outlets[story])) for story in ranked[:_TOP]
            ),
            rules=tuple(rules),
        )

    def _story(self, entry_id: int, outlets: int) -> SpikeStory:
        stored = self._store.entries.get(entry_id)
        assert stored is not None  # what was seen within hours is not forgotten
        return SpikeStory(stored.entry.title, stored.entry.url, outlets)


def _is_heard(rule: Rule, now: datetime) -> bool:
    """Say whether a rule may speak now; for one's quiet hours alone nothing is kept."""
    is_quiet = rule.quiet_hours is not None and rule.quiet_hours.until(now) is not None
    return rule.mode is Mode.INSTANT and not is_quiet
