"""Who may see and change what: a private channel is the business of those who are in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands import ACTIONS, Asker
from bot.commands.access import may_change, may_see
from bot.commands.changes import SHARE
from bot.commands.desk import CONSOLE
from bot.commands.pace import MOST, WITHIN, Pace
from bot.core.models import DeliveryState, Rule
from bot.core.render import notice_message
from tests.commands.parts import (
    ANA,
    BEN,
    BOSS,
    NOW,
    Room,
    Town,
    open_room,
    owed_digests,
    story,
)

CARLA = "U0CARLA00"
OPEN, TEAM = "#nk", "#team"  # everybody reads #nk; #team is private: Ben and Carla are in it
PEOPLE = (ANA, BEN, CARLA, BOSS)


@pytest.fixture
def town() -> Town:
    return Town(members={OPEN: {ANA, BEN}, TEAM: {BEN, CARLA}, "#dmz": set()}, private={TEAM})


@pytest.fixture
def room(town: Town) -> Iterator[Room]:
    with open_room(directory=town) as made:
        yield made


@pytest.fixture
def secret(room: Room) -> Rule:
    """Ben's rule in the private channel, which fired and was posted there."""
    room('add sanctions name:"Project Heron" yes', as_=BEN, at=TEAM)
    room("add landmine* yes")
    room.publish(story(1, "Sanctions on a harbour"), story(2, "Landmines and sanctions"))
    room.forward(minutes=1)
    rule = room.store.rules.get(1)
    assert rule is not None
    return rule


@pytest.mark.parametrize(
    ("user", "at", "sees", "changes"),
    [
        (BEN, "#dmz", True, True),  # its owner, from anywhere
        (CARLA, "#dmz", True, True),  # a member, from anywhere
        (CARLA, TEAM, True, True),
        (ANA, OPEN, False, False),
        (BOSS, OPEN, False, False),  # admins read no private channels
        (BOSS, TEAM, True, True),
        (CONSOLE, "#dmz", True, True),
    ],
)
def test_a_rule_of_a_private_channel(
    room: Room, secret: Rule, user: str, at: str, *, sees: bool, changes: bool
) -> None:
    asker = Asker(user=user, channel=at)
    assert may_see(room.desk, asker, secret) is sees
    assert may_change(room.desk, asker, secret) is changes


@pytest.mark.parametrize(
    ("user", "at", "changes"),
    [
        (ANA, "#dmz", True),  # its owner
        (BEN, "#dmz", True),  # a member of #nk
        (CARLA, OPEN, True),  # typed there
        (CARLA, "#dmz", False),  # in the workspace, but not in #nk
        (BOSS, "#dmz", True),  # an admin
    ],
)
def test_a_rule_of_a_public_channel(room: Room, user: str, at: str, *, changes: bool) -> None:
    room("add landmine* yes")
    rule = room.store.rules.get(1)
    assert rule is not None
    asker = Asker(user=user, channel=at)
    assert may_see(room.desk, asker, rule)
    assert may_change(room.desk, asker, rule) is changes


@pytest.mark.usefixtures("secret")
def test_who_left_a_private_channel_keeps_a_hand_on_their_own_rule_only(
    room: Room, town: Town
) -> None:
    room("add embargo yes", as_=CARLA, at=TEAM)
    town.members[TEAM].clear()
    assert "Project Heron" in room("show W1", as_=BEN)
    assert "There is no rule W3" in room.refused("show W3", as_=BEN)


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("action_id", sorted(ACTIONS))
def test_a_button_made_by_hand_does_nothing_and_tells_nothing(room: Room, action_id: str) -> None:
    owed = [post.id for post in room.store.deliveries.posts(1)]
    assert len(owed) == 1
    notice = room.store.deliveries.tell(OPEN, "flood:x", notice_message("x"), now=NOW)
    before = list(room.store._db._conn.iterdump())
    for value in ("", "x", "²", "1", "-1", "1.2", "x.y", "1.x", "9.9", "1.off", *owed, notice):
        for forged in (value, f"{value}.u.-", f"{value}.1", "9" * 400):
            if action_id == SHARE:  # posts what /digest shows anybody
                continue
            said = room.press_refused(action_id, forged, as_=ANA)
            assert not {"Heron", "team"} & set(re.findall(r"\w+", said)), said
    assert list(room.store._db._conn.iterdump()) == before


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("user", [ANA, BOSS])
@pytest.mark.parametrize(
    "line",
    [
        "list",
        "list all",
        f"list {TEAM}",
        "status",
        "why https://harbour.example/1",
        "why https://harbour.example/2",
        "digest 24h",
        "digest sanctions",
        "history",
    ],
)
def test_no_answer_tells_a_stranger_of_a_private_channel(room: Room, line: str, user: str) -> None:
    room.store.channels.pause(TEAM, until=NOW, reason="is_archived", advice="", now=NOW)
    said = room(line, as_=user)
    said = said.replace("W12", "").replace("in #team", "")  # an example, and what was asked
    assert not {"Heron", "W1", "team"} & set(re.findall(r"\w+", said)), said
    assert "Heron" in room("list all", as_=CARLA)


