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
    r"|\s(?:votes|bans|expels|recalls|severs|deploys|imposes|extradites|deports|summons|elects|ratifies"
    r"|annexes|nationali[sz]es|mobili[sz]es)\b"
    r"|[^.;!?]{1,60}\b(?:its|their) (?:borders?|airspace|territory|army|military|troops|forces|embassy|"
    r"ambassador|parliament|government|coast|waters)\b",
    re.IGNORECASE,
)
_REGION_AFTER = re.compile(
    r"(?:['’]s)?\s+(?:governor|gov\.|lt\. gov|lieutenant governor|lawmakers?|legislature|senators?|"
    r"attorney general|secretary of state|state (?:police|senate|house|university)|republicans?|democrats?)",
    re.IGNORECASE,
)
_TOWN_BEFORE = re.compile(r"[^\W\d_][\w'’.-]*, $")

_NAMED = re.compile(
    r"\b(?:(?:sons?|daughters?|brothers?|sisters?|baby|wife|husband|girlfriend|boyfriend|twins?|fiancée?),?"
    r"|known as|nicknamed|aka|a\.k\.a\.|stage name(?: of)?) (?:[A-Z][\w'’-]+(?:,| and) )*$"
)
_NAMING: Final = frozenset(
    "son sons daughter daughters brother brothers sister sisters baby wife husband girlfriend boyfriend"
    " twin twins fiancé fiancée as nicknamed aka a.k.a. name of and".split()
)
#: "Head chef at Iceland": nobody works at a country.
_EMPLOYER = re.compile(
    r"\b(?:chef|manager|director|analyst|executive|boss|engineer|employee|worker|buyer|colleague|officer"
    r"|staff|job|works?|worked|working|shop(?:s|ped|ping)?) at $",
    re.IGNORECASE,
)

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
    r"|(?:learning|teaching|knowledge|command|use|status|question|fluency|proficiency|level|mix) (?:of|in)"
    r"|parl\w+|habla\w*|en|auf|spricht|на|fala\w*) $",
    re.IGNORECASE,
)
_LANGUAGE_GOES_ON = re.compile(
    r" (?:is|was|will|has (?:become|been)|becomes?|became|remains|as (?:an?|the|their|his|her|its))\b"
)
_PERSON_OF = re.compile(
    r"\b(?:a|an|the|another|one|every|each|first|this|that|whose)$", re.IGNORECASE
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


def acts_as_state(text: str, end: int) -> bool:
    """Say whether the words after the name are those of a state: Chad's army, Guinea votes."""
    return bool(_STATE_AFTER.match(text, end, end + _REACH))


def reads_as_state(text: str, start: int, end: int) -> bool:
    """Say whether the words around treat the name as a state: in Chad, Chad's army."""
    before = text[max(0, start - _REACH) : start]
    return bool(_PLACE_BEFORE.search(before)) or acts_as_state(text, end)


def acts_as_region(text: str, end: int) -> bool:
    """Say whether the words after the name are those of a region: Georgia's governor."""
    return bool(_REGION_AFTER.match(text, end))


def is_given_to_someone(text: str, start: int, *, state: bool) -> bool:
    """Say whether the words before make the name a person's or a firm's: her son Jordan."""
    if start < 2 or text[start - 1] != " ":
        return False
    last = text[text.rfind(" ", 0, start - 1) + 1 : start - 1].rstrip(",")
    if last == "at":
        return state and bool(_EMPLOYER.search(text, max(0, start - _REACH), start))
    if last not in _NAMING and not last[:1].isupper():
        return False
    named = _NAMED.search(text[max(0, start - _REACH) : start])
    return bool(named) and not (state and named[0].startswith("known")) if named else False


def stands_after_town(text: str, start: int) -> bool:
    """Say whether a capitalised word and a comma come before: Slidell, La."""
    match = _TOWN_BEFORE.search(text[max(0, start - _REACH) : start])
    return bool(match) and match[0][0].isupper() if match else False


def is_language(text: str, start: int, end: int) -> bool:
    """Say whether the name of a people is that of its language here: speaks Russian, in Korean."""
    after = text[end : end + 1]
    if after in {" ", "-", "어", "語", "语"} and _LANGUAGE_AFTER.match(text, end):
        return True
    if text[start:end].lower() not in _LANGUAGES:
        return False
    before = text[max(0, start - _REACH) : start]
    if _LANGUAGE_GOES_ON.match(text, end):
        return not _PERSON_OF.search(before[:-1])
    return bool(_LANGUAGE_ENDS.match(text, end) and _LANGUAGE_BEFORE.search(before))
