"""Every error Slack can answer with has an outcome and, where a person must act, words for it."""

from __future__ import annotations

import pytest

from bot.core.models import Rejected, Retry, Scope, Unknown
from bot.sinks.slack.errors import ERRORS, FAMILIES, Effect, is_code, meaning, outcome

# The classes as our platform notes state them, kept apart from the table under test.
RETRY = "ratelimited rate_limited message_limit_exceeded team_added_to_org org_login_required accesslimited"
UNKNOWN = "fatal_error internal_error request_timeout service_unavailable"
CHANNEL = (
    "channel_not_found is_archived not_in_channel restricted_action "
    "restricted_action_read_only_channel restricted_action_thread_only_channel "
    "restricted_action_of_next_year no_permission messages_tab_disabled ekm_access_denied"
)
INSTALLATION = (
    "account_inactive token_revoked token_expired invalid_auth not_authed app_access_restricted "
    "missing_scope not_allowed_token_type"
)
DELIVERY = (
    "invalid_blocks invalid_blocks_format msg_blocks_too_long metadata_too_large no_text "
    "msg_too_long invalid_metadata_schema too_many_attachments never_heard_of_it"
)


@pytest.mark.parametrize("code", RETRY.split())
def test_not_accepted_means_later(code: str) -> None:
    ended = outcome(code, "C1")
    assert isinstance(ended, Retry)
    assert ended.after_s >= 30
    assert ended.reason == code


@pytest.mark.parametrize("code", UNKNOWN.split())
def test_what_may_have_happened_is_unknown(code: str) -> None:
    assert outcome(code, "C1") == Unknown(reason=code)


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        *((code, Scope.CHANNEL) for code in CHANNEL.split()),
        *((code, Scope.INSTALLATION) for code in INSTALLATION.split()),
        *((code, Scope.DELIVERY) for code in DELIVERY.split()),
    ],
)
def test_a_refusal_reaches_as_far_as_its_cause_and_says_what_to_do(code: str, scope: Scope) -> None:
    ended = outcome(code, "C1")
    assert isinstance(ended, Rejected)
    assert (ended.reason, ended.scope) == (code, scope)
    assert len(ended.advice) > 20


@pytest.mark.parametrize("code", [*ERRORS, *FAMILIES])
def test_every_row_gives_an_outcome_with_finished_words(code: str) -> None:
    error = meaning(code)
    ended = outcome(code, "C1")
    assert isinstance(ended, Retry) == (error.effect is Effect.WAIT)
    assert isinstance(ended, Unknown) == (error.effect is Effect.AMBIGUOUS)
    if isinstance(ended, Retry):
        assert ended.after_s > 0
    if isinstance(ended, Rejected):
        assert "{" not in ended.advice
        assert ended.advice.endswith(".")


def test_the_advice_names_the_channel_and_what_to_type() -> None:
    ended = outcome("not_in_channel", "C0ALERTS")
    assert isinstance(ended, Rejected)
    assert ended.advice == "Type `/invite @Watchdesk` in <#C0ALERTS>."
    named = outcome("not_in_channel", "#alerts")
    assert isinstance(named, Rejected)
    assert named.advice == "Type `/invite @Watchdesk` in #alerts."


def test_slacks_own_waiting_time_wins() -> None:
    assert outcome("ratelimited", "C1", after_s=3) == Retry(after_s=3, reason="ratelimited")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not_in_channel", True),
        ("x", False),
        ("Not JSON: <html>", False),
        (None, False),
        (3, False),
    ],
)
def test_codes_are_told_from_sentences(text: object, expected: bool) -> None:
    assert is_code(text) is expected
