"""feeds.yaml: good files load, bad ones say everything that is wrong, where, and the way out."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.config import ChannelConfig, Config, Settings, load_config, load_rules
from bot.core.models import Feed, Form, Level, Mode, Rule, Threads
from bot.core.quiet import QuietHours
from bot.errors import ConfigError

CASES = Path(__file__).parents[1] / "data" / "config"


def expected_problems(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.removeprefix("# expect ") for line in lines if line.startswith("# expect ")]


def problems(error: ConfigError, path: Path) -> list[str]:
    return [str(problem).removeprefix(f"{path}:") for problem in error.problems]


@pytest.mark.parametrize("path", sorted(CASES.glob("bad-*")), ids=lambda path: path.stem)
def test_a_bad_file_names_every_problem(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    found, expected = problems(caught.value, path), expected_problems(path)
    assert expected
    for said, wanted in zip(found, expected, strict=True):
        if wanted.endswith("…") and not said.endswith("…"):
            assert said.startswith(wanted.removesuffix("…"))
        else:
            assert said == wanted


@pytest.mark.parametrize("path", sorted(CASES.glob("good-*")), ids=lambda path: path.stem)
def test_a_good_file_loads(path: Path) -> None:
    assert load_config(path).feeds or path.stem == "good-no-feeds-yet"


def test_every_key_arrives() -> None:
    origin = "good-full.yaml"
    config = load_config(CASES / origin)
    assert config.settings == Settings(
        contact="https://newsroom.example/bot",
        timezone=ZoneInfo("Asia/Seoul"),
        allow_addresses=(
            ipaddress.ip_network("127.0.0.0/8"),
            ipaddress.ip_network("10.1.2.3/32"),
            ipaddress.ip_network("fd00::/8"),
        ),
        admins=("U012ABC",),
        default_every_s=7200,
        per_hour=20,
        keep_s=30 * 86_400,
    )
    assert config.channels == (
        ChannelConfig(name="#nk-alerts", id="C0123456789", per_hour=1000),
        ChannelConfig(name="#desk"),
    )
    assert config.feeds == (
        Feed(
            url="https://one.example/feed.xml",
            title="One",
            tags=("korea", "wire"),
            lang="zh-Hant",
            every_s=90,
            enabled=False,
            backfill_s=86400,
            origin=origin,
        ),
        Feed(url="http://two.example:8080/", every_s=7200, origin=origin),
    )
    assert config.rules[0] == Rule(
        name="NK missile bases",
        query=config.rules[0].query,
        channel="#desk",
        level=Level.URGENT,
        form=Form(
            keywords=("missile base*",),
            actors=("CSIS",),
            locations=("North Korea",),
            exclude=("football",),
        ),
        owner=origin,
    )
    assert config.rules[1] == Rule(
        name="By id",
        query='"ballistic missile" -football',
        channel="C0123456789",
        mode=Mode.DIGEST,
        threads=Threads.OFF,
        quiet_hours=QuietHours.of("22:00-07:00@Asia/Seoul"),
        paused_until=datetime.max.replace(tzinfo=UTC),
        owner=origin,
    )
    assert config.rules[2] == Rule(
        name=config.rules[2].query,
        query=config.rules[2].query,
        channel="C0123456789",
        form=Form(keywords=("landmine*",)),
        owner=origin,
    )


def test_the_form_and_the_query_must_both_hit(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, "[{keywords: [missile], query: 'base OR site', exclude: [film]}]")[0]
    for part in ("missile", "base", "site", "film"):
        assert part in rule.query
    assert rule.form is None


def test_channels_have_names_for_people() -> None:
    config = load_config(CASES / "good-full.yaml")
    assert config.channel_name("C0123456789") == "#nk-alerts"
    assert config.channel_name("#desk") == "#desk"
    assert config.channel_name("C000000000X") == "C000000000X"


def test_a_channel_may_have_its_own_noise_budget(tmp_path: Path) -> None:
    assert load_config(CASES / "good-full.yaml").budgets() == {"C0123456789": 1000}
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds: []\nchannels: [{name: desk, per_hour: 3}, {name: nk}]\n")
    config = load_config(path)
    assert config.budgets() == {"#desk": 3}
    assert config.settings.per_hour == 12


@pytest.mark.parametrize("given", ["0", "1001", "-1", "1.5", "true", "²", "12/h"])
def test_a_budget_is_a_number_of_messages(tmp_path: Path, given: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"feeds: []\nsettings:\n  per_hour: {given}\n")
    with pytest.raises(ConfigError, match=rf":3: `per_hour`: `{re.escape(given)}` is no number of"):
        load_config(path)


def test_without_channels_rules_post_to_alerts_or_where_they_say(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "[{keywords: [a]}, {keywords: [b], channel: C0123456789}]")
    assert [rule.channel for rule in rules] == ["#alerts", "C0123456789"]
    assert load_config(CASES / "good-no-feeds-yet.yaml").rules[0].channel == "#anywhere"


def test_json_is_read_with_its_tabs_and_escapes() -> None:
    assert load_config(CASES / "good-tabs.json").feeds[0].title == "🚀 원"


def test_half_a_character_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "feeds.json"
    path.write_text('{"feeds": [{"url": "https://a.example/", "title": "\\ud83d"}]}')
    with pytest.raises(ConfigError, match=r":1: `title`: holds half a character → check"):
        load_config(path)


def test_words_of_yaml_are_taken_as_typed() -> None:
    feed = load_config(CASES / "good-norwegian.yaml").feeds[0]
    assert (feed.lang, feed.title, feed.enabled, feed.every_s) == ("no", "off", True, 3600)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(b"\xef\xbb\xbffeeds: []\n")
    assert load_config(path) == Config()


def test_nesting_without_end_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("[" * 1500)
    with pytest.raises(ConfigError, match="nested without end"):
        load_config(path)


def test_a_missing_file_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope\.yaml: there is no such file → .*--config"):
        load_config(tmp_path / "nope.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        load_config(tmp_path)


def test_problems_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("rules: [{level: loud}]\nfeeds: [{url: x}]\nsettings: {timezone: x}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    places = [problem.place for problem in caught.value.problems]
    assert places == sorted(places)
    assert len(places) == 4


def test_no_problem_shows_a_password() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(CASES / "bad-feeds.yaml")
    assert "swordfish" not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        load_config(CASES / "bad-settings.yaml")
    assert "xoxb" not in "".join(problems(caught.value, CASES / "bad-settings.yaml"))


def rules_of(folder: Path, text: str) -> tuple[Rule, ...]:
    path = folder / "rules.yaml"
    path.write_text(text)
    return load_rules(path)


@pytest.mark.parametrize(
    "text",
    [
        "- {name: one, keywords: [a]}\n- {name: two, query: b}\n",
        "rules:\n- {name: one, keywords: [a]}\n- {name: two, query: b}\n",
        '{"rules": [{"name": "one", "keywords": ["a"]}, {"name": "two", "query": "b"}]}',
        "feeds: [{url: 'https://a.example/'}]\nrules: [{name: one, query: a}, {name: two, query: b}]",
    ],
)
def test_a_file_of_rules_needs_nothing_else(tmp_path: Path, text: str) -> None:
    rules = rules_of(tmp_path, text)
    assert [(rule.id, rule.name) for rule in rules] == [(1, "one"), (2, "two")]


def test_a_file_of_rules_is_as_strict(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rules\.yaml:2: unknown key `keyword` in a rule"):
        rules_of(tmp_path, "- keywords: [a]\n- keyword: [a]\n")
    with pytest.raises(ConfigError, match=r"rules\.yaml:1: unknown key `rule` in the file"):
        rules_of(tmp_path, "rule: []\n")


@pytest.mark.parametrize(
    ("given", "kept_s"), [("7d", 604_800), ("90 d", 7_776_000), ("3650d", 315_360_000)]
)
def test_texts_are_kept_for_days(tmp_path: Path, given: str, kept_s: int) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"feeds: []\nsettings:\n  keep: {given}\n")
    assert load_config(path).settings.keep_s == kept_s
    path.write_text("feeds: []\nsettings:\n  keep: forever\n")
    assert load_config(path).settings.keep_s == 0
    path.write_text("feeds: []\n")
    assert load_config(path).settings.keep_s == 90 * 86_400


@pytest.mark.parametrize("given", ["6d", "3651d", "90", "never", "12h", "-7d"])
def test_what_is_no_time_to_keep_texts_is_refused(tmp_path: Path, given: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"feeds: []\nsettings:\n  keep: {given}\n")
    with pytest.raises(ConfigError, match=r":3: `keep`: .*7d to 3650d, or forever"):
        load_config(path)
