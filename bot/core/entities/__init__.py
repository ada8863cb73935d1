"""Entities: actors and locations as things with many names, found in text with evidence."""

from bot.core.entities.catalogue import Catalogue
from bot.core.entities.gazetteer import Gazetteer
from bot.core.entities.home import home_of
from bot.core.entities.names import NameBook
from bot.core.entities.team import alias
from bot.core.entities.verdict import Explained, Why

__all__ = ["Catalogue", "Explained", "Gazetteer", "NameBook", "Why", "alias", "home_of"]
