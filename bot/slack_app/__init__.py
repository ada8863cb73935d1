"""Slack's side of the commands: Bolt wiring, in Socket Mode or over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.commands import Desk
from bot.config import Environment, Secret
from bot.sinks.slack.files import SlackPictures
from bot.sinks.slack.web_api import open_client
from bot.slack_app.directory import SlackDirectory
from bot.slack_app.front import Front
from bot.slack_app.homes import Homes, keeping_fresh
from bot.slack_app.http import serving_http
from bot.slack_app.listeners import register
from bot.slack_app.socket import serving_socket

__all__ = ["build", "build_app", "serving", "serving_http", "serving_socket"]

POST_TIMEOUT_S = 10.0
WORKERS = 10  #: commands carried out at the same time
_EXTERNAL_LOG = logging.getLogger("bot.slack_app.bolt")
# Never below WARNING: there Bolt and the SDK log what people typed.


def build_app(
    desk: Desk,
    *,
    token: Secret,
    signing_secret: Secret | None,
    api_url: str,
    executor: ThreadPoolExecutor | None = None,
) -> App:
    """Return the Bolt app with all commands, buttons and the home tab; details as for `build`."""
    return build(
        desk, token=token, signing_secret=signing_secret, api_url=api_url, executor=executor
    )[0]


def build(
    desk: Desk,
    *,
    token: Secret,
    signing_secret: Secret | None,
    api_url: str,
    executor: ThreadPoolExecutor | None = None,
) -> tuple[App, Homes]:
    """Return the Bolt app, and the home tabs, which change with what they show.

    No request waits for Slack before it is acknowledged: who the bot is follows from the token.

    Args:
        desk: its directory is replaced by Slack's; it uploads to Slack if nothing else takes charts.
        token: the bot's.
        signing_secret: checks HTTP requests; without it the app serves Socket Mode only.
        api_url: Slack's, or what stands in for it.
        executor: where the work after the acknowledgement runs.
    """
    client = open_client(token.reveal(), api_url, POST_TIMEOUT_S)
    directory = SlackDirectory(client)
    _EXTERNAL_LOG.setLevel(logging.ERROR)  # Bolt warns of a token that it does not need here
    app = App(
        name="watchdesk",
        client=client,
        authorize=_ourselves(token),
        signing_secret=signing_secret.reveal() if signing_secret else "",
        request_verification_enabled=signing_secret is not None,
        logger=_EXTERNAL_LOG,
        listener_executor=executor or ThreadPoolExecutor(WORKERS, thread_name_prefix="command"),
    )
    _EXTERNAL_LOG.setLevel(logging.WARNING)
    pictures = desk.pictures or SlackPictures(token, api_url)
    desk = replace(desk, directory=directory, pictures=pictures)
    return app, register(app, Front(desk, directory, client, api_url))


def _ourselves(token: Secret) -> Callable[..., AuthorizeResult]:
    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=token.reveal()
        )

    return authorize


def at_slack(desk: Desk, environment: Environment) -> Desk:
    """Return a desk that asks Slack who may know what, and takes charts there, app or no app."""
    token, api_url = environment.slack_bot_token, environment.slack_api_url
    assert token is not None
    directory = SlackDirectory(open_client(token.reveal(), api_url, POST_TIMEOUT_S))
    return replace(desk, directory=directory, pictures=SlackPictures(token, api_url))


@contextmanager
def serving(desk: Desk, *, environment: Environment, port: int) -> Iterator[App]:
    """Serve while inside: Socket Mode if there is an app token, else HTTP on `port`.

    Work in hand is finished on the way out.

    Raises:
        ConfigError: Slack refuses the app token.
    """
    assert environment.slack_bot_token is not None
    with ExitStack() as stack:
        executor = stack.enter_context(ThreadPoolExecutor(WORKERS, thread_name_prefix="command"))
        app, homes = build(
            desk,
            token=environment.slack_bot_token,
            signing_secret=environment.slack_signing_secret,
            api_url=environment.slack_api_url,
            executor=executor,
        )
        stack.enter_context(keeping_fresh(homes))
        if environment.slack_app_token:
            stack.enter_context(
                serving_socket(app, environment.slack_app_token, logger=_EXTERNAL_LOG)
            )
        else:
            assert environment.slack_signing_secret is not None
            stack.enter_context(serving_http(app, port=port))
        yield app
