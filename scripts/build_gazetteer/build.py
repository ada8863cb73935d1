"""Put the locations together: countries, capitals, cities, regions, then what we know ourselves."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import names as spelling
import sources
import yaml
from draft import Draft, drop_inside, mark, settle, tidy

MIN_POPULATION = 100_000
#: where GeoNames lists towns by the hundred that no foreign paper names
MIN_POPULATION_OF = {"CN": 300_000, "IN": 200_000, "BR": 200_000, "JP": 200_000, "MX": 200_000}
WORLD_CITY = 1_000_000  #: from this size on a city gets its names in the scripts below
#: where even smaller cities get them: the languages spoken there are among ours
NATIVE = {
    "KP": ("HANGUL",),
    "KR": ("HANGUL",),
    "UA": ("CYRILLIC",),
    "RU": ("CYRILLIC",),
    "BY": ("CYRILLIC",),
    "IL": ("HEBREW", "ARABIC"),
}
ARABIC = "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SD SY TN YE"
#: letters a name of each script may have: leaves out Uyghur, Bashkir, Kurdish spellings
_LETTERS = {
    "HANGUL": re.compile(r"[가-힣]{3,}"),
    "CJK": re.compile(r"[\u4e00-\u9fff]{3,7}"),
    "KATAKANA": re.compile(r"[\u30a1-\u30fa\u30fc・]{4,}"),
    "CYRILLIC": re.compile(r"[А-Яа-яЁёІіЇїЄє' -]{4,}"),
    "ARABIC": re.compile(r"[\u0621-\u064a ]{5,}"),
    "HEBREW": re.compile(r"[\u05d0-\u05ea' -]{4,}"),
}
#: two characters are enough where the script is at home
_AT_HOME = {
    "HANGUL": (re.compile(r"[가-힣]{2,}"), {"KR", "KP"}),
    "CJK": (re.compile(r"[\u4e00-\u9fff]{2,7}"), {"CN", "TW", "HK", "MO", "JP", "KR", "KP"}),
}
#: Towns of these countries are listed when they share their name with a place abroad: their
#: papers write of Edmonton, and mean the one in Kentucky. Capitals are never meant so.
TOWNS_OF = ("AU", "CA", "US")
MIN_TOWN = 1_000
SAME_PLACE = 0.5  #: degrees
_PER_SCRIPT = 4  #: alternate names taken from GeoNames for each script


@dataclass(slots=True)
class Made:
    """The locations by id, what was decided about contested names, rules without effect."""

    drafts: dict[str, Draft]
    decisions: list[str]
    idle: list[str]


def build(newsmap: Path, rigour: Path, curated: Path) -> Made:
    """Return every location with its names settled."""
    rules = _yaml(curated / "rules.yaml")
    drafts: dict[str, Draft] = {}
    _countries(drafts, rules)
    _regions(drafts, sources.rigour(rigour), rules)
    places = [
        place
        for place in sources.cities(MIN_POPULATION, rules["capitals"])
        if place.capital or place.population >= MIN_POPULATION_OF.get(place.country, 0)
    ]
    _cities(drafts, places, rules)
    _newsmap(drafts, sources.newsmap(newsmap), places, rules)
    idle = _apply_rules(drafts, rules)
    for path in sorted(curated.glob("*.yaml")):
        if path.name != "rules.yaml":
            idle += _curated(drafts, path)
    for draft in drafts.values():
        tidy(draft)
    decisions = settle(drafts)
    _towns(drafts, sources.cities(MIN_TOWN, rules["capitals"]), rules)
    return Made(drafts, decisions, idle)


def _yaml(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    keys = Counter(re.findall(r"^(\S+?):(?= |$)", text, re.MULTILINE))
    repeated = [key for key, count in keys.items() if count > 1]
    if repeated:
        raise ValueError(f"{path.name}: said twice: {repeated}")
    return dict(yaml.safe_load(text))


# ── countries ─────────────────────────────────────────────────────────────────


def _countries(drafts: dict[str, Draft], rules: dict[str, Any]) -> None:
    for code, territory in sources.territories().items():
        kind = "territory" if code in rules["territories"] else "country"
        display = rules["display"].get(code, territory.names["en"])
        draft = Draft(id=f"loc:{code}", type=kind, name=display, country=code)
        if code not in rules["no_cldr"]:
            for tag, name in territory.names.items():
                draft.add(spelling.cldr_forms(name, tag), "cldr")
        drafts[draft.id] = draft


def _newsmap(
    drafts: dict[str, Draft],
    patterns: dict[str, dict[str, list[str]]],
    places: list[sources.City],
    rules: dict[str, Any],
) -> None:
    by_name = _city_names(drafts, places)
    capitals = {draft.country: draft for draft in drafts.values() if draft.type == "capital"}
    for code, languages in patterns.items():
        country = drafts[f"loc:{code}"]
        for tag, found in languages.items():
            for pattern in found:
                owner = _of_city(pattern, tag, by_name, country) or country
                # Chinese and Japanese patterns mark countries with `*`, cities not.
                bare = tag in {"zh", "zh_Hant", "ja"} and pattern[-1] != "*"
                if owner is country and bare and pattern not in rules["country_names"]:
                    owner = (
                        country if mark(pattern) in country.strong else capitals.get(code, owner)
                    )
                owner.add(spelling.written_out(pattern, tag), "newsmap")


def _city_names(
    drafts: dict[str, Draft], places: list[sources.City]
) -> dict[tuple[str, str], Draft]:
    """Return every name GeoNames has for each city, largest city first."""
    result: dict[tuple[str, str], Draft] = {}
    for place in places:  # largest first
        draft = drafts.get(_IDS.get(place.geoname, ""))
        if draft is None:
            continue
        for name in (place.name, *place.alternates):
            if len(spelling.key(name)) > 2:
                result.setdefault((place.country, spelling.key(name)), draft)
    return result


def _of_city(
    pattern: str, tag: str, by_name: dict[tuple[str, str], Draft], country: Draft
) -> Draft | None:
    """Return the city a pattern names, if it is no name of the country."""
    if mark(pattern) in country.strong:
        return country
    key = spelling.key(pattern)
    found = by_name.get((country.country or "", key))
    if pattern[-1] != "*" or tag != "ru":
        return found if pattern[-1] != "*" else None
    # Russian patterns are stems: `Москв*`.
    if _begins(key, (spelling.key(name) for name in country.strong.values())):
        return None
    cities = (name for code, name in by_name if code == country.country and name.startswith(key))
    near = next((name for name in cities if len(name) - len(key) < 3), None)
    return found or (by_name[country.country or "", near] if near else None)


def _begins(stem: str, names: Iterable[str]) -> bool:
    return any(name.startswith(stem) and len(name) - len(stem) < 3 for name in names)


# ── cities ────────────────────────────────────────────────────────────────────

_IDS: dict[int, str] = {}  #: GeoNames number → our id


def _cities(drafts: dict[str, Draft], places: list[sources.City], rules: dict[str, Any]) -> None:
    zones = sources.zone_cities()
    for place in places:
        if place.geoname in rules["no_city"] or _known(drafts, place):
            continue
        draft = _city(drafts, place, rules)
        zone = rules["zones"].get(place.zone, place.zone)
        if _names_zone(place, zone):
            for tag, name in zones.pop(zone, {}).items():
                draft.add(spelling.cldr_forms(name, tag), "cldr")
        for letters in _scripts(place):
            found = _alternates(place, letters)
            draft.add(found, "geonames")
            # Arabic has no capitals: the Libyan town Al Jadid reads "the new".
            if letters == "ARABIC" and not place.capital and place.population < WORLD_CITY:
                draft.weaken(found)


def _known(drafts: dict[str, Draft], place: sources.City) -> bool:
    """Tell whether a city is listed twice: the same name, a few kilometres away."""
    other = drafts.get(f"loc:{place.country}/{slug(place.name)}")
    if other is None or other.lat is None or other.lon is None:
        return False
    return abs(other.lat - place.lat) + abs(other.lon - place.lon) < SAME_PLACE


def _city(drafts: dict[str, Draft], place: sources.City, rules: dict[str, Any]) -> Draft:
    name = _plain(place)
    parent = _parent(drafts, place, rules)
    draft = Draft(
        id=_free_id(drafts, name, place),
        type="capital" if place.capital else "city",
        name=name,
        country=place.country,
        parent=parent,
        lat=round(place.lat, 2),
        lon=round(place.lon, 2),
        population=place.population,
    )
    draft.add([name], "geonames")
    drafts[draft.id] = draft
    _IDS[place.geoname] = draft.id
    return draft


def _plain(place: sources.City) -> str:
    """Return a name as newspapers print it: no signs of romanisation, no Korean suffix."""
    name = re.sub("[\u2019\u2018\u02bc\u02b9]", "", place.name)
    if place.country not in {"KR", "KP"}:
        return name
    name = unicodedata.normalize("NFD", name).replace("\u0306", "")
    return re.sub(r"(-si|-up|-ni|-gun| City)$", "", name)


def _parent(drafts: dict[str, Draft], place: sources.City, rules: dict[str, Any]) -> str:
    codes = rules["admin"].get(place.country)
    code = place.admin if codes is None else codes.get(place.admin, "")
    region = f"loc:{place.country}-{code}"
    return region if region in drafts else f"loc:{place.country}"


def _free_id(drafts: dict[str, Draft], name: str, place: sources.City) -> str:
    base = f"loc:{place.country}/{slug(name)}"
    for candidate in (base, f"{base}-{slug(place.admin)}", f"{base}-{place.geoname}"):
        if candidate not in drafts:
            return candidate
    raise ValueError(f"two cities are {base}")


def slug(name: str) -> str:
    """Return a name as part of an id: ASCII letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", spelling.key(name)).strip("-")


