"""What a picture says, as lines of text: for docs, and for tests that read like a person."""

from __future__ import annotations

import re
from html import unescape

_BREAKS = re.compile(r"<br>|</(?:div|li|h2|pre|label|blockquote)>|<hr>")
_BUTTON = re.compile(r'<span class="button[^"]*">(.*?)</span>')
_CODE = re.compile(r"<code>(.*?)</code>")
_TAG = re.compile(r"<[^>]+>")


def reading(html: str) -> str:
    """Return HTML made by `tests.pictures` as plain lines; buttons stand in brackets."""
    html = re.sub(r'<div class="avatar[^"]*">.*?</div>', "", html)
    html = _BUTTON.sub(r" [\1]", html)
    html = _CODE.sub(r"`\1`", html)
    html = re.sub(r"<img alt=\"([^\"]*)\"[^>]*>", r"(picture: \1)<br>", html)
    html = html.replace("<li>", "• ")
    text = unescape(_TAG.sub("", _BREAKS.sub("\n", html))).replace("\u2060", "")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)
