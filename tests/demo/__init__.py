"""The demo: what its outlets publish, how the newsroom serves it, which rules it answers."""
