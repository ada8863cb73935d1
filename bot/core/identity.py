"""What makes two sightings one thing: canonical links and the keys of entries."""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import SplitResult, urlsplit, urlunsplit

_TRACKING_PREFIXES = ("utm_", "at_custom", "at_bbc", "at_link", "at_ptr", "ns_", "hsa_", "mtm_")
_TRACKING_NAMES = frozenset(
    {"at_campaign", "at_format", "at_medium", "xtor", "wt.mc_id", "wt_mc", "emc", "smid", "mbid"}
    | {"fbclid", "gclid", "gclsrc", "dclid", "msclkid", "yclid", "twclid", "ttclid", "igshid"}
    | {"mc_cid", "mc_eid", "_hsenc", "_hsmi", "cmpid", "cmp", "ocid", "ncid", "ftag", "sref"}
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_KEY = 500


def canonical_url(url: str) -> str:
    """Return `url` without what only says where the reader came from; idempotent.

    Host in lower case, no default port, no tracking parameters, no fragment. Parameters keep
    their order. A fragment that is a route (`#!/…`, `#/…`) stays: it names the page.
    What can't be read as a URL comes back trimmed.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        netloc = _canonical_netloc(parts)
    except ValueError:
        return url
    if not parts.hostname:
        return url
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    query = _without_tracking(parts.query)
    return urlunsplit((parts.scheme, netloc, parts.path or "/", query, fragment)).strip()


def _canonical_netloc(parts: SplitResult) -> str:
    userinfo, at, _ = parts.netloc.rpartition("@")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    shown = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{userinfo}{at}{host}{shown}"


def _without_tracking(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if not _is_tracking(pair))


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)


def entry_key(
    *, guid: str | None, url: str | None, title: str, published: datetime | None = None
) -> str:
    """Return what names an entry within its feed: guid, else canonical link, else title and day."""
    if guid and (guid := guid.strip()):
        return _bounded(guid)
    if url:
        return _bounded(canonical_url(url))
    day = published.date().isoformat() if published else ""
    return _digest(f"{' '.join(title.casefold().split())}\n{day}")


def _bounded(key: str) -> str:
    # A key is stored and indexed for ever: a guid of megabytes must not be.
    return key if len(key) <= _MAX_KEY else _digest(key)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
