"""A short storm; `make torture` makes it as long as wanted."""

from pathlib import Path

import pytest

from tests.torture.storm import Plan, Storm


@pytest.mark.slow
def test_a_process_that_is_killed_again_and_again_says_everything_once(tmp_path: Path) -> None:
    report = Storm(tmp_path, Plan(kills=6, alerts=12, seed=3, feeds=4)).run()
    assert report.is_right, report
    assert report.kills.total() >= 6
    assert report.planted >= 12
