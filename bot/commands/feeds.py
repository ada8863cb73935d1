"""Feeds by command: the list, adding one by its own address or its page's, removing one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot import health
from bot.commands.desk import Asker, Desk, Reply, is_person, refuse, reply
from bot.commands.line import first_word, numbered, tidy
from bot.commands.say import count
from bot.config.values import WrongError, same_url, web_url
from bot.core.models import Feed, ParsedFeed
from bot.core.render import code, escape, link, literal, moment, registered_domain, shorten
from bot.errors import CommandError, FeedError
from bot.feeds.discover import feed_links
from bot.feeds.fetch import Fetched, FetchFailed, FetchRequest
from bot.health import Ward
from bot.store.changes import FEED
from bot.store.feeds import KnownFeed

STALE = timedelta(days=60)
MOST_AT_ONCE = 10
_MOST_CANDIDATES = 5
_RECENT = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  #: next_poll_at of a feed to be polled at once


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that can be read, and where."""

    url: str
    parsed: ParsedFeed
    on_page: bool = False  #: named by the page at the address that was given


# ── listing ───────────────────────────────────────────────────────────────────


def list_feeds(desk: Desk, asker: Asker, text: str) -> Reply:
    """List the feeds, those in trouble first; `failing`, `quiet`, or words of one."""
    feeds = desk.store.feeds.all()
    if not feeds:
        return reply(
            "No feeds yet. Add the first one:",
            code(f"{asker.invoked_as} feed add https://example.org/feed.xml"),
        )
    words = tidy(text).lower()
    quiet = quiet_feeds(desk, {known.feed.id for known in feeds})
    failing = {known.feed.id for known in feeds if fails(known)}
    chosen = [known for known in feeds if _is_meant(known, words, failing, quiet)]
    if not chosen:
        what = _NONE.get(words, f"No feed matches {code(text)}.")
        return reply(f"{what} All of them: `{asker.invoked_as} feeds`")
    chosen.sort(key=lambda known: (known.feed.id not in failing, known.feed.id not in quiet))
    head = f"*{count(len(chosen), 'feed')}*" + (
        f" of {len(feeds):,}" if len(chosen) < len(feeds) else ""
    )
    silent = f", {len(quiet):,} unusually quiet" if quiet else ""
    here = sum(known.feed.id in failing for known in chosen)
    skips = _skips(desk)
    return reply(
        f"{head}, {here:,} failing{silent}",
        *(
            _row(known, asker, quiet.get(known.feed.id)) + skips.get(known.feed.id, "")
            for known in chosen
        ),
    )


_NONE = {"failing": "No feed fails.", "quiet": "No feed is unusually quiet."}


def _is_meant(
    known: KnownFeed, words: str, failing: Collection[int], quiet: Collection[int]
) -> bool:
    if words in _NONE:
        return known.feed.id in (failing if words == "failing" else quiet)
    return _says(known, words)


def fails(known: KnownFeed) -> bool:
    """Say whether a feed fails, or was ended by its publisher."""
    return bool(known.state.failures or known.state.stopped_at)


def quiet_feeds(desk: Desk, watched: Collection[int]) -> dict[int, datetime]:
    """Return since when feeds that are watched have been unusually quiet."""
    return {
        feed_id: trouble.since
        for trouble in desk.store.troubles.all_standing()
        if trouble.kind == "quiet" and (feed_id := trouble.feed_id) and feed_id in watched
    }


def _skips(desk: Desk) -> dict[int, str]:
    """Return a note for feeds that may have published what nobody saw, in the last week."""
    gaps = Counter(gap.feed_id for gap in desk.store.feeds.gaps(desk.clock() - _RECENT))
    return {
        feed_id: f" · :hole: {count(number, 'possible gap')} in 7 days"
        for feed_id, number in gaps.items()
    }


def _says(known: KnownFeed, words: str) -> bool:
    feed = known.feed
    text = " ".join((feed.title, feed.url, *feed.tags)).lower()
    return all(word in text for word in words.split())


def _row(known: KnownFeed, asker: Asker, quiet_since: datetime | None) -> str:
    tags = f" · {literal(', '.join(known.feed.tags))}" if known.feed.tags else ""
    state = state_of(known, asker, quiet_since=quiet_since)
    return f"`F{known.feed.id}` {titled(known.feed)}{tags} · {state}"


def titled(feed: Feed) -> str:
    """Return a feed's title, linked, with its domain."""
    domain = registered_domain(feed.url)
    title = feed.title or domain or feed.url
    shown = link(shorten(title, 60), feed.url)
    return shown if title == domain else f"{shown} ({literal(domain)})"


def state_of(known: KnownFeed, asker: Asker, *, quiet_since: datetime | None = None) -> str:
    """Return how a feed is doing, in words: ok, failing, quiet, moved?, stopped."""
    return _condition(known, asker, quiet_since) + _whereabouts(known, asker)


