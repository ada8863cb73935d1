"""What can be done from an alert: votes, and the menu for the rest."""

from __future__ import annotations

from typing import Any

from bot.config import Secret
from bot.deliver import Courier, deliver_due
from bot.sinks.slack import SlackSink
from tests.commands.parts import ANA, BEN, Room, story
from tests.servers.block_kit import problems
from tests.slack.parts import BOTH_WAYS, DMZ, NK, TEAM, Office, buttons, words

pytestmark = BOTH_WAYS

OPTIONS = ["why", "mute", "another", "edit", "share"]


def deliver(office: Office) -> None:
    """Send what is owed to the real sink, however long its pace takes."""
    sink = SlackSink(Secret(office.slack.token), office.slack.api_url)
    courier = Courier(office.room.store, sink, office.room.clock)
    for _ in range(5):
        office.room.forward(seconds=10)
        deliver_due(courier)


def alerted(office: Office, *rules: str) -> dict[str, Any]:
    """Let a report fire rules of #nk-alerts; return the alert as Slack has it."""
    for rule in rules or ("landmine* name:Mines",):
        office.command(f"add {rule} yes")
    office.room.publish(story(1, "Landmines <!channel> found near Sohae"))
    deliver(office)
    return shown(office)


def shown(office: Office, channel: str = NK) -> dict[str, Any]:
    message = office.slack.messages(channel)[-1]
    assert problems({"text": message["text"], "blocks": message["blocks"]}) == []
    return message


def menu(message: dict[str, Any]) -> dict[str, str]:
    """Return the options of a message's menu: what each does, and its value."""
    row = message["blocks"][-1]["elements"]
    [options] = [one["options"] for one in row if one["type"] == "overflow"]
    assert all(len(option["value"]) <= 75 for option in options)
    return {option["value"].partition(".")[0]: option["value"] for option in options}


def test_an_alert_has_two_buttons_and_a_menu(office: Office) -> None:
    message = alerted(office)
    labels = [one["text"]["text"] for one in message["blocks"][-1]["elements"][:2]]
    assert labels == ["Useful", "Not useful"]
    assert list(menu(message)) == OPTIONS


def test_they_stay_when_the_story_grows(office: Office) -> None:
    before = alerted(office)["blocks"][-1]
    [post] = office.room.store.deliveries.posts(1)
    office.room.store.deliveries.revise(post.id, due=office.room.clock())
    deliver(office)
    assert "edited" in shown(office)
    assert shown(office)["blocks"][-1] == before


def test_a_vote_is_noted_changed_and_taken_back(office: Office) -> None:
    offered = buttons(alerted(office))
    alert = offered["alert_useful"]

    def vote(user: str = ANA) -> bool | None:
        return office.room.store.votes.of(alert, user)

    said = office.press("alert_useful", alert)
    assert ":+1: Noted: useful. It counts for *Mines* (W1)." in said
    assert not office.last["replace_original"]
    assert vote() is True
    first = buttons(office.last)["vote_undo"]
    assert "not useful, no longer useful" in office.press("alert_not_useful", alert)
    assert vote() is False
    assert vote(BEN) is None
    second = buttons(office.last)["vote_undo"]
    assert "you chose to say that it is not useful since" in office.press("vote_undo", first)
    assert "It is *useful* again" in office.press("vote_undo", second)
    assert office.last["replace_original"]
    assert vote() is True
    assert "You said nothing of it" in office.press("vote_undo", first)
    assert vote() is None
    assert "you chose to take it back since" in office.press("vote_undo", first)


def test_everybody_has_one_vote_and_it_is_about_the_rules_as_they_fired(office: Office) -> None:
    alert = buttons(alerted(office, "landmine*", "location:Sohae"))["alert_useful"]
    office.command("edit W1 level:urgent")
    for _ in range(2):
        office.press("alert_useful", alert)
    office.press("alert_not_useful", alert, user=BEN)
    rows = office.room.store._db.rows("select * from votes order by user, rule_id")
    assert [(row["user"], row["rule_id"], row["rule_version"], row["useful"]) for row in rows] == [
        (ANA, 1, 1, 1),
        (ANA, 2, 1, 1),
        (BEN, 1, 1, 0),
        (BEN, 2, 1, 0),
    ]


def test_why_explains_the_report_that_is_shown(office: Office) -> None:
    said = office.choose("alert_more", menu(alerted(office))["why"])
    assert "It was news" in said
    assert "*Mines* (W1) — why: *Landmines* (title)" in said


def test_edit_opens_the_form_with_the_rule_in_it(office: Office) -> None:
    office.choose("alert_more", menu(alerted(office))["edit"])
    assert office.form["title"]["text"] == "Edit W1"


def test_edit_asks_which_of_several_rules_is_meant(office: Office) -> None:
    choices = menu(alerted(office, "landmine* name:<!here>", "location:Sohae"))
    office.choose("alert_more", choices["edit"])
    offered = [block["accessory"] for block in office.last["blocks"] if "accessory" in block]
    assert [one["value"] for one in offered] == ["1", "2"]
    assert problems({"text": "x", "blocks": office.last["blocks"]}) == []
    office.press(offered[1]["action_id"], offered[1]["value"])
    assert office.form["title"]["text"] == "Edit W2"


