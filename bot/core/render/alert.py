"""An alert as a Slack message: level and rules, linked title, outlet and time, summary, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import groupby

from bot.core.models import Alert, Entry, Level, Message, Reason, Rule
from bot.core.render.blocks import (
    MAX_TEXT,
    Block,
    Element,
    bold,
    context,
    emoji,
    gap,
    line,
    linked,
    plain,
    rich_text,
)
from bot.core.render.choices import alert_buttons
from bot.core.render.markup import (
    clean,
    cut_markup,
    is_visible,
    link,
    literal,
    moment,
    registered_domain,
    shorten,
    web_link,
    width,
)

TITLE_COLUMNS = 250
SUMMARY_COLUMNS = 180  #: two lines in a channel of usual width
_LABEL_COLUMNS = 60  #: of one name in the level line or the why-line
_WHY_CHARS = 1500
_MAX_SPANS = 12
_FEWEST_OUTLETS, _MOST_OUTLETS = 2, 6

LEVELS: Mapping[Level, tuple[str, str]] = {  #: emoji by Slack's name and as a character
    Level.FLASH: ("red_circle", "🔴"),
    Level.URGENT: ("large_orange_circle", "🟠"),
    Level.INFO: ("large_blue_circle", "🔵"),
}
_LOUDNESS = (Level.INFO, Level.URGENT, Level.FLASH)

Run = tuple[str, bool]  #: some text, and whether it is a matched term


def alert_message(alert: Alert, *, zone: tzinfo | None = None) -> Message:
    """Return the message that shows `alert`.

    Args:
        alert: one entry and the rules of one channel that fired on it.
        zone: of the times that clients show when they can't format dates; UTC if not given.
    """
    blocks = [_heading(alert)]
    if source := source_line(alert.entry, zone):
        blocks.append(context(source))
    if summary := _summary(alert):
        blocks.append(summary)
    if told := outlets_line(alert.outlets, alert.last_at, zone):
        blocks.append(context(told))
    if why := why_line(alert.why, alert.names):
        blocks.append(context(why))
    if alert.id:
        blocks.append(alert_buttons(alert.id))
    return Message(text=_fallback(alert, zone), blocks=tuple(blocks))


def loudest(rules: Iterable[Rule]) -> Level:
    """Return the highest level among `rules`."""
    return max((rule.level for rule in rules), key=_LOUDNESS.index, default=Level.INFO)


def rule_label(rule: Rule) -> str:
    """Return how people know a rule: `NK missile bases (W12)`; plain text, cleaned."""
    name = shorten(rule.name, _LABEL_COLUMNS)
    if not rule.id:
        return name or "unnamed rule"
    return f"{name} (W{rule.id})" if name else f"W{rule.id}"


def _rules_label(rules: Sequence[Rule]) -> str:
    shown = " · ".join(rule_label(rule) for rule in rules[:5])
    rest = [f"W{rule.id}" if rule.id else rule_label(rule) for rule in rules[5:]]
    return shorten(shown + f" · and {', '.join(rest)}", 600) if rest else shown


def _heading(alert: Alert) -> Block:
    level = loudest(alert.rules)
    first = [emoji(LEVELS[level][0]), gap(" "), bold(level.upper())]
    if alert.rules:
        first += [gap(" · "), plain(_rules_label(alert.rules))]
    title = linked(_title(alert.entry), web_link(alert.entry.url))
    return rich_text(line(*first), line(title))


def _title(entry: Entry) -> str:
    return shorten(entry.title, TITLE_COLUMNS) or "(no title)"


def source_line(entry: Entry, zone: tzinfo | None = None) -> str:
    """Return outlet, registered domain and time of an entry as mrkdwn; "" if none is known."""
    outlet, domain = shorten(entry.outlet, 80), registered_domain(entry.url)
    parts = [literal(outlet)] if outlet else []
    if domain and domain != outlet.lower():
        parts.append(literal(shorten(domain, 80)))
    at = entry.published or entry.updated
    if at is not None:
        parts.append(moment(at, zone))
    return " · ".join(parts)


def outlets_line(
    outlets: Sequence[str], last_at: datetime | None, zone: tzinfo | None = None
) -> str:
    """Return `3 outlets · Reuters, Yonhap, 38 North · last 14:20` as mrkdwn; "" for one outlet."""
    if len(outlets) < _FEWEST_OUTLETS:
        return ""
    named = ", ".join(literal(shorten(outlet, 40)) for outlet in outlets[:_MOST_OUTLETS])
    more = len(outlets) - _MOST_OUTLETS
    parts = [f"*{len(outlets):,} outlets*", named + (f" and {more:,} more" if more > 0 else "")]
    return " · ".join(parts + ([f"last {moment(last_at, zone)}"] if last_at else []))


# ── summary ───────────────────────────────────────────────────────────────────


def _summary(alert: Alert) -> Block | None:
    text = alert.entry.summary
    if clean(text) in {"", clean(alert.entry.title)}:
        return None
    spans = [(why.start, why.end) for why in alert.why if why.field == "summary"]
    runs = excerpt(text, spans, SUMMARY_COLUMNS)
    return rich_text(line(*map(_run_element, runs))) if runs else None


def _run_element(run: Run) -> Element:
    text = run[0].replace("<", "<\u2060")  # as `inert`, but blanks at the ends count
    return {"type": "text", "text": text, **({"style": {"bold": True}} if run[1] else {})}


def excerpt(text: str, spans: Iterable[tuple[int, int]], columns: int) -> tuple[Run, ...]:
    """Return the part of `text` to show, as runs that are matched terms or not.

    It starts at the beginning, or a little before the first term if that lies too far in.

    Args:
        text: the field as published.
        spans: offsets of matched terms in `text`, in code points.
        columns: the most to show, the ellipses included.
    """
    inside = sorted(span for span in spans if 0 <= span[0] < span[1] <= len(text))[:_MAX_SPANS]
    begin = _begin(text, inside[0] if inside else (0, 0), columns)
    chars = list(_shown(text, begin, inside, columns))
    return tuple(_runs(_cut(chars, columns, lead="…" if begin else "")))


def _begin(text: str, first: tuple[int, int], columns: int) -> int:
    if first[1] <= columns and width(text[: first[1]]) < columns - 10:
        return 0
    near = max(0, first[0] - columns // 4)
    space = text.find(" ", near, first[0])
    return near if space < 0 else space + 1


def _shown(text: str, begin: int, spans: Sequence[tuple[int, int]], columns: int) -> Iterator[Run]:
    """Yield the visible characters from `begin`, blanks collapsed, a little over what is shown."""
    blank = True
    for index in range(begin, min(len(text), begin + 4 * columns)):
        char = " " if text[index].isspace() else text[index]
        if not is_visible(char) or (blank and char == " "):
            continue
        blank = char == " "
        yield char, any(start <= index < end for start, end in spans)


def _cut(chars: list[Run], columns: int, lead: str) -> list[Run]:
    """Return as many of `chars` as fit, cut on a word, with ellipses where something is left out."""
    whole, used = [(lead, False)] if lead else [], len(lead)
    for index, (char, _) in enumerate(chars):
        used += width(char)
        if used >= columns:
            return [*whole, *_back_to_word(chars[:index]), ("…", False)]
    return whole + chars if chars else []


def _back_to_word(chars: list[Run]) -> list[Run]:
    for back in range(1, min(len(chars), 30)):
        if chars[-back][0] == " ":
            return chars[:-back]
    return chars


def _runs(chars: Iterable[Run]) -> Iterator[Run]:
    for is_term, group in groupby(chars, key=lambda run: run[1]):
        yield "".join(char for char, _ in group), is_term


# ── why ───────────────────────────────────────────────────────────────────────


def why_line(why: Iterable[Reason], names: Mapping[str, str] | None = None) -> str:
    """Return `why: *missile* (title) · *Sohae* → North Korea (summary)` as mrkdwn; "" for none.

    Args:
        why: the reasons; the same words found in several fields are named once.
        names: display names by entity id, for reasons that carry no path.
    """
    found: dict[str, list[str]] = {}
    for reason in why:
        fields = found.setdefault(_found(reason, names or {}), [])
        if reason.field not in fields:
            fields.append(reason.field)
    shown, room = [], _WHY_CHARS
    for words, fields in found.items():
        item = f"{words} ({', '.join(map(literal, fields))})"
        room -= len(item) + 3
        if room < 0:
            break
        shown.append(item)
    if len(shown) < len(found):
        shown.append(f"and {len(found) - len(shown)} more")
    return "why: " + " · ".join(shown) if shown else ""


def _found(reason: Reason, names: Mapping[str, str]) -> str:
    """Return the words found and, if they stand for something else, what: `*Sohae* → North Korea`."""
    words = shorten(reason.text, _LABEL_COLUMNS) or shorten(reason.term, _LABEL_COLUMNS) or "?"
    named = names.get(reason.entity or "", "")
    path = reason.path or ((named,) if named else ())
    steps = [shorten(name, _LABEL_COLUMNS) for name in path]
    steps = [name for name in steps if name and name.casefold() != words.casefold()]
    return " → ".join([f"*{literal(words)}*", *map(literal, steps[-3:])])


def _fallback(alert: Alert, zone: tzinfo | None) -> str:
    level = loudest(alert.rules)
    head = f"{LEVELS[level][1]} {level.upper()}"
    if alert.rules:
        head += f" · {literal(_rules_label(alert.rules))}"
    title = link(_title(alert.entry), alert.entry.url)
    lines = [f"{head}: {title}", source_line(alert.entry, zone)]
    lines.append(outlets_line(alert.outlets, alert.last_at, zone))
    lines.append(why_line(alert.why, alert.names))
    return cut_markup("\n".join(filter(None, lines)), MAX_TEXT)
