"""What `bot check --db` finds, in a sound database and in damaged ones."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store import open_store
from bot.store.backup import backup
from bot.store.checkup import check_up
from bot.store.database import known_steps
from tests.store.test_tables import record


@pytest.fixture
def path(tmp_path: Path, now: datetime) -> Path:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    with store.transaction():
        _, story = record(store, now, "59", title="Title 59")
        for n in range(59):
            record(store, now, str(n), title=f"Title {n} " + "of many words " * 20)
        store.deliveries.queue("#nk", story, "uid 59", priority=0, now=now)
    store.beat(now)
    store.close()
    return tmp_path / "w.db"


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(path, isolation_level=None)
    yield opened
    opened.close()


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_sound_database_tells_what_is_in_it(path: Path, now: datetime) -> None:
    found = check_up(url(path))
    assert found.problems == ()
    assert (found.step, found.behind) == (known_steps()[-1], 0)
    assert found.size == path.stat().st_size
    assert found.rows["entries"] == found.rows["stories"] == 60
    assert (found.rows["feeds"], found.rows["rules"]) == (1, 0)
    assert found.deliveries == {"pending": 1}
    assert (found.heartbeat, found.restored_from) == (now, None)


def test_it_may_look_while_the_bot_writes(path: Path, now: datetime) -> None:
    store = open_store(url(path))
    store.beat(now + timedelta(seconds=1))
    found = check_up(url(path))
    assert found.log_size > 0
    store.close()
    backup(url(path), path.with_name("copy.db"), now=now)
    assert check_up(url(path.with_name("copy.db"))).restored_from == now


def test_damaged_pages_are_a_finding_and_not_an_end(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: -4 * 4096] + b"\xa5" * 4 * 4096)
    found = check_up(url(path))
    assert any(line.startswith("pages: ") for line in found.problems)
    assert all("`bot restore` puts a backup in its place" in line for line in found.problems[:1])


def test_rows_that_point_nowhere_are_counted(path: Path, raw: sqlite3.Connection) -> None:
    raw.execute("pragma foreign_keys = off")
    raw.execute("delete from feeds")
    assert check_up(url(path)).problems == ("60 rows of entries point to feeds that are not there",)


def test_a_search_index_that_forgot_is_found_and_can_be_built_again(
    path: Path, raw: sqlite3.Connection
) -> None:
    raw.execute("insert into entries_fts (entries_fts) values ('delete-all')")
    (problem,) = check_up(url(path)).problems
    assert problem.startswith("search index: ")
    raw.execute(problem.split('"')[1])
    assert check_up(url(path)).problems == ()


def test_a_newer_schema_is_named(path: Path, raw: sqlite3.Connection) -> None:
    raw.execute("update _sqlite_migrations set name = 'm9999_later' where id = 1")
    found = check_up(url(path))
    assert found.problems == (
        "schema: step m9999_later was taken by a newer Watchdesk → install that version",
    )
    assert found.behind == 1


def test_what_is_no_database_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but something someone may need " * 50)
    with pytest.raises(StoreError, match="is no SQLite database"):
        check_up(url(tmp_path / "notes.txt"))
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(StoreError, match="no database of Watchdesk"):
        check_up(url(tmp_path / "empty.db"))


def test_a_lock_says_nothing_about_the_database(
    path: Path, raw: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.place.BUSY_S", 0.02)
    raw.execute("begin immediate")
    with pytest.raises(StoreError, match="another process holds") as caught:
        check_up(url(path))
    assert caught.value.transient
