"""A copy that may be trusted: whole, private, never in the place of something else."""

from datetime import datetime

from bot.store import Store
from bot.store.times import to_us


def test_only_a_copy_knows_when_it_was_made(store: Store, now: datetime) -> None:
    assert store.restored_from() is None
    store._db.run("insert into facts values ('backup_made_at', :at)", {"at": to_us(now)})
    assert store.restored_from() == now
    store.forget_restore()
    assert store.restored_from() is None
