"""A digest as a Slack message: totals, a line per story, a small chart, what was missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.core.models import Level, Message
from bot.core.render.alert import LEVELS
from bot.core.render.blocks import (
    MAX_BLOCKS_CHARS,
    MAX_SECTION,
    MAX_TEXT,
    Block,
    Element,
    context,
    emoji,
    gap,
    header,
    line,
    linked,
    picture,
    plain,
    rich_text,
    size,
)
from bot.core.render.markup import (
    clean,
    cut_markup,
    fit,
    inert,
    link,
    literal,
    moment,
    plain_moment,
    shorten,
    web_link,
    width,
)

_BARS = "▁▂▃▄▅▆▇█"
_TITLE_COLUMNS = 140
_LABEL_COLUMNS = 24
_MAX_BARS = 12
_MAX_DAYS = 31
_MAX_NOTES = 6
_MAX_OUTLETS = 3
_MAX_MUTED = 6
_ALT_COLUMNS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """One line of a digest."""

    title: str
    url: str | None = None
    outlets: tuple[str, ...] = ()  #: who reported it, first one first
    first_seen: datetime
    last_seen: datetime
    rules: tuple[int, ...] = ()  #: ids of the rules it matched
    level: Level = Level.INFO
    is_new: bool = False  #: to its reader, who saw an earlier digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestBar:
    """Entries per day of one rule, oldest day first."""

    label: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A digest's chart as a picture that was uploaded."""

    file_id: str
    alt: str  #: what it shows, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """All that a digest shows; input of the renderer. Stories come ranked."""

    period: str  #: for people: "last 24 h", "since monday"
    since: datetime
    until: datetime
    stories: tuple[DigestStory, ...]
    entries: int  #: how many entries the stories hold
    scope: str = ""  #: what was asked for: `W12`, `actor:"Kim Jong Un"`; "" for everything
    bars: tuple[DigestBar, ...] = ()
    notes: tuple[str, ...] = ()  #: what may be missing: feeds that failed
    seen_at: datetime | None = None  #: when its reader saw the last one like it
    fates: tuple[
        tuple[int, str], ...
    ] = ()  #: where not all were alerted: how many, what became of them
    muted: tuple[
        tuple[int, str], ...
    ] = ()  #: matches that a mute kept quiet: how many, of which rule


def digest_message(
    digest: Digest, *, zone: tzinfo | None = None, chart: Chart | None = None
) -> Message:
    """Return the message that shows `digest`, stories cut to what Slack takes.

    Args:
        digest: what to show.
        zone: of the times that clients show when they can't format dates; UTC if not given.
        chart: shown in place of the bars of characters, which stay for where it is refused.
    """
    head = [
        header(_heading(digest)),
        context(f"{_totals(digest)} · {_span(digest, zone)}"),
        *_split(digest, zone),
    ]
    bars, notes = _chart(digest.bars), _notes(digest.notes)
    drawn = (picture(chart.file_id, shorten(chart.alt, _ALT_COLUMNS)),) if chart else bars
    room = MAX_BLOCKS_CHARS - size([*head, *notes]) - max(size(bars), size(drawn)) - 400
    told = (*head, *_stories(digest.stories, room, zone))
    return Message(
        text=_fallback(digest),
        blocks=(*told, *drawn, *notes),
        instead=(*told, *bars, *notes) if chart else (),
    )


def quiet_message(digest: Digest, *, zone: tzinfo | None = None) -> Message:
    """Return the one line of a digest that has nothing to tell, and what may be missing."""
    said = f"Nothing matched since {moment(digest.since, zone)} · {literal(_heading(digest))}"
    blocks = (context(said), *_split(digest, zone), *_notes(digest.notes))
    return Message(text=cut_markup(said, MAX_TEXT), blocks=blocks)


def _heading(digest: Digest) -> str:
    scope = f" · {digest.scope}" if clean(digest.scope) else ""
    # the joiners that `inert` adds count too
    return shorten(f"Digest · {digest.period}{scope}", 75)


