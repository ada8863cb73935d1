"""`RawFeed` → `ParsedFeed`: plain text, absolute links, UTC dates, one key per entry."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice, pairwise
from urllib.parse import urlsplit

from bot.core.identity import entry_key
from bot.core.models import Entry, ParsedFeed
from bot.core.text import strip_controls
from bot.errors import FeedError
from bot.feeds.clean import MAX_SUMMARY, MAX_TITLE, plain_text, shortened, without_tail
from bot.feeds.dates import parse_date
from bot.feeds.guard import MAX_ENTRIES
from bot.feeds.links import http_link
from bot.feeds.raw import Markup, RawDate, RawEntry, RawFeed

_MAX_NAMES = 20
_MAX_NAME = 100
_STAND_IN = 80  #: characters of the summary that serve as the title of an entry without one
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")
#: A bridge that fails publishes its failure as an entry.
_BRIDGE_ERROR = re.compile(r"Bridge returned error -?\d+", re.IGNORECASE)
#: What other makers of feeds put in place of all entries: only as a whole title, and alone.
_STATUS = (
    r"(?:Bad Request|Unauthorized|Forbidden|(?:Page )?Not Found|Too Many Requests|Bad Gateway|"
    r"Internal (?:Server )?Error|Service (?:Temporarily )?Unavailable|Gateway Time-?out|"
    r"Access Denied)"
)
_ONLY_ERROR = re.compile(
    rf"(?:(?:HTTP[ /]?|Error:? |Status:? |Code:? )+[45]\d\d[\s:!.–—-]*{_STATUS}?"
    rf"|[45]\d\d[\s:.–—-]+{_STATUS}|(?:Error: ?)?{_STATUS}"
    r"|RSS reader not yet whitelisted|Just a moment|Attention Required! \| Cloudflare"
    r"|(?:This |Your |The )?feed (?:has |is |was )?(?:expired|unavailable|not (?:found|available)"
    r"|no longer available|suspended|disabled)"
    r"|(?:Failed|Unable|Could not|Error)(?: to|:)? (?:fetch|load|retrieve|pars)(?:e|ing)?"
    r" (?:the |this |your )?(?:feed|page|source|content|website|url)\b.{0,100}"
    r"|(?:Log.?in|Sign.?in|Captcha|Authentication) (?:is )?required|Please (?:log|sign) in"
    r"|(?:API )?rate limit(?:ed)?(?: exceeded| reached)?)[\s.!…]*",
    re.IGNORECASE,
)
_DESCENDING = 0.9  #: of neighbours; a notice pinned to the top may be out of order


def finish(raw: RawFeed, *, url: str, problems: Iterable[str] = ()) -> ParsedFeed:
    """Return the feed as everything after the parser sees it.

    Args:
        raw: the document as written.
        url: where it came from; what its relative links start from.
        problems: what was odd so far.

    Raises:
        FeedError: it holds nothing but an error message, or too many entries to know the newest.
    """
    odd: Counter[str] = Counter()
    told = (_entry(entry, url, odd) for entry in raw.entries)
    entries = _without_bridge_errors([entry for entry in told if entry], odd)
    if raw.cut:
        _require_newest_first(entries)
        odd[f"more than {MAX_ENTRIES:,} entries: the older ones were not read"] += 1
    return ParsedFeed(
        title=_line(raw.title, MAX_TITLE),
        url=http_link(raw.link, url),
        language=_language(raw.language),
        ttl_s=raw.ttl_s,
        skip_hours=raw.skip_hours,
        entries=tuple(_with_own_keys(entries, odd)),
        problems=(*problems, *_in_words(odd)),
    )


def _in_words(odd: Counter[str]) -> Iterator[str]:
    return (f"{count} × {what}" if count > 1 else what for what, count in odd.items())


# ── one entry ─────────────────────────────────────────────────────────────────


def _entry(raw: RawEntry, base: str, odd: Counter[str]) -> Entry | None:
    title = _line(raw.title, MAX_TITLE)
    summary = _summary(raw.summaries)
    link = _link(raw.link, base)
    if raw.link and link is None:
        odd["a link that leads nowhere on the web was dropped"] += 1
    guid = _clean_key(raw.guid)
    if not (title or summary or link or guid):
        odd["an entry with nothing in it was left out"] += 1
        return None
    published = _date(raw.published, odd)
    title = title or shortened(summary, _STAND_IN) or shortened(link or "(no title)", MAX_TITLE)
    return Entry(
        key=entry_key(guid=guid, url=link, title=title, published=published),
        title=title,
        summary=summary,
        url=link,
        authors=_names(raw.authors),
        tags=_names(raw.tags),
        published=published,
        updated=_date(raw.updated, odd),
        lang=_language(raw.lang),
        outlet=_line(raw.outlet, _MAX_NAME),
    )


def _link(written: str, base: str) -> str | None:
    """Return where an entry can be read; never an address that looks like another's."""
    link = http_link(written, base)
    return (
        None if link and "@" in urlsplit(link).netloc else link
    )  # https://good.example@evil.example


