"""A report that shows what tells the same: stories are put together anew, threads stay honest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot import retell
from bot.catchup import post_all
from bot.compose import Budget
from bot.core.models import DeliveryState, Entry, Feed, Rejected, Scope
from bot.deliver import deliver_due
from bot.poll import poll_due
from bot.store import open_store
from bot.storyline import Placed, Storyline
from tests.flow.parts import GAZETTEER, START, add_rule, fetched, make_poller, placed_in, rss
from tests.flow.test_stories import OUTLETS, Wire, address, catch_up, go_away, stand_behind

VALLEYS = "Missile bases are hidden in the mountain valleys, satellite images reveal"
STUDY = "The study names undeclared missile sites and their commanders"
BOTH = "The study of missile sites names commanders and their undeclared bases; images reveal mountain valleys"
DEPOT = "The missile depot burns after a drone strike on the harbour town"
BOAT = "The missile boat sinks after a drone strike on the harbour town"
CREW = "The navy says that nine of the sunken missile boat were rescued"
REST = "The harbour town counts what burned in the missile depot"


class Told(Storyline):
    """Puts reports where a test says: by title, the title of a report of the story, and others."""

    joins: dict[str, str]
    brings: dict[str, tuple[str, ...]]

    def place(self, entry: Entry, now: object) -> Placed:
        placed = super().place(entry, now)  # type: ignore[arg-type]
        story = self._find(self.joins.get(entry.title), "story_id")
        gathered = tuple(self._find(one, "id") or 0 for one in self.brings.get(entry.title, ()))
        return placed_in(placed, story, gathered)

    def _find(self, title: str | None, what: str) -> int | None:
        row = self._store._db.row("select * from entries where title = :title", {"title": title})
        return row[what] if row else None


class Desk(Wire):
    """The same three outlets, whose reports are put where a test says."""

    def restart(self) -> None:
        self.stories = Told(self.store, lambda: GAZETTEER)
        self.stories.joins, self.stories.brings = {}, {}
        self.poller = make_poller(self.store, self.fetch, self.clock, self.stories)


@pytest.fixture
def wire() -> Iterator[Wire]:
    store = open_store("sqlite://")
    yield Wire(store)
    store.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    store = open_store("sqlite://")
    yield Desk(store)
    store.close()


def threads(wire: Wire) -> list[tuple[str, str | None]]:
    """Return what the channel sees: the first words of each message, and its thread."""
    titles = (VALLEYS, STUDY, BOTH, DEPOT, BOAT, CREW, REST)
    return [
        (next((one for one in titles if one in message.text), message.text), thread)
        for (_, _, message), (thread, _) in zip(wire.sink.visible, wire.sink.threads, strict=True)
    ]


def stories(wire: Wire) -> dict[str, int]:
    rows = wire.store._db.rows("select title, story_id from entries order by id")
    return {row["title"]: row["story_id"] for row in rows}


def test_a_third_report_shows_that_two_stories_are_one(wire: Wire) -> None:
    wire.report("harbour", VALLEYS)
    wire.report("ledger", STUDY)
    assert stories(wire) == {VALLEYS: 1, STUDY: 2}
    wire.report("monitor", BOTH)
    assert stories(wire) == {VALLEYS: 1, STUDY: 1, BOTH: 1}
    assert threads(wire) == [(VALLEYS, None), (STUDY, None), (BOTH, "0.0")]
    assert "*3 outlets*" in wire.sink.edits[-1][2].text
    assert wire.store.stories.became(2) == 1
    (study,) = (one for one in wire.store.entries.of_story(1) if one.entry.title == STUDY)
    assert study.reason == "first report; now S1, as a later report shows"


def test_stories_put_together_stay_so_after_a_restart(wire: Wire) -> None:
    wire.report("harbour", VALLEYS)
    wire.report("ledger", STUDY)
    wire.report("monitor", BOTH)
    wire.restart()
    wire.report("harbour", STUDY.replace("names", "lists"))
    assert wire.sink.threads[3:] == [("0.0", False)]
    assert set(stories(wire).values()) == {1}


def test_where_only_the_other_was_posted_its_thread_goes_on(wire: Wire) -> None:
    wire.store.rules.edit(replace(wire.rule, query="commanders"), who="U1", now=START)
    wire.report("harbour", VALLEYS)
    wire.report("ledger", STUDY)
    wire.report("monitor", BOTH)
    assert stories(wire)[BOTH] == 1
    assert threads(wire) == [(STUDY, None), (BOTH, "0.0")]


def test_what_people_made_is_left_as_it_is(wire: Wire) -> None:
    wire.report("harbour", VALLEYS)
    wire.report("ledger", STUDY)
    retell.join(wire.store, 2, 1, now=wire.clock.now)
    retell.split(wire.store, wire.store.entries.of_story(2)[0], now=wire.clock.now)
    before = stories(wire)
    wire.report("monitor", BOTH)
    assert stories(wire).items() >= before.items()


def test_a_report_in_the_wrong_thread_gets_an_alert_of_its_own(desk: Desk) -> None:
    desk.stories.joins = {BOAT: DEPOT}
    desk.stories.brings = {CREW: (BOAT,)}
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    assert threads(desk) == [(DEPOT, None), (BOAT, "0.0")]
    desk.report("monitor", CREW)
    assert threads(desk)[2:] == [(BOAT, None)], "its own post; what fired first is shown"
    assert stories(desk) == {DEPOT: 1, BOAT: 2, CREW: 2}
    said = [message.text for _, ts, message in desk.sink.edits if ts == "1.0"]
    assert "turned out to tell another story: S2" in said[-1].replace("∶", ":")
    counted = [message.text for _, ts, message in desk.sink.edits if ts == "0.0"]
    assert "outlets" not in counted[-1], "the old post counts it no more"


def test_it_is_owed_even_if_the_new_report_concerns_nobody(desk: Desk) -> None:
    desk.store.rules.edit(
        replace(desk.rule, query="missile depot OR missile boat"), who="U1", now=START
    )
    quiet = CREW.replace("missile ", "")
    desk.stories.joins, desk.stories.brings = {BOAT: DEPOT}, {quiet: (BOAT,)}
    desk.store.channels.set_threads("#nk", "quiet")
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    assert threads(desk) == [(DEPOT, None)]
    desk.report("monitor", quiet)
    assert threads(desk)[1:] == [(BOAT, None)]


def test_what_stays_behind_is_posted_with_its_next_report(desk: Desk) -> None:
    desk.stories.joins = {BOAT: DEPOT, REST: BOAT}
    desk.stories.brings = {CREW: (DEPOT,)}
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    desk.report("monitor", CREW)
    assert stories(desk) == {DEPOT: 2, BOAT: 1, CREW: 2}
    assert threads(desk)[2:] == [(CREW, "0.0")], "the post went with the report it shows"
    story = desk.store.stories.get(1)
    assert story
    assert story.title == BOAT
    desk.report("harbour", REST)
    assert threads(desk)[3:] == [(BOAT, None)]
    desk.report("ledger", REST.replace("counts", "rebuilds"))
    assert len({post.id for story in (1, 2) for post in desk.store.deliveries.posts(story)}) == 2


def test_within_one_document_nothing_is_owed_that_came_over(desk: Desk) -> None:
    desk.stories.brings = {CREW: (BOAT,)}
    desk.entries["harbour"] = [("g0", BOAT), ("g1", CREW)]
    desk.poll()
    assert len(set(stories(desk).values())) == 1
    assert threads(desk) == [(BOAT, None), (CREW, "0.0")]
    assert len(desk.store._db.rows("select * from deliveries where kind = 'post'")) == 1


def test_a_first_poll_brings_nothing_over(desk: Desk) -> None:
    desk.stories.joins, desk.stories.brings = {BOAT: DEPOT}, {CREW: (BOAT,)}
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    desk.store.feeds.add(Feed(url=address("new"), title="New"), now=desk.clock.now)
    body = rss(("g0", CREW), site="https://new.example")
    desk.fetch.answers[address("new")] = fetched(body, url=address("new"))
    desk.poll()
    assert stories(desk) == {DEPOT: 1, BOAT: 1, CREW: 2}


def test_of_two_posts_of_a_story_the_older_ones_thread_goes_on(desk: Desk) -> None:
    desk.stories.brings = {CREW: (BOAT,)}
    desk.stories.joins = {CREW: DEPOT}
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    desk.report("monitor", CREW)
    assert stories(desk)[BOAT] == 1
    assert threads(desk) == [(DEPOT, None), (BOAT, None), (CREW, "0.0")]


def test_after_people_join_stories_the_next_report_goes_to_the_thread_there_is(desk: Desk) -> None:
    desk.report("harbour", REST.replace("missile ", ""))
    desk.report("ledger", DEPOT)
    retell.join(desk.store, 1, 2, now=desk.clock.now)
    desk.stories.joins = {BOAT: DEPOT}
    desk.report("monitor", BOAT)
    assert threads(desk) == [(DEPOT, None), (BOAT, "0.0")]


def test_what_came_over_is_forgotten_with_its_text(desk: Desk) -> None:
    desk.stories.joins, desk.stories.brings = {BOAT: DEPOT}, {CREW: (BOAT,)}
    for outlet, title in zip(OUTLETS, (DEPOT, BOAT, CREW), strict=True):
        desk.report(outlet, title)
    assert desk.store.past.gathered(0)
    desk.clock.forward(days=100)
    list(desk.store.retention.prune(desk.clock.now, now=desk.clock.now))
    assert desk.store.past.gathered(0) == []


def test_two_channels_are_told_each_what_its_rules_want(desk: Desk) -> None:
    add_rule(desk.store, "boat", channel="#sea")
    desk.stories.joins, desk.stories.brings = {BOAT: DEPOT}, {CREW: (BOAT,)}
    for outlet, title in zip(OUTLETS, (DEPOT, BOAT, CREW), strict=True):
        desk.report(outlet, title)
    posts = {(one.channel, story) for story in (1, 2) for one in desk.store.deliveries.posts(story)}
    assert posts == {("#nk", 1), ("#nk", 2), ("#sea", 2)}, "a post goes with the report it shows"
    told = [message.text for channel, _, message in desk.sink.visible if channel == "#sea"]
    assert sum(BOAT in text for text in told) == 1


def unseen(desk: Desk) -> None:
    """Owe a story's post and replies of the other, and let all turn out to be one story."""
    desk.stories.joins = {REST: BOAT, CREW: DEPOT}
    desk.stories.brings = {CREW: (BOAT, REST)}
    desk.report("harbour", DEPOT)
    for outlet, titles in (("ledger", [BOAT]), ("monitor", [REST, CREW])):
        body = rss(*((title, title) for title in titles), site=f"https://{outlet}.example")
        desk.fetch.answers[address(outlet)] = fetched(body, url=address(outlet))
        desk.store._db.run("update feeds set next_poll_at = 0")
        poll_due(desk.poller)  # and nothing is sent
    desk.entries["ledger"], desk.entries["monitor"] = [(BOAT, BOAT)], [(REST, REST), (CREW, CREW)]


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("on", [(DEPOT, None), (BOAT, "0.0"), (REST, "0.0"), (CREW, "0.0")]),
        ("off", [(DEPOT, None), (BOAT, None), (REST, None), (CREW, None)]),
        ("quiet", [(DEPOT, None)]),
    ],
)
def test_an_alert_that_nobody_saw_is_a_report_of_the_story_it_turned_out_to_tell(
    desk: Desk, mode: str, shown: list[tuple[str, str | None]]
) -> None:
    desk.store.channels.set_threads("#nk", mode)
    unseen(desk)
    desk.poll()
    desk.poll()
    assert set(stories(desk).values()) == {1}
    assert threads(desk) == shown
    assert {one.state for one in desk.store.deliveries.posts(1)} == {DeliveryState.SENT}
    assert desk.store.deliveries.counts()[DeliveryState.PENDING] == 0
    assert desk.store.deliveries.posts(2) == []
    assert "*3 outlets*" in [m.text for _, ts, m in desk.sink.edits if ts == "0.0"][-1]


