"""The digest: stories once each, ranked, with what may be missing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from bot.core.models import Level, Match, Message
from bot.core.render import Digest
from bot.deliver import Courier, deliver_due
from bot.digest import Question, build_digest
from bot.store.mutes import Mute
from tests.commands.parts import BEN, GAZETTEER, NOW, Room, buttons, owed_digests, said, story
from tests.flow.parts import RecordingSink


def ask(room: Room, text: str = "") -> str:
    return room(text, command="digest")


def test_each_story_once_ranked_by_outlets_level_and_recency(room: Room) -> None:
    room("add landmine* yes")
    room('add bridge level:flash name:"Bridges" yes')
    other = room.feed("Peninsula Monitor", "https://peninsula.example/rss")
    room.publish(story(1, "Landmines found at a bridge"))
    room.forward(minutes=1)
    room.publish(story(2, "A bridge falls into the river today"))
    room.forward(minutes=1)
    room.publish(story(3, "Landmines cleared by volunteers"))
    room.publish(replace(story(3, "Landmines cleared by volunteers"), key="other"), feed=other)
    room.forward(minutes=1)
    digest = build_digest(
        room.store,
        GAZETTEER,
        Question(since=NOW, until=room.clock(), period="last 24 h"),
    )
    assert [told.title for told in digest.stories] == [
        "Landmines cleared by volunteers",
        "A bridge falls into the river today",
        "Landmines found at a bridge",
    ]
    assert digest.stories[0].outlets == ("Harbour Wire", "Peninsula Monitor")
    assert digest.stories[2].rules == (1, 2)
    assert digest.stories[2].level is Level.FLASH
    assert digest.entries == 3
    assert [(bar.label, sum(bar.counts)) for bar in digest.bars] == [
        ("W1 landmine*", 2),
        ("W2 Bridges", 2),
    ]


def test_a_digest_of_one_rule(room: Room) -> None:
    room("add landmine* yes")
    room("add bridge yes")
    room.publish(story(1, "Landmines"), story(2, "A bridge"))
    room.forward(minutes=1)
    words = ask(room, "7d w2")
    assert "Digest · last 7 d · W2 bridge" in words
    assert "A bridge" in words
    assert "Landmines" not in words
    assert "There is no rule W9" in room.refused("W9", command="digest")
    assert "`/watch list all`" in room.refused("W9", command="digest")


def test_a_query_looks_through_everything_stored(room: Room) -> None:
    room.publish(
        story(1, "Report from Tongchang-ri", at=NOW - timedelta(hours=30)),
        story(2, "Report from Sohae", at=NOW - timedelta(hours=2)),
        story(3, "Weather"),
        first=True,
    )
    room.forward(minutes=1)
    words = ask(room, 'location:"North Korea"')
    assert "Report from Sohae" in words
    assert "Tongchang-ri" not in words  # published before the last 24 hours
    assert "1 story · 1 entry" in words
    assert "Tongchang-ri" in ask(room, '2d location:"North Korea"')
    assert "Nothing matched" in ask(room, "zzz")
    assert "missing closing quote" in room.refused('actor:"Kim', command="digest")


def test_rules_removed_since_are_left_out(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    assert "Landmines" in ask(room)
    room("remove W1 yes")
    assert "Nothing matched" in ask(room)


def test_what_may_be_missing_is_said(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines of old"), first=True)
    for number in range(5):
        feed = room.feed(f"Wire {number}", f"https://wire{number}.example/rss")
        known = room.store.feeds.get(feed)
        assert known is not None
        state = replace(known.state, failures=2, last_error="not found (404)")
        if number == 0:
            state = replace(state, last_ok_at=NOW)  # failed for a while, but spoke within the day
        room.store.feeds.learn(feed, state)
    room.forward(minutes=1)
    words = ask(room)
    assert "Missing: Wire 1 (F3): not found (404)" in words
    assert "Missing: Wire 0" not in words
    assert "Missing too: 1 more of 6 feeds" in words
    assert "1 entry matched at the first poll of a feed" in words


def test_sharing_posts_it_where_it_was_asked_for(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    private = room.ask("24h", command="digest")
    [(action, value)] = buttons(private.message).items()
    assert (action, value.split()[1:]) == ("share", ["24h"])
    assert owed_digests(room) == []
    room.forward(minutes=1)
    assert "Shared in #nk" in ask(room, "24h share")
    [message] = owed_digests(room)
    assert "Landmines" in message
    assert "Shared by *ana*" in message
    assert "given a digest by" in room("history #nk")
    assert "Shared in #nk" in room.press("share", value)
    assert len(owed_digests(room)) == 2
    assert "Shared in #nk already" in room.press("share", value)
    assert len(owed_digests(room)) == 2


def test_a_button_shares_what_was_shown_with_it(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    value = buttons(room.ask("", command="digest").message)["share"]
    room.publish(story(2, "A landmine later"))
    room.forward(hours=30)
    room.press("share", value)
    [message] = owed_digests(room)
    assert "Landmines" in message
    assert "later" not in message


def test_a_button_of_an_earlier_version_shares_the_present(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    room.press("share", "24h")
    assert "Landmines" in owed_digests(room)[0]


# ── what is new ───────────────────────────────────────────────────────────────


def two_days(room: Room) -> None:
    """Let someone look in between: one story before, one after, one on both sides."""
    room("add landmine* yes")
    room.publish(story(1, "Landmines"), story(2, "A landmine"))
    room.forward(hours=1)
    ask(room)
    room.forward(hours=1)
    room.publish(story(3, "Three landmines"))
    again = replace(story(2, "A landmine"), key="other", url="https://harbour.example/2b")
    room.publish(again)
    room.store._db.run("update entries set story_id = 2 where key = 'other'")
    room.forward(minutes=1)


def test_what_came_since_the_last_digest_is_marked_and_counted(room: Room) -> None:
    two_days(room)
    reply = room.ask("24h", command="digest")
    assert ":new: *1 new* since <!date^" in said(reply.message)
    marked = [line for line in lines_of(reply.message) if "'new'" in line]
    assert len(marked) == 1
    assert "Three landmines" in marked[0]


def test_the_first_digest_marks_nothing(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room.forward(minutes=1)
    reply = room.ask("", command="digest")
    assert "new*" not in said(reply.message)
    assert "'new'" not in str(reply.message.blocks)


def test_each_scope_and_person_has_its_own_last_digest(room: Room) -> None:
    two_days(room)
    assert "new* since" not in ask(room, "24h W1")
    assert "new* since" not in ask(room, "24h landmine*")
    assert "new* since" not in room("", as_=BEN, command="digest")
    assert "new* since" not in room("", as_="console", command="digest")
    assert "*0 new* since" in ask(room, "7d landmine*")
    assert "*0 new* since" in room("", as_="console", command="digest")


def test_sharing_is_no_looking(room: Room) -> None:
    two_days(room)
    ask(room, "24h share")
    assert "*1 new* since" in ask(room)


def test_a_query_marks_what_was_stored_since(room: Room) -> None:
    room.publish(story(1, "Report from Sohae"))
    room.forward(hours=1)
    ask(room, "report*")
    room.publish(story(2, "Report from Tongchang-ri", at=room.clock()))
    room.forward(minutes=1)
    reply = room.ask("report*", command="digest")
    assert "*1 new* since" in said(reply.message)
    [marked] = [line for line in lines_of(reply.message) if "'new'" in line]
    assert "Tongchang" in marked


def test_what_only_hidden_rules_told_before_is_new(room: Room) -> None:
    room("add landmine* yes")
    room("add mine* yes")
    room.publish(story(1, "Landmines"))
    seen = replace(whole(room), seen_at=room.clock() + timedelta(minutes=1))
    room.forward(minutes=2)
    room.store.entries.add_matches(
        1, [Match(rule_id=2, rule_version=1, why=())], quiet=False, now=room.clock()
    )
    room.forward(minutes=1)
    [told] = built(room, replace(seen, until=room.clock())).stories
    assert not told.is_new
    [told] = built(room, replace(seen, until=room.clock(), hidden=frozenset([1]))).stories
    assert told.is_new


def whole(room: Room) -> Question:
    return Question(since=NOW, until=room.clock(), period="last 24 h")


def built(room: Room, question: Question) -> Digest:
    return build_digest(room.store, GAZETTEER, question)


def lines_of(message: Message) -> list[str]:
    return [
        str(line)
        for block in message.blocks
        if block["type"] == "rich_text"
        for line in block["elements"][0]["elements"]
    ]


# ── how it adds up ────────────────────────────────────────────────────────────


def test_a_digest_whose_stories_were_all_alerted_says_no_more(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    deliver(room)
    assert "alerted" not in ask(room)


def test_every_story_was_posted_or_has_a_named_reason(room: Room) -> None:
    room("add landmine* yes")
    room("add bridge outlets:2 yes")
    room.publish(story(1, "Landmines"), story(2, "A bridge"))
    deliver(room)
    room.publish(story(3, "More landmines"), story(4, "Landmines again"), story(5, "Landmines"))
    room.store._db.run("update deliveries set state = 'dismissed' where story_id = 4")
    room.store._db.run("update deliveries set state = 'held' where story_id = 5")
    room.forward(minutes=1)
    digest = built(room, whole(room))
    assert sorted(digest.fates) == [
        (1, "alerted"),
        (1, "held back, another message stands for them"),
        (1, "marked as seen"),
        (1, "on their way"),
        (1, "waiting for more outlets"),
    ]
    assert sum(number for number, _ in digest.fates) == len(digest.stories) == 5
    assert "1 alerted" in ask(room)


def test_stories_of_rules_for_digests_are_told_and_named(room: Room) -> None:
    room("add landmine* yes")
    room("add bridge mode:digest yes")
    room.publish(story(1, "Landmines"), story(2, "A bridge"), story(3, "A bridge with landmines"))
    deliver(room)
    digest = built(room, whole(room))
    assert len(digest.stories) == 3
    assert digest.fates == ((2, "alerted"), (1, "digest only"))


def test_what_a_mute_kept_quiet_is_counted_by_rule_and_named(room: Room) -> None:
    room("add landmine* yes")
    room("add bridge yes")
    mute = Mute(what="rule", channel="#nk", rule_id=1, who=BEN, until=NOW + timedelta(days=1))
    room.store.mutes.add(mute, now=NOW)
    room.publish(story(1, "Landmines"), story(2, "A landmine"), story(3, "A bridge"))
    deliver(room)
    digest = built(room, whole(room))
    assert sorted(digest.fates) == [(1, "alerted"), (2, "muted")]
    assert digest.muted == ((2, "W1"),)
    assert ":no_bell: 2 muted: W1 2" in ask(room)
    assert built(room, replace(whole(room), hidden=frozenset([1]))).muted == ()


def test_posts_in_channels_of_other_rules_do_not_count(room: Room) -> None:
    room("add landmine* yes")
    room("add mines outlets:2 in:#dmz yes")
    room.publish(story(1, "Landmines and mines"))
    deliver(room)
    hidden = built(room, replace(whole(room), hidden=frozenset([1])))
    assert hidden.fates == ((1, "waiting for more outlets"),)


def deliver(room: Room) -> None:
    sink = RecordingSink()
    deliver_due(Courier(room.store, sink, room.clock, pace=timedelta(0)))
    room.forward(minutes=1)


def test_a_busy_week_stays_within_what_slack_takes(room: Room) -> None:
    room("add report* yes")
    entries = [story(n, f"Report no. {n} " + "& <more> " * 20) for n in range(300)]
    room.publish(*entries)
    room.forward(minutes=1)
    words = ask(room, "7d")
    assert "300 stories · 300 entries" in words
    assert re.search(r"and \d+ more stories", words)


def test_a_terminal_gets_no_buttons(room: Room) -> None:
    assert "Only you" not in ask_at_terminal(room, "24h", "digest")
    assert "Undo" not in ask_at_terminal(room, "add landmine* yes", "watch")
    assert "`/watch remove W1 yes`" in ask_at_terminal(room, "remove W1", "watch")


def ask_at_terminal(room: Room, text: str, command: str) -> str:
    reply = room.ask(text, as_="console", command=command)
    assert buttons(reply.message) == {}
    return said(reply.message)


def test_a_very_long_question_has_no_button(room: Room) -> None:
    reply = room.ask(" OR ".join(f"word{n}" for n in range(250)), command="digest")
    assert buttons(reply.message) == {}
