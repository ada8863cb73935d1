"""Actors and places out of a Wikidata dump that an operator has on disk, chosen by their QIDs."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from bot.core.models import Entity, Kind
from bot.core.text import UNSPACED, fold
from bot.errors import WatchdeskError

#: Languages whose labels and aliases become names.
LANGUAGES: Final = tuple(
    "en ko zh zh-hans zh-hant ja fr es de ru ar pt it tr he uk fa id vi pl nl th hi".split()
)

_QID = re.compile(r"Q[1-9]\d*")
_SHORTEST: Final = 3  # letters of a name in an alphabet, unless it is all capitals
_UNSPACED = re.compile(f"[{UNSPACED}]")
_LONGEST_UNSPACED_WEAK: Final = 2  # characters: 李强 stands inside other words

_HUMAN: Final = "Q5"
#: What a thing is an instance of (P31) → our type. Others: a place with coordinates is a site,
#: what has none an organisation.
_TYPES: Final = {
    "Q6256": "country", "Q3624078": "country", "Q515": "city", "Q1549591": "city", "Q1637706": "city",
    "Q3957": "city", "Q532": "city", "Q5119": "capital", "Q10864048": "region", "Q165": "sea",
    "Q37901": "sea", "Q35657": "region", "Q43229": "organisation", "Q7278": "party",
    "Q17149090": "armed-group", "Q17127659": "armed-group", "Q327333": "government",
    "Q192350": "government", "Q47913": "government", "Q176799": "military", "Q772547": "military",
    "Q155271": "think-tank", "Q4830453": "company", "Q783794": "company", "Q891723": "company",
    "Q11032": "media", "Q192283": "media", "Q484652": "organisation",
}  # fmt: skip
_PLACES: Final = frozenset({"country", "city", "capital", "region", "sea", "site"})


def read_wikidata(lines: Iterable[str | bytes], wanted: Collection[str]) -> Iterator[Entity]:
    """Yield the wanted items of a dump as entities, in the order of the dump.

    Args:
        lines: one item in JSON a line; the brackets and commas of Wikidata's own dumps are
            passed over.
        wanted: QIDs. All else is skipped before it is parsed.

    Raises:
        WatchdeskError: a QID is no QID, or a wanted line is no JSON.
    """
    wrong = sorted(qid for qid in wanted if not _QID.fullmatch(qid))
    if wrong:
        raise WatchdeskError(f"no QIDs: {', '.join(wrong)} → write them as Q423")
    for number, raw in enumerate(lines, 1):
        line = (raw.decode() if isinstance(raw, bytes) else raw).strip().rstrip(",")
        if line[:1] == "{" and _is_wanted(line, wanted):
            item = _parsed(line, number)
            if item.get("id") in wanted:
                yield entity_of(item)


def _parsed(line: str, number: int) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError as error:
        raise WatchdeskError(f"line {number} is no JSON: {error} → use a .json dump") from error


def _is_wanted(line: str, wanted: Collection[str]) -> bool:
    # The id of an item comes first or after its type: no need to parse a megabyte to see it.
    found = re.search(r'"id"\s*:\s*"(Q\d+)"', line[:400])
    return found is None or found[1] in wanted


def entity_of(item: Mapping[str, Any]) -> Entity:
    """Return an item of Wikidata as an entity."""
    qid = str(item["id"])
    kinds = set(_items(item, "P31"))
    at = _coordinates(item)
    kind_name = _type(kinds, has_place=at is not None)
    country = _country(item)
    strong, weak = _names(item, is_person=_HUMAN in kinds)
    labels = item.get("labels", {})
    shown = labels.get("en") or next(iter(labels.values()), {"value": qid})
    return Entity(
        id=f"wd:{qid}",
        kind=Kind.LOCATION if kind_name in _PLACES else Kind.ACTOR,
        name=str(shown["value"]),
        type=kind_name,
        names=strong,
        weak=weak,
        parent=f"loc:{country}" if country and kind_name in _PLACES - {"country"} else None,
        country=country or None,
        lat=round(at[0], 4) if at else None,
        lon=round(at[1], 4) if at else None,
        source=f"wikidata {qid}",
    )


def _type(kinds: Collection[str], *, has_place: bool) -> str:
    if _HUMAN in kinds:
        return "person"
    known = sorted(_TYPES[kind] for kind in kinds if kind in _TYPES)
    if known:
        return known[0]
    return "site" if has_place else "organisation"


def _names(item: Mapping[str, Any], *, is_person: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labels, aliases = item.get("labels", {}), item.get("aliases", {})
    found = [
        str(one["value"]).strip()
        for lang in LANGUAGES
        for one in (*([labels[lang]] if lang in labels else ()), *aliases.get(lang, ()))
    ]
    strong: dict[bytes, str] = {}
    weak: dict[bytes, str] = {}
    for name in found:
        key = fold(name).data.strip()
        if key:
            (weak if _is_weak(name, is_person=is_person) else strong).setdefault(key, name)
    return tuple(strong.values()), tuple(name for key, name in weak.items() if key not in strong)


def _is_weak(name: str, *, is_person: bool) -> bool:
    """Say whether a name is too short, or a surname alone, to count by itself."""
    if _UNSPACED.search(name):
        return len(name) <= _LONGEST_UNSPACED_WEAK
    if is_person and " " not in name and not "\uac00" <= name[0] <= "\ud7a3":
        return True
    return len(name) < _SHORTEST and not (name.isupper() and len(name) == _SHORTEST - 1)


def _claims(item: Mapping[str, Any], of: str) -> Iterator[Any]:
    for claim in item.get("claims", {}).get(of, ()):
        value = claim.get("mainsnak", {}).get("datavalue", {}).get("value")
        if value is not None and claim.get("rank") != "deprecated":
            yield value


def _items(item: Mapping[str, Any], of: str) -> Iterator[str]:
    for value in _claims(item, of):
        if isinstance(value, Mapping) and "id" in value:
            yield str(value["id"])


def _coordinates(item: Mapping[str, Any]) -> tuple[float, float] | None:
    for value in _claims(item, "P625"):
        return float(value["latitude"]), float(value["longitude"])
    return None


def _country(item: Mapping[str, Any]) -> str:
    for value in _claims(item, "P297"):
        return str(value)
    # Where it is, where it has its seat, whose citizen it is.
    found = (qid for of in ("P17", "P159", "P27") for qid in _items(item, of))
    return next((_COUNTRIES[qid] for qid in found if qid in _COUNTRIES), "")


#: ISO 3166-1 codes and QIDs, as rigour's territories (MIT) have them.
_COUNTRIES: Final = {
    f"Q{pair[2:]}": pair[:2]
    for pair in """
    AD228 AE878 AF889 AG781 AI25228 AL222 AM399 AO916 AQ51 AR414 AS16641 AT40 AU408 AW21203
    AX5689 AZ227 BA225 BB244 BD902 BE31 BF965 BG219 BH398 BI967 BJ962 BL25362 BM23635 BN921
    BO750 BQ27561 BR155 BS778 BT917 BV23408 BW963 BY184 BZ242 CA16 CC36004 CD974 CF929 CG971
    CH39 CI1008 CK26988 CL298 CM1009 CN148 CO739 CR800 CU241 CV1011 CW25279 CX31063 CY229
    CZ213 DE183 DJ977 DK756617 DM784 DO786 DZ262 EC736 EE191 EG79 EH40362 ER986 ES29 ET115
    FI33 FJ712 FK9648 FM702 FO4628 FR142 GA1000 GB145 GD769 GE230 GF3769 GG25230 GH117 GI1410
    GL223 GM1005 GN1006 GP17012 GQ983 GR41 GS35086 GT774 GU16635 GW1007 GY734 HK8646 HM131198
    HN783 HR224 HT790 HU28 ID252 IE27 IL801 IM9676 IN668 IO43448 IQ796 IR794 IS189 IT38 JE785
    JM766 JO810 JP17 KE114 KG813 KH424 KI710 KM970 KN763 KP423 KR884 KW817 KY5785 KZ232 LA819
    LB822 LC760 LI347 LK854 LR1014 LS1013 LT37 LU32 LV211 LY1016 MA1028 MC235 MD217 ME236
    MF126125 MG1019 MH709 MK221 ML912 MM836 MN711 MO14773 MP16644 MQ17054 MR1025 MS13353
    MT233 MU1027 MV826 MW1020 MX96 MY833 MZ1029 NA1030 NC33788 NE1032 NF31057 NG1033 NI811
    NL29999 NO20 NP837 NR697 NU34020 NZ664 OM842 PA804 PE419 PF30971 PG691 PH928 PK843 PL36
    PM34617 PN35672 PR1183 PS219060 PT45 PW695 PY733 QA846 RE17070 RO218 RS403 RU159 RW1037
    SA851 SB685 SC1042 SD1049 SE34 SG334 SH192184 SI215 SJ25231 SK214 SL1044 SM238 SN1041
    SO1045 SR730 SS958 ST1039 SV792 SX26273 SY858 SZ1050 TC18221 TD657 TF129003 TG945 TH869
    TJ863 TK36823 TL574 TM874 TN948 TO678 TR43 TT754 TV672 TW865 TZ924 UA212 UG1036 UM16645
    US30 UY77 UZ265 VA237 VC757 VE717 VG25305 VI11703 VN881 VU686 WF35555 WS683 XK1246 YE805
    YT17063 ZA258 ZM953 ZW954
    """.split()
}
