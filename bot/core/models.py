"""The nouns of Watchdesk as frozen values.

One type per moment: what someone configured (`Feed`, `Rule`), what was learned (`FeedState`),
what was just seen (`ParsedFeed`, `Entry`), what follows (`Match`, `Delivery`), how it ended
(`Outcome`). Datetimes are aware and UTC; durations carry their unit in the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.quiet import QuietHours

# ── feeds ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscription, as configured. Shown to people as `F7`."""

    url: str
    title: str = ""
    tags: tuple[str, ...] = ()
    lang: str | None = None  #: BCP 47, e.g. "en"; entries that say nothing inherit it
    every_s: int = 3600
    enabled: bool = True
    backfill_s: int = 0  #: entries younger than this alert even on the first poll
    origin: str = "feeds.yaml"  #: the file, or the Slack user who added it
    id: int = 0  #: the store's number; 0 before it is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What polling a feed has taught us."""

    etag: str | None = None  #: byte for byte as received, quotes and `W/` included
    last_modified: str | None = None  #: byte for byte as received
    body_hash: str | None = None
    next_poll_at: datetime | None = None  #: None: at once
    floor_s: int = 0  #: the server's own minimum (max-age, Expires)
    ttl_s: int = 0  #: the document's own minimum
    skip_hours: tuple[int, ...] = ()  #: of the day, UTC, at which the document asks for rest
    failures: int = 0  #: in a row
    failing_since: datetime | None = None  #: the first of them
    last_status: int | None = None
    last_error: str | None = None  #: in words, for people
    last_ok_at: datetime | None = None
    last_entry_at: datetime | None = None
    baseline_at: datetime | None = None  #: None until the first successful poll
    address: str | None = None  #: where it moved to, as adopted; None: its URL
    moved_to: str | None = None  #: where it says it moved to, not yet adopted
    moved_days: tuple[str, ...] = ()  #: the dates on which it said so, without another word between
    stopped_at: datetime | None = None  #: since when it is no longer polled: the publisher ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing a feed published. All text is plain text."""

    key: str  #: identity within its feed: guid, else canonical link, else a hash
    title: str
    summary: str = ""
    url: str | None = None  #: http(s) only
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    lang: str | None = None
    outlet: str = ""  #: who says it, for people: the feed's title
    id: int = 0  #: the store's number; 0 before it is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A document, read."""

    title: str = ""
    url: str | None = None  #: the site the feed belongs to
    language: str | None = None
    ttl_s: int = 0  #: how long the feed asks to be left alone; 0 if it doesn't say
    skip_hours: tuple[int, ...] = ()  #: of the day, UTC, at which it asks to be left alone
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()  #: what was odd, in words; never a reason to drop the rest
    breaks_off: bool = False  #: it ended in the middle: there may be more entries


# ── rules and matches ─────────────────────────────────────────────────────────


class Level(StrEnum):
    """How loud an alert is."""

    INFO = "info"
    URGENT = "urgent"
    FLASH = "flash"

    @property
    def priority(self) -> int:
        """How loud, as a number: the louder the higher."""
        return ("info", "urgent", "flash").index(self.value)


class Mode(StrEnum):
    """What follows when a rule fires."""

    INSTANT = "instant"  #: an alert
    DIGEST = "digest"  #: nothing at once: it is on record, and digests tell it