def _condition(known: KnownFeed, asker: Asker, quiet_since: datetime | None) -> str:
    state = known.state
    if not known.feed.enabled:
        return f"switched off in {literal(known.feed.origin)}"
    reason = literal(shorten(state.last_error or "no reason known", 120))
    if state.stopped_at:
        return (
            f":octagonal_sign: stopped {moment(state.stopped_at, asker.local)}: {reason}. "
            f"Try again: `{asker.invoked_as} feed resume F{known.feed.id}`"
        )
    if state.failures:
        since = f" since {moment(state.failing_since, asker.local)}" if state.failing_since else ""
        times = count(state.failures, "time")
        return f":warning: failing{since}: {reason} ({times} in a row{_next(known, asker)})"
    if state.last_ok_at is None:
        return "not polled yet"
    if quiet_since:
        return f":zzz: quiet since {moment(quiet_since, asker.local)}, longer than usual"
    newest = (
        f", newest entry {moment(state.last_entry_at, asker.local)}" if state.last_entry_at else ""
    )
    return f"ok {moment(state.last_ok_at, asker.local)}{newest}"


def _whereabouts(known: KnownFeed, asker: Asker) -> str:
    state = known.state
    if state.moved_to:
        agree = f"`{asker.invoked_as} feed move F{known.feed.id}`"
        return f" · :truck: moved? It says so, to {code(state.moved_to)}: {agree}"
    return f" · read at {code(state.address)}" if state.address else ""


def _next(known: KnownFeed, asker: Asker) -> str:
    due = known.state.next_poll_at
    return f", next try {moment(due, asker.local)}" if due and due > _EPOCH else ""


# ── adding ────────────────────────────────────────────────────────────────────


def add(desk: Desk, asker: Asker, text: str) -> Reply:
    """Watch feeds, given by their own address or that of a page that names one."""
    admins_only(desk, asker, "add")
    urls = tidy(text).split()
    if not urls:
        raise refuse(
            "Which feed? Its address, or that of a page which has one:",
            code(f"{asker.invoked_as} feed add https://example.org/news"),
        )
    if len(urls) > MOST_AT_ONCE:
        raise refuse(f"At most {MOST_AT_ONCE} at once, please; these are {len(urls)}.")
    if len(urls) == 1:
        return reply(*_add_one(desk, asker, urls[0]))
    return reply(*(_briefly(desk, asker, url) for url in urls))


def _briefly(desk: Desk, asker: Asker, url: str) -> str:
    try:
        return _add_one(desk, asker, url)[0]
    except CommandError as error:
        return f":x: {str(error).splitlines()[0]}"


def _add_one(desk: Desk, asker: Asker, given: str) -> list[str]:
    """Save one feed and return what to say about it.

    Raises:
        CommandError: no address, nothing to read there, or watched already.
    """
    try:
        url = web_url(given if "://" in given else f"https://{given}")
    except WrongError as wrong:
        raise refuse(f"{code(given)}: {escape(wrong.message)}. {escape(wrong.fix)}.") from None
    _refuse_known(desk, asker, url)
    found, others = _find(desk, url)
    if found.url != url:
        _refuse_known(desk, asker, found.url)
    feed = Feed(
        url=found.url,
        title=found.parsed.title,
        lang=found.parsed.language,
        every_s=desk.feed_every_s,
        origin=asker.user,
    )
    now = desk.clock()
    with desk.store.transaction():
        number = desk.store.feeds.add(feed, now=now)
        desk.store.changes.note(FEED, number, "added", who=asker.user, now=now, detail=feed.url)
    at = f" (found on that page: {code(found.url)})" if found.on_page else ""
    return [
        f":white_check_mark: Watching `F{number}` {titled(feed)}{at}",
        _contents(found.parsed, asker, desk.clock()),
        "Its present entries are recorded at the first poll, without alerts; new ones count.",
        "Other feeds there: " + ", ".join(map(code, others)) if others else "",
    ]


def _refuse_known(desk: Desk, asker: Asker, url: str) -> None:
    for known in desk.store.feeds.all():
        if same_url(url) in (same_url(known.feed.url), same_url(known.address)):
            raise refuse(
                f"`F{known.feed.id}` {titled(known.feed)} is watched already: "
                f"{state_of(known, asker)}.",
                f"All feeds: `{asker.invoked_as} feeds`",
            )


