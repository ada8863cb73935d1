"""From an address to entries: fetch, read, clean, discover; lists of feeds as OPML."""
