"""Strict loopback servers and validators that tests share."""