@pytest.mark.usefixtures("secret")
def test_a_private_channel_is_not_told_from_one_that_does_not_exist(room: Room) -> None:
    assert room(f"list {TEAM}").replace(TEAM, "#none") == room("list #none")
    for refused in ("resume {}", "add flood in:{}"):
        hidden, none = (room.refused(refused.format(name)) for name in (TEAM, "#none"))
        assert hidden.replace(TEAM, "#none") == none


@pytest.mark.parametrize("user", [ANA, BOSS])
@pytest.mark.parametrize(
    "line", ["show W1", "edit W1 +x", "remove W1", "pause W1", "resume W1", "digest 24h W1"]
)
def test_a_hidden_rule_is_not_told_from_one_that_does_not_exist(
    room: Room, secret: Rule, line: str, user: str
) -> None:
    assert room.refused(line, as_=user).replace("W1", "W9") == room.refused(
        line.replace("W1", "W9"), as_=user
    )
    assert room.store.rules.get(1) == secret


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("action_id", ["undo", "remove"])
def test_a_button_seen_over_a_shoulder_is_of_no_use(room: Room, action_id: str) -> None:
    assert "There is no rule W1" in room.press_refused(action_id, "1.1", as_=ANA)
    assert not room.store.rules.is_removed(1)


def test_undo_is_for_those_who_still_may(room: Room, town: Town) -> None:
    room("add embargo yes", as_=BEN, at=TEAM)
    room("remove W1 yes", as_=CARLA, at=TEAM)
    town.members[TEAM].discard(CARLA)
    assert "There is no rule W1" in room.refused("undo", as_=CARLA)
    assert room.store.rules.is_removed(1)


@pytest.mark.usefixtures("secret")
def test_why_says_no_more_than_the_asker_may_know(room: Room) -> None:
    only_secret = "why https://harbour.example/1"
    assert "No rule that you can see fired" in room(only_secret)
    assert "Project Heron" in room(only_secret, as_=CARLA)
    both = room("why https://harbour.example/2")
    assert "W2" in both
    assert "on its way to #nk" in both


def test_why_names_no_rule_that_nearly_fired_in_private(room: Room) -> None:
    room("add heron OR (harbour missing) yes", as_=BEN, at=TEAM)
    room.publish(story(1, "A harbour"))
    assert "none came near" in room("why https://harbour.example/1")
    room("edit W1 harbour yes", as_=BEN, at=TEAM)
    assert "would now" not in room("why https://harbour.example/1")
    assert "would now" in room("why https://harbour.example/1", as_=CARLA)


@pytest.mark.usefixtures("secret")
def test_a_shared_digest_tells_a_channel_only_what_it_may_know(room: Room) -> None:
    assert "Heron" in room("digest 24h", as_=BEN)
    room("digest 24h share", as_=BEN, at=OPEN)
    [shared] = owed_digests(room, OPEN)
    assert "Heron" not in shared
    assert "Sanctions on a harbour" not in shared
    room("digest 24h share", as_=BEN, at=TEAM)
    assert "Heron" in owed_digests(room, TEAM)[0]


def test_rules_in_direct_messages_are_their_owners(room: Room) -> None:
    room("add landmine* yes", at="D0ANA0000")
    assert "landmine" in room("list mine")
    assert "landmine" not in room("list all", as_=BEN)
    assert "There is no rule" in room.refused("show W1", as_=BOSS)