def _totals(digest: Digest) -> str:
    return (
        f"{_count(len(digest.stories), 'story', 'stories')} · "
        f"{_count(digest.entries, 'entry', 'entries')}"
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _span(digest: Digest, zone: tzinfo | None) -> str:
    return f"{moment(digest.since, zone)} to {moment(digest.until, zone)}"


def _split(digest: Digest, zone: tzinfo | None) -> tuple[Block, ...]:
    """Return what is new to the reader, and how the stories add up to the alerts posted."""
    lines = []
    if digest.seen_at and digest.stories:
        number = sum(story.is_new for story in digest.stories)
        lines.append(f":new: *{number:,} new* since {moment(digest.seen_at, zone)}")
    if digest.fates:
        lines.append(
            ", ".join(f"{number:,} {literal(shorten(fate, 60))}" for number, fate in digest.fates)
        )
    if digest.muted:
        rules = [
            f"{literal(shorten(rule, 40))} {number:,}" for number, rule in digest.muted[:_MAX_MUTED]
        ]
        more = ["…"] if len(digest.muted) > _MAX_MUTED else []
        total = sum(number for number, _ in digest.muted)
        lines.append(f":no_bell: {total:,} muted: {', '.join(rules + more)}")
    return (context(*lines),) if lines else ()


# ── stories ───────────────────────────────────────────────────────────────────


def _stories(stories: Sequence[DigestStory], room: int, zone: tzinfo | None) -> tuple[Block, ...]:
    """Return the list of stories that fits in `room` characters, and how many didn't."""
    if not stories:
        return (context("Nothing matched in this time."),)
    lines: list[Element] = []
    for story in stories:
        lines.append(_story_line(story, zone))
        room -= size([lines[-1]])
        if room < 0:
            lines.pop()
            break
    block = rich_text({"type": "rich_text_list", "style": "ordered", "elements": lines})
    left = len(stories) - len(lines)
    more = (context(f"and {_count(left, 'more story', 'more stories')}"),) if left else ()
    return (block, *more)


def _story_line(story: DigestStory, zone: tzinfo | None) -> Element:
    parts: list[Element] = []
    if story.is_new:
        parts += [emoji("new"), gap(" ")]
    if story.level is not Level.INFO:
        parts += [emoji(LEVELS[story.level][0]), gap(" ")]
    parts.append(linked(_title(story), web_link(story.url)))
    outlets = _outlets(story.outlets)
    parts += [gap(f" — {inert(outlets)} · " if outlets else " · "), _date(story.first_seen, zone)]
    if story.last_seen > story.first_seen:
        parts += [gap(" to "), _date(story.last_seen, zone)]
    if story.rules:
        parts.append(gap(" · " + _rules(story.rules)))
    return line(*parts)


def _title(story: DigestStory) -> str:
    return shorten(story.title, _TITLE_COLUMNS) or "(no title)"


def _outlets(outlets: Sequence[str]) -> str:
    names = [name for name in (shorten(outlet, 40) for outlet in outlets) if name]
    more = f" and {len(names) - _MAX_OUTLETS} more" if len(names) > _MAX_OUTLETS else ""
    return ", ".join(names[:_MAX_OUTLETS]) + more


def _rules(rules: Sequence[int]) -> str:
    more = f" and {len(rules) - 5} more" if len(rules) > 5 else ""
    return ", ".join(f"W{rule}" for rule in rules[:5]) + more


def _date(at: datetime, zone: tzinfo | None) -> Element:
    if at.timestamp() < 1:
        return plain(plain_moment(at, zone))
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": plain_moment(at, zone),
    }


# ── chart and notes ───────────────────────────────────────────────────────────


def bar_line(counts: Sequence[int], top: int) -> str:
    """Return counts as a row of bars, the tallest standing for `top`: `▁▁▂▅█▃`."""
    steps = len(_BARS) - 1
    return "".join(
        _BARS[min(steps, -(-count * steps // max(top, 1)))] if count > 0 else _BARS[0]
        for count in counts
    )


def _chart(bars: Sequence[DigestBar]) -> tuple[Block, ...]:
    """Return the rows of bars, all to one scale, so that rules can be compared."""
    shown = [bar for bar in bars if bar.counts][:_MAX_BARS]
    if not shown:
        return ()
    top = max(max(bar.counts[-_MAX_DAYS:]) for bar in shown)
    labels = [fit(clean(bar.label), _LABEL_COLUMNS) for bar in shown]
    wide = max(map(width, labels))
    rows = [
        f"{label}{' ' * (wide - width(label))}  {bar_line(bar.counts[-_MAX_DAYS:], top)}  {sum(bar.counts):,}"
        for label, bar in zip(labels, shown, strict=True)
    ]
    if len(bars) > len(shown):
        rows.append(f"and {len(bars) - len(shown)} more")
    text = "\n".join(rows).replace("<", "<\u2060")
    table = {"type": "rich_text_preformatted", "elements": [gap(text)]}
    return context("Entries per day, oldest first, and their total"), rich_text(table)


def _notes(notes: Sequence[str]) -> tuple[Block, ...]:
    lines = [f":warning: {literal(shorten(note, 200))}" for note in notes if clean(note)]
    if not lines:
        return ()
    more = [f"and {len(lines) - _MAX_NOTES} more"] if len(lines) > _MAX_NOTES else []
    return (context(cut_markup("\n".join(lines[:_MAX_NOTES] + more), MAX_SECTION)),)


def _fallback(digest: Digest) -> str:
    text = f"{literal(_heading(digest))}: {_totals(digest)}"
    for index, story in enumerate(digest.stories):
        outlets = _outlets(story.outlets)
        told = f" — {literal(outlets)}" if outlets else ""
        line = f"\n• {link(_title(story), story.url)}{told}"
        if len(text) + len(line) > MAX_TEXT - 40:
            return (
                f"{text}\nand {_count(len(digest.stories) - index, 'more story', 'more stories')}"
            )
        text += line
    return text
