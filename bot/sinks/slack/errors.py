"""Slack's error codes, what each means for a delivery, and what a person can do about it.

Sources: the error lists of `chat.postMessage` and `conversations.history` in Slack's reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeGuard

from bot.core.models import Outcome, Rejected, Retry, Scope, Unknown


class Effect(Enum):
    """What an error means for the delivery that met it."""

    WAIT = auto()  #: not accepted; the same again later
    AMBIGUOUS = auto()  #: Slack itself says that some of it may have happened
    DELIVERY = auto()  #: this message can't go there
    CHANNEL = auto()  #: nothing can go to this channel for now
    INSTALLATION = auto()  #: nothing can go anywhere
    PAYLOAD = auto()  #: our blocks are at fault: plain text may pass


@dataclass(frozen=True, slots=True)
class SlackError:
    """An error code's meaning. `{channel}` in the advice becomes the channel."""

    effect: Effect
    advice: str = ""
    after_s: float = 0


_INVITE = "Type `/invite @Watchdesk` in {channel}."
_ADMIN_POSTING = "Ask a workspace admin to let apps post in {channel}, or move the rules elsewhere."
_REINSTALL = "Install the app again and put its new bot token into SLACK_BOT_TOKEN."
_TOKEN = "Check SLACK_BOT_TOKEN: it must be the app's own bot token (`xoxb-…`)."  # noqa: S105
_REPORT = "This is a bug in Watchdesk: please report it with this code."
_MIGRATING = "The workspace is being moved by Slack; sending goes on by itself afterwards."

_RATE = SlackError(Effect.WAIT, after_s=30)
_MAYBE = SlackError(Effect.AMBIGUOUS)
_BUG = SlackError(Effect.PAYLOAD, _REPORT)
_REFUSED_BUG = SlackError(Effect.DELIVERY, _REPORT)
_CLOSED = SlackError(Effect.CHANNEL, _ADMIN_POSTING)
_DEAD = SlackError(Effect.INSTALLATION, _REINSTALL)
_WRONG_TOKEN = SlackError(Effect.INSTALLATION, _TOKEN)
_MOVING = SlackError(Effect.WAIT, _MIGRATING, after_s=3600)
_WORKSPACE_POLICY = SlackError(
    Effect.INSTALLATION, "Ask a workspace admin to allow the app; its access is restricted."
)

ERRORS: Mapping[str, SlackError] = {
    # not accepted, later
    "ratelimited": _RATE,
    "rate_limited": _RATE,
    "message_limit_exceeded": SlackError(Effect.WAIT, after_s=3600),
    "team_added_to_org": _MOVING,
    "org_login_required": _MOVING,
    "accesslimited": _MOVING,
    "external_channel_migrating": SlackError(Effect.WAIT, _MIGRATING, after_s=600),
    # some of it may have happened
    "fatal_error": _MAYBE,
    "internal_error": _MAYBE,
    "request_timeout": _MAYBE,
    "service_unavailable": _MAYBE,
    # the destination
    "channel_not_found": SlackError(
        Effect.CHANNEL,
        "{channel} is gone, or private without the bot. " + _INVITE,
    ),
    "not_in_channel": SlackError(Effect.CHANNEL, _INVITE),
    "no_permission": SlackError(Effect.CHANNEL, _INVITE),
    "access_denied": SlackError(Effect.CHANNEL, _INVITE),
    "is_archived": SlackError(
        Effect.CHANNEL, "Unarchive {channel}, or move its rules to another channel."
    ),
    "is_inactive": SlackError(
        Effect.CHANNEL, "Slack has frozen {channel}: move its rules to another channel."
    ),
    "restricted_action": _CLOSED,
    "ekm_access_denied": _CLOSED,
    "channel_type_not_supported": SlackError(
        Effect.CHANNEL, "Slack takes no messages in {channel}: move its rules to another channel."
    ),
    "messages_tab_disabled": SlackError(
        Effect.CHANNEL, "Turn on the Messages tab under App Home in the app's settings."
    ),
    "cannot_dm_bot": SlackError(
        Effect.CHANNEL, "{channel} is a bot: move its rules to a channel or a person."
    ),
    "user_not_found": SlackError(
        Effect.CHANNEL, "{channel} is no one Slack knows: move the rules to a channel."
    ),
    # the installation
    "account_inactive": _DEAD,
    "token_revoked": _DEAD,
    "token_expired": _DEAD,
    "invalid_auth": _WRONG_TOKEN,
    "not_authed": _WRONG_TOKEN,
    "not_allowed_token_type": _WRONG_TOKEN,
    "as_user_not_supported": _WRONG_TOKEN,
    "missing_scope": SlackError(
        Effect.INSTALLATION, "Add the scope `chat:write` to the app and install it again."
    ),
    "app_access_restricted": _WORKSPACE_POLICY,
    "enterprise_is_restricted": _WORKSPACE_POLICY,
    "team_access_not_granted": _WORKSPACE_POLICY,
    "two_factor_setup_required": _WORKSPACE_POLICY,
    "team_not_found": _WRONG_TOKEN,
    "deprecated_endpoint": SlackError(Effect.INSTALLATION, "Install a newer Watchdesk."),
    "method_deprecated": SlackError(Effect.INSTALLATION, "Install a newer Watchdesk."),
    # the message: plain text may pass where blocks didn't
    "invalid_blocks": _BUG,
    "msg_blocks_too_long": _BUG,
    "msg_too_long": _BUG,
    "no_text": _BUG,
    "metadata_too_large": _BUG,
    "metadata_must_be_sent_from_app": _BUG,
    "invalid_metadata_format": _BUG,
    "invalid_metadata_schema": _BUG,
    "invalid_attachments": _BUG,
    "too_many_attachments": _BUG,
    "too_many_contact_cards": _BUG,
    "attachment_payload_limit_exceeded": _BUG,
    "markdown_text_conflict": _BUG,
    "invalid_arguments": _BUG,
    # the request
    "invalid_arg_name": _REFUSED_BUG,
    "invalid_array_arg": _REFUSED_BUG,
    "invalid_charset": _REFUSED_BUG,
    "invalid_form_data": _REFUSED_BUG,
    "invalid_json": _REFUSED_BUG,
    "json_not_object": _REFUSED_BUG,
    "invalid_post_type": _REFUSED_BUG,
    "missing_post_type": _REFUSED_BUG,
    "unknown_method": SlackError(
        Effect.INSTALLATION, "Check SLACK_API_URL: it must end in `/api/`."
    ),
    "cannot_reply_to_message": _REFUSED_BUG,
    "thread_not_found": _REFUSED_BUG,
    # the message to change or take back
    "message_not_found": SlackError(Effect.DELIVERY, "Somebody deleted the message."),
    "cant_update_message": SlackError(Effect.DELIVERY, "Slack lets nobody change it."),
    "cant_delete_message": SlackError(Effect.DELIVERY, "Slack lets nobody delete it."),
    "edit_window_closed": SlackError(Effect.DELIVERY, "Slack lets nobody change it any more."),
    "compliance_exports_prevent_deletion": SlackError(
        Effect.DELIVERY, "The workspace keeps every message."
    ),
    "duplicate_channel_not_found": _REFUSED_BUG,
    "duplicate_message_not_found": _REFUSED_BUG,
}

