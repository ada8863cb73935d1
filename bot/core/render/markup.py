"""Feed text, addresses and times as Slack text that cannot become anything else.

Three ways to show text that others wrote, weakest first:

- `escape` neutralises control sequences (`<!channel>`, links); formatting still works.
- `literal` also swaps the characters that restyle mrkdwn for look-alikes.
- `inert` is for `plain_text` and `rich_text` elements, which Slack does not parse.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from itertools import takewhile
from urllib.parse import quote, urlsplit

MAX_URL = 2000  #: longer addresses are shown, not linked; Slack's own limit is 3000
_LINKED_URL_CHARS = 1000  #: a longer address would crowd out the text around it
_READ_CHARS = 3000  #: no shown text needs more of its source than this

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "|": "∣"})
_LIVE_COLON = re.compile(r":(?=//|[\w+'-]+:)")  # of `https://` and of `:fire:`
_TOKEN = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)
_UNSAFE_IN_URL = re.compile(r'[\s<>|"`^{}\\\x00-\x20\x7f-\xa0]')
_HOST = re.compile(r"(?:[a-z0-9._:-]|[^\x00-\xa0])+")
_SECOND_LEVEL = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "go",
        "gob",
        "gouv",
        "gov",
        "mil",
        "ne",
        "net",
        "nom",
        "or",
        "org",
        "re",
    ]
)


def escape(text: str) -> str:
    """Return `text` with the three characters escaped that Slack gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(text: str) -> str:
    """Return `text` on one line, without controls, bidi marks, zero-width characters."""
    spaced = (" " if char.isspace() else char for char in text[:_READ_CHARS])
    return " ".join("".join(filter(is_visible, spaced)).split())


def is_visible(char: str) -> bool:
    """Tell whether a character may be shown: no control, format or surrogate."""
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def literal(text: str) -> str:
    """Return `text` for mrkdwn, where it shows as written and restyles nothing.

    mrkdwn can't escape its formatting characters, emoji names and bare addresses: look-alikes
    stand in.
    """
    return escape(_LIVE_COLON.sub("∶", clean(text)).translate(_LOOKALIKES))


def inert(text: str) -> str:
    """Return `text` for elements that Slack doesn't parse.

    The invisible joiner after `<` costs nothing and keeps a client that does parse harmless.
    """
    return clean(text).replace("<", "<\u2060")


def code(text: str) -> str:
    """Return `text` as inline code, for what people may copy and type."""
    return "`" + escape(clean(text).replace("`", "ˋ")) + "`" if clean(text) else ""


def link(title: str, url: str | None) -> str:
    """Return `title` as mrkdwn, linked when `url` is a plain http(s) address of usual length."""
    target = escape(web_link(url) or "")
    shown = literal(title) or "(no title)"
    return f"<{target}|{shown}>" if 0 < len(target) <= _LINKED_URL_CHARS else shown


def width(text: str) -> int:
    """Return the columns that `text` takes: two for a wide (CJK) character."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shorten(text: str, columns: int) -> str:
    """Return `text` cleaned, cut on a word to at most `columns` columns with an ellipsis."""
    text = clean(text)
    if width(text) <= columns:
        return text
    kept = fit(text, columns - 1)
    head, space, _ = kept.rpartition(" ")
    return (head if space and width(head) > columns // 2 else kept).rstrip() + "…"


def fit(text: str, columns: int) -> str:
    """Return the longest start of `text` that takes at most `columns` columns."""
    used = 0
    for index, char in enumerate(text):
        used += width(char)
        if used > columns:
            return text[:index]
    return text


def cut_markup(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, never cut inside `<…>` or an `&…;`."""
    if len(text) <= limit:
        return text
    ends = (token.end() for token in _TOKEN.finditer(text))
    end = max(takewhile(lambda at: at < limit, ends), default=0)
    return text[:end].rstrip() + "…"


def web_link(url: str | None) -> str | None:
    """Return `url` fit to be linked, or None when it is no plain http(s) address.

    An address with a user name in it is refused: `https://bank.example@evil.example` misleads.
    """
    if not url or len(url) > MAX_URL or not (host := _host(url)):
        return None
    if any(unicodedata.category(char)[0] in "CZ" for char in host):
        return None
    if any(unicodedata.category(char) == "Cs" for char in url):
        return None
    scheme, colon, rest = url.partition(":")
    safe = scheme.lower() + colon + "".join(c if _is_plain(c) else quote(c) for c in rest)
    return safe if len(safe) <= MAX_URL else None


def _is_plain(char: str) -> bool:
    return is_visible(char) and not _UNSAFE_IN_URL.match(char)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return ""
    # urlsplit forgives blanks and line breaks in places where another reader may not
    if not url.lower().startswith(f"{parts.scheme}://{parts.netloc}".lower()):
        return ""
    return parts.hostname if parts.hostname and _HOST.fullmatch(parts.hostname) else ""


def registered_domain(url: str | None) -> str:
    """Return the part of the host that someone registered: `yna.co.kr`; "" for no address.

    A rule of thumb stands in for the public suffix list: it is shown to people, never trusted.
    Names in other scripts stay in punycode, so that look-alike letters show.
    """
    if web_link(url) is None:
        return ""
    host = _host(url or "").rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return host
    labels = [_punycode(label) for label in host.split(".")]
    country = len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if country else -2 :])


def _punycode(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def moment(at: datetime, zone: tzinfo | None = None) -> str:
    """Return a time as mrkdwn in the reader's own zone, with a readable fallback.

    Args:
        at: an aware datetime.
        zone: of the fallback, for clients that can't format dates; UTC if not given.
    """
    fallback = plain_moment(at, zone)
    seconds = int(at.timestamp())
    # before 1970 clients disagree; a plain date is better than a wrong one
    return (
        f"<!date^{seconds}^{{date_short_pretty}} {{time}}|{fallback}>" if seconds > 0 else fallback
    )


def plain_moment(at: datetime, zone: tzinfo | None = None) -> str:
    """Return a time as plain text, such as `2 Jul 2018 05:20 UTC`."""
    try:
        local = at.astimezone(zone or UTC)
    except OverflowError:  # the first and last days of the calendar
        local = at
    name = clean(local.tzname() or "").replace("|", "").replace(">", "").replace("<", "")
    return f"{local.day} {MONTHS[local.month - 1]} {local.year} {local:%H:%M} {name}".rstrip()
