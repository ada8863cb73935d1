"""Notices about feeds, whatever a feed or a server says."""

from datetime import timedelta

import pytest

from bot.core.models import Entry, Feed, FeedState, Message, Rule
from bot.core.render.health import (
    Patient,
    back_message,
    dropped_message,
    failing_message,
    flood_message,
    flood_over_message,
    gone_message,
    move_question,
    moved_message,
    outage_message,
    outage_over_message,
    quiet_message,
    resumed_message,
    speaks_message,
)
from tests.commands.parts import NOW
from tests.servers.block_kit import problems

EVIL = "<!channel> *b* `c` <http://evil.example|x> & \u202eabc \u200b" + "long " * 400
RULES = [Rule(id=n, name=f"{EVIL}{n}", query="x", channel="#nk") for n in range(1, 60)]


def patient(**state: object) -> Patient:
    known = FeedState(last_error=EVIL, failing_since=NOW, failures=3, next_poll_at=NOW, **state)  # type: ignore[arg-type]
    return Patient(
        feed=Feed(url="https://wire.example/rss?" + "x" * 3000, title=EVIL, id=7),
        state=known,
        last=Entry(key="k", title=EVIL, url="https://wire.example/<1>"),
        last_at=NOW,
        rules=RULES,
    )


FEED = patient().feed
HOUR = timedelta(hours=1)
MESSAGES = {
    "failing": failing_message(patient(last_status=403), code="http"),
    "back": back_message(FEED, since=NOW - HOUR, until=NOW, reason=EVIL, may_lack=True),
    "quiet": quiet_message(patient(), silence=HOUR, usual=HOUR),
    "speaks": speaks_message(FEED, silence=HOUR),
    "gone": gone_message(patient(last_status=410)),
    "resumed": resumed_message(FEED),
    "dropped": dropped_message(FEED),
    "move": move_question(patient(), to="https://e.example/`<!here>`|" + "y" * 3000),
    "twin": move_question(patient(), to="https://e.example/", twin=FEED),
    "moved": moved_message(FEED, address="https://e.example/`<!here>`"),
    "stays": moved_message(FEED, address=None),
    "outage": outage_message(since=NOW, down=75, of=75, is_ours=True),
    "wave": outage_message(since=NOW, down=6, of=75, is_ours=False),
    "over": outage_over_message(since=NOW - HOUR, until=NOW, still=2),
    "flood": flood_message(FEED, entries=60, posted=5, waiting=30),
    "flood over": flood_over_message(FEED, posted=30),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_nothing_that_others_wrote_gets_alive(name: str) -> None:
    message = MESSAGES[name]
    payload = {"text": message.text, "blocks": list(message.blocks)}
    assert problems(payload) == []
    assert "<!channel>" not in str(payload)
    assert "<!here>" not in str(payload)
    assert "evil.example|" not in str(payload)


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "http", "wants a login"),
        (402, "http", "be paid"),
        (403, "http", "refuses programs"),
        (404, "http", "`/watch feed add`"),
        (429, "http", "a longer `every`"),
        (503, "http", "for the publisher to mend"),
        (200, "unreadable", "no feed"),
        (None, "dns", "may have expired"),
        (None, "tls", "certificate"),
        (None, "address", "`settings: allow_addresses`"),
        (None, "size", "larger than any feed"),
        (None, "timeout", "for the publisher to mend"),
    ],
)
def test_each_failure_has_its_advice(status: int | None, code: str, advice: str) -> None:
    said = failing_message(patient(last_status=status), code=code).text
    assert advice in said
    assert (f"HTTP {status}" in said) is (status is not None)


def test_a_status_is_not_said_twice_and_what_is_not_known_is_not_said() -> None:
    bare = Patient(
        feed=Feed(url="https://wire.example/rss", id=7),
        state=FeedState(last_error="the server answered 503", last_status=503),
    )
    said = failing_message(bare, code="http").text
    assert said.count("503") == 1
    assert "none ever" in said
    assert "Rules here" not in said
    assert "next" not in said
    assert said.count("wire.example") == 2, "an address is no title"


def test_rules_beyond_ten_are_counted() -> None:
    assert "and 49 more" in quiet_message(patient(), silence=HOUR, usual=HOUR).text


def test_when_all_are_back_no_one_still_fails() -> None:
    def over(still: int) -> Message:
        return outage_over_message(since=NOW - HOUR, until=NOW, still=still)

    assert "still fail" not in over(0).text
    assert "2 still fail" in over(2).text
