"""Which days and which of a series a text speaks of: "on Monday", "8 June", "the third round"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

_WEEKDAYS: Final = """
monday montag lunes lundi lunedi segunda-feira понедельник poniedziałek 월요일 星期一 周一 月曜
tuesday dienstag martes mardi martedi terça-feira вторник wtorek 화요일 星期二 周二 火曜
wednesday mittwoch miércoles mercredi mercoledi quarta-feira среду środę 수요일 星期三 周三 水曜
thursday donnerstag jueves jeudi giovedì quinta-feira четверг czwartek 목요일 星期四 周四 木曜
friday freitag viernes vendredi venerdì sexta-feira пятницу piątek 금요일 星期五 周五 金曜
saturday samstag sábado samedi sabato субботу sobotę 토요일 星期六 周六 土曜
sunday sonntag domingo dimanche domenica воскресенье niedzielę 일요일 星期日 周日 日曜
"""
_DAY_OF: Final = {
    word: number
    for number, line in enumerate(_WEEKDAYS.strip().splitlines())
    for word in line.split()
}
_WEEKDAY = re.compile(
    "|".join(
        (r"\b{}\b" if word.isascii() else r"{}").format(re.escape(word))
        for word in sorted(_DAY_OF, key=len, reverse=True)
    ),
    re.IGNORECASE,
)
_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.,]\d)|\b(\d{{1,2}})(?:st|nd|rd|th|\.)? {_MONTH}\b",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"\b(\d{1,2}) ?/ ?(\d{1,2}) ?/ ?(?:20)?\d\d\b")
_CJK_DATE = re.compile(r"(\d{1,2})[月월]\s?(\d{1,2})[日일]")

_ORDINALS: Final = {
    word: str(number)
    for number, words in enumerate(
        (
            "second zweite zweiten zweiter segundo segunda deuxième второй вторая второе",
            "third dritte dritten dritter tercer tercera troisième третий третья третье",
            "fourth vierte vierten cuarto cuarta quatrième четвертый четвертая",
            "fifth fünfte fünften quinto quinta cinquième пятый пятая",
            "sixth sechste sechsten sexto sexta sixième шестой",
            "seventh siebte siebten séptimo septième седьмой",
            "eighth achte achten octavo huitième восьмой",
            "ninth neunte neunten noveno neuvième девятый",
            "tenth zehnte zehnten décimo dixième десятый",
        ),
        2,
    )
    for word in words.split()
}
_ORDINAL = re.compile(
    r"\b(\d{1,3})(?:st|nd|rd|th|º|ª|e|ème)\b|第(\d{1,3})|\b(" + "|".join(_ORDINALS) + r")\b",
    re.IGNORECASE,
)


def days_in(text: str, at: datetime) -> Iterator[str]:
    """Yield the days a text names, as month and day, weekdays as the nearest such day to `at`."""
    for match in _WEEKDAY.finditer(text):
        back = (at.weekday() - _DAY_OF[match[0].lower()]) % 7
        yield _shown(at - timedelta(days=back if back < 4 else back - 7))
    for match in _DATE.finditer(text):
        month = (match[1] or match[4]).lower()
        yield f"{_MONTHS.index(month) + 1}-{int(match[2] or match[3])}"
    for match in _NUMERIC.finditer(text):
        yield f"{int(match[1])}-{int(match[2])}"
    for match in _CJK_DATE.finditer(text):
        yield f"{int(match[1])}-{int(match[2])}"


def _shown(day: datetime) -> str:
    return f"{day.month}-{day.day}"


def ordinals_in(text: str) -> Iterator[str]:
    """Yield which of a series a text names: "2" for "second", "13" for "13th"."""
    for match in _ORDINAL.finditer(text):
        yield match[1] or match[2] or _ORDINALS[match[3].lower()]
