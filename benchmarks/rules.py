"""What matching costs, beside the bare scan of the same terms and beside what others do.

    python benchmarks/rules.py [--most 100000] [--rounds 7] [--no-peers]

One core, entries of 600 characters, rules of three terms. Every figure of a line comes from the
same run: in each round the bare scan and the matching take turns over the same entries, and the
ratio is the median over the rounds. News from `../shared/data` if it is there, made-up text if not.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick

from bot.core.entities import Gazetteer
from bot.core.models import Entry, Rule
from bot.core.rules import RuleSet, compile_rules, parse
from bot.core.rules.ast import Term, leaves
from bot.core.rules.common import COMMON
from bot.core.text import fold, fold_pair, patterns

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "gold"
SETS = ("topics/agnews_test.jsonl", "topics/bbc_2004.jsonl", "topics/tgcontest_en_categories.jsonl")
SIZES = (100, 1_000, 10_000, 100_000)
LENGTH = 600
TITLE = 80
_WORD = re.compile(r"[A-Za-z][a-z]{2,}")


def news(rng: random.Random) -> tuple[str, str]:
    """Return running text, and what it is."""
    lines = [
        " ".join(str(document.get(key) or "") for key in ("title", "text", "summary", "body"))
        for name in SETS
        if (DATA / name).exists()
        for document in map(json.loads, (DATA / name).open(encoding="utf-8"))
    ]
    if lines:
        rng.shuffle(lines)
        return " ".join(" ".join(lines).split())[:4_000_000], "news"
    words = [name(rng).lower() for _ in range(60_000)]
    ranks = [1 / (rank + 2) for rank in range(len(words))]
    return " ".join(rng.choices(words, ranks, k=400_000)), "made-up text"


def name(rng: random.Random) -> str:
    """Return a word that is nobody's."""
    parts = rng.choices("ka mi ro san tel vor ben dar qui lo fen gra ost ul ner zim".split(), k=3)
    return "".join(parts).capitalize()


def entries(text: str, count: int) -> list[Entry]:
    """Cut running text into entries of 600 characters."""
    pieces = (text[i : i + LENGTH] for i in range(0, len(text) - LENGTH, LENGTH))
    return [
        Entry(key=str(i), title=piece[:TITLE].strip(), summary=piece[TITLE:].strip())
        for i, piece in zip(range(count), pieces, strict=False)
    ]


class Terms:
    """Terms as people watch them, no two alike: places, pairs and words of the news, names."""

    def __init__(self, text: str, rng: random.Random) -> None:
        words = _WORD.findall(text)
        pairs = {f"{a} {b}".lower(): f"{a} {b}" for a, b in itertools.pairwise(words)}
        counts = Counter(words)
        self._rng = rng
        self._taken: set[str] = set()
        self._pools: list[list[str]] = [
            places(),
            list(pairs.values()),
            [word for word, n in counts.items() if n < 50],
            [word for word, n in counts.items() if n >= 50 and word.lower() not in COMMON],
        ]
        for pool in self._pools:
            rng.shuffle(pool)

    def one(self) -> str:
        """Return a term, quoted; a made-up name where a pool has run dry."""
        (pool,) = self._rng.choices(range(5), (30, 30, 15, 5, 20))
        while pool < 4 and self._pools[pool]:
            term = self._pools[pool].pop()
            if term.lower() not in self._taken:
                break
        else:
            term = f"{name(self._rng)} {name(self._rng)}"
        self._taken.add(term.lower())
        return f'"{term}"'


def places() -> list[str]:
    """Return names of places in the Latin alphabet."""
    from bot.gazetteer import load  # noqa: PLC0415

    return sorted(
        {e.name for e in load() if e.name.isascii() and e.name.replace(" ", "").isalpha()}
    )


def rules(count: int, one: Callable[[], str], rng: random.Random, first: int = 1) -> list[Rule]:
    """Return rules of three terms: all, any, and mixed, a third of each."""
    shapes = ("{} {} {}", "{} OR {} OR {}", "{} ({} OR {})", "{} {} -{}", "({} OR {}) -{}")
    weights = (5, 4, 2, 2, 2)
    return [
        Rule(id=i, name="", channel="#c", query=shape.format(one(), one(), one()))
        for i, shape in enumerate(rng.choices(shapes, weights, k=count), first)
    ]


def terms_of(all_rules: Sequence[Rule]) -> list[str]:
    """Return the distinct terms of rules."""
    found = (leaf for rule in all_rules for leaf in leaves(parse(rule.query)))
    return list(dict.fromkeys(leaf.text for leaf in found if isinstance(leaf, Term)))


