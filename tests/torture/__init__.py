"""Kill it at every statement and at any moment, lose replies, turn clocks: each alert once."""
