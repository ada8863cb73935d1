"""The first steps of the schema: everything, and an outbox whose messages change."""

from __future__ import annotations

import sqlite_utils
from sqlite_utils import Migrations

migrations = Migrations("watchdesk")


def each(db: sqlite_utils.Database, script: str) -> None:
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
    each(db, _TABLES)
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
    each(db, _OUTBOX)
