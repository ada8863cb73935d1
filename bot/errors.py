"""The errors people meet, in one tree.

WatchdeskError
├── ConfigError      feeds.yaml, environment, arguments: every problem at once, with its place
├── RuleError        a query or form that can't be read, with the character it stops at
├── CommandError     a slash command that can't be carried out, with what to type instead
│   └── UnansweredError  since Slack told nothing: the same may work in a minute
├── FeedError        an address that is no feed, a document that can't be read
└── StoreError       the database: locked, full, corrupt, newer than this program
"""

from __future__ import annotations

from dataclasses import dataclass


class WatchdeskError(Exception):
    """Base of all errors that are somebody's to mend and say how."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, where, and what to do."""

    place: str  #: "feeds.yaml:12", "SLACK_BOT_TOKEN"
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" → {self.fix}" if self.fix else "")


class ConfigError(WatchdeskError):
    """The configuration can't be used; `problems` holds all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class RuleError(WatchdeskError):
    """A rule can't be read.

    Args:
        message: what is wrong and what was expected.
        query: the text as given.
        position: 0-based offset into `query`, in code points; None if it has no single place.
    """

    def __init__(self, message: str, *, query: str = "", position: int | None = None) -> None:
        self.message = message
        self.query = query
        self.position = position
        super().__init__(self.pointed())

    def pointed(self) -> str:
        """Return the message with the query below it and a caret under the character."""
        if self.position is None:
            return self.message
        return f"{self.message} (at {self.position + 1})\n{self.query}\n{' ' * self.position}^"


class CommandError(WatchdeskError):
    """A command can't be carried out; the message says what to type."""


class UnansweredError(CommandError):
    """Slack did not tell what was asked: no answer, or none that is about the question."""


class FeedError(WatchdeskError):
    """An address or a document is not a feed we can read; the message says why."""


class StoreError(WatchdeskError):
    """The database can't do what was asked; nothing was half-saved.

    Args:
        message: which file, what happened, what to do.
        transient: whether it may pass by itself: a lock, a full disk; not damage or permissions.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        self.transient = transient
        super().__init__(message)