def _line(markup: Markup, limit: int) -> str:
    return shortened(plain_text(markup.value, is_html=markup.is_html), limit)


def _summary(candidates: Iterable[Markup]) -> str:
    for markup in candidates:
        if text := without_tail(plain_text(markup.value, is_html=markup.is_html)):
            return shortened(text, MAX_SUMMARY)
    return ""


def _clean_key(guid: str) -> str:
    return strip_controls(guid.encode("utf-8", "replace").decode()).strip()


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct names with anything in them, in order."""
    lines = (_line(Markup(name), _MAX_NAME) for name in islice(names, _MAX_NAMES * 5))
    return tuple(dict.fromkeys(line for line in lines if line))[:_MAX_NAMES]


def _date(raw: RawDate, odd: Counter[str]) -> datetime | None:
    if not raw.text.strip():
        return None
    parsed = parse_date(raw.text)
    if parsed is None:
        if raw.fallback is None:
            odd["a date that can't be read"] += 1
        return raw.fallback
    if parsed.assumed_utc:
        odd["a date without a zone, taken as UTC"] += 1
    return parsed.when


def _language(text: str) -> str | None:
    """Return a BCP 47 tag in its usual letter case: en, en-GB, zh-Hant-TW."""
    found = _LANGUAGE.match(text.strip())
    if not found:
        return None
    language, script, region = found.groups()
    tag = [language.lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in tag if part)


# ── all entries ───────────────────────────────────────────────────────────────


def _without_bridge_errors(entries: list[Entry], odd: Counter[str]) -> list[Entry]:
    sound = [entry for entry in entries if not _BRIDGE_ERROR.match(entry.title)]
    if len(sound) == 1 and _ONLY_ERROR.fullmatch(sound[0].title):
        sound = []
    if entries and not sound:
        raise FeedError(f"the bridge that makes this feed fails: “{entries[0].title}”")
    if len(sound) < len(entries):
        odd["a bridge's error message was left out"] += len(entries) - len(sound)
    return sound


def _require_newest_first(entries: list[Entry]) -> None:
    """Refuse a document cut after its first entries unless the others are plainly older.

    Raises:
        FeedError: they are not, or there is no telling: what is new would never be seen.
    """
    dates = [when for entry in entries if (when := entry.published or entry.updated)]
    down = sum(later >= earlier for later, earlier in pairwise(dates))
    if len(dates) <= len(entries) / 2 or dates[0] == dates[-1] or down < _DESCENDING * len(dates):
        raise FeedError(
            f"more than {MAX_ENTRIES:,} entries, not newest first: what is new would be missed"
        )


def _with_own_keys(entries: list[Entry], odd: Counter[str]) -> Iterator[Entry]:
    """Give each entry a key of its own: the first keeps it, others get `#` and a short hash."""
    told: set[tuple[str, str | None, str]] = set()
    taken: set[str] = set()
    for entry in entries:
        if (what := (entry.key, entry.url, entry.title)) in told:
            odd["an entry that is in the document twice"] += 1
            continue
        told.add(what)
        key = next(key for key in _keys(entry) if key not in taken)
        taken.add(key)
        if key == entry.key:
            yield entry
        else:
            odd["a guid used for different entries"] += 1
            yield replace(entry, key=key)


def _keys(entry: Entry) -> Iterator[str]:
    yield entry.key
    # First the link alone: where it is the entry's own, a new title is an update.
    for telling in (entry.url or entry.title, f"{entry.url}\n{entry.title}", f"{entry!r}"):
        yield f"{entry.key}#{hashlib.sha256(telling.encode()).hexdigest()[:8]}"
