"""Open home tabs change with what they show, whoever changed it, and no more often than Slack takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.models import FeedState
from bot.slack_app.home import Pages
from bot.slack_app.homes import keeping_fresh
from tests.commands.parts import ANA, BEN, NOW, Room, story
from tests.slack.parts import NK, Office, open_office, words
from tests.slack.test_home import home, open_home


def test_it_is_fresh_within_seconds_of_a_change_in_another_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    change = (
        "import sys; from bot.store import open_store; from bot.core.models import Rule;"
        "from datetime import datetime, UTC; store = open_store(sys.argv[1]);"
        "rule = Rule(name='landmines', query='landmine*', channel=sys.argv[2], owner=sys.argv[3]);"
        "store.rules.add(rule, who=sys.argv[3], now=datetime.now(UTC)); store.close()"
    )
    with open_office(url=url) as office, keeping_fresh(office.homes, every_s=0.02):
        assert "landmine" not in words(open_home(office))
        subprocess.run([sys.executable, "-c", change, url, NK, ANA], check=True)
        office.slack.wait_until(lambda: "landmine" in words(office.slack.homes[ANA]))


@pytest.mark.parametrize(
    "change",
    [
        lambda room: room.store.feeds.learn(1, FeedState(failures=1, last_error="timeout")),
        lambda room: room.publish(story(1, "A storm"), feed=1),
        lambda room: room.store.channels.pause(NK, until=NOW, reason="x", advice="y", now=NOW),
        lambda room: room.store.troubles.begin(1, "quiet", since=NOW, channels=[], now=NOW),
        lambda room: room.forward(hours=2),
    ],
    ids=[
        "a feed fails",
        "an alert is owed",
        "a channel refuses",
        "a feed is quiet",
        "a pause ends",
    ],
)
def test_it_is_fresh_after_what_nobody_typed(
    office: Office, change: Callable[[Room], object]
) -> None:
    office.room.feed()
    office.command("add storm yes")
    office.command("add flood yes")
    office.command("pause W2 1h")
    before = open_home(office)
    change(office.room)
    office.homes.refresh()
    assert home(office) != before


def test_what_looks_as_before_is_not_sent_again(office: Office) -> None:
    open_home(office, BEN)
    office.command("add landmine* yes", at=NK)  # Ben is not there
    office.homes.refresh()
    assert len(office.slack.calls_of("views.publish")) == 1


def test_what_slack_did_not_take_is_sent_again_at_the_next_change(office: Office) -> None:
    open_home(office)
    office.slack.faults.push("error", method="views.publish", code="ratelimited")
    office.command("add landmine* yes")
    assert "landmine" not in words(home(office))
    office.command("add flood yes")
    assert "landmine" in words(home(office))


def test_many_open_homes_take_turns(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack_app.homes.AT_ONCE", 1)
    open_home(office)
    open_home(office, BEN, "Ev2")
    office.room.feed()
    for published in (3, 4, 4):
        office.homes.refresh()
        assert len(office.slack.calls_of("views.publish")) == published


def test_a_view_from_before_an_update_still_turns_its_pages() -> None:
    assert Pages.read("1") == Pages(1)
    assert Pages.read("1.2") == Pages(1, 2)