def _names_zone(place: sources.City, zone: str) -> bool:
    last = zone.rpartition("/")[2].replace("_", " ")
    return spelling.key(last) in {spelling.key(name) for name in (place.name, *place.alternates)}


def _scripts(place: sources.City) -> Iterable[str]:
    if place.capital or place.population >= WORLD_CITY:
        return _LETTERS
    return ("ARABIC",) if place.country in ARABIC else NATIVE.get(place.country, ())


def _alternates(place: sources.City, letters: str) -> list[str]:
    found = [
        name
        for name in place.alternates
        if spelling.script(name) == letters and _is_usable(name, letters, place)
    ]
    return drop_inside(found)[:_PER_SCRIPT]


def _is_usable(name: str, letters: str, place: sources.City) -> bool:
    pattern, home = _AT_HOME.get(letters, (_LETTERS[letters], ()))
    if not (pattern if place.country in home else _LETTERS[letters]).fullmatch(name):
        return False
    return letters != "CYRILLIC" or spelling.sounds_like(name, place.name)


def _towns(drafts: dict[str, Draft], places: list[sources.City], rules: dict[str, Any]) -> None:
    """Add towns called like a region, city or site abroad; their names are weak."""
    known: dict[str, set[tuple[str, str | None]]] = {}
    for draft in drafts.values():
        for key in draft.strong:
            known.setdefault(key, set()).add((draft.type, draft.country))
    weak = {(key, draft.country) for draft in drafts.values() for key in draft.weak}
    for place in places:
        owners = known.get(mark(place.name), set())
        abroad = {kind for kind, country in owners if country != place.country}
        if place.country not in TOWNS_OF or not abroad or len(abroad) < len(owners):
            continue
        if "capital" in abroad or (mark(place.name), place.country) in weak:
            continue
        draft = _city(drafts, place, rules)
        draft.type = "town"
        draft.weaken([place.name])


