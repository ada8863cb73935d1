"""Watchdesk: know about a development minutes after the first outlet has it, once, and why."""

__version__ = "2026.11.0"
