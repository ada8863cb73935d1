"""When to poll again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.timing import next_poll, next_try

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@given(st.integers(15, 86_400), st.integers(0, 10**7), st.text(max_size=20))
def test_a_poll_is_never_earlier_than_asked_and_jitter_only_lengthens(
    every_s: int, floor_s: int, seed: str
) -> None:
    due = next_poll(NOW, every_s=every_s, floor_s=floor_s, seed=seed)
    least = max(every_s, min(floor_s, 86_400))
    assert timedelta(seconds=least) <= due - NOW <= timedelta(seconds=least * 1.1)


def test_feeds_of_one_interval_are_spread() -> None:
    dues = {next_poll(NOW, every_s=900, floor_s=0, seed=f"f{n}") for n in range(50)}
    assert len(dues) > 40


@given(st.integers(1, 50))
def test_back_off_grows_to_hours_and_is_never_immediate(failures: int) -> None:
    wait = next_try(NOW, failures=failures, every_s=900, retry_after_s=None, seed="x") - NOW
    more = next_try(NOW, failures=failures + 1, every_s=900, retry_after_s=None, seed="x") - NOW
    assert timedelta(minutes=1) <= wait <= timedelta(hours=9)
    assert more >= wait


def test_retry_after_is_a_floor_up_to_a_day() -> None:
    def wait(retry_after_s: float) -> timedelta:
        due = next_try(NOW, failures=1, every_s=60, retry_after_s=retry_after_s, seed="x")
        return due - NOW

    assert wait(7_200) >= timedelta(hours=2)
    assert timedelta(hours=24) <= wait(10**9) <= timedelta(hours=27)
