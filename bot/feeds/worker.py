"""Parse in a process that can be killed: limits on time and memory that a thread can't have."""

Parser = None
