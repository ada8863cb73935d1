"""What the built-in gazetteer holds, kind by kind, and what it costs to load.

    python benchmarks/gazetteer.py

Each line of the first table has the least that is promised. The second is measured in a process
of its own: processor time, and memory at its highest, beyond what Python and the matcher take.
"""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from bot.core.models import Entity, Kind
from bot.gazetteer import load_entities

BIG_STATES = "US RU UA CN IN BR CA AU DE MX JP IR PK NG ID".split()
SPOKESPEOPLE = (
    "dmitry-peskov maria-zakharova mao-ning lin-jian guo-jiakun hua-chunying wang-wenbin zhao-lijian "
    "esmail-baghaei karoline-leavitt matthew-miller john-kirby stephane-dujarric yahya-saree "
    "zabihullah-mujahid avichay-adraee daniel-hagari majed-al-ansari randhir-jaiswal jiang-bin "
    "zhang-xiaogang jay-tarriela abu-obeida oana-lungescu geng-shuang heather-nauert "
    "tammy-bruce tommy-pigott ahmed-sharif-chaudhry"
).split()
NEGOTIATORS = (
    "steve-witkoff abbas-araghchi kirill-dmitriev rustem-umerov vladimir-medinsky yuri-ushakov "
    "ron-dermer khalil-al-hayya stephen-biegun sung-kim robert-malley majid-takht-ravanchi "
    "kim-kye-gwan kim-hyok-chol kim-myong-gil jared-kushner keith-kellogg massad-boulos tom-barrack "
    "amos-hochstein brett-mcgurk geir-pedersen hans-grundberg staffan-de-mistura hanna-tetteh"
).split()
SANCTIONS = (
    "ofac ofsi un-panel-of-experts msmt fatf rosfinmonitoring fincen eeas us-treasury".split()
)
SERVICES = (
    "cia nsa fbi dia odni svr fsb gru mss-cn mi5 mi6 gchq mossad shin-bet dgse dgsi bnd bfv isi "
    "raw mit-tr national-intelligence-service reconnaissance-general-bureau mois-ir sbu hur-ua asio "
    "aivd pst sapo supo sebin psia-jp naicho nsb-tw iraqi-nis gid-sa gid-jo"
).split()
MINISTERS = (
    "foreign",
    "defen",
    "interior|home|police|security|justice|citizen",
    "president|prime|king",
)
SCRIPTS = (
    "LATIN",
    "HANGUL",
    "CJK",
    "KATAKANA",
    "CYRILLIC",
    "ARABIC",
    "HEBREW",
    "THAI",
    "DEVANAGARI",
)


def scripts(entity: Entity) -> set[str]:
    letters = {char for name in (*entity.names, *entity.weak) for char in name if char.isalpha()}
    return {unicodedata.name(char, "?").split(" ")[0].split("-")[0] for char in letters}


def states_with_ministers(actors: Iterable[Entity]) -> int:
    """Count the states of which head, foreign, defence and interior minister are known."""
    offices: dict[str, set[str]] = {}
    for actor in actors:
        for role in actor.roles:
            for wanted in MINISTERS:
                if any(word in role for word in wanted.split("|")):
                    offices.setdefault(actor.country or "", set()).add(wanted)
    return sum(len(found) == len(MINISTERS) for found in offices.values())


def table() -> Iterator[tuple[str, int, int]]:
    """Yield what there is, how many, and how many there are to be."""
    entities = load_entities()
    places = [e for e in entities if e.kind is Kind.LOCATION]
    actors = [e for e in entities if e.kind is Kind.ACTOR]
    types, kinds = Counter(e.type for e in places), Counter(e.type for e in actors)
    known = {e.id for e in entities}
    states = [e for e in places if e.type in {"country", "territory"}]
    in_scripts = Counter(script for e in states for script in scripts(e))
    yield "countries and territories", len(states), 250
    for script in SCRIPTS:
        yield f"  of these with names in {script.title()}", in_scripts[script], 190
    yield "capitals", types["capital"], 195
    yield "government metonyms", types["metonym"], 40
    yield "cities", types["city"], 4000
    yield "towns that share a name", types["town"], 400
    regions = Counter(e.country for e in places if e.type == "region")
    yield "first-level and other regions", types["region"], 700
    yield "  big states with five or more", sum(regions[code] >= 5 for code in BIG_STATES), 15
    yield "seas and straits", types["sea"], 40
    yield "areas, disputed ones among them", types["area"], 100
    sites = [e for e in places if e.type == "site"]
    yield "strategic sites", len(sites), 250
    yield "  with coordinates", sum(e.lat is not None for e in sites), 250
    yield "  with a parent", sum(bool(e.parent) for e in sites), 250
    yield "actors", len(actors), 1500
    for kind, least in LEAST.items():
        yield f"  {kind}", kinds[kind], least
    yield "states with head and three ministers", states_with_ministers(actors), 60
    yield "persons with an office and its year", sum(bool(e.roles) for e in actors), 400
    for label, ids, least in (
        ("spokespeople", SPOKESPEOPLE, 20),
        ("negotiators and envoys", NEGOTIATORS, 20),
        ("intelligence services", SERVICES, 30),
        ("sanctions bodies", SANCTIONS, 7),
    ):
        yield label, sum(f"act:{name}" in known for name in ids), least
    yield "rows without a source", sum(not e.source for e in entities), 0
    yield "names", sum(len(e.names) + len(e.weak) for e in entities), 50_000


LEAST = {
    "person": 900,
    "government": 150,
    "military": 150,
    "party": 80,
    "armed-group": 150,
    "organisation": 150,
    "think-tank": 100,
    "company": 100,
    "media": 20,
}

COSTS = """
import time
from pathlib import Path
import bot.core.entities
from bot.core.models import Entry

def used():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

memory, start = used(), time.process_time()
def tell(what):
    print(f"{what:40} {time.process_time() - start:6.2f} s {used() - memory:6.0f} MB")

from bot.gazetteer import load
world = load()
tell("load")
world.mentions(Entry(key="1", title="Talks in Seoul"))
tell("and the first English entry")
world.mentions(Entry(key="1", title="북한이"))
tell("and the first entry in another script")
world.lookup("Sohae")
tell("and the first look-up of a name")
"""
HELP = """
import sys
from bot.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
loaded = [name for name in ("bot.core.entities", "bot.gazetteer") if name in sys.modules]
print("bot --help loads", loaded or "none of it", file=sys.stderr)
"""


def main() -> int:
    """Print both tables; fail when something falls short."""
    short = 0
    print(f"{'what':42} {'there':>7} {'at least':>8}")
    for what, count, least in table():
        falls = count < least
        short += falls
        print(f"{what:42} {count:7,} {least:8,}{'  SHORT' if falls else ''}")
    print("\nsince the process began; to be below 0.30 s and 60 MB", flush=True)
    subprocess.run([sys.executable, "-c", COSTS], check=True)
    subprocess.run([sys.executable, "-c", HELP], check=False, stdout=subprocess.DEVNULL)
    return short


if __name__ == "__main__":
    sys.exit(main())
