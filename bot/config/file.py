"""The shape of feeds.yaml: settings, channels, feeds, rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from yaml import Node, SequenceNode

from bot.config import values
from bot.config.document import Document, Section
from bot.core.models import Feed, Form, Level, Mode, Naming, Rule
from bot.errors import RuleError

#: Every key that a file may hold, by section; "" is the top.
KEYS: Mapping[str, tuple[str, ...]] = {
    "": ("settings", "channels", "entities", "feeds", "rules"),
    "settings": (
        *("contact", "timezone", "allow_addresses", "admins", "default_every"),
        *("per_hour", "keep"),
    ),
    "channels": ("name", "id", "per_hour"),
    "entities": ("name", "kind", "aliases", "in", "lat", "lon", "without"),
    "feeds": ("url", "title", "tags", "lang", "every", "enabled", "backfill"),
    "rules": (
        *("name", "channel", "level", "mode", "keywords", "actors", "locations", "exclude"),
        *("query", "paused", "min_outlets", "threads", "quiet_hours"),
    ),
}

_WATCHED = ("keywords", "actors", "locations")  # of these, a rule has at least one or a query

DEFAULT_CHANNEL = "#alerts"
UNTIL_RESUMED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """A place where alerts go."""

    name: str  #: `#nk-alerts`
    id: str | None = None  #: Slack's id; the console needs none
    per_hour: int | None = None  #: its own noise budget; None: that of the settings

    @property
    def address(self) -> str:
        """What rules and deliveries carry: the id when there is one, else the name."""
        return self.id or self.name


_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the whole installation."""

    contact: str | None = None  #: URL that the User-Agent names
    timezone: ZoneInfo = _UTC  #: for the console; Slack shows each reader their own
    allow_addresses: tuple[values.Network, ...] = ()  #: private networks feeds may live in
    admins: tuple[str, ...] = ()  #: Slack user ids that may manage feeds
    default_every_s: int = 3600
    per_hour: int = 12  #: noise budget: top-level messages per channel and hour
    keep_s: int = 90 * values.DAY_S  #: how long texts are kept; 0: for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A file, read and found right."""

    feeds: tuple[Feed, ...] = ()
    rules: tuple[Rule, ...] = ()
    channels: tuple[ChannelConfig, ...] = ()
    entities: tuple[Naming, ...] = ()  #: what the team says about actors and locations
    settings: Settings = Settings()

    def channel_name(self, address: str) -> str:
        """Return the `#name` of a channel's id, or the address itself when it has none here."""
        return next((one.name for one in self.channels if one.address == address), address)

    def budgets(self) -> Mapping[str, int]:
        """Return the noise budgets of channels that have their own: address → messages an hour.

        Of all others it is `settings.per_hour`.
        """
        return {one.address: one.per_hour for one in self.channels if one.per_hour is not None}


def load_config(path: str | Path, *, need_feeds: bool = True) -> Config:
    """Read a whole file; raises ConfigError with all that is wrong in it, each with file:line."""
    document = Document(Path(path))
    top = Section(document, document.root, "the file", KEYS[""])
    config = _read(top, need_feeds=need_feeds)
    document.finish()
    return config


def load_rules(path: str | Path) -> tuple[Rule, ...]:
    """Read the rules of a file that may hold only `rules:` or a bare list of rules.

    Rules are numbered from 1 in the order of the file. Raises ConfigError as `load_config` does.
    """
    document = Document(Path(path))
    if isinstance(document.root, SequenceNode):
        rules = tuple(_rules(document, document.root.value, ()))
        document.finish()
    else:
        rules = load_config(path, need_feeds=False).rules
    return tuple(replace(rule, id=number) for number, rule in enumerate(rules, start=1))


