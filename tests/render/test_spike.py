"""The message about a burst, whatever titles, names and addresses are like."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Message, Rule
from bot.core.render.spike import Spike, SpikeStory, spike_message
from tests.render import hostile
from tests.servers.block_kit import problems

RULE = Rule(id=1, name="NK missiles", query="x", channel="#nk")
SPIKE = Spike(
    path=("Pyongyang", "North Korea"),
    window=timedelta(hours=2),
    until=datetime(2026, 5, 13, 12, tzinfo=UTC),
    stories=14,
    outlets=9,
    usual=1.24,
    hours=(0,) * 22 + (5, 9),
    top=(
        SpikeStory("Parade in Pyongyang", "https://a.example/1", 6),
        SpikeStory("Leader speaks", None, 1),
    ),
    rules=(RULE,),
)


def payload(message: Message) -> dict[str, object]:
    return {"text": message.text, "blocks": list(message.blocks)}


def test_it_says_how_many_and_how_many_usually() -> None:
    message = spike_message(SPIKE)
    assert problems(payload(message)) == []
    said = str(message.blocks)
    assert "*Pyongyang, North Korea*: 14 stories in 2 h, usually 1.2" in said
    assert "9 outlets · until <!date^1778673600^" in said
    assert " · last 24 h `▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅█`" in said
    assert "1. <https://a.example/1|Parade in Pyongyang> · 6 outlets" in said
    assert "2. Leader speaks · 1 outlet" in said
    assert "watched by NK missiles (W1)" in said
    assert message.text.startswith("*Pyongyang, North Korea*: 14 stories")


@pytest.mark.parametrize(("path", "subject"), [((), "NK missiles (W1)"), (("Iran",), "Iran")])
def test_a_rule_or_a_country_stands_alone(path: tuple[str, ...], subject: str) -> None:
    spike = replace(SPIKE, path=path, usual=0.0)
    assert spike_message(spike).text.startswith(f"*{subject}*: 14 stories in 2 h, usually none")


@given(title=hostile.texts, name=hostile.texts, url=hostile.urls, rules=st.integers(1, 40))
def test_nothing_becomes_anything_else(title: str, name: str, url: str | None, rules: int) -> None:
    watching = [Rule(id=n, name=name, query="x", channel="#nk") for n in range(1, rules + 1)]
    top = [SpikeStory(title, url, 3)] * 3
    spike = replace(SPIKE, path=(name, name), top=top, rules=watching)
    for one in (spike, replace(spike, path=())):
        assert problems(payload(spike_message(one))) == []
