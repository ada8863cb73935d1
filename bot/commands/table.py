"""Every verb: what it is called, what it takes, what carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.commands import (
    alerts,
    channels,
    entities,
    feed_care,
    feeds,
    history,
    lint,
    listing,
    mutes,
    rules,
    share,
    spikes,
    stats,
    status,
    stories,
    transfer,
    trial,
    why,
)
from bot.commands.desk import Asker, Desk, Reply

Run = Callable[[Desk, Asker, str], Reply]


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can be asked."""

    name: str
    run: Run
    usage: str  #: what follows the name
    says: str  #: one line for the listing
    examples: tuple[str, ...]  #: what follows `/watch`
    more: tuple[str, ...] = ()  #: lines of mrkdwn for `help <verb>`
    aliases: tuple[str, ...] = ()
    is_raw: bool = False  #: takes its text as it came, line breaks, curly quotes and all
    heavy: bool = False  #: looks through all that is stored, or fetches: paced per person


_OPTIONS = (
    'Options: `in:#channel`, `name:"…"`, `level:info`, `level:urgent` or `level:flash`, '
    "`mode:digest` for no alerts, `outlets:2`, `threads:off`, `quiet:22:00-07:00`."
)
_QUERY = (
    (
        'Words side by side must all occur; `OR`, `( )`, `-word`, `"a phrase"`, `launch*`, '
        "`missile NEAR/5 sohae`, `case:US`, and `/regex/i` beside a word."
    ),
    'Fields: `actor:` `location:` `source:` `title:` `tag:` `lang:`, as in `actor:"Kim Jong Un"`.',
    _OPTIONS,
)

