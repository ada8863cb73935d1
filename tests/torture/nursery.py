"""Starts `bot run` over and over: everything is imported once, each start is a fork of that.

    python -m tests.torture.nursery CONFIG LOG     # then a line per command on standard input

`start` forks a process that runs `bot run` from the beginning (answer: its pid), `reap` waits until
the last one is gone (answer: its exit status). What a fork saves is the imports: 1,000 starts would
wait for them 25 minutes. Nothing is opened before the fork, no thread is running.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from functools import partial
from typing import Any

from bot import app, deliver, gazetteer, poll, slack_app
from bot.cli import desk, main
from bot.core import timing
from bot.sinks import slack

SEND_S = 1.0  #: instead of 15
GRACE_S = 1.5  #: instead of 30
LEASE_S = 4.0  #: instead of 60; as there longer than a send, and than a look-up of three times that


def _patch(module: Any, name: str, value: object) -> None:
    assert hasattr(module, name), f"{module.__name__}.{name} is gone: the storm would run slowly"
    setattr(module, name, value)


def hurry() -> None:
    """Scale the program's waiting times down; in all else it is the real one."""
    second = timedelta(seconds=1)
    _patch(deliver, "SEND_TIMEOUT", SEND_S * second)
    _patch(deliver, "LEASE", LEASE_S * second)
    _patch(deliver, "PAUSE", second)
    _patch(deliver, "RECHECK", second)
    _patch(app, "Courier", partial(deliver.Courier, pace=0.05 * second, grace=GRACE_S * second))
    _patch(app, "Ticker", partial(app.Ticker, poll_tick_s=0.3))
    _patch(app, "DELIVER_TICK_S", 0.1)
    _patch(slack, "SlackSink", partial(slack.SlackSink, timeout_s=SEND_S))
    _patch(poll, "_LEASE", second)
    _patch(timing, "_BACK_OFF", (1, 1, 2, 2))


def serve(config: str, log: str) -> None:
    """Obey until standard input ends."""
    hurry()
    gazetteer.load()
    assert slack_app
    assert desk
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if not child:
                _become_the_bot(config, log)
            print(child, flush=True)
        else:
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


def _become_the_bot(config: str, log: str) -> None:
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 70
    try:
        code = main(["--log", "warning", "run", "--config", config])
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(*sys.argv[1:3])
