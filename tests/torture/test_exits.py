"""The same with real processes, over HTTP: what the wrapper shows is no trick of the wrapper."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.servers.slack_server import SlackServer
from tests.torture.exits import make
from tests.torture.wire import CHANNELS

POINTS = range(5, 250, 41)


@pytest.mark.slow
def test_one_message_each_wherever_the_process_ends(tmp_path: Path) -> None:
    with SlackServer() as slack:
        for channel in CHANNELS:
            slack.add_channel(channel)
        command = [sys.executable, "-m", "tests.torture.exits", str(tmp_path), slack.api_url]
        done = subprocess.run(
            [*command, *map(str, POINTS)], check=False, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, done.stderr[-3000:]
        shown = Counter(
            (channel, str(message["text"]))
            for channel in CHANNELS
            for message in slack.messages(channel)
        )
    wanted = set()
    for at in POINTS:
        world = make(tmp_path, at)
        world.publish_three()
        wanted |= world.wanted
    assert len(wanted) == 3 * len(POINTS)
    for channel, title in wanted:
        seen = [
            times for (where, text), times in shown.items() if where == channel and title in text
        ]
        assert seen == [1], (channel, title)
    assert shown.total() == len(wanted)
