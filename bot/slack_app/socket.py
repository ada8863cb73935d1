"""Socket Mode: connected while inside, and kept trying when Slack can't be reached."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.config import Secret
from bot.errors import ConfigError, Problem
from bot.log import get_logger
from bot.sinks.slack.errors import Effect, is_code, meaning

log = get_logger(__name__)

RETRY_S = 30.0  #: between attempts; once connected, the SDK reconnects by itself
CLOSE_S = 15.0  #: how long the SDK may take to close; three seconds are usual
_AGAIN_S = 0.1
_FIX = "copy the app-level token (xapp-…, with connections:write) from Basic Information"


@contextmanager
def serving_socket(
    app: App, app_token: Secret, *, logger: logging.Logger, retry_s: float = RETRY_S
) -> Iterator[None]:
    """Serve over Socket Mode while inside.

    Alerts go out meanwhile even if this connection can't be made.

    Args:
        app: what answers.
        app_token: the app-level token.
        logger: for what the SDK has to say.
        retry_s: between attempts to connect.

    Raises:
        ConfigError: Slack refuses the token.
    """
    handler = SocketModeHandler(app, app_token.reveal(), logger=logger)
    handler.client.proxy = app.client.proxy  # the SDK reads HTTPS_PROXY and forgets NO_PROXY
    leaving = threading.Event()
    trying = threading.Thread(
        target=_keep_trying, args=(handler, leaving, retry_s), name="socket-mode", daemon=True
    )
    try:
        if not _connect(handler):
            trying.start()
        yield
    finally:
        leaving.set()
        if trying.ident is not None:
            trying.join()
        _close(handler)


def _keep_trying(handler: SocketModeHandler, leaving: threading.Event, retry_s: float) -> None:
    while not leaving.wait(retry_s):
        try:
            if _connect(handler):
                return
        except ConfigError as error:  # revoked since; the sink will say so too
            log.error("socket mode refused", reason=error)  # noqa: TRY400  the reason says it all


def _connect(handler: SocketModeHandler) -> bool:
    """Connect; False if Slack can't be reached now.

    Raises:
        ConfigError: it can, and refuses the token.
    """
    try:
        handler.connect()  # type: ignore[no-untyped-call]  # Bolt's
    except Exception as error:  # noqa: BLE001 - anything but a refusal may pass
        code = _code(error)
        if is_code(code) and meaning(code).effect is Effect.INSTALLATION:
            raise ConfigError(
                [Problem("SLACK_APP_TOKEN", f"Slack refuses it: {code}", _FIX)]
            ) from None
        log.warning("socket mode not connected", reason=code or type(error).__name__)
        return False
    log.info("socket mode connected")
    return True


def _close(handler: SocketModeHandler) -> None:
    """Close, and tell the SDK's receiver to end until it does.

    A receiver that starts at this very moment takes back the first word, and `close` would wait
    for it for ever.
    """
    closing = threading.Thread(target=handler.close, name="socket-mode-close", daemon=True)
    closing.start()
    for _ in range(round(CLOSE_S / _AGAIN_S)):
        closing.join(_AGAIN_S)
        if not closing.is_alive():
            return
        handler.client.current_session_state.terminated = True
    log.warning("socket mode did not close", seconds=CLOSE_S)


def _code(error: Exception) -> str:
    if not isinstance(error, SlackApiError) or not isinstance(error.response, SlackResponse):
        return ""
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""
