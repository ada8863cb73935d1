"""bot backup, check --db, check --health: what people and the machines that watch over us see."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import utc_now
from bot.cli import main
from bot.store import Store, open_store
from bot.store.channels import INSTALLATION
from bot.store.lock import alone
from tests.store.test_tables import record


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.store.lock._PATIENCE_S", 0.05)
    url = f"sqlite:///{tmp_path / 'w.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    return url


@pytest.fixture
def store(url: str) -> Store:
    """A database that is not open in this process any more than in any other."""
    opened = open_store(url)
    opened.beat(utc_now())
    opened.close()
    return opened


@pytest.mark.usefixtures("store")
def test_backup_says_what_it_made_and_refuses_to_replace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["backup", "copy.db"]) == 0
    assert capsys.readouterr().out.startswith("copy.db: 0.3 MB, checked, as of 20")
    assert main(["backup", "copy.db"]) == 1
    assert "add --force" in capsys.readouterr().err
    assert main(["backup", "copy.db", "--force"]) == 0


@pytest.mark.usefixtures("store")
def test_check_db_of_a_sound_database(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--db"]) == 0
    out = capsys.readouterr().out
    assert "w.db: 0.3 MB" in out
    assert "0 entries" in out
    assert "no bot is running on it; last sign of life 20" in out
    assert "sound: pages" in out
    with alone(url, what="bot run", now=utc_now()):
        assert main(["check", "--db", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sound"], told["problems"], told["deliveries"]) == (True, [], {})
    assert told["held_by"]["what"] == "bot run"
    assert told["heartbeat"].endswith("+00:00")


@pytest.mark.usefixtures("store")
def test_check_db_of_a_damaged_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["backup", "copy.db"])
    (tmp_path / "copy.db").replace(tmp_path / "w.db")
    content = (tmp_path / "w.db").read_bytes()
    (tmp_path / "w.db").write_bytes(content[:-4096] + b"\xa5" * 4096)
    assert main(["check", "--db"]) == 1
    out = capsys.readouterr().out
    assert "it is a backup of 20" in out
    assert "✗ pages: " in out
    assert "sound" not in out


def test_check_takes_json_only_for_the_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json"]) == 1
    assert "add --db" in capsys.readouterr().err


def test_health_is_red_until_a_bot_runs_and_works(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(code: int) -> str:
        assert main(["check", "--health"]) == code
        return capsys.readouterr().out.strip()

    assert said(1) == f"no bot is running on {url.removeprefix('sqlite:///')}"
    with alone(url, what="bot run", now=utc_now()) as lock:
        store = open_store(url)
        assert said(1) == "no sign of life yet"
        store.beat(utc_now())
        assert said(0) == "alive"
        lock.note("w.db: database or disk is full")
        assert said(1).endswith("Z: w.db: database or disk is full")
        lock.note(None)
        later = utc_now() + timedelta(minutes=5)
        store.channels.pause(
            INSTALLATION, until=later, reason="token_revoked", advice="install again", now=utc_now()
        )
        assert "Slack refuses the app since 20" in said(1)
        assert main(["check", "--health"]) == 1
        assert "token_revoked → install again" in capsys.readouterr().out
        store.channels.works("#nk", not_before=utc_now(), now=utc_now())
        assert said(0) == "alive"
        store.beat(utc_now() - timedelta(minutes=3))
        assert said(1).startswith("last sign of life 180 s ago")
        store.close()


@pytest.mark.parametrize("command", [["run", "--console"], ["poll"], ["deliver", "--console"]])
def test_a_second_worker_is_refused_and_readers_are_not(
    url: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(url, what="bot run", now=utc_now()):
        assert main(command) == 1
        assert "is in use by `bot run` (process" in capsys.readouterr().err
        for reader in (["watch", "list"], ["digest"], ["check", "--db"], ["backup", "copy.db"]):
            assert main(reader) == 0, reader


@pytest.mark.usefixtures("store")
def test_restore_brings_back_the_moment_of_the_backup(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "copy.db"])
    later = open_store(url)
    record(later, utc_now())
    for name in ("w.db", "w.db-wal", "w.db-shm"):  # as a killed bot would leave them
        (tmp_path / f"kept-{name}").write_bytes((tmp_path / name).read_bytes())
    later.close()
    for name in ("w.db", "w.db-wal", "w.db-shm"):
        (tmp_path / f"kept-{name}").rename(tmp_path / name)
    (tmp_path / "w.db").chmod(0o640)
    assert main(["restore", "copy.db"]) == 0
    assert (tmp_path / "w.db").stat().st_mode & 0o777 == 0o640
    (aside,) = re.findall("the database that was there is now (.+)", capsys.readouterr().out)
    counts = []
    for path in (url.removeprefix("sqlite:///"), aside):
        opened = open_store(f"sqlite:///{path}")
        counts.append((opened.entries.counts(since=utc_now())[0], opened.restored_from() is None))
        opened.close()
    assert counts == [(0, False), (1, True)]


@pytest.mark.usefixtures("store")
def test_restore_changes_nothing_when_refused(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "copy.db"])
    with alone(url, what="bot run", now=utc_now()):
        assert main(["restore", "copy.db"]) == 1
        assert "is in use by `bot run`" in capsys.readouterr().err
    content = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(content[:-4096] + b"\xa5" * 4096)
    (tmp_path / "notes.txt").write_text("something someone may need " * 99)
    before = (tmp_path / "w.db").read_bytes()
    for name, said in (
        ("copy.db", "damaged"),
        ("notes.txt", "no SQLite database"),
        ("w.db", "is the database itself"),
        ("none.db", "no such file"),
    ):
        assert main(["restore", name]) == 1
        assert said in capsys.readouterr().err
    assert (tmp_path / "w.db").read_bytes() == before
    assert list(tmp_path.glob("w.db.before*")) == []


@pytest.mark.usefixtures("url")
def test_prune_says_what_it_forgot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    record(store, utc_now() - timedelta(days=91))
    record(store, utc_now() - timedelta(days=89), "young")
    store.close()
    assert main(["prune"]) == 0
    assert "forgot the text of 1 entries, 0 reasons and 0 messages" in capsys.readouterr().out
    assert main(["prune"]) == 0
    assert "forgot the text of 0 entries" in capsys.readouterr().out
    with alone(f"sqlite:///{tmp_path / 'w.db'}", what="bot run", now=utc_now()):
        assert main(["prune", "--shrink"]) == 1
    assert "in use by `bot run`" in capsys.readouterr().err
    (tmp_path / "feeds.yaml").write_text("settings: {keep: forever}\nfeeds: []\n")
    assert main(["prune"]) == 0
    assert capsys.readouterr().out == "feeds.yaml: `keep: forever`, nothing is forgotten\n"


@pytest.mark.usefixtures("url")
def test_prune_shrinks_the_file_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    with store.transaction():
        for n in range(500):
            title = f"Report {n} " + "of many words " * 40
            record(store, utc_now() - timedelta(days=91), str(n), title=title)
    store.close()
    main(["prune"])
    before = (tmp_path / "w.db").stat().st_size
    assert main(["prune", "--shrink"]) == 0
    assert (tmp_path / "w.db").stat().st_size < before / 1.5
    assert re.search(r"w\.db: \d\.\d MB before, now \d\.\d MB", capsys.readouterr().out)
    assert main(["check", "--db"]) == 0
    assert "500 entries" in capsys.readouterr().out
