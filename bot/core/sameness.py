"""Whether an entry was seen before: by its key, by its link, or by its title that day.

Outlets change guids, decorate links and serve one entry in several feeds; none of that is news.
What is the same entry again is recorded as a repeat of the first, and never alerts twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from bot.core.identity import canonical_url
from bot.core.models import Entry

_SECOND_LEVEL = frozenset(
    ["ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "mil", "ne", "net", "nom", "or", "org"]
)
#: Under these every name belongs to somebody else: `anna.substack.com` is not `ben.substack.com`.
_HOSTING = frozenset(
    """
    amazonaws.com appspot.com azureedge.net azurewebsites.net beehiiv.com blogspot.com bandcamp.com
    buttondown.email cloudfront.net firebaseapp.com fly.dev ghost.io github.io gitlab.io
    googleusercontent.com hatenablog.com hatenablog.jp hatenadiary.jp herokuapp.com jimdofree.com
    libsyn.com livejournal.com medium.com micro.blog netlify.app ning.com notion.site onrender.com
    over-blog.com pages.dev podbean.com r2.dev readthedocs.io squarespace.com substack.com surge.sh
    tistory.com tumblr.com typepad.com vercel.app web.app weebly.com wixsite.com wordpress.com
    workers.dev write.as
    """.split()
)
_SUFFIXED = re.compile(r"(.*)#[0-9a-f]{8}", re.DOTALL)
_MIN_TITLE = 16  #: letters; shorter titles ("Morning briefing") recur without being the same


@dataclass(frozen=True, slots=True)
class Marks:
    """What else, beside its key, an entry may be recognised by."""

    link: str | None  #: canonical link; None for a bare home page
    title: str | None  #: hash of outlet, title and day if it has one; None for short titles


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
    is_pruned: bool = False  #: its text was forgotten, what it is recognised by was not


def site(url: str | None) -> str:
    """Return what one owner holds of a URL's host: `bbc.co.uk` of `feeds.bbc.co.uk`.

    The registrable domain, near enough; on a platform that rents out names (`anna.substack.com`)
    the rented one; of an address in numbers all of it.
    """
    host = (urlsplit(url or "").hostname or "").rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return host
    labels = host.split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    domain = ".".join(labels[-keep:])
    is_rented = domain in _HOSTING or domain.startswith("blogspot.")
    return ".".join(labels[-keep - 1 :]) if is_rented else domain


def without_shared_keys(entries: Iterable[Entry]) -> list[Entry]:
    """Give all of several entries with one guid keys of their own.

    Reading a document leaves the bare guid to whichever entry comes first, which is another one as
    soon as something new stands above it: that must not pass for an edit. Their links tell them
    apart; if those are one too, their titles.
    """
    entries = list(entries)
    bare = {entry.key for entry in entries}
    sharing: dict[str, list[Entry]] = {
        found[1]: []
        for entry in entries
        if (found := _SUFFIXED.fullmatch(entry.key)) and found[1] in bare
    }
    for entry in entries:
        if (guid := _guid(entry, sharing)) in sharing:
            sharing[guid].append(entry)
    by_link = {guid: _have_own_links(some) for guid, some in sharing.items()}
    return [
        _with_suffix(entry, guid, by_link=by_link[guid]) if guid in sharing else entry
        for entry in entries
        for guid in [_guid(entry, sharing)]
    ]


def _guid(entry: Entry, sharing: Collection[str]) -> str:
    found = _SUFFIXED.fullmatch(entry.key)
    return found[1] if found and found[1] in sharing else entry.key


def _have_own_links(entries: Sequence[Entry]) -> bool:
    links = [entry.url for entry in entries]
    return None not in links and len(set(links)) == len(links)


def _with_suffix(entry: Entry, guid: str, *, by_link: bool) -> Entry:
    telling = entry.url if by_link and entry.url else f"{entry.url or ''} {entry.title}".strip()
    return replace(entry, key=f"{guid}#{hashlib.sha256(telling.encode()).hexdigest()[:8]}")


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
    # without a date or a link, the title is all that lasts: the day it was met is not its own
    is_bare = entry.published is None and entry.url is None
    day = "" if is_bare else (entry.published or now).date().isoformat()
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
    What was alerted comes before what only stood on a feed's first poll.
    """
    for known in sorted(alike, key=lambda known: known.is_baseline):
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
    """Compare an entry with the record of it; a decorated link is no change.

    Where the text was pruned there is nothing to compare with: what comes back is taken as it was.
    """
    if known.is_pruned:
        return Change("", text=False)
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
