"""Print items of a Wikidata dump as entities, one JSON object a line.

    python -m scripts.import_wikidata latest-all.json.bz2 Q11754 Q484652 > team.jsonl

The dump is one that you have on disk: .json, .json.gz or .json.bz2; nothing is fetched.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from bot.core.entities.wikidata import read_wikidata

OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open}


def fields(entity: Any) -> dict[str, Any]:
    """Return what an entity says, without what it leaves at the default."""
    return {key: value for key, value in asdict(entity).items() if value not in (None, (), "")}


def main() -> int:
    """Print what is found, and to stderr what is not."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dump", type=Path)
    options.add_argument("qid", nargs="+")
    chosen = options.parse_args()
    missing = set(chosen.qid)
    with OPENERS.get(chosen.dump.suffix, lambda path: path.open("rb"))(chosen.dump) as lines:
        for entity in read_wikidata(lines, set(chosen.qid)):
            missing.discard(entity.id.removeprefix("wd:"))
            print(json.dumps(fields(entity), ensure_ascii=False))
            if not missing:
                break
    for qid in sorted(missing):
        print(f"not in {chosen.dump.name}: {qid}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
