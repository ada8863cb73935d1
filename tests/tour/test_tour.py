"""The tour that newcomers are given works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tour.script import TOUR, walked
from tests.tour.world import open_world

OUTLETS = ("Harbour Wire", "Seoul Ledger", "Peninsula Monitor", "Lantern Weekly")
CONFIG = """
settings:
  allow_addresses: [127.0.0.0/8]
channels:
  - {name: "#nk-alerts", id: C0NK00000}
"""


@pytest.mark.slow
def test_what_the_tour_says_is_seen_is_seen(tmp_path: Path) -> None:
    """`python -m tests.tour` writes it anew."""
    text = TOUR.read_text(encoding="utf-8")
    with open_world(tmp_path, CONFIG, OUTLETS) as world:
        assert walked(text, world) == text


def test_the_tour_begins_at_the_manifest_and_ends_at_a_muted_story() -> None:
    text = TOUR.read_text(encoding="utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert "manifest.yaml" in text
    assert "ute" in heads[-1]
