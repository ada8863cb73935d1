"""Opening, transactions, and errors that say what to do."""

import os
import sqlite3
import threading
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.models import Feed
from bot.errors import StoreError
from bot.store import Store, open_store
from bot.store.database import path_of


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
    monkeypatch.setattr("bot.store.database._BUSY_MS", 20)
    path = tmp_path / "w.db"
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(StoreError, match="another process holds the database"):
        add(store, "https://a.example", now)
    other.execute("rollback")
    other.close()
    add(store, "https://a.example", now)
    assert urls(store) == ["https://a.example"]
    store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_file_says_so(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "w.db"
    open_store(f"sqlite:///{path}").close()
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="can't be written"):
        add(open_store(f"sqlite:///{path}"), "https://a.example", now)


def test_a_full_disk_rolls_back_and_says_so(store: Store, now: datetime) -> None:
    add(store, "https://a.example", now)
    pages = store._db.row("select * from pragma_page_count")
    assert pages
    store._db.rows(f"pragma max_page_count = {pages['page_count']}")
    with pytest.raises(StoreError, match="disk is full"), store.transaction():
        for n in range(2000):
            add(store, f"https://b.example/{n}/{'x' * 500}", now)
    assert urls(store) == ["https://a.example"]
    store._db.rows("pragma max_page_count = 1000000")
    add(store, "https://c.example", now)
    assert urls(store) == ["https://a.example", "https://c.example"]


def test_a_sign_of_life(store: Store, now: datetime) -> None:
    assert store.heartbeat() is None
    store.beat(now)
    assert store.heartbeat() == now
