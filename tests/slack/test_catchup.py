"""The buttons of messages that stand for others: after an outage, and when a channel refused."""

from __future__ import annotations

import pytest

from bot.config import Secret
from bot.core.models import DeliveryState
from bot.deliver import Courier, deliver_due
from bot.sinks.slack import SlackSink
from tests.commands.parts import ANA, BEN, BOSS, NOW, story
from tests.servers.block_kit import problems
from tests.slack.parts import BOTH_WAYS, DMZ, NK, Office, buttons, words

pytestmark = BOTH_WAYS

SHOWN = ("Landmines &lt;!channel&gt;", "A landmine &amp; &lt;b&gt;more&lt;/b&gt;")


def deliver(office: Office) -> None:
    """Send what is owed to the real sink, however long its pace takes."""
    sink = SlackSink(Secret(office.slack.token), office.slack.api_url)
    courier = Courier(office.room.store, sink, office.room.clock)
    for _ in range(12):
        office.room.forward(seconds=10)
        deliver_due(courier)


def after_an_outage(office: Office) -> dict[str, str]:
    """Hold two stories in #nk-alerts; return the buttons of the message that stands for them."""
    room = office.room
    office.command("add landmine* yes")
    room.publish(story(1, "Rice"))
    room.forward(hours=6, minutes=10)
    room.store.outages.add(began_at=NOW, ended_at=room.clock(), is_restore=False)
    room.publish(story(2, "Landmines <!channel>"), story(3, "A landmine & <b>more</b>"))
    deliver(office)
    return buttons(last(office))


def last(office: Office, channel: str = NK) -> dict[str, object]:
    message = office.slack.messages(channel)[-1]
    assert problems({"text": message["text"], "blocks": message["blocks"]}) == []
    return message


def posted(office: Office) -> str:
    return "\n".join(words(message) for message in office.slack.messages(NK))


def test_all_that_waited_is_posted(office: Office) -> None:
    offered = after_an_outage(office)
    assert offered.keys() == {"catchup_post", "catchup_digest", "catchup_dismiss"}
    assert len(office.slack.messages(NK)) == 2  # the line about the rule, and the one of all
    assert "Posting 2 alerts here" in office.press("catchup_post", offered["catchup_post"])
    assert office.last["replace_original"] is False  # the message is everybody's
    deliver(office)
    messages = office.slack.messages(NK)
    assert len(messages) == 4
    assert "Posted by *ana*" in words(messages[1])
    assert "catchup_post" not in words(messages[1])
    assert all(shown in words(messages[2]) + words(messages[3]) for shown in SHOWN)
    assert f"sent what waited by <@{ANA}>: 2 alerts" in office.command(f"history <#{NK}|nk>")


def test_what_waited_is_marked_as_seen(office: Office) -> None:
    offered = after_an_outage(office)
    assert "2 alerts marked as seen" in office.press("catchup_dismiss", offered["catchup_dismiss"])
    deliver(office)
    assert len(office.slack.messages(NK)) == 2
    assert "Marked as seen by *ana*" in words(last(office))
    assert office.room.store.deliveries.counts()[DeliveryState.DISMISSED] == 2
    assert "dismissed" in office.command("why <https://harbour.example/2>")
    assert "spared what waited" in office.command(f"history <#{NK}|nk>")


def test_what_waits_is_shown_to_who_asks_alone(office: Office) -> None:
    offered = after_an_outage(office)
    said = office.press("catchup_digest", offered["catchup_digest"], user=BEN)
    assert all(shown in said for shown in SHOWN)
    assert office.last["replace_original"] is False
    assert office.room.store.deliveries.counts()[DeliveryState.HELD] == 2
    assert len(office.slack.messages(NK)) == 2


@pytest.mark.parametrize("second", ["catchup_post", "catchup_dismiss", "catchup_digest"])
def test_who_comes_second_is_told(office: Office, second: str) -> None:
    offered = after_an_outage(office)
    office.press("catchup_dismiss", offered["catchup_dismiss"])
    assert "decided already" in office.press(second, offered[second], user=BEN)
    deliver(office)
    assert len(office.slack.messages(NK)) == 2
    assert "not on record any more" in office.press(second, "no-such-delivery")


def test_who_has_no_say_in_a_channel_decides_nothing_there(office: Office) -> None:
    offered = after_an_outage(office)
    held = offered["catchup_post"]
    for action_id in ("catchup_post", "catchup_dismiss"):
        said = office.press(action_id, held, user=BEN, at=DMZ)
        assert "for its members and for admins" in said
    assert office.room.store.deliveries.counts()[DeliveryState.HELD] == 2
    assert "Posting 2" in office.press("catchup_post", held, user=BOSS, at=DMZ)


def test_in_a_private_channel_not_even_admins_decide_or_look(office: Office) -> None:
    office.slack.channels[NK].private = True
    offered = after_an_outage(office)
    held = offered["catchup_post"]
    for action_id in offered:
        assert "not on record" in office.press(action_id, held, user=BOSS, at=DMZ)
    assert office.room.store.deliveries.counts()[DeliveryState.HELD] == 2
    assert "Posting 2" in office.press("catchup_post", held, at=DMZ)  # Ana is a member


def test_a_refused_channel_is_resumed_by_the_button_of_its_notice(office: Office) -> None:
    office.command("add landmine* yes")
    office.room.publish(story(1, "Landmines"))
    office.slack.channels[NK].archived = True
    deliver(office)
    notice = last(office, "D" + ANA[1:])
    assert "is kept, nothing is lost" in words(notice)
    office.slack.channels[NK].archived = False
    said = office.press("resume_channel", buttons(notice)["resume_channel"], at="D" + ANA[1:])
    assert f"Trying <#{NK}> again now" in said
    assert office.last["replace_original"] is False  # the notice is a delivery of its own
    deliver(office)
    assert "Landmines" in posted(office)
    again = office.press("resume_channel", NK, at="D" + ANA[1:])
    assert "takes alerts again already" in again
    assert f"resumed by <@{ANA}>" in office.command(f"history <#{NK}|nk>")


def test_a_refused_channel_is_resumed_by_nobody_else(office: Office) -> None:
    office.command("add landmine* yes")
    office.room.store.channels.pause(NK, until=NOW, reason="is_archived", advice="", now=NOW)
    said = office.press("resume_channel", NK, user=BEN, at="D" + BEN[1:])
    assert "is for its members and for admins" in said
    assert office.room.store.channels.paused() != []
