"""Slack as a sink: post once, say exactly how it ended, find what may have been posted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.config import Secret
from bot.core.models import (
    Message,
    Outcome,
    Rejected,
    Retry,
    Scope,
    Sent,
    Unknown,
    Unreadable,
)
from bot.core.render.blocks import MAX_TEXT
from bot.core.render.markup import cut_markup
from bot.sinks.slack.errors import Effect, is_code, meaning, outcome
from bot.sinks.slack.web_api import Answer, call, open_client, was_never_sent, within

__all__ = ["SlackSink"]

EVENT_TYPE = "watch_alert"
SLACK_API_URL = "https://slack.com/api/"

_LOOK_BACK = timedelta(days=1)  #: our clock may be hours fast; a look too short sends twice
_PAGE = 200
_MAX_PAGES = 100
_UNREACHABLE_S = 30.0  #: pause when no connection could be made
_NOT_SLACK_S = 300.0  #: pause when something else answers in Slack's place
#: Without these nobody can look; a dead token on the other hand is replaced.
_NO_RIGHT = {"missing_scope", "not_allowed_token_type", "thread_not_found"}
_PEOPLE = ("U", "W")  #: how the ids of people begin
_RATE_LIMIT_S = 30.0  #: when a 429 doesn't say how long


class _RefusedError(LookupError):
    """Slack did not let us look."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(f"{code} (HTTP {status})")
        self._code = code
        self._is_answer = status == 200 and is_code(code)

    @property
    def outcome(self) -> Unknown | Unreadable:
        """What it means for a look-up."""
        for_good = self._code in _NO_RIGHT
        if self._is_answer and (for_good or meaning(self._code).effect is Effect.CHANNEL):
            return Unreadable(reason=self._code, for_good=for_good)
        return Unknown(reason=str(self))


