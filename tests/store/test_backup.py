"""A copy that may be trusted: whole, private, never in the place of something else."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.models import Feed
from bot.errors import StoreError
from bot.store import Store, open_store
from bot.store.backup import backup
from bot.store.times import to_us


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'w.db'}"


@pytest.fixture
def live(url: str, now: datetime) -> Iterator[Store]:
    store = open_store(url)
    add(store, 0, now)
    yield store
    store.close()


def add(store: Store, n: int, now: datetime) -> None:
    """Add two feeds that no copy may tell apart."""
    with store.transaction():
        store.feeds.add(Feed(url=f"https://a.example/{n}"), now=now)
        store.feeds.add(Feed(url=f"https://b.example/{n}"), now=now)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def damage(path: Path) -> None:
    """Overwrite the last page, as a failing disk would."""
    content = path.read_bytes()
    path.write_bytes(content[:-4096] + b"\xa5" * 4096)


def test_only_a_copy_knows_when_it_was_made(
    live: Store, url: str, tmp_path: Path, now: datetime
) -> None:
    made = backup(url, tmp_path / "copy.db", now=now)
    assert (made.path, made.made_at) == (tmp_path / "copy.db", now)
    assert made.size == (tmp_path / "copy.db").stat().st_size
    assert live.restored_from() is None
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    assert copy.restored_from() == now
    copy.forget_restore()
    assert copy.restored_from() is None
    copy.close()


@pytest.mark.usefixtures("live")
def test_a_copy_is_one_private_file(url: str, tmp_path: Path, now: datetime) -> None:
    before = names(tmp_path)
    made = backup(url, tmp_path / "copy.db", now=now)
    assert names(tmp_path) - before == {"copy.db"}
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    made.path.rename(tmp_path / "moved.db")  # nothing beside it is needed
    copy = sqlite3.connect(tmp_path / "moved.db")
    assert copy.execute("select count(*) from feeds").fetchone() == (2,)
    copy.close()


def test_a_copy_made_while_others_write_is_of_one_moment(
    live: Store, url: str, tmp_path: Path, now: datetime
) -> None:
    done = threading.Event()

    def write() -> None:
        n = 1
        while not done.is_set():
            add(live, n, now)
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            backup(url, tmp_path / f"{n}.db", now=now)
    finally:
        done.set()
        writer.join()
    for n in range(5):
        copy = sqlite3.connect(tmp_path / f"{n}.db")
        (odd,) = copy.execute("select count(*) % 2 from feeds").fetchone()
        assert odd == 0
        copy.close()


@pytest.mark.usefixtures("live")
def test_what_is_there_is_replaced_only_when_asked(url: str, tmp_path: Path, now: datetime) -> None:
    target = tmp_path / "copy.db"
    target.write_text("something someone may need")
    with pytest.raises(StoreError, match=r"copy\.db: is there already → .*--force"):
        backup(url, target, now=now)
    assert target.read_text() == "something someone may need"
    backup(url, target, now=now, overwrite=True)
    assert target.read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    "case",
    [
        ("w.db", "is the database itself"),
        ("./../{folder}/w.db", "is the database itself"),
        ("used.db", "a database in use lies there"),
        ("none/copy.db", "make it first"),
        (".", "is a folder"),
    ],
)
def test_a_target_that_would_do_harm_is_refused(
    live: Store, url: str, tmp_path: Path, now: datetime, case: tuple[str, str]
) -> None:
    name, said = case
    (tmp_path / "used.db-wal").write_text("what was committed last")
    before = names(tmp_path)
    with pytest.raises(StoreError, match=said):
        backup(url, tmp_path / name.format(folder=tmp_path.name), now=now, overwrite=True)
    assert names(tmp_path) == before
    assert len(live.feeds.all()) == 2


def test_a_damaged_database_makes_no_backup(
    live: Store, url: str, tmp_path: Path, now: datetime
) -> None:
    live.close()
    damage(tmp_path / "w.db")
    before = names(tmp_path)
    with pytest.raises(StoreError, match="damaged, no copy was kept"):
        backup(url, tmp_path / "copy.db", now=now)
    assert names(tmp_path) == before


@pytest.mark.usefixtures("live")
def test_a_folder_that_takes_no_file_is_named(url: str, now: datetime) -> None:
    with pytest.raises(StoreError, match="choose another folder"):
        backup(url, Path("/proc/copy.db"), now=now)


def test_a_backup_of_nothing_is_refused(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(StoreError, match=r"none\.db: no such file"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db", now=now)
    with pytest.raises(StoreError, match="names no file"):
        backup("sqlite://", tmp_path / "copy.db", now=now)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("create table theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="no database of Watchdesk"):
        backup(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "copy.db", now=now)
    assert names(tmp_path) == {"other.db"}


def test_a_database_that_someone_holds_is_not_waited_for_without_end(
    url: str, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.place.BUSY_S", 0.02)
    holder = sqlite3.connect(tmp_path / "w.db", isolation_level=None)
    holder.execute("create table facts (name primary key, value)")
    holder.execute("begin exclusive")
    with pytest.raises(StoreError, match="another process holds") as caught:
        backup(url, tmp_path / "copy.db", now=now)
    assert caught.value.transient
    holder.close()


def test_a_backup_is_not_a_migration(url: str, tmp_path: Path, now: datetime) -> None:
    """One takes a backup before an upgrade, with the new program."""
    old = sqlite3.connect(tmp_path / "w.db")
    old.execute("create table facts (name text primary key, value text not null)")
    old.commit()
    backup(url, tmp_path / "copy.db", now=now)
    assert old.execute("select count(*) from sqlite_schema").fetchone() == (2,)
    assert old.execute("select * from facts").fetchall() == []
    old.close()
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("select * from facts").fetchall() == [("backup_made_at", str(to_us(now)))]
    copy.close()
