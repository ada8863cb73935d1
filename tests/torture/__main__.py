"""`python -m tests.torture --kills 1000 --alerts 2000`: all of the torture, in its long form."""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import get_args

from tests.torture.storm import Plan, Report, Storm
from tests.torture.test_crash import News, die_at, first_harm, points, wrong_orders
from tests.torture.test_machine import explore
from tests.torture.wire import Trouble
from tests.torture.world import World


def main() -> int:
    """Run what was asked for, print tables; exit 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=told("KILLS", 1000))
    parser.add_argument("--alerts", type=int, default=told("ALERTS", 2000))
    parser.add_argument(
        "--worlds", type=int, default=told("WORLDS", 3), help="storms at the same time"
    )
    parser.add_argument(
        "--examples", type=int, default=told("EXAMPLES", 1000), help="of the state machine"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["crash", "machine", "storm"])
    given = parser.parse_args()
    logging.getLogger().addHandler(
        logging.NullHandler()
    )  # what goes wrong is what it is about; tables are what is to be read
    parts: dict[str, Callable[[], bool]] = {
        "crash": lambda: crash(given.seed),
        "machine": lambda: machine(given.examples),
        "storm": lambda: storm(given.kills, given.alerts, given.worlds, given.seed),
    }
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        right = [part() for name, part in parts.items() if given.only in {None, name}]
    return int(not all(right))


def told(name: str, otherwise: int) -> int:
    """Return a number as `make torture NAME=1` gives it."""
    return int(os.environ.get(name, otherwise))


# ── every statement ──


def crash(seed: int) -> bool:
    """Die at every point, with every trouble, and at a second point after that."""
    began, wrong = time.monotonic(), 0
    folder = Path(tempfile.mkdtemp())
    print(f"{'crash at every statement':<44}{'points':>8}{'wrong':>7}")
    for what, news, deaths in _series(folder, random.Random(seed)):
        harmed = 0
        for at, again_at, troubles in deaths:
            account, _ = die_at(folder, at, *troubles, again_at=again_at, news=news)
            if not account.is_right:
                harmed += 1
                print(f"  at {at}, again at {again_at}, {troubles}: {account}")
        print(f"{what:<44}{len(deaths):>8}{harmed:>7}", flush=True)
        wrong += harmed
    for spoil in wrong_orders:
        harm = first_harm(folder, spoil=spoil)
        how = "not seen" if harm is None else "loses" if harm.lost else "doubles"
        print(f"wrong on purpose: {spoil.__name__.replace('_', ' '):<26}{how:>15}")
        wrong += harm is None
    print(f"in {time.monotonic() - began:.0f} s\n")
    return not wrong


Death = tuple[int, int, tuple[Trouble, ...]]  #: at, again at, troubles


def _series(folder: Path, dice: random.Random) -> Iterator[tuple[str, News, list[Death]]]:
    three, sagas = World.publish_three, World.publish_sagas
    whole = range(1, len(points(folder)) + 1)
    yield "once", three, [(at, 0, ()) for at in whole]
    yield "and in the next process too", three, [(at, dice.choice(whole), ()) for at in whole]
    for trouble in get_args(Trouble):
        if trouble != "stall":
            listed = range(1, len(points(folder, trouble)) + 1)
            yield f"while a post meets “{trouble}”", three, [(at, 0, (trouble,)) for at in listed]
    whole = range(1, len(points(folder, news=sagas)) + 1)
    yield "as stories turn out to be one", sagas, [(at, 0, ()) for at in whole]
    yield "and in the next process too", sagas, [(at, dice.choice(whole), ()) for at in whole]


# ── any order ──


def machine(examples: int) -> bool:
    """Let Hypothesis look for an order that harms."""
    began = time.monotonic()
    steps = explore(examples)
    print(f"state machine: {examples} examples, {steps:,} steps, nothing lost, doubled, unwanted")
    print(f"in {time.monotonic() - began:.0f} s\n")
    return True


# ── the storm ──


def storm(kills: int, alerts: int, worlds: int, seed: int) -> bool:
    """Let several storms rage at once and add them up."""
    began = time.monotonic()
    plans = [
        Plan(kills=-(-kills // worlds), alerts=-(-alerts // worlds), seed=seed + n)
        for n in range(worlds)
    ]
    with ThreadPoolExecutor(worlds) as pool:
        reports = list(pool.map(lambda plan: Storm(Path(tempfile.mkdtemp()), plan).run(), plans))
    total = Report()
    for one in fields(Report):
        parts = [getattr(report, one.name) for report in reports]
        summed = parts[0]
        for part in parts[1:]:
            summed = summed + part
        setattr(total, one.name, summed)
    show(total)
    print(f"in {time.monotonic() - began:.0f} s, {worlds} at a time")
    return total.is_right


def show(report: Report) -> None:
    """Print what happened and what came of it."""
    print(f"SIGKILL storm: {report.kills.total():,} kills")
    for table in (report.kills, report.faults, report.feed_faults):
        for what, times in table.most_common():
            print(f"  {what:<44}{times:>8,}")
    print(f"  {'a channel archived for a while':<44}{report.archived:>8,}")
    lines = {
        "planted": report.planted,
        "lost": len(report.lost),
        "doubled": len(report.doubled),
        "unwanted": len(report.unwanted),
        "reconciled: found in the channel": report.reconciled,
        "looked up, not there, sent again": report.sent_again,
        "doubles for a moment, swept": report.swept,
        "look-ups": report.looked_up,
        "deliveries left open": sum(report.open.values()),
        "notices of much at once, asked for the rest": report.floods,
        "processes left over": report.left_over,
        "processes that ended by themselves": report.crashes,
    }
    for what, number in lines.items():
        print(f"{what:<46}{number:>8,}")
    for text in (*report.lost, *report.doubled, *report.unwanted)[:30]:
        print("  !", text)


if __name__ == "__main__":
    sys.exit(main())
