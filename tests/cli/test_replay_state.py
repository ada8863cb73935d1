"""bot replay --state: killed at any moment, it goes on to the same stories and decisions."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.core.models import Feed
from bot.store import open_store
from tests.flow.parts import START, rss

RULES = "rules:\n  - name: Bases\n    keywords: [missile*, harbour, ferry]\n"
PLACES = ("Oldport", "Sohae", "Seoul", "Nampo", "Busan", "Wonsan", "Incheon", "Sinuiju")
EVENTS = (
    "Ferry with {n} aboard capsizes near {place}",
    "Missile fired from {place} flew {n} kilometres",
    "Strike closes the harbour of {place} for {n} days",
)
OUTLETS = ("harbour", "ledger", "monitor")
ENTRIES = 120


def made_up(number: int, chance: random.Random) -> dict[str, str]:
    """Return an entry of a stream whose events are told more than once, and not in order of time."""
    event = chance.randrange(max(0, number // 3 - 8), number // 3 + 1)
    words = random.Random(event)
    place, n = words.choice(PLACES), words.randrange(20, 900)
    title = words.choice(EVENTS).format(place=place, n=n)
    hour = number + chance.randrange(-6, 7) + 30
    day, hour = divmod(hour, 24)
    return {
        "id": f"e{number}",
        "feed": chance.choice(OUTLETS),
        "title": chance.choice(("", "Update: ", "Officials: ")) + title,
        "summary": f"What happened near {place} on the day is told by {chance.randrange(9)} people.",
        "published": f"2026-05-{day:02}T{hour:02}:15:00Z",
        "lang": "en",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    chance = random.Random(5)
    lines = [json.dumps(made_up(number, chance)) for number in range(ENTRIES)]
    (tmp_path / "entries.jsonl").write_text("\n".join(lines))
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def arguments(folder: Path, *more: str, source: str = "entries.jsonl") -> list[str]:
    return ["replay", f"{folder}/{source}", "--config", f"{folder}/rules.yaml", "--json", *more]


def run(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    assert main(command) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    assert main(command) == 1
    return capsys.readouterr().err


def killed_after(command: list[str], lines: int) -> int:
    """Run a command in a process of its own and kill it when it has told so many lines."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", *command],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    return process.returncode


def decided(state: Path) -> list[tuple[Any, ...]]:
    """Return what the database of a replay says of entries, stories and what is owed."""
    with sqlite3.connect(state) as db:
        entries = db.execute("select key, decision, reason, story_id from entries order by id")
        owed = db.execute("select id, channel, story_id, kind, state from deliveries order by id")
        return [*entries, *owed]


def test_killed_at_random_points_a_replay_ends_as_one_that_was_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = run(capsys, arguments(folder))
    untouched = folder / "untouched.db"
    assert run(capsys, arguments(folder, "--state", str(untouched))) == whole

    state = folder / "state.db"
    command = arguments(folder, "--state", str(state))
    for lines in sorted(random.Random(11).sample(range(1, ENTRIES - 10), 3)):
        assert killed_after(command, lines) == -signal.SIGKILL
    assert run(capsys, command) == whole
    assert decided(state) == decided(untouched)
    stories = {json.loads(line)["story"] for line in whole.splitlines()}
    assert 20 < len(stories) < 0.8 * ENTRIES, "the stream must have stories to get wrong"


def test_a_replay_that_ended_is_told_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = arguments(folder, "--state", str(folder / "state.db"))
    assert run(capsys, command) == run(capsys, command)


def test_a_replay_of_snapshots_goes_on_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shots = folder / "shots" / "wire"
    shots.mkdir(parents=True)
    for hour in range(8):
        items = [(f"g{n}", f"Ferry {n} capsizes near {PLACES[n]}") for n in range(hour + 1)]
        (shots / f"20260501T{hour:02}0000Z.xml").write_bytes(rss(*items))
    whole = run(capsys, arguments(folder, source="shots"))
    command = arguments(folder, "--state", str(folder / "state.db"), source="shots")
    for lines in (3, 13):
        assert killed_after(command, lines) == -signal.SIGKILL
    assert run(capsys, command) == whole


def test_in_memory_a_replay_repeats_itself(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, arguments(folder)) == run(capsys, arguments(folder))


@pytest.mark.parametrize(
    ("file", "name"), [("rules.yaml", "rule file"), ("entries.jsonl", "source")]
)
def test_a_state_goes_on_only_with_what_it_was_begun_with(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str, name: str
) -> None:
    command = arguments(folder, "--state", str(folder / "state.db"))
    before = run(capsys, command)
    content = (folder / file).read_text()
    (folder / file).write_text(content.replace("ferry", "ferries").replace("Ferry", "Boat"))
    said = refused(capsys, command)
    assert f"state.db: was begun with another {name} → name a new file" in said
    (folder / file).write_text(content)
    assert run(capsys, command) == before, "the refusal changed nothing"


def test_the_database_of_a_bot_is_no_state(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{folder}/bot.db")
    store.feeds.add(Feed(url="https://wire.invalid/rss", title="Wire"), now=START)
    store.close()
    said = refused(capsys, arguments(folder, "--state", str(folder / "bot.db")))
    assert "bot.db: is the database of a bot → name a new file" in said


def test_what_a_later_entry_shows_about_earlier_ones_is_a_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = (
        "Missile bases are hidden in the mountain valleys, satellite images reveal",
        "The study names undeclared missile sites and their commanders",
        "The study of missile sites names commanders; images reveal their undeclared mountain bases",
    )
    lines = [json.dumps({"id": f"e{n}", "feed": f"f{n}", "title": t}) for n, t in enumerate(titles)]
    (tmp_path / "entries.jsonl").write_text("\n".join(lines))
    (tmp_path / "rules.yaml").write_text(RULES)
    told = [json.loads(line) for line in run(capsys, arguments(tmp_path)).splitlines()]
    assert [(line["id"], line["decision"], line["story"]) for line in told] == [
        ("e0", "new", "S1"),
        ("e1", "new", "S2"),
        ("e2", "new", "S1"),
        ("e1", "gathered", "S1"),
    ]
    assert (told[3]["feed"], told[3]["reason"]) == ("f1", "e2 shows that it tells this story")