def patterns_of(terms: Sequence[str]) -> list[bytes]:
    """Return what a scan of all terms looks for."""
    found = (one for term in terms for one in patterns(fold(term).data.strip()))
    return list(dict.fromkeys(found))


# ── measuring ─────────────────────────────────────────────────────────────────


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds of one core it takes; others may be at work on this machine."""
    start = time.process_time()
    work()
    return time.process_time() - start


def side_by_side(
    works: Sequence[Callable[[], object]], rounds: int, items: int
) -> tuple[list[float], list[float]]:
    """Return the median microseconds per item of each, and the median of its ratio to the first."""
    times: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for work, known in zip(works, times, strict=True):
            known.append(timed(work) * 1e6 / items)
    gc.enable()
    ratios = [
        statistics.median(a / b for a, b in zip(known, times[0], strict=True)) for known in times
    ]
    return [statistics.median(known) for known in times], ratios


def scan(automaton: BytesAhoCorasick, folded: Sequence[bytes]) -> Callable[[], object]:
    return lambda: [automaton.find_matches_as_indexes(one, overlapping=True) for one in folded]


def fire(compiled: RuleSet, news_: Sequence[Entry]) -> Callable[[], object]:
    return lambda: [compiled.fired(one) for one in news_]


def match(compiled: RuleSet, news_: Sequence[Entry]) -> Callable[[], object]:
    return lambda: [compiled.match(one) for one in news_]


def folded_of(news_: Sequence[Entry]) -> list[bytes]:
    return [fold_pair(one.title, one.summary) for one in news_]


def gazetteer() -> Gazetteer:
    from bot.gazetteer import load  # noqa: PLC0415

    return load()


def names_of(known: Gazetteer) -> list[bytes]:
    """Return what a scan for all entities in the Latin alphabet looks for."""
    names = {name.rstrip("*"): name for entity in known for name in (*entity.names, *entity.weak)}
    return [
        one
        for stem, name in names.items()
        if stem.isascii() and fold(stem).data.strip()
        for one in patterns(fold(stem).data.strip(), prefix=name.endswith("*"))
    ]


def speed(sizes: Sequence[int], rounds: int, *, peers: bool) -> Iterator[str]:
    rng = random.Random(4)
    text, what = news(rng)
    news_ = entries(text, 400)
    folded = folded_of(news_)
    terms = Terms(text, rng)
    everything = rules(max(sizes), terms.one, rng)
    known = gazetteer()
    names = names_of(known)
    places_rule = Rule(id=0, name="", channel="#c", query='location:"North Korea"')
    known.mentions(news_[0])
    yield f"{len(news_)} entries of {what}, median of {rounds} rounds; us per entry, ratio to the scan"
    yield (
        f"{'rules':>8} {'terms':>8} {'hits':>6} {'true':>6} | {'scan':>7} {'ids':>7} {'':>5} "
        f"{'reasons':>7} {'':>5} | {'scan+names':>10} {'entities':>8} {'':>5}"
    )
    for size in sizes:
        some = everything[:size]
        looked_for = patterns_of(terms_of(some))
        automaton = BytesAhoCorasick(looked_for)
        compiled = compile_rules(some, Gazetteer())
        works = [scan(automaton, folded), fire(compiled, news_), match(compiled, news_)]
        us, ratio = side_by_side(works, rounds, len(news_))
        both = BytesAhoCorasick(list(dict.fromkeys([*looked_for, *names])))
        with_names = compile_rules([places_rule, *some], known)
        works = [scan(both, folded), fire(with_names, news_)]
        us2, ratio2 = side_by_side(works, rounds, len(news_))
        hits = statistics.mean(
            len(automaton.find_matches_as_indexes(one, overlapping=True)) for one in folded
        )
        true = statistics.mean(len(compiled.fired(one)) for one in news_)
        yield (
            f"{size:8,} {len(looked_for):8,} {hits:6.1f} {true:6.1f} | {us[0]:7.1f} {us[1]:7.1f} "
            f"{ratio[1]:4.2f}x {us[2]:7.1f} {ratio[2]:4.2f}x | {us2[0]:10.1f} {us2[1]:8.1f} "
            f"{ratio2[1]:4.2f}x (x{us2[1] / us[0]:.2f} of the scan of terms)"
        )
        if peers:
            yield from peers_of(size, terms_of(some), news_, us[1])


def peers_of(size: int, terms: Sequence[str], news_: Sequence[Entry], ours: float) -> Iterator[str]:
    """Time what others do, on fewer entries the more rules there are."""
    few = [f"{one.title} {one.summary}" for one in news_[: max(1, 20_000 // size)]]
    lower = [one.lower() for one in few]
    words = [term.lower() for term in terms]
    ways: list[tuple[str, Callable[[], object]]] = [
        ("`in` per term", lambda: [[w for w in words if w in one] for one in lower]),
    ]
    if size <= 10_000:
        each = [re.compile(rf"\b{re.escape(term)}\b", re.IGNORECASE) for term in terms]
        ways.append(("a regex per term", lambda: [[e for e in each if e.search(o)] for o in few]))
        any_ = re.compile(rf"\b(?:{'|'.join(map(re.escape, terms))})\b", re.IGNORECASE)
        ways.append(("one alternation", lambda: [any_.findall(one) for one in few[:20]]))
    said = []
    for label, work in ways:
        count = min(len(few), 20) if label == "one alternation" else len(few)
        us = timed(work) * 1e6 / count
        said.append(f"{label} {us:,.0f} us ({us / ours:,.0f}x ours)")
    yield f"{'':8} peers: {'; '.join(said)}"


def flatness(sizes: Sequence[int], rounds: int) -> Iterator[str]:
    """Add rules that share words with the news but never fire."""
    rng = random.Random(5)
    text, _ = news(rng)
    news_ = entries(text, 400)
    terms = Terms(text, rng)
    firing = rules(100, terms.one, rng)
    words = list(dict.fromkeys(_WORD.findall(text)))

    def silent() -> str:
        return f'"{rng.choice(words)} {name(rng)}"'

    yield "rules that fire stay the same 100; the others share words with the news but never fire"
    base = compile_rules(firing, Gazetteer())
    for size in sizes:
        more = compile_rules([*firing, *rules(size - 100, silent, rng, first=101)], Gazetteer())
        us, ratio = side_by_side([match(base, news_), match(more, news_)], rounds, len(news_))
        fired = statistics.mean(len(more.fired(one)) for one in news_)
        yield f"{size:8,} rules: {us[1]:6.1f} us, {ratio[1]:4.2f}x of 100; true matches {fired:.2f}"


# ── memory, building, changing ────────────────────────────────────────────────


def rss_mb() -> tuple[float, float]:
    """Return resident memory now and at its height."""
    status = Path("/proc/self/status").read_text()
    found = (re.search(rf"{name}:\s+(\d+) kB", status) for name in ("VmRSS", "VmHWM"))
    now, most = (int(one[1]) / 1024 if one else 0.0 for one in found)
    return now, most


def growth(size: int) -> None:
    """Print what rules take, in a process of their own: memory, building, a change."""
    rng = random.Random(4)
    text, _ = news(rng)
    terms = Terms(text, rng)
    queries = [rule.query for rule in rules(size, terms.one, rng)]
    news_ = entries(text, 400)
    del terms, text
    compile_rules([Rule(id=1, name="", channel="#c", query="a b OR c")], Gazetteer())
    gc.collect()
    before = rss_mb()[0]
    start = time.process_time()
    compiled = compile_rules(
        (Rule(id=i, name="", channel="#c", query=q) for i, q in enumerate(queries)), Gazetteer()
    )
    took = time.process_time() - start
    gc.collect()
    for one in news_:
        compiled.match(one)
    now, most = rss_mb()
    changes = []
    for i in range(40):
        rule = Rule(id=size + i, name="", channel="#c", query=f'"some {i}" OR launch* -sport')
        start = time.perf_counter()
        compiled = compiled.changed([rule], {i})
        changes.append((time.perf_counter() - start) * 1e3)
    print(
        f"{size:8,} rules: {now - before:4.0f} MB (while building {most - before:4.0f}), built in "
        f"{took:4.1f} s; a change takes {statistics.median(changes):.1f} ms, at most "
        f"{max(changes):.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--most", type=int, default=max(SIZES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--growth", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.growth:
        growth(arguments.growth)
        return
    sizes = [size for size in SIZES if size <= arguments.most]
    for line in speed(sizes, arguments.rounds, peers=not arguments.no_peers):
        print(line, flush=True)
    for line in flatness(sizes, arguments.rounds):
        print(line, flush=True)
    for size in sizes[-2:]:
        subprocess.run([sys.executable, __file__, "--growth", str(size)], check=True)


if __name__ == "__main__":
    main()
