"""What a digest, a status page or a chart asks of the record, and who saw which digest last."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.models import DeliveryState, Entry
from bot.store.database import Database
from bot.store.entries import entry_of
from bot.store.times import from_us, to_us

_STORIES = """
select e.*, m.rules as rules, s.first_seen_at as story_first, s.last_seen_at as story_last,
    (select json_group_array(distinct x.outlet) from entries x where x.story_id = s.id) as outlets
from (
    select entry_id, json_group_array(rule_id) as rules, min(at) as at
    from (select * from matches where quiet = 0 and at >= :since and at < :until
          order by entry_id, rule_id)
    group by entry_id
) m
join entries e on e.id = m.entry_id
join stories s on s.id = e.story_id
order by m.at desc, e.id desc
"""
_DAYS = """
select rule_id, (at - :since) / :day_us as day, count(*) as n from matches
where quiet = 0 and at >= :since and at < :until
group by rule_id, day
"""
_QUIET = """
select count(distinct entry_id) as n from matches where quiet = 1 and at >= :since and at < :until
"""
_TOLD_BEFORE = """
select distinct e.story_id, m.rule_id from json_each(:stories) s
join entries e on e.story_id = s.value join matches m on m.entry_id = e.id
where m.quiet = 0 and m.at < :at
"""
_POSTS = """
select d.story_id, d.channel, d.state from json_each(:stories) s
join deliveries d on d.story_id = s.value
where d.kind = 'post'
"""
_MUTED = """
select e.story_id, u.rule_id from json_each(:stories) s
join entries e on e.story_id = s.value join muted u on u.entry_id = e.id
"""
_GLANCE = "select at from glances where person = :person and scope = :scope"
_NOTE_GLANCE = """
insert into glances (person, scope, at) values (:person, :scope, :at)
on conflict (person, scope) do update set at = max(glances.at, excluded.at)
"""


@dataclass(frozen=True, slots=True)
class MatchedStory:
    """A story that at least one rule wanted within a period."""

    story_id: int
    entry: Entry  #: the first report that fired, which its alert shows
    rule_ids: tuple[int, ...]
    outlets: tuple[str, ...]
    entries: int  #: how many of its entries fired
    first_seen_at: datetime
    last_seen_at: datetime


class Digests:
    """Questions over matches and stories; writes nothing but who asked."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def stories(self, since: datetime, until: datetime) -> list[MatchedStory]:
        """Return each story that fired a rule in the period once, newest first."""
        found: dict[int, MatchedStory] = {}
        for row in self._db.rows(_STORIES, {"since": to_us(since), "until": to_us(until)}):
            rules = tuple(json.loads(row["rules"]))
            later = found.get(row["story_id"])
            if later:
                rules = tuple(sorted({*later.rule_ids, *rules}))
            found[row["story_id"]] = MatchedStory(
                story_id=row["story_id"],
                entry=entry_of(row),
                rule_ids=rules,
                outlets=tuple(filter(None, json.loads(row["outlets"]))),
                entries=later.entries + 1 if later else 1,
                first_seen_at=from_us(row["story_first"]),
                last_seen_at=from_us(row["story_last"]),
            )
        return list(found.values())

    def per_day(self, until: datetime, *, days: int) -> dict[int, tuple[int, ...]]:
        """Return, for each rule, its matched entries per 24 h up to `until`, oldest first."""
        params = {
            "since": to_us(until - timedelta(days=days)),
            "until": to_us(until),
            "day_us": to_us(from_us(0) + timedelta(days=1)),
        }
        counts: dict[int, list[int]] = {}
        for row in self._db.rows(_DAYS, params):
            counts.setdefault(row["rule_id"], [0] * days)[row["day"]] = row["n"]
        return {rule_id: tuple(series) for rule_id, series in counts.items()}

    def baseline_matches(self, since: datetime, until: datetime) -> int:
        """Return how many entries of first polls would have fired, had they been news."""
        row = self._db.rows(_QUIET, {"since": to_us(since), "until": to_us(until)})[0]
        return int(row["n"])

    def told_before(self, stories: Collection[int], at: datetime) -> dict[int, set[int]]:
        """Return, for those of the stories that fired before a time, the rules that they fired."""
        params = {"stories": json.dumps(list(stories)), "at": to_us(at)}
        fired: dict[int, set[int]] = {}
        for row in self._db.rows(_TOLD_BEFORE, params):
            fired.setdefault(row["story_id"], set()).add(row["rule_id"])
        return fired

    def posts(self, stories: Collection[int]) -> dict[int, list[tuple[str, DeliveryState]]]:
        """Return where the posts of these stories go, and how they stand."""
        posts: dict[int, list[tuple[str, DeliveryState]]] = {}
        for row in self._db.rows(_POSTS, {"stories": json.dumps(list(stories))}):
            post = (row["channel"], DeliveryState(row["state"]))
            posts.setdefault(row["story_id"], []).append(post)
        return posts

    def muted(self, stories: Collection[int]) -> dict[int, set[int]]:
        """Return, for those of the stories that a mute kept silent, of which rules it did."""
        muted: dict[int, set[int]] = {}
        for row in self._db.rows(_MUTED, {"stories": json.dumps(list(stories))}):
            muted.setdefault(row["story_id"], set()).add(row["rule_id"])
        return muted

    def glance(self, person: str, scope: str) -> datetime | None:
        """Return when someone last saw the digest of this scope."""
        row = self._db.row(_GLANCE, {"person": person, "scope": scope})
        return from_us(row["at"]) if row else None

    def note_glance(self, person: str, scope: str, *, now: datetime) -> None:
        """Note that someone sees the digest of this scope now."""
        self._db.run(_NOTE_GLANCE, {"person": person, "scope": scope, "at": to_us(now)})
