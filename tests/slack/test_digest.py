"""Digests through the real app: what is new to whom, sharing once, the chart, the schedule."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.commands.access import hidden_in
from bot.config import Secret
from bot.schedule import Press, owe_digests
from bot.sinks.slack.files import SlackPictures
from bot.slack_app import front
from bot.slack_app.directory import SlackDirectory
from tests.commands.parts import ANA, BEN, GAZETTEER, NOW, story
from tests.servers.block_kit import problems
from tests.slack.parts import BOTH_WAYS, DMZ, NK, Office, buttons, words

pytestmark = BOTH_WAYS


def shared(office: Office) -> list[str]:
    """Return the digests that stand in #nk-alerts, each checked as Slack would."""
    office.deliver()
    found = [one for one in office.slack.messages(NK) if "Shared by" in words(one)]
    assert not any(problems({"text": one["text"], "blocks": one["blocks"]}) for one in found)
    return [words(one) for one in found]


def landmines(office: Office) -> None:
    office.command("add landmine* yes")
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


# ── the chart ─────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try a picture again without a pause."""
    monkeypatch.setattr(front, "PICTURE_WAITS_S", (0, 0))


def pictured(answer: dict[str, Any]) -> list[str]:
    """Return the ids of the files that a message shows."""
    return [one["slack_file"]["id"] for one in answer["blocks"] if one["type"] == "image"]


def test_a_digest_shows_its_chart_with_words_for_it(office: Office) -> None:
    landmines(office)
    said = office.command("24h", name="/digest")
    [file_id] = pictured(office.last)
    file = office.slack.files[file_id]
    assert (file.content or b"").startswith(b"\x89PNG")
    assert (
        file.alt
        == "Entries per day over 14 days. W1 landmine*: 1 in the last 24 h, usually 0.1, 1 in all."
    )
    assert file.alt in said
    assert "▁" not in said
    [shared_too] = shared_after(office)
    assert len(pictured(shared_too)) == 1


def shared_after(office: Office) -> list[dict[str, Any]]:
    office.press_in(office.last, "share")
    office.deliver()
    return [one for one in office.slack.messages(NK) if "Shared by" in words(one)]


def test_a_chart_that_takes_slack_a_moment_is_tried_again(office: Office) -> None:
    landmines(office)
    office.slack.files_settle = 2
    office.command("24h", name="/digest")
    assert len(pictured(office.last)) == 1


def test_bars_of_letters_stand_for_a_chart_that_slack_refuses(office: Office) -> None:
    landmines(office)
    office.slack.files_settle = 9
    said = office.command("24h", name="/digest")
    assert "▁▁▁▁▁▁▁▁▁▁▁▁▁█" in said
    assert pictured(office.last) == []
    assert "Only you see this" in said


def test_without_the_right_to_upload_there_are_bars_and_status_says_why(office: Office) -> None:
    landmines(office)
    office.slack.scopes.discard("files:write")
    assert "▁▁▁▁▁▁▁▁▁▁▁▁▁█" in office.command("24h", name="/digest")
    [shared_too] = shared_after(office)
    assert "█" in words(shared_too)
    assert "`files:write`" in office.command("status")


def test_nothing_is_drawn_of_nothing(office: Office) -> None:
    office.command("24h", name="/digest")
    assert pictured(office.last) == []
    assert office.slack.files == {}


# ── the schedule ──────────────────────────────────────────────────────────────


def morning(office: Office) -> None:
    """Let the next morning come in Seoul, where Ana lives, and what is due be sent."""
    office.room.now[0] = NOW.replace(hour=23, minute=30)
    pictures = SlackPictures(Secret(office.slack.token), office.slack.api_url)
    desk, directory = office.room.desk, SlackDirectory(office.app.client)
    hidden = partial(hidden_in, replace(desk, directory=directory))
    owe_digests(Press(office.room.store, lambda: GAZETTEER, office.room.clock, hidden, pictures))
    office.deliver()


def scheduled(office: Office, channel: str = NK) -> list[dict[str, Any]]:
    found = [one for one in office.slack.messages(channel) if "D1 daily" in words(one)]
    assert not any(problems({"text": one["text"], "blocks": one["blocks"]}) for one in found)
    return found


def test_a_scheduled_digest_comes_with_its_chart(office: Office) -> None:
    landmines(office)
    said = office.command("schedule daily 08:30", name="/digest")
    assert "every day at 08:30 (Asia/Seoul): the rules of" in said
    assert "*ana* scheduled a digest here" in words(office.slack.messages(NK)[-1])
    assert scheduled(office) == []
    morning(office)
    morning(office)
    [digest] = scheduled(office)
    assert "Landmines" in words(digest)
    assert len(pictured(digest)) == 1


def test_a_schedule_is_taken_back_with_a_button(office: Office) -> None:
    office.command("schedule daily 08:30", name="/digest")
    assert "comes no more" in office.press_in(office.last, "undo_schedule")
    assert office.last["replace_original"] is True
    assert "*ana* ended the digest" in words(office.slack.messages(NK)[-1])
    morning(office)
    assert scheduled(office) == []


def test_in_direct_messages_with_the_app_it_is_personal(office: Office) -> None:
    office.command("add landmine* yes", user=BEN)
    office.command("schedule daily 08:30 asia/seoul", name="/digest", at="D0ANA0000")
    morning(office)
    assert "Nothing matched since" in words(office.slack.messages("D0ANA0000")[-1])


def test_while_slack_is_away_it_waits_rather_than_leave_rules_out(office: Office) -> None:
    office.slack.channels[DMZ].members.add(ANA)
    office.command("add landmine* yes", at=DMZ)
    office.command("schedule daily 08:30 all", name="/digest")
    office.room.publish(story(1, "Landmines"))
    office.slack.faults.push("http_before_accept", method="conversations.info")
    morning(office)
    assert scheduled(office) == []
    morning(office)
    morning(office)
    [digest] = scheduled(office)
    assert "Landmines" in words(digest)


def test_while_slack_is_away_nothing_is_shared_with_rules_left_out(office: Office) -> None:
    office.slack.channels[DMZ].members.add(ANA)
    office.command("add landmine* yes", at=DMZ)
    office.room.publish(story(1, "Landmines"))
    office.room.forward(minutes=3)
    office.command("24h", name="/digest")
    office.slack.faults.push("error", method="conversations.info", channel=DMZ, code="fatal_error")
    value = buttons(office.last)["share"]
    assert "Nothing was saved" in office.press("share", value)
    assert shared(office) == []
    assert "Shared in" in office.press("share", value)
    assert "Landmines" in shared(office)[0]


def test_it_may_be_for_another_channel_as_slack_writes_it(office: Office) -> None:
    office.slack.channels[DMZ].members.add(ANA)
    said = office.command(f"schedule weekly monday 08:30 in:<#{DMZ}|dmz>", name="/digest")
    assert f"<#{DMZ}>, on Mondays at 08:30" in said
    assert "`D1`" in office.command("schedule", name="/digest")