def test_what_the_noise_budget_held_is_told_in_the_thread_of_its_story(desk: Desk) -> None:
    desk.courier = replace(desk.courier, budget=Budget(2))
    desk.stories.joins, desk.stories.brings = {CREW: DEPOT}, {CREW: (BOAT,)}
    desk.entries["harbour"] = [("d", DEPOT), ("b", BOAT)]
    desk.poll()
    (held,) = desk.store.deliveries.posts(2)
    assert held.state is DeliveryState.HELD
    body = rss(("c", CREW), site="https://monitor.example")
    desk.fetch.answers[address("monitor")] = fetched(body, url=address("monitor"))
    desk.store._db.run("update feeds set next_poll_at = 0")
    poll_due(desk.poller)
    for _ in range(3):
        desk.clock.forward(seconds=10)
        deliver_due(desk.courier)
    assert threads(desk)[-2:] == [(BOAT, "0.0"), (CREW, "0.0")]
    assert desk.store.deliveries.posts(2) == []


def test_what_waits_behind_the_message_of_an_outage_goes_on_waiting(desk: Desk) -> None:
    desk.stories.joins, desk.stories.brings = {CREW: DEPOT}, {CREW: (BOAT,)}
    desk.report("harbour", DEPOT)
    go_away(desk)
    desk.report("ledger", BOAT)
    assert stand_behind(desk) == 1
    desk.report("monitor", CREW)
    assert threads(desk)[2:] == [(CREW, "0.0")]
    assert stand_behind(desk) == 1
    message = catch_up(desk)
    assert post_all(desk.store, message.id, by="*Ana*", now=desk.clock.now) == 1
    desk.poll()
    assert threads(desk)[3:] == [(BOAT, None)], "it may have been visible before; people decided"


