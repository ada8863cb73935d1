"""What a report adds to a story: actors, places and numbers that nobody named before."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.stories.profile import IN_TITLE, KIND_SHIFT, Profile, TermKind

_TELLING = {TermKind.PLACE, TermKind.ACTOR, TermKind.NUMBER}
_MOST = 4


def news(report: Profile, before: Iterable[Profile]) -> tuple[str, ...]:
    """Return what stands in the title of a report and in no earlier one of its story.

    Args:
        report: with its labels, as `profile` returns it.
        before: what the story told so far.

    Returns:
        Names and numbers for people, at most four; nothing for a story's first report.
    """
    told = [set(one.numbers()) for one in before]
    if not told:
        return ()
    known = set().union(*told)
    found = {
        label: None
        for term, weight, label in zip(report.numbers(), report.weights, report.labels, strict=True)
        if term >> KIND_SHIFT in _TELLING and weight & IN_TITLE and term not in known and label
    }
    return tuple(found)[:_MOST]
