"""How the bot itself is doing: feeds, entries, deliveries, channels that refuse."""

from __future__ import annotations

from datetime import timedelta

from bot.commands.access import may_read
from bot.commands.channels import channel_words
from bot.commands.desk import Asker, Desk, Reply, refuse, reply
from bot.commands.feeds import titled
from bot.core.models import DeliveryState
from bot.core.render import code, literal, moment, shorten
from bot.rulebook import is_paused
from bot.store.channels import INSTALLATION, PausedChannel
from bot.store.feeds import KnownFeed

_MOST_FEEDS = 2
_MOST_CHANNELS = 2
_STATES = (
    (DeliveryState.PENDING, "waiting"),
    (DeliveryState.SENDING, "being sent"),
    (DeliveryState.EDITING, "being brought up to date"),
    (DeliveryState.HELD, "held back, a message in their channel stands for them"),
    (DeliveryState.UNKNOWN, "being looked up: they may have arrived"),
    (DeliveryState.REJECTED, "refused for good (`bot deliver --dead` in the terminal tries again)"),
    (DeliveryState.DISMISSED, "dismissed"),
    (DeliveryState.MUTED, "muted before anybody saw them"),
    (DeliveryState.SENT, "sent"),
)


def status(desk: Desk, asker: Asker, text: str) -> Reply:
    """Say how it all is doing, in at most eight lines."""
    if text.strip():
        raise refuse(f"`{asker.invoked_as} status` takes no words.")
    now = desk.clock()
    feeds = desk.store.feeds.all()
    failing = [known for known in feeds if known.state.failures]
    total, recent = desk.store.entries.counts(since=now - timedelta(hours=24))
    rules = desk.store.rules.live()
    asleep = sum(is_paused(rule, now) for rule in rules)
    return reply(
        f"*Feeds* {len(feeds):,} watched, {len(failing):,} failing · {last_poll(feeds, asker)}",
        *_failing(failing, asker),
        f"*Entries* {recent:,} in 24 h, {total:,} in all",
        f"*Rules* {len(rules):,}{f', {asleep:,} paused' if asleep else ''} · "
        f"here {', '.join(channel_words(desk, asker.channel))}",
        f"*Deliveries* {deliveries_line(desk, asker)}",
        *refusing_lines(desk, asker),
        f":warning: {desk.pictures.trouble}" if desk.pictures and desk.pictures.trouble else "",
    )


def last_poll(feeds: list[KnownFeed], asker: Asker) -> str:
    """Return when a feed answered last."""
    last = max((known.state.last_ok_at for known in feeds if known.state.last_ok_at), default=None)
    return f"last polled {moment(last, asker.local)}" if last else "not polled yet"


def _failing(failing: list[KnownFeed], asker: Asker) -> list[str]:
    worst = sorted(failing, key=lambda known: -known.state.failures)
    lines = [
        f":warning: `F{known.feed.id}` {titled(known.feed)}: "
        f"{literal(shorten(known.state.last_error or 'no reason known', 120))}"
        for known in worst[:_MOST_FEEDS]
    ]
    left = len(failing) - len(lines)
    if left > 0:
        lines[-1] += f" · {left:,} more: `{asker.invoked_as} feeds failing`"
    return lines


def deliveries_line(desk: Desk, asker: Asker) -> str:
    """Return how many deliveries wait, were refused, were sent."""
    counts = desk.store.deliveries.counts()
    said = [f"{counts[state]:,} {words}" for state, words in _STATES if counts[state]]
    quiet, ends = desk.store.deliveries.waiting_quietly()
    if ends:
        said[0] += f" ({quiet:,} for quiet hours, which end {moment(ends, asker.local)})"
    return ", ".join(said) or "none yet"


def refusing_lines(desk: Desk, asker: Asker) -> list[str]:
    """Return which channels refuse messages, why, and what to type."""
    refusing = desk.store.channels.paused()
    everything = [one for one in refusing if one.name == INSTALLATION]
    if everything:
        return [_all_refused(asker, everything[0])]
    paused = [one for one in refusing if may_read(desk, asker, one.name)]
    lines = [_refused(desk, asker, channel) for channel in paused[:_MOST_CHANNELS]]
    if len(paused) > len(lines):
        lines[-1] += f" · {len(paused) - len(lines):,} more channels refuse too"
    return lines


def _all_refused(asker: Asker, refusal: PausedChannel) -> str:
    return (
        f":rotating_light: Slack refuses the bot itself ({literal(refusal.reason)}) since "
        f"{moment(refusal.since, asker.local)}. {refusal.advice} Nothing is lost: it waits."
    )


def _refused(desk: Desk, asker: Asker, channel: PausedChannel) -> str:
    shown = desk.directory.shown(channel.name)
    advice = channel.advice or "Ask a workspace admin."
    where = code(channel.name) if channel.name.startswith("D") else shown
    return (
        f":double_vertical_bar: {shown} refuses ({literal(channel.reason)}) since "
        f"{moment(channel.since, asker.local)}. {advice} Then `{asker.invoked_as} resume` {where}"
    )
