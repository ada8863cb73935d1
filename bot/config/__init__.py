"""The configuration: feeds.yaml and the environment, strict, every problem at once."""

from bot.config.environment import Environment, Secret, read_environment
from bot.config.file import (
    ChannelConfig,
    Config,
    Settings,
    load_config,
    load_entities,
    load_rules,
    read_rules,
)
from bot.config.writing import write_rules

__all__ = [
    "ChannelConfig",
    "Config",
    "Environment",
    "Secret",
    "Settings",
    "load_config",
    "load_entities",
    "load_rules",
    "read_environment",
    "read_rules",
    "write_rules",
]
