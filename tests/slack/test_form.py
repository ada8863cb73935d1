"""The rule form: opened in every way there is, named as one types, checked box by box, saved."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.core.models import Form, Level, Mode, Rule, Threads
from tests.commands.parts import ANA, BEN, BOSS, story
from tests.slack.parts import BOTH_WAYS, DMZ, NK, TEAM, Office, shown_boxes, words

pytestmark = BOTH_WAYS


def rule(office: Office, number: int = 1) -> Rule:
    found = office.room.store.rules.get(number)
    assert found is not None
    return found


def text(value: str) -> dict[str, Any]:
    return {"value": value}


def chosen(*values: str) -> dict[str, Any]:
    return {"selected_options": [{"value": value, "text": {}} for value in values]}


def channel(value: str | None) -> dict[str, Any]:
    return {"selected_conversation": value}


def picked(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value, "text": {}}}


def boxes(view: dict[str, Any]) -> dict[str, Any]:
    """Return what each box shows."""
    shown = {}
    for name, box in shown_boxes(view).items():
        state = box[name]
        option = state["selected_option"]
        shown[name] = (
            state["value"]
            or [one["value"] for one in state["selected_options"]]
            or (option and option["value"])
            or state["selected_conversation"]
        )
    return shown


def test_add_without_words_opens_the_form_for_this_channel(office: Office) -> None:
    assert office.command("add") == ""
    assert boxes(office.form) == {
        "keywords": None, "actors": None, "locations": None, "exclude": None,
        "channel": NK, "name": None, "level": "info", "mode": "instant", "threads": "channel",
        "quiet": None, "outlets": "1", "query": None,
    }  # fmt: skip


def test_the_shortcut_and_the_button_open_it_too(office: Office) -> None:
    office.interact("shortcut", callback_id="add_rule", trigger_id=office.slack.new_trigger())
    assert boxes(office.form)["channel"] is None
    office.press("form_add", "", at=DMZ)
    assert boxes(office.form)["channel"] == DMZ
    assert len(office.slack.calls_of("views.open")) == 2


def test_what_is_filled_in_becomes_a_rule(office: Office) -> None:
    office.room.publish(story(1, "Missile at Sohae"))
    office.command("add")
    answer = office.submit(
        office.form,
        keywords=text('missile*, "ballistic missile"\nrocket'),
        actors=chosen("Kim Jong Un"),
        locations=chosen("Sohae", "North Korea"),
        exclude=text("film"),
        name=text("NK & <!channel>"),
        level=picked("flash"),
    )
    assert answer["response_action"] == "update"
    assert "Watching" in words(answer["view"])
    made = rule(office)
    assert made.form == Form(
        keywords=("missile*", '"ballistic missile"', "rocket"),
        actors=("Kim Jong Un",),
        locations=("Sohae", "North Korea"),
        exclude=("film",),
    )
    assert (made.owner, made.channel, made.level) == (ANA, NK, Level.FLASH)
    [line] = office.slack.messages(NK)
    assert line["text"].startswith("*ana* added *NK &amp; &lt;!channel&gt;* (W1) (flash)")
    shown = office.slack.calls_of("views.update")[-1]
    assert "In the last 14 days" in words(shown.args["view"])


def test_without_a_channel_alerts_are_for_oneself(office: Office) -> None:
    office.command("add")
    office.submit(office.form, keywords=text("flood"), channel=channel(None))
    assert rule(office).channel == "D" + ANA[1:]
    assert office.slack.calls_of("chat.postMessage") == []


@pytest.mark.parametrize(
    ("filled", "under", "said"),
    [
        ({}, "keywords", "the rule is empty"),
        ({"exclude": text("film")}, "keywords", ""),
        ({"keywords": text("*")}, "keywords", ""),
        ({"keywords": text("ok"), "query": text("(a b")}, "query", "at character"),
        ({"keywords": text("ok"), "quiet": text("night")}, "quiet", "write 22:00-07:00@Asia/Seoul"),
        ({"keywords": text("ok"), "name": text("x" * 81)}, "name", "At most 80 characters"),
        ({"keywords": text("ok"), "channel": channel("C0EMPTY00")}, "channel", "/invite"),
        ({"keywords": text("ok"), "channel": channel(TEAM)}, "channel", "can't find"),
    ],
)
def test_an_error_stands_under_the_box_it_belongs_to(
    office: Office, filled: dict[str, Any], under: str, said: str
) -> None:
    office.command("add")
    answer = office.submit(office.form, **filled)
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [under]
    assert said in answer["errors"][under]
    assert not set("`<>") & set(answer["errors"][under])
    assert office.room.store.rules.live() == []
    assert office.slack.calls_of("chat.postMessage") == []


def test_all_boxes_that_can_not_be_read_are_said_at_once(office: Office) -> None:
    office.command("add")
    answer = office.submit(office.form, keywords=text("*"), query=text("(a b"))
    assert set(answer["errors"]) == {"keywords", "query"}


def test_a_twin_is_refused(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("add")
    answer = office.submit(office.form, keywords=text("landmine*"))
    assert "W1 already watches exactly this" in answer["errors"]["keywords"]


def test_edit_shows_what_the_rule_says_and_keeps_what_the_form_does_not_show(
    office: Office,
) -> None:
    office.command('add missile* location:Sohae -film level:urgent outlets:2 name:"NK" yes')
    office.command("edit W1")
    form = office.form
    assert boxes(form) == {
        "keywords": "missile*", "actors": None, "locations": ["Sohae"], "exclude": "film",
        "channel": NK, "name": "NK", "level": "urgent", "mode": "instant", "threads": "channel",
        "quiet": None, "outlets": "2", "query": None,
    }  # fmt: skip
    answer = office.submit(form, keywords=text("missile*\nrocket*"))
    assert "Changed" in words(answer["view"])
    changed = rule(office)
    assert (changed.version, changed.min_outlets, changed.name) == (2, 2, "NK")
    assert changed.form is not None
    assert changed.form.keywords == ("missile*", "rocket*")
    assert "changed *NK*" in office.slack.messages(NK)[-1]["text"]


def test_what_is_set_beside_the_words_comes_back_in_its_boxes_and_is_told(office: Office) -> None:
    office.command("add")
    office.submit(
        office.form,
        keywords=text("landmine*"),
        mode=picked("digest"),
        threads=picked("off"),
        quiet=text("22:00-07:00"),
        outlets=picked("3"),
    )
    made = rule(office)
    assert (made.mode, made.threads, made.min_outlets) == (Mode.DIGEST, Threads.OFF, 3)
    assert str(made.quiet_hours) == "22:00-07:00@Asia/Seoul", "Ana lives there"
    settings = "digest only, from 3 outlets on, threads off, quiet 22:00-07:00 Asia/Seoul"
    assert f"({settings})" in office.slack.messages(NK)[-1]["text"]
    office.command("edit W1")
    shown = boxes(office.form)
    assert (shown["mode"], shown["threads"], shown["outlets"]) == ("digest", "off", "3")
    assert shown["quiet"] == "22:00-07:00@Asia/Seoul"
    assert "Nothing is different" in office.submit(office.form)["errors"]["keywords"]
    office.submit(office.form, threads=picked("channel"), quiet=text(""))
    assert (rule(office).threads, rule(office).quiet_hours) == (None, None)


def test_a_query_that_no_form_says_stays_a_query(office: Office) -> None:
    office.command("add title:missile* NEAR/5 base yes")
    query = rule(office).query
    office.command("edit W1")
    assert boxes(office.form)["query"] == query
    office.submit(office.form, level=picked("flash"))
    assert (rule(office).query, rule(office).level) == (query, Level.FLASH)


def test_a_query_that_a_form_can_say_comes_back_in_its_boxes(office: Office) -> None:
    office.command("add")
    office.submit(office.form, query=text('(missile* OR rocket*) location:"North Korea" -film'))
    office.press("form_edit", "1")
    shown = boxes(office.form)
    assert shown["keywords"].splitlines() == ["missile*", "rocket*"]
    assert shown["locations"] == ["North Korea"]
    assert shown["query"] is None


def test_a_form_that_changed_nothing_says_so(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("edit W1")
    answer = office.submit(office.form)
    assert "Nothing is different" in answer["errors"]["keywords"]
    assert rule(office).version == 1


def test_a_rule_that_somebody_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("edit W1")
    form = office.form
    office.command("edit W1 level:flash", user=BEN)
    answer = office.submit(form, keywords=text("mine*"))
    assert "edited this rule" in answer["errors"]["name"]
    assert rule(office).query == "landmine*"


def test_who_may_not_change_a_rule_gets_no_form(office: Office) -> None:
    office.command("add sanctions name:Heron yes", user=BEN, at=TEAM)
    office.command("add landmine* yes")
    for user, line, said in (
        (ANA, "edit W1", "There is no rule W1"),
        (BOSS, "edit W1", "There is no rule W1"),
        (BEN, "edit W2", "belongs to"),
        (ANA, "edit foo", "is no rule's id"),
    ):
        office.command(line, user=user, at=DMZ)
        assert said in words(office.form)
        assert "Heron" not in words(office.form)
        assert "submit" not in office.form


def test_a_form_filled_by_a_stranger_saves_nothing(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("edit W1")
    answer = office.submit(office.form, user=BEN, keywords=text("mine*"))
    assert "belongs to" in answer["errors"]["name"]


def test_a_form_that_is_sent_twice_is_saved_once(office: Office) -> None:
    office.command("add")
    view = {**office.form, "state": {"values": shown_boxes(office.form)}}
    view["state"]["values"]["keywords"]["keywords"]["value"] = "flood"
    more: dict[str, Any] = {"trigger_id": office.slack.new_trigger(), "view": view}
    assert office.interact("view_submission", **more)["response_action"] == "update"
    assert office.interact("view_submission", **more) == {}
    assert len(office.room.store.rules.live()) == 1


def test_a_form_that_slack_does_not_open_is_told(office: Office) -> None:
    office.slack.faults.push("error", method="views.open", code="expired_trigger_id")
    assert "did not open the form in time" in office.command("add")


def test_a_database_that_refuses_is_said_in_the_form(office: Office) -> None:
    office.command("add")
    office.room.store.close()
    answer = office.submit(office.form, keywords=text("flood"))
    assert "could not be saved" in answer["errors"]["name"]


# ── names as one types ────────────────────────────────────────────────────────


def suggested(office: Office, box: str, typed: str) -> dict[str, Any]:
    started = time.monotonic()
    answer = office.interact("block_suggestion", action_id=box, block_id=box, value=typed)
    assert time.monotonic() - started < 3
    return answer


def test_names_come_as_one_types(office: Office) -> None:
    options = suggested(office, "locations", "soh")["options"]
    assert options[0]["value"] == "Sohae"
    assert options[0]["text"]["text"] == "Sohae · site in North Korea"
    assert suggested(office, "actors", "kim j")["options"][0]["value"] == "Kim Jong Un"
    assert suggested(office, "locations", "DPRK")["options"][0]["value"] == "North Korea"


def test_what_nobody_knows_can_be_chosen_as_it_is(office: Office) -> None:
    [only] = suggested(office, "actors", "Nobody Known")["options"]
    assert only["value"] == "Nobody Known"
    assert "just these words" in only["text"]["text"]


def test_names_that_mean_several_are_shown_apart(office: Office) -> None:
    groups = suggested(office, "locations", "Georgia").get("option_groups")
    assert groups is not None
    assert "which one" in groups[0]["label"]["text"]
    assert all("Georgia" in one["text"]["text"] for one in groups[0]["options"])


# ── a channel's settings, by words ────────────────────────────────────────────


def test_quiet_hours_of_a_channel_by_command(office: Office) -> None:
    assert "22:00-07:00 Asia/Seoul* now" in office.command("quiet 22:00-07:00")
    assert office.slack.messages(NK)[-1]["text"].startswith("*ana*: Quiet hours in <#C0NK00000>")
    assert "22:00-07:00 Asia/Seoul" in office.command("quiet")
    assert "can't find" in office.command(f"quiet off <#{TEAM}|team>")
    office.command(f"quiet 12:00-13:00 UTC <#{DMZ}|dmz>", user=BOSS)
    assert str(office.room.store.channels.quiet_hours(DMZ)) == "12:00-13:00@UTC"
    assert "no quiet hours in <#C0NK00000> any more" in office.command("quiet off")


def test_the_budget_of_a_channel_by_command(office: Office) -> None:
    assert "*20 messages an hour*" in office.command("budget 20/h")
    assert "*20 messages an hour*" in office.slack.messages(NK)[-1]["text"]
    assert "is no number of messages" in office.command("budget lots")
    assert "*12 messages an hour* (as configured)" in office.command("budget default")
