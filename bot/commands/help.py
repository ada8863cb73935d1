"""What `/watch`, `/watch help` and `/watch help add` say."""

from __future__ import annotations

from bot.commands.changes import ADD_FORM
from bot.commands.desk import Asker, Reply, refuse, reply
from bot.commands.line import nearest, tidy
from bot.commands.table import SPELLINGS, VERBS, Verb
from bot.core.render import Button, code

DIGEST_USAGE = "[24h | 7d | since monday] [W12 | actor:… | location:… | any words] [share]"
DIGEST_EXAMPLES = (
    "",
    "7d",
    'since monday location:"North Korea"',
    "24h W12 share",
    "schedule daily 08:30",
    "schedule weekly monday 08:30 Asia/Seoul in:#nk-alerts W12",
    "schedule off D1",
)


def welcome(asker: Asker) -> Reply:
    """Return what the bare command answers."""
    say = asker.invoked_as
    return reply(
        "I read news feeds and post what your rules look for. Three things to type:",
        code(f'{say} add missile base* location:"North Korea" -football'),
        code(f'{say} test actor:"Kim Jong Un" (launch* OR test*)'),
        code(f"{say} list"),
        f"All there is: `{say} help` · one thing in full: `{say} help add` · the news: `/digest 24h`",
        "Answers are for you alone; alerts and changes of rules show in the channel.",
        buttons=(Button(text="Add rule", action_id=ADD_FORM, style="primary"),),
    )


def help_about(asker: Asker, text: str) -> Reply:
    """List the verbs, or explain one."""
    word = " ".join(tidy(text).lower().split())
    if not word:
        return reply(*(_row(asker, verb) for verb in VERBS), _digest_row())
    if word == "digest":
        return digest_help()
    verb = SPELLINGS.get(word)
    if verb is None:
        guess = nearest(word, SPELLINGS)
        meant = f" Did you mean `{asker.invoked_as} help {guess}`?" if guess else ""
        raise refuse(f"There is no {code(word)}.{meant} All there is: `{asker.invoked_as} help`")
    return _explained(asker, verb)


def _row(asker: Asker, verb: Verb) -> str:
    return f"{code(f'{asker.invoked_as} {verb.name} {verb.usage}')} — {verb.says}"


def _explained(asker: Asker, verb: Verb) -> Reply:
    also = f"Also: {', '.join(code(alias) for alias in verb.aliases)}" if verb.aliases else ""
    examples = (code(f"{asker.invoked_as} {example}") for example in verb.examples)
    return reply(_row(asker, verb), *verb.more, *examples, also)


def _digest_row() -> str:
    return f"{code(f'/digest {DIGEST_USAGE}')} — the stories of a time, ranked"


def digest_help() -> Reply:
    """Explain the digest."""
    return reply(
        _digest_row(),
        "Without a time: the last 24 hours. A query looks through all entries, alerted or not.",
        "`schedule` lets one come by itself; alone, it lists them.",
        *(code(f"/digest {example}") for example in DIGEST_EXAMPLES),
    )