def test_a_post_that_was_refused_for_good_leaves_the_story_to_another_one(desk: Desk) -> None:
    desk.stories.joins, desk.stories.brings = {CREW: DEPOT}, {CREW: (BOAT,)}
    desk.sink.outcomes = [
        Rejected(reason="msg_too_long", advice="shorten it", scope=Scope.DELIVERY)
    ]
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    desk.report("monitor", CREW)
    assert threads(desk) == [(BOAT, None), (CREW, desk.sink.threads[-1][0])]
    assert desk.sink.threads[-1][0] is not None
    told = {one.state for one in desk.store.deliveries.posts(1)}
    assert told == {DeliveryState.REJECTED, DeliveryState.SENT}


def test_an_alert_goes_on_showing_its_report_when_an_older_one_turns_out_to_tell_the_story(
    desk: Desk,
) -> None:
    quiet = REST.replace("missile ", "")
    desk.stories.joins, desk.stories.brings = {BOAT: quiet, CREW: quiet}, {CREW: (DEPOT,)}
    desk.report("harbour", quiet)
    desk.report("ledger", DEPOT)
    desk.report("monitor", BOAT)
    assert threads(desk) == [(DEPOT, None), (BOAT, None)]
    desk.report("harbour", CREW)
    assert threads(desk)[2:] == [(CREW, "1.0")], "in the thread of the story's own post"
    shown = {ts: message.text for _, ts, message in desk.sink.edits}
    assert BOAT in shown["1.0"]
    assert DEPOT in shown.get("0.0", DEPOT)
    desk.report("ledger", CREW.replace("nine", "ten"))
    assert len(desk.sink.visible) == 4
    assert BOAT in {ts: message.text for _, ts, message in desk.sink.edits}["1.0"]


