"""A burst of news as a Slack message: the subject, how many and how many usually, the top three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.models import Message, Rule
from bot.core.render.alert import rule_label
from bot.core.render.blocks import MAX_SECTION, MAX_TEXT, context, section
from bot.core.render.digest import bar_line
from bot.core.render.markup import cut_markup, link, literal, moment, shorten

_TITLE_COLUMNS = 140
_NAME_COLUMNS = 80
_MOST_RULES = 5


@dataclass(frozen=True, slots=True)
class SpikeStory:
    """One of the stories behind a burst."""

    title: str
    url: str | None
    outlets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """All that the message shows; input of the renderer."""

    path: tuple[str, ...]  #: the subject's name and what it lies in; empty: the rule is it
    window: timedelta
    until: datetime  #: when it ends
    stories: int
    outlets: int
    usual: float  #: stories in such a window
    hours: Sequence[int]  #: stories of the last hours, the oldest first
    top: Sequence[SpikeStory]
    rules: Sequence[Rule]  #: of this channel that ask for it, at least one


def spike_message(spike: Spike) -> Message:
    """Return the message that tells a burst, once."""
    hours = spike.window // timedelta(hours=1)
    usually = f"usually {spike.usual:,.1f}" if spike.usual >= 0.05 else "usually none"
    said = f"*{_subject(spike)}*: {spike.stories:,} stories in {hours} h, {usually}"
    bar = bar_line(spike.hours, max(spike.hours, default=0))
    until = moment(spike.until)
    told = f"{spike.outlets:,} outlets · until {until} · last {len(spike.hours)} h `{bar}`"
    stories = "\n".join(f"{place}. {_story(one)}" for place, one in enumerate(spike.top, 1))
    heading = f":chart_with_upwards_trend: {said}"
    ends = f"{_rules(spike.rules)} · no such messages here: `/watch spikes off`"
    return Message(
        text=cut_markup(f"{said}\n{stories}", MAX_TEXT),
        blocks=(
            section(heading),
            context(told),
            section(cut_markup(stories, MAX_SECTION)),
            context(ends),
        ),
    )


def _subject(spike: Spike) -> str:
    if not spike.path:
        return literal(rule_label(spike.rules[0]))
    name, *holders = (literal(shorten(one, _NAME_COLUMNS)) for one in spike.path)
    return f"{name}, {holders[-1]}" if holders and holders[-1] != name else name


def _story(story: SpikeStory) -> str:
    outlets = f"{story.outlets:,} outlets" if story.outlets > 1 else "1 outlet"
    return f"{link(shorten(story.title, _TITLE_COLUMNS), story.url)} · {outlets}"


def _rules(rules: Sequence[Rule]) -> str:
    shown = ", ".join(literal(rule_label(rule)) for rule in rules[:_MOST_RULES])
    more = f" and {len(rules) - _MOST_RULES} more" if len(rules) > _MOST_RULES else ""
    return f"watched by {shown}{more}"
