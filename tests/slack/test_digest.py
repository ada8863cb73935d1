"""Digests through the real app: what is new to whom, sharing once, the chart, the schedule."""

from __future__ import annotations

from tests.commands.parts import BEN, story
from tests.servers.block_kit import problems
from tests.slack.parts import BOTH_WAYS, NK, Office, buttons, words

pytestmark = BOTH_WAYS


def shared(office: Office) -> list[str]:
    """Return the digests that stand in #nk-alerts, each checked as Slack would."""
    office.deliver()
    found = [one for one in office.slack.messages(NK) if "Shared by" in words(one)]
    assert not any(problems({"text": one["text"], "blocks": one["blocks"]}) for one in found)
    return [words(one) for one in found]


def landmines(office: Office) -> None:
    office.command("add landmine*")
    office.room.publish(story(1, "Landmines & <b>more</b> <!channel>"))
    office.room.forward(minutes=1)


def test_the_digest_is_private_until_shared(office: Office) -> None:
    landmines(office)
    said = office.command("24h", name="/digest")
    assert "Landmines" in said
    assert "Only you see this" in said
    assert shared(office) == []
    assert "Shared in" in office.press_in(office.last, "share")
    assert office.last["replace_original"] is False
    [digest] = shared(office)
    assert "Landmines" in digest
    assert "Shared by *ana*" in digest


def test_a_button_pressed_twice_shares_once(office: Office) -> None:
    landmines(office)
    office.command("24h", name="/digest")
    value = buttons(office.last)["share"]
    office.press("share", value)
    assert "already; once is enough" in office.press("share", value)
    assert len(shared(office)) == 1
    office.room.forward(minutes=1)
    office.command("24h", name="/digest")  # another digest, another button
    office.press_in(office.last, "share")
    assert len(shared(office)) == 2


def test_what_is_new_is_new_to_each_person(office: Office) -> None:
    landmines(office)
    assert "*1 new* since" not in office.command("24h", name="/digest")
    office.room.publish(story(2, "A landmine removed"))
    office.room.forward(minutes=1)
    assert "*1 new* since" in office.command("24h", name="/digest")
    assert "new* since" not in office.command("24h", name="/digest", user=BEN)
    assert "*0 new* since" in office.command("24h", name="/digest")
