"""Feeds in trouble by command: one that moved, one that had ended, a flood that waits."""

from __future__ import annotations

from bot import health
from bot.commands.desk import CONSOLE, Asker, Desk, Reply, refuse, reply
from bot.commands.feeds import admins_only, fetch_feed, find_known, titled
from bot.commands.line import first_word, tidy
from bot.commands.say import count
from bot.config.values import WrongError, same_url, web_url
from bot.core.models import DeliveryState
from bot.core.render import code, escape
from bot.core.render.health import flood_over_message
from bot.health import Ward
from bot.store.changes import FEED
from bot.store.deliveries import delivery_id
from bot.store.feeds import KnownFeed
from bot.store.troubles import Trouble


def ward(desk: Desk) -> Ward:
    """Return what looking after feeds needs, now."""
    return Ward(desk.store, desk.book, desk.clock(), desk.admins)


def resume(desk: Desk, asker: Asker, text: str) -> Reply:
    """Ask again for a feed that its publisher had ended."""
    admins_only(desk, asker, "resume")
    known = _one(desk, asker, text, "feed resume F7")
    feed = known.feed
    if known.state.stopped_at is None:
        raise refuse(f"`F{feed.id}` {titled(feed)} is being asked for; nothing to resume.")
    now = desk.clock()
    with desk.store.transaction():
        desk.store.feeds.resume(feed.id, now=now)
        desk.store.changes.note(FEED, feed.id, "resumed", who=asker.user, now=now)
        health.returned(ward(desk), feed)
    return reply(
        f":arrow_forward: Asking for `F{feed.id}` {titled(feed)} again, now.",
        f"How it went: `{asker.invoked_as} feeds failing`",
    )


def move(desk: Desk, asker: Asker, text: str) -> Reply:
    """Read a feed elsewhere from now on: where it says it moved, or where the asker says."""
    admins_only(desk, asker, "move")
    word, given = first_word(tidy(text))
    known = _one(desk, asker, word, "feed move F7 https://example.org/news")
    feed = known.feed
    if not given and known.state.moved_to is None:
        raise refuse(
            f"`F{feed.id}` {titled(feed)} does not say that it moved. If you know where to: "
            + code(f"{asker.invoked_as} feed move F{feed.id} https://example.org/feed.xml")
        )
    address = _address(given) if given else known.state.moved_to or ""
    _not_watched(desk, known, address)
    found = fetch_feed(desk, address)
    now = desk.clock()
    with desk.store.transaction():
        desk.store.feeds.move(feed.id, address, now=now)
        desk.store.changes.note(FEED, feed.id, "moved", who=asker.user, now=now, detail=address)
        health.settle_move(ward(desk), feed, address)
        health.returned(ward(desk), feed)
    return reply(
        f":truck: `F{feed.id}` {titled(feed)} is now read at {code(address)}",
        f"{count(len(found.entries), 'entry', 'entries')} there. It stays the same feed: what it "
        "brought before is no news.",
    )


def post(desk: Desk, asker: Asker, text: str) -> Reply:
    """Post here what waits of a feed's flood."""
    known = _one(desk, asker, text, "feed post F7")
    feed = known.feed
    floods = [
        flood
        for flood in desk.store.troubles.all_standing()
        if (flood.feed_id, flood.kind) == (feed.id, "flood")
        and (asker.user == CONSOLE or asker.channel in flood.channels)
    ]
    with desk.store.transaction():
        posted = sum(_let_go(desk, known, flood) for flood in floods)
    if not posted:
        raise refuse(f"Nothing of `F{feed.id}` {titled(feed)} waits in this channel.")
    return reply(f":ocean: {count(posted, 'alert')} of `F{feed.id}` {titled(feed)} being posted.")


def _let_go(desk: Desk, known: KnownFeed, flood: Trouble) -> int:
    now, outbox, posted = desk.clock(), desk.store.deliveries, 0
    for channel in flood.channels:
        notice = delivery_id(channel, flood.subject, "notice")
        here = outbox.let_go(notice, DeliveryState.PENDING, now=now, tried_at=None)
        message = flood_over_message(known.feed, posted=here)
        outbox.tell(channel, flood.subject, message, now=now)
        posted += here
    desk.store.troubles.end(flood, now=now)
    return posted


def _one(desk: Desk, asker: Asker, text: str, example: str) -> KnownFeed:
    known = find_known(desk, tidy(text))
    if known is None:
        raise refuse(
            f"There is no feed {code(text.strip())}." if text.strip() else "Which feed?",
            f"Like this: `{asker.invoked_as} {example}`. All feeds: `{asker.invoked_as} feeds`",
        )
    return known


def _address(given: str) -> str:
    try:
        return web_url(given if "://" in given else f"https://{given}")
    except WrongError as wrong:
        raise refuse(f"{code(given)}: {escape(wrong.message)}. {escape(wrong.fix)}.") from None


def _not_watched(desk: Desk, known: KnownFeed, address: str) -> None:
    for other in desk.store.feeds.all():
        if other.feed.id != known.feed.id and same_url(other.address) == same_url(address):
            raise refuse(
                f"{code(address)} is watched already, as `F{other.feed.id}` {titled(other.feed)}."
            )
