"""Opening, transactions, and errors that say what to do."""

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.models import Feed
from bot.errors import StoreError
from bot.store import Store, open_store
from bot.store.place import path_of


def add(store: Store, url: str, now: datetime) -> None:
    store.feeds.add(Feed(url=url), now=now)


def urls(store: Store) -> list[str]:
    return [known.feed.url for known in store.feeds.all()]


def test_a_transaction_commits_all_or_nothing(store: Store, now: datetime) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        add(store, "https://a.example", now)
        raise RuntimeError
    assert urls(store) == []
    with store.transaction(), store.transaction():
        add(store, "https://b.example", now)
    assert urls(store) == ["https://b.example"]


def test_threads_take_turns(store: Store, now: datetime) -> None:
    def work(name: str) -> None:
        for n in range(20):
            with store.transaction():
                add(store, f"https://{name}.example/{n}", now)
                add(store, f"https://{name}.example/{n}/b", now)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(urls(store)) == 160


def test_several_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    failed: list[StoreError] = []

    def work() -> None:
        try:
            open_store(f"sqlite:///{tmp_path / 'w.db'}").close()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path, now: datetime) -> None:
    url = f"sqlite:///{tmp_path / 'w.db'}"
    first = open_store(url)
    add(first, "https://a.example", now)
    first.close()
    second = open_store(url)
    assert urls(second) == ["https://a.example"]
    second.close()


def test_the_outbox_survives_a_power_cut(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    row = store._db.row("select * from pragma_synchronous")
    mode = store._db.row("select * from pragma_journal_mode")
    assert (row, mode) == ({"synchronous": 2}, {"journal_mode": "wal"})
    store.close()


@pytest.mark.parametrize("url", ["postgres://secret@host/db", "sqlite:///", "watchdesk.db"])
def test_another_scheme_is_refused_without_showing_what_may_be_secret(url: str) -> None:
    with pytest.raises(StoreError, match=r"use sqlite:///watchdesk\.db") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_memory_has_two_spellings() -> None:
    assert path_of("sqlite://") == path_of("sqlite:///:memory:") == ":memory:"


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="check that the folder exists"):
        open_store(f"sqlite:///{tmp_path / 'no' / 'w.db'}")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but something someone may need " * 50)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is no SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_locked_database_says_who_to_look_for(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.database.BUSY_S", 0.02)
    path = tmp_path / "w.db"
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(StoreError, match="another process holds the database") as caught:
        add(store, "https://a.example", now)
    assert caught.value.transient
    assert str(path) in str(caught.value)
    other.execute("rollback")
    other.close()
    add(store, "https://a.example", now)
    assert urls(store) == ["https://a.example"]
    store.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere: be someone else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_nobody_may_write_says_so() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_store(f"sqlite:///{folder / 'w.db'}").close()
        (folder / "w.db").chmod(0o444)
        folder.chmod(0o555)
        with (
            as_nobody(),
            pytest.raises(StoreError, match=r"w\.db: .*check who owns file and folder") as caught,
        ):
            open_store(f"sqlite:///{folder / 'w.db'}")
        folder.chmod(0o755)
    assert not caught.value.transient


def test_a_full_disk_rolls_back_and_says_so(store: Store, now: datetime) -> None:
    add(store, "https://a.example", now)
    pages = store._db.row("select * from pragma_page_count")
    assert pages
    store._db.rows(f"pragma max_page_count = {pages['page_count']}")
    with pytest.raises(StoreError, match="disk is full") as caught, store.transaction():
        for n in range(2000):
            add(store, f"https://b.example/{n}/{'x' * 500}", now)
    assert caught.value.transient
    assert urls(store) == ["https://a.example"]
    store._db.rows("pragma max_page_count = 1000000")
    add(store, "https://c.example", now)
    assert urls(store) == ["https://a.example", "https://c.example"]


def test_a_sign_of_life(store: Store, now: datetime) -> None:
    assert store.heartbeat() is None
    store.beat(now)
    assert store.heartbeat() == now


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    other = sqlite3.connect(path)
    other.execute("create table theirs (x)")
    other.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        open_store(f"sqlite:///{path}")
    other.close()
    assert path.read_bytes() == before


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    store = open_store(f"sqlite:///{path}")
    store._db.run("update _sqlite_migrations set name = 'm9999_later' where id = 1")
    store.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer Watchdesk \(m9999_later\) → install"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["w.db", "w.db-wal"])
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_lost_while_in_use_ends_the_work_and_loses_nothing(
    tmp_path: Path, now: datetime, name: str, replaced: bool
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    add(store, "https://a.example", now)
    lost = tmp_path / name
    lost.unlink()
    if replaced:
        lost.touch()
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"{name}: deleted or replaced") as caught:
            add(store, "https://b.example", now)
        (rescued,) = tmp_path.glob("w.db.rescued-*")
        assert str(rescued) in str(caught.value)
        assert not caught.value.transient
    store.close()
    (rescued,) = tmp_path.glob("w.db.rescued-*")
    for left in tmp_path.glob("w.db*"):
        if left != rescued:
            left.unlink()
    again = open_store(f"sqlite:///{rescued.rename(tmp_path / 'w.db')}")
    assert urls(again) == ["https://a.example"]
    again.close()


def test_a_lost_folder_says_that_nothing_could_be_saved(tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    store = open_store(f"sqlite:///{folder / 'w.db'}")
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="could not be saved"):
        add(store, "https://a.example", now)
    store.close()


def test_damage_met_while_working_is_for_good(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "w.db"
    store = open_store(f"sqlite:///{path}")
    for n in range(200):
        add(store, f"https://a.example/{n}", now)
    store.close()
    raw = sqlite3.connect(path)
    (page,) = raw.execute("select rootpage from sqlite_schema where name = 'feeds'").fetchone()
    raw.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"w\.db: .* → the database is damaged") as caught:
        urls(store)
    assert not caught.value.transient
    store.close()
