"""Build bot/gazetteer/actors.jsonl from the curated lists in `lists/`."""
