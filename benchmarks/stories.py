"""Are reports of one event grouped, and events that read alike kept apart?

    python benchmarks/stories.py [events|pairs|stream|speed|sample] [--seed N]

`events`: three labelled sets. `pairs`: pairs of articles by language. `stream`: five weeks of
some fifteen outlets. `speed`: cost and memory of a full window, beside MinHash LSH (datasketch)
and a dense TF-IDF (numpy) when they are installed. `sample`: a hundred random stories of several
outlets, for reading. Without an argument all but the sample. Absent sets are skipped.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import random
import re
import resource
import statistics
import time
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bot.core.models import Entry, Feed
from bot.core.sameness import marks
from bot.core.stories import Grouper, Joined, Profile, Started, profile
from bot.core.stories.likeness import Weighed
from bot.core.stories.profile import WEIGHT
from bot.core.text import fold
from bot.gazetteer import load
from bot.store import open_store
from bot.storyline import Storyline

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CLUSTERING = DATA / "gold" / "clustering"
ARCHIVE = DATA / "feeds" / "streams" / "rss_archive_2026"
SOME_DAY = datetime(2020, 1, 1, 12, tzinfo=UTC)
DEFENSIBLE = ({"E14", "E15"}, {"E06", "E11"})
DAY_S = 86_400


class Item(NamedTuple):
    """A labelled entry, ready to be grouped."""

    profile: Profile
    row: dict[str, Any]
    seen: int


def item(number: int, text: tuple[str, str], at: datetime, row: dict[str, Any]) -> Item:
    """Return title and summary as an item, met when published or when the row says."""
    entry = Entry(
        key=str(number),
        id=number,
        title=text[0],
        summary=text[1],
        lang=row.get("lang"),
        outlet=str(row.get("source") or row.get("outlet") or ""),
    )
    known = profile(entry, load().mentions(entry), at)
    return Item(known, row, int(at.timestamp()))


def rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        print(f"skipped: {path.name} is absent")
        return []
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def plain(text: str | None) -> str:
    """Return text without tags and entities, as the parser would."""
    unescaped = html.unescape(html.unescape(text or ""))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", unescaped)).split())


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def group(items: Iterable[Item]) -> dict[int, int]:
    """Return the story of each entry, by number."""
    grouper, stories = Grouper(), dict[int, int]()
    for one in items:
        found = grouper.assign(one.profile, one.seen)
        stories |= dict.fromkeys([one.profile.entry, *gathered(found)], found.story)
    return stories


def gathered(found: Joined | Started) -> tuple[int, ...]:
    """Return the entries that a new one brought over from other stories."""
    return found.gathered if isinstance(found, Joined) else ()


def b_cubed(gold: dict[int, str], found: dict[int, int]) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1 over the entries that have a label."""
    labels: dict[str, set[int]] = defaultdict(set)
    stories: dict[int, set[int]] = defaultdict(set)
    for entry, label in gold.items():
        labels[label].add(entry)
        stories[found[entry]].add(entry)
    shared = [len(labels[gold[e]] & stories[found[e]]) for e in gold]
    precision = sum(n / len(stories[found[e]]) for n, e in zip(shared, gold, strict=True))
    recall = sum(n / len(labels[gold[e]]) for n, e in zip(shared, gold, strict=True))
    precision, recall = precision / len(gold), recall / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


# ── labelled events ───────────────────────────────────────────────────────────


def events() -> None:
    """Print the figures of the three labelled sets, whole and by halves."""
    print("\n# labelled events\n")
    korea()
    study()
    ecb()


def korea() -> None:
    labelled = [
        item(r["i"] + 1, (plain(r["title"]), plain(r["description"])), moment(r["pubDate"]), r)
        for r in rows(CLUSTERING / "nk_stream_2026_labelled.jsonl")
    ]
    if not labelled:
        return
    labelled.sort(key=lambda one: one.seen)
    found = group(labelled)
    print("nk_stream_2026, core events, pairs  precision  recall   wrong pairs")
    halves = {"all": (0, 1), "even events": (0,), "odd events": (1,)}
    for name, kept in halves.items():
        right, wrong, missed = korean_pairs(labelled, found, kept)
        precision, recall = right / ((right + wrong) or 1), right / ((right + missed) or 1)
        print(f"  {name:33} {precision:9.3f} {recall:7.3f} {wrong:8}")
    print(f"  launches merged: {launches_merged(labelled, found)}")
    print(f"  string traps merged: {traps_merged(labelled, found)}")


