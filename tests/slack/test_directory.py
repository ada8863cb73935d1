"""Channels and people as Slack tells them."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from bot.errors import CommandError, UnansweredError
from bot.sinks.slack.web_api import open_client
from bot.slack_app import remembered
from bot.slack_app.directory import ACCESS_FRESH_S, FRESH_S, Person, SlackDirectory
from tests.servers.slack_server import SlackServer


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as served:
        yield served


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def directory(slack: SlackServer, clock: Clock | None = None) -> SlackDirectory:
    return SlackDirectory(open_client(slack.token, slack.api_url, 5), clock or Clock())


def test_a_channel_by_id_and_by_name(slack: SlackServer) -> None:
    slack.add_channel("C0NK00000", "nk-alerts")
    slack.add_channel("C0OTHER00", "other", joined=False)
    known = directory(slack)
    for reference in ("C0NK00000", "#nk-alerts", "#NK-Alerts", "nk-alerts"):
        found = known.find(reference, user="U0ANA")
        assert found is not None
        assert (found.address, found.name, found.is_member) == ("C0NK00000", "#nk-alerts", True)
    other = known.find("#other", user="U0ANA")
    assert other is not None
    assert not other.is_member
    assert known.find("#none", user="U0ANA") is None
    assert known.find("C0NONE000", user="U0ANA") is None


def test_names_are_read_page_by_page_and_kept_for_a_while(slack: SlackServer) -> None:
    for number in range(1200):
        slack.add_channel(f"C{number:08}", f"channel-{number}")
    clock = Clock()
    known = directory(slack, clock)
    assert known.find("#channel-1199", user="U0ANA") is not None
    assert len(slack.calls_of("conversations.list")) == 3
    known.find("#channel-5", user="U0ANA")
    assert len(slack.calls_of("conversations.list")) == 3
    slack.add_channel("C0BRANDNEW", "brand-new")
    assert known.find("#brand-new", user="U0ANA") is not None  # a name not known yet is looked for
    clock.now = FRESH_S
    known.find("#channel-5", user="U0ANA")
    assert len(slack.calls_of("conversations.list")) == 9


def test_an_invitation_counts_at_once(slack: SlackServer) -> None:
    channel = slack.add_channel("C0NK00000", "nk", joined=False)
    known = directory(slack)
    before = known.find("C0NK00000", user="U0ANA")
    channel.members.add(slack.bot_user)
    after = known.find("C0NK00000", user="U0ANA")
    assert before is not None
    assert after is not None
    assert (before.is_member, after.is_member) == (False, True)


def test_what_only_members_can_read_is_private(slack: SlackServer) -> None:
    slack.add_channel("C0OPEN000", "open")
    slack.add_channel("C0TEAM000", "team", private=True)
    slack.add_channel("C0ELSE000", "elsewhere", private=True, joined=False)
    known = directory(slack)
    assert not known.is_private("C0OPEN000")
    assert not known.is_private("#open")
    for address in ("C0TEAM000", "#team", "C0ELSE000", "#elsewhere", "C0NONE000", "D0ANA0000"):
        assert known.is_private(address), address


def test_who_is_in_a_channel(slack: SlackServer) -> None:
    slack.add_person("U0ANA", "ana")
    slack.add_channel("C0TEAM000", "team", private=True).members.add("U0ANA")
    slack.add_channel("C0OPEN000", "open")
    for number in range(700):
        slack.add_channel(f"C1{number:07}", f"more-{number}").members.add("U0ANA")
    slack.add_channel("C0LAST000", "last").members.add("U0ANA")
    known = directory(slack)
    for address in ("C0TEAM000", "#team", "C0LAST000"):
        assert known.is_member(address, user="U0ANA"), address
    assert len(slack.calls_of("users.conversations")) == 2  # pages, once
    for address in ("C0OPEN000", "#open", "#none", "C0NONE000"):
        assert not known.is_member(address, user="U0ANA"), address
    assert not known.is_member("C0TEAM000", user="U0NOBODY")


def test_who_leaves_a_channel_is_out_within_a_minute(slack: SlackServer) -> None:
    slack.add_person("U0ANA", "ana")
    team = slack.add_channel("C0TEAM000", "team", private=True)
    team.members.add("U0ANA")
    clock = Clock()
    known = directory(slack, clock)
    assert known.is_member("C0TEAM000", user="U0ANA")
    team.members.remove("U0ANA")
    clock.now = ACCESS_FRESH_S
    assert ACCESS_FRESH_S <= 60
    assert not known.is_member("C0TEAM000", user="U0ANA")
    team.private = False
    assert known.is_private("C0TEAM000") is False


@pytest.mark.parametrize("code", ["internal_error", "missing_scope", "ratelimited"])
def test_what_slack_does_not_say_is_private_and_not_remembered(
    slack: SlackServer, code: str
) -> None:
    slack.add_person("U0ANA", "ana")
    slack.add_channel("C0OPEN000", "open").members.add("U0ANA")
    known = directory(slack)
    for method in ("users.conversations", "conversations.info"):
        slack.faults.push("error", method=method, code=code)
    assert known.is_private("C0OPEN000")
    assert not known.is_member("C0OPEN000", user="U0ANA")
    assert not known.is_private("C0OPEN000")
    assert known.is_member("C0OPEN000", user="U0ANA")


@pytest.mark.parametrize("code", ["internal_error", "ratelimited", "token_revoked"])
def test_who_insists_hears_that_slack_is_away(slack: SlackServer, code: str) -> None:
    slack.add_person("U0ANA", "ana")
    slack.add_channel("C0OPEN000", "open").members.add("U0ANA")
    known = directory(slack).insisting()
    for method in ("users.conversations", "conversations.info"):
        slack.faults.push("error", method=method, code=code)
    with pytest.raises(UnansweredError):
        known.is_private("C0OPEN000")
    with pytest.raises(UnansweredError):
        known.is_member("C0OPEN000", user="U0ANA")
    assert not known.is_private("C0OPEN000")
    assert known.is_member("C0OPEN000", user="U0ANA")


@pytest.mark.parametrize(
    "code", ["missing_scope", "unknown_method", "method_deprecated", "unheard_of"]
)
def test_a_refusal_that_stays_is_an_answer_to_who_insists_too(
    slack: SlackServer, code: str
) -> None:
    slack.add_channel("C0OPEN000", "open")
    known = directory(slack).insisting()
    slack.faults.push("error", method="conversations.info", code=code)
    assert known.is_private("C0OPEN000")


def test_who_insists_learns_and_teaches_what_is_known(slack: SlackServer) -> None:
    slack.add_channel("C0OPEN000", "open")
    known = directory(slack)
    assert not known.insisting().is_private("#open")
    assert not known.is_private("#open")
    assert known.find("#open", user="U0ANA")
    assert len(slack.calls_of("conversations.list")) == 1


def test_no_more_is_remembered_than_fits(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    known = directory(slack)
    for number in range(5):
        slack.add_person(f"U{number}", "someone")
        known.person(f"U{number}")
    assert list(known._people._known) == ["U2", "U3", "U4"]


def test_channels_as_readers_see_them(slack: SlackServer) -> None:
    known = directory(slack)
    assert known.shown("C0NK00000") == "<#C0NK00000>"
    assert known.shown("D0ANA0000") == "direct messages"
    assert known.shown("#a_b<!channel>") == "#aˍb&lt;!channel&gt;"


def test_a_person_is_looked_up_once_in_a_while(slack: SlackServer) -> None:
    slack.add_person("U0ANA", "ana", tz="Asia/Seoul", admin=True)
    clock = Clock()
    known = directory(slack, clock)
    assert known.person("U0ANA") == Person(name="ana", zone=ZoneInfo("Asia/Seoul"), is_admin=True)
    known.person("U0ANA")
    assert len(slack.calls_of("users.info")) == 1
    slack.people["U0ANA"].admin = False
    clock.now = FRESH_S
    assert not known.person("U0ANA").is_admin
    assert len(slack.calls_of("users.info")) == 2


def test_what_slack_does_not_say_is_not_made_up(slack: SlackServer) -> None:
    slack.add_person("U0ANA", "ana", tz="Mars/Olympus")
    known = directory(slack)
    assert known.person("U0ANA").zone is None
    assert known.person("U0NOBODY") == Person()
    slack.faults.push("garbage_after_accept", method="users.info")
    assert known.person("U0BEN") == Person()


@pytest.mark.parametrize(
    "kind", ["http_before_accept", "reset_before_accept", "garbage_after_accept"]
)
def test_no_answer_is_an_error_that_says_what_to_do(slack: SlackServer, kind: str) -> None:
    slack.faults.push(kind, method="conversations.info")  # type: ignore[arg-type]  # a FaultKind
    with pytest.raises(CommandError, match="in a minute"):
        directory(slack).find("C0NK00000", user="U0ANA")


def test_a_missing_scope_names_the_scopes(slack: SlackServer) -> None:
    slack.scopes.clear()
    with pytest.raises(CommandError, match="channels:read, groups:read, im:write and users:read"):
        directory(slack).find("C0NK00000", user="U0ANA")


def test_a_message_has_an_address_and_a_missing_one_has_none(slack: SlackServer) -> None:
    slack.add_channel("C0NK00000", "nk")
    ts = slack.post_as("C0NK00000", "hello")
    known = directory(slack)
    slack.faults.push("error", method="chat.getPermalink", code="internal_error")
    assert known.permalink("C0NK00000", ts) is None
    link = known.permalink("C0NK00000", ts)
    assert link == f"https://test.slack.com/archives/C0NK00000/p{ts.replace('.', '')}"
    assert known.permalink("C0NK00000", "1.0") is None


def test_short_ids_are_ids_too(slack: SlackServer) -> None:
    """Slack's are longer today; others' and the oldest are not."""
    slack.add_channel("C1X", "nk-alerts")
    slack.add_channel("C0DMZ0000", "dmz")
    known = directory(slack)
    found = [known.find(name, user="U0ANA") for name in ("C1X", "DMZ")]
    assert [one and one.address for one in found] == ["C1X", "C0DMZ0000"]


def test_who_is_in_a_channel_is_asked_where_what_someone_joined_is_not_said(
    slack: SlackServer,
) -> None:
    channel = slack.add_channel("C0TEAM000", "team", private=True)
    channel.members.add("U0ANA")
    slack.unknown_methods.add("users.conversations")
    known = directory(slack)
    assert known.is_member("C0TEAM000", user="U0ANA")
    assert not known.is_member("C0TEAM000", user="U0BEN")
    assert len(slack.calls_of("conversations.members")) == 1