def test_a_gatherer_that_no_rule_wants_owes_no_reply_of_its_own(desk: Desk) -> None:
    quiet = CREW.replace("missile ", "")
    desk.stories.brings = {quiet: (BOAT,)}
    desk.report("harbour", REST.replace("missile ", ""))
    desk.stories.joins = {quiet: REST.replace("missile ", ""), DEPOT: quiet}
    desk.entries["ledger"] = [("g0", BOAT), ("g1", quiet), ("g2", DEPOT)]
    desk.poll()
    assert threads(desk) == [(BOAT, None), (DEPOT, "0.0")]


def test_when_people_join_stories_a_second_post_stands_beside(desk: Desk) -> None:
    desk.report("harbour", DEPOT)
    desk.report("ledger", BOAT)
    retell.join(desk.store, 1, 2, now=desk.clock.now)
    desk.stories.joins = {CREW: DEPOT}
    desk.report("monitor", CREW)
    assert threads(desk) == [(DEPOT, None), (BOAT, None), (CREW, "0.0")]
    first, second = desk.store.deliveries.posts(1)
    assert (first.entry_id, second.entry_id) == (None, 2)
    assert BOAT in {ts: message.text for _, ts, message in desk.sink.edits}["1.0"]


def test_replies_say_nothing_of_a_story_whose_post_went_along(desk: Desk) -> None:
    quiet = BOAT.replace("missile ", "")
    desk.stories.joins = {REST: DEPOT, CREW: quiet}
    desk.stories.brings = {CREW: (DEPOT, REST)}
    for outlet, title in (("monitor", quiet), ("harbour", DEPOT), ("ledger", REST)):
        desk.report(outlet, title)
    desk.report("monitor", CREW)
    assert threads(desk) == [(DEPOT, None), (REST, "0.0"), (CREW, "0.0")]
    assert {ts for _, ts, _ in desk.sink.edits} == {"0.0"}