def korean_pairs(
    labelled: list[Item], found: dict[int, int], kept: tuple[int, ...]
) -> tuple[int, int, int]:
    """Count right, wrong and missed pairs; analyses and defensible merges don't count."""
    right = wrong = missed = 0
    for one, other in combinations(labelled, 2):
        a, b = one.row, other.row
        roles = {a["role"], b["role"]}
        halves = {int(r["event"][1:3]) % 2 for r in (a, b) if r["event"]}
        if "soft" in roles or "core" not in roles or not halves <= set(kept):
            continue
        same = roles == {"core"} and a["event"] == b["event"]
        if not same and {(r["event"] or "")[:3] for r in (a, b)} in DEFENSIBLE:
            continue
        together = found[one.profile.entry] == found[other.profile.entry]
        right += together and same
        wrong += together and not same
        missed += same and not together
    return right, wrong, missed


def launches_merged(labelled: list[Item], found: dict[int, int]) -> int:
    """Count pairs of launches of different events that share a story."""
    launches = [one for one in labelled if one.row["nk_missile_launch"]]
    return sum(
        found[a.profile.entry] == found[b.profile.entry] and a.row["event"] != b.row["event"]
        for a, b in combinations(launches, 2)
    )


def traps_merged(labelled: list[Item], found: dict[int, int]) -> int:
    sizes = Counter(found.values())
    traps = [one for one in labelled if not one.row["about_north_korea"]]
    return sum(sizes[found[one.profile.entry]] > 1 for one in traps)


def study() -> None:
    labelled = [
        item(i, (r["title"] or "", r["text"]), moment(r["date"]), r)
        for i, r in enumerate(rows(CLUSTERING / "csis2018_seed_story.jsonl"), 1)
    ]
    if not labelled:
        return
    labelled.sort(key=lambda one: one.seen)
    found = group(labelled)
    print("csis2018_seed_story                 precision  recall      F1   (B-cubed)")
    for name, languages in (("English", {"en"}), ("all languages", None)):
        gold = {
            one.profile.entry: one.row["event"]
            for one in labelled
            if not languages or one.row["lang"] in languages
        }
        print(f"  {name:33} {'{:9.3f} {:7.3f} {:7.3f}'.format(*b_cubed(gold, found))}")
    base = {found[o.profile.entry] for o in labelled if o.row["event"].startswith("S1")}
    alike = [o.row["id"] for o in labelled if o.row["event"][:2] in {"S6", "S9"}]
    mixed = [o for o in labelled if o.row["id"] in alike and found[o.profile.entry] in base]
    print(f"  look-alike reports in the study's stories: {len(mixed)} of {len(alike)}")


def ecb() -> None:
    labelled = []
    for i, row in enumerate(rows(CLUSTERING / "ecbplus_docs.jsonl"), 1):
        title = row["first_line"]
        text = row["text"].removeprefix(title)[:600]
        labelled.append(item(i, (title, text), SOME_DAY, row))
    if not labelled:
        return
    print("ecbplus_docs, random order          precision  recall      F1   (B-cubed, 10 orders)")
    topics = sorted({one.row["topic"] for one in labelled})
    parts = {
        "all": labelled,
        "even topics": [one for one in labelled if one.row["topic"] in topics[::2]],
        "odd topics": [one for one in labelled if one.row["topic"] in topics[1::2]],
        # where no event meets another of its kind
        "one event a topic, ecb": [o for o in labelled if o.row["story"].endswith("_ecb")],
        "one event a topic, ecbplus": [o for o in labelled if o.row["story"].endswith("plus")],
    }
    for name, kept in parts.items():
        chosen = list(kept)
        gold = {one.profile.entry: one.row["story"] for one in chosen}
        scores = []
        for seed in range(10):
            random.Random(seed).shuffle(chosen)
            scores.append(b_cubed(gold, group(chosen)))
        means = [statistics.mean(column) for column in zip(*scores, strict=True)]
        print(f"  {name:33} {'{:9.3f} {:7.3f} {:7.3f}'.format(*means)}")


# ── pairs ─────────────────────────────────────────────────────────────────────


def pairs() -> None:
    """Print how well pairs of articles are told apart, by language pair."""
    print("\n# pairs: joined if the second came right after the first, in an empty window\n")
    print("set, languages          pairs  same  precision  recall     F1    AUC")
    for name, made in (("semeval2022_task8", semeval_pairs()), ("tgcontest", contest_pairs())):
        by_language: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
        for languages, same, one, other in made:
            grouper = Grouper()
            grouper.assign(one, one.at)
            together = isinstance(grouper.assign(other, one.at), Joined)
            score = weighed(one).like(weighed(other)).score
            by_language[languages].append((same, together, score))
            by_language["all"].append((same, together, score))
        for languages, judged in sorted(by_language.items(), key=lambda p: -len(p[1])):
            print(f"{name + ' ' + languages:24} {pair_figures(judged)}")


