"""`bot run` as a process, loopback feeds, a loopback Slack: what is wanted arrives, once."""
