"""One process works on a database at a time, and the second learns who the first one is."""

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.lock import Lock, alone, holder_of

HOLD = """
import sys, time
from datetime import UTC, datetime
from bot.store.lock import alone
with alone(sys.argv[1], what="bot run", now=datetime(2026, 5, 1, 12, tzinfo=UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.lock._PATIENCE_S", 0.05)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'w.db'}"


def test_the_second_is_told_who_the_first_is_until_that_one_dies(url: str, now: datetime) -> None:
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        said = rf"w\.db: is in use by `bot run` \(process {first.pid} on .+\) since 2026-05-01 12:00:00Z → stop"
        with pytest.raises(StoreError, match=said), alone(url, what="bot poll", now=now):
            pass
        first.send_signal(signal.SIGKILL)
    with alone(url, what="bot poll", now=now):
        found = holder_of(url)
    assert found
    assert (found.pid, found.what) == (os.getpid(), "bot poll")


def test_a_lock_is_of_the_file_and_not_of_its_name(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "w.db")
    with (
        alone(f"sqlite:///{tmp_path / 'w.db'}", what="bot run", now=now),
        pytest.raises(StoreError, match="is in use by `bot run`"),
        alone(f"sqlite:///{tmp_path / 'link.db'}", what="bot run", now=now),
    ):
        pass


def test_the_lock_is_given_back_and_says_what_is_wrong_while_held(url: str, now: datetime) -> None:
    assert holder_of(url) is None
    with alone(url, what="bot run", now=now) as lock:
        for trouble in ("the disk is full", "full", None):
            lock.note(trouble)
            found = holder_of(url)
            assert found
            assert found.trouble == trouble
    assert holder_of(url) is None
    with alone(url, what="bot run", now=now):
        pass


def test_memory_is_nobody_elses(now: datetime) -> None:
    with alone("sqlite://", what="a", now=now), alone("sqlite://", what="b", now=now) as lock:
        lock.note("no file to write it to")
    Lock().note("nor here")


def test_a_holder_that_has_not_said_its_name_yet_still_holds(
    url: str, tmp_path: Path, now: datetime
) -> None:
    with alone(url, what="bot run", now=now):
        (tmp_path / "w.db.lock").write_text("")
        with pytest.raises(StoreError, match="another process"), alone(url, what="x", now=now):
            pass


def test_a_folder_that_takes_no_file_is_named(tmp_path: Path, now: datetime) -> None:
    url = f"sqlite:///{tmp_path / 'none' / 'w.db'}"
    with pytest.raises(StoreError, match=r"w\.db\.lock: .*check that the folder exists"):  # noqa: SIM117
        with alone(url, what="bot run", now=now):
            pass
    assert holder_of(url) is None