def weighed(known: Profile) -> Weighed:
    return Weighed(known, (float(weight & WEIGHT) for weight in known.weights))


def pair_figures(judged: list[tuple[bool, bool, float]]) -> str:
    right = sum(same and together for same, together, _ in judged)
    joined = sum(together for _, together, _ in judged)
    gold = sum(same for same, _, _ in judged)
    precision, recall = right / (joined or 1), right / (gold or 1)
    f1 = 2 * precision * recall / ((precision + recall) or 1)
    positive = [score for same, _, score in judged if same]
    negative = [score for same, _, score in judged if not same]
    wins = sum((a > b) + (a == b) / 2 for a in positive for b in negative)
    auc = wins / ((len(positive) * len(negative)) or 1)
    return f"{len(judged):4} {gold:5} {precision:10.2f} {recall:7.2f} {f1:6.2f} {auc:6.2f}"


def semeval_pairs() -> Iterator[tuple[str, bool, Profile, Profile]]:
    for row in rows(CLUSTERING / "semeval2022_task8_pairs.jsonl"):
        languages = "-".join(sorted((row["lang1"], row["lang2"])))
        one, other = (
            item(n, title_and_text(row[f"text{n}"]), SOME_DAY, {"lang": row[f"lang{n}"]})
            for n in (1, 2)
        )
        yield languages, row["overall"] <= 1.75, one.profile, other.profile


def title_and_text(text: str) -> tuple[str, str]:
    title, _, rest = text.partition("  ")
    return (title, rest) if rest else ("", text)


def contest_pairs() -> Iterator[tuple[str, bool, Profile, Profile]]:
    for row in rows(CLUSTERING / "tgcontest_pairs.jsonl"):
        one, other = (
            item(n, (row[f"title{n}"], row[f"text{n}"]), SOME_DAY, {"lang": row["lang"]})
            for n in (1, 2)
        )
        yield row["lang"], row["label"] == "OK", one.profile, other.profile


# ── the archive ───────────────────────────────────────────────────────────────