def test_where_threads_are_off_what_moves_is_not_alerted_to_again(desk: Desk) -> None:
    desk.store.channels.set_threads("#nk", "off")
    desk.stories.joins, desk.stories.brings = {BOAT: DEPOT, REST: DEPOT}, {CREW: (BOAT, REST)}
    for outlet, title in zip(OUTLETS, (DEPOT, BOAT, REST), strict=True):
        desk.report(outlet, title)
    desk.report("harbour", CREW)
    desk.poll()
    assert threads(desk) == [(DEPOT, None), (BOAT, None), (REST, None), (CREW, None)]
    shown = [post.entry_id for post in desk.store.deliveries.posts(2)]
    assert shown == [None, 3, 4]


def test_the_report_that_a_new_story_is_called_by_is_told_beside_what_it_brought(
    desk: Desk,
) -> None:
    desk.store.channels.set_threads("#nk", "off")
    desk.stories.joins, desk.stories.brings = {BOAT: DEPOT}, {CREW: (BOAT,)}
    desk.report("harbour", DEPOT)
    desk.entries["monitor"] = [("b", BOAT), ("c", CREW)]
    desk.poll()
    desk.poll()
    assert threads(desk) == [(DEPOT, None), (BOAT, None), (CREW, None)]


def test_a_first_report_whose_story_shows_what_came_over_replies(desk: Desk) -> None:
    desk.stories.joins = {REST: DEPOT, CREW: BOAT}
    desk.stories.brings = {CREW: (DEPOT,)}
    desk.entries["harbour"] = [("d", DEPOT), ("r", REST), ("b", BOAT), ("c", CREW)]
    desk.poll()
    desk.poll()
    assert {one for one, thread in threads(desk) if thread is None} == {DEPOT, REST}
    assert [one for one, thread in threads(desk) if thread] == [BOAT, CREW]