#: Families that Slack adds to now and then.
FAMILIES: Mapping[str, SlackError] = {
    "restricted_action": _CLOSED,
    "invalid_blocks": _BUG,
    "invalid_metadata": _BUG,
    "slack_connect_": _CLOSED,
}

_UNKNOWN_CODE = SlackError(
    Effect.DELIVERY, "Look the code up in Slack's reference, then queue the message again."
)
_PASSING = {Effect.WAIT, Effect.AMBIGUOUS, Effect.INSTALLATION}
#: Others may go on working.
_OF_ONE_METHOD = {"missing_scope", "unknown_method", "deprecated_endpoint", "method_deprecated"}
_CODE = re.compile(r"[a-z][a-z0-9_]{1,79}")


def is_code(text: object) -> TypeGuard[str]:
    """Tell whether a value looks like one of Slack's error codes."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def meaning(code: str) -> SlackError:
    """Return what an error code means; a code we never heard of refuses one delivery."""
    if code in ERRORS:
        return ERRORS[code]
    family = (error for prefix, error in FAMILIES.items() if code.startswith(prefix))
    return next(family, _UNKNOWN_CODE)


def is_passing(code: str) -> bool:
    """Tell whether a look-up that ended so says nothing of what was asked, as in an outage.

    Args:
        code: Slack's `error`, or whatever stands in its place: a proxy's page has no code.
    """
    return not is_code(code) or (code not in _OF_ONE_METHOD and meaning(code).effect in _PASSING)


def outcome(code: str, channel: str, *, after_s: float | None = None) -> Outcome:
    """Return how a delivery to `channel` ended when Slack answered with `code`.

    Args:
        code: Slack's `error`.
        channel: the channel id, for the advice.
        after_s: what the `Retry-After` header said, if there was one.
    """
    error = meaning(code)
    place = f"<#{channel}>" if re.fullmatch(r"[CG][A-Z0-9]+", channel) else channel
    advice = error.advice.format(channel=place)
    match error.effect:
        case Effect.WAIT:
            return Retry(after_s=after_s or error.after_s, reason=code)
        case Effect.AMBIGUOUS:
            return Unknown(reason=code)
        case Effect.CHANNEL:
            return Rejected(reason=code, advice=advice, scope=Scope.CHANNEL)
        case Effect.INSTALLATION:
            return Rejected(reason=code, advice=advice, scope=Scope.INSTALLATION)
        case Effect.DELIVERY | Effect.PAYLOAD:
            return Rejected(reason=code, advice=advice, scope=Scope.DELIVERY)
