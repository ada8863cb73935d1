"""`python -m tests.tour`: walk docs/tour.md and write into it what is really seen."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.tour.script import TOUR, walked
from tests.tour.test_tour import CONFIG, OUTLETS
from tests.tour.world import open_world

if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        open_world(Path(folder), CONFIG, OUTLETS) as world,
    ):
        TOUR.write_text(walked(TOUR.read_text(encoding="utf-8"), world), encoding="utf-8")
