"""Whatever feeds say and people type: nothing they wrote comes alive in anything that is shown.

The renderers have their own tests; here the real commands, the home tab and the messages that stand
for others are built from the worst text, as they would go over the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.commands import Asker, explained, run
from bot.core.models import Alert, Entry, Feed, FeedState, Message, Rule
from bot.core.render import (
    CatchUp,
    catchup_message,
    held_message,
    paused_message,
    repeated,
    report_message,
    rolling_message,
    web_link,
    working_again_message,
)
from bot.core.render import health as feed_health
from bot.errors import WatchdeskError
from bot.slack_app.front import typed
from bot.slack_app.home import home_view
from tests.commands.parts import ANA, BEN, NOW, Room, Town, open_room
from tests.render.hostile import alerts, entries, rules, texts, urls, whens
from tests.render.reading import links, strings, things
from tests.servers.block_kit import problems
from tests.servers.mrkdwn import read_marks

NK = "C0NK00000"
LINES = (
    *("list", "list all", "list mine", "show W1", "history", "history W1", "history F1", "status"),
    *("feeds", "test missile", "why https://harbour.example/1", "why missile", "remove W1"),
    *("pause W1 2d", "resume W1", "edit W1 level:flash", "digest 24h", "digest missile"),
    *("digest 24h share", "help add", ""),
)
EVIL = (
    "<!channel> <@U0EVIL> <https://evil.example|https://good.example> *b* `c` ~d~ & &lt;!here&gt;"
)


def whole(text: str) -> str:
    """Return a text as reading a feed leaves it: no halves of characters, which no file can hold."""
    return "".join(char for char in text if not "\ud800" <= char <= "\udfff")


kept = texts.map(whole)
kept_entries = entries.map(
    lambda one: replace(
        one, title=whole(one.title), summary=whole(one.summary), outlet=whole(one.outlet)
    )
)


def payload(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": [dict(block) for block in message.blocks]}


def check(message: Message, *, addresses: set[str | None], public: bool) -> None:
    """Check a message as it goes over the wire.

    Args:
        message: what is shown.
        addresses: all that it may link to.
        public: whether others read it: then it calls nobody, not even by our own hand.
    """
    assert problems(payload(message), mentions=not public) == []
    assert links(message) <= addresses
    own = set() if public else {f"@{ANA}", f"@{BEN}"}
    for thing in [{"type": "mrkdwn", "text": message.text}, *things(message.blocks)]:
        if thing.get("type") == "mrkdwn":
            assert set(read_marks(thing["text"]).mentions) <= own
    for text in strings(message):
        assert not re.search(r"<!(?!date\^)", text), text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", text)


def escaped_alike(text: str) -> str:
    """Return typed text as Slack sends it: its three characters escaped, nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@contextmanager
def hostile_room(entry: Entry, *, outlet: str, name: str, person: str) -> Iterator[Room]:
    """A desk with a hostile rule, whose hostile feed has carried a hostile entry."""
    town = Town(members={NK: {ANA, BEN}})
    with open_room(directory=town) as room:
        room.asker = Asker(user=ANA, channel=NK, name=person)
        rule = Rule(name=name, query="missile", channel=NK, owner=BEN)
        room.store.rules.add(rule, who=BEN, now=NOW)
        feed = room.feed(outlet, "https://harbour.example/rss")
        known = room.store.feeds.get(feed)
        assert known is not None
        state = replace(known.state, failures=3, last_error=f"HTTP 500 {outlet}")
        room.store.feeds.learn(feed, state)
        told = replace(
            entry,
            key="k",
            title=f"missile {entry.title}",
            url="https://harbour.example/1",
            published=NOW,
        )
        room.publish(told, feed=feed)
        room.forward(minutes=1)
        yield room


@settings(max_examples=40)
@given(entry=kept_entries, outlet=kept, name=kept, person=texts)
@example(
    entry=Entry(key="k", title=EVIL, summary=EVIL, authors=(EVIL,)),
    outlet=EVIL,
    name=EVIL,
    person=EVIL,
)
def test_no_answer_comes_alive_whatever_feeds_and_rules_are_called(
    entry: Entry, outlet: str, name: str, person: str
) -> None:
    with hostile_room(entry, outlet=outlet, name=name, person=person) as room:
        known: set[str | None] = {"https://harbour.example/1", "https://harbour.example/rss"}
        for line in LINES:
            command, _, rest = line.partition(" ")
            asker = room.who()
            try:
                if command == "digest":
                    reply = run(room.desk, asker, "digest", rest)
                else:
                    reply = run(room.desk, asker, "watch", line)
            except WatchdeskError as error:
                check(explained(error), addresses=known, public=False)
                continue
            check(reply.message, addresses=known, public=False)
            for _, said in reply.public:
                check(said, addresses=known, public=True)
        view = home_view(room.desk, room.who())
        assert problems(view, mentions=True) == []
        check(Message(text="home", blocks=tuple(view["blocks"])), addresses=known, public=False)


