"""How soon does the Slack app acknowledge, and answer, with a crowded store behind it?

    python benchmarks/slack_app.py [--entries 100000] [--rules 1000]

Sends every example of every command that asks no other host, every button, the form and the home tab as signed requests to
the real app over a strict Slack on loopback. `ack` is what Slack waits for (three seconds at most),
`answer` is when the asker sees something. Beside them a bare signed request that does nothing, in
the same run: what the transport alone costs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.crowded import fill
from bot import gazetteer
from bot.commands import ACTIONS, Desk
from bot.commands.pace import Pace
from bot.commands.table import VERBS
from bot.config import Secret
from bot.feeds.fetch import AddressPolicy, Fetcher
from bot.feeds.parse import parse_document
from bot.rulebook import Rulebook
from bot.slack_app import build
from bot.store import open_store
from bot.team import TeamGazetteer
from tests.commands.parts import ANA, ConsoleDirectory, Room
from tests.servers.sign import signed_request
from tests.servers.slack_server import SlackServer
from tests.slack.parts import (
    NK,
    SECRET,
    Office,
    action_body,
    command_body,
)

_FETCHING = {"feed add", "feed move"}  #: they would ask other hosts
DIGESTS = ("", "7d", "24h W12", 'since monday location:"North Korea"')


class Timed(NamedTuple):
    """One request."""

    what: str
    ack_s: float
    answer_s: float


@contextmanager
def crowded_office(entries: int, rules: int) -> Iterator[Office]:
    now = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory() as folder,
        SlackServer() as slack,
        ThreadPoolExecutor(1) as workers,
    ):
        store = open_store(f"sqlite:///{Path(folder, 'full.db')}")
        start = time.perf_counter()
        fill(store, now, entries=entries, rules=rules, owner=ANA, channels=(NK, "C0DMZ0000"))
        print(f"{entries:,} entries and {rules:,} rules in {time.perf_counter() - start:.0f} s")
        fetcher = Fetcher(user_agent="benchmark", policy=AddressPolicy(allow=("127.0.0.0/8",)))
        desk = Desk(
            store=store,
            book=Rulebook(store, TeamGazetteer(store, gazetteer.load)),
            clock=lambda: datetime.now(UTC),
            directory=ConsoleDirectory({}),
            fetcher=fetcher,
            read=parse_document,
            pace=Pace(most=10_000),
        )
        slack.add_person(ANA, "ana", tz="Asia/Seoul")
        slack.add_channel(NK, "nk-alerts").members.add(ANA)
        slack.add_channel("C0DMZ0000", "dmz").members.add(ANA)
        app, homes = build(
            desk,
            token=Secret(slack.token),
            signing_secret=Secret(SECRET),
            api_url=slack.api_url,
            executor=workers,
        )
        yield Office(slack, app, Room(store, desk), workers, homes)
        fetcher.close()
        store.close()


def timed(office: Office, what: str, body: Callable[[], str]) -> Timed:
    sent = body()
    kind = "application/json" if sent.startswith("{") else "application/x-www-form-urlencoded"
    start = time.perf_counter()
    office.acknowledge(sent, signed_request(sent, SECRET, None, content_type=kind))
    ack = time.perf_counter() - start
    office.workers.submit(int).result()  # one worker: what was asked for is done by then
    return Timed(what, ack, time.perf_counter() - start)


def requests(office: Office) -> Iterator[tuple[str, Callable[[], str]]]:
    slack = office.slack
    for verb in VERBS:
        for example in verb.examples if verb.name not in _FETCHING else ():
            yield f"/watch {example}", lambda text=example: command_body(slack, text)
    yield "/watch", lambda: command_body(slack, "")
    yield "/watch add (form)", lambda: command_body(slack, "add")
    for text in DIGESTS:
        yield f"/digest {text}", lambda text=text: command_body(slack, text, name="/digest")
    for action in ACTIONS:
        yield f"[{action}]", lambda action=action: action_body(slack, action, "12.1")
    yield "home", lambda: home_body(slack)


def saved(office: Office) -> Timed:
    """Time the form's Save, which Slack acknowledges with what is wrong in it."""
    office.command("add")
    start = time.perf_counter()
    office.submit(
        office.form, keywords={"value": "minefield*"}, channel={"selected_conversation": NK}
    )
    spent = time.perf_counter() - start
    return Timed("[form: Save]", spent, spent)


def home_body(slack: SlackServer) -> str:
    event = f'{{"type": "app_home_opened", "user": "{ANA}", "tab": "home"}}'
    number = slack.next_number()
    return (
        f'{{"type": "event_callback", "team_id": "{slack.team_id}", "api_app_id": "{slack.app_id}", '
        f'"event_id": "Ev{number}", "event": {event}}}'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=1_000)
    asked = parser.parse_args()
    with crowded_office(asked.entries, asked.rules) as office:
        bare = [timed(office, "bare", lambda: command_body(office.slack, "help")) for _ in range(5)]
        rows = [timed(office, what, body) for what, body in requests(office)]
        rows.append(saved(office))
    floor = statistics.median(row.ack_s for row in bare)
    print(f"\n{'request':58} {'ack ms':>8} {'answer ms':>10}   ack, × a bare request")
    for row in sorted(rows, key=lambda row: -row.answer_s):
        print(
            f"{row.what[:58]:58} {row.ack_s * 1e3:8.1f} {row.answer_s * 1e3:10.0f} {row.ack_s / floor:10.1f}"
        )
    acks, answers = [row.ack_s for row in rows], [row.answer_s for row in rows]
    print(
        f"\n{len(rows)} requests: ack at most {max(acks) * 1e3:.0f} ms, median "
        f"{statistics.median(acks) * 1e3:.1f} ms; answer at most {max(answers):.2f} s, median "
        f"{statistics.median(answers) * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
