"""Stories: which event an entry reports, so that one development is one thread."""

from bot.core.stories.grouper import Grouper, Joined, Started
from bot.core.stories.profile import Profile, profile
from bot.core.stories.uid import story_uid

__all__ = ["Grouper", "Joined", "Profile", "Started", "profile", "story_uid"]