def read_rules(text: str, *, channel: str) -> tuple[Rule, ...]:
    """Read what `write_rules` wrote, or people in the same shape; places of problems are `line:3`.

    The same name may stand there once for each channel; a rule without a name gets none.

    Args:
        text: YAML, a list of rules or `rules:` with one.
        channel: of rules that name none.

    Raises:
        ConfigError: with all that is wrong in it.
    """
    document = Document(Path("line"), text)
    nodes = document.root.value if isinstance(document.root, SequenceNode) else None
    if nodes is None:
        nodes = Section(document, document.root, "what you sent", ("rules",)).items("rules")
    seen: dict[str, int] = {}
    rules = []
    for node in nodes:
        given = Section(document, node, "a rule", KEYS["rules"])
        rule = _rule(given, (), default=channel) if given.nodes else None
        if rule:
            _once(given, "name", f"{rule.channel} {rule.name.casefold()}", seen)
            rules.append(rule if "name" in given.nodes else replace(rule, name=""))
    document.finish()
    return tuple(rules)


def _read(top: Section, *, need_feeds: bool) -> Config:
    top.drop_empty()
    if need_feeds:
        top.require(
            "feeds", "add `feeds:` with at least one `- url: …`; `feeds: []` if there is none yet"
        )
    settings = _settings(top)
    channels = tuple(_channels(top))
    return Config(
        feeds=tuple(_feeds(top, settings)),
        rules=tuple(_rules(top.document, top.items("rules"), channels)),
        channels=channels,
        entities=tuple(_entities(top)),
        settings=settings,
    )


def _settings(top: Section) -> Settings:
    if "settings" not in top.nodes:
        return Settings()
    given = Section(top.document, top.nodes["settings"], "settings", KEYS["settings"])
    plain = Settings()
    return Settings(
        contact=given.value("contact", values.web_url),
        timezone=given.value("timezone", values.zone) or plain.timezone,
        allow_addresses=given.values("allow_addresses", values.network),
        admins=given.values("admins", values.user_id),
        default_every_s=given.value("default_every", values.interval_s, raw=True)
        or plain.default_every_s,
        per_hour=given.value("per_hour", values.per_hour, raw=True) or plain.per_hour,
        keep_s=plain.keep_s
        if (kept := given.value("keep", values.keep_s, raw=True)) is None
        else kept,
    )


def _channels(top: Section) -> Iterator[ChannelConfig]:
    seen: dict[str, int] = {}
    for node in top.items("channels"):
        given = Section(top.document, node, "a channel", KEYS["channels"])
        if not given.nodes:
            continue
        given.require("name", 'add name: "#its-name"')
        name = given.value("name", values.channel_name)
        id_ = given.value("id", values.channel_id)
        for key, value in (("name", name), ("id", id_)):
            _once(given, key, value, seen)
        per_hour = given.value("per_hour", values.per_hour, raw=True)
        if name:
            yield ChannelConfig(name=name, id=id_, per_hour=per_hour)


def load_entities(path: str | Path) -> tuple[Naming, ...]:
    """Read only what a file says about actors and locations; a bare list of rules says nothing."""
    document = Document(Path(path))
    is_list = isinstance(document.root, SequenceNode)
    return () if is_list else load_config(path, need_feeds=False).entities


def _entities(top: Section) -> Iterator[Naming]:
    seen: dict[str, int] = {}
    for node in top.items("entities"):
        given = Section(top.document, node, "an entity", KEYS["entities"])
        if not given.nodes:
            continue
        given.require("name", 'add name: "Sohae"')
        name = given.value("name", values.plain)
        if not name:
            continue
        _once(given, "name", name.casefold(), seen)
        yield Naming(
            name=name,
            kind=given.value("kind", values.kind),
            aliases=given.texts("aliases"),
            without=given.texts("without"),
            within=given.value("in", values.plain) or "",
            lat=given.value("lat", values.latitude, raw=True),
            lon=given.value("lon", values.longitude, raw=True),
            origin=given.document.path.name,
            place=f"{given.document.path.name}:{given.line}",
        )


def _feeds(top: Section, settings: Settings) -> Iterator[Feed]:
    seen: dict[str, int] = {}
    for node in top.items("feeds"):
        given = Section(top.document, node, "a feed", KEYS["feeds"])
        if not given.nodes:
            continue
        given.require("url", "add url: https://…")
        feed = _feed(given, settings)
        if feed.url:
            _once(given, "url", values.same_url(feed.url), seen)
            yield feed


