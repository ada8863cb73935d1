"""Who may see and change what, as Slack tells who is where."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.pace import MOST, Pace
from bot.config import Secret
from bot.slack_app import build_app
from tests.commands.parts import ANA, BEN, BOSS, story
from tests.slack.parts import BOTH_WAYS, DMZ, NK, SECRET, TEAM, Office

pytestmark = BOTH_WAYS


def test_what_a_private_channel_watches_for_is_not_told_to_strangers(office: Office) -> None:
    office.command('add sanctions name:"Project Heron" yes', user=BEN, at=TEAM)
    office.room.publish(story(1, "Sanctions on a harbour"))
    office.room.forward(minutes=1)
    lines = ["list", "list all", "list #team", "show W1", "why <https://harbour.example/1>"]
    lines += ["edit W1 level:flash", "remove W1 yes", "pause W1", "history", "history W1", "status"]
    for user in (ANA, BOSS):
        for line in lines:
            said = office.command(line, user=user)
            assert "Heron" not in said, line
            assert TEAM not in said, line
        digest = office.command("24h", user=user, name="/digest")
        assert "harbour" not in digest
    assert "Heron" in office.command("list all", user=BEN)
    assert "There is no rule W1" in office.press("remove", "1.1")
    assert office.room.store.rules.live() != []


def test_a_member_changes_a_rule_from_anywhere_and_a_stranger_does_not(office: Office) -> None:
    office.command("add sanctions yes", user=BEN, at=TEAM)
    office.command("add landmine* yes")
    office.slack.channels[TEAM].members.add(BOSS)
    assert "Changed" in office.command("edit W1 level:flash", user=BOSS, at=DMZ)
    assert "belongs to" in office.command("edit W2 level:flash", user=BEN, at=DMZ)
    assert "people there may change it" in office.command("edit W2 level:flash", user=BEN, at=DMZ)
    assert "Changed" in office.command("edit W2 level:flash", user=BEN, at=NK)


def test_nobody_posts_into_a_private_channel_that_they_are_not_in(office: Office) -> None:
    hidden = office.command(f"add landmine* in:<#{TEAM}|team> yes").partition('"response_type"')[0]
    none = office.command("add landmine* in:<#C0NONE000|team> yes").partition('"response_type"')[0]
    assert "I can't find the channel" in hidden
    assert hidden.replace(TEAM, "C0NONE000") == none
    assert "Watching" in office.command(f"add landmine* in:<#{TEAM}|team> yes", user=BEN)


def test_when_slack_does_not_say_who_is_where_private_stays_private(office: Office) -> None:
    office.command("add sanctions yes", user=BEN, at=TEAM)
    office.slack.faults.push("error", method="users.conversations", code="internal_error", times=9)
    assert "sanctions" not in office.command("list all", user=ANA)
    assert "sanctions" not in office.command("show W1", user=BOSS)
    assert "sanctions" in office.command("list", user=BEN, at=TEAM)  # they are there


def test_heavy_commands_are_paced(office: Office) -> None:
    app = build_app(
        replace(office.room.desk, pace=Pace()),
        token=Secret(office.slack.token),
        signing_secret=Secret(SECRET),
        api_url=office.slack.api_url,
        executor=office.workers,
    )
    paced = replace(office, app=app)
    for _ in range(MOST):
        assert "try it on" in paced.command("test landmine*")
    assert "*Wait 20 s*" in paced.command("test landmine*")
    assert "try it on" in paced.command("test landmine*", user=BEN)