class SlackSink:
    """Posts with the delivery's id in the message's metadata, and looks it up there.

    Args:
        token: the bot token.
        api_url: Slack's API, or what stands in for it.
        timeout_s: for a send in total; a look-up may take three times as long.
    """

    def __init__(
        self, token: Secret, api_url: str = SLACK_API_URL, *, timeout_s: float = 15
    ) -> None:
        self._timeout_s = timeout_s
        # half: connecting and reading may each take it
        self._client = open_client(token.reveal(), api_url, timeout_s / 2)
        self._api_url = api_url
        self._own: _Own | None = None
        self._direct: dict[str, str] = {}  # by person

    def __repr__(self) -> str:
        return f"SlackSink({self._api_url!r})"

    def send(
        self,
        delivery_id: str,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> Outcome:
        """Post `message` once; see `Sink.send`."""
        payload = _payload(delivery_id, message)
        payload |= {"thread_ts": thread} if thread else {}
        payload |= {"reply_broadcast": True} if thread and broadcast else {}
        return self._posted("chat.postMessage", channel, payload, message)

    def edit(self, channel: str, ts: str, message: Message) -> Outcome:
        """Let a message show `message`; see `Sink.edit`."""
        return self._posted("chat.update", channel, {"ts": ts, **_shown(message)}, message)

    def delete(self, channel: str, ts: str) -> Outcome:
        """Take a message back; see `Sink.delete`."""

        def delete(place: str) -> Outcome:
            answer = call(self._client, "chat.delete", json={"channel": place, "ts": ts})
            if answer.body.get("error") == "message_not_found":
                return Sent(ts=ts)
            return _outcome(answer, channel)

        return self._bounded(channel, delete)

    def _bounded(self, channel: str, work: Callable[[str], Outcome]) -> Outcome:
        def found() -> Outcome:
            opened = self._opened(channel)
            return work(opened) if isinstance(opened, str) else _unopened(opened, channel)

        try:
            return within(self._timeout_s, found)
        except Exception as error:  # noqa: BLE001 - whatever it was, no answer came back
            if was_never_sent(error):
                return Retry(
                    after_s=_UNREACHABLE_S, reason=f"Slack can't be reached: {_said(error)}"
                )
            return Unknown(reason=_said(error))

    def _opened(self, channel: str) -> str | Answer:
        """Return the id that stands for a channel, or the answer that refuses it.

        A person's id is good for posting only; edits and look-ups take their direct messages' id.
        """
        if not channel.startswith(_PEOPLE):
            return channel
        if channel not in self._direct:
            answer = call(self._client, "conversations.open", json={"users": channel})
            if answer.body.get("error") in _NO_RIGHT:
                return channel  # posting needs no more than its own right
            if not answer.ok:
                return answer
            self._direct[channel] = str(answer.body["channel"]["id"])
        return self._direct[channel]

    def _posted(
        self, method: str, channel: str, payload: Mapping[str, Any], message: Message
    ) -> Outcome:
        """Post in bounded time; pictures that Slack refuses are left out."""

        def post(place: str) -> Outcome:
            if message.instead:
                answer = call(self._client, method, json={**payload, "channel": place})
                if not _is_our_fault(answer):
                    return _outcome(answer, place)
            blocks = [dict(block) for block in message.instead or message.blocks]
            return self._post(method, {**payload, "channel": place, "blocks": blocks})

        return self._bounded(channel, post)

    def _post(self, method: str, payload: Mapping[str, Any]) -> Outcome:
        """Post; when Slack definitely refuses our blocks, post their text instead."""
        answer, channel = call(self._client, method, json=dict(payload)), payload["channel"]
        if not _is_our_fault(answer):
            return _outcome(answer, channel)
        code = answer.body["error"]
        plain = _plain(payload, without_metadata="metadata" in code)
        second = _outcome(call(self._client, method, json=plain), channel)
        # the first refusal is the one to report
        refused = isinstance(second, Rejected) and second.scope is Scope.DELIVERY
        return outcome(code, channel) if refused else second

    def find(
        self, delivery_id: str, channel: str, since: datetime, *, thread: str | None = None
    ) -> tuple[str, ...] | Unknown | Unreadable:
        """Look for a delivery in all of the channel's or thread's history; see `Sink.find`."""
        try:
            return within(
                3 * self._timeout_s, lambda: self._find(delivery_id, channel, since, thread)
            )
        except _RefusedError as error:
            return error.outcome
        except Exception as error:  # noqa: BLE001 - the look was not complete, for any reason
            return Unknown(reason=_said(error))

    def _find(
        self, delivery_id: str, channel: str, since: datetime, thread: str | None
    ) -> tuple[str, ...]:
        own = self._who_we_are()
        opened = self._opened(channel)
        if isinstance(opened, Answer):
            raise _refusal(opened)
        found = [
            str(message["ts"])
            for message in self._history(opened, since - _LOOK_BACK, thread)
            if own.wrote(message) and _delivery_id(message) == delivery_id
        ]
        return tuple(sorted(found, key=_age))

    def _history(
        self, channel: str, oldest: datetime, thread: str | None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield every message since `oldest`; raise rather than leave one out."""
        method = "conversations.replies" if thread else "conversations.history"
        request = {
            "channel": channel,
            "oldest": f"{oldest.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": _PAGE,
            **({"ts": thread} if thread else {}),
        }
        for _ in range(_MAX_PAGES):
            page = _accepted(call(self._client, method, params=request))
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                if page.get("has_more"):
                    raise LookupError("the history ended before it was complete")
                return
            request["cursor"] = cursor
        raise LookupError(f"more than {_MAX_PAGES} pages of history")

    def _who_we_are(self) -> _Own:
        """Return how our messages are signed: metadata alone could be forged by any app."""
        if self._own is None:
            told = _accepted(call(self._client, "auth.test"))
            own = _Own(str(told.get("bot_id") or ""), str(told.get("user_id") or ""))
            if own == _Own("", ""):
                raise _RefusedError("not_allowed_token_type", 200)
            self._own = own
        return self._own


@dataclass(frozen=True, slots=True)
class _Own:
    """What Slack calls us; "" for what it does not say."""

    bot_id: str
    user_id: str

    def wrote(self, message: Mapping[str, Any]) -> bool:
        """Say whether a message is ours: by its bot, or by its user where it names no bot."""
        bot_id = message.get("bot_id")
        if bot_id or not self.user_id:
            return bool(self.bot_id) and bot_id == self.bot_id
        return message.get("user") == self.user_id


def _payload(delivery_id: str, message: Message) -> dict[str, Any]:
    return {
        **_shown(message),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": delivery_id}},
    }


def _shown(message: Message) -> dict[str, Any]:
    return {
        "text": message.text,
        "blocks": [dict(block) for block in message.blocks],
        "parse": "none",  # no bare address or name in feed text becomes live
    }


def _is_our_fault(answer: Answer) -> bool:
    """Say whether Slack definitely refused what we made of the message, not the message's place."""
    code = answer.body.get("error")
    return answer.status == 200 and is_code(code) and meaning(code).effect is Effect.PAYLOAD


def _age(ts: str) -> tuple[int, int]:
    """Return a `ts` as numbers: as text, "9.0" would be younger than "10.0"."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds), int(fraction or 0)


def _plain(payload: Mapping[str, Any], *, without_metadata: bool) -> dict[str, Any]:
    dropped = {"blocks", "metadata"} if without_metadata else {"blocks"}
    plain = {key: value for key, value in payload.items() if key not in dropped}
    return plain | {"text": cut_markup(payload["text"], MAX_TEXT)}


def _outcome(answer: Answer, channel: str) -> Outcome:
    """Return how a post ended, from the answer to it."""
    code = answer.body.get("error")
    if answer.ok:
        ts = answer.body.get("ts")
        return Sent(ts=str(ts)) if ts else Unknown(reason="accepted without a ts")
    if answer.status == 429:
        return Retry(after_s=answer.retry_after_s or _RATE_LIMIT_S, reason="ratelimited")
    if answer.status >= 500 or answer.status == 408:
        return Unknown(reason=f"HTTP {answer.status}")
    if is_code(code):
        return _advised(outcome(code, channel, after_s=answer.retry_after_s), answer)
    if answer.status == 200:
        return Unknown(reason="HTTP 200 without Slack's answer")
    reason = f"HTTP {answer.status}, not from Slack: check SLACK_API_URL and the proxy"
    return Retry(after_s=_NOT_SLACK_S, reason=reason)


def _advised(ended: Outcome, answer: Answer) -> Outcome:
    """Name the scope that Slack says is missing."""
    needed = answer.body.get("needed")
    if isinstance(ended, Rejected) and ended.reason == "missing_scope" and needed:
        advice = f"Add the scope `{needed}` to the app and install it again."
        return Rejected(reason=ended.reason, advice=advice, scope=Scope.INSTALLATION)
    return ended


def _unopened(answer: Answer, channel: str) -> Outcome:
    """Return how a send ended that found no direct messages to go to: nothing was posted."""
    ended = _outcome(answer, channel)
    if isinstance(ended, Unknown):
        return Retry(after_s=_UNREACHABLE_S, reason=ended.reason)
    return ended


def _accepted(answer: Answer) -> Mapping[str, Any]:
    """Return the body of an answer; raise when it is a refusal."""
    if not answer.ok:
        raise _refusal(answer)
    return answer.body


def _refusal(answer: Answer) -> _RefusedError:
    code = answer.body.get("error")
    return _RefusedError(code if is_code(code) else "no answer of Slack's", answer.status)


def _delivery_id(message: Mapping[str, Any]) -> object:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return (metadata.get("event_payload") or {}).get("delivery_id")


def _said(error: BaseException) -> str:
    """Return an error in a few words, without the request that caused it."""
    if isinstance(error, LookupError) and not isinstance(error, KeyError):
        return str(error)
    return (
        f"{type(error).__name__}: {str(error).splitlines()[0][:150] if str(error) else ''}".rstrip(
            ": "
        )
    )