def _find(desk: Desk, url: str) -> tuple[Found, list[str]]:
    """Return the feed at an address or named by the page there, and the page's other feeds."""
    document = _fetch(desk, url)
    try:
        return Found(document.moved_to or url, _read(desk, document)), []
    except FeedError as error:
        candidates = list(dict.fromkeys(feed_links(document.body, document.url)))
        for at, candidate in enumerate(candidates[:_MOST_CANDIDATES]):
            if found := _try(desk, candidate):
                others = [other for other in candidates if other != candidates[at]]
                return found, others[:_MOST_CANDIDATES]
        named = " and names no feed that can be read" if candidates else " and names no feed"
        raise refuse(
            f"{code(url)} is no feed{named}: {escape(str(error))}",
            "Look for “RSS” or “Feed” on the site and give me that address.",
        ) from None


def _try(desk: Desk, url: str) -> Found | None:
    try:
        document = _fetch(desk, url)
        return Found(document.moved_to or url, _read(desk, document), on_page=True)
    except (CommandError, FeedError):
        return None


def _read(desk: Desk, document: Fetched) -> ParsedFeed:
    return desk.read(document.body, url=document.url, content_type=document.content_type)


def _fetch(desk: Desk, url: str) -> Fetched:
    """Fetch one address once.

    Raises:
        CommandError: nothing came back; says why.
    """
    request = FetchRequest(url=url, etag=None, last_modified=None, tag=0)
    for _, result in desk.fetcher.fetch([request], now=desk.clock()):
        if isinstance(result, Fetched):
            return result
        reason = result.reason if isinstance(result, FetchFailed) else "an empty answer"
        raise refuse(
            f"{code(url)} can't be read: {escape(reason)}. Nothing was saved.",
            "Open it in a browser: if it works there, the site may refuse programs.",
        )
    raise AssertionError("a request has an answer")  # pragma: no cover


def fetch_feed(desk: Desk, url: str) -> ParsedFeed:
    """Fetch and read the feed at an address.

    Raises:
        CommandError: there is none; nothing was saved.
    """
    try:
        return _read(desk, _fetch(desk, url))
    except FeedError as error:
        raise refuse(f"{code(url)} is no feed: {escape(str(error))} Nothing was saved.") from None


def _contents(parsed: ParsedFeed, asker: Asker, now: datetime) -> str:
    dates = [entry.published or entry.updated for entry in parsed.entries]
    newest = max((at for at in dates if at), default=None)
    said = count(len(parsed.entries), "entry", "entries")
    if newest:
        said += f", newest {moment(newest, asker.local)}"
    if not parsed.entries:
        said += " :warning: It is empty now."
    elif newest is None:
        said += ", without dates: entries count from when I first see them"
    elif now - newest > STALE:
        said += f" :warning: Nothing new for {(now - newest).days:,} days: it may be abandoned."
    return said


# ── removing ──────────────────────────────────────────────────────────────────


def remove(desk: Desk, asker: Asker, text: str) -> Reply:
    """Stop polling a feed; what it brought stays."""
    admins_only(desk, asker, "remove")
    word, rest = first_word(tidy(text))
    known = find_known(desk, word) if word and not rest else None
    if known is None:
        raise refuse(
            f"There is no feed {code(text.strip())}." if text.strip() else "Which feed?",
            f"Like this: `{asker.invoked_as} feed remove F7`. All feeds: `{asker.invoked_as} feeds`",
        )
    feed = known.feed
    if not is_person(feed.origin) and feed.origin.endswith((".yaml", ".yml", ".json")):
        raise refuse(
            f"`F{feed.id}` {titled(feed)} stands in {literal(feed.origin)}: "
            "remove it there, or write `enabled: false` under it, and restart."
        )
    now = desk.clock()
    with desk.store.transaction():
        desk.store.feeds.remove(feed.id, now=now)
        health.dropped(Ward(desk.store, desk.book, now, desk.admins), feed)
        desk.store.changes.note(FEED, feed.id, "removed", who=asker.user, now=now, detail=feed.url)
    return reply(
        f":wastebasket: No longer watching `F{feed.id}` {titled(feed)}. Its entries stay.",
        f"Back again: {code(f'{asker.invoked_as} feed add {feed.url}')}",
    )


def find_known(desk: Desk, word: str) -> KnownFeed | None:
    """Return the feed of an id or address, if it is watched."""
    number = numbered(word, "F")
    try:
        address = same_url(web_url(word)) if number is None else ""
    except WrongError:
        return None
    return next(
        (
            known
            for known in desk.store.feeds.all()
            if known.feed.id == number
            or (address and address in (same_url(known.feed.url), same_url(known.address)))
        ),
        None,
    )


def admins_only(desk: Desk, asker: Asker, verb: str) -> None:
    """Refuse whoever may not manage feeds."""
    if not desk.is_admin(asker):
        raise refuse(
            f"Feeds are for admins to {verb}, since everybody's rules read them.",
            "Ask a workspace admin, or whoever runs the bot to put you under "
            "`settings: admins:` in feeds.yaml.",
        )
