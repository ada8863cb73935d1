"""Die for real: a process per point, which leaves at a statement as if it had been pulled out.

    python -m tests.torture.exits FOLDER API_URL AT...

Each is a fork of this one, so that hundreds of deaths take seconds; nothing runs here before.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.config import Secret
from bot.sinks.slack import SlackSink
from tests.torture.fuse import Fuse
from tests.torture.world import World

DIED = 137
_PER_WORLD = 10  #: numbers of entries that each world has for itself


class Exit(Fuse):
    """Ends the process: no cleaning up, no rollback, no goodbye."""

    def pass_or_die(self, name: str) -> None:
        if self.strike(name):
            os._exit(DIED)


class ServedWorld(World):
    """A world whose Slack is a server."""

    api_url = ""

    def open_sink(self, fuse: Fuse) -> SlackSink:
        return SlackSink(Secret(self.office.workspace.token), self.api_url)


def make(folder: Path, at: int, api_url: str = "") -> ServedWorld:
    """Return the world of one point, with entries of its own."""
    place = folder / str(at)
    place.mkdir(exist_ok=True)
    world = ServedWorld(place)
    world.api_url = api_url
    world.published = at * _PER_WORLD
    return world


def live(world: World, at: int) -> None:
    """Poll and deliver until the n-th point."""
    world.set_up()
    world.publish_three()
    world.live(Exit(at))


def recover(world: World) -> None:
    """Start again over the same file, with the same feeds."""
    world.publish_three()
    world.truth.forward(seconds=120)
    world.recover()


def _forked(folder: Path, api_url: str, at: int, *, again: bool) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        world = make(folder, at, api_url)
        recover(world) if again else live(world, at)
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        os._exit(code)


def main(folder: str, api_url: str, *points: str) -> int:
    """Let a process die at each point and another one recover; return 1 if one did otherwise."""
    wrong = 0
    for at in map(int, points):
        died = _forked(Path(folder), api_url, at, again=False)
        recovered = _forked(Path(folder), api_url, at, again=True)
        wrong += (died, recovered) != (DIED, 0)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
