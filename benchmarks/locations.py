"""Which countries a document is about, against three sets that people labelled.

    python benchmarks/locations.py [--half odd|even] [--errors]

Per set: precision, recall and F1 of the countries named in each document. The label's country
is the one its own data names, else the country of the nearest place with coordinates that the
gazetteer knows. Sets and documents that are absent are skipped.

Then how the names of each kind in GeoWebNews fare: found with the label's country, found with
another, not found; and how many homonyms (persons, brands, words that look like places) fire.
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
HOMONYMS = frozenset({"Homonym"})
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


def kinds(sample: Iterable[dict[str, Any]], *, errors: bool) -> dict[str, Counter[str]]:
    """Count the labelled names of each kind by how they were found."""
    gazetteer, table = load(), dict[str, Counter[str]]()
    for document in sample:
        entry = Entry(key="", title="", summary=document["text"])
        spans = [m for m in gazetteer.mentions(entry) if m.entity.kind is Kind.LOCATION]
        for label in document["toponyms"]:
            found = next(
                (m for m in spans if m.start < label["end"] and label["start"] < m.end), None
            )
            country = country_of_label(label, gazetteer)
            fate = "missed" if found is None else "other"
            if found and country in {found.entity.country, None}:
                fate = "found"
            kind = "Homonym" if label["usage"] in HOMONYMS else label["usage"]
            table.setdefault(kind, Counter())[fate] += 1
            if errors and found and kind == "Homonym":
                print(f"  {document['id']}: fired on {label['phrase']}: {found.text}")
    return table


def show_kinds(table: dict[str, Counter[str]]) -> None:
    print(f"\n{'kind in gwn':20} {'names':>6} {'found':>6} {'other':>6} {'missed':>7}")
    for kind, n in sorted(table.items(), key=lambda pair: -pair[1].total()):
        print(f"{kind:20} {n.total():6} {n['found']:6} {n['other']:6} {n['missed']:7}")
    homonyms = table.get("Homonym", Counter())
    fired = homonyms["found"] + homonyms["other"]
    print(f"homonyms that fire: {fired} of {homonyms.total()}", end=" ")
    print(f"({fired / max(1, homonyms.total()):.0%})")


def main() -> None:
    """Print a line for each set, then the kinds."""
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
    if (GEO / "gwn.jsonl").exists():
        show_kinds(kinds(documents("gwn", chosen.half), errors=chosen.errors))


if __name__ == "__main__":
    main()
