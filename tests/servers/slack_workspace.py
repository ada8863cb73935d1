"""A Slack workspace in memory: channels, people, messages, views, and the methods that touch them.

Strict where Slack is: it refuses what Slack refuses, with Slack's error codes. No HTTP here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.servers.block_kit import problems
from tests.servers.slack_parts import (
    Channel,
    File,
    Json,
    Person,
    Refused,
    Trigger,
    between,
    number,
    read_cursor,
    seen,
    to_cursor,
    truth,
)

BOT_SCOPES = (
    "chat:write commands channels:history groups:history im:history channels:read groups:read "
    "users:read im:write files:write"
)
_NEEDS = {  # scopes of which one is needed
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "users.info": ("users:read",),
    "users.conversations": ("channels:read", "groups:read"),
}


class Workspace:
    """All state and all methods.

    Args:
        token: the bot token that is valid.
        app_token: the app-level token that is valid.
        clock: Unix time; message timestamps follow it, each later than the one before.
        mentions: whether messages may call people.
    """

    def __init__(
        self,
        *,
        token: str = "xoxb-test-token",
        app_token: str = "xapp-test-token",
        clock: Callable[[], float] = time.time,
        mentions: bool = False,
    ) -> None:
        self.token, self.app_token, self.clock, self.mentions = token, app_token, clock, mentions
        self.team_id, self.app_id = "T0TEST", "A0TEST"
        self.bot_id, self.bot_user = "B0WATCH", "U0WATCH"
        self.scopes = set(BOT_SCOPES.split())
        self.page_cap = 999  #: Slack gives some apps no more than 15 messages a page
        self.channels: dict[str, Channel] = {}
        self.people: dict[str, Person] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.files: dict[str, File] = {}
        self.files_settle = 0  #: how often a new file can't be used in a message yet
        self.ephemerals: list[Json] = []
        self.triggers: dict[str, Trigger] = {}
        self.unknown_methods: set[str] = set()  #: as of a server that stands in for Slack
        self._lock = threading.RLock()
        self._last_us = 0
        self._numbers = 0

    # ── setting the scene ─────────────────────────────────────────────────────

    def add_channel(
        self, channel: str, name: str = "", *, joined: bool = True, private: bool = False
    ) -> Channel:
        """Add a channel, with the bot in it unless told otherwise."""
        made = Channel(channel, name or channel.lower(), private=private)
        if joined:
            made.members.add(self.bot_user)
        with self._lock:
            self.channels[channel] = made
        return made

    def add_person(
        self, person: str, name: str = "", *, tz: str = "Etc/UTC", admin: bool = False
    ) -> Person:
        """Add a person, and the channel of direct messages with the app."""
        made = Person(person, name or person.lower(), tz, admin)
        with self._lock:
            self.people[person] = made
        direct = self.add_channel("D" + person[1:], "", private=True)
        direct.members.add(person)
        return made

    def new_trigger(self) -> str:
        """Return a trigger_id as Slack puts it into a request."""
        with self._lock:
            name = f"{self.next_number()}.trigger"
            self.triggers[name] = Trigger(self.clock() + 3)
        return name

    def post_as(self, channel: str, text: str, **fields: Any) -> str:
        """Put a message of someone else into a channel and return its ts."""
        with self._lock:
            ts = self._next_ts()
            message = {"type": "message", "text": text, "ts": ts, **fields}
            self.channels[channel].messages.append(message)
        return ts

    def messages(self, channel: str) -> list[Json]:
        """Return what is visible in a channel, thread replies included, oldest first."""
        with self._lock:
            return [dict(message) for message in self.channels[channel].messages]

    # ── calls ─────────────────────────────────────────────────────────────────

    def call(self, method: str, args: Mapping[str, Any], token: str | None) -> Json:
        """Carry out a Web API method and return Slack's answer, refusals included."""
        with self._lock:
            try:
                self._authorise(method, token)
                known = None if method in self.unknown_methods else METHODS.get(method)
                return {"ok": True, **(known or _unknown_method)(self, args)}
            except Refused as refused:
                return refused.answer

    def _authorise(self, method: str, token: str | None) -> None:
        if not token:
            raise Refused("not_authed")
        expected = self.app_token if method == "apps.connections.open" else self.token
        if token != expected:
            known = token in {self.token, self.app_token}
            raise Refused("not_allowed_token_type" if known else "invalid_auth")
        needed = _NEEDS.get(method, ())
        if needed and not self.scopes.intersection(needed):
            raise Refused("missing_scope", needed=needed[0], provided=",".join(sorted(self.scopes)))

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _next_ts(self) -> str:
        self._last_us = max(self._last_us + 1, int(self.clock() * 1_000_000))
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def _addressed(self, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the id in the place of a name or a person, which Slack takes for posting only."""
        wanted = args.get("channel") or ""
        if wanted in self.people:
            return {**args, "channel": "D" + wanted[1:]}
        named = (one.id for one in self.channels.values() if f"#{one.name}" == wanted)
        return {**args, "channel": next(named, wanted)}

    def _channel(self, args: Mapping[str, Any], *, member: bool = True) -> Channel:
        channel = self.channels.get(args.get("channel") or "")
        if channel is None or (channel.private and self.bot_user not in channel.members):
            raise Refused("channel_not_found")
        if member and self.bot_user not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def _writable(self, args: Mapping[str, Any]) -> Channel:
        channel = self._channel(args)
        if channel.archived:
            raise Refused("is_archived")
        if channel.read_only:
            raise Refused("restricted_action_read_only_channel")
        return channel

    def _check_content(self, args: Mapping[str, Any]) -> None:
        content = {key: args[key] for key in ("text", "blocks", "metadata") if key in args}
        if not (args.get("text") or "").strip() and not args.get("blocks"):
            raise Refused("no_text")
        found = problems(content, mentions=self.mentions)
        found += self.unusable_files(args.get("blocks") or [])
        in_blocks = [problem for problem in found if problem.startswith("/blocks")]
        if any("characters together" in problem for problem in in_blocks):
            raise Refused("msg_blocks_too_long", *in_blocks)
        if in_blocks:
            raise Refused("invalid_blocks", *in_blocks)
        if any(problem.startswith("/metadata") for problem in found):
            raise Refused("invalid_metadata_format", *found)
        if found:
            raise Refused(
                "msg_too_long" if len(args["text"]) > 40_000 else "invalid_arguments", *found
            )

    def _find(self, channel: Channel, ts: object) -> Json:
        for message in channel.messages:
            if message["ts"] == ts:
                return message
        raise Refused("message_not_found")

    # ── methods ───────────────────────────────────────────────────────────────

    def auth_test(self, args: Mapping[str, Any]) -> Json:
        return {
            "url": "https://test.slack.com/",
            "team": "Test",
            "team_id": self.team_id,
            "user": "watchdesk",
            "user_id": self.bot_user,
            "bot_id": self.bot_id,
            "is_enterprise_install": False,
        }

    def post_message(self, args: Mapping[str, Any]) -> Json:
        channel = self._writable(self._addressed(args))
        self._check_content(args)
        if "thread_ts" in args:
            self._find(channel, args["thread_ts"])
        message = {
            "type": "message",
            "ts": self._next_ts(),
            "text": args.get("text", ""),
            "user": self.bot_user,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "team": self.team_id,
        }
        kept = ("blocks", "metadata", "thread_ts", "unfurl_links", "unfurl_media", "parse")
        message |= {key: args[key] for key in kept if key in args}
        channel.messages.append(message)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def post_ephemeral(self, args: Mapping[str, Any]) -> Json:
        channel = self._writable(args)
        if args.get("user") not in self.people:
            raise Refused("user_not_in_channel")
        self._check_content(args)
        ts = self._next_ts()
        self.ephemerals.append({**args, "channel": channel.id, "ts": ts})
        return {"message_ts": ts}

    def update(self, args: Mapping[str, Any]) -> Json:
        channel = self._writable(args)
        message = self._find(channel, args.get("ts"))
        if message.get("bot_id") != self.bot_id:
            raise Refused("cant_update_message")
        self._check_content(args)
        message |= {key: args[key] for key in ("text", "blocks", "metadata") if key in args}
        message["edited"] = {"user": self.bot_user, "ts": self._next_ts()}
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"]}

    def delete(self, args: Mapping[str, Any]) -> Json:
        channel = self._channel(args)
        message = self._find(channel, args.get("ts"))
        if message.get("bot_id") != self.bot_id:
            raise Refused("cant_delete_message")
        channel.messages.remove(message)
        return {"channel": channel.id, "ts": message["ts"]}

    def permalink(self, args: Mapping[str, Any]) -> Json:
        channel = self._channel(args, member=False)
        ts = str(self._find(channel, args.get("message_ts"))["ts"])
        link = f"https://test.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": link}

    def history(self, args: Mapping[str, Any]) -> Json:
        channel = self._channel(args)
        top = [m for m in channel.messages if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self._page(top[::-1], args)

    def replies(self, args: Mapping[str, Any]) -> Json:
        channel = self._channel(args)
        parent = next((m for m in channel.messages if m["ts"] == args.get("ts")), None)
        if parent is None:
            raise Refused("thread_not_found")
        thread = [m for m in channel.messages if m is parent or m.get("thread_ts") == parent["ts"]]
        return self._page(thread, args)

    def _page(self, listed: list[Json], args: Mapping[str, Any]) -> Json:
        limit = number(args, "limit", 100)
        if not 1 <= limit <= 999:
            raise Refused("invalid_limit")
        oldest, latest = args.get("oldest") or "0", args.get("latest") or "9" * 12
        inclusive = truth(args.get("inclusive"))
        listed = [m for m in listed if between(m["ts"], str(oldest), str(latest), inclusive)]
        start = read_cursor(args.get("cursor"))
        end = start + min(limit, self.page_cap)
        answer: Json = {
            "messages": [seen(message, args) for message in listed[start:end]],
            "has_more": end < len(listed),
        }
        if end < len(listed):
            answer["response_metadata"] = {"next_cursor": to_cursor(end)}
        return answer

    def info(self, args: Mapping[str, Any]) -> Json:
        return {"channel": self._shown(self._channel(args, member=False))}

    def list_channels(self, args: Mapping[str, Any]) -> Json:
        seen = [
            one
            for one in self.channels.values()
            if not one.id.startswith("D") and (not one.private or self.bot_user in one.members)
        ]
        start = read_cursor(args.get("cursor"))
        end = start + min(number(args, "limit", 100), 1000)
        more = to_cursor(end) if end < len(seen) else ""
        shown = [self._shown(channel) for channel in seen[start:end]]
        return {"channels": shown, "response_metadata": {"next_cursor": more}}

    def channels_of(self, args: Mapping[str, Any]) -> Json:
        """List what someone is in: private channels only where the app is in too."""
        user = args.get("user") or self.bot_user
        if user != self.bot_user and user not in self.people:
            raise Refused("user_not_found")
        kinds = str(args.get("types") or "public_channel").split(",")
        mine = [
            one
            for one in self.channels.values()
            if user in one.members
            and not one.id.startswith("D")
            and ("private_channel" if one.private else "public_channel") in kinds
            and (not one.private or self.bot_user in one.members)
        ]
        start = read_cursor(args.get("cursor"))
        end = start + min(number(args, "limit", 100), 999)
        more = to_cursor(end) if end < len(mine) else ""
        shown = [self._shown(channel) for channel in mine[start:end]]
        left_out = ("is_member", "num_members")
        listed = [{k: v for k, v in one.items() if k not in left_out} for one in shown]
        return {"channels": listed, "response_metadata": {"next_cursor": more}}

    def members_of(self, args: Mapping[str, Any]) -> Json:
        members = sorted(self._channel(args, member=False).members)
        start = read_cursor(args.get("cursor"))
        end = start + min(number(args, "limit", 100), 999)
        more = to_cursor(end) if end < len(members) else ""
        return {"members": members[start:end], "response_metadata": {"next_cursor": more}}

    def _shown(self, channel: Channel) -> Json:
        return {
            "id": channel.id,
            "name": channel.name,
            "is_channel": channel.id.startswith("C"),
            "is_im": channel.id.startswith("D"),
            "is_private": channel.private,
            "is_archived": channel.archived,
            "is_member": self.bot_user in channel.members,
            "num_members": len(channel.members),
        }

    def open_direct(self, args: Mapping[str, Any]) -> Json:
        if (args.get("users") or "") not in self.people:
            raise Refused("user_not_found")
        return {"channel": {"id": "D" + str(args["users"])[1:]}}

    def user_info(self, args: Mapping[str, Any]) -> Json:
        person = self.people.get(args.get("user") or "")
        if person is None:
            raise Refused("user_not_found")
        profile = {"real_name": person.name, "display_name": person.name}
        shown = {"id": person.id, "name": person.name, "tz": person.tz, "is_admin": person.admin}
        return {"user": {**shown, "is_bot": False, "profile": profile}}

    def open_view(self, args: Mapping[str, Any]) -> Json:
        trigger = self.triggers.get(args.get("trigger_id") or "")
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.clock() > trigger.expires:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return self._keep_view(f"V{self.next_number()}", args, "modal")

    def update_view(self, args: Mapping[str, Any]) -> Json:
        view = self.views.get(args.get("view_id") or "")
        if view is None:
            raise Refused("not_found")
        if args.get("hash") not in (None, view["hash"]):
            raise Refused("hash_conflict")
        return self._keep_view(view["id"], args, "modal")

    def publish_view(self, args: Mapping[str, Any]) -> Json:
        if args.get("user_id") not in self.people:
            raise Refused("user_not_found")
        published = self._keep_view(f"V{self.next_number()}", args, "home")
        self.homes[args["user_id"]] = published["view"]
        return published

    def _keep_view(self, name: str, args: Mapping[str, Any], kind: str) -> Json:
        view = args.get("view")
        if not isinstance(view, dict) or view.get("type") != kind:
            raise Refused("invalid_arguments", f"/view: must be a {kind} view")
        if found := problems(view, mentions=True):
            raise Refused("invalid_arguments", *found)
        kept = {**view, "id": name, "hash": f"{self.next_number()}.hash", "team_id": self.team_id}
        self.views[name] = kept
        return {"view": kept}

    # ── files ──

    def upload_address(self, args: Mapping[str, Any]) -> Json:
        """Slack takes these arguments in the address or as a form, not as JSON."""
        length, alt = args.get("length"), args.get("alt_txt", "")
        if not isinstance(length, str) or not length.isdigit() or int(length) < 1:
            raise Refused("invalid_arguments", "/length: must be the number of bytes, in a form")
        if not args.get("filename") or len(alt) > 1000:
            raise Refused("invalid_arguments", "/filename, /alt_txt: missing or too long")
        made = File(f"F{self.next_number():08d}", str(args["filename"]), int(length), str(alt))
        self.files[made.id] = made
        return {"upload_url": self.upload_url(made.id), "file_id": made.id}

    def upload_url(self, file_id: str) -> str:
        """Return where the bytes go; whoever serves the workspace knows."""
        return f"https://files.slack.com/upload/v1/{file_id}"

    def take_bytes(self, file_id: str, body: bytes) -> bool:
        """Take what was uploaded; False if it is not what was announced."""
        with self._lock:
            file = self.files.get(file_id)
            if file is None or file.content is not None or len(body) != file.length:
                return False
            file.content = body
            return True

    def complete_upload(self, args: Mapping[str, Any]) -> Json:
        listed = args.get("files")
        if not isinstance(listed, list) or not listed:
            raise Refused("invalid_arguments", "/files: must be a list")
        for one in listed:
            file = self.files.get(one.get("id", ""))
            if file is None or file.content is None:
                raise Refused("file_not_found")
            file.is_complete, file.settles = True, self.files_settle
        return {"files": [{"id": one["id"], "title": one.get("title", "")} for one in listed]}

    def unusable_files(self, value: Any) -> list[str]:
        """Return which files in blocks can't be shown: unknown, not complete, or not ready yet."""
        found = []
        if isinstance(value, list):
            found = [problem for one in value for problem in self.unusable_files(one)]
        elif isinstance(value, dict):
            found = [problem for one in value.values() for problem in self.unusable_files(one)]
            if "slack_file" in value:
                file = self.files.get(value["slack_file"].get("id", ""))
                if file is None or not file.is_complete:
                    found.append("/blocks: invalid slack file")
                elif file.settles:
                    file.settles -= 1
                    found.append("/blocks: invalid slack file, for now")
        return found


def _unknown_method(_workspace: Workspace, _args: Mapping[str, Any]) -> Json:
    raise Refused("unknown_method")


METHODS: Mapping[str, Callable[[Workspace, Mapping[str, Any]], Json]] = {
    "api.test": lambda _workspace, args: {"args": dict(args)},
    "apps.connections.open": lambda _workspace, _args: {},  # the server adds the address
    "auth.test": Workspace.auth_test,
    "chat.postMessage": Workspace.post_message,
    "chat.postEphemeral": Workspace.post_ephemeral,
    "chat.update": Workspace.update,
    "chat.delete": Workspace.delete,
    "chat.getPermalink": Workspace.permalink,
    "conversations.history": Workspace.history,
    "conversations.replies": Workspace.replies,
    "conversations.info": Workspace.info,
    "conversations.list": Workspace.list_channels,
    "conversations.members": Workspace.members_of,
    "conversations.open": Workspace.open_direct,
    "files.completeUploadExternal": Workspace.complete_upload,
    "files.getUploadURLExternal": Workspace.upload_address,
    "users.info": Workspace.user_info,
    "users.conversations": Workspace.channels_of,
    "views.open": Workspace.open_view,
    "views.push": Workspace.open_view,
    "views.update": Workspace.update_view,
    "views.publish": Workspace.publish_view,
}
