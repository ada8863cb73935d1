"""A short storm; `make torture` makes it as long as wanted."""

from pathlib import Path

import pytest

from tests.torture.storm import Plan, Storm


@pytest.mark.slow
def test_a_process_that_is_killed_again_and_again_says_everything_once(tmp_path: Path) -> None:
    report = Storm(tmp_path, Plan(kills=4, alerts=8, seed=3, feeds=4, restarts=1)).run()
    assert report.is_right, report
    assert report.kills.total() >= 4
    assert report.planted >= 8
