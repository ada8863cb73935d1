"""Why something was, or was not, alerted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.commands.why import _decided
from bot.core.models import Delivery, DeliveryState, Message
from bot.deliver import Courier, deliver_due
from tests.commands.parts import BOSS, NOW, Room, story
from tests.flow.parts import RecordingSink

LINK = "https://harbour.example/1"


def claim(room: Room) -> Delivery:
    delivery = room.store.deliveries.claim(lease="l", lease_until=NOW + timedelta(1), now=NOW)
    assert delivery is not None
    room.store.deliveries.freeze(delivery.id, Message(text="x"))
    return delivery


def test_an_alert_names_its_rules_their_reasons_and_where_it_stands(room: Room) -> None:
    room('add landmine* name:"Mines" yes')
    room("add location:Sohae in:#dmz yes")
    room.publish(story(1, "Landmines near Tongchang-ri"))
    words = room(f"why {LINK}?utm_source=x")
    assert f"<{LINK}|Landmines near Tongchang-ri>" in words
    assert "It was news (first report)" in words
    assert "*Mines* (W1) — why: *Landmines* (title)" in words
    assert "*W2* — why: *Tongchang-ri* → Sohae (title)" in words
    assert "→ on its way to #nk" in words
    assert "→ on its way to #dmz" in words
    assert len(words.split("\n")) // 2 <= 8


def test_each_fate_of_a_delivery_is_told(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    delivery = claim(room)
    finish = room.store.deliveries.finish
    finish(delivery, DeliveryState.UNKNOWN, not_before=NOW, reason="timeout")
    assert "may have reached #nk; it is being looked up: timeout" in room(f"why {LINK}")
    again = room.store.deliveries.claim_unknown(
        lease="m", lease_until=NOW + timedelta(1), attempted_before=NOW, now=NOW
    )
    assert again is not None
    finish(again, DeliveryState.REJECTED, not_before=NOW, reason="invalid_blocks")
    assert "refused by #nk: invalidˍblocks" in room(f"why {LINK}")
    room.store.deliveries.requeue_dead(now=NOW)
    finish(claim(room), DeliveryState.SENT, not_before=NOW, ts="1.0", sent_at=NOW)
    assert "sent to #nk <!date^" in room(f"why {LINK}")


def test_a_baseline_entry_was_recorded_without_alert(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"), first=True)
    words = room(f"why {LINK}")
    assert "It was there before the feed was watched" in words
    assert "*W1*, recorded without an alert — why: *Landmines* (title)" in words


def test_a_repeat_is_explained_with_the_first_report(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room.publish(replace(story(1, "Landmines"), key="other"))
    assert "Its story has 1 more report: `/watch story S" in room(f"why {LINK}")


def test_a_rule_changed_or_removed_since_is_said(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    room("edit W1 level:flash")
    assert "*W1*, version 1 — why" in room(f"why {LINK}")
    room("remove W1 yes")
    assert "removed since" in room(f"why {LINK}")


def test_without_a_rule_it_names_the_nearest_and_what_it_lacked(room: Room) -> None:
    room.publish(story(1, "Missile seen"))
    assert "No rule fired, and none came near" in room(f"why {LINK}")
    room("add missile* location:Sohae yes")
    room("add missile* rocket* radar bunker yes")
    words = room(f"why {LINK}")
    assert "No rule fired. Nearest: *W1*, which found `missile*` but not `location:Sohae`" in words
    room("add missile* seen bunker yes")
    assert "Nearest: *W3*" in room(f"why {LINK}")  # as little is missing, but more is found
    room("remove W3 yes")
    room("edit W1 missile* -seen yes")
    assert "*W1*, which found `missile*` but excludes `seen`" in room(f"why {LINK}")
    room("edit W1 missile* lang:fr yes")
    assert "but not what narrows it, such as lang:" in room(f"why {LINK}")


def test_a_rule_that_would_fire_now_is_named(room: Room) -> None:
    room.publish(story(1, "Landmines"))
    room("add landmine* yes")
    assert "No rule fired then. *W1* would now" in room(f"why {LINK}")


def test_many_rules_and_channels_stay_short(room: Room) -> None:
    for number in range(6):
        room(f"add landmine* in:#c{number} yes")
    room.publish(story(1, "Landmines"))
    words = room(f"why {LINK}")
    assert "• and W3, W4, W5, W6" in words
    assert "→ and 4 more channels" in words
    assert len(words.split("\n")) // 2 <= 8


def test_words_find_the_newest_entry_that_has_them(room: Room) -> None:
    room.publish(story(1, "Landmines near the bridge"), story(2, "Landmines at the river bank"))
    words = room("why “landmines the”")
    assert "river bank" in words
    assert "1 other entries have these words too" in words
    assert "No stored entry has all of these words: `landmines zzz`" in room.refused(
        "why landmines zzz"
    )


def test_an_unknown_link_says_whether_its_site_is_watched(room: Room) -> None:
    words = room.refused("why https://news.other.example/9")
    assert "I have never seen `https://news.other.example/9`" in words
    assert "No feed of other.example is watched" in words
    assert "`/watch feed add other.example`" in words
    room.feed()
    words = room.refused("why https://www.harbour.example/9", as_=BOSS)
    assert (
        "`F1` <https://harbour.example/rss|Harbour Wire> (harbour.example) is of that site" in words
    )
    assert "not polled yet" in words


def test_nothing_and_nonsense_say_how_to_ask(room: Room) -> None:
    assert "`/watch why https://" in room.refused("why")
    assert "That is no link" in room.refused("why ftp://x")


def test_what_kept_a_rule_silent_is_told_with_it(room: Room) -> None:
    room("add landmine* name:Mines yes")
    room("add landmine* outlets:2 in:#dmz yes")
    room("mute W1 4h")
    room.publish(story(1, "Landmines"))
    room.forward(days=1)
    words = room(f"why {LINK}")
    assert "*Mines* (W1), muted until <!date^1778688000^" in words
    assert "by <@U0ANA0000> (`M1`) — why: *Landmines* (title)" in words
    assert "*W2*, waits for 2 outlets, of which 1 told it — why" in words
    assert "→" not in words  # nobody was owed it


def test_what_will_keep_an_alert_silent_that_waits_is_told_too(room: Room) -> None:
    room("add landmine* name:Mines yes")
    room("quiet 11:00-20:00 UTC")
    room.publish(story(1, "Landmines"))
    deliver_due(Courier(room.store, RecordingSink(), room.clock))
    words = room(f"why {LINK}")
    assert "(quiet hours), then goes to #nk" in words
    assert "muted" not in words
    room("mute W1 1d")
    words = room(f"why {LINK}")
    assert "*Mines* (W1), muted until <!date^" in words
    assert "(quiet hours), then goes, unless it is still muted, to #nk" in words
    room.now[0] = NOW.replace(hour=20)
    deliver_due(Courier(room.store, RecordingSink(), room.clock))
    words = room(f"why {LINK}")
    assert "*Mines* (W1), muted until <!date^" in words
    assert "kept silent in #nk: it was muted before anybody saw it" in words


def test_a_report_of_a_known_story_names_the_first_and_its_alert(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    finish(room, ts="1.0")
    room.publish(story(2, "More landmines"))
    room.store.stories.move(2, 1)
    words = room("why https://harbour.example/2")
    assert f"It was news of a story that was known, S1: <{LINK}|Landmines>" in words
    assert "sent to #nk" in words
    assert "(<https://chat.example/" not in words  # a terminal has no such address


def finish(room: Room, ts: str) -> None:
    sent = DeliveryState.SENT
    room.store.deliveries.finish(claim(room), sent, not_before=NOW, ts=ts, sent_at=NOW)


def test_a_repeat_names_what_it_repeats(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines laid along the river"))
    other = room.feed("Second", "https://second.example/rss")
    room.publish(replace(story(1, "Landmines laid along the river"), key="other"), feed=other)
    repeat = room.store.entries.get(2)
    assert repeat is not None
    told = room.store.entries.of_story(1)
    said = _decided(repeat, told)
    assert said.startswith("It repeats an entry seen before, which alerts no second time: <")


def test_an_alert_over_the_budget_says_where_it_stands(room: Room) -> None:
    room("add landmine* yes")
    room.publish(story(1, "Landmines"))
    outbox = room.store.deliveries
    for kind, words in (
        ("rolling", "its messages of the hour were spent"),
        ("catchup", "what was missed"),
        ("strange", "a message there stands for it and others"),
    ):
        stands = outbox.stand_in("#nk", kind, f"x{kind}", now=NOW, due=NOW)
        room.store._db.run(
            "update deliveries set state = 'held', held_in = :id where kind = 'post'",
            {"id": stands},
        )
        assert f"held back in #nk: {words}" in room(f"why {LINK}") or words in room(f"why {LINK}")
    room.store._db.run("update deliveries set held_in = null where kind = 'post'")
    assert "a message there stands for it and others" in room(f"why {LINK}")


def test_the_nearest_rule_is_the_one_of_then(room: Room) -> None:
    room("add missile* location:Sohae yes")
    room.publish(story(1, "Missile seen"))
    room.forward(hours=1)
    room("edit W1 missile* reactor* yes")
    words = room(f"why {LINK}")
    assert "Nearest: *W1*, version 1, which found `missile*` but not `location:Sohae`" in words
    room("remove W1 yes")
    assert "Nearest: *W1*, version 1, removed since, which found" in room(f"why {LINK}")


def test_a_rule_younger_than_the_entry_is_not_said_to_have_been_near(room: Room) -> None:
    room.publish(story(1, "Missile seen"))
    room.forward(hours=1)
    room("add missile* location:Sohae yes")
    assert "No rule fired, and none came near." in room(f"why {LINK}")


def test_a_rule_that_was_paused_would_have_fired(room: Room) -> None:
    room("add missile* yes")
    room("pause W1 4h")
    room.publish(story(1, "Missile seen"))
    room.forward(days=1)
    assert "No rule fired. *W1*, version 2 would have" not in room(f"why {LINK}")
    assert "No rule fired. *W1* would have, but was paused." in room(f"why {LINK}")


def test_what_lost_its_text_says_so(room: Room) -> None:
    room.publish(story(1, "Missile seen"))
    room.store._db.run("update entries set title = '', summary = '' where id = 1")
    assert "Its text is forgotten since" in room(f"why {LINK}")
