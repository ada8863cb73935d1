"""Why something was, or was not, alerted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.models import Delivery, DeliveryState, Message
from tests.commands.parts import BOSS, NOW, Room, story

LINK = "https://harbour.example/1"


def claim(room: Room) -> Delivery:
    delivery = room.store.deliveries.claim(lease="l", lease_until=NOW + timedelta(1), now=NOW)
    assert delivery is not None
    room.store.deliveries.freeze(delivery.id, Message(text="x"))
    return delivery


def test_an_alert_names_its_rules_their_reasons_and_where_it_stands(room: Room) -> None:
    room('add landmine* name:"Mines"')
    room("add location:Sohae in:#dmz")
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
    room("add landmine*")
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
    room("add landmine*")
    room.publish(story(1, "Landmines"), first=True)
    words = room(f"why {LINK}")
    assert "It was there before the feed was watched" in words
    assert "*W1*, recorded without an alert — why: *Landmines* (title)" in words


def test_a_repeat_is_explained_with_the_first_report(room: Room) -> None:
    room("add landmine*")
    room.publish(story(1, "Landmines"))
    room.publish(replace(story(1, "Landmines"), key="other"))
    assert "Seen 1 more time, in other feeds or under changed ids" in room(f"why {LINK}")


def test_a_rule_changed_or_removed_since_is_said(room: Room) -> None:
    room("add landmine*")
    room.publish(story(1, "Landmines"))
    room("edit W1 level:flash")
    assert "*W1*, version 1 — why" in room(f"why {LINK}")
    room("remove W1 yes")
    assert "removed since" in room(f"why {LINK}")


def test_without_a_rule_it_names_the_nearest_and_what_it_lacked(room: Room) -> None:
    room.publish(story(1, "Missile seen"))
    assert "No rule fired, and none came near" in room(f"why {LINK}")
    room("add missile* location:Sohae")
    room("add missile* rocket* radar bunker")
    words = room(f"why {LINK}")
    assert "No rule fired. Nearest: *W1*, which found `missile*` but not `location:Sohae`" in words
    room("add missile* seen bunker")
    assert "Nearest: *W3*" in room(f"why {LINK}")  # as little is missing, but more is found
    room("remove W3 yes")
    room("edit W1 missile* -seen")
    assert "*W1*, which found `missile*` but excludes `seen`" in room(f"why {LINK}")
    room("edit W1 missile* lang:fr")
    assert "but not what narrows it, such as lang:" in room(f"why {LINK}")


def test_a_rule_that_would_fire_now_is_named(room: Room) -> None:
    room.publish(story(1, "Landmines"))
    room("add landmine*")
    assert "No rule fired then. *W1* would now" in room(f"why {LINK}")


def test_many_rules_and_channels_stay_short(room: Room) -> None:
    for number in range(6):
        room(f"add landmine* in:#c{number}")
    room.publish(story(1, "Landmines"))
    words = room(f"why {LINK}")
    assert "• and W4, W5, W6" in words
    assert "→ and 4 more channels" in words


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
