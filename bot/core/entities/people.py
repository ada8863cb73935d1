"""Signs that a word that could be a place is a person or an organisation here."""

from __future__ import annotations

import functools
import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Given names common in news; among them those that are also places.
GIVEN_NAMES: Final = _words(
    """
    aaron abdullah adam ahmed alan albert alex alexander ali alice amanda amy andrea andrew andy
    angela ann anna anne anthony antonio arthur austin barbara ben benjamin bernard bill bob bobby
    brad brandon brian bruce carl carlos carol caroline catherine chad charles charlie charlotte
    chelsea chris christian christina christopher claire colin craig dan daniel dave david deborah
    deandre denise denzel dennis diana diego donald donna doug douglas ed edward elena elizabeth emily emma
    eric erin ethan eva evan florence francis francisco frank fred gary george georgia gerald gordon
    graham grant greg hannah harold harry hassan heather helen henry holly howard hugh ian ibrahim
    isaac ivan jack jackie jacob jake james jamie jan jane janet jason jay jean jeff jeffrey
    jennifer jeremy jessica jill jim jimmy joan joe joel john johnny jonathan jordan jose joseph
    josh joshua juan judy julia julian julie justin karen kate katherine kathy katie keith kelly ken
    kenneth kevin kim kyle lance larry laura lauren lee leo leon lewis liam linda lisa logan louis
    lucas lucy luis luke madison marc marcus margaret maria marie mario mark martin mary mason matt
    matthew maurice max megan melissa michael michelle miguel mike mitch mohamed mohammed monica
    nancy natalie nathan neil nicholas nick nicole noah oliver olivia omar oscar owen pam paris
    patricia patrick paul paula pedro peggy penny pete peter phil philip rachel ralph randy ray
    raymond rebecca ricardo richard rick rob robert robin roger ron ronald rose roy russell ruth
    ryan sally sam samantha samuel sandra sara sarah savannah scott sean sebastian sharon shaun
    shawn simon sophia sophie spencer stan stephanie stephen steve steven stuart sue susan sydney
    taylor ted teresa terry theo thomas tim timothy todd tom tommy tony tracy travis trevor tyler
    vanessa vernon victor victoria vincent virginia walter warren wayne wendy wesley will william
    hillary hunter ivanka jill melania xavier yusuf zach zoe
    """
)
#: Titles that a name follows.
_TITLES: Final = _words(
    """
    mr mrs ms miss dr sir lord lady dame prof professor judge justice coach captain capt sgt
    sergeant sen senator rep congressman congresswoman gov detective officer rev reverend father
    sister herr frau monsieur madame señor señora
    """
)
#: Capitalised words that may stand beside a place without making it a name.
_NEUTRAL: Final = _words(
    """
    a after against airport all along also ambassador an and april are army around as at attorney
    august autumn back bay because before both but by capital central chancellor chief city coast
    council county court day december defence defense delegation democratic deputy despite district
    downtown during east eastern economy elections embassy emir envoy every february fire for
    foreign former friday from general gets government governor greater had has have he her here his
    hit hits how i if in inside international into is it its january july june justice king kingdom
    last late leader mainland march mayor metro minister ministry monday more most mp mps nation
    national near nearby new north northern november now october of off old on one only or our
    outside over parliament peace people police pope premier president prime prince princess
    protests province queen region regional republic royal saturday says secretary security senate
    september several she since so some south southern spring state strait sultan summer summit
    sunday supreme talks than that the their then there these they this those thursday to today
    tonight trade tribunal tuesday two under university until upper war was we wednesday week were
    west western what when where which while who why will winter with without yesterday chairman chairwoman commander democrat director marshal negotiator
    representative republican speaker spokesman spokeswoman vice
    """
)
#: Words after a name that make it an address, a road or a house wherever that is.
_ADDRESSES: Final = _words("avenue boulevard lane road street terrace")
_REACH: Final = 60  # characters to look at on either side; more than the longest word
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'’.-]*) $")
_WORD_AFTER = re.compile(r" ([^\W\d_][\w'’-]*)")
_INITIALS = re.compile(r"(?<= )(?:[A-Z]\. ?)+$")
_STARTS = re.compile(r"(?:^|[.!?:;\"“«(—–|])\s*$")
_WORDS = re.compile(r"[^\W\d_][\w'’-]*")


