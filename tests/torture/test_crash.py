"""Die before and after every statement and request of poll and deliver: each alert still once.

What makes it so is shown by doing it otherwise: each wrong order loses or doubles something.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.http_retry import ConnectionErrorRetryHandler

from bot.core.models import Outcome
from bot.feeds.fetch import Fetched, FetchRequest, FetchResult
from bot.sinks import Sink
from bot.store import Store
from tests.torture.fuse import Fuse
from tests.torture.wire import Trouble
from tests.torture.world import Account, Bot, Newsstand, World

Spoil = Callable[[Bot], None]
News = Callable[[World], None]


def do_right(_: Bot) -> None:
    """Leave everything as it is."""


def die_at(
    folder: Path,
    at: int,
    *troubles: Trouble,
    spoil: Spoil = do_right,
    news: News = World.publish_three,
    again_at: int = 0,
    skew: timedelta = timedelta(0),
) -> tuple[Account, Fuse]:
    """Let a process die at one point, and maybe the next one too; start another, and count."""
    place = folder / f"{at}-{again_at}"
    place.mkdir()
    world = World(place, spoil)
    world.set_up()
    world.skew = skew
    news(world)
    world.office.troubles += troubles
    fuse = Fuse(at)
    world.live(fuse)
    if again_at:
        world.forward(310)
        world.live(Fuse(again_at))
    world.recover()
    account = world.account()
    shutil.rmtree(place)
    return account, fuse


def points(
    folder: Path,
    *troubles: Trouble,
    spoil: Spoil = do_right,
    news: News = World.publish_three,
) -> list[str]:
    """Return where a process can die; when it does not, all must be well."""
    account, fuse = die_at(folder, 0, *troubles, spoil=spoil, news=news)
    assert account.is_right, account
    return fuse.points


def telling(listed: list[str]) -> Iterator[int]:
    """Number the points that differ: reading does nothing, and after a statement is before the next.

    But for a commit and a request, whose effect stays. `make torture` takes them all.
    """
    for number, name in enumerate(listed, 1):
        if "select" not in name and (
            name.startswith("before") or name == "after COMMIT" or "chat." in name
        ):
            yield number


def first_harm(folder: Path, *troubles: Trouble, spoil: Spoil) -> Account | None:
    """Return what went wrong at the first point found where something does."""
    listed = list(telling(points(folder, *troubles, spoil=spoil)))
    random.Random(1).shuffle(listed)  # it may be anywhere
    for at in listed:
        account, _ = die_at(folder, at, *troubles, spoil=spoil)
        if not account.is_right:
            return account
    return None


def test_one_message_each_wherever_it_dies(tmp_path: Path) -> None:
    listed = points(tmp_path)
    for at in telling(listed):
        account, fuse = die_at(tmp_path, at)
        assert fuse.blown, at
        assert account.is_right, (at, listed[at - 1], account)
    assert {"before COMMIT", "after COMMIT", "after chat.postMessage"} < set(listed)


def test_stories_that_turn_out_to_be_one_lose_and_double_nothing(tmp_path: Path) -> None:
    listed = points(tmp_path, news=World.publish_sagas)
    assert "before insert into gathered" in listed
    for at in telling(listed):
        account, fuse = die_at(tmp_path, at, news=World.publish_sagas)
        assert fuse.blown, at
        assert account.is_right, (at, listed[at - 1], account)


@dataclass
class ValidatorsFirst:
    """Fetches, and saves the validators at once: a crash hides the entries behind a 304."""

    store: Store
    stand: Newsstand

    def fetch(
        self, requests: Iterable[FetchRequest], *, now: datetime
    ) -> Iterator[tuple[FetchRequest, FetchResult]]:
        for request, result in self.stand.fetch(requests, now=now):
            known = self.store.feeds.get(request.tag)
            if known and isinstance(result, Fetched):
                self.store.feeds.learn(request.tag, replace(known.state, etag=result.etag))
            yield request, result


def validators_first(bot: Bot) -> None:
    fetcher: Any = ValidatorsFirst(bot.store, bot.world.stand)
    bot.poller = replace(bot.poller, fetcher=fetcher)


def seen_before_queued(bot: Bot) -> None:
    bot.connection.commits_before = "insert into deliveries"


@dataclass
class MarksFirst:
    """Marks a delivery sent, then sends it: a crash in between loses it."""

    store: Store
    sink: Sink

    def send(self, delivery_id: str, *args: Any, **kwargs: Any) -> Outcome:
        done = "update deliveries set state = 'sent' where id = :id"
        self.store._db.run(done, {"id": delivery_id})
        return self.sink.send(delivery_id, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sink, name)


def sent_before_it_is(bot: Bot) -> None:
    sink: Any = MarksFirst(bot.store, bot.courier.sink)
    bot.courier = replace(bot.courier, sink=sink)


def looks_without_metadata(bot: Bot) -> None:
    bot.wire.is_blind = True


wrong_orders: tuple[Spoil, ...] = (
    validators_first,
    seen_before_queued,
    sent_before_it_is,
    looks_without_metadata,
)


@pytest.mark.parametrize("spoil", wrong_orders[:3])
def test_a_wrong_order_loses_alerts(tmp_path: Path, spoil: Spoil) -> None:
    harm = first_harm(tmp_path, spoil=spoil)
    assert harm is not None
    assert harm.lost


def test_sending_again_without_a_proper_look_doubles_alerts(tmp_path: Path) -> None:
    harm = first_harm(tmp_path, spoil=looks_without_metadata)
    assert harm is not None
    assert harm.doubled


@pytest.mark.parametrize(
    "trouble",
    ["reset before", "reset after", "500 before", "500 after", "internal_error", "garbage after"],
)
def test_a_lost_reply_is_no_lost_alert_and_no_second_one(tmp_path: Path, trouble: Trouble) -> None:
    assert points(tmp_path, trouble)


@pytest.mark.parametrize("hours", [1, 14])
def test_a_clock_that_is_fast_doubles_nothing(tmp_path: Path, hours: int) -> None:
    account, _ = die_at(tmp_path, 0, "reset after", skew=timedelta(hours=hours))
    assert account.is_right


def test_the_retries_of_the_sdk_would_double_alerts(tmp_path: Path) -> None:
    def retry(bot: Bot) -> None:
        bot.wire.retry_handlers = [ConnectionErrorRetryHandler()]

    account, _ = die_at(tmp_path, 0, "reset after", spoil=retry)
    assert account.doubled