@cache
def archive() -> tuple[Item, ...]:
    """Return five weeks of feeds in the order they were collected."""
    found = []
    for path in sorted(ARCHIVE.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found += [json.loads(line) for line in lines]
    if not found:
        print("skipped: rss_archive_2026 is absent")
    found.sort(key=lambda row: (row["collectedAt"], row["id"]))
    items = []
    for number, row in enumerate(found, 1):
        seen = moment(row["collectedAt"])
        at = min(moment(row["pubDate"]), seen) if row["pubDate"] else seen
        texts = plain(row["title"]), plain(row["description"])
        one = item(number, texts, at, row)
        items.append(one._replace(seen=int(seen.timestamp())))
    return tuple(items)


def told() -> dict[int, list[tuple[Item, Joined | Started]]]:
    """Return the archive's stories as they are in the end, each with its entries in order."""
    grouper = Grouper()
    stories: dict[int, int] = {}
    decisions = {}
    for one in archive():
        found = grouper.assign(one.profile, one.seen)
        stories |= dict.fromkeys([one.profile.entry, *gathered(found)], found.story)
        decisions[one.profile.entry] = one, found
    told: dict[int, list[tuple[Item, Joined | Started]]] = defaultdict(list)
    for entry, decided in decisions.items():
        told[stories[entry]].append(decided)
    return told


def outlets(story: list[tuple[Item, Joined | Started]]) -> int:
    return len({one.row["source"] for one, _ in story})


RULES = {
    "missile or nuclear": "missile missiles nuclear",
    "Iran": "iran iranian tehran",
    "Israel, Gaza, Lebanon": "israel israeli gaza lebanon",
    "Ukraine": "ukraine ukrainian kyiv",
    "North Korea": "pyongyang",
    "Taiwan": "taiwan",
    "ebola": "ebola",
    "earthquake": "earthquake quake",
    "sanctions": "sanctions",
    "Hormuz, Red Sea": "hormuz houthi houthis",
}


def stream() -> None:
    """Print what grouping makes of five weeks of feeds."""
    stories = told()
    if not stories:
        return
    print("\n# rss_archive_2026\n")
    items = archive()
    days = (items[-1].seen - items[0].seen) / DAY_S
    spread = Counter(min(outlets(story), 6) for story in stories.values())
    copies = sum(
        isinstance(found, Joined) and found.kind == "copy"
        for story in stories.values()
        for _, found in story
    )
    print(f"{len(items)} entries, {len(stories)} stories, {copies} copies")
    print(f"{len(items) / days:.0f} entries and {len(stories) / days:.0f} stories a day")
    print(
        "outlets per story: "
        + ", ".join(f"{n}{'+' * (n > 5)}: {c}" for n, c in sorted(spread.items()))
    )
    print("\nrule                     entries  stories  alerts saved")
    for name, words in RULES.items():
        hits, alerts = rule_figures(stories, set(words.split()))
        print(f"{name:24} {hits:7} {alerts:8} {1 - alerts / (hits or 1):12.0%}")


def rule_figures(
    stories: dict[int, list[tuple[Item, Joined | Started]]], words: set[str]
) -> tuple[int, int]:
    """Return how many entries a rule hits, and how many stories they are."""
    hits = [sum(bool(words & entry_words(one)) for one, _ in story) for story in stories.values()]
    return sum(hits), sum(bool(n) for n in hits)


def entry_words(one: Item) -> set[str]:
    text = plain(one.row["title"]) + " " + plain(one.row["description"])
    return set(fold(text).data.decode().split())


def sample(seed: int) -> None:
    """Print a hundred random stories of several outlets."""
    stories = [story for story in told().values() if outlets(story) > 1]
    for number, story in enumerate(random.Random(seed).sample(stories, min(100, len(stories))), 1):
        print(f"{number}. {len(story)} entries, {outlets(story)} outlets")
        for one, found in story:
            at = datetime.fromtimestamp(one.profile.at, UTC)
            print(
                f"   {at:%d %b %H:%M} {one.row['source'][:12]:12} {plain(one.row['title'])[:90]} | {found}"
            )


# ── speed ─────────────────────────────────────────────────────────────────────


def speed() -> None:
    """Print cost and memory of windows of growing size, and of two other ways."""
    if not archive():
        return
    print("\n# speed: joining one entry into a window of so many, CPU time of one core\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    entries = list(grown(101_000))
    grouper = Grouper()
    print("way                       window   µs/entry  entries/s   memory")
    cost: dict[int, float] = {}
    start = time.process_time()
    for number, known in enumerate(entries):
        if number in {1_000, 10_000, 100_000}:
            start = time.process_time()
        grouper.assign(known, known.at)
        if number in {1_999, 10_999, 100_999}:
            size = number - 999
            cost[size] = (time.process_time() - start) / 1000
            used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            print(
                f"{'stories':22} {size:9} {cost[size] * 1e6:10.0f} {1 / cost[size]:10.0f} {used:6.0f} MB"
            )
    print(f"cost at 100,000 against 1,000: {cost[100_000] / cost[1_000]:.2f}")
    restart = time.process_time()
    again = Grouper()
    for known in entries[1_000:]:
        again.add(known, known.entry, known.at)
    print(f"rebuilt from 100,000 stored profiles in {time.process_time() - restart:.1f} s")
    del grouper, again
    transaction(entries[1_000:])
    del entries
    reading()
    lsh()
    dense()


def transaction(window: list[Profile]) -> None:
    """Print what a full window adds to the transaction that records an entry, store and all."""
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/stories.db")
        start = datetime.fromtimestamp(window[0].at, UTC)
        feed = store.feeds.add(Feed(url="https://wire.invalid/rss", title=""), now=start)
        added = partial(store.entries.add, feed_id=feed, decision="new", reason="", same_as=None)
        with store.transaction():
            for number, known in enumerate(window):
                now = datetime.fromtimestamp(known.at, UTC)
                story = store.entries.start_story(str(number), "", now=now)
                entry = Entry(key=str(number), title=str(number))
                entry_id = added(entry, marks(entry, now=now), story_id=story, now=now)
                store.stories.keep(replace(known, entry=entry_id), is_copy=False, seen_at=now)
        stories = Storyline(store, load)
        spent = []
        for number, one in enumerate(archive()[:501], len(window)):
            entry = Entry(key=str(number), title=plain(one.row["title"]))
            mark = marks(entry, now=now)
            with store.transaction():
                begin = time.process_time()
                placed = stories.place(entry, now)
                spent.append(time.process_time() - begin)
                entry_id = added(entry, mark, story_id=story, now=now)
                begin = time.process_time()
                stories.record(placed, entry_id, story, now)
                spent[-1] += time.process_time() - begin
        store.close()
    print(f"first entry after a restart at {len(window):,}: {spent[0]:.1f} s")
    spent = sorted(spent[1:])
    shown = ", ".join(f"{spent[int(q * 499)] * 1e3:.2f}" for q in (0.5, 0.95, 1))
    print(f"ms within the transaction of an entry (half, 95 of 100, all below): {shown}")


def reading() -> None:
    """Print what making a profile costs, with and without finding the entities."""
    some = archive()[:2_000]
    gazetteer = load()
    made = [
        Entry(key="", title=plain(o.row["title"]), summary=plain(o.row["description"]))
        for o in some
    ]
    start = time.process_time()
    mentions = [gazetteer.mentions(entry) for entry in made]
    middle = time.process_time()
    for entry, found in zip(made, mentions, strict=True):
        profile(entry, found, SOME_DAY)
    end = time.process_time()
    for name, spent in (("finding entities", middle - start), ("making a profile", end - middle)):
        each = spent / len(made)
        print(f"{name:32} {each * 1e6:10.0f} {1 / each:10.0f}")


def grown(size: int) -> Iterator[Profile]:
    """Yield profiles evenly over 72 hours: the archive again and again, rarer words renamed."""
    originals = [one.profile for one in archive()]
    frequency = Counter(term for known in originals for term in known.numbers())
    for number in range(size):
        known = originals[number % len(originals)]
        turn = number // len(originals)
        terms = array(
            "I",
            (
                term if frequency[term] > 50 else term ^ turn * 0x9E3779B & 0x3FFFFFF
                for term in known.numbers()
            ),
        )
        yield replace(
            known,
            entry=number + 1,
            at=1_600_000_000 + number * 72 * 3600 // 100_000,
            terms=terms.tobytes(),
        )


def texts(size: int) -> list[str]:
    """Return so many texts, those after the archive's own with their rarer words renamed."""
    originals = [sorted(entry_words(one)) for one in archive()]
    frequency = Counter(word for words in originals for word in words)
    turns = range(size // len(originals) + 1)
    return [
        " ".join(w if frequency[w] > 50 or not turn else f"{w}{turn}" for w in words)
        for turn in turns
        for words in originals
    ][:size]


def lsh() -> None:
    """MinHash LSH of words at Jaccard 0.5, from scratch for each entry."""
    try:
        from datasketch import MinHash, MinHashLSH  # noqa: PLC0415  optional
    except ImportError:
        print("datasketch is not installed: no MinHash LSH row")
        return
    made = texts(21_000)
    for size in (1_000, 20_000):
        index = MinHashLSH(threshold=0.5, num_perm=128)
        start = time.process_time()
        for number, text in enumerate(made[: size + 1_000]):
            if number == size:
                start = time.process_time()
            mark = MinHash(num_perm=128)
            mark.update_batch([word.encode() for word in text.split()])
            index.query(mark)
            index.insert(number, mark)
        each = (time.process_time() - start) / 1_000
        print(f"{'datasketch MinHash LSH':22} {size:9} {each * 1e6:10.0f} {1 / each:10.0f}")


def dense() -> None:
    """TF-IDF as a dense matrix over 4,096 hashed words: one product per entry."""
    try:
        import numpy as np  # noqa: PLC0415  optional
    except ImportError:
        print("numpy is not installed: no dense TF-IDF row")
        return
    made = texts(101_000)
    width = 4_096
    for size in (1_000, 10_000, 100_000):
        window = np.zeros((size, width), dtype=np.float32)
        for number, text in enumerate(made[:size]):
            for word in text.split():
                window[number, zlib.crc32(word.encode()) % width] += 1
        idf = np.log1p(size / (1 + (window > 0).sum(axis=0))).astype(np.float32)
        window *= idf
        window /= np.linalg.norm(window, axis=1, keepdims=True) + 1e-9
        start = time.process_time()
        for text in made[size : size + 50]:
            row = np.zeros(width, dtype=np.float32)
            for word in text.split():
                row[zlib.crc32(word.encode()) % width] += 1
            (window @ (row * idf)).argmax()
        each = (time.process_time() - start) / 50
        used = window.nbytes / 2**20
        print(f"{'dense TF-IDF':22} {size:9} {each * 1e6:10.0f} {1 / each:10.0f} {used:6.0f} MB")


def main() -> None:
    parts = {"events": events, "pairs": pairs, "stream": stream, "speed": speed}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=[*parts, "sample"])
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    asked = parser.parse_args()
    if asked.part == "sample":
        sample(asked.seed)
        return
    for name, part in parts.items():
        if asked.part in {None, name}:
            part()


if __name__ == "__main__":
    main()
