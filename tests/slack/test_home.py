"""The home tab: what it shows to whom, page by page, and that it is fresh after a change."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.models import Rule
from bot.slack_app.home import PER_PAGE
from tests.commands.parts import ANA, BEN, BOSS, NOW
from tests.servers.block_kit import problems
from tests.slack.parts import BOTH_WAYS, DMZ, NK, TEAM, Office, words

pytestmark = BOTH_WAYS


def open_home(office: Office, user: str = ANA, event_id: str = "Ev1") -> dict[str, Any]:
    opened = {"type": "app_home_opened", "user": user, "channel": "D" + user[1:], "tab": "home"}
    assert office.event(opened, event_id).status == 200
    return home(office, user)


def home(office: Office, user: str = ANA) -> dict[str, Any]:
    view = office.slack.homes[user]
    assert problems({"type": "home", "blocks": view["blocks"]}, mentions=True) == []
    return view


def elements(view: dict[str, Any], action_id: str) -> list[str]:
    """Return the values of all buttons with an action id."""
    return [
        one.get("value", "")
        for block in view["blocks"]
        for one in [*block.get("elements", ()), block.get("accessory", {})]
        if one.get("action_id") == action_id
    ]


def test_it_shows_ones_rules_those_of_ones_channels_and_how_all_is(office: Office) -> None:
    office.command("add landmine*")
    office.command("add flood", user=BEN, at=NK)
    office.command("add storm", user=BEN, at=DMZ)
    office.command("add sanctions name:Heron", user=BEN, at=TEAM)
    office.room.feed()
    view = open_home(office)
    said = words(view)
    assert said.index("Your rules") < said.index("landmine*") < said.index("Rules of your channels")
    assert said.index("Rules of your channels") < said.index("flood")
    assert "storm" not in said  # Ana is not in #dmz
    assert "Heron" not in said
    assert "*Feeds* 1 watched" in said
    assert "*Deliveries* none yet" in said
    assert elements(view, "form_add") == [""]
    assert elements(view, "form_edit") == ["1", "2"]  # hers, and one of her channel
    his = open_home(office, BEN, "Ev2")
    assert elements(his, "form_edit") == ["2", "3", "4"]


def test_without_rules_it_says_how_to_begin(office: Office) -> None:
    said = words(open_home(office))
    assert "None yet." in said
    assert "Three things to type" in said


def test_rules_of_a_file_can_not_be_edited_there(office: Office) -> None:
    rule = Rule(name="x", query="mine", channel=NK, owner="feeds.yaml")
    office.room.store.rules.add(rule, who="feeds.yaml", now=NOW)
    view = open_home(office)
    assert "feeds.yaml" in words(view)
    assert elements(view, "form_edit") == []


def test_long_lists_are_turned_page_by_page(office: Office) -> None:
    for number in range(2 * PER_PAGE + 3):
        rule = Rule(name=f"number {number}", query=f"x{number}", channel=NK, owner=ANA)
        office.room.store.rules.add(rule, who=ANA, now=NOW)
        office.room.store.rules.add(
            Rule(name=f"his {number}", query=f"y{number}", channel=NK, owner=BEN),
            who=BEN,
            now=NOW,
        )
    view = open_home(office)
    assert len(view["blocks"]) < 50
    assert "page 1 of 3" in words(view)
    assert elements(view, "home_page_back") == []
    mine, others = elements(view, "home_page_on")
    assert (mine, others) == ("1.0", "0.1")
    turn(office, "home_page_on", mine)
    assert "*number 10*" in words(home(office))
    assert "*number 9*" not in words(home(office))
    assert "*his 0*" in words(home(office))
    turn(office, "home_page_on", "2.0")
    assert "*number 22*" in words(home(office))
    assert elements(home(office), "home_page_on") == ["2.1"]
    turn(office, "home_page_back", elements(home(office), "home_page_back")[0])
    assert "page 2 of 3" in words(home(office))
    turn(office, "home_page_on", "9.9")  # rules were removed meanwhile
    assert "page 3 of 3" in words(home(office))


def turn(office: Office, action_id: str, value: str) -> None:
    office.interact(
        "block_actions",
        trigger_id=office.slack.new_trigger(),
        view=home(office),
        container={"type": "view", "view_id": "V1"},
        actions=[{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
    )


def test_it_is_fresh_after_a_change_by_anybody(office: Office) -> None:
    open_home(office)
    office.command("add flood", user=BEN, at=NK)
    assert "flood" in words(home(office))
    office.press("undo", "1.1", user=BEN, at=NK)
    assert "flood" not in words(home(office))
    office.command("add")
    office.submit(office.form, keywords={"value": "storm"})
    assert "storm" in words(home(office))
    published = len(office.slack.calls_of("views.publish"))
    office.command("list")
    assert len(office.slack.calls_of("views.publish")) == published


def test_it_stays_on_its_page_when_it_is_refreshed(office: Office) -> None:
    for number in range(PER_PAGE + 1):
        rule = Rule(name=f"number {number}", query=f"x{number}", channel=NK, owner=ANA)
        office.room.store.rules.add(rule, who=ANA, now=NOW)
    open_home(office)
    turn(office, "home_page_on", "1.0")
    office.command("pause W11")
    assert "page 2 of 2" in words(home(office))
    assert "paused" in words(home(office))


def test_who_never_opened_it_costs_nothing(office: Office) -> None:
    office.command("add flood", user=BOSS)
    assert office.slack.calls_of("views.publish") == []


def test_buttons_of_the_home_tab_open_the_form(office: Office) -> None:
    office.command("add landmine*")
    view = open_home(office)
    for action_id, value in (("form_add", ""), ("form_edit", "1")):
        office.interact(
            "block_actions",
            trigger_id=office.slack.new_trigger(),
            view=view,
            container={"type": "view", "view_id": "V1"},
            actions=[{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
        )
    assert office.form["title"]["text"] == "Edit W1"
    assert len(office.slack.calls_of("views.open")) == 2


def test_no_more_homes_are_kept_fresh_than_slack_takes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack_app.home.MOST_OPEN", 1)
    open_home(office)
    open_home(office, BEN, "Ev2")
    office.command("add flood", at=NK)
    assert len(office.slack.calls_of("views.publish")) == 3
    assert "flood" not in words(home(office))


def test_a_database_that_refuses_leaves_the_answer_alone(office: Office) -> None:
    open_home(office)
    office.room.store.close()
    assert "closed database" in office.command("list")
