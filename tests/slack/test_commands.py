"""Every command and button through the real Bolt app, from signed request to what people see."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.commands import ACTIONS, VERBS
from bot.core.models import DeliveryState, Rule
from bot.slack_app.listeners import COMMANDS
from tests.commands.parts import ANA, BEN, BOSS, NOW, pages, rss, story
from tests.servers.block_kit import problems
from tests.slack.parts import BOTH_WAYS, DMZ, NK, Office, buttons, words

pytestmark = BOTH_WAYS

FEED = ("application/rss+xml", rss("Example", ("One", "Tue, 12 May 2026 10:00:00 GMT")))
PAGE = ("text/html", b"<link rel='alternate' type='application/rss+xml' href='/feed'>")


def rule(office: Office, number: int = 1) -> Rule:
    found = office.room.store.rules.get(number)
    assert found is not None
    return found


def test_adding_answers_the_asker_and_tells_the_channel_in_one_line(office: Office) -> None:
    said = office.command('add missile base* location:"North Korea" level:urgent yes')
    assert "Watching: *W1*" in said
    assert f"<#{NK}>" in said
    [line] = office.slack.messages(NK)
    assert line["text"] == ('*ana* added *W1* (urgent): `missile base* location:"North Korea"`')
    assert (line["unfurl_links"], line["unfurl_media"]) == (False, False)
    assert (rule(office).owner, rule(office).channel) == (ANA, NK)


def test_a_channel_link_is_a_channel_id(office: Office) -> None:
    office.command(f"add landmine* in:<#{DMZ}|dmz> yes")
    office.command(f"add mine* in:<#{DMZ}> yes")
    office.command("add bridge in:#dmz yes")
    office.command("add tunnel in:DMZ yes")  # a name, though it begins as ids of direct messages do
    assert [rule(office, number).channel for number in (1, 2, 3, 4)] == [DMZ] * 4
    assert len(office.slack.messages(DMZ)) == 4
    assert office.slack.messages(NK) == []


@pytest.mark.parametrize(
    ("where", "words_"),
    [
        ("in:<#C0EMPTY00|not-joined>", "I am not in <#C0EMPTY00> yet"),
        ("in:<#G0PRIVATE|secret>", "I can't find the channel `G0PRIVATE`"),
        ("in:#nowhere", "I can't find the channel `#nowhere`"),
    ],
)
def test_where_the_bot_is_not_it_says_exactly_what_to_type(
    office: Office, where: str, words_: str
) -> None:
    said = office.command(f"add landmine* {where} yes")
    assert words_ in said
    assert "`/invite @Watchdesk`" in said
    assert "Nothing was saved" in said
    assert "send this again: `/watch add landmine* in:" in said
    assert office.room.store.rules.live() == []
    assert office.slack.calls_of("chat.postMessage") == []


def test_asked_where_the_bot_is_not_it_says_so_too(office: Office) -> None:
    assert "`/invite @Watchdesk`" in office.command("add landmine* yes", at="C0EMPTY00")
    assert "*0 entries" not in office.command("test landmine*", at="C0EMPTY00")


def test_an_archived_channel_is_refused(office: Office) -> None:
    office.slack.channels[DMZ].archived = True
    assert "is archived" in office.command(f"add landmine* in:<#{DMZ}|dmz> yes")
    assert office.room.store.rules.live() == []


def test_in_direct_messages_alerts_are_for_oneself(office: Office) -> None:
    office.command("add landmine* yes", at="D0SOMEONE")
    assert rule(office).channel == "D" + ANA[1:]
    assert office.slack.calls_of("chat.postMessage") == []
    assert "direct messages" in office.command("list", at="D0SOMEONE")


def test_what_people_and_slack_really_type_is_understood(office: Office) -> None:
    office.command("ADD “ballistic missile” <https://38north.org|38north.org> AT&amp;T yes")
    assert rule(office).query.startswith('"ballistic missile"')
    assert "38north.org" in rule(office).query
    assert "AT&T" in rule(office).query


def test_typed_control_sequences_ring_no_bell(office: Office) -> None:
    said = office.command('add missile &lt;!channel&gt; <!here> name:"&lt;!everyone&gt;" yes')
    [line] = office.slack.messages(NK)
    for text in (said, words(line)):
        assert "<!" not in text
        assert "&lt;!everyone&gt;" in text
    assert problems({"text": line["text"], "blocks": line["blocks"]}) == []


def test_a_name_that_would_ring_a_bell_does_not(office: Office) -> None:
    office.command("add landmine* yes", user=BEN)
    assert office.slack.messages(NK)[0]["text"].startswith("*ben &amp; &lt;co&gt;* added")


def test_rules_go_out_as_yaml_and_come_back(office: Office) -> None:
    office.command('add missile* level:flash name:"A & B <!channel>" yes')
    office.command(f"add landmine* in:<#{DMZ}|dmz> yes")
    office.command("export all")
    block = office.last["blocks"][-1]["elements"][0]
    written = "".join(part["text"] for part in block["elements"])
    assert "channel: '#nk-alerts'" in written
    assert "<" not in written
    office.command("remove W1 yes")
    sent = written.replace("&", "&amp;").replace("#nk-alerts", f"<#{NK}|nk-alerts>")
    said = office.command(f"import\n{sent}", user=BOSS)
    assert "1 rule added, 0 changed, 1 as they were" in said
    assert office.slack.messages(NK)[-1]["text"] == "*boss* imported 1 rule: W3"
    office.command("export all")
    again = office.last["blocks"][-1]["elements"][0]["elements"]
    assert sorted("".join(part["text"] for part in again)) == sorted(written)


def test_removing_with_the_button_and_undoing_with_the_other(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("remove W1")
    confirm = office.last["blocks"][-1]["elements"][0]
    assert confirm["confirm"]["text"]["text"] == "W1 will watch no more. You can undo this."
    assert "Removed" in office.press_in(office.last, "remove")
    assert office.last["replace_original"] is True
    assert office.room.store.rules.is_removed(1)
    assert "Back again" in office.press_in(office.last, "undo")
    assert not office.room.store.rules.is_removed(1)
    told = [message["text"].partition(":")[0] for message in office.slack.messages(NK)]
    assert told == ["*ana* added *W1*", "*ana* removed *W1*", "*ana* brought back *W1*"]


def test_a_stale_button_explains_itself_and_stays(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("remove W1")
    asked = office.last
    office.command("edit W1 level:flash", user=BEN)
    assert f"<@{BEN}> edited *W1*" in office.press_in(asked, "remove")
    assert office.last["replace_original"] is False
    assert not office.room.store.rules.is_removed(1)


def test_pause_and_resume(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("pause W1 2d")
    assert "Watching again" in office.press_in(office.last, "resume")
    assert "until resumed" in office.command("pause W1")
    office.command("resume W1")
    assert rule(office).paused_until is None


def test_a_day_begins_where_the_asker_lives(office: Office) -> None:
    office.command("add landmine* yes")
    office.command("pause W1 until thursday")  # Ana is in Seoul, nine hours ahead
    assert rule(office).paused_until == NOW + timedelta(hours=3)


def test_a_channel_that_refused_is_resumed_by_what_status_says(office: Office) -> None:
    office.room.store.channels.pause(
        NK, until=NOW, reason="not_in_channel", advice="Type `/invite @Watchdesk` there.", now=NOW
    )
    said = office.command("status")
    assert f"Then `/watch resume` <#{NK}>" in said
    assert "Trying" in office.command(f"resume <#{NK}|nk-alerts>")
    assert office.room.store.channels.works(NK, not_before=NOW, now=NOW), "until it works"


def test_feeds_are_for_the_admins_of_the_workspace(office: Office) -> None:
    with pages(feed=FEED, page=PAGE) as site:
        assert "Feeds are for admins" in office.command(f"feed add {site}/feed")
        said = office.command(f"feed add <{site}/page>", user=BOSS)
    assert f"found on that page: `{site}/feed`" in said
    assert "`F1`" in office.command("feeds")
    assert "No longer watching `F1`" in office.command("feed remove F1", user=BOSS)


def test_why_links_to_the_message(office: Office) -> None:
    office.command("add landmine* yes")
    office.room.publish(story(1, "Landmines"))
    delivery = office.room.store.deliveries.claim(lease="l", lease_until=NOW, now=NOW)
    assert delivery is not None
    ts = office.slack.messages(NK)[0]["ts"]
    office.room.store.deliveries.finish(
        delivery, DeliveryState.SENT, not_before=NOW, ts=ts, sent_at=NOW
    )
    office.slack.faults.push("error", method="chat.getPermalink", code="internal_error")
    assert "|message>" not in office.command("why <https://harbour.example/1>")
    said = office.command("why <https://harbour.example/1>")
    assert f"https://test.slack.com/archives/{NK}/p{ts.replace('.', '')}|message>" in said


def test_every_verb_answers_and_every_answer_passes_the_validator(office: Office) -> None:
    """With and without what it needs: the strict server refuses a malformed answer."""
    office.command("add landmine* yes")
    office.room.publish(story(1, "Landmines & <b>more</b> <!channel>"))
    office.room.forward(minutes=1)
    lines = [
        text
        for verb in VERBS
        for text in (verb.name, f"help {verb.name}", f"{verb.name} W1", *verb.examples)
    ]
    for text in ("", "help", "nonsense", *lines):
        opened = len(office.slack.calls_of("views.open"))
        said = office.command(text, user=BOSS)
        assert said or len(office.slack.calls_of("views.open")) == opened + 1, text
    for text in ("", "7d", "W1", "landmine*", "help", "(", "share"):
        assert office.command(text, name="/digest"), text


def test_every_button_there_is_can_be_pressed(office: Office) -> None:
    office.command("add landmine* yes")
    values = {"undo": "1.1", "remove": "1.1", "share": "24h", "resume_channel": NK}
    for action_id in ACTIONS:
        assert office.press(action_id, values.get(action_id, "1")), action_id
    assert set(COMMANDS) == {"/watch", "/digest"}


def test_a_public_line_that_can_not_be_posted_is_told(office: Office) -> None:
    office.slack.faults.push("error", code="is_archived")
    said = office.command("add landmine* yes")
    assert "Watching" in said
    assert f"I could not post it in <#{NK}>" in said
    office.slack.faults.push("reset_before_accept")
    assert "I could not post it" in office.command("edit W1 level:flash")
    assert rule(office).level == "flash"


def test_slack_that_can_not_be_asked_is_no_reason_to_half_save(office: Office) -> None:
    for code in ("ratelimited", "missing_scope", "internal_error"):
        office.slack.faults.push("error", method="conversations.info", code=code)
        said = office.command("add landmine* yes")
        assert f"({code.replace('_', 'ˍ')})" in said
        assert "Nothing was saved" in said
    office.slack.faults.push("reset_before_accept", method="conversations.info")
    assert "Slack did not answer" in office.command("add landmine* yes")
    assert office.room.store.rules.live() == []


def test_without_their_zone_and_name_people_are_served_all_the_same(office: Office) -> None:
    office.slack.faults.push("error", method="users.info", code="missing_scope", times=9)
    office.command("add landmine* yes")
    assert office.slack.messages(NK)[0]["text"].startswith("*u0ana0000* added")
    office.press_in(office.last, "undo")
    assert office.slack.messages(NK)[1]["text"].startswith("*u0ana0000* removed")
    assert "Feeds are for admins" in office.command("feed add x.example", user=BOSS)


def test_a_database_that_refuses_is_said_in_words(
    office: Office,
) -> None:
    office.room.store.close()
    assert "closed database" in office.command("list")


def test_a_bug_gets_a_reference_that_is_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.room.store, "rules", None)
    said = office.command("list")
    assert "Something broke on our side (ref " in said
    ref = said.partition("(ref ")[2][:8]
    assert any(ref in json.dumps(record.__dict__.get("fields", {})) for record in caplog.records)
    assert "response" not in caplog.text.lower()


def test_the_home_tab_shows_ones_own_rules_and_how_the_bot_is(office: Office) -> None:
    office.command("add landmine* yes")
    opened = {"type": "app_home_opened", "user": ANA, "channel": "D0ANA0000", "tab": "home"}
    assert office.event(opened).status == 200
    home = office.slack.homes[ANA]
    assert "landmine*" in words(home)
    assert "*Feeds* 0 watched" in words(home)
    assert problems({"type": "home", "blocks": home["blocks"]}, mentions=True) == []
    office.event({**opened, "tab": "messages"}, "Ev2")
    assert len(office.slack.calls_of("views.publish")) == 1
    office.slack.faults.push("error", method="views.publish", code="not_enabled")
    assert office.event(opened, "Ev3").status == 200


def test_buttons_of_an_answer_carry_ids_only(office: Office) -> None:
    office.command("add landmine* yes")
    assert buttons(office.last) == {"undo": "1.1"}