# ── regions ───────────────────────────────────────────────────────────────────


def _regions(drafts: dict[str, Draft], rows: list[dict[str, Any]], rules: dict[str, Any]) -> None:
    for row in rows:
        country, _, part = row["code"].upper().partition("-")
        if not part or country not in rules["regions_of"] or row["code"] in rules["no_region"]:
            continue
        name = re.sub(r" \(.*\)", "", row["name"])
        draft = Draft(
            id=f"loc:{country}-{part}",
            type="region",
            name=name,
            country=country,
            parent=f"loc:{country}",
        )
        draft.add([name, *_region_forms(name)], "rigour")
        draft.add(_region_names(row, country), "rigour")
        drafts[draft.id] = draft


def _region_forms(name: str) -> Iterator[str]:
    for ending in (" Oblast", " Krai"):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            yield from (f"{stem} {word}" for word in ("region", "Region", "province", "oblast"))


def _region_names(row: dict[str, Any], country: str) -> Iterator[str]:
    """Yield the native names of a region, without its capital's and without annotations."""
    wanted = {"RU": "CYRILLIC", "UA": "CYRILLIC", "US": "CYRILLIC", "CN": "CJK"}.get(country)
    for name in (*row["names_strong"], *row["names_weak"]):
        if re.search(r"[(,]", name) or spelling.script(name) != wanted:
            continue
        if country == "US":
            yield from spelling.decline_ru(name)
        elif country != "CN" or name == row["names_strong"][-1] or len(name) > 4:
            yield from _oblast(name)


