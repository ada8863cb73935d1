"""The card of a rule that is not saved yet: what it would have caught, Save, Cancel, variants."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands import press
from bot.commands.card import CANCEL, SAVE, TAKE
from tests.commands.parts import ANA, BEN, BOSS, NOW, Room, buttons, said, story


def drafted(room: Room, text: str, **where: str) -> str:
    """Ask for a card and return the number of its draft."""
    return buttons(room.ask(text, **where).message)[SAVE]


# ── what it shows ─────────────────────────────────────────────────────────────


def test_the_card_shows_numbers_bars_and_the_latest_with_their_reasons(room: Room) -> None:
    room.publish(*(story(n, f"Landmines no. {n}") for n in range(7)), first=True)
    words = room('add landmine* level:flash name:"Mines"')
    assert ":mag: Not saved yet: *Mines* · #nk · flash\n`landmine*`" in words
    assert (
        "*7 entries → 7 alerts (stories)*, busiest day 7 (13 May), from 1 of 1 feed (only 1 day"
        in words
    )
    assert "`▁▁▁▁▁▁▁▁▁▁▁▁▁█`" in words
    assert words.count("why: *Landmines* (title)") == 2 * 5  # in the text and in the blocks
    assert len(words.split("\n")) // 2 <= 5 + 5
    assert room.store.rules.live() == []


def test_entries_of_a_first_poll_count_on_the_day_they_were_published(room: Room) -> None:
    room.publish(
        story(1, "Landmines one", at=NOW),
        story(2, "Landmines two", at=NOW - timedelta(hours=1)),
        story(3, "Landmines three", at=NOW - timedelta(days=3)),
        story(4, "Landmines of old", at=NOW - timedelta(days=40)),
        story(5, "Landmines undated", at=None),
        first=True,
    )
    words = room("test landmine*")
    assert "*4 entries → 4 alerts (stories)*, busiest day 3 (13 May)" in words
    assert "`▁▁▁▁▁▁▁▁▁▁▄▁▁█`" in words


def test_days_begin_where_the_asker_lives(room: Room) -> None:
    room.publish(story(1, "Landmines", at=NOW - timedelta(hours=10)), first=True)  # 02:00 UTC
    assert "busiest day 1 (13 May)" in room("test landmine*")
    room.asker = type(room.asker)(user=ANA, channel="#nk", zone=ZoneInfo("America/Lima"))
    assert "busiest day 1 (12 May)" in room("test landmine*")


def test_nothing_found_and_nothing_to_look_at(room: Room) -> None:
    assert "No entries are stored yet" in room("test landmine*")
    room.publish(story(1, "Weather"))
    assert "caught nothing of 1 entry" in room("test landmine*")
    assert "I don't know the location `Atlantis`" in room("test location:Atlantis")


def test_a_rule_that_waits_for_outlets_says_that_no_alert_came_of_it(room: Room) -> None:
    room.publish(story(1, "Landmines"))
    assert "*1 entry → no alert*, from 1 of 1 feed" in room("test landmine* outlets:2")


def test_the_card_of_a_change_shows_old_and_new(room: Room) -> None:
    room.publish(story(1, "Landmines cleared"), story(2, "Sea mines"))
    room("add mines OR landmine* yes")
    words = room("edit W1 landmine*")
    assert ":mag: Not saved yet: the change of *W1* · #nk · info\n`landmine*`" in words
    assert "*1 entry → 1 alert (story)*" in words
    assert "As it is now: 2 entries → 2 alerts (stories) · `mines OR landmine*`" in words
    assert room.store.rules.live()[0].query == "mines OR landmine*"


# ── what is done about it ─────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", ["add", "test"])
def test_nothing_watches_before_save(room: Room, verb: str) -> None:
    draft = drafted(room, f'{verb} landmine* level:urgent name:"Mines" outlets:2')
    room.publish(story(1, "Landmines"))
    assert room.store.entries.matches(1) == []
    words = room.press(SAVE, draft)
    assert ":white_check_mark: Watching: *Mines* (W1) · #nk · urgent · from 2 outlets on" in words
    (rule,) = room.store.rules.live()
    assert (rule.query, rule.owner, rule.channel) == ("landmine*", ANA, "#nk")


def test_save_pressed_twice_saves_once(room: Room) -> None:
    draft = drafted(room, "add landmine*")
    room.press(SAVE, draft)
    assert "It is saved already: *W1* · #nk" in room.press(SAVE, draft)
    assert "It is saved already" in room.press(CANCEL, draft)
    room("remove W1 yes")
    assert "removed since: `/watch undo`" in room.press(SAVE, draft)
    assert len(room.store.rules.history(1)) == 2


def test_save_is_announced_and_can_be_undone(room: Room) -> None:
    draft = drafted(room, "add landmine*")
    answer = press(room.desk, room.who(), SAVE, draft)
    assert [(channel, line.text) for channel, line in answer.public] == [
        ("#nk", "*ana* added *W1*: `landmine*`")
    ]
    assert "Removed" in room.press("undo", buttons(answer.message)["undo"])


def test_cancel_is_the_end_of_it(room: Room) -> None:
    draft = drafted(room, "add landmine*")
    assert room.press(CANCEL, draft) == "\n".join(
        [":wastebasket: Cancelled. Nothing was saved."] * 2
    )
    again = room.press_refused(SAVE, draft)
    assert "This rule was cancelled" in again
    assert "`/watch add landmine* yes`" in again
    assert room.store.rules.live() == []


def test_the_card_of_somebody_else_does_nothing(room: Room) -> None:
    draft = drafted(room, "add landmine*")
    for action in (SAVE, CANCEL):
        words = room.press_refused(action, draft, as_=BEN)
        assert "This card is somebody else's" in words
        assert "landmine" not in words
    assert "Watching" in room.press(SAVE, draft)


def test_a_card_is_good_for_a_day(room: Room) -> None:
    draft = drafted(room, "add landmine*")
    room.forward(hours=23)
    room.store.drafts.forget(room.clock())
    assert "saved" in room.press(CANCEL, draft)
    room.forward(hours=2)
    assert room.store.drafts.forget(room.clock()) == 1
    assert "more than a day old" in room.press_refused(SAVE, draft)


def test_save_looks_again_at_what_may_have_changed(room: Room) -> None:
    new = drafted(room, "add landmine*")
    room("add landmine* yes")
    assert "*W1* already watches exactly this" in room.press_refused(SAVE, new)
    change = drafted(room, "edit W1 mine*")
    room("edit W1 level:flash", as_=BOSS)
    words = room.press_refused(SAVE, change)
    assert f"<@{BOSS}> edited *W1* in the meantime. Nothing was saved." in words
    change = drafted(room, "edit W1 mine*")
    assert "Changed: *W1* · #nk · flash" in room.press(SAVE, change)
    change = drafted(room, "edit W1 seamine*")
    room("remove W1 yes")
    assert "was removed" in room.press_refused(SAVE, change)


def test_a_rule_tried_for_a_channel_that_cannot_be_is_refused_at_save(room: Room) -> None:
    draft = drafted(room, "test landmine* in:#No-Such!")
    assert "can't find the channel `#No-Such!`" in room.press_refused(SAVE, draft)


# ── yes ───────────────────────────────────────────────────────────────────────


def test_yes_behind_it_saves_at_once(room: Room) -> None:
    assert "Watching: *W1*" in room("add landmine* yes")
    assert "Changed: *W1*" in room("edit W1 mine* YES")
    assert [rule.query for rule in room.store.rules.live()] == ["mine*"]


def test_the_word_yes_is_looked_for_in_quotes(room: Room) -> None:
    room('add vote "yes" yes')
    assert [rule.query for rule in room.store.rules.live()] == ["vote yes"]
    assert "What shall I watch for?" in room.refused("add yes")


def test_options_alone_are_changed_at_once(room: Room) -> None:
    room("add landmine* yes")
    reply = room.ask("edit W1 level:flash outlets:2")
    assert "Changed: *W1* · #nk · flash · from 2 outlets on" in said(reply.message)
    assert "undo" in buttons(reply.message)


def test_the_terminal_has_no_buttons_and_says_what_to_type(room: Room) -> None:
    words = room('add landmine* name:"Mines"', as_="console")
    assert 'To save it: `/watch add landmine* name:"Mines" yes`' in words
    room("add landmine* yes", as_="console")
    assert "To save it: `/watch edit W1 mine* yes`" in room("edit W1 mine*", as_="console")
    assert "To save it: `/watch add x1 yes`" in room("test x1", as_="console")


def test_the_terminal_says_what_to_type_for_the_variant_too_with_every_option(room: Room) -> None:
    room.publish(story(1, "A landmine cleared"))
    options = "level:urgent mode:digest outlets:2 threads:off quiet:22:00-07:00"
    typed = "in:#other level:urgent outlets:2 threads:off quiet:22:00-07:00@UTC yes`"
    words = room(
        f'add landmine name:"Mines" in:#other {options.replace("mode:digest ", "")}', as_="console"
    )
    assert f'To save it: `/watch add landmine name:"Mines" {typed}' in words
    once = typed.replace(" outlets:2", "")
    assert f'To save the wider one: `/watch add landmine name:"Mines" {once}' in words
    assert "mode:digest yes`" in room("test rain mode:digest", as_="console")


def test_an_edit_in_the_terminal_is_typed_with_what_it_changes(room: Room) -> None:
    room('add landmine* name:"Mines" level:urgent quiet:22:00-07:00 threads:off yes', as_="console")
    words = room("edit W1 mine* level:info quiet:off threads:channel", as_="console")
    assert "To save it: `/watch edit W1 mine* level:info threads:channel quiet:off yes`" in words
    assert "To save it: `/watch edit W1 mine* yes`" in room("edit W1 mine*", as_="console")


# ── variants ──────────────────────────────────────────────────────────────────


def noise(room: Room, number: int = 60) -> None:
    """Publish so much of one word that a rule on it fires all day."""
    room.publish(
        *(
            story(n, "Officials spoke", f"It was said in {'Pyongyang' if n < 5 else 'a town'} {n}")
            for n in range(number)
        ),
        feed=0,
    )


def test_too_many_alerts_are_blamed_on_a_term_and_a_narrower_rule_is_offered(room: Room) -> None:
    noise(room)
    answer = room.ask("add said OR landmine* level:urgent")
    words = said(answer.message)
    assert "*60 alerts a day*. `said` is in 100% of them." in words
    assert 'Narrower: `(said OR landmine*) location:"North Korea"`, 5 a day.' in words
    taken = room.press(TAKE, buttons(answer.message)[TAKE])
    assert "*5 entries → 5 alerts (stories)*" in taken
    assert "· #nk · urgent" in taken
    assert room.store.rules.live() == []


def test_where_nothing_narrower_is_quiet_enough_it_says_what_to_do(room: Room) -> None:
    room.publish(*(story(n, f"Spoke {n}", "x") for n in range(60)))
    answer = room.ask("add spoke")
    assert "must occur too" in said(answer.message)
    assert TAKE not in buttons(answer.message)


def test_the_best_there_is_is_offered_if_none_is_within_bounds(room: Room) -> None:
    room.publish(*(story(n, f"Report {n}", "said" if n < 50 else "told") for n in range(99)))
    assert "Narrower: `title:said OR told`, 49 a day." in room("add said OR told")


def test_a_rule_for_digests_is_never_too_much(room: Room) -> None:
    noise(room)
    assert "alerts a day*" not in room("add said mode:digest")


@pytest.mark.parametrize(
    ("query", "blamed", "better"),
    [
        ("landmyne", "`landmyne` never occurred", "Wider: `landmine`, 1 alert."),
        ("landmine clearly", "`clearly` never occurred", "Wider: `landmine"),
        ("landmine weather", "never together", "Wider: `"),
        ("location:Atlantas", "never occurred", ""),
        ("landmine lang:fr", "never together", "Wider: `landmine`, 1 alert."),
        ("landmine outlets:2", "enough outlets", "Wider: `landmine` from one outlet on, 1 alert."),
        ("zzzz", "`zzzz` never occurred in these days.", ""),
    ],
)
def test_no_alert_at_all_is_blamed_on_a_term_and_a_wider_rule_is_offered(
    room: Room, query: str, blamed: str, better: str
) -> None:
    room.publish(story(1, "A landmine cleared"), story(2, "Weather"))
    words = room(f"add {query}")
    assert blamed in words
    assert better in words
