"""What the outbox says to the database, each statement once."""

from __future__ import annotations

QUEUE = """
insert into deliveries (id, channel, kind, subject, story_id, entry_id, parent, broadcast, note,
    priority, state, created_at, not_before, message, held_in)
values (:id, :channel, :kind, :subject, :story_id, :entry_id, :parent, :broadcast, :note,
    :priority, :state, :now, :not_before, :message, :held_in)
on conflict do nothing
returning id
"""
# A channel has one sender at a time, keeps its pace, and waits while it or all refuse us.
CHANNEL_IS_FREE = """
    d.not_before <= :now and coalesce(c.not_before, 0) <= :now
    and not exists (select 1 from channels x where x.name = '*' and x.not_before > :now)
    and not exists (
        select 1 from deliveries s where s.channel = d.channel and s.state in ('sending', 'editing')
    )
"""
CLAIM = """
update deliveries set state = 'sending', lease = :lease, lease_until = :lease_until,
    attempts = attempts + 1, attempt_at = :now, first_try_at = coalesce(first_try_at, :now),
    quiet_until = null
where id = (
    select d.id from deliveries d left join channels c on c.name = d.channel
    where d.state = 'pending' and $CHANNEL_IS_FREE and $ITS_TURN_IN_THE_THREAD
    order by d.priority desc, d.created_at, d.story_id limit 1
)
returning *
"""
CLAIM_STALE = """
update deliveries set state = 'editing', lease = :lease, lease_until = :lease_until
where id = (
    select d.id from deliveries d left join channels c on c.name = d.channel
    where d.state = 'sent' and d.revision > d.shown and $CHANNEL_IS_FREE
    order by d.not_before limit 1
)
returning *
"""
# A reply needs a visible parent, and comes after the replies before it.
ITS_TURN_IN_THE_THREAD = """
    (d.parent is null or (
        exists (select 1 from deliveries p where p.id = d.parent and p.state = 'sent')
        and not exists (
            select 1 from deliveries r where r.parent = d.parent and r.rowid < d.rowid
                and r.state in ('pending', 'sending', 'unknown')
        )
    ))
"""
CLAIM, CLAIM_STALE = (
    sql.replace("$CHANNEL_IS_FREE", CHANNEL_IS_FREE).replace(
        "$ITS_TURN_IN_THE_THREAD", ITS_TURN_IN_THE_THREAD
    )
    for sql in (CLAIM, CLAIM_STALE)
)
# As if it had not been claimed; one that was tried before stays so.
WAIT = """
update deliveries set state = 'pending', lease = null, lease_until = null, not_before = :until,
    quiet_until = :until, attempts = attempts - 1,
    first_try_at = case when attempts > 1 then first_try_at end
where id = :id and lease = :lease
"""
# As if it had not been owed; it is owed again when its story is wanted.
MUTE = """
update deliveries set state = 'muted', lease = null, lease_until = null,
    attempts = attempts - 1, attempt_at = null, first_try_at = null
where id = :id and lease = :lease
"""
MUTE_REPLIES = "update deliveries set state = 'muted' where parent = :id and state = 'pending'"
OWE_AGAIN = """
update deliveries set state = :state, held_in = :held_in, priority = :priority,
    created_at = :now, not_before = :now
where id = :id and state = 'muted'
"""
WAITING_QUIETLY = """
select count(*) as n, min(quiet_until) as soonest from deliveries
where state = 'pending' and quiet_until is not null
"""
LOUDER = """
update deliveries set priority = max(priority, :priority), not_before = :now, quiet_until = null
where id = :id and state = 'pending' and quiet_until is not null
"""
# It was held because it was not so loud; after a restore it may be visible, and people decide.
BREAK_OUT = """
update deliveries set priority = :priority, state = 'pending', held_in = null, not_before = :now
where id = :id and state = 'held' and priority < :priority and not exists (
    select 1 from deliveries s join outages o on s.subject = 'outage:' || o.id
    where s.id = deliveries.held_in and s.kind = 'catchup' and o.kind = 'restore'
)
"""
FREEZE = "update deliveries set message = :message where id = :id"
REVISE = """
update deliveries set message = :message, revision = revision + 1,
    not_before = case when state = 'sent' then max(not_before, :not_before) else not_before end
where id = :id and (:message is null or message is not :message)
"""
OWED = """
select r.*, m.why as why, e.id as found_in from deliveries d
join entries e on e.story_id = d.story_id
join matches m on m.entry_id = e.id and m.quiet = 0
join rules r on r.id = m.rule_id
where d.id = :id and r.channel = d.channel and r.removed_at is null
    and (d.entry_id is null or e.id = d.entry_id)
    and not exists (select 1 from muted u where u.entry_id = e.id and u.rule_id = r.id)
order by e.id <> coalesce(d.leads, 0), e.id, r.id
"""
LEAD = "update deliveries set leads = :entry_id where id = :id and leads is null"
_WANTING = """
select distinct r.* from matches m join entries e on e.id = m.entry_id
join rules r on r.id = m.rule_id
where $WHICH and m.quiet = 0 and r.channel = :channel and r.removed_at is null
    and r.mode = 'instant'
    and not exists (select 1 from muted u where u.entry_id = e.id and u.rule_id = r.id)
"""
WANTING_STORY = _WANTING.replace("$WHICH", "e.story_id = :story_id")
WANTING_ENTRY = _WANTING.replace("$WHICH", "e.id = :entry_id")
# What fired for a channel before the rule was moved to another one.
MOVED = """
select distinct r.* from deliveries d
join entries e on e.story_id = d.story_id and (d.entry_id is null or e.id = d.entry_id)
join matches m on m.entry_id = e.id and m.quiet = 0
join rules r on r.id = m.rule_id
where d.id = :id and r.channel <> d.channel and r.removed_at is null and r.mode = 'instant'
    and not exists (select 1 from muted u where u.entry_id = e.id and u.rule_id = r.id)
    and exists (
        select 1 from rule_changes c where c.rule_id = r.id and c.at >= m.at
            and json_extract(c.before, '$.channel') = d.channel
            and json_extract(c.after, '$.channel') <> d.channel
    )
order by r.id
"""
ENTRY = "select * from entries where id = :id"
FINISH = """
update deliveries set state = :state, lease = null, lease_until = null, not_before = :not_before,
    ts = coalesce(:ts, ts), sent_at = coalesce(sent_at, :sent_at), shown = coalesce(:shown, shown),
    repeats = max(repeats, :repeats), sweep_at = coalesce(:sweep_at, sweep_at), reason = :reason
where id = :id and lease = :lease
"""
ORPHAN = """
update deliveries set state = case state when 'editing' then 'sent' else 'unknown' end,
    lease = null, lease_until = null, not_before = :now, reason = 'stopped while sending'
where state in ('sending', 'editing') and lease_until <= :now
"""
TO_CHECK = """
update deliveries set state = 'sending', lease = :lease, lease_until = :lease_until
where id = (
    select d.id from deliveries d
    where d.state = 'unknown' and d.not_before <= :now and d.attempt_at <= :attempted_before
        and not exists (
            select 1 from deliveries s
            where s.channel = d.channel and s.state in ('sending', 'editing')
        )
    order by d.not_before, d.id limit 1
)
returning *
"""
TO_SWEEP = """
update deliveries set sweep_at = :again_at
where id = (
    select id from deliveries where sweep_at <= :now and state = 'sent' order by sweep_at limit 1
)
returning *
"""
SWEPT = "update deliveries set sweep_at = null, ts = coalesce(:ts, ts) where id = :id"
HOLD = """
update deliveries set state = 'held', held_in = :held_in, lease = null, lease_until = null,
    attempts = attempts - 1, attempt_at = null, first_try_at = null
where id = :id and lease = :lease
"""
HOLD_REPLIES = """
update deliveries set state = 'held', held_in = :held_in where parent = :id and state = 'pending'
"""
HELD = """
select * from deliveries where held_in = :id and state = 'held' and kind = 'post'
order by priority desc, created_at, story_id
"""
LET_GO = """
update deliveries set state = :state, asked = 1, held_in = :held_in, not_before = :now,
    attempt_at = :tried_at, first_try_at = :tried_at
where held_in = :id and state = 'held'
"""
LATEST = """
select * from deliveries where channel = :channel and kind = :kind and created_at > :since
order by created_at desc, subject desc limit 1
"""
POSTED = """
select count(*) as n from deliveries where channel = :channel and state in ('sent', 'editing')
    and sent_at > :since and kind in ('post', 'rolling')
"""
TRYING = """
select count(*) as n from deliveries where state in ('unknown', 'sending') and channel = :channel
    and attempt_at > :since and kind in ('post', 'rolling') and id <> :but
"""
DOUBT = """
update deliveries set state = 'unknown', attempt_at = :since, first_try_at = :since,
    lease = null, lease_until = null, reason = 'may have been sent before the restore'
where state in ('pending', 'sending')
"""
DOUBT_ONE = """
update deliveries set state = 'unknown', attempt_at = :since, first_try_at = :since,
    reason = 'may have been sent before the restore'
where id = :id
"""
WAITING = """
select count(*) as n from deliveries where channel = :channel and state in ('pending', 'unknown')
"""
BY_ID = "select * from deliveries where id = :id"
SENT = """
select kind, count(*) as n from deliveries where state in ('sent', 'editing') group by kind
"""
COUNTS = "select state, count(*) as n from deliveries group by state"
BY_STORY = "select * from deliveries where story_id = :story_id order by created_at, id"
POSTS = "select * from deliveries where story_id = :story_id and kind = 'post' order by rowid"
# "/" comes right before "0": all that is called so, with or without a number, by the index.
POSTS_CALLED = """
select count(*) as posts from deliveries
where channel = :channel and kind = 'post' and subject >= :uid and subject < :uid || '0'
    and entry_id is null
"""
POST_OF = """
select id from deliveries where story_id = :story_id and channel = :channel and kind = 'post'
    and entry_id is null limit 1
"""
RENOTE = """
update deliveries set note = :note, message = null, revision = revision + 1,
    not_before = max(not_before, :due)
where entry_id = :entry_id and kind = 'reply'
    and (:story_id is null or parent in (select id from deliveries where story_id <> :story_id))
"""
RETELL = "update deliveries set story_id = :story_id, entry_id = null where id = :id"
BESIDE = "update deliveries set story_id = :story_id, entry_id = :entry_id where id = :id"
HAND_REPLIES_OVER = """
update deliveries set story_id = :story_id, parent = :parent,
    state = case when :state in ('held', 'muted') then :state else state end,
    held_in = case when :state = 'held' then :held_in else held_in end
where parent = :id
"""
# Under the name it would have had, and in its place in the order; not if that is there already.
AS_REPORT = """
update or ignore deliveries set id = :new_id, kind = :kind, subject = :subject,
    story_id = :story_id, entry_id = :entry_id, parent = :parent, priority = :priority,
    state = 'pending', held_in = null, message = null
where id = :id
"""
DROP = "delete from deliveries where id = :id"
DEAD = "select * from deliveries where state = 'rejected' order by created_at, id"
REQUEUE = """
update deliveries set state = 'pending', not_before = :now, reason = null,
    message = case when kind in ('notice', 'digest', 'spike', 'share') then message end
where state = 'rejected'
"""
