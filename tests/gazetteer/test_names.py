"""The packed names: the same as worked out from the entities, and read without them."""

from __future__ import annotations

from importlib.resources import files

from bot import gazetteer
from bot.core.entities import Gazetteer, NameBook
from bot.core.models import Entry
from scripts.build_names import packed


def test_the_shipped_names_are_those_of_the_entities() -> None:
    shipped = (files("bot.gazetteer") / gazetteer.PACKED_NAMES).read_bytes()
    assert shipped == packed(), "run python -m scripts.build_names"


def test_what_was_packed_reads_the_same() -> None:
    _, _, data = packed().partition(b"\n")
    assert NameBook.unpacked(data).packed() == data


def test_few_entities_are_read_to_find_some() -> None:
    loaded = gazetteer.load.__wrapped__()
    catalogue = loaded._entities
    catalogue._known[:] = [None] * len(catalogue)
    found = loaded.mentions(Entry(key="1", title="Satellites see work at Sohae, 북한"))
    assert {mention.entity.id for mention in found} == {"loc:KP/sohae", "loc:KP"}
    assert sum(entity is not None for entity in catalogue._known) < 10


def test_names_of_other_entities_are_not_taken_for_ours() -> None:
    assert gazetteer.fingerprint() == packed().split(b"\n", 1)[0]
    small = Gazetteer(gazetteer.load_entities()[:10])
    assert len(small) == 10
