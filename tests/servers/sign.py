"""Requests signed as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac
import time


def signed_request(
    body: str,
    secret: str,
    timestamp: float | None = None,
    *,
    content_type: str = "application/x-www-form-urlencoded",
) -> dict[str, str]:
    """Return the headers that Slack would send with `body`.

    Args:
        body: the raw body.
        secret: the signing secret.
        timestamp: Unix time; now if None.
        content_type: form for commands and actions, `application/json` for events.
    """
    at = str(int(time.time() if timestamp is None else timestamp))
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
    }
