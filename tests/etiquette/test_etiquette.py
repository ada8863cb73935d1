"""The twelve rules of polite polling, scored by the outlets that were polled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.etiquette.score import (
    RULES,
    Count,
    Logs,
    left_alone_as_long_as_the_feed_asks,
    simulate,
    table,
)

#: Rules that are known to be broken, and why; a rule that is mended makes its test fail here.
BROKEN: dict[Callable[[Logs], Count], str] = {
    left_alone_as_long_as_the_feed_asks: "a 304 forgets the feed's ttl; skipHours is unread"
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    return simulate(tmp_path_factory.mktemp("desk"))


def rule(name: str, judge: Callable[[Logs], Count]) -> Any:
    broken = BROKEN.get(judge)
    return pytest.param(
        judge, id=name, marks=[pytest.mark.xfail(strict=True, reason=broken)] if broken else []
    )


@pytest.mark.parametrize("judge", [rule(*one) for one in RULES])
def test_rule(logs: Logs, judge: Callable[[Logs], Count]) -> None:
    count = judge(logs)
    assert count.bad == []
    assert count.good >= 4, "there was too little to judge by"


def test_there_is_a_report(logs: Logs) -> None:
    lines = list(table(logs))
    assert len(lines) == 1 + len(RULES) + 2 + len(logs.outlets)
