"""What a story's thread shows: another outlet's report, what is new in it, what became of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from bot.core.models import Entry, Message, Reason
from bot.core.render.alert import source_line, why_line
from bot.core.render.blocks import MAX_TEXT, context, line, linked, rich_text
from bot.core.render.markup import cut_markup, link, literal, shorten, web_link
from bot.core.render.reply import Button, button_row

SPLIT = "story_split"  #: action id of the button; its value is the entry's number

_TITLE_COLUMNS = 250
_NOTE_COLUMNS = 400


def report_message(
    entry: Entry,
    why: Iterable[Reason] = (),
    *,
    note: str = "",
    may_be_another: bool = True,
    zone: tzinfo | None = None,
) -> Message:
    """Return the reply that shows another report of a story.

    Args:
        entry: the report.
        why: why a rule fired on it.
        note: what is new in it, in plain words.
        may_be_another: whether people may say that it tells another story.
        zone: of the times that clients show when they can't format dates; UTC if not given.
    """
    title = shorten(entry.title, _TITLE_COLUMNS) or "(no title)"
    shown_note = f"*{literal(shorten(note, _NOTE_COLUMNS))}*" if note else ""
    small = [text for text in (source_line(entry, zone), why_line(why)) if text]
    blocks = [rich_text(line(linked(title, web_link(entry.url))))]
    blocks = [*([context(shown_note)] if shown_note else []), *blocks, *map(context, small)]
    if entry.id and may_be_another:
        wrong = Button(text="Not the same story", action_id=SPLIT, value=str(entry.id))
        blocks.append(button_row([wrong]))
    text = "\n".join(filter(None, [shown_note, link(title, entry.url), *small]))
    return Message(text=cut_markup(text, MAX_TEXT), blocks=tuple(blocks))
