"""Commands about the database itself: backup, restore, check --db, check --health, prune."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import ExitStack, closing
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import STALE_S, utc_now
from bot.config import load_config, read_environment
from bot.store import Store, open_store
from bot.store.backup import backup as make_backup
from bot.store.backup import restore as put_back
from bot.store.checkup import Checkup, check_up, vital_signs
from bot.store.lock import alone, holder_of
from bot.store.place import path_of
from bot.store.retention import Pruned

_MEGABYTE = 1_000_000


def backup(arguments: Namespace) -> int:
    """Copy the database into a file, whether a bot works on it or not."""
    url = read_environment().database_url
    made = make_backup(url, Path(arguments.file), now=utc_now(), overwrite=arguments.force)
    print(f"{made.path}: {_size(made.size)}, checked, as of {_time(made.made_at)}")
    return 0


def restore(arguments: Namespace) -> int:
    """Put a backup in the place of the database, which is kept under another name."""
    url, now = read_environment().database_url, utc_now()
    with alone(url, what="bot restore", now=now):
        aside = put_back(url, Path(arguments.file), now=now)
    print(f"{path_of(url)}: restored from {arguments.file}; the next start catches up from there")
    if aside:
        print(f"the database that was there is now {aside}")
    return 0


def check_db(arguments: Namespace) -> int:
    """Tell whether the database is sound and what is in it; 1 if it is not."""
    url = read_environment().database_url
    found = check_up(url)
    if arguments.json:
        print(_as_json(found, url))
    else:
        _show(found, url)
    return 1 if found.problems else 0


def _as_json(found: Checkup, url: str) -> str:
    holder = holder_of(url)
    told = asdict(found) | {
        "path": str(found.path),
        "sound": not found.problems,
        "heartbeat": found.heartbeat and found.heartbeat.isoformat(),
        "restored_from": found.restored_from and found.restored_from.isoformat(),
        "held_by": holder and asdict(holder),
    }
    return json.dumps(told, ensure_ascii=False)


def _show(found: Checkup, url: str) -> None:
    behind = f", {found.behind} steps behind: the next start takes them" if found.behind else ""
    print(f"{found.path}: {_size(found.size)}, of it {_size(found.free)} free,", end=" ")
    print(f"and {_size(found.log_size)} of log; schema {found.step}{behind}")
    print(", ".join(f"{count:,} {name}" for name, count in found.rows.items()))
    states = ", ".join(f"{count:,} {state}" for state, count in found.deliveries.items())
    print(f"deliveries: {states or 'none'}")
    holder = holder_of(url)
    print(f"in use by {holder}" if holder else "no bot is running on it", end="; ")
    print(f"last sign of life {_time(found.heartbeat) if found.heartbeat else 'never'}")
    if found.restored_from:
        print(f"it is a backup of {_time(found.restored_from)} that no bot has run on yet")
    for problem in found.problems:
        print(f"✗ {problem}")
    if not found.problems:
        print("sound: pages, references, search index, schema")


def health() -> int:
    """Tell whether a bot runs and can work; 1 if not, for whatever restarts it or calls for help."""
    url = read_environment().database_url
    said = _ill(url, utc_now())
    print(said or "alive")
    return 1 if said else 0


def _ill(url: str, now: datetime) -> str | None:
    """Return what is wrong with the bot that should be running, in words; None if it is well."""
    holder = holder_of(url)
    if holder is None:
        return f"no bot is running on {path_of(url)}"
    if holder.trouble:
        return f"{holder}: {holder.trouble}"
    signs = vital_signs(url)
    if signs.refused:
        return f"Slack refuses the app since {_time(signs.refused.since)}: {signs.refused.reason} → {signs.refused.advice}"
    if signs.heartbeat is None:
        return "no sign of life yet"
    if now - signs.heartbeat > timedelta(seconds=STALE_S):
        return f"last sign of life {(now - signs.heartbeat).total_seconds():.0f} s ago"
    return None


def prune(arguments: Namespace) -> int:
    """Forget the texts that are older than `settings: keep`, as a running bot does once a day."""
    keep_s = load_config(arguments.config).settings.keep_s
    url, now = read_environment().database_url, utc_now()
    with ExitStack() as stack:
        if arguments.shrink:
            stack.enter_context(alone(url, what="bot prune --shrink", now=now))
        store = stack.enter_context(closing(open_store(url)))
        if keep_s:
            _forget(store, now - timedelta(seconds=keep_s), now)
        else:
            print(f"{arguments.config}: `keep: forever`, nothing is forgotten")
        if arguments.shrink:
            path = Path(path_of(url))
            before = path.stat().st_size
            store.retention.shrink()
            print(f"{path}: {_size(before)} before, now {_size(path.stat().st_size)}")
    return 0


def _forget(store: Store, before: datetime, now: datetime) -> None:
    forgot = sum(store.retention.prune(before, now=now), Pruned())
    print(
        f"last heard of before {_time(before)}: forgot the text of {forgot.entries:,} entries,",
        end=" ",
    )
    print(f"{forgot.matches:,} reasons and {forgot.messages:,} messages; all stay known")


def _size(count: int) -> str:
    return f"{count / _MEGABYTE:.1f} MB"


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}Z"
