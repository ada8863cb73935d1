"""Which actors are found in sentences of our own, and which rules fire on pages of sports.

    python benchmarks/actors.py [--errors]

First table: `mentions.txt` beside this file, sentences in nine languages; half name actors, half
only look as if they did. Recall is the share of the meant actors that are found; precision the
share of what is found that is meant. Second: each firing of 21 rules on the sports pages of AG
News, to be read; absent data is skipped.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.core.models import Entry, Kind, Rule
from bot.core.rules import compile_rules
from bot.gazetteer import load

SENTENCES = Path(__file__).with_name("mentions.txt")
NEWS = Path(__file__).resolve().parents[2] / "shared/data/gold/topics/agnews_test.jsonl"
#: The rules that sports pages are not to fire.
ACTORS = (
    *("Kim Jong Un", "Vladimir Putin", "Xi Jinping", "Donald Trump", "George W. Bush", "Hamas"),
    *("Hezbollah", "Taliban", "Islamic State", "IAEA", "NATO", "United Nations", "CIA", "FBI"),
    *("Pentagon", "White House", "Kremlin", "European Union", "IDF", "Wagner Group"),
)
RULES = ('location:"North Korea"', *(f'actor:"{name}"' for name in ACTORS))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of the table."""

    lang: str
    meant: frozenset[str]
    text: str


def sentences() -> Iterator[Sentence]:
    for line in SENTENCES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, meant, text = (part.strip() for part in line.split("|", 2))
            yield Sentence(lang, frozenset(f"act:{name}" for name in meant.split()), text)


def measure(lines: list[Sentence], *, errors: bool) -> Counter[str]:
    """Count actors found rightly, wrongly and not at all."""
    counts, gazetteer = Counter[str](), load()
    for line in lines:
        mentions = gazetteer.mentions(Entry(key="1", title=line.text))
        found = {m.entity.id: m.text for m in mentions if m.entity.kind is Kind.ACTOR}
        counts["right"] += len(line.meant & found.keys())
        counts["missed"] += len(line.meant - found.keys())
        counts["wrong"] += len(found.keys() - line.meant)
        counts["true" if line.meant else "traps"] += 1
        if errors:
            for name in sorted(line.meant - found.keys()):
                print(f"  missed {name}: {line.text}")
            for name in sorted(found.keys() - line.meant):
                print(f"  wrong {name} ({found[name]}): {line.text}")
    return counts


def show(lang: str, n: Counter[str]) -> None:
    recall = n["right"] / max(1, n["right"] + n["missed"])
    precision = n["right"] / max(1, n["right"] + n["wrong"])
    print(f"{lang:6} {n['true']:5} {n['traps']:6} {recall:7.3f} {precision:10.3f}")


def sports() -> None:
    """List everything that the rules find on pages of sports."""
    if not NEWS.exists():
        print("\nsports pages skipped: no agnews_test.jsonl in the shared data")
        return
    rules = [
        Rule(id=number, name=query, query=query, channel="#x")
        for number, query in enumerate(RULES, 1)
    ]
    compiled = compile_rules(rules, load())
    rows = [json.loads(line) for line in NEWS.read_text("utf-8").splitlines()]
    pages = [row for row in rows if row["label"] == "Sports"]
    print(f"\n{len(rules)} rules on {len(pages)} sports pages:")
    for number, row in enumerate(pages):
        entry = Entry(key=str(number), title=row["title"], summary=row["description"])
        for match in compiled.match(entry):
            why = match.why[0]
            text = entry.title if why.field == "title" else entry.summary
            around = text[max(0, why.start - 40) : why.end + 40].replace("\n", " ")
            print(f"  {RULES[match.rule_id - 1]}: …{around}…")


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--errors", action="store_true", help="list every error")
    chosen = options.parse_args()
    lines = list(sentences())
    print(f"{'lang':6} {'true':>5} {'traps':>6} {'recall':>7} {'precision':>10}")
    total = Counter[str]()
    for lang in dict.fromkeys(line.lang for line in lines):
        counts = measure([line for line in lines if line.lang == lang], errors=chosen.errors)
        show(lang, counts)
        total += counts
    show("all", total)
    sports()


if __name__ == "__main__":
    main()
