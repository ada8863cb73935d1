"""Whether an entry was seen before: by its key, by its link, or by its title that day.

Outlets change guids, decorate links and serve one entry in several feeds; none of that is news.
What is the same entry again is recorded as a repeat of the first, and never alerts twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.core.identity import canonical_url
from bot.core.models import Entry

_SECOND_LEVEL = {"ac", "co", "com", "edu", "go", "gov", "mil", "ne", "net", "or", "org"}
_MIN_TITLE = 16  #: letters; shorter titles ("Morning briefing") recur without being the same


@dataclass(frozen=True, slots=True)
class Marks:
    """What else, beside its key, an entry may be recognised by."""

    link: str | None  #: canonical link; None for a bare home page
    title: str | None  #: hash of outlet, title and day; None for short titles


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A recorded entry, as far as recognising it needs."""

    id: int
    feed_id: int
    key: str
    marks: Marks
    url: str | None
    title: str
    summary: str
    published: datetime | None
    is_baseline: bool  #: recorded at its feed's first poll, never alerted
    same_as: int | None
    story_id: int


def site(url: str | None) -> str:
    """Return the registrable domain of a URL, near enough: `bbc.co.uk` of `feeds.bbc.co.uk`."""
    labels = (urlsplit(url or "").hostname or "").split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


def marks(entry: Entry, *, now: datetime) -> Marks:
    """Return the secondary marks of an entry.

    Args:
        entry: as parsed, with its outlet filled in.
        now: the day of entries that carry no date.
    """
    return Marks(link=_link_mark(entry.url), title=_title_mark(entry, now))


def _link_mark(url: str | None) -> str | None:
    link = canonical_url(url) if url else None
    if not link:
        return None
    parts = urlsplit(link)
    return link if parts.path.strip("/") or parts.query else None


def _title_mark(entry: Entry, now: datetime) -> str | None:
    letters = "".join(filter(str.isalnum, entry.title.casefold()))
    if len(letters.encode()) < _MIN_TITLE:
        return None
    day = (entry.published or now).date().isoformat()
    outlet = site(entry.url) or entry.outlet
    return hashlib.blake2b(f"{outlet}\n{letters}\n{day}".encode(), digest_size=12).hexdigest()


def same_again(
    entry: Entry,
    own: Marks,
    feed_id: int,
    alike: Iterable[Known],
    in_document: Collection[str],
) -> Known | None:
    """Return the recorded entry that this one, of a new key, repeats; None if it is a new entry.

    A candidate that stands in the same document under its own key and title is another entry that
    merely shares the link (a live page, a column): both were published side by side.
    """
    for known in alike:
        side_by_side = known.feed_id == feed_id and known.key in in_document
        if side_by_side and (known.title != entry.title or known.marks.link != own.link):
            continue
        if own.link and own.link == known.marks.link:
            return known
        if own.title and own.title == known.marks.title and _tells_the_same(entry, known, feed_id):
            return known
    return None


def _tells_the_same(entry: Entry, known: Known, feed_id: int) -> bool:
    """Title and day agree; across feeds the summary has to agree as well."""
    if known.feed_id == feed_id:
        return True
    return not entry.summary or not known.summary or entry.summary == known.summary


@dataclass(frozen=True, slots=True)
class Change:
    """How an entry differs from what was recorded."""

    words: str  #: for people: "re-titled", "re-dated", "rewritten"; "" if nothing changed
    text: bool  #: title or summary changed, so the rules must look again


def change(entry: Entry, own: Marks, known: Known) -> Change:
    """Compare an entry with the record of it; a decorated link is no change."""
    said = []
    if entry.title != known.title:
        said.append("re-titled")
    if entry.summary != known.summary:
        said.append("rewritten")
    text = bool(said)
    if entry.published and entry.published != known.published:
        said.append("re-dated")
    if own.link != known.marks.link:
        said.append("moved")
    return Change(", ".join(said), text)
