"""Which countries a document is about, against three sets that people labelled.

    python benchmarks/locations.py [--half odd|even] [--errors]

Per set: precision, recall and F1 of the countries named in each document. The label's country
is the one its own data names, else the country of the nearest place with coordinates that the
gazetteer knows. Sets and documents that are absent are skipped.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bot.core.entities import Gazetteer
from bot.core.models import Entity, Entry, Kind
from bot.gazetteer import load

GEO = Path(__file__).resolve().parents[2] / "shared" / "data" / "gold" / "geo"
SETS = ("gwn", "trnews", "geovirus")
CONTINENTS = frozenset({"CONT", "RGN", "OCN", "SEA"})
STATES = frozenset({"country", "territory"})


@cache
def places() -> tuple[Entity, ...]:
    """Return what a label's coordinates are compared with: cities, capitals and regions."""
    wanted = {"city", "capital", "region"}
    return tuple(e for e in load() if e.lat is not None and e.country and e.type in wanted)


def nearest_country(lat: float, lon: float) -> str:
    """Return the country of the nearest place; good enough away from borders and small islands."""
    shrink = math.cos(math.radians(lat))

    def distance(place: Entity) -> float:
        east = abs((place.lon or 0) - lon)
        return ((place.lat or 0) - lat) ** 2 + (min(east, 360 - east) * shrink) ** 2

    return min(places(), key=distance).country or ""


def country_of_label(label: dict[str, Any], gazetteer: Gazetteer) -> str | None:
    """Return the country a label stands for; None when it is no place of any country."""
    if label.get("lat") is None:
        return None
    meant = gazetteer.lookup(label.get("phrase") or "")
    if label.get("fcode") in CONTINENTS or (meant and not any(e.country for e in meant)):
        return None  # Asia, the European Union
    for name in (label.get("country"), label.get("phrase"), label.get("normalised")):
        senses = gazetteer.lookup(name or "", Kind.LOCATION)
        if senses and senses[0].type in STATES and len({e.country for e in senses}) == 1:
            return senses[0].country
    return nearest_country(label["lat"], label["lon"])


def found_countries(document: dict[str, Any], gazetteer: Gazetteer) -> dict[str, str]:
    """Return the countries that we find, each with the first words that say so."""
    entry = Entry(key="", title=document["title"] or "", summary=document["text"], url=None)
    found: dict[str, str] = {}
    for mention in gazetteer.mentions(entry):
        if mention.entity.kind is Kind.LOCATION and mention.entity.country:
            found.setdefault(mention.entity.country, mention.text)
    return found


def documents(name: str, half: str) -> Iterator[dict[str, Any]]:
    """Yield a set's documents, all or every second one."""
    with (GEO / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if half in {"all", ("even", "odd")[number % 2]}:
                yield json.loads(line)


def measure(sample: Iterable[dict[str, Any]], *, errors: bool) -> Counter[str]:
    """Count countries found rightly, wrongly and not at all."""
    gazetteer, counts = load(), Counter[str]()
    for document in sample:
        found = found_countries(document, gazetteer)
        labels = {
            country: label
            for label in document["toponyms"]
            if (country := country_of_label(label, gazetteer))
        }
        counts["right"] += len(found.keys() & labels.keys())
        counts["wrong"] += len(found.keys() - labels.keys())
        counts["missed"] += len(labels.keys() - found.keys())
        if errors:
            for country in found.keys() - labels.keys():
                print(f"  {document['id']}: wrong {country}: {found[country]}")
            for country in labels.keys() - found.keys():
                print(f"  {document['id']}: missed {country}: {labels[country]['phrase']}")
    return counts


def main() -> None:
    """Print a line for each set."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--half", choices=("all", "odd", "even"), default="all")
    options.add_argument("--errors", action="store_true", help="list every error")
    chosen = options.parse_args()
    print(f"{'set':10} {'documents':>9} {'precision':>9} {'recall':>7} {'F1':>6}")
    for name in SETS:
        if not (GEO / f"{name}.jsonl").exists():
            print(f"{name:10} skipped: no {name}.jsonl in the shared data")
            continue
        sample = list(documents(name, chosen.half))
        n = measure(sample, errors=chosen.errors)
        precision = n["right"] / max(1, n["right"] + n["wrong"])
        recall = n["right"] / max(1, n["right"] + n["missed"])
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"{name:10} {len(sample):9} {precision:9.3f} {recall:7.3f} {f1:6.3f}")


if __name__ == "__main__":
    main()
