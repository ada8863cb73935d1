"""`/watch …` and `/digest …` as functions: Slack, the terminal and the tests share them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from bot.commands.access import take_turn
from bot.commands.alerts import TAKE_BACK, not_useful_pressed, useful_pressed, vote_taken_back
from bot.commands.card import CANCEL, SAVE, TAKE
from bot.commands.catchup import dismiss_held, post_held, resume_refused, show_held
from bot.commands.changes import REMOVE, RESUME, SHARE, UNDO, undo_change
from bot.commands.desk import (
    CONSOLE,
    Asker,
    Channel,
    ConsoleDirectory,
    Desk,
    Directory,
    Reply,
    refuse,
)
from bot.commands.digest import digest, share_digest
from bot.commands.drafts import cancel_draft, save_draft, take_variant
from bot.commands.help import digest_help, help_about, welcome
from bot.commands.line import nearest, tidy
from bot.commands.mutes import UNMUTE, mute_taken_back
from bot.commands.narrow import narrow_pressed
from bot.commands.rules import remove_confirmed, resume
from bot.commands.say import pointed
from bot.commands.schedules import UNDO_SCHEDULE, undo_schedule
from bot.commands.stories import split_pressed
from bot.commands.table import SPELLINGS, VERBS, Verb
from bot.core.models import Message
from bot.core.render import (
    DISMISS,
    NARROW,
    NOT_USEFUL,
    POST_ALL,
    RESUME_CHANNEL,
    SHOW_HELD,
    SPLIT,
    USEFUL,
    code,
    notice_message,
    reply_message,
)
from bot.errors import CommandError, RuleError, WatchdeskError

__all__ = [
    "ACTIONS",
    "REPLACING",
    "SPELLINGS",
    "VERBS",
    "Asker",
    "Channel",
    "ConsoleDirectory",
    "Desk",
    "Directory",
    "Reply",
    "Verb",
    "explained",
    "press",
    "run",
]


def run(desk: Desk, asker: Asker, command: Literal["watch", "digest"], text: str) -> Reply:
    """Carry out one command line.

    Args:
        desk: what it works with.
        asker: who typed it, and where.
        command: which of the two.
        text: what follows the command's name. Slack's `<#C…|…>` may stand in it; its other
            escapes are undone already.

    Raises:
        CommandError: it can't be done; the message is mrkdwn and says what to type.
        RuleError: a query in it can't be read.
        StoreError: the database refused; nothing was saved.
    """
    answer = _digest(desk, asker, text) if command == "digest" else _watch(desk, asker, text)
    return _without_buttons(answer) if asker.user == CONSOLE else answer


def _without_buttons(answer: Reply) -> Reply:
    """Leave out what a terminal can't press; each answer also says what to type."""
    blocks = tuple(block for block in answer.message.blocks if block["type"] != "actions")
    return replace(answer, message=replace(answer.message, blocks=blocks))


def _digest(desk: Desk, asker: Asker, text: str) -> Reply:
    return digest_help() if tidy(text).lower() == "help" else digest(desk, asker, text)


def _watch(desk: Desk, asker: Asker, text: str) -> Reply:
    words = tidy(text)
    if not words:
        return welcome(asker)
    spelling, rest = _verb(words)
    if spelling == "help":
        return help_about(asker, rest)
    if spelling == "digest":
        return digest(desk, asker, rest)
    verb = SPELLINGS.get(spelling)
    if verb is None:
        raise _unknown(asker, spelling, rest)
    if verb.heavy:
        take_turn(desk, asker)
    return verb.run(desk, asker, _untouched(text) if verb.is_raw else rest)


def _untouched(text: str) -> str:
    """Return what follows the first word as it came."""
    return text.lstrip()[len(text.split(maxsplit=1)[0]) :]


def _verb(words: str) -> tuple[str, str]:
    """Return the verb, of two words where there is such a one, in lower case, and the rest."""
    first, _, rest = words.partition(" ")
    second, _, after = rest.strip().partition(" ")
    pair = f"{first} {second}".lower()
    return (pair, after.strip()) if pair in SPELLINGS else (first.lower(), rest.strip())


def _unknown(asker: Asker, word: str, rest: str) -> CommandError:
    if word == "feed":
        add, remove = (SPELLINGS[name].examples[0] for name in ("feed add", "feed remove"))
        return refuse(
            f"What about that feed? `{asker.invoked_as} {add}` or `{asker.invoked_as} {remove}`"
        )
    guess = nearest(word, [*SPELLINGS, "help", "digest"])
    if guess is None:
        line = code(f"{asker.invoked_as} add {word} {rest}".strip())
        return refuse(
            f"I don't know the word {code(word)}. To watch for it: {line}",
            f"All there is: `{asker.invoked_as} help`",
        )
    example = SPELLINGS[guess].examples[0] if guess in SPELLINGS else guess
    return refuse(
        f"I don't know {code(word)}. Did you mean `{guess}`? Like this:",
        code(f"{asker.invoked_as} {example}"),
    )


def _resume_pressed(desk: Desk, asker: Asker, value: str) -> Reply:
    return resume(desk, asker, f"W{value}")


#: What each button does, by its action id; its value carries ids only.
ACTIONS: Mapping[str, Callable[[Desk, Asker, str], Reply]] = {
    UNDO: undo_change,
    REMOVE: remove_confirmed,
    RESUME: _resume_pressed,
    SHARE: share_digest,
    UNDO_SCHEDULE: undo_schedule,
    POST_ALL: post_held,
    SHOW_HELD: show_held,
    DISMISS: dismiss_held,
    RESUME_CHANNEL: resume_refused,
    SPLIT: split_pressed,
    USEFUL: useful_pressed,
    NOT_USEFUL: not_useful_pressed,
    TAKE_BACK: vote_taken_back,
    UNMUTE: mute_taken_back,
    SAVE: save_draft,
    CANCEL: cancel_draft,
    TAKE: take_variant,
    NARROW: narrow_pressed,
}

#: Those whose answer takes the place of the message they stand in; it was the presser's own.
REPLACING = frozenset({UNDO, REMOVE, RESUME, TAKE_BACK, UNMUTE, UNDO_SCHEDULE, SAVE, CANCEL, TAKE})


def press(desk: Desk, asker: Asker, action_id: str, value: str) -> Reply:
    """Carry out a button; errors as for `run`."""
    return ACTIONS[action_id](desk, asker, value)


def explained(error: WatchdeskError) -> Message:
    """Return an error as a message that names the place and the way out."""
    match error:
        case RuleError():
            return reply_message([f":x: {pointed(error)}", "Nothing was saved."])
        case CommandError():
            return reply_message([f":x: {error}"])
        case _:
            return notice_message(str(error))
