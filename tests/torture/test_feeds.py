"""What a feed's troubles may not hide."""

from pathlib import Path

import pytest

from tests.torture.world import FEEDS, ONE, FeedTrouble, World


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("trouble", ["cut", "garbage", "500"])
@pytest.mark.parametrize("feed", FEEDS)
def test_an_entry_comes_through_when_its_feed_is_well_again(
    tmp_path: Path, feed: str, trouble: FeedTrouble, times: int
) -> None:
    world = World(tmp_path)
    world.set_up()
    world.publish(feed, ONE)
    world.stand.troubles += [trouble] * 2 * times  # there are two feeds
    for _ in range(times + 1):
        world.truth.forward(hours=12)  # a feed that failed often is asked less often
        world.recover()
    assert not world.stand.troubles
    assert world.account().is_right
