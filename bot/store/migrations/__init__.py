"""The schema, as numbered steps that only go forward.

Times are epoch microseconds (UTC), lists and forms are JSON text, so that the same statements
would run on another engine.
"""

from __future__ import annotations

import sqlite_utils

from bot.store.migrations.first import each as _each
from bot.store.migrations.first import migrations

__all__ = ["migrations"]

_HEALTH = """
alter table feeds add column failing_since integer;
alter table feeds add column address text;
alter table feeds add column moved_to text;
alter table feeds add column moved_days text not null default '[]';
alter table feeds add column stopped_at integer;
create table troubles (
    id integer primary key,
    feed_id integer references feeds (id), -- null: many feeds at once
    kind text not null, -- failing, quiet, moved, gone, flood; outage (ours), wave (theirs)
    since integer not null,
    channels text not null, -- who was told
    told_at integer not null,
    ended_at integer
);
create index troubles_open on troubles (feed_id, kind);
create table gaps (
    id integer primary key,
    feed_id integer not null references feeds (id),
    since integer not null, -- the last poll before it that was fine
    until integer not null
);
create index gaps_until on gaps (until);
create index entries_feed on entries (feed_id, first_seen_at);
create index entries_home on entries (url) where link_key is null and url is not null;
create index matches_at on matches (at);
"""


@migrations()
def m0003_health(db: sqlite_utils.Database) -> None:
    """Remember how feeds fail, move, fall silent and skip, and who was told."""
    _each(db, _HEALTH)


_ACCESS = """
create table changes (
    id integer primary key,
    at integer not null,
    who text not null,
    kind text not null,    -- feed, channel
    subject text not null, -- the feed's number, the channel's address
    what text not null,
    detail text not null
);
create index changes_subject on changes (kind, subject);
create table requests (
    key text primary key, -- a trigger_id or event_id that was carried out
    at integer not null
) without rowid;
create index requests_at on requests (at);
"""


@migrations()
def m0005_access(db: sqlite_utils.Database) -> None:
    """Remember who changed feeds and channels, and which requests were carried out."""
    _each(db, _ACCESS)


_RETENTION = """
-- its text is gone, its identity stays
alter table entries add column pruned_at integer;
create index entries_whole on entries (id) where pruned_at is null;
"""


@migrations()
def m0004_retention(db: sqlite_utils.Database) -> None:
    """Let entries lose their text and stay known."""
    _each(db, _RETENTION)


_STORIES = """
create table profiles (
    entry_id integer primary key references entries (id),
    is_copy integer not null, -- 1: its text came from another outlet
    seen_at integer not null,
    at integer not null, -- seconds, as published
    lang text not null,
    outlet text not null,
    terms blob not null,
    kinds integer not null,
    weights blob not null
);
create index profiles_seen on profiles (seen_at);
alter table stories add column broadcast_at integer;
alter table channels add column threads text not null default 'on';
alter table rules add column min_outlets integer not null default 1;
"""


@migrations()
def m0006_stories(db: sqlite_utils.Database) -> None:
    """Keep what entries are compared by, and how channels want to hear of stories."""
    _each(db, _STORIES)


_REST = """
alter table feeds add column ttl_s integer not null default 0;
alter table feeds add column skip_hours text not null default '[]';
"""


@migrations()
def m0007_rest(db: sqlite_utils.Database) -> None:
    """Remember what a document asks for: a 304 does not repeat it."""
    _each(db, _REST)


_TEAM = """
create table namings (
    key text primary key, -- the name, folded
    name text not null,
    kind text,
    aliases text not null,
    without text not null,
    within text not null,
    lat real,
    lon real,
    origin text not null, -- the file, or who said it
    place text not null,
    at integer not null
);
"""


@migrations()
def m0008_team(db: sqlite_utils.Database) -> None:
    """Keep what the team says about actors and locations."""
    _each(db, _TEAM)


_SIGHTINGS = """
create table sightings (
    subject text not null, -- an entity's id, rule:12
    at integer not null,   -- seconds, as published
    story_id integer not null references stories (id),
    outlet text not null,
    entry_id integer not null references entries (id),
    primary key (subject, at, story_id, outlet)
) without rowid;
create table spikes (
    channel text not null,
    subject text not null,
    at integer not null,
    primary key (channel, subject, at)
) without rowid;
alter table channels add column spikes text not null default 'on';
"""


@migrations()
def m0014_sightings(db: sqlite_utils.Database) -> None:
    """Remember who was spoken of and when, and which bursts were told."""
    _each(db, _SIGHTINGS)


_SETTINGS = """
alter table rules add column mode text not null default 'instant'; -- or digest
"""


@migrations()
def m0011_rule_settings(db: sqlite_utils.Database) -> None:
    """Let a rule speak in digests only."""
    _each(db, _SETTINGS)


_DIGESTS = """
create table glances (
    person text not null,
    scope text not null, -- of the digest: nothing for everything, W12, a query
    at integer not null, -- when they saw it last
    primary key (person, scope)
) without rowid;
create table schedules (
    id integer primary key,
    channel text not null, -- where it goes, direct messages included
    owner text not null,
    scope text not null,   -- nothing for the rules of its place, * for all, W12, a query
    weekday integer,       -- 0 is Monday; null: every day
    at_min integer not null, -- minutes after midnight, in that zone
    zone text not null,
    created_at integer not null,
    due_at integer not null,
    told_until integer,    -- where the last one ended
    removed_at integer
);
create index schedules_due on schedules (due_at) where removed_at is null;
"""


