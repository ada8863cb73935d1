"""Two rules of our first user on labelled entries about North Korea.

    python benchmarks/north_korea.py [--errors]

`gold/clustering/nk_stream_2026_labelled.jsonl` has 136 entries; nearly all are about North Korea,
so the rule for the country is measured on the sports, business and science pages of AG News too,
where nothing is meant but what says so: each firing is listed.
"""

from __future__ import annotations

import argparse
import html
import json
from collections import Counter
from pathlib import Path

from bot.core.models import Entry, Rule
from bot.core.rules import compile_rules
from bot.gazetteer import load

GOLD = Path(__file__).resolve().parents[2] / "shared" / "data" / "gold"
STREAM = GOLD / "clustering" / "nk_stream_2026_labelled.jsonl"
NEWS = GOLD / "topics" / "agnews_test.jsonl"
QUERIES = {
    "about_north_korea": 'location:"North Korea"',
    "nk_missile_launch": (
        'location:"North Korea" (title:launches OR title:launched OR title:fires OR title:fired'
        " OR title:tests OR title:tested OR title:launch OR title:test OR title:firing)"
        " (missile* OR projectile* OR ICBM* OR rocket* OR warhead*)"
    ),
}


def main() -> None:
    """Print a line for each rule, then what fires on other news."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--errors", action="store_true", help="list every error")
    chosen = options.parse_args()
    if not STREAM.exists():
        print("skipped: no nk_stream_2026_labelled.jsonl in the shared data")
        return
    rules = [
        Rule(id=n, name=label, query=query, channel="#x")
        for n, (label, query) in enumerate(QUERIES.items(), 1)
    ]
    compiled = compile_rules(rules, load())
    rows = [json.loads(line) for line in STREAM.read_text("utf-8").splitlines()]
    fired = {
        rule.name: [
            any(match.rule_id == rule.id for match in compiled.match(_entry(row))) for row in rows
        ]
        for rule in rules
    }
    print(f"{'label':20} {'entries':>7} {'meant':>6} {'precision':>9} {'recall':>7}")
    for rule in rules:
        pairs = list(zip(fired[rule.name], (bool(row[rule.name]) for row in rows), strict=True))
        n = Counter(pairs)
        right, wrong, missed = n[True, True], n[True, False], n[False, True]
        precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
        print(f"{rule.name:20} {len(rows):7} {right + missed:6} {precision:9.3f} {recall:7.3f}")
        if chosen.errors:
            for (found, meant), row in zip(pairs, rows, strict=True):
                if found != meant:
                    print(f"  {'wrong' if found else 'missed'}: {_entry(row).title}")
    if NEWS.exists():
        _other_news(compiled)


def _entry(row: dict[str, str]) -> Entry:
    return Entry(
        key=row.get("id", ""),
        title=html.unescape(row["title"]),
        summary=html.unescape(row.get("description") or ""),
    )


def _other_news(compiled: object) -> None:
    rows = [json.loads(line) for line in NEWS.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["label"] != "World"]
    print(f"\nrule about_north_korea on {len(rows)} pages of sports, business and science:")
    for row in rows:
        entry = _entry(row)
        for match in compiled.match(entry):  # type: ignore[attr-defined]
            if match.rule_id == 1:
                print(f"  {match.why[0].text}: {entry.title[:70]}")


if __name__ == "__main__":
    main()