def test_an_archived_channel_is_listed_but_takes_no_rule(room: Room, town: Town) -> None:
    room("add landmine* yes")
    town.archived.add(OPEN)
    assert "landmine" in room(f"list {OPEN}")
    assert "is archived" in room.refused(f"add flood in:{OPEN}")


@pytest.mark.parametrize(("user", "at"), [(BEN, "#dmz"), (BOSS, "#dmz"), (CARLA, OPEN)])
def test_what_waits_for_a_channel_is_sent_on_by_members_and_admins(
    room: Room, user: str, at: str
) -> None:
    room.store.channels.pause(OPEN, until=NOW, reason="not_in_channel", advice="", now=NOW)
    assert "is for its members and for admins" in room.refused(
        f"resume {OPEN}", as_=CARLA, at="#dmz"
    )
    assert "Trying #nk again" in room(f"resume {OPEN}", as_=user, at=at)
    assert room.store.channels.works(OPEN, not_before=NOW, now=NOW), "until it works"


def test_who_has_a_rule_there_may_send_on_what_waits(room: Room) -> None:
    room("add landmine* yes", as_=CARLA, at=OPEN)
    room.store.channels.pause(OPEN, until=NOW, reason="not_in_channel", advice="", now=NOW)
    assert "Trying" in room(f"resume {OPEN}", as_=CARLA, at="#dmz")


@pytest.mark.usefixtures("secret")
def test_what_another_channel_got_is_not_told_with_ones_own(room: Room) -> None:
    delivery = room.store.deliveries.claim(
        lease="l", lease_until=NOW + timedelta(minutes=5), now=room.clock()
    )
    while delivery is not None:
        room.store.deliveries.finish(
            delivery, DeliveryState.SENT, not_before=NOW, ts="1.1", sent_at=NOW
        )
        delivery = room.store.deliveries.claim(
            lease="l", lease_until=NOW + timedelta(minutes=5), now=room.clock()
        )
    said = room("why https://harbour.example/2")
    assert "chat.example/nk" in said
    assert "chat.example/team" not in said
    assert "chat.example/team" in room("why https://harbour.example/2", as_=CARLA)


# ── pace ──────────────────────────────────────────────────────────────────────


def paced(room: Room) -> Room:
    return replace(room, desk=replace(room.desk, pace=Pace()))


@pytest.mark.parametrize(
    "heavy",
    [
        "test flood",
        "add flood",
        "why https://x.example/1",
        "digest 24h",
        "digest flood",
        "edit W1 x",
    ],
)
def test_heavy_commands_are_paced_and_say_how_long_to_wait(room: Room, heavy: str) -> None:
    room = paced(room)
    for number in range(MOST):
        room(f"test word{number}")
    room.forward(seconds=4.2)
    said = room.refused(heavy)
    assert f"{MOST} big searches within {WITHIN.seconds} seconds" in said
    assert "*Wait 16 s*" in said
    assert room.store.rules.live() == []
    assert "No rules" in room("list")
    room("test flood", as_=BEN)  # nobody waits for anybody else
    room.forward(seconds=15.8)
    room("test flood")


def test_feeds_are_added_at_a_pace_too(room: Room) -> None:
    room = paced(room)
    for _ in range(MOST):
        room.refused("feed add not-a-feed.invalid:0", as_=BOSS)
    assert "*Wait 20 s*" in room.refused("feed add not-a-feed.invalid:0", as_=BOSS)


def test_sharing_counts_as_asking(room: Room) -> None:
    room = paced(room)
    for _ in range(MOST):
        room.press("share", "24h")
    assert "*Wait 20 s*" in room.press_refused("share", "24h")


def test_the_terminal_waits_for_nobody(room: Room) -> None:
    room = paced(room)
    for _ in range(2 * MOST):
        room("test flood", as_=CONSOLE)


def test_the_memory_of_the_pace_is_bounded_and_a_clock_put_back_harmless() -> None:
    pace = Pace()
    for number in range(10_500):
        pace.take(f"U{number}", now=NOW)
    assert len(pace._asked) == 10_000
    for _ in range(MOST):
        assert pace.take("U", now=NOW) == 0
    assert pace.take("U", now=NOW) == WITHIN.seconds
    assert pace.take("U", now=NOW - timedelta(hours=1)) == 0
