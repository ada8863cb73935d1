"""From a request's body to an answer: who asks, what they get, where the public line goes."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.commands import Asker, Desk, Reply, explained
from bot.config.environment import LOOPBACK
from bot.core.models import Message
from bot.core.render import reply_message
from bot.core.rules import plain_input
from bot.errors import WatchdeskError
from bot.log import get_logger
from bot.sinks.slack.errors import is_code
from bot.sinks.slack.web_api import call, within
from bot.slack_app.directory import SlackDirectory

log = get_logger(__name__)

Json = Mapping[str, Any]

TIMEOUT_S = 10
PICTURE_WAITS_S = (0.8, 1.6)  #: before a picture that Slack refuses is tried again
_SLACK_API, _SLACK_ANSWERS = "slack.com", "hooks.slack.com"
_CHANNEL = re.compile(r"(<#[CGD][A-Z0-9]+(?:\|[^>]*)?>)")
# A response_url is a key for half an hour: not even at DEBUG may the SDK log it.
_SILENT = logging.getLogger("bot.slack_app.silent")
_SILENT.setLevel(logging.CRITICAL + 1)


def typed(text: str) -> str:
    """Return what a person typed from what Slack sent; channels stay as `<#C…|…>`."""
    parts = _CHANNEL.split(text)
    return "".join(part if at % 2 else plain_input(part) for at, part in enumerate(parts))


@dataclass(frozen=True, slots=True)
class Front:
    """Carries out requests and answers them."""

    desk: Desk
    directory: SlackDirectory
    client: WebClient
    api_url: str

    def asker(
        self, user: str, channel: str, *, name: str = "", invoked_as: str = "/watch"
    ) -> Asker:
        """Return who asks, with what Slack knows about them; `name` is what the request says."""
        person = self.directory.person(user)
        return Asker(
            user=user,
            channel=channel,
            name=person.name or name,
            is_admin=person.is_admin or user in self.desk.admins,
            zone=person.zone,
            invoked_as=invoked_as,
        )

    def presser(self, body: Json, channel: str = "") -> Asker:
        """Return who pressed or sent something, and where, unless `channel` says so."""
        user = body["user"]
        where = channel or (body.get("channel") or {}).get("id", "")
        return self.asker(user["id"], where, name=user.get("username", ""))

    def is_new(self, body: Json) -> bool:
        """Say whether a request was not carried out before, also before a restart.

        A captured request stays signed for five minutes; only its trigger or event tells that
        it is the same. It is looked up after the acknowledgement, which waits for no database.

        Raises:
            StoreError: the database refused.
        """
        key = str(body.get("event_id") or body.get("trigger_id") or "")
        if not key or self.desk.store.requests.claim(key, now=self.desk.clock()):
            return True
        log.warning("a request came a second time and was not carried out")
        return False

    def answer(
        self, body: Json, work: Callable[[], Reply], *, replace_original: bool = False
    ) -> None:
        """Do the work and tell the asker how it went; in the channel too if its rules changed.

        Args:
            body: the request; a repeated one gets nothing.
            work: what was asked for.
            replace_original: whether a good answer takes the place of the buttons pressed.
        """
        response_url = str(body.get("response_url", ""))
        try:
            if not self.is_new(body):
                return
            reply = work()
        except WatchdeskError as error:
            self.respond(response_url, explained(error))
        except Exception:
            ref = uuid.uuid4().hex[:8]
            log.exception("command broke", ref=ref)
            self.respond(response_url, _broken(ref))
        else:
            unsaid = [channel for channel, line in reply.public if not self.post(channel, line)]
            self.respond(response_url, reply.message, replace_original=replace_original)
            for channel in unsaid:
                self.respond(response_url, self._not_announced(channel))

    def post(self, channel: str, message: Message) -> bool:
        """Post to a channel; False if Slack does not take it."""
        return self._call(
            "chat.postMessage",
            channel=channel,
            text=message.text,
            blocks=list(message.blocks),
            unfurl_links=False,
            unfurl_media=False,
        )

    def whisper(self, user: str, channel: str, message: Message) -> bool:
        """Say something in a channel that one person alone sees; False if Slack does not take it.

        For what follows a modal: closing one leaves no address to answer to.
        """
        return self._call(
            "chat.postEphemeral",
            channel=channel,
            user=user,
            text=message.text,
            blocks=list(message.blocks),
        )

    def open_view(self, trigger_id: str, view: Json) -> str | None:
        """Open a modal and return its id; None if Slack does not take it."""
        answer = self._answer("views.open", trigger_id=trigger_id, view=view)
        return str(answer["view"]["id"]) if answer else None

    def push_view(self, trigger_id: str, view: Json) -> str | None:
        """Put a modal on top of the one that is open; as `open_view` otherwise."""
        answer = self._answer("views.push", trigger_id=trigger_id, view=view)
        return str(answer["view"]["id"]) if answer else None

    def update_view(self, view_id: str, view: Json) -> bool:
        """Let a modal show something else; False if Slack does not take it, or it was closed."""
        return self._answer("views.update", view_id=view_id, view=view) is not None

    def publish(self, user: str, view: Json) -> bool:
        """Show someone their home tab; False if Slack does not take it."""
        return self._call("views.publish", user_id=user, view=view)

    def _call(self, method: str, **payload: object) -> bool:
        return self._answer(method, **payload) is not None

    def _answer(self, method: str, **payload: object) -> Json | None:
        try:
            answer = within(TIMEOUT_S, lambda: call(self.client, method, json=payload))
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told and logged
            log.warning("Slack did not answer", method=method, reason=type(error).__name__)
            return None
        if not answer.ok:
            code = answer.body.get("error")
            reason = code if is_code(code) else f"HTTP {answer.status}"
            log.warning("Slack did not take it", method=method, reason=reason)
            return None
        return answer.body

    def _not_announced(self, channel: str) -> Message:
        shown = self.directory.shown(channel)
        return reply_message(
            [
                f":warning: It is saved, but I could not post it in {shown}.",
                "If I am not in there, alerts can't go there either: type `/invite @Watchdesk` there.",
            ]
        )

    def respond(
        self, response_url: str, message: Message, *, replace_original: bool = False
    ) -> None:
        """Answer the asker alone; an address that is not Slack's gets nothing."""
        if not self._is_slacks(response_url):
            log.warning("answer not sent: the response_url is not Slack's")
            return
        hook = WebhookClient(response_url, timeout=TIMEOUT_S, logger=_SILENT, retry_handlers=[])
        hook.proxy = self.client.proxy
        for blocks, wait_s in _tries(message):
            time.sleep(wait_s)
            if self._taken(hook, message.text, blocks, replace_original=replace_original):
                return

    def _taken(
        self,
        hook: WebhookClient,
        text: str,
        blocks: Iterable[Json],
        *,
        replace_original: bool,
    ) -> bool:
        """Answer once; False if Slack definitely did not take it."""
        try:
            answer = hook.send(
                text=text,
                blocks=[dict(block) for block in blocks],
                response_type="ephemeral",
                replace_original=replace_original,
            )
        except Exception as error:  # noqa: BLE001 - its text may hold the address
            log.warning("answer not sent", reason=type(error).__name__)
            return True  # perhaps it was: once more could be once too often
        if answer.status_code == 200 and '"ok":false' not in answer.body.replace(" ", ""):
            return True
        log.warning("answer not taken", status=answer.status_code)
        return False

    def _is_slacks(self, url: str) -> bool:
        """Say whether an address is Slack's own, or of the host that stands in for it."""
        api, given = urlsplit(self.api_url), urlsplit(url)
        if (api.hostname or "").endswith(_SLACK_API):
            return given.scheme == "https" and given.netloc == _SLACK_ANSWERS
        return (given.scheme, _machine(given)) == (api.scheme, _machine(api))


def _tries(message: Message) -> Iterator[tuple[Iterable[Json], float]]:
    """Yield which blocks to try, and how long to wait before: a picture takes Slack a moment."""
    yield message.blocks, 0
    if message.instead:
        yield from ((message.blocks, wait_s) for wait_s in PICTURE_WAITS_S)
        yield message.instead, 0


def _machine(parts: SplitResult) -> str:
    """Return host and port, this machine's by one name: what stands in for Slack may use another."""
    name = parts.hostname or ""
    return parts.netloc.replace(name, "loopback", 1) if name in LOOPBACK else parts.netloc


def _broken(ref: str) -> Message:
    return reply_message(
        [
            f":x: Something broke on our side (ref {ref}); whoever runs the bot finds it in the log.",
            "Look before you repeat it: `/watch list`",
        ]
    )
