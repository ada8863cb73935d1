"""The chart of a digest: a PNG of one size, whatever its rules are called; the same in words."""

from __future__ import annotations

import struct
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chart import MEAN_DAYS, Picture, draw, warm_up
from bot.core.render import DigestBar

UNTIL = datetime(2026, 5, 13, 8, 30, tzinfo=UTC)
SIZE = (2000, 840)
FEW = DigestBar(label="W12 NK missile bases", counts=(0, 1, 3, 0, 2, 1, 0, 0, 4, 2, 1, 0, 3, 12))


def drawn(*bars: DigestBar, until: datetime = UNTIL) -> Picture:
    picture = draw(bars, until=until)
    assert picture is not None
    assert size_of(picture.png) == SIZE
    return picture


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def named(label: str) -> DigestBar:
    return DigestBar(label=label, counts=FEW.counts)


def test_the_same_days_give_the_same_picture() -> None:
    assert drawn(FEW).png == drawn(FEW).png
    assert drawn(FEW).png != drawn(DigestBar(label=FEW.label, counts=FEW.counts[::-1])).png


def test_it_says_in_words_what_it_shows() -> None:
    assert drawn(FEW).alt == (
        "Entries per day over 14 days. W12 NK missile bases: 12 in the last 24 h,"
        " usually 2.1, 29 in all."
    )


def test_what_is_usual_comes_from_the_last_two_weeks() -> None:
    long = DigestBar(label="W1", counts=(*[1000] * 17, *[1] * MEAN_DAYS))
    assert "usually 1.0" in drawn(long).alt


def test_the_busiest_rules_are_drawn_and_the_rest_is_added_up() -> None:
    bars = [DigestBar(label=f"W{n} rule", counts=(n,) * 14) for n in range(9, 0, -1)]
    alt = drawn(*bars).alt
    assert "W4 rule" in alt
    assert "3 more rules: 6 in the last 24 h, usually 6.0, 84 in all." in alt
    assert len(alt) < 1000  # Slack's limit


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], until=UNTIL) is None
    assert draw([DigestBar(label="W1", counts=(0,) * 14)], until=UNTIL) is None


@pytest.mark.parametrize(
    "label",
    [
        "W1 $x^{2",  # no formula
        "W1 \\frac{1}{0} $a$ $",
        "W1 북한 핵실험",
        "朝鲜导弹",
        "W1 👩‍👩‍👧 🚀",
        "W1 שלום مرحبا",
        "W1 \u202e\x1b[31m <!channel> & \n\ud800",
        "W1 " + "W" * 500,
        "",
    ],
)
def test_any_name_can_be_drawn(label: str) -> None:
    """A missing glyph is a warning, and warnings are errors here."""
    drawn(named(label))


def test_dollars_are_no_formula() -> None:
    assert drawn(named("W1 $a$")).png != drawn(named("W1 a")).png


@pytest.mark.parametrize("count", [1, 999, 12_345, 5_000_000, 10**12, 10**30])
def test_any_count_can_be_drawn(count: int) -> None:
    drawn(DigestBar(label="W1", counts=(*[0] * 13, count)))


@pytest.mark.parametrize("days", [1, 2, 7, 14, 31])
def test_any_number_of_days_can_be_drawn(days: int) -> None:
    drawn(DigestBar(label="W1", counts=(3,) * days))


def test_its_dates_are_those_of_its_reader() -> None:
    seoul = draw([FEW], until=UNTIL, zone=ZoneInfo("Asia/Seoul"))
    later = draw([FEW], until=UNTIL + timedelta(hours=9))
    assert seoul == later  # both end on 13 May at 17:30 of the clock
    assert seoul == drawn(FEW)
    assert draw([FEW], until=UNTIL + timedelta(hours=9), zone=ZoneInfo("Asia/Seoul")) != seoul


def test_several_threads_draw_at_once() -> None:
    warm_up()
    pictures: list[Picture] = []
    threads = [threading.Thread(target=lambda: pictures.append(drawn(FEW))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pictures == [drawn(FEW)] * 4