def test_not_the_same_story_asks_which_report_is_meant(office: Office) -> None:
    choices = menu(alerted(office))
    assert "only this one report" in office.choose("alert_more", choices["another"])
    told(office.room, 2, "Landmines *elsewhere*")
    office.choose("alert_more", choices["another"])
    assert "Which report does not belong to S1?" in words(office.last)
    assert problems({"text": "x", "blocks": office.last["blocks"]}) == []
    offered = [block["accessory"] for block in office.last["blocks"] if "accessory" in block]
    assert [one["value"] for one in offered] == ["1", "2"]
    assert "is S3 now, no longer S1" in office.press("story_split", "2")
    again = office.press("story_split", "2")
    assert f"It is the only report of S3 already: this story was split by <@{ANA}>" in again
    assert "S1` split by" in office.command("history")


def told(room: Room, number: int, title: str) -> None:
    """Let another report tell the first story."""
    room.publish(story(number, title))
    stored = room.store.entries.get(number)
    assert stored is not None
    room.store.stories.move(number, 1)


def test_a_button_that_is_out_of_date_explains_itself(office: Office) -> None:
    message = alerted(office)
    told(office.room, 2, "Landmines elsewhere")
    office.command("story join S2 S1")
    alert = buttons(message)["alert_useful"]
    said = office.press("alert_useful", alert)
    assert "Noted: useful" in said  # the alert stands for the story that stayed
    office.command("remove W1 yes")
    for said in (
        office.press("alert_not_useful", alert),
        *(office.choose("alert_more", menu(message)[what]) for what in ("another", "edit")),
    ):
        assert "This button is out of date" in said
    assert "removed since — why:" in office.choose("alert_more", menu(message)["why"])
    assert "I don't know this alert any more" in office.press("alert_useful", "no-such")


def test_an_alert_beside_that_of_its_story_can_still_be_judged(office: Office) -> None:
    message = alerted(office)
    office.room.publish(story(2, "Landmines elsewhere"))
    deliver(office)
    office.command("story join S2 S1")
    said = office.press("alert_useful", buttons(message)["alert_useful"])
    assert "Noted: useful" in said
    assert "judge S2 useful" in said


def test_an_alert_whose_report_was_split_off_says_by_whom(office: Office) -> None:
    message = alerted(office)
    told(office.room, 2, "Harvest festival opens quietly")
    office.press("story_split", "1")
    said = office.press("alert_useful", buttons(message)["alert_useful"])
    assert f"the story was split by <@{ANA}>" in said
    assert "no longer S1" in said


def test_an_option_of_another_version_does_nothing(office: Office) -> None:
    alerted(office)
    assert office.choose("alert_more", "dance.now") == ""


# ── muting ──


def opened(office: Office, **where: str) -> dict[str, Any]:
    """Let the menu of an alert ask what shall be silent; return the modal."""
    office.choose("alert_more", menu(alerted(office))["mute"], **where)
    return office.form


