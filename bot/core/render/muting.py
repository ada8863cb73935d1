"""What is muted, in a few words, and the notice that a mute is over."""

from __future__ import annotations

from bot.core.models import Message, Rule
from bot.core.render.alert import rule_label
from bot.core.render.markup import code, literal, shorten
from bot.core.render.reply import reply_message

_COLUMNS = 80


def mute_label(what: str, *, rule: Rule | None, story_id: int, title: str, word: str) -> str:
    """Return what is muted as mrkdwn: `xinhuanet.com in NK missiles (W12)`.

    Args:
        what: rule, story, source or term.
        rule: whose alerts; None for a story.
        story_id: which story.
        title: the story's.
        word: the source or the term.
    """
    if what == "story":
        return f"story S{story_id}" + (f" “{literal(shorten(title, _COLUMNS))}”" if title else "")
    named = literal(rule_label(rule)) if rule else "a rule that is gone"
    if what == "source":
        return f"{literal(shorten(word, _COLUMNS))} in {named}"
    if what == "term":
        return f"{code(shorten(word, _COLUMNS))} in {named}"
    return named


def mute_ended_message(label: str, *, number: int, kept: int, what: str, by: str = "") -> Message:
    """Return what whoever muted something is told when that is over.

    Args:
        label: what was muted, as mrkdwn.
        number: the mute's.
        kept: how much it kept silent.
        what: of what: alert, report.
        by: who lifted it before its time, as mrkdwn.
    """
    were = f"1 {what} was" if kept == 1 else f"{kept:,} {what}s were"
    lifted = f", lifted by {by}" if by else ""
    said = [f":bell: The mute of {label} ended{lifted}: {were} kept silent."]
    said += [f"What they were: `/watch mutes M{number}`"] if kept else []
    return reply_message(said)
