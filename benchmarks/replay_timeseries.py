"""Replay every captured time series and count the decisions; nothing may be posted twice.

python benchmarks/replay_timeseries.py [FOLDER]
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bot import gazetteer
from bot.core.models import Rule
from bot.core.rules import canonical, parse
from bot.replay import replay

DATA = Path(__file__).resolve().parents[2] / "shared/data/feeds/timeseries"
#: Matches nearly everything, so that every entry that could be posted twice would be.
WIDE = "the OR a OR of OR de OR la OR в OR на OR 의 OR 이 OR 는 OR 가 OR 다 OR 을"
COLUMNS = ("baseline", "new", "update", "duplicate", "posts", "posted twice")


@dataclass
class Counts:
    """What became of one set."""

    decisions: Counter[str] = field(default_factory=Counter)
    posts: Counter[str] = field(default_factory=Counter)
    posted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[str] = field(default_factory=list)

    @property
    def row(self) -> list[int]:
        """The figures, in the order of COLUMNS."""
        twice = sum(1 for n in self.posts.values() if n > 1)
        first = [self.decisions[name] for name in COLUMNS[:4]]
        return [*first, self.posts.total(), twice]


def count(folder: Path) -> Counts:
    """Replay one set under a rule that matches nearly everything."""
    rule = Rule(name="wide", query=canonical(parse(WIDE)), channel="#all")
    counts = Counts()
    for line in replay(folder, (rule,), gazetteer.load()):
        counts.decisions[line["decision"]] += 1
        if line["delivery"] == "post":
            counts.posts[line["story"]] += 1
        if line["decision"] in {"duplicate", "baseline"} and line["delivery"] != "none":
            counts.wrong.append(f"{line['id']}: {line['decision']} yet {line['delivery']}")
    return counts


def main() -> int:
    """Print the table; exit 1 if anything was posted twice."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not root.is_dir():
        print(f"{root} is absent; nothing to replay")
        return 0
    print(f"{'set':18}" + "".join(f"{name:>14}" for name in COLUMNS) + f"{'s':>7}")
    failed = False
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        started = time.perf_counter()
        counts = count(folder)
        print(
            f"{folder.name:18}"
            + "".join(f"{n:14,}" for n in counts.row)
            + f"{time.perf_counter() - started:7.1f}"
        )
        failed |= bool(counts.wrong or counts.row[-1])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
