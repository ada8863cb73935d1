"""What goes wrong with Slack by chance in a storm, and what it accepted all the same."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.faults import Fault, Faults
from tests.servers.slack_parts import Json
from tests.servers.slack_server import SlackServer
from tests.torture.nursery import GRACE_S, SEND_S

When = Literal["at any time", "as a post arrives", "as a post is accepted", "while polling"]

_FAULTS: tuple[Fault, ...] = (
    Fault("reset_after_accept"),
    Fault("reset_before_accept"),
    Fault("http_after_accept"),
    Fault("http_before_accept"),
    Fault("hang_after_accept"),
    Fault("hang_before_accept"),
    Fault("error_after_accept"),
    Fault("garbage_after_accept"),
    Fault("drip_after_accept"),
    Fault("rate_limited", retry_after="1"),
)
_READ_FAULTS: tuple[Fault, ...] = (
    Fault("http_before_accept", method="conversations.history"),
    Fault("reset_before_accept", method="conversations.history"),
    Fault("rate_limited", method="conversations.history", retry_after="1"),
)


@dataclass
class Dice(Faults):
    """Faults by chance instead of on order."""

    seed: int
    chance: float
    is_calm: bool = False
    thrown: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__()
        self._random = random.Random(self.seed)

    def pull(self, method: str, channel: str | None) -> Fault | None:
        faults = {"chat.postMessage": _FAULTS, "conversations.history": _READ_FAULTS}.get(method)
        with self._lock:
            if self.is_calm or not faults or self._random.random() > self.chance:
                return None
            fault = self._random.choice(faults)
            self.thrown[f"{method.partition('.')[2]}: {fault.kind}"] += 1
            return fault

    def late_s(self) -> float:
        """Return for how long a post stays on its way: mostly not, or longer than the bot waits.

        Now and then it is even longer than the grace: then it was sent again meanwhile, and the
        sweep has to take one of them back.
        """
        with self._lock:
            if self.is_calm or (roll := self._random.random()) > self.chance / 2:
                return 0
            if roll > self.chance / 8:
                self.thrown["postMessage: accepted late"] += 1
                return SEND_S + self._random.uniform(0.1, GRACE_S * 0.6)
            self.thrown["postMessage: accepted after the grace"] += 1
            return SEND_S + GRACE_S + self._random.uniform(0.3, 1.5)


class StormySlack(SlackServer):
    """A Slack that misbehaves by chance, remembers what it accepted, and says when."""

    def __init__(self, seed: int, chance: float) -> None:
        super().__init__()
        self.dice = Dice(seed, chance)
        self.faults = self.dice
        self.accepted: Counter[str] = Counter()  #: delivery id → times
        self.on_post: Callable[[When], None] = lambda _: None
        self.lookups = 0

    def call(self, method: str, args: Mapping[str, Any], token: str | None) -> Json:
        self.lookups += method in {"conversations.history", "conversations.replies"}
        if method != "chat.postMessage":
            return super().call(method, args, token)
        self.on_post("as a post arrives")
        if late_s := self.dice.late_s():
            time.sleep(late_s)
        answer = super().call(method, args, token)
        if answer["ok"]:
            with self._lock:
                metadata = args.get("metadata") or {"event_payload": {"delivery_id": "none"}}
                self.accepted[metadata["event_payload"]["delivery_id"]] += 1
            self.on_post("as a post is accepted")
        return answer