class Threads(StrEnum):
    """How a channel hears of a story's later reports."""

    ON = "on"  #: each replies in the thread of the alert
    QUIET = "quiet"  #: they only count there
    OFF = "off"  #: each is an alert of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A rule as people fill it in: any of each kind, all given kinds, none of `exclude`."""

    keywords: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What someone watches. Shown to people as `W12`."""

    name: str
    query: str  #: canonical form in the query language; parses back to the same rule
    channel: str  #: a Slack channel id (C…, D…, G…) or `#name` for the console
    level: Level = Level.INFO
    mode: Mode = Mode.INSTANT
    form: Form | None = None  #: what was filled in, when the rule came as a form
    min_outlets: int = 1  #: alert only once so many independent outlets tell the story
    threads: Threads | None = None  #: of its stories; None: as its channel has it
    quiet_hours: QuietHours | None = None  #: when alerts below flash wait, beside its channel's
    owner: str = "feeds.yaml"  #: a Slack user id, `console`, or the file it came from
    paused_until: datetime | None = None  #: datetime.max (UTC) means until resumed
    version: int = 1
    created_at: datetime | None = None
    id: int = 0  #: the store's number; 0 before it is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a rule fired: these characters, of this field, by this term."""

    field: str  #: title, summary, url, author, tag, source, lang
    text: str  #: the characters of the entry, as published
    start: int  #: offset into the field, in Unicode code points
    end: int
    term: str  #: the rule's term, canonical: `missile base*`, `location:"North Korea"`
    entity: str | None = None  #: id of the entity that was found, if it was one
    path: tuple[str, ...] = ()  #: names from what was found to what was asked: Sohae, North Korea


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule and why it fired on an entry."""

    rule_id: int
    rule_version: int
    why: tuple[Reason, ...]


# ── entities ──────────────────────────────────────────────────────────────────


class Kind(StrEnum):
    """What an entity is."""

    ACTOR = "actor"
    LOCATION = "location"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An actor or a location, as a thing with many names."""

    id: str  #: stable: `loc:KP`, `loc:KP/sohae`, `act:kim-jong-un`
    kind: Kind
    name: str  #: the display name, English
    type: str  #: country, capital, city, region, site, sea | person, organisation, group
    names: tuple[str, ...] = ()  #: every name that counts, any language; trailing `*` is allowed
    weak: tuple[str, ...] = ()  #: names that need evidence around them (Georgia, Jordan, Chad)
    parent: str | None = None  #: entity id of what contains it (Sohae → North Korea)
    country: str | None = None  #: ISO 3166-1 alpha-2
    roles: tuple[str, ...] = ()  #: offices of a person, as "foreign minister, from 2013 to 2022"
    lat: float | None = None
    lon: float | None = None
    source: str = ""  #: where the row comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a team says about an actor or a location: its own, or one we know from the start."""

    name: str
    kind: Kind | None = None  #: None: what is known by this name
    aliases: tuple[str, ...] = ()  #: more names for it
    without: tuple[str, ...] = ()  #: names that are not to be its own any more
    within: str = ""  #: the name of the place it lies in
    lat: float | None = None
    lon: float | None = None
    origin: str = "feeds.yaml"  #: the file, or the Slack user who said it
    place: str = ""  #: where it stands, for errors: feeds.yaml:12


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An entity found in a text field."""

    field: str  #: title or summary
    start: int  #: offset into the field, in Unicode code points
    end: int
    text: str
    entity: Entity


# ── stories, deliveries ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a sink shows: plain fallback text and Block Kit blocks."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    instead: tuple[Mapping[str, Any], ...] = ()  #: blocks without pictures, where these are refused


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"  #: claimed, with a lease
    EDITING = "editing"  #: visible, and being brought up to date
    UNKNOWN = "unknown"  #: may have been posted; to be looked up before anything else
    SENT = "sent"
    REJECTED = "rejected"  #: a dead letter: refused for good
    HELD = "held"  #: not sent itself: another message stands for it
    DISMISSED = "dismissed"  #: held, and a person said that it need not be sent
    MUTED = "muted"  #: what it tells was muted before anybody saw it


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to a channel: the claimed row of the outbox."""

    id: str  #: UUIDv5 of channel, subject and kind: a re-match mints nothing new
    channel: str
    kind: str  #: post (a story), reply (in its thread), notice, rolling (what the budget holds), catchup (after an outage), digest, spike (far more than usual), share (an alert of another channel)
    subject: str  #: what it is about: of a post its story's uid
    story_id: int | None  #: of a post
    priority: int
    message: Message | None  #: frozen at the first claim; None before
    revision: int  #: counts the changes of what it should show
    state: DeliveryState
    attempts: int
    created_at: datetime
    first_try_at: datetime | None = None
    attempt_at: datetime | None = None
    entry_id: int | None = None  #: of a reply: the report it shows
    parent: str | None = None  #: of a reply: the delivery whose thread it goes to
    held_in: str | None = None  #: of a held one: the delivery that stands for it
    broadcast: bool = False  #: of a reply: the channel sees it too
    note: str = ""  #: of a reply: what is new in it
    asked: bool = False  #: a person asked for it: the noise budget lets it pass
    repeats: bool = False  #: an earlier attempt may be visible, and nobody can look
    ts: str | None = None  #: Slack's id of the visible message
    lease: str = ""  #: who holds it; finishing needs the same value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The sink has it."""

    ts: str  #: Slack's message id within the channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Definitely not accepted; ask again later."""

    after_s: float
    reason: str


class Scope(StrEnum):
    """How far a refusal reaches."""

    DELIVERY = "delivery"  #: this message only: dead letter
    CHANNEL = "channel"  #: the destination is dead: pause it, keep its queue
    INSTALLATION = "installation"  #: token or app: stop sending, delete nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Definitely refused."""

    reason: str  #: the sink's error code: `channel_not_found`
    advice: str  #: what a person can do: "/invite @watchdesk in #alerts"
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """May or may not have been posted: reset, timeout, 5xx."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Nobody can look up what was posted there."""

    reason: str
    for_good: bool = True  #: no right to read; False: no such place at the moment


Outcome = Sent | Retry | Rejected | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """All that an alert message shows; input of the renderer."""

    entry: Entry
    rules: tuple[Rule, ...]  #: the rules of this channel that fired, lowest id first
    why: tuple[Reason, ...]  #: of all of them, without repeats
    outlets: tuple[str, ...] = ()  #: who reports the story, first one first
    last_at: datetime | None = None  #: when the latest report came
    names: Mapping[str, str] = field(default_factory=dict)  #: entity id → display name
    id: str = ""  #: the delivery that shows it: what its buttons are about; "" for no buttons