_LONGEST_HEADLINE: Final = 250  # characters


@functools.lru_cache(maxsize=16)  # asked for every name in the same text
def is_headline_case(text: str) -> bool:
    """Say whether capitals mean nothing here: Most Words Have One."""
    if len(text) > _LONGEST_HEADLINE:
        return False
    words = [word for word in _WORDS.findall(text) if len(word) > 3]
    return len(words) > 2 and sum(word[0].isupper() for word in words) >= 0.75 * len(words)


def is_someone(text: str, start: int, end: int, *, firm: bool) -> bool:
    """Say whether the word at `text[start:end]` is part of a person's or organisation's name.

    Args:
        text: the field.
        start: where the word starts, in code points.
        end: where it ends.
        firm: the word is well known as a place: only clear signs count.
    """
    return _names_before(text, start, firm=firm) or _names_after(text, start, end, firm=firm)


def _word_before(text: str, start: int) -> re.Match[str] | None:
    """Return the capitalised word right before `start`; most words before are small."""
    if start < 2 or text[start - 1] != " ":
        return None
    first = text[text.rfind(" ", 0, start - 1) + 1]
    if first.isalpha() and not first.isupper():
        return None
    match = _WORD_BEFORE.search(text[max(0, start - _REACH) : start])
    return match if match and match[1][0].isupper() else None


def _names_before(text: str, start: int, *, firm: bool) -> bool:
    match = _word_before(text, start)
    if not match:
        return False
    word = match[1].rstrip(".").lower()
    if word in GIVEN_NAMES or word in _TITLES or (len(word) == 1 and match[1].endswith(".")):
        return True
    if word == "little":
        return True  # Little Italy is in New York
    if firm or word in _NEUTRAL or match[1].isupper() or match[1].endswith((".", "'s", "’s")):
        return False
    before = text[max(0, start - _REACH) : start]
    return not (_STARTS.search(before[: match.start()]) or is_headline_case(text))


def _names_after(text: str, start: int, end: int, *, firm: bool) -> bool:
    if text[end : end + 1] != " " or not text[end + 1 : end + 2].isupper():
        return False
    match = _WORD_AFTER.match(text, end, end + _REACH)
    if not match or match[1].isupper():
        return False
    word = match[1].lower()
    if word in _NEUTRAL or is_headline_case(text):
        return False
    return not firm or word in _ADDRESSES or text[start:end].lower() in GIVEN_NAMES


def has_other_name_before(text: str, start: int) -> bool:
    """Say whether a surname at `start` follows a given name: Susan Pompeo is not Mike.

    Titles and offices may stand before it: Mr Pompeo, Secretary Pompeo.
    """
    match = _word_before(text, start)
    if not match:
        return False
    word = match[1].lower()
    if len(word) == 2 and word[1] == ".":
        return True  # an initial
    ends = match[1].isupper() or word.endswith((".", "'s", "’s"))
    return not (ends or word.rstrip(".") in _TITLES or word in _NEUTRAL)


def given_name_before(text: str, start: int) -> str:
    """Return the given name before `start`, initials skipped, in lower case; empty if none."""
    before = _INITIALS.sub("", text[max(0, start - _REACH) : start])
    match = _WORD_BEFORE.search(before)
    name = match[1].lower() if match and match[1][0].isupper() else ""
    return name if name in GIVEN_NAMES else ""


def has_other_name_after(text: str, end: int) -> bool:
    """Say whether a name goes on after `end`: Kim Kardashian is not that Kim."""
    return _names_after(text, end, end, firm=False)


_EVENT = re.compile(r" (?:Cup|Trophy|Derby|Stakes|Marathon|Grand Prix)\b")


def names_event(text: str, end: int) -> bool:
    """Say whether a contest is called after it: the Kremlin Cup is no news of the Kremlin."""
    return bool(_EVENT.match(text, end))


_SPACE = re.compile(r"\s")


def is_one_word(text: str) -> bool:
    """Say whether a name is one capitalised word."""
    return " " not in text and "-" not in text and text != text.lower() and not _SPACE.search(text)