def _oblast(name: str) -> list[str]:
    # Only the adjective and the noun change: Курская область, в Курской области.
    for ending, cases in (("ая область", ("ой области", "ую область", "ой областью")),):
        if name.endswith(ending):
            return [name, *(name.removesuffix(ending) + case for case in cases)]
    return [name]


# ── what we know ourselves ────────────────────────────────────────────────────


def _apply_rules(drafts: dict[str, Draft], rules: dict[str, Any]) -> list[str]:
    """Drop and weaken what the rules say; return the rules that hit nothing."""
    lists = {name: {mark(word) for word in rules[name]} for name in _LISTS}
    idle = {name: set(words) for name, words in lists.items()}
    for draft in drafts.values():
        for name in _LISTS:
            if name == "weak_cities" and draft.type not in {"city", "capital"}:
                continue
            hit = lists[name] & draft.strong.keys()
            idle[name] -= hit
            act = draft.drop if name == "drop" else draft.weaken
            act([draft.strong[key] for key in hit])
        if draft.type in {"city", "capital"} and mark(draft.name) in draft.weak:
            # Vladimir is a first name in every script.
            draft.weaken([n for n in draft.strong.values() if spelling.script(n) != "LATIN"])
    return [f"rules.yaml: {name}: {word!r} hits nothing" for name in idle for word in idle[name]]


_LISTS = ("drop", "weak", "weak_cities")


def _curated(drafts: dict[str, Draft], path: Path) -> list[str]:
    """Lay our own file over the drafts; return what it says in vain."""
    problems = []
    for entity_id, entry in _yaml(path).items():
        unknown = set(entry) - {"name", "type", "at", "in", "names", "weak", "drop", "country"}
        problems += [f"{path.name}: {entity_id}: unknown {field!r}" for field in sorted(unknown)]
        if entity_id not in drafts and not {"name", "type"} <= set(entry):
            problems.append(f"{path.name}: {entity_id}: no such place, and none described")
            continue
        draft = drafts.get(entity_id) or _new(entity_id, entry)
        drafts[entity_id] = draft
        problems += [f"{path.name}: {entity_id}: {line}" for line in _overlay(draft, entry)]
    return problems


def _new(entity_id: str, entry: dict[str, Any]) -> Draft:
    code = entity_id.removeprefix("loc:").partition("/")[0].partition("-")[0]
    country = code if code.isupper() else None
    draft = Draft(
        id=entity_id,
        type=entry["type"],
        name=entry["name"],
        country=country,
        parent=f"loc:{country}" if country else None,
    )
    if entry["name"] not in entry.get("weak", ()):
        draft.add([entry["name"]], "curated", by_hand=True)
    return draft


def _overlay(draft: Draft, entry: dict[str, Any]) -> Iterator[str]:
    known = draft.strong.keys() | draft.weak.keys()
    for name in entry.get("drop", ()):
        if mark(name) not in known:
            yield f"drops {name!r}, which it has not"
        if name in entry.get("names", ()):
            yield f"drops and names {name!r}"
    draft.name = entry.get("name", draft.name)
    draft.type = entry.get("type", draft.type)
    draft.parent = entry.get("in", draft.parent)
    draft.country = entry.get("country", draft.country)
    if "at" in entry:
        draft.lat, draft.lon = entry["at"]
    draft.drop(entry.get("drop", ()))
    draft.add(entry.get("names", ()), "curated", by_hand=True)
    draft.weaken(entry.get("weak", ()))
    draft.credit("curated")
