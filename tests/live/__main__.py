"""`python -m tests.live --feeds 200 --minutes 5`: the live world for as long as wanted."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.live.world import (
    CHANNEL,
    Account,
    Feeds,
    publish_at_random,
    running_bot,
    visible,
    wait_until,
    write_config,
)
from tests.servers.slack_server import SlackServer


@dataclass(frozen=True)
class Report:
    """How a run ended."""

    planted: int
    lost: list[str]
    doubled: list[str]
    unwanted: list[str]
    after_restart: int
    not_modified: int
    fetched: int
    slowest_s: float


def live(
    folder: Path, *, feeds: int, seconds: float, alerts: int, noise: int, every: str, seed: int
) -> Report:
    """Run the bot against the world, stop it, start it again, and give the account."""
    world = Feeds(feeds)
    config = write_config(folder / "feeds.yaml", world, every=every)
    with SlackServer() as slack:
        slack.add_channel(CHANNEL, "live")
        with running_bot(folder, config, slack):
            ready = wait_until(lambda: world.statuses[200] >= feeds, timeout_s=120)
            assert ready, (folder / "bot.log").read_text()
            time.sleep(2)  # the first polls are recorded
            planted = publish_at_random(
                world, seconds=seconds, alerts=alerts, noise=noise, seed=seed
            )
            ended = time.monotonic()
            wait_until(lambda: len(visible(slack)) >= len(planted), timeout_s=60 + 1.5 * alerts)
            slowest_s = time.monotonic() - ended
        first = len(visible(slack))
        asked = world.statuses.total()
        with running_bot(folder, config, slack):
            wait_until(lambda: world.statuses.total() >= asked + feeds, timeout_s=60)
            time.sleep(3)
        account = Account(planted, visible(slack))
        again = len(account.texts) - first
    world.close()
    return Report(
        planted=len(planted),
        lost=account.lost,
        doubled=account.doubled,
        unwanted=account.unwanted,
        after_restart=again,
        not_modified=world.statuses[304],
        fetched=world.statuses[200],
        slowest_s=slowest_s,
    )


def main() -> int:
    """Print the account; exit 1 if anything was lost, doubled or not wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--alerts", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = live(
            Path(folder),
            feeds=given.feeds,
            seconds=given.minutes * 60,
            alerts=given.alerts,
            noise=given.alerts * 4,
            every="10s",
            seed=given.seed,
        )
    print(
        f"planted {report.planted}  lost {len(report.lost)}  doubled {len(report.doubled)}"
        f"  unwanted {len(report.unwanted)}  posted again after a restart {report.after_restart}\n"
        f"feeds answered 200: {report.fetched}, 304: {report.not_modified};"
        f" the last alert came {report.slowest_s:.1f} s after the last entry"
    )
    return int(bool(report.lost or report.doubled or report.unwanted or report.after_restart))


if __name__ == "__main__":
    sys.exit(main())
