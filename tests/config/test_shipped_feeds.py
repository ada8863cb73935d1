"""The feeds.yaml that ships: loads, is broad, and holds only feeds known to be alive."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.config import Config, load_config
from tests.conftest import ROOT

#: Hosts whose feeds answer but have been dead for years, or that refuse programs.
DEAD_HOSTS = {"rss.cnn.com", "feeds.reuters.com", "www.csis.org", "www.understandingwar.org"}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(ROOT / "feeds.yaml")


def test_it_is_broad(config: Config) -> None:
    polled = [feed for feed in config.feeds if feed.enabled]
    assert len(polled) >= 45
    assert len({feed.lang for feed in polled}) >= 7
    regions = Counter(tag for feed in polled for tag in feed.tags)
    for region in ("korea", "asia", "middle-east", "africa", "latin-america", "europe", "world"):
        assert regions[region], region


def test_every_feed_says_who_what_and_how_often(config: Config) -> None:
    for feed in config.feeds:
        assert feed.title, feed.url
        assert feed.tags, feed.url
        assert feed.lang, feed.url
        assert 900 <= feed.every_s <= 7200, feed.url
        assert feed.url.startswith("https://"), feed.url


def test_the_starter_rules_post_to_one_channel(config: Config) -> None:
    assert len(config.rules) == 3
    assert {rule.channel for rule in config.rules} == {"#alerts"}


@pytest.mark.data
def test_each_feed_comes_from_the_checked_list(config: Config, shared_data: Path) -> None:
    curated = {row["url"]: row for row in rows(shared_data / "lists/curated_feeds.csv")}
    for feed in config.feeds:
        assert feed.url in curated
        assert (feed.lang or "").partition("-")[0] == curated[feed.url]["language"], feed.url
        if "off by default" in curated[feed.url]["evidence"]:
            assert not feed.enabled, feed.url


@pytest.mark.data
def test_no_feed_is_known_to_be_dead(config: Config, shared_data: Path) -> None:
    health = rows(shared_data / "lists/worldmonitor_feed_health_20260226.csv")
    dead = {row["URL"] for row in health if row["Status"] in ("DEAD", "STALE", "EMPTY")}
    assert len(dead) > 20
    for feed in config.feeds:
        assert feed.url not in dead
        assert urlsplit(feed.url).hostname not in DEAD_HOSTS


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