@migrations()
def m0013_digests(db: sqlite_utils.Database) -> None:
    """Remember what digests people saw, and when channels want one."""
    _each(db, _DIGESTS)


_JUDGING = """
create table votes (
    delivery_id text not null references deliveries (id), -- the alert
    user text not null,
    rule_id integer not null references rules (id), -- that fired in it
    rule_version integer not null,
    entry_id integer not null references entries (id), -- on which it fired first
    useful integer not null,
    at integer not null,
    primary key (delivery_id, user, rule_id)
) without rowid;
create index votes_rule on votes (rule_id, at);
create index votes_entry on votes (entry_id);
create table mutes (
    id integer primary key,
    what text not null,    -- rule, story, source, term
    channel text not null, -- whose alerts it keeps silent
    rule_id integer references rules (id),     -- of a rule, source or term
    story_id integer references stories (id),  -- of a story
    word text not null,    -- the source or the term
    priority integer not null, -- what is louder passes
    who text not null,
    at integer not null,
    until integer not null,
    ended_at integer       -- when it was lifted, or its end was told
);
create index mutes_open on mutes (until) where ended_at is null;
create table muted (
    entry_id integer not null references entries (id),
    rule_id integer not null references rules (id),
    mute_id integer not null references mutes (id),
    at integer not null,
    primary key (entry_id, rule_id)
) without rowid;
create index muted_mute on muted (mute_id);
create index muted_at on muted (at);
"""


@migrations()
def m0012_judging(db: sqlite_utils.Database) -> None:
    """Remember who found which alert useful, and what people keep silent."""
    _each(db, _JUDGING)


_QUIET_HOURS = """
-- null: as the channel has it
alter table rules add column threads text;
-- 22:00-07:00@Asia/Seoul
alter table rules add column quiet_hours text;
alter table channels add column quiet_hours text;
-- null: as configured
alter table channels add column per_hour integer;
-- when quiet hours end for which it waits
alter table deliveries add column quiet_until integer;
"""


@migrations()
def m0016_quiet_hours(db: sqlite_utils.Database) -> None:
    """Let alerts wait for the end of quiet hours, rules choose threads, channels a budget."""
    _each(db, _QUIET_HOURS)


_TRIALS = """
create table drafts (
    id integer primary key,
    who text not null,
    channel text not null,    -- where it was asked for
    rule text not null,       -- as JSON, as in rule_changes
    rule_id integer not null, -- the rule it changes; 0: it is new
    version integer not null, -- of that rule when it was drafted
    created_at integer not null,
    outcome text,             -- saved, cancelled; null: it waits
    saved_as integer          -- the rule it became
);
create index drafts_age on drafts (created_at);
-- what the rules saw before an entry was re-titled or rewritten
create table past_texts (
    id integer primary key,
    entry_id integer not null references entries (id),
    title text not null,
    summary text not null,
    url text,
    authors text not null,
    tags text not null,
    lang text,
    outlet text not null,
    until integer not null,
    after_id integer not null -- the newest entry then: the order within one moment
);
create index past_texts_entry on past_texts (entry_id);
create index past_texts_until on past_texts (until);
-- its text came from another outlet
alter table entries add column is_copy integer not null default 0;
update entries set is_copy = 1 where id in (select entry_id from profiles where is_copy = 1);
create table reviews (
    owner text primary key,
    at integer not null,  -- when their rules were looked through last
    known text not null,  -- what they were told of, as JSON
    is_off integer not null default 0
);
"""


@migrations()
def m0010_trials(db: sqlite_utils.Database) -> None:
    """Keep rules that are not saved yet, and what it takes to say what one would have caught."""
    _each(db, _TRIALS)


_APART = """
create table apart (
    story_id integer not null references stories (id),
    taken_id integer not null references stories (id), -- the story of what was taken out of it
    primary key (story_id, taken_id)
) without rowid;
"""


@migrations()
def m0015_apart(db: sqlite_utils.Database) -> None:
    """Remember which stories people said are not the same."""
    _each(db, _APART)


_GATHERED = """
create table gathered ( -- entries that were brought over from one story to another
    id integer primary key,
    by_id integer not null references entries (id), -- the report that showed it
    entry_id integer not null references entries (id),
    old_id integer not null references stories (id),
    new_id integer not null references stories (id),
    was_first integer not null, -- the old story's first report: its posts go with it
    at integer not null
);
create index gathered_entry on gathered (entry_id);
create index gathered_old on gathered (old_id);
create index gathered_at on gathered (at);
alter table stories add column settled integer not null default 0; -- people put it together
"""


@migrations()
def m0017_gathered(db: sqlite_utils.Database) -> None:
    """Remember which reports turned out to tell another story, and which stories people made."""
    _each(db, _GATHERED)


@migrations()
def m0018_leads(db: sqlite_utils.Database) -> None:
    """Let an alert go on showing its report when older ones turn out to tell its story."""
    db.execute("alter table deliveries add column leads integer")