def pick(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


def test_a_modal_mutes_and_says_so_in_the_channel_with_undo(office: Office) -> None:
    view = opened(office)
    offered = [option["value"] for option in view["blocks"][0]["element"]["options"]]
    assert offered == ["story", "rule.1", "source.1", "term.1.0"]
    assert office.submit(view, what=pick("rule.1"), length=pick("1 d")) == {}
    whispered = office.slack.ephemerals[-1]
    assert (whispered["user"], whispered["channel"]) == (ANA, NK)
    assert ":no_bell: Muted Mines (W1) until" in words(whispered)
    assert "*ana* muted Mines (W1)" in office.slack.messages(NK)[-1]["text"]
    office.room.publish(story(2, "Landmines again"))
    assert office.room.store.deliveries.posts(2) == []
    assert "1 muted" in office.command("mutes")
    undo = buttons(whispered)["mute_undo"]
    assert "Taken back: Mines (W1) is heard again" in office.press("mute_undo", undo)
    assert office.last["replace_original"]
    assert "Nothing is muted" in office.command("mutes")


def test_what_can_not_be_muted_is_said_in_the_modal(office: Office) -> None:
    view = opened(office)
    office.command("mute W1")
    answer = office.submit(view, what=pick("rule.1"), length=pick("1 h"))
    assert "That is muted for ever already" in answer["errors"]["what"]
    assert office.submit(view, what=pick("term.1.0"), length=pick("until monday")) == {}
    assert "Muted `landmine*` in Mines (W1) until" in words(office.slack.ephemerals[-1])


def test_an_alert_that_is_gone_is_said_in_the_modal(office: Office) -> None:
    choices = menu(alerted(office))
    office.command("remove W1 yes")
    office.choose("alert_more", choices["mute"])
    assert "This button is out of date" in words(office.form)
    assert "submit" not in office.form


def test_who_can_not_be_whispered_to_reads_it_in_direct_messages(office: Office) -> None:
    view = opened(office)
    office.slack.channels[NK].members.discard(office.slack.bot_user)
    office.submit(view, what=pick("rule.1"), length=pick("1 h"))
    assert "Muted Mines (W1)" in words(office.slack.messages("D" + ANA[1:])[-1])


def test_a_modal_that_is_not_opened_in_time_says_what_to_type(office: Office) -> None:
    choices = menu(alerted(office))
    office.slack.clock = lambda: 0.0
    spent = office.slack.new_trigger()
    office.slack.triggers[spent].used = True
    office.slack.new_trigger = lambda: spent  # type: ignore[method-assign]
    assert "did not open the form in time" in office.choose("alert_more", choices["mute"])


def test_a_modal_sent_twice_mutes_once(office: Office) -> None:
    view = opened(office)
    trigger = office.slack.new_trigger()
    office.slack.new_trigger = lambda: trigger  # type: ignore[method-assign]
    for _ in range(2):
        assert office.submit(view, what=pick("rule.1"), length=pick("1 h")) == {}
    assert len(office.slack.ephemerals) == 1


def test_a_database_that_refuses_is_said_in_the_modal(office: Office) -> None:
    view = opened(office)
    office.room.store.close()
    answer = office.submit(view, what=pick("rule.1"), length=pick("1 h"))
    assert "closed database" in answer["errors"]["what"]


# ── sharing ──


def conversation(channel: str) -> dict[str, Any]:
    return {"selected_conversation": channel}


def share_form(office: Office, message: dict[str, Any], **where: str) -> dict[str, Any]:
    office.choose("alert_more", menu(message)["share"], **where)
    return office.form


def test_an_alert_is_shared_with_another_channel_once(office: Office) -> None:
    view = share_form(office, alerted(office))
    assert office.submit(view, channel=conversation(DMZ)) == {}
    assert f":white_check_mark: Shared in <#{DMZ}>." in words(office.slack.ephemerals[-1])
    office.submit(view, channel=conversation(DMZ), user=BEN)
    deliver(office)
    office.submit(view, channel=conversation(DMZ))
    assert "was shared in" in words(office.slack.ephemerals[-1])
    assert "already: <https://test.slack.com/" in words(office.slack.ephemerals[-1])
    deliver(office)
    [copy] = office.slack.messages(DMZ)
    assert problems({"text": copy["text"], "blocks": copy["blocks"]}) == []
    assert "Landmines &lt;!channel&gt;" in copy["text"]
    assert "*Landmines* (title)" in copy["text"]
    assert "Shared by *ana*" in words(copy)
    assert "alert_more" not in words(copy)
    assert "given an alert by" in office.command(f"history <#{DMZ}|dmz>")


def test_rules_of_private_channels_are_not_named_where_they_must_not_be(office: Office) -> None:
    for rule in ("landmine* name:Heron", "sohae name:Egret"):
        office.command(f"add {rule} yes", user=BEN, at=TEAM)
    office.room.publish(story(1, "Landmines found near Sohae"))
    deliver(office)
    view = share_form(office, shown(office, TEAM), user=BEN, at=TEAM)
    office.submit(view, channel=conversation(NK), user=BEN)
    deliver(office)
    said = words(shown(office, NK))
    assert "Landmines found near Sohae" in said
    assert not any(secret in said for secret in ("Heron", "Egret", "why:", "W1", TEAM))


def test_where_one_may_not_post_is_said_in_the_modal(office: Office) -> None:
    view = share_form(office, alerted(office))
    for channel, why in (
        (TEAM, "I can't find the channel"),  # hers it is not
        ("C0EMPTY00", "I am not in that channel yet"),
        (NK, "It stands in that channel already"),
    ):
        answer = office.submit(view, channel=conversation(channel))
        assert why in answer["errors"]["channel"]


def test_an_alert_that_is_gone_can_not_be_shared(office: Office) -> None:
    choices = menu(alerted(office))
    office.command("remove W1 yes")
    office.choose("alert_more", choices["share"])
    assert "This button is out of date" in words(office.form)


# ── rules of which too little is useful ──


def test_the_owner_of_a_rule_takes_a_narrower_one_from_a_direct_message(office: Office) -> None:
    office.command("add landmine* OR mines name:Mines yes")
    for number in range(20):
        useful = number < 10
        title = f"Landmines at place {number}" if useful else f"Opinion on mines, part {number}"
        office.room.publish(story(number, title))
    deliver(office)
    for number in range(20):
        [post] = office.room.store.deliveries.posts(number + 1)
        office.press("alert_useful" if number < 10 else "alert_not_useful", post.id, user=BEN)
    deliver(office)
    own = "D" + ANA[1:]
    notice = shown(office, own)
    assert "10 of 10 rejected, 0 of 10 useful" in words(notice)
    office.press("narrow", buttons(notice)["narrow"], at=own)
    assert ":white_check_mark: Changed: *Mines* (W1)" in words(office.last)
    assert "*ana* changed" in office.slack.messages(NK)[-1]["text"]
    assert "As it was before" in office.press("undo", buttons(office.last)["undo"], at=own)
