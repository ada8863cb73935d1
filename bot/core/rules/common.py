"""Words that say little, and capitals that are a word of their own."""

from __future__ import annotations

import re
from typing import Final

from bot.core.rules.ast import Term

#: In so much of the news that a rule on one of them fires all day.
COMMON: Final = frozenset(
    """
    a about after again against all also am among an and announced are as at back be because been
    before being between both but by call called can case chief city come could country day days
    did do does down during early end even ever every expected far few find first five for former
    four from full get give go going good government group had has have he head her here high him
    his home how i if in including international into is it its just keep key know last late
    latest leader leaders left less life like live local long look made major make man many march
    may me meet meeting member men might million minister minute month months more most move much
    must my nation national need never new news next night no not now number of off officials
    old on one only open or other our out over own part past people place plan plans police
    policy political power president press public put read report reported reports right run
    said same saw say says second security see sent set several she should show since six so
    some source sources spokesman spokesperson state state's statement states still such
    support take talks team than that the their them then there these they third this those
    three through time to today told too took top toward two under until up update us use used
    very video visit want war was watch way we week weekly weeks well were what when where which
    while who why will with work world would year years yes yesterday yet you your
    """.split()
)

# Capitals that read as a word once they are small: `us`, `who`, `it`. Any two letters do,
# in some language or other: UN is French for one.
_CAPITALS = re.compile("[A-Z]{2,5}")
_WORDS: Final = frozenset(
    """
    AID AIM ALL AND ANY ARM ARMS ART BAN BAT CAN CAR CARE CAT COP COPS FAR FED FOR GAS
    HAS HE HEAT HERO ICE IDEA IRIS JUST KIND LAW LEAP MAD MARS MASH MAY MEN MIND NEAR NICE NOT
    ONE OUR PACE PEACE PIE PIN RIM SAD SALT SAM SEAL SEALS SEAT SHE SHIP SITE SPA START
    STAR STEM SWIFT THE TIME TOP WAR WAVE WHO YOU
    """.split()
)


def is_acronym(text: str) -> bool:
    """Say whether a term in capitals would be another word in small letters: US, WHO, IT, AI."""
    return bool(_CAPITALS.fullmatch(text)) and (len(text) == 2 or text in _WORDS)


def is_exact(term: Term) -> bool:
    """Say whether upper and lower case of a term count."""
    return term.case or (not term.prefix and is_acronym(term.text))
