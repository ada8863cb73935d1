"""A small world for tests."""

from bot.core.entities import Gazetteer
from bot.core.models import Entity, Kind


def place(
    entity_id: str,
    name: str,
    kind: str = "city",
    *names: str,
    weak: tuple[str, ...] = (),
    parent: str | None = None,
) -> Entity:
    country = entity_id.removeprefix("loc:")[:2]
    return Entity(
        id=entity_id,
        kind=Kind.LOCATION,
        name=name,
        type=kind,
        names=names if names or weak else (name,),
        weak=weak,
        parent=parent,
        country=country,
    )


def actor(
    entity_id: str,
    name: str,
    kind: str = "person",
    *names: str,
    weak: tuple[str, ...] = (),
    country: str | None = None,
) -> Entity:
    return Entity(
        id=entity_id,
        kind=Kind.ACTOR,
        name=name,
        type=kind,
        names=(name, *names),
        weak=weak,
        country=country,
    )


WORLD = Gazetteer(
    [
        place(
            *("loc:KP", "North Korea", "country", "North Korea", "N. Korea", "DPRK"),
            *("North Korean*", "северокоре*", "북한", "北朝鮮", "北", "Corée du Nord", "norcoreano"),
        ),
        place("loc:KR", "South Korea", "country", "South Korea", "한국"),
        place("loc:XK", "Korea", "region", "Korea", "Korean"),
        place("loc:KP/pyongyang", "Pyongyang", "capital", parent="loc:KP"),
        place("loc:KP/sohae", "Sohae", "site", "Sohae", "Tongchang-ri", parent="loc:KP/west"),
        place("loc:KP/west", "West Coast", "region", "Western Coast", parent="loc:KP"),
        place("loc:KP/lost", "Lostville", "site"),
        place("loc:US", "United States", "country", "United States", "US", "U.S.", "American"),
        place("loc:US-GA", "Georgia (US state)", "region", weak=("Georgia",), parent="loc:US"),
        place("loc:US/atlanta", "Atlanta", "city", parent="loc:US-GA"),
        place("loc:US/macon", "Macon", "city", weak=("Macon",), parent="loc:US-GA"),
        place("loc:US/hamilton", "Hamilton", "city", weak=("Hamilton",), parent="loc:US"),
        place("loc:GE", "Georgia", "country", "Georgian", weak=("Georgia",)),
        place("loc:GE/tbilisi", "Tbilisi", "capital", parent="loc:GE"),
        place("loc:JO", "Jordan", "country", "Jordanian", weak=("Jordan",)),
        place("loc:TD", "Chad", "country", weak=("Chad",)),
        place("loc:LY", "Libya", "country"),
        place("loc:LY/tripoli", "Tripoli", "capital", parent="loc:LY"),
        place("loc:LB", "Lebanon", "country"),
        place("loc:LB/tripoli", "Tripoli", "city", parent="loc:LB"),
        place("loc:FR/paris", "Paris", "city"),
        place("loc:JP/kyoto", "Kyoto", "city", "京都"),
        place("loc:JP/tokyo", "Tokyo", "capital", "東京都", "東京"),
        place("loc:TR", "Turkey", "country"),
        place("loc:XA", "Loop A", "region", "Loopa", parent="loc:XB"),
        place("loc:XB", "Loop B", "region", "Loopb", parent="loc:XA"),
        actor("act:csis", "Center for Strategic and International Studies", "think-tank", "CSIS"),
        actor("act:kju", "Kim Jong Un", "person", "김정은", "North Korean leader Kim", weak=("Kim",), country="KP"),
        actor("act:pompeo", "Mike Pompeo", "person", "Michael R. Pompeo", country="US"),
        actor("act:hilton", "Paris Hilton", country="US"),
        actor("act:who", "World Health Organization", "organisation", "WHO"),
        actor("act:moj-us", "Justice Office", "government", country="US"),
        actor("act:moj-ly", "Justice Bureau", "government", "Justice Office", country="LY"),
        place("loc:US-TX", "Texas", "region", parent="loc:US"),
        place("loc:GR/athens", "Athens", "capital", parent="loc:GR"),
        place("loc:US-NY", "York State", "region", weak=("York City",), parent="loc:US"),
        place("loc:US/york", "York City", "city", parent="loc:US-NY"),
        actor("act:hussein", "King Hussein", country="JO"),
        actor("act:kji", "Kim Jong Il", country="KP"),
        actor("act:orban", "Viktor Orban", "person", "Orban", country="HU"),
        actor("act:csis-ca", "Security Service", "government", weak=("CSIS",), country="CA"),
        actor("act:hill", "Fiona Hill", "person", weak=("Dr Hill",), country="US"),
    ]
)  # fmt: skip
