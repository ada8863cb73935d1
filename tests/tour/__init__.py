"""The tour of docs/tour.md, walked: a real feed, a real store, the real app, a strict Slack."""