VERBS = ["add", "test", "edit W1", "list", "show", "why", "feed remove", "feeds", "history", "help"]
VERBS += ["pause W1", "resume", "remove", "undo", "status", "digest", ""]


@settings(max_examples=120)
@given(st.sampled_from(VERBS), texts)
@example("add", f"missile {EVIL}")
@example("add", 'missile name:"<!channel>"')
@example("add", "missile in:#<!here>")
@example("", EVIL)
def test_nothing_that_people_type_comes_alive_in_an_answer(verb: str, text: str) -> None:
    town = Town(members={NK: {ANA}})
    with open_room(directory=town) as room:
        room.store.rules.add(
            Rule(name="r", query="missile", channel=NK, owner=ANA), who=ANA, now=NOW
        )
        asker = replace(room.asker, channel=NK)
        line = f"{verb} {typed(escaped_alike(text))}"
        try:
            command, rest = ("digest", line[6:]) if verb == "digest" else ("watch", line)
            reply = run(room.desk, asker, "digest" if command == "digest" else "watch", rest)
        except WatchdeskError as error:
            check(explained(error), addresses=set(), public=False)
            return
        check(reply.message, addresses=set(), public=False)
        for _, said in reply.public:
            check(said, addresses=set(), public=True)


moments = st.integers(0, 2 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC))


@settings(max_examples=60)
@given(st.lists(alerts, max_size=6), st.lists(texts, max_size=10), moments, moments, texts)
def test_messages_that_stand_for_others_show_text_as_text(
    held: list[Alert], gaps: list[str], began_at: datetime, ended_at: datetime, reason: str
) -> None:
    told = CatchUp(
        id="d", began_at=began_at, ended_at=ended_at, alerts=tuple(held), gaps=tuple(gaps)
    )
    addresses = {web_link(alert.entry.url) for alert in held}
    for message in (
        catchup_message(told),
        catchup_message(replace(told, is_restore=True)),
        held_message(held),
        repeated(held_message(held[:1])),
        paused_message("C0NK00000", reason=reason, advice="Ask an admin.", waiting=3),
        working_again_message(reason),
        *([rolling_message(held, per_hour=12)] if held else []),
    ):
        check(message, addresses=addresses, public=True)


@settings(max_examples=60)
@given(entries, texts, texts, st.lists(rules, max_size=8), urls)
def test_what_is_said_of_feeds_shows_text_as_text(
    entry: Entry, title: str, reason: str, depending: list[Rule], moved_to: str | None
) -> None:
    feed = Feed(url="https://harbour.example/rss", title=title, id=7)
    state = FeedState(failures=3, last_error=reason, last_status=500, failing_since=NOW)
    patient = feed_health.Patient(feed=feed, state=state, last=entry, last_at=NOW, rules=depending)
    addresses = {feed.url, web_link(entry.url)}
    to = moved_to or "https://elsewhere.example/"
    hour = timedelta(hours=1)
    for message in (
        feed_health.failing_message(patient, code="unreadable"),
        feed_health.back_message(feed, since=NOW - hour, until=NOW, reason=reason, may_lack=True),
        feed_health.quiet_message(patient, silence=hour, usual=hour),
        feed_health.speaks_message(feed, silence=hour),
        feed_health.gone_message(patient),
        feed_health.move_question(patient, to=to),
        feed_health.moved_message(feed, address=to),
        feed_health.flood_message(feed, entries=9, posted=3, waiting=6),
    ):
        check(message, addresses=addresses, public=True)


@settings(max_examples=60)
@given(alerts, texts, whens)
def test_a_reply_in_a_storys_thread_shows_text_as_text(
    alert: Alert, note: str, at: datetime
) -> None:
    entry = replace(alert.entry, published=at)
    message = report_message(entry, alert.why, note=note)
    check(message, addresses={web_link(entry.url)}, public=True)
