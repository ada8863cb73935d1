"""docs/commands.md says what the commands do: every verb, alias, option and example, and no other."""

from __future__ import annotations

import re

import pytest

from bot.commands import SPELLINGS, VERBS, Verb
from bot.commands.help import DIGEST_EXAMPLES
from bot.commands.line import OPTIONS
from bot.core.models import Match
from bot.core.rules import FIELDS, parse
from tests.commands.parts import BOSS, NOW, Room, pages, rss, story
from tests.commands.test_feed_care import hold, learn, tell
from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^- `/(watch|digest) ?(.*)`$", DOCUMENT, re.MULTILINE)


def section(verb: str) -> str:
    found = re.search(rf"^### `/watch {verb}`$(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found, verb
    return found[1]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_its_section_with_its_examples_and_aliases(verb: Verb) -> None:
    text = section(verb.name)
    for example in verb.examples:
        assert f"- `/watch {example}`" in text
    also = re.search(r"^Also: (.*?)\.", text, re.MULTILINE)
    assert re.findall(r"`([^`]+)`", also[1] if also else "") == list(verb.aliases)


def test_no_verb_is_explained_that_does_not_exist() -> None:
    headings = re.findall(r"^### `/(?:watch|digest) ?(.*)`$", DOCUMENT, re.MULTILINE)
    assert sorted(headings) == sorted(["", "", *(verb.name for verb in VERBS)])


def test_every_option_and_field_is_explained() -> None:
    for option, example in OPTIONS.items():
        assert f"| `{example}` |" in DOCUMENT, option
    for field in ("actor", "location", "source", "title", "tag", "lang"):
        assert f"`{field}:" in DOCUMENT
        assert field in FIELDS


def test_every_query_of_the_table_can_be_read() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", DOCUMENT.partition("Options may stand")[0], re.MULTILINE)
    queries = [query for row in rows for query in re.findall(r"`([^`]+)`", row)]
    assert len(queries) > 8
    for query in queries:
        parse(query if "lang:" not in query else f"x1 {query}")


def test_every_example_works(room: Room) -> None:
    """In the order of the document, on a desk that has what the examples speak of."""
    feed = ("application/rss+xml", rss("Example", ("One", "Tue, 12 May 2026 10:00:00 GMT")))
    room.forward(days=193)  # the dates in the document lie around November 2026
    room.feed("Yonhap", "https://yonhap.example/rss")
    for number in range(12):
        room(f"add word{number}" + " level:flash" * (number == 11) + " yes")
    room.publish(story(1, "Undeclared missile bases"))
    room.store.channels.pause("#nk-alerts", until=NOW, reason="x", advice="y", now=NOW)
    with pages(news=feed) as site:
        done = set()
        for command, example in EXAMPLES:
            text = example.replace("https://example.org/news", f"{site}/news")
            text = text.replace("https://example.org/2018/11/report", "https://harbour.example/1")
            _prepare(room, text, site)
            room(text, as_=BOSS, command=command)
            done.add(f"{command} {example}")
    assert {f"watch {example}" for verb in VERBS for example in verb.examples} <= done
    assert {f"digest {example}".strip() for example in DIGEST_EXAMPLES if example} <= done


def _prepare(room: Room, text: str, site: str) -> None:
    """Put right what an earlier example has changed, so that this one can be carried out."""
    rules = room.store.rules
    word = text.split(" ", maxsplit=1)[0]
    if word in SPELLINGS and "W12" in text and rules.is_removed(12):
        rules.restore(12, who=BOSS, now=NOW)
    if text == "undo":
        rules.remove(12, who=BOSS, now=NOW)
    if text == "edit W12 level:flash":
        room("edit W12 level:info", as_=BOSS)
    if text == "resume W12":
        room("pause W12", as_=BOSS)
    if text.startswith("feed remove") or "F7" in text:
        number = room.feed("Example", "https://example.org/feed.xml")
        if "F7" in text:
            while number < 7:
                number = room.feed("More", f"https://more{number}.example/rss")
    if text.startswith("mute term"):
        room("edit W12 parade OR missile* yes", as_=BOSS)
    _alert(room, text)
    _trouble(room, text, site)


def _tell(room: Room, text: str) -> None:
    """Let the reports that an example is about tell the stories that it names."""
    told = {88: 2, 91: 3} if "S88" in text else {1: 2}
    room.publish(*(story(number, f"Report no {number}") for number in (2, 3)))
    for story_id, number in told.items():
        new = {"id": story_id, "uid": f"s{story_id}", "now": 0}
        room.store._db.run(
            "insert or ignore into stories (id, uid, title, first_seen_at, last_seen_at) "
            "values (:id, :uid, :uid, :now, :now)",
            new,
        )
        move = "update entries set story_id = :id where key = :key"
        room.store._db.run(move, {"id": story_id, "key": f"k{number}"})


def _alert(room: Room, text: str) -> None:
    """Let the story that an example is about be told, and have an alert if it is about that."""
    if text.startswith("story") or "S88" in text:
        _tell(room, text)
    if not text.startswith(("judge", "mute story", "share")):
        return
    [number] = re.findall(r"S(\d+)", text)
    [entry] = room.store.entries.of_story(int(number))[:1]
    match = Match(rule_id=12, rule_version=1, why=())
    room.store.entries.add_matches(entry.entry.id, [match], quiet=False, now=NOW)
    room.store.deliveries.queue("#nk", int(number), f"s{number}", priority=0, now=NOW)
    sent = "update deliveries set ts = '1.0', state = 'sent' where story_id = :id"
    room.store._db.run(sent, {"id": int(number)})


def _trouble(room: Room, text: str, site: str) -> None:
    """Let a feed have the trouble that an example is about."""
    if text.startswith("feed move F7"):
        for known in room.store.feeds.all():
            if known.address == f"{site}/news" and known.feed.id != 7:
                room.store.feeds.remove(known.feed.id, now=NOW)
        learn(room, 7, moved_to=f"{site}/news")
    if text == "feed resume F7":
        learn(room, 7, stopped_at=NOW)
    if text == "feed post F7":
        hold(room, 7)
    if text == "feeds quiet":
        tell(room, "quiet", 1, "#nk")
