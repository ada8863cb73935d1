"""The home tab: what it shows to whom, page by page, and that it is fresh after a change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.config import Secret
from bot.core.models import FeedState, Message, Rejected, Rule, Scope
from bot.deliver import Courier, deliver_due
from bot.sinks.slack import SlackSink
from bot.slack_app.home import PER_PAGE
from tests.commands.parts import ANA, BEN, BOSS, NOW, story
from tests.flow.parts import RecordingSink
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
    office.command("add landmine* yes")
    office.command("add flood yes", user=BEN, at=NK)
    office.command("add storm yes", user=BEN, at=DMZ)
    office.command("add sanctions name:Heron yes", user=BEN, at=TEAM)
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
    assert (mine, others) == ("1.0.0", "0.1.0")
    turn(office, "home_page_on", mine)
    assert "*number 10*" in words(home(office))
    assert "*number 9*" not in words(home(office))
    assert "*his 0*" in words(home(office))
    turn(office, "home_page_on", "2.0.0")
    assert "*number 22*" in words(home(office))
    assert elements(home(office), "home_page_on") == ["2.1.0"]
    turn(office, "home_page_back", elements(home(office), "home_page_back")[0])
    assert "page 2 of 3" in words(home(office))
    turn(office, "home_page_on", "9.9.9")  # rules were removed meanwhile
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
    office.command("add flood yes", user=BEN, at=NK)
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
    turn(office, "home_page_on", "1.0.0")
    office.command("pause W11")
    assert "page 2 of 2" in words(home(office))
    assert "paused" in words(home(office))


def test_who_never_opened_it_costs_nothing(office: Office) -> None:
    office.command("add flood yes", user=BOSS)
    assert office.slack.calls_of("views.publish") == []


def test_buttons_of_the_home_tab_open_the_form(office: Office) -> None:
    office.command("add landmine* yes")
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
    monkeypatch.setattr("bot.slack_app.homes.MOST_OPEN", 1)
    open_home(office)
    open_home(office, BEN, "Ev2")
    office.command("add flood yes", user=BEN, at=NK)
    assert len(office.slack.calls_of("views.publish")) == 3
    assert "flood" not in words(home(office))


def test_a_database_that_refuses_leaves_the_answer_alone(office: Office) -> None:
    open_home(office)
    office.room.store.close()
    assert "closed database" in office.command("list")


def test_it_says_how_loud_rules_are_and_what_silences_them(office: Office) -> None:
    room = office.room
    office.command("add storm level:urgent yes")
    office.command("add flood mode:digest yes", user=BEN, at=NK)
    office.command("pause W2", user=BEN, at=NK)
    room.publish(story(1, "A storm"), story(2, "Another storm"))
    sent_all(office)
    said = words(open_home(office))
    assert "urgent" in said
    assert "2 alerts in 7 days" in said
    assert "digest only" in said
    assert "paused until resumed" in said
    assert "0 alerts in 7 days" in said


def sent_all(office: Office) -> None:
    sink = SlackSink(Secret(office.slack.token), office.slack.api_url)
    deliver_due(Courier(office.room.store, sink, office.room.clock, pace=timedelta(0)))


def test_it_says_which_feeds_fail_or_are_quiet_and_why(office: Office) -> None:
    store = office.room.store
    for number in range(8):
        feed = office.room.feed(f"Wire {number}", f"https://{number}.example/rss")
        state = FeedState(failures=3, failing_since=NOW, last_error="HTTP 404 <!channel>")
        store.feeds.learn(feed, state)
    quiet = office.room.feed("Quiet Wire", "https://quiet.example/rss")
    store.feeds.learn(quiet, FeedState(last_ok_at=NOW, last_entry_at=NOW))
    store.troubles.begin(quiet, "quiet", since=NOW, channels=[NK], now=NOW)
    said = words(open_home(office))
    assert "*Feeds* 9 watched, 8 failing, 1 unusually quiet" in said
    assert said.count("HTTP 404") == 5
    assert "3 more: `/watch feeds failing`" in said
    assert "quiet since" in said


def test_it_says_what_waits_what_was_refused_and_which_channels_refuse(office: Office) -> None:
    room = office.room
    office.command("add storm yes")
    office.command("add storm in:#team yes", user=BEN, at=TEAM)
    room.publish(story(1, "A storm"))
    refusal = Rejected(reason="invalid_blocks", advice="", scope=Scope.DELIVERY)
    sink = RecordingSink(outcomes=[refusal, refusal])
    deliver_due(Courier(room.store, sink, room.clock, pace=timedelta(0)))
    room.publish(story(2, "Another storm"))
    room.store.channels.pause(NK, until=NOW, reason="is_archived", advice="Unarchive it.", now=NOW)
    said = words(open_home(office))
    assert "*Deliveries* 2 waiting, 2 refused for good" in said
    assert said.count("invalidˍblocks") == 1  # the other one is another channel's affair
    assert "Unarchive it." in said


def test_it_names_the_last_digests_one_can_read(office: Office) -> None:
    store = office.room.store
    for number, channel in enumerate((NK, TEAM, NK)):
        message = Message(text="Digest")
        store.deliveries.tell(channel, f"digest:{number}", message, now=NOW, kind="digest")
    sent_all(office)
    view = words(open_home(office))
    assert view.count(f"in <#{NK}> · <http") == 2
    assert TEAM not in view


def test_with_a_thousand_rules_it_stays_within_slacks_limits(office: Office) -> None:
    long = "x" * 60
    for number in range(1000):
        query = " OR ".join(f"{long}{number}{part}" for part in range(9))
        owner = ANA if number % 2 else BEN
        rule = Rule(name=long, query=query, channel=NK, owner=owner)
        office.room.store.rules.add(rule, who=owner, now=NOW)
    view = open_home(office)
    assert "page 1 of 50" in words(view)
    assert len(view["blocks"]) < 60


def mute_all(office: Office, rules: int) -> None:
    for number in range(1, rules + 1):
        office.command(f"add storm{number} yes")
        office.command(f"mute W{number} 1d")


def test_what_is_muted_is_heard_again_by_a_button(office: Office) -> None:
    assert "The menu below an alert mutes" in words(open_home(office))
    mute_all(office, 2)
    said = words(home(office))
    assert "*Muted* · 2" in said
    assert "muted until" in said
    assert elements(home(office), "home_unmute") == ["1", "2"]
    turn(office, "home_unmute", "1")
    assert elements(home(office), "home_unmute") == ["2"]
    assert [one.id for one in office.room.store.mutes.active(NOW)] == [2]
    assert "unmuted" in words(dict(office.slack.calls_of("chat.postMessage")[-1].args))


def test_a_mute_that_is_over_says_so_in_a_window(office: Office) -> None:
    mute_all(office, 1)
    open_home(office)
    office.command("unmute M1")
    turn(office, "home_unmute", "1")
    assert "is not muted" in words(office.form)


def test_mutes_of_others_channels_are_not_shown(office: Office) -> None:
    office.command("add storm yes", user=BEN, at=DMZ)
    office.command("mute W1 1d", user=BEN, at=DMZ)
    assert elements(open_home(office), "home_unmute") == []
    assert elements(open_home(office, BEN, "Ev2"), "home_unmute") == ["1"]


def test_many_mutes_are_turned_page_by_page(office: Office) -> None:
    mute_all(office, PER_PAGE + 1)
    open_home(office)
    turn(office, "home_page_on", "0.0.1")
    assert elements(home(office), "home_unmute") == ["11"]


def test_it_names_the_digests_that_come_by_themselves(office: Office) -> None:
    assert "none by themselves: `/digest schedule daily 08:30`" in words(open_home(office))
    office.command("schedule daily 08:30 Asia/Seoul", name="/digest")
    office.command("schedule weekly monday 09:00 UTC", user=BEN, at=DMZ, name="/digest")
    said = words(home(office))
    assert f"`D1` <#{NK}> · every day at 08:30 (Asia/Seoul)" in said
    assert "`D2`" not in said  # Ana is not in #dmz
    for hour in range(10, 16):
        office.command(f"schedule daily {hour}:00", name="/digest")
    assert "more: `/digest schedule`" in words(home(office))
    office.command("schedule off D1", name="/digest")
    assert "`D1`" not in words(home(office))
