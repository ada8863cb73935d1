"""Real documents: none crashes the reader, every entry in them is read.

A sample of the snapshots by default; `CORPUS_EVERY=1` reads all of them.
"""

from __future__ import annotations

import os

import pytest

from benchmarks.parse_corpus import FEEDS, Tally, documents, examine

pytestmark = pytest.mark.data


@pytest.mark.skipif(not FEEDS.exists(), reason="../shared/data/feeds is not here")
def test_every_entry_of_real_feeds_is_read() -> None:
    tally = Tally()
    for _, path in documents(FEEDS, every=int(os.environ.get("CORPUS_EVERY", "25"))):
        examine(path, tally)
    assert tally.documents >= 50
    assert tally.refused == []
    assert tally.differing == []
    assert tally.entries > 1_500
