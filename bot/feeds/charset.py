"""Bytes of a feed → text: byte order mark, the bytes themselves, header, XML declaration."""

from __future__ import annotations

import codecs
import re

#: What browsers read under these labels: supersets, so nothing that was right becomes wrong.
_READ_AS = {
    "ascii": "windows-1252",
    "us-ascii": "windows-1252",
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
}
#: What a server says when nobody configured it: the document knows better.
_UNCONFIGURED = frozenset({"us-ascii", "ascii", "iso-8859-1"})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED_WIDE = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SEVEN_BIT = re.compile(r"iso-?2022|hz", re.IGNORECASE)
#: Python's codecs that are no charsets: some are slow, some never end well.
_NO_CHARSET = re.compile(r"idna|punycode|unicode|undefined|mbcs|oem|utf-?7", re.IGNORECASE)


def decode(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    """Return the text of `body` and, when characters had to be replaced, a sentence about it."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _forced(body[len(mark) :], encoding)
    for mark, encoding in _UNMARKED_WIDE:
        if body.startswith(mark):
            return _forced(body, encoding)
    charset = _charset(body, content_type)
    if not (charset and _SEVEN_BIT.match(charset)):
        # Text in another charset is hardly ever valid UTF-8 by chance; wrong labels are common.
        try:
            return body.decode("utf-8"), None
        except UnicodeDecodeError:
            pass
    return _labelled(body, charset)


def _charset(body: bytes, content_type: str | None) -> str | None:
    in_header = _HEADER_CHARSET.search(content_type or "")
    in_document = _DECLARED.match(body[:300])
    declared = in_document[1].decode("ascii").lower() if in_document else None
    if in_header and not (declared and in_header[1].lower() in _UNCONFIGURED):
        return in_header[1].lower()
    return declared


def _labelled(body: bytes, charset: str | None) -> tuple[str, str | None]:
    encoding = _READ_AS.get(charset or "utf-8", charset or "utf-8")
    if encoding in {"utf-8", "utf8"} or _NO_CHARSET.search(encoding):
        return _nearly_utf8(body)
    try:
        return body.decode(encoding), None
    except UnicodeError:
        return _forced(body, encoding)
    except LookupError:
        return _nearly_utf8(body)[0], f"unknown charset {charset}"


def _nearly_utf8(body: bytes) -> tuple[str, str | None]:
    """Read bytes that are not quite UTF-8: broken here and there, or western after all."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(_NOT_ASCII.findall(text)) - broken
    return _forced(body, "utf-8" if broken <= sound else "windows-1252")


def _forced(body: bytes, encoding: str) -> tuple[str, str | None]:
    text = body.decode(encoding, "replace")
    bad = text.count("\ufffd") - body.count("\ufffd".encode())
    return text, f"characters that are not valid {encoding}: {bad}" if bad > 0 else None
