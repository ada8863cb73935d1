"""Entities: actors and locations as things with many names, found in text with evidence."""

from bot.core.entities.gazetteer import Gazetteer

__all__ = ["Gazetteer"]
