"""Bytes → text."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.charset import decode

XML = "<?xml version='1.0' encoding='{}'?><t>{}</t>"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("<t>é</t>".encode(), None, "<t>é</t>"),
        ("<t>é</t>".encode(), "text/xml; charset=iso-8859-1", "<t>é</t>"),
        (codecs.BOM_UTF8 + "<t>é</t>".encode(), "text/xml; charset=koi8-r", "<t>é</t>"),
        ("<t>é</t>".encode("utf-16"), None, "<t>é</t>"),
        ("<t>é</t>".encode("utf-16-be"), None, "<t>é</t>"),
        ("<t>é</t>".encode("utf-16-le"), None, "<t>é</t>"),
        (codecs.BOM_UTF32_LE + "<t>é</t>".encode("utf-32-le"), None, "<t>é</t>"),
        ("<t>é</t>".encode("utf-32-be"), None, "<t>é</t>"),
        ("<t>ж</t>".encode("koi8-r"), 'text/xml; CHARSET = "KOI8-R"', "<t>ж</t>"),
        ("<t>“é”</t>".encode("cp1252"), "text/xml; charset=iso-8859-1", "<t>“é”</t>"),
        ("<t>“é”</t>".encode("cp1252"), None, "<t>“é”</t>"),
        ("<t>日本</t>".encode("iso-2022-jp"), "text/xml; charset=iso-2022-jp", "<t>日本</t>"),
        ("<t>서울</t>".encode("cp949"), "text/xml; charset=ks_c_5601-1987", "<t>서울</t>"),
        ("<t>中</t>".encode("gb18030"), "text/xml; charset=gb2312", "<t>中</t>"),
    ],
)
def test_the_right_charset_is_found(body: bytes, content_type: str | None, expected: str) -> None:
    assert decode(body, content_type) == (expected, None)


def test_the_declaration_beats_a_default_and_yields_to_a_choice() -> None:
    body = XML.format("windows-1251", "жук").encode("cp1251")
    assert "жук" in decode(body, "text/xml; charset=ISO-8859-1")[0]
    assert "жук" in decode(body, None)[0]
    assert "жук" not in decode(body, "text/xml; charset=koi8-r")[0]


@pytest.mark.parametrize("charset", ["x-harbour-9", "rot13", "base64"])
def test_an_unknown_charset_is_said(charset: str) -> None:
    text, problem = decode("<t>café é è</t>".encode("cp1252"), f"text/xml; charset={charset}")
    assert text == "<t>café é è</t>"
    assert problem == f"unknown charset {charset}"


@pytest.mark.parametrize("charset", ["idna", "punycode", "unicode_escape", "undefined", "utf-7"])
def test_codecs_that_are_no_charsets_are_not_used(charset: str) -> None:
    body = b"<t>+ADw- \\x41 \xe9</t>"
    assert decode(body, f"text/xml; charset={charset}")[0] == "<t>+ADw- \\x41 é</t>"


def test_a_broken_byte_is_said() -> None:
    text, problem = decode(b"<t>\xc3\xa9\xc3\xa9\xff</t>", None)
    assert (text, problem) == ("<t>éé\ufffd</t>", "characters that are not valid utf-8: 1")


def test_a_wrong_label_is_read_as_far_as_it_goes() -> None:
    text, problem = decode(b"<t>\xff\xff\xfe</t>", "text/xml; charset=euc-kr")
    assert text.startswith("<t>")
    assert problem is not None


@given(
    st.binary(max_size=60),
    st.sampled_from([None, "x; charset=utf-16", "x; charset=hz", "x; charset=utf-32"]),
)
def test_no_bytes_break_it(body: bytes, content_type: str | None) -> None:
    decode(body, content_type)
