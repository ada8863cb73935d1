"""The twelve rules of polite polling, scored by the outlets that were polled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.etiquette.score import (
    RULES,
    Count,
    Logs,
    simulate,
    table,
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    return simulate(tmp_path_factory.mktemp("desk"))


@pytest.mark.parametrize("judge", [judge for _, judge in RULES], ids=[name for name, _ in RULES])
def test_rule(logs: Logs, judge: Callable[[Logs], Count]) -> None:
    count = judge(logs)
    assert count.bad == []
    assert count.good >= 4, "there was too little to judge by"


def test_there_is_a_report(logs: Logs) -> None:
    lines = list(table(logs))
    assert len(lines) == 1 + len(RULES) + 2 + len(logs.outlets)
