"""A short soak; `make soak` makes it as long as wanted."""

from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import pytest

from tests.torture.soak import Report, Sample, slope, soak

FLAT = [
    Sample(at_s, 80 + at_s % 3, 50, 12, 13, 2, 0, 9, 4.0) for at_s in (float(n) for n in range(600))
]


def report(samples: list[Sample], shown: int = 3) -> Report:
    return Report(samples, polls=10, entries=30, wanted=3, shown=shown)


def test_the_slope_ignores_a_burst() -> None:
    points = [(float(x), 2.0 * x) for x in range(100)]
    assert slope([*points, (100.0, 9_999.0)]) == pytest.approx(2.0)


def test_a_flat_process_does_not_leak() -> None:
    assert report(FLAT).leaks() == []


@pytest.mark.parametrize("name", ["rss_mb", "readers_mb", "threads", "descriptors"])
def test_what_grows_is_named(name: str) -> None:
    grown = [replace(one, **{name: getattr(one, name) + one.at_s / 50}) for one in FLAT]
    assert report(grown).leaks()[0].startswith(name)
    assert report(grown).slope(attrgetter(name)) == pytest.approx(72, rel=0.05)


def test_what_stays_owed_or_unseen_is_named() -> None:
    owed = [replace(one, owed=2) for one in FLAT]
    assert report(owed, shown=1).leaks() == [
        "2 deliveries are still owed",
        "3 alerts were wanted, 1 are visible",
    ]


@pytest.mark.slow
def test_a_few_seconds_at_a_few_feeds(tmp_path: Path) -> None:
    ran = soak(tmp_path, seconds=3, feeds=12, every_s=1, per_s=5, step_s=0.5)
    last, first = ran.samples[-1], ran.counted[0]
    assert ran.wanted > 0
    assert ran.shown == ran.wanted
    assert last.owed == 0
    assert last.threads <= first.threads + 1
    assert last.descriptors <= first.descriptors + 2
