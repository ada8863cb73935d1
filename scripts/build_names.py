"""Write bot/gazetteer/names.bin, the names of all entities as the matcher looks for them.

    python -m scripts.build_names

To be run after the entities have changed (both builders of them do so); same entities, same
bytes. Without it, or with one of other entities, Watchdesk works the names out at each start.
"""

from __future__ import annotations

from pathlib import Path

from bot.core.entities import NameBook
from bot.gazetteer import PACKED_NAMES, catalogue, decoys, fingerprint

TARGET = Path(__file__).parents[1] / "bot" / "gazetteer" / PACKED_NAMES


def packed() -> bytes:
    """Return what the file is to hold."""
    catalogue.cache_clear()  # the files may just have been written
    return fingerprint() + b"\n" + NameBook.of(catalogue(), decoys()).packed()


def main() -> None:
    """Build the file."""
    TARGET.write_bytes(packed())
    print(f"{PACKED_NAMES}: {TARGET.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
