"""Which days and which of a series a text speaks of: "on Monday", "8 June", "the third round"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from bot.core.text import fold_all

_WEEKDAYS: Final = (
    "monday montag lunes lundi lunedi понедельник poniedziałek 월요일 星期一 周一 月曜",
    "tuesday dienstag martes mardi martedì вторник wtorek 화요일 星期二 周二 火曜",
    "wednesday mittwoch miércoles mercredi mercoledì среду środę 수요일 星期三 周三 水曜",
    "thursday donnerstag jueves jeudi giovedì четверг czwartek 목요일 星期四 周四 木曜",
    "friday freitag viernes vendredi venerdì пятницу piątek 금요일 星期五 周五 金曜",
    "saturday samstag sábado samedi sabato субботу sobotę 토요일 星期六 周六 土曜",
    "sunday sonntag domingo dimanche domenica воскресенье niedzielę 일요일 星期日 周日 日曜",
)
_ORDINALS: Final = (
    "second zweite zweiten zweiter segundo segunda deuxième второй вторая второе",
    "third dritte dritten dritter tercer tercera troisième третий третья третье",
    "fourth vierte vierten cuarto cuarta quatrième четвертый четвертая",
    "fifth fünfte fünften quinto quinta cinquième пятый пятая",
    "sixth sechste sechsten sexto sexta sixième шестой",
    "seventh siebte siebten séptimo septième седьмой",
    "eighth achte achten octavo huitième восьмой",
    "ninth neunte neunten noveno neuvième девятый",
    "tenth zehnte zehnten décimo dixième десятый",
)


def _numbered(lines: tuple[str, ...], first: int) -> Mapping[str, int]:
    """Return the folded words of each line, with the number of the line."""
    return MappingProxyType(
        {
            folded.decode(): number
            for number, line in enumerate(lines, first)
            for folded in fold_all(line.split())
        }
    )


_WEEKDAY_OF: Final = _numbered(_WEEKDAYS, 0)
_ORDINAL_OF: Final = _numbered(_ORDINALS, 2)

_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH: Final = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_NTH: Final = r"(\d{1,2})(?:st|nd|rd|th|\.)?"
_DATE = re.compile(rf"\b{_MONTH} {_NTH}\b(?![:.,]\d)|\b{_NTH} {_MONTH}\b", re.IGNORECASE)
_NUMERIC = re.compile(
    r"\b(\d{1,2}) ?/ ?(\d{1,2}) ?/ ?(?:20)?\d\d\b|(\d{1,2})[月월]\s?(\d{1,2})[日일]"
)
_SERIES = re.compile(r"(\d{1,3})(?:st|nd|rd|th|eme)")
_SERIES_INSIDE = re.compile(r"第(\d{1,3})")
_DIGIT = re.compile(r"\d")


def dates_in(text: str) -> Iterator[str]:
    """Yield the dates written in a text, each as month and day: "6-8"."""
    if not _DIGIT.search(text):
        return
    for match in _DATE.finditer(text):
        month = _MONTHS.index((match[1] or match[4]).lower()) + 1
        yield from _date(month, int(match[2] or match[3]))
    for match in _NUMERIC.finditer(text):
        yield from _date(int(match[1] or match[3]), int(match[2] or match[4]))


def _date(month: int, day: int) -> Iterator[str]:
    if month > 12:  # 27/11/05
        month, day = day, month
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield f"{month}-{day}"


def weekday_in(word: str, at: datetime) -> str | None:
    """Return the day a folded word names, as the nearest such day to `at`; mostly it is past."""
    number = _WEEKDAY_OF.get(word)
    if number is None:
        return None
    back = (at.weekday() - number) % 7
    day = at - timedelta(days=back if back < 4 else back - 7)
    return f"{day.month}-{day.day}"


def ordinal_in(word: str) -> str | None:
    """Return which of a series a folded word names: "2" for "second", "13" for "13th"."""
    number = _ORDINAL_OF.get(word)
    if number is not None:
        return str(number)
    match = _SERIES.fullmatch(word) if word[0].isdigit() else None
    return match[1] if match else None


def series_in(text: str) -> list[str]:
    """Return which of a series a text of an unspaced script names: "13" for 第13次."""
    return _SERIES_INSIDE.findall(text) if "第" in text else []
