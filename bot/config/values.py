"""What a single value in feeds.yaml must look like: text in, typed value out, or `WrongError`."""

from __future__ import annotations

import difflib
import ipaddress
import re
from datetime import time
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.core.models import Kind, Level, Mode, Threads
from bot.core.quiet import QuietHours

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DAY_S = 86_400
LONGEST_S = 30 * DAY_S
MOST_PER_HOUR = 1000  #: Slack itself takes about one message a second

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": DAY_S}
_PORTS = {"http": 80, "https": 443}

#: ISO 639-1, so that a country's code in the place of a language's is noticed.
_LANGUAGES = frozenset(
    """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy
    hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li
    ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa
    pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu""".split()
)
#: Countries whose code is no language, and the language people mean.
_MEANT = {"cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "ua": "uk", "us": "en"}
_MEANT |= {"english": "en", "korean": "ko", "chinese": "zh", "japanese": "ja", "french": "fr"}
_MEANT |= {"spanish": "es", "german": "de", "russian": "ru", "arabic": "ar", "gb": "en"}


class WrongError(Exception):
    """A value can't be used; says what is wrong with it and how to mend it."""

    def __init__(self, message: str, fix: str = "") -> None:
        self.message = message
        self.fix = fix
        super().__init__(message)


def plain(text: str) -> str:
    """Return any text that says something, trimmed."""
    if not text.strip():
        raise WrongError("is empty", "write something or remove the line")
    return " ".join(text.split())


def interval_s(text: str) -> int:
    """Return the seconds of `90s`, `15m`, `2h` or `1d`; at least a second, at most 30 days."""
    return _seconds(text, least=1)


def backfill_s(text: str) -> int:
    """Return the seconds of an interval that may also be `0s`."""
    return _seconds(text, least=0)


def _seconds(text: str, *, least: int) -> int:
    found = re.fullmatch(r"(\d{1,9}) ?([smhd]?)", text.strip())
    if not found:
        raise WrongError(f"`{text}` is no length of time", "write 90s, 15m, 2h or 1d")
    count, unit = found.groups()
    if not unit:
        raise WrongError(f"`{text}` has no unit", f"write {text}s, {text}m, {text}h or {text}d")
    seconds = int(count) * _UNITS_S[unit]
    if not least <= seconds <= LONGEST_S:
        raise WrongError(f"`{text}` is out of range", f"write a time from {least}s to 30d")
    return seconds


def keep_s(text: str) -> int:
    """Return the seconds of a number of days, 7d to 3650d, or 0 for `forever`."""
    if text.strip() == "forever":
        return 0
    found = re.fullmatch(r"([0-9]{1,4}) ?d", text.strip())
    if not found or not 7 <= int(found[1]) <= 3650:
        raise WrongError(f"`{text}` is no time to keep texts", "write 7d to 3650d, or forever")
    return int(found[1]) * DAY_S


def per_hour(text: str) -> int:
    """Return how many messages a channel takes in an hour: 1 to 1000."""
    found = re.fullmatch(r"[0-9]{1,4}", text.strip())
    if not found or not 1 <= int(found[0]) <= MOST_PER_HOUR:
        raise WrongError(
            f"`{text}` is no number of messages an hour",
            f"write a number from 1 to {MOST_PER_HOUR}; {MOST_PER_HOUR} is as good as no limit",
        )
    return int(found[0])


def min_outlets(text: str) -> int:
    """Return how many outlets a rule waits for: 1 to 9."""
    if not re.fullmatch(r"[1-9]", text.strip()):
        raise WrongError(f"`{text}` is no number of outlets", "write a number from 1 to 9")
    return int(text)


def kind(text: str) -> Kind:
    """Return what an entity is: `actor` or `location`."""
    try:
        return Kind(text.strip().lower())
    except ValueError:
        raise WrongError(f"`{text}` is no kind", "write `actor` or `location`") from None


def latitude(text: str) -> float:
    """Return degrees north, -90 to 90."""
    return _degrees(text, 90)


def longitude(text: str) -> float:
    """Return degrees east, -180 to 180."""
    return _degrees(text, 180)


def _degrees(text: str, most: int) -> float:
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not -most <= degrees <= most:
        raise WrongError(f"`{text}` is no such place", f"write degrees from -{most} to {most}")
    return degrees


def language(text: str) -> str:
    """Return a BCP 47 language tag as given."""
    primary, *rest = text.strip().lower().split("-")
    meant = _MEANT.get(primary)
    known = primary in _LANGUAGES or bool(re.fullmatch(r"[a-z]{3}", primary))
    if not known or not all(re.fullmatch(r"[a-z0-9]{2,8}", part) for part in rest):
        fix = f"write `{meant}`" if meant else "write a code such as en, ko, zh-Hant, pt-BR"
        raise WrongError(f"`{text}` is no language", fix)
    return text.strip()


def web_url(text: str) -> str:
    """Return an http(s) URL with a host and without credentials."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongError("is no URL: the host or port can't be read", _URL_FIX) from None
    if parts.username is not None or parts.password is not None:
        raise WrongError(  # the value may be a password: not shown
            f"carries a user name or password for {parts.hostname}",
            "remove the part before `@`; ask the outlet for an address that needs none",
        )
    if parts.scheme not in _PORTS:
        raise WrongError(f"`{url}` has no http:// or https:// in front", _URL_FIX)
    if not parts.hostname or re.search(r"[\s\x00-\x1f\x7f<>\"\\]", url) or port == 0:
        raise WrongError(f"`{url}` is no URL", _URL_FIX)
    return url


_URL_FIX = "write the full address, such as https://example.org/feed.xml"


def same_url(url: str) -> str:
    """Return the URL in the spelling shared by all that fetch the same document."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    return SplitResult(parts.scheme, host + port, parts.path or "/", parts.query, "").geturl()


def channel_name(text: str) -> str:
    """Return a channel's name as `#name`."""
    name = text.strip().removeprefix("#")
    if name != name.lower():
        said = f"`{text}` has capitals, Slack's channels have none"
        raise WrongError(said, "write it as in Slack")
    if not re.fullmatch(r"[\w-]{1,80}", name):
        raise WrongError(f"`{text}` is no channel name", 'write it as in Slack: "#nk-alerts"')
    return f"#{name}"


def channel_id(text: str) -> str:
    """Return a Slack channel id."""
    if not is_channel_id(text.strip()):
        raise WrongError(
            f"`{text}` is no channel id",
            "in Slack, open the channel's details: the id is at the bottom, such as C0123456789",
        )
    return text.strip()


def is_channel_id(text: str) -> bool:
    """Tell an id (C…, G…, D…) from a name."""
    return bool(re.fullmatch(r"[CGD][A-Z0-9]{2,}", text))


def user_id(text: str) -> str:
    """Return a Slack user id."""
    if not re.fullmatch(r"[UW][A-Z0-9]{4,}", text.strip()):
        raise WrongError(
            f"`{text}` is no Slack user id",
            "in Slack, open the person's profile, ⋮, Copy member ID: such as U012ABC",
        )
    return text.strip()


def network(text: str) -> Network:
    """Return an address or a block of addresses."""
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise WrongError(
            f"`{text}` is no network: {error}", "write 10.1.2.3 or 10.0.0.0/8 or fd00::/8"
        ) from None


def zone(text: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    try:
        return ZoneInfo(text.strip())
    except (OSError, ValueError, ZoneInfoNotFoundError):  # a folder, a path, a typing error
        raise WrongError(f"`{text}` is no time zone", _zone_fix(text.strip())) from None


def _zone_fix(text: str) -> str:
    """Return the zone that was probably meant: `asia/seoul`, `Seoul`, `Asia/Soul`."""
    names = {name.lower(): name for name in sorted(available_timezones())}
    cities = {name.rpartition("/")[2]: name for name in names}
    word = text.lower().replace(" ", "_")
    close = difflib.get_close_matches(word, [*names, *cities], n=1, cutoff=0.8)
    meant = [names[cities.get(one, one)] for one in close]
    return f"did you mean {meant[0]}?" if meant else "write a name such as Asia/Seoul or UTC"


def level(text: str) -> Level:
    """Return how loud a rule is."""
    try:
        return Level(text.strip())
    except ValueError:
        raise WrongError(f"`{text}` is no level", f"write {', '.join(Level)}") from None


def mode(text: str) -> Mode:
    """Return what follows when a rule fires."""
    try:
        return Mode(text.strip())
    except ValueError:
        raise WrongError(f"`{text}` is no mode", f"write {' or '.join(Mode)}") from None


def threads(text: str) -> Threads:
    """Return how a story's later reports are told."""
    try:
        return Threads(text.strip())
    except ValueError:
        raise WrongError(f"`{text}` is no way of threads", "write on, quiet or off") from None


def quiet_hours(text: str, *, default: str = "") -> QuietHours:
    """Return hours such as `22:00-07:00@Asia/Seoul`.

    Args:
        text: two times of day, and whose clocks they are on.
        default: the zone of hours that name none; without it, they must.
    """
    hours, _, place = text.strip().partition("@")
    found = _HOURS.fullmatch(hours.strip())
    if not found:
        raise WrongError(f"`{text}` are no hours", "write 22:00-07:00@Asia/Seoul")
    start, end = _time(found[1], found[2]), _time(found[3], found[4])
    if start == end:
        raise WrongError(f"`{text}` begins when it ends", "write 22:00-07:00@Asia/Seoul")
    if not place.strip() and not default:
        fix = f"write {start:%H:%M}-{end:%H:%M}@Asia/Seoul, or @UTC"
        raise WrongError(f"`{text}` names no time zone", fix)
    return QuietHours(start=start, end=end, zone=zone(place.strip() or default).key)


_HOURS = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))? ?- ?([0-9]{1,2})(?::([0-9]{2}))?")


def _time(hour: str, minute: str | None) -> time:
    hours, minutes = int(hour), int(minute or 0)
    if (hours, minutes) == (24, 0):
        return time()
    try:
        return time(hours, minutes)
    except ValueError:
        said = f"{hour}:{minute or '00'}"
        raise WrongError(f"`{said}` is no time of day", "write 00:00 to 23:59") from None
