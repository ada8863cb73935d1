"""What the words beside a name say: that it is a state, a language, an address, a government."""

from __future__ import annotations

import re
from typing import Final

_REACH: Final = 80  # characters to look at on either side
_PLACE_BEFORE = re.compile(
    r"\b(?:in|into|inside|outside|near|across|throughout|within|visit(?:s|ed|ing)?|"
    r"(?:travel(?:s|led|ed|ling)?|fl(?:ew|ies|ying)|trip|visits?|return(?:s|ed)?) to|"
    r"border(?:s|ing)?(?: with)?|neighbou?r(?:s|ing)?|"
    r"(?:troops|soldiers|forces|refugees|migrants|rebels|aid|imports|exports) (?:from|to)|fle(?:e|es|ed|eing)|"
    r"(?:republic|kingdom|government|parliament|army|president|king|capital) of|"
    r"en|au|nach|aus|в|во|из|на)\s+$",
    re.IGNORECASE,
)
_STATE_AFTER = re.compile(
    r"(?:['’]s)?\s+(?:president|king|queen|prime minister|foreign minister|parliament|government|army|"
    r"military|capital|border|economy|embassy|ambassador|central bank|constitution|ruling party)\b"
    r"|[^.;!?]{1,60}\b(?:its|their) (?:borders?|airspace|territory|army|military|troops|forces|embassy|"
    r"ambassador|parliament|government|coast|waters)\b",
    re.IGNORECASE,
)
_TOWN_BEFORE = re.compile(r"[^\W\d_][\w'’.-]*, $")

_LANGUAGE_AFTER = re.compile(
    r"[ -](?:language|speak(?:ing|ers?)|dialects?|translations?|translators?|subtitles|lessons?|grammar"
    r"|alphabet|vocabulary|word for|version of the (?:text|article|statement|website))\b"
    # 한국어, 중국어로; 韓国語
    r"|어(?:로|를|가|는|와|의|에|도|판|권)?(?![가-힣])|[語语]",
)
_LANGUAGE_BEFORE = re.compile(
    r"\b(?:(?:speak(?:s|ing)?|spoke|spoken|learn(?:s|ed|t|ing)?|teach(?:es|ing)?|taught|fluent)"
    r"(?: in)?(?: (?:both|fluent|some|perfect|broken|good|only|no|basic))?"
    r"|(?:translated|translation) (?:in)?to|(?:in|into|from)(?: (?:both|broken|fluent|perfect))?"
    r"|parl\w+|habla\w*|en|auf|spricht|на|fala\w*) $",
    re.IGNORECASE,
)
_LANGUAGE_ENDS = re.compile(
    r"$|\s*[.,;:!?)\]”\"]|['’] |\s(?:and|or|but|with|as well|fluently|at (?:school|home|university)|"
    r"to (?:his|her|their|the)|y|et|und|oder|języku)\b|\s(?:языке|языку)\b|\n"
)
#: Names of peoples that are names of languages too.
_LANGUAGES: Final = frozenset(
    """
    albanian arabic armenian azerbaijani belarusian bengali bosnian bulgarian burmese chinese croatian
    czech danish dutch english estonian filipino finnish french georgian german greek hungarian
    icelandic indonesian irish italian japanese kazakh khmer korean kyrgyz lao latvian lithuanian
    macedonian malay maltese mongolian nepali norwegian persian polish portuguese romanian russian
    serbian slovak slovene slovenian somali spanish swahili swedish tajik thai turkish turkmen
    ukrainian uzbek vietnamese
    allemand anglais chinois coréen espagnol français italien japonais polonais portugais russe turc
    ukrainien alemán chino coreano español francés inglés italiano japonés polaco portugués ruso
    turco ucraniano chinesisch deutsch englisch französisch italienisch japanisch koreanisch polnisch
    portugiesisch russisch spanisch türkisch ukrainisch
    """.split()
)


def reads_as_state(text: str, start: int, end: int) -> bool:
    """Say whether the words around treat the name as a state: in Chad, Chad's army."""
    return bool(
        _PLACE_BEFORE.search(text[max(0, start - _REACH) : start])
        or _STATE_AFTER.match(text, end, end + _REACH)
    )


def stands_after_town(text: str, start: int) -> bool:
    """Say whether a capitalised word and a comma come before: Slidell, La."""
    match = _TOWN_BEFORE.search(text[max(0, start - _REACH) : start])
    return bool(match) and match[0][0].isupper() if match else False


def is_language(text: str, start: int, end: int) -> bool:
    """Say whether the name of a people is that of its language here: speaks Russian, in Korean."""
    after = text[end : end + 1]
    if after in {" ", "-", "어", "語", "语"} and _LANGUAGE_AFTER.match(text, end):
        return True
    if text[start - 1 : start] != " " or text[start:end].lower() not in _LANGUAGES:
        return False
    if not _LANGUAGE_ENDS.match(text, end):
        return False
    return bool(_LANGUAGE_BEFORE.search(text[max(0, start - _REACH) : start]))
