"""Markup → the plain text people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.clean import plain_text, shortened, without_tail

HTML = {
    "": "",
    "plain": "plain",
    "<p>one</p><p>two</p>": "one two",
    "one<br>two<hr/>three": "one two three",
    "<ul><li>a<li>b</ul>": "a b",
    "<table><tr><td>a</td><td>b</td></tr></table>": "a b",
    "un<b>believ</b>able": "unbelievable",
    "a<script>x()</script>b<style>y</style>c<noscript>d</noscript>": "abc",
    "<figure><img src=x><figcaption>photo</figcaption></figure>text": "text",
    "a &amp; b &#8217; c&nbsp;d": "a & b ’ c d",
    "5 < 6 and 7 > 3": "5 < 6 and 7 > 3",
    "<!-- no -->yes<!channel>": "yes",
    "<![CDATA[kept]]>": "kept",
    "&lt;b&gt;twice&lt;/b&gt;": "twice",
    "\u202eright\u200b\u3164 to\u2066 left\u2800": "right to left",
    "&lt;3 &amp;amp; more": "<3 & more",
    "<frameset><frame></frameset>": "",
    "a\x00b\u200bc\u202ed": "abcd",
}
PLAIN = {
    "5 < 6 & 7 > 3": "5 < 6 & 7 > 3",
    "The <Harbour> bill": "The <Harbour> bill",
    "AT&amp;T": "AT&T",
    "S&P &unknown; &c;": "S&P &unknown; &c;",
    "<b>bold</b>": "bold",
    "line<br/>line": "line line",
    "half \ud83d pair": "half \ufffd pair",
    "half &#xD83D; pair": "half \ufffd pair",
}


@pytest.mark.parametrize(("markup", "expected"), HTML.items())
def test_html(markup: str, expected: str) -> None:
    assert plain_text(markup, is_html=True) == expected


@pytest.mark.parametrize(("markup", "expected"), PLAIN.items(), ids=range(len(PLAIN)))
def test_plain(markup: str, expected: str) -> None:
    assert plain_text(markup, is_html=False) == expected


TAILS = [
    "The post Ferry sails appeared first on Harbour Gazette.",
    "The post Ferry sails first appeared on Harbour Gazette",
    "El artículo Zarpa el barco apareció primero en El Faro.",
    "L’article Le phare est apparu en premier sur Le Phare.",
    "Der Beitrag Der Kran erschien zuerst auf Hafenblatt.",
    "[…]",
    "[...] Continue reading →",
    "(…)",
    "Continue reading “Ferry sails” →",
    "Continue Reading",
    "Read more…",
    "Read more about Ferry sails »",
    "Read the full story at Harbour Gazette",
    "Lire la suite…",
    "Weiterlesen",
    "Leer más: El faro",
]


@pytest.mark.parametrize("tail", TAILS)
def test_boilerplate_is_cut(tail: str) -> None:
    assert without_tail(f"The ferry sails again. {tail}") == "The ferry sails again."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea leaves are read Continue reading...", "Tea leaves are read"),
        ("The ferry sails [&] The post A appeared first on B.", "The ferry sails [&]"),
        ("The ferry sails again […] […] [...]", "The ferry sails again"),
        ("Continue reading...", ""),
    ],
)
def test_boilerplate_without_a_full_stop_before_it(text: str, expected: str) -> None:
    assert without_tail(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "He said: read more books, and left.",
        f"In committee they continue reading the treaty{', clause after clause' * 10}.",
        "The post office appeared first.",
        "Nothing to cut here",
        "The list [… was long] and dull.",
    ],
)
def test_sentences_stay(text: str) -> None:
    assert without_tail(text) == text


def test_many_tails_are_cut_or_kept_without_trying_every_way() -> None:
    """Cutting that goes back and forth over these would never end."""
    assert without_tail("[…]" * 20_000).endswith("[…]")
    assert without_tail("The post " * 8_000).startswith("The post")
    assert plain_text("<" * 64_000, is_html=True).strip("<") == ""
    assert plain_text("&lt;" * 20_000, is_html=True).strip("<") == ""


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("one two three", 12, "one two…"),
        ("onetwothree", 6, "onetw…"),
        ("a verylongwordwithoutend", 12, "a verylongw…"),
    ],
)
def test_shortened(text: str, limit: int, expected: str) -> None:
    assert shortened(text, limit) == expected
    assert len(shortened(text, limit)) <= limit


@given(st.text(), st.booleans())
def test_the_result_is_one_line_of_text(markup: str, is_html: bool) -> None:
    text = plain_text(markup, is_html=is_html)
    assert text == " ".join(text.split())
    text.encode()
