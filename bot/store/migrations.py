"""The schema, as numbered steps that only go forward.

Times are epoch microseconds (UTC), lists and forms are JSON text, so that the same statements
would run on another engine.
"""

from __future__ import annotations

import sqlite_utils
from sqlite_utils import Migrations

migrations = Migrations("watchdesk")


def _each(db: sqlite_utils.Database, script: str) -> None:
    """Execute statement by statement: a script run as one would commit what is open."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


_TABLES = """
create table feeds (
    id integer primary key,
    url text not null unique,
    title text not null,
    tags text not null,
    lang text,
    every_s integer not null,
    enabled integer not null,
    backfill_s integer not null,
    origin text not null,
    created_at integer not null,
    removed_at integer,
    -- learned by polling
    etag text,
    last_modified text,
    body_hash text,
    next_poll_at integer not null default 0,
    lease_until integer not null default 0,
    floor_s integer not null default 0,
    failures integer not null default 0,
    last_status integer,
    last_error text,
    last_ok_at integer,
    last_entry_at integer,
    baseline_at integer
);
create index feeds_due on feeds (next_poll_at) where removed_at is null and enabled = 1;

create table stories (
    id integer primary key,
    uid text not null unique, -- UUIDv5 of the first entry: the same after a restore
    title text not null,
    first_seen_at integer not null,
    last_seen_at integer not null
);

create table entries (
    id integer primary key,
    feed_id integer not null references feeds (id),
    key text not null,
    link_key text,
    title_key text,
    url text,
    title text not null,
    summary text not null,
    authors text not null,
    tags text not null,
    lang text,
    outlet text not null,
    published_at integer,
    updated_at integer,
    first_seen_at integer not null,
    changed_at integer not null,
    decision text not null, -- what the first sight of it was: new, baseline, duplicate
    reason text not null,   -- and why, in words
    same_as integer references entries (id), -- the entry this one repeats
    story_id integer not null references stories (id),
    unique (feed_id, key)
);
create index entries_link on entries (link_key) where link_key is not null;
create index entries_title on entries (title_key) where title_key is not null;
create index entries_seen on entries (first_seen_at);
create index entries_story on entries (story_id);

create table rules (
    id integer primary key,
    name text not null,
    query text not null,
    form text,
    channel text not null,
    level text not null,
    owner text not null,
    paused_until integer,
    version integer not null,
    created_at integer not null,
    removed_at integer
);

create table rule_changes (
    id integer primary key,
    rule_id integer not null references rules (id),
    at integer not null,
    who text not null,
    what text not null,
    before text,
    after text
);
create index rule_changes_rule on rule_changes (rule_id);

create table matches (
    entry_id integer not null references entries (id),
    rule_id integer not null references rules (id),
    rule_version integer not null,
    why text not null,
    at integer not null,
    quiet integer not null, -- 1: seen on a first poll, recorded but never alerted
    primary key (entry_id, rule_id)
) without rowid;
create index matches_rule on matches (rule_id, at);

create table deliveries (
    id text primary key, -- UUIDv5 of channel, story and kind
    channel text not null,
    kind text not null,
    story_id integer not null references stories (id),
    priority integer not null,
    state text not null,
    created_at integer not null,
    not_before integer not null,
    message text,        -- frozen at the first claim
    attempts integer not null default 0,
    attempt_at integer,
    lease text,
    lease_until integer,
    ts text,
    sent_at integer,
    reason text,
    unique (channel, story_id, kind)
);
create index deliveries_open on deliveries (state, not_before);
create index deliveries_story on deliveries (story_id);

create table channels (
    name text primary key,
    not_before integer not null default 0, -- Slack's pace and Retry-After, as data
    paused_reason text,                    -- the sink refused this destination
    paused_advice text,
    paused_at integer
);

create table facts (
    name text primary key,
    value text not null
);
"""


@migrations()
def m0001_first(db: sqlite_utils.Database) -> None:
    """Create everything the first release needs."""
    _each(db, _TABLES)
    db.table("entries").enable_fts(
        ["title", "summary"],
        create_triggers=True,
        tokenize="unicode61 remove_diacritics 2",
    )


_OUTBOX = """
create table outbox (
    id text primary key, -- UUIDv5 of channel, subject and kind
    channel text not null,
    kind text not null,    -- post, reply, notice, rolling, catchup
    subject text not null, -- what it is about: of a post its story's uid
    story_id integer references stories (id), -- of a post or reply
    entry_id integer references entries (id), -- of a reply: the report it shows
    parent text,           -- of a reply: the message whose thread it goes to
    broadcast integer not null default 0, -- 1: the channel sees the reply too
    note text,             -- of a reply: what is new in it, or what became of an entry
    priority integer not null,
    state text not null,
    created_at integer not null,
    not_before integer not null,
    message text,          -- frozen at the first claim, or given with a notice
    revision integer not null default 0, -- counts the changes of what it should show
    shown integer not null default 0,    -- the revision that people see
    held_in text,          -- the message that stands for a held one
    asked integer not null default 0,    -- 1: a person asked for it, the budget lets it pass
    repeats integer not null default 0,  -- 1: an earlier attempt may be visible, and it says so
    attempts integer not null default 0,
    first_try_at integer,  -- where a search for what may be visible begins
    attempt_at integer,
    lease text,
    lease_until integer,
    ts text,
    sent_at integer,
    sweep_at integer,      -- when to look for a double
    reason text,
    unique (channel, kind, subject)
);
insert into outbox (id, channel, kind, subject, story_id, priority, state, created_at, not_before,
    message, attempts, first_try_at, attempt_at, lease, lease_until, ts, sent_at, reason)
select d.id, d.channel, d.kind, s.uid, d.story_id, d.priority, d.state, d.created_at, d.not_before,
    d.message, d.attempts, d.attempt_at, d.attempt_at, d.lease, d.lease_until, d.ts, d.sent_at,
    d.reason
from deliveries d join stories s on s.id = d.story_id;
drop table deliveries;
alter table outbox rename to deliveries;
create index deliveries_open on deliveries (state, not_before);
create index deliveries_story on deliveries (story_id);
create index deliveries_stale on deliveries (not_before) where state = 'sent' and revision > shown;
create index deliveries_sweep on deliveries (sweep_at) where sweep_at is not null;
create index deliveries_busy on deliveries (channel) where state in ('sending', 'editing');
create index deliveries_sent on deliveries (channel, sent_at) where kind in ('post', 'rolling');
create index deliveries_thread on deliveries (parent, created_at) where parent is not null;
create index deliveries_held on deliveries (held_in) where held_in is not null;
create table outages (
    id integer primary key,
    kind text not null, -- outage, or restore: the database came back from a backup
    from_at integer not null,
    until_at integer not null
);
"""


@migrations()
def m0002_messages_that_change(db: sqlite_utils.Database) -> None:
    """Let a delivery be any message, change after it was sent, and stand for held ones."""
    _each(db, _OUTBOX)


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
