"""A short run of the live world; `python -m tests.live` makes it as long as wanted."""

from pathlib import Path

import pytest

from tests.live.__main__ import live


@pytest.mark.slow
def test_every_planted_entry_arrives_once_and_a_second_start_posts_nothing(tmp_path: Path) -> None:
    report = live(tmp_path, feeds=12, seconds=6, alerts=8, noise=24, every="1s", seed=7)
    assert report.lost == []
    assert report.doubled == []
    assert report.unwanted == []
    assert report.after_restart == 0
    assert report.not_modified > 0