def _feed(given: Section, settings: Settings) -> Feed:
    return Feed(
        url=given.value("url", values.web_url) or "",
        title=given.value("title", values.plain) or "",
        tags=given.texts("tags"),
        lang=given.value("lang", values.language, raw=True),  # `no` is Norwegian here
        every_s=given.value("every", values.interval_s, raw=True) or settings.default_every_s,
        enabled=given.flag("enabled", default=True),
        backfill_s=given.value("backfill", values.backfill_s, raw=True) or 0,
        origin=given.document.path.name,
    )


def _rules(
    document: Document, nodes: Iterable[Node], channels: tuple[ChannelConfig, ...]
) -> Iterator[Rule]:
    seen: dict[str, int] = {}
    for node in nodes:
        given = Section(document, node, "a rule", KEYS["rules"])
        if not given.nodes:
            continue
        rule = _rule(given, channels)
        if rule:
            _once(given, "name", rule.name.casefold(), seen)
            yield rule


def _rule(
    given: Section, channels: tuple[ChannelConfig, ...], *, default: str = DEFAULT_CHANNEL
) -> Rule | None:
    name = given.value("name", values.plain)
    channel = _channel(given, channels, default)
    level = given.value("level", values.level)
    mode = given.value("mode", values.mode)
    paused = given.flag("paused", default=False)
    min_outlets = given.value("min_outlets", values.min_outlets, raw=True) or 1
    threads = given.value("threads", values.threads, raw=True)  # `on` is a yes in YAML
    quiet_hours = given.value("quiet_hours", values.quiet_hours)
    form = Form(**{key: given.texts(key) for key in (*_WATCHED, "exclude")})
    written = given.value("query", values.plain)
    query = _query(given, form, written or "")
    if not query:
        return None
    return Rule(
        name=name or query,
        query=query,
        channel=channel,
        level=level or Level.INFO,
        mode=mode or Mode.INSTANT,
        min_outlets=min_outlets,
        threads=threads,
        quiet_hours=quiet_hours,
        form=None if written else form,
        owner=given.document.path.name,
        paused_until=UNTIL_RESUMED if paused else None,
    )


def _query(given: Section, form: Form, written: str) -> str | None:
    """Return the canonical query of form and query together, or None and a problem noted."""
    if not {*_WATCHED, "query"} & given.nodes.keys():
        fix = "add keywords, actors, locations or a query"
        given.document.complain(given.line, "a rule that watches for nothing", fix)
        return None
    parts = {key: (Form(**{key: terms}), "") for key in _WATCHED if (terms := getattr(form, key))}
    if written:
        parts["query"] = (Form(), written)
    read = [_canonical(given, key, *part) for key, part in parts.items()]
    return _canonical(given, "exclude", form, written) if read and all(read) else None


def _canonical(given: Section, key: str, form: Form, written: str) -> str | None:
    from bot.core.rules import canonical, from_form  # noqa: PLC0415 - the grammar is slow to load

    try:
        return canonical(from_form(form, written))
    except RuleError as error:
        said = error.pointed().removeprefix(f"{key}: ").replace("\n", "\n    ")
        given.document.complain(given.line_of(key), f"`{key}`: {said}")
        return None


def _channel(given: Section, channels: tuple[ChannelConfig, ...], default: str) -> str:
    """Return the address of the rule's channel: its own, else the first, else the default."""
    first = channels[0].address if channels else default
    wanted = given.value("channel", _channel_reference)
    if wanted is None or not channels:
        return wanted or first
    for channel in channels:
        if wanted in (channel.name, channel.id):
            return channel.address
    names = ", ".join(f'"{channel.name}"' for channel in channels)
    line = given.line_of("channel")
    given.document.complain(
        line, f"there is no channel `{wanted}`", f"one of {names}, or add it to `channels`"
    )
    return first


def _channel_reference(text: str) -> str:
    return text.strip() if values.is_channel_id(text.strip()) else values.channel_name(text)


def _once(given: Section, key: str, value: str | None, seen: dict[str, int]) -> None:
    """Note a problem when a value stands in the file a second time."""
    if value is None:
        return
    line = given.line_of(key)
    if value in seen:
        said = f"the same `{key}` as on line {seen[value]}"
        given.document.complain(line, said, "remove one of the two or change it")
    seen.setdefault(value, line)
