"""Feed markup → the plain text people read: no tags, no entities, no boilerplate, bounded."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborHTMLParser

from bot.core.text import strip_controls

MAX_TITLE = 250
MAX_SUMMARY = 2_000
#: Deeply nested markup costs quadratic time; an honest teaser is far shorter.
_MAX_MARKUP = 64_000

_UNREAD = ["script", "style", "noscript", "template", "iframe", "svg", "figure", "object", "select"]
_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|hr|li|[uod]l|d[dt]|h[1-6]|t[rdh]|table|blockquote|section|article|pre|"
    r"header|footer|aside|main|nav|address|caption)\b)",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_MARKUP = re.compile(
    r"</(?:a|p|b|i|u|em|strong|span|div|br|font|h[1-6]|ul|ol|li|table|t[drh]|blockquote|sub|sup|"
    r"small|code|pre|script|style|figure|iframe|section|article|cite|q|s|tt|center)\s*>"
    r"|<(?:br|hr|p|img)\b[^<>]{0,2000}/?>",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
#: Letters and marks that show nothing: a title of them would be an empty one.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
#: Marks that cover the lines above and below when there are many of them.
_MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARKS}{{3}}){_MARKS}+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAILS = re.compile(
    r"\s*(?:(?:The post|The article) .{1,300} (?:first )?appeared (?:first )?on .{1,150}"
    r"|(?:El artículo|La entrada) .{1,300} (?:se publicó|apareció) primero en .{1,150}"
    r"|L[’']article .{1,300} est apparu en premier sur .{1,150}"
    r"|Der Beitrag .{1,300} erschien zuerst auf .{1,150}"
    r"|[\[(]\s?(?:…|\.\.\.|\. \. \.)\s?[\])]|(?:Continue|Keep) reading\s?(?:…|\.\.\.|→|»)"
    r"|(?:^|(?<=[.!?…:;”\"'»)\]])|(?<=[.!?…:;”\"'»)\]] ))[\[(]?(?:"
    r"(?:Continue reading|Keep reading)(?:[:\s“\"'…].{0,150})?"
    r"|(?:Read more|Read the (?:full|rest)|Lire la suite|Weiterlesen|Seguir leyendo|Leer más"
    r"|Читать далее)(?: (?:about|on|at|here|of|in|the|article|story)\b.{0,120}|\s?[:…].{0,120})?)"
    r")[\s→»>.…\])]*$",
    re.IGNORECASE,
)
_TAIL_REACH = 700
_MAX_TAILS = 5


def plain_text(markup: str, *, is_html: bool) -> str:
    """Return the text of `markup` on one line.

    Args:
        markup: what the feed says, with the XML or JSON layer already taken off.
        is_html: whether the feed declares HTML; text that plainly is HTML is read so anyway.
    """
    text = markup[:_MAX_MARKUP]
    if "<" in text or "&" in text:
        text = _unmarked(_CDATA.sub("", text), is_html=is_html)
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
        text = _STACKED.sub(r"\1", _BLANK.sub("", text))
    return " ".join(strip_controls(text).split())


def _unmarked(text: str, *, is_html: bool) -> str:
    tagged = "<" in text
    if is_html or _MARKUP.search(text):
        text = _text_of(_SURROGATE.sub("\ufffd", text))
    return _decoded_again(text, tagged=tagged)


def _text_of(markup: str) -> str:
    # A block ends a word even where the source has no space: "<p>one</p><p>two</p>".
    document = LexborHTMLParser(_BLOCK.sub(" <", markup))
    document.strip_tags(_UNREAD, recursive=True)
    return document.body.text() if document.body else ""


def _decoded_again(text: str, *, tagged: bool) -> str:
    """Decode once more what the publisher escaped twice (`Q&amp;amp;A`), and only once."""
    if _ENTITY.search(text):
        text = _SURROGATE.sub("\ufffd", html.unescape(text))
    return text if tagged or not _MARKUP.search(text) else _text_of(text)


def without_tail(text: str) -> str:
    """Cut what a publishing system appends to every teaser, as often as it did."""
    for _ in range(_MAX_TAILS):
        if not (cut := _TAILS.search(text, max(0, len(text) - _TAIL_REACH))):
            break
        text = text[: cut.start()].rstrip()
    return text


def shortened(text: str, limit: int) -> str:
    """Return `text` in at most `limit` code points, cut between words where there are any."""
    if len(text) <= limit:
        return text
    head, space, _ = text[: limit - 1].rpartition(" ")
    return (head if space and len(head) > limit // 2 else text[: limit - 1]).rstrip() + "…"