VERBS: tuple[Verb, ...] = (
    Verb(
        "add",
        rules.add,
        'words and fields [in:#channel] [name:"…"] [level:urgent]',
        "watch for something new; shows what it would have caught, and asks",
        (
            'add missile base* location:"North Korea" -football',
            'add actor:"Kim Jong Un" (launch* OR test*) level:urgent name:"Kim and launches"',
            "add landmine* in:#dmz",
        ),
        more=(*_QUERY[:-1], _QUERY[-1] + " `yes` as the last word saves at once."),
        aliases=("new", "watch", "sub", "subscribe"),
        is_raw=True,
        heavy=True,
    ),
    Verb(
        "test",
        trial.test,
        "the same as add",
        "try a rule on the last 14 days; nothing is saved before you press Save",
        ('test missile base* location:"North Korea"',),
        more=_QUERY,
        aliases=("try", "preview"),
        is_raw=True,
        heavy=True,
    ),
    Verb(
        "list",
        listing.list_rules,
        "[mine | all | #channel]",
        "the rules of this channel and yours",
        ("list", "list all", "list #nk-alerts"),
        aliases=("ls", "rules"),
    ),
    Verb(
        "show", listing.show, "W12", "one rule with all about it", ("show W12",), aliases=("info",)
    ),
    Verb(
        "edit",
        rules.edit,
        "W12 words, fields and options",
        "change a rule",
        ("edit W12 missile* location:Sohae", "edit W12 +launch -opinion", "edit W12 level:flash"),
        more=(
            (
                "A query replaces the old one, once you press Save or write `yes` as the last word; "
                "options alone change only themselves, at once."
            ),
            (
                "If every term starts with `+` or `-`, it narrows the old query: "
                "`+launch` must occur too, `-opinion` must not."
            ),
            _OPTIONS,
        ),
        aliases=("change", "set"),
        is_raw=True,
        heavy=True,
    ),
    Verb(
        "remove",
        rules.remove,
        "W12",
        "stop watching; asks first",
        ("remove W12", "remove W12 yes"),
        aliases=("rm", "del", "delete", "unsub", "unsubscribe"),
    ),
    Verb(
        "undo",
        rules.undo,
        "",
        "bring back the rule you removed last",
        ("undo",),
        aliases=("restore",),
    ),
    Verb(
        "pause",
        rules.pause,
        "W12 [2d | until monday]",
        "silence a rule for a while",
        ("pause W12", "pause W12 4h", "pause W12 until monday"),
        aliases=("snooze",),
    ),
    Verb(
        "resume",
        rules.resume,
        "W12 | #channel",
        "wake a rule, or try a channel again that refused",
        ("resume W12", "resume #nk-alerts"),
        aliases=("unpause",),
    ),
    Verb(
        "mute",
        mutes.mute,
        "W12 | story:S88 | source:xinhua W12 | term:parade W12 [4h | until monday]",
        "keep alerts silent for a while, and count them",
        (
            "mute W12 4h",
            "mute story:S88 1d",
            "mute source:xinhua W12 until monday",
            'mute term:"parade" W12',
        ),
        more=(
            "A rule that is paused catches nothing; what is muted is recorded and counted.",
            "Without a time it holds for ever, which is until `unmute`.",
        ),
    ),
    Verb(
        "unmute",
        mutes.unmute,
        "M3 | W12",
        "hear again what was muted",
        ("unmute M3", "unmute W12"),
    ),
    Verb(
        "mutes",
        mutes.mutes,
        "[M3]",
        "what is muted, and what that kept silent",
        ("mutes", "mutes M3"),
    ),
    Verb(
        "history",
        history.history,
        "[W12 | F7 | #channel]",
        "who changed what, and when",
        ("history", "history W12", "history F7", "history #nk-alerts"),
        aliases=("log",),
    ),
    Verb(
        "export",
        transfer.export,
        "[mine | all | #channel]",
        "rules as YAML, to keep or to move",
        ("export", "export all", "export #nk-alerts"),
    ),
    Verb(
        "import",
        transfer.import_rules,
        "rules as YAML below it",
        "add and change rules as YAML says",
        ("import [{keywords: [minefield*]}]",),
        more=(
            "The shape is that of `export`, and of `rules:` in feeds.yaml. Line breaks: Shift+Enter.",
            "A rule is known by its name and channel: the same one is changed, another one added.",
        ),
        is_raw=True,
        heavy=True,
    ),
    Verb(
        "why",
        why.why,
        "link | words of a title",
        "why something was, or was not, alerted",
        ("why https://example.org/2018/11/report", "why undeclared missile bases"),
        heavy=True,
    ),
    Verb(
        "judge",
        alerts.judge,
        "S88 useful | not useful",
        "say whether a story's alert was useful",
        ("judge S88 useful", "judge S88 not useful"),
    ),
    Verb(
        "share",
        share.share,
        "S88 #channel",
        "post a story's alert in another channel",
        ("share S88 #nk-alerts",),
    ),
    Verb(
        "stats",
        stats.stats,
        "[W12] [30d]",
        "how many alerts, how useful, from which sources",
        ("stats", "stats W12", "stats W12 7d"),
    ),
    Verb(
        "lint",
        lint.lint,
        "[W12 | mine | all | #channel | weekly off]",
        "what is to mend in rules: too common, silent or needless",
        ("lint", "lint W12", "lint mine", "lint #nk-alerts", "lint weekly off", "lint weekly on"),
        aliases=("check",),
        heavy=True,
    ),
    Verb(
        "feeds",
        feeds.list_feeds,
        "[failing | quiet | words]",
        "the feeds and how they are",
        ("feeds", "feeds failing", "feeds quiet", "feeds yonhap"),
        aliases=("sources",),
    ),
    Verb(
        "feed add",
        feeds.add,
        "address [address …]",
        "watch a feed, by its address or its page's (admins)",
        ("feed add https://example.org/news",),
        aliases=("feeds add", "feed new"),
        heavy=True,
    ),
    Verb(
        "feed remove",
        feeds.remove,
        "F7 | address",
        "stop watching a feed (admins)",
        ("feed remove F7",),
        aliases=("feeds remove", "feed rm", "feed del", "feed delete", "feeds rm"),
    ),
    Verb(
        "feed move",
        feed_care.move,
        "F7 [address]",
        "read a feed where it says it moved, or elsewhere (admins)",
        ("feed move F7", "feed move F7 https://example.org/news"),
        aliases=("feeds move",),
        heavy=True,
    ),
    Verb(
        "feed resume",
        feed_care.resume,
        "F7",
        "ask again for a feed that had ended (admins)",
        ("feed resume F7",),
        aliases=("feeds resume",),
    ),
    Verb(
        "feed post",
        feed_care.post,
        "F7",
        "post what waits of a feed's flood",
        ("feed post F7",),
        aliases=("feeds post",),
    ),
    Verb(
        "entity",
        entities.show,
        "name",
        "what is known by a name: its names, where it lies, the source",
        ('entity "Sohae"', "entity Kim Jong Un"),
        aliases=("who", "where"),
    ),
    Verb(
        "entity add",
        entities.add,
        'name [alias:"…"] [in:"…"] [kind:actor]',
        "teach an actor or place, or another name for one (admins)",
        (
            'entity add "Sohae" alias:"Tongchang-dong" in:"North Korea"',
            'entity add "Blue Lantern" kind:actor alias:"Lantern network"',
        ),
    ),
    Verb(
        "entity remove",
        entities.remove,
        'name [alias:"…"]',
        "take a name away, or all that the team said (admins)",
        ('entity remove "Sohae" alias:"Tongchang-dong"', 'entity remove "Blue Lantern"'),
        aliases=("entity rm", "entity delete"),
    ),
    Verb(
        "story",
        stories.story,
        "S88",
        "a story's reports, outlets, places and actors",
        ("story S88",),
    ),
    Verb(
        "story split",
        stories.split,
        "link",
        "take a report out of a story it does not belong to",
        ("story split https://example.org/2018/11/report",),
    ),
    Verb(
        "story join",
        stories.join,
        "S88 S91",
        "make two stories one",
        ("story join S88 S91",),
    ),
    Verb(
        "threads",
        stories.threads,
        "[on | quiet | off] [#channel]",
        "how a channel hears of a story's later reports",
        ("threads", "threads quiet", "threads off #nk-alerts"),
    ),
    Verb(
        "spikes",
        spikes.spikes,
        "[on | off] [#channel]",
        "whether a channel hears when something is far more than usual",
        ("spikes", "spikes off", "spikes on #nk-alerts"),
    ),
    Verb(
        "quiet",
        channels.quiet,
        "[22:00-07:00 [zone] | off] [#channel]",
        "when a channel gets no alerts but flash",
        ("quiet", "quiet 22:00-07:00", "quiet 22:00-07:00 Asia/Seoul #nk-alerts", "quiet off"),
    ),
    Verb(
        "budget",
        channels.budget,
        "[12/h | off | default] [#channel]",
        "how many messages a channel takes in an hour",
        ("budget", "budget 12/h", "budget off #nk-alerts", "budget default"),
    ),
    Verb(
        "status",
        status.status,
        "",
        "feeds, deliveries, channels: is all well?",
        ("status",),
        aliases=("health",),
    ),
)

#: Every spelling of a verb.
SPELLINGS: Mapping[str, Verb] = {
    spelling: verb for verb in VERBS for spelling in (verb.name, *verb.aliases)
}
