"""Every error of a command names the place and the way out, and leaves nothing half-saved."""

from __future__ import annotations

import pytest

from bot.commands import explained
from bot.errors import RuleError, StoreError
from tests.commands.parts import ANA, BEN, Room

#: What is typed → where it went wrong → what to type instead.
CASES = [
    ("add", "What shall I watch for?", "`/watch add missile base*"),
    ("add in:#nk level:flash", "What shall I watch for?", "`/watch add missile base*"),
    ('add actor:"Kim', "missing closing quote", "^```"),
    ("add (missile", "missing closing bracket", "^```"),
    ("add missile)", "closing bracket without", "^```"),
    ("add -missile", "needs a word", "^```"),
    ("add actr:Kim", "unknown field actr", "did you mean actor:"),
    ("add topic:on missile", "unknown field topic", "there are actor"),
    ("add missile AND", "AND needs a word after it", "^```"),
    ("add ab*", "too short", "at least 3 letters"),
    ("add missile level:loud", "There is no level `loud`", "`level:urgent`"),
    ("add missile in:#a in:#b", "`in:` is given twice", "`in:#nk-alerts`"),
    ("add missile name:", "`name:` has nothing after it", '`name:"NK missiles"`'),
    ('add missile name:"x', "quote after `name:` is not closed", '`name:"NK missiles"`'),
    ("add missile in:#No-Capitals", "can't find the channel `#No-Capitals`", "`in:#its-name`"),
    ("add missile <#C0DMZ0000|dmz>", "<#C0DMZ0000|dmz>", "write `in:` right before it"),
    ("test", "What shall I watch for?", "`/watch test missile base*"),
    ("list zzz", "`zzz`", "`/watch list all`"),
    ("show", "Which rule?", "`/watch show W12`"),
    ("show W99", "no rule W99", "`/watch list all`"),
    ("show W1 W2", "One rule at a time", "`/watch show W12`"),
    ("edit W1", "What shall change in *W1*?", "`/watch edit W1 level:urgent"),
    ("edit W1 (x", "missing closing bracket", "^```"),
    ("edit bases", "`bases` is no rule's id", "`/watch edit W12`"),
    ("remove W1 now", "`now`", "`/watch remove W1 yes`"),
    ("undo W1", "takes no words", "brings back the rule you removed last"),
    ("undo", "nothing to bring back", "`/watch history W12`"),
    ("pause W1 soon", "`soon`", "`until monday`"),
    ("resume W1", "is not paused", "landmine*"),
    ("resume W1 W2", "One at a time", "`/watch resume W12`"),
    ("resume #nk", "Nothing is held back for `#nk`", "`/watch status`"),
    ("history ?", "no rule `?`", "`/watch history W12`"),
    ("history F9", "no feed F9", "`/watch feeds`"),
    ("history W1 x", "no rule `W1 x`", "`/watch list all`"),
    ("why", "Why what?", "`/watch why https://"),
    ("why https://x.example/1", "never seen `https://x.example/1`", "`/watch feed add x.example`"),
    ("why zzz", "`zzz`", "Try fewer words"),
    ("feed", "What about that feed?", "`/watch feed remove F7`"),
    ("feed add a.example", "Feeds are for admins", "Ask a workspace admin"),
    ("status please", "takes no words", "`/watch status`"),
    ("help zzz", "no `zzz`", "`/watch help`"),
    ("lst", "I don't know `lst`", "Did you mean `list`?"),
    ("zzzzz", "I don't know the word `zzzzz`", "`/watch add zzzzz`"),
    ("digest since x", "`since x`", "`since monday`"),
    ("digest W99", "no rule W99", "`/watch list all`"),
    ("digest (x", "missing closing bracket", "^```"),
]


@pytest.mark.parametrize(("line", "place", "way_out"), CASES, ids=[case[0] for case in CASES])
def test_an_error_names_the_place_and_the_way_out(
    room: Room, line: str, place: str, way_out: str
) -> None:
    room("add landmine* yes")
    before = room.store.rules.revision(), len(room.store.feeds.all())
    words = room.refused(line)
    assert place in words
    assert way_out in words
    assert len(words.split("\n")) // 2 <= 8
    assert (room.store.rules.revision(), len(room.store.feeds.all())) == before


def test_what_is_not_yours_says_whose_and_where(room: Room) -> None:
    room("add landmine* yes")
    words = room.refused("remove W1", as_=BEN, at="#other")
    assert f"belongs to <@{ANA}>" in words
    assert "send this from #nk" in words


def test_a_broken_database_says_what_to_do() -> None:
    error = StoreError("watchdesk.db: database is locked → another process holds the database")
    assert "another process holds the database" in explained(error).text


def test_a_rule_error_without_a_place_is_said_without_one() -> None:
    error = RuleError("the rule is empty: give <keywords>")
    assert explained(error).text == (
        ":x: the rule is empty: give &lt;keywords&gt;\nNothing was saved."
    )
