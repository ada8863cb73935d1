"""Reports for tests of stories: few words, made up."""

from datetime import UTC, datetime, timedelta

from bot.core.models import Entry
from bot.core.stories import Grouper, Joined, Profile, Started, profile
from bot.core.stories.likeness import Weighed
from bot.core.stories.profile import WEIGHT
from tests.core.gazetteers import WORLD

START = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
START_S = int(START.timestamp())
HOUR = 3600

LAUNCH = (
    "North Korea fires missile from Sohae",
    "Pyongyang tested a long-range missile on Wednesday, officials in Seoul said.",
)
LAUNCH_AGAIN = (
    "Missile launched from Sohae, Seoul says",
    "Officials said North Korea had tested a long-range missile from its western coast.",
)
FERRY = (
    "Ferry with 45 aboard capsizes near Oldport",
    "Divers search the harbour for passengers of the night ferry.",
)


def told(
    number: int,
    texts: tuple[str, str],
    *,
    hours: float = 0,
    lang: str | None = "en",
    outlet: str = "",
) -> Profile:
    title, summary = texts
    entry = Entry(
        key=str(number), id=number, title=title, summary=summary, lang=lang, outlet=outlet
    )
    return profile(entry, WORLD.mentions(entry), START + timedelta(hours=hours))


def weighed(known: Profile) -> Weighed:
    """Weigh all terms as if they were equally rare."""
    return Weighed(known, (float(weight & WEIGHT) for weight in known.weights))


def assign(grouper: Grouper, known: Profile) -> Joined | Started:
    return grouper.assign(known, known.at)


def told_by(known: Profile, found: Joined | Started) -> dict[int, int]:
    """Return the story of an entry and of those that it brings over."""
    gathered = found.gathered if isinstance(found, Joined) else ()
    return dict.fromkeys((known.entry, *gathered), found.story)
