"""The docs say what the code does: every key, variable, command, decision, and no other."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from bot.cli import build_parser
from bot.commands import VERBS
from bot.config import load_config
from bot.config.environment import VARIABLES
from bot.config.file import KEYS
from tests.conftest import ROOT

CONFIGURATION = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)


def table_keys(text: str) -> list[str]:
    """Return the first column of the tables in a text."""
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


def part(heading: str) -> str:
    """Return the text below a heading of docs/configuration.md, up to the next one."""
    found = re.search(
        rf"^#+ {re.escape(heading)}$(.*?)(?=^#+ |\Z)", CONFIGURATION, re.MULTILINE | re.DOTALL
    )
    assert found, heading
    return found[1]


@pytest.mark.parametrize("section", [name for name in KEYS if name])
def test_every_key_of_the_file_is_explained_and_no_other(section: str) -> None:
    assert table_keys(part(f"`{section}`")) == list(KEYS[section])


def test_every_section_of_the_file_has_its_heading() -> None:
    headings = re.findall(r"^### `(\w+)`$", CONFIGURATION, flags=re.MULTILINE)
    assert sorted(headings) == sorted(KEYS[""])


def test_every_variable_is_explained_and_no_other() -> None:
    environment = part("The environment")
    assert table_keys(environment) == list(VARIABLES)
    assert set(re.findall(r"\b[A-Z_]+_FILE\b", environment)) == {
        f"{name}_FILE" for name in VARIABLES
    }


def fenced(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


YAML = [block for path in DOCUMENTS for block in fenced(path, "yaml")]


@pytest.mark.parametrize("block", YAML)
def test_every_yaml_example_loads(block: str, tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(block, encoding="utf-8")
    config = load_config(file, need_feeds=False)
    assert config.feeds or config.rules or config.entities


def test_there_are_yaml_examples() -> None:
    assert len(YAML) >= 2


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_command_of_the_terminal_is_explained() -> None:
    [choices] = [
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    assert len(choices) > 8
    text = read("docs/commands.md")
    assert [name for name in choices if f"bot {name}" not in text] == []


def test_every_verb_of_watch_is_explained() -> None:
    text = read("docs/commands.md")
    assert [verb.name for verb in VERBS if f"/watch {verb.name}" not in text] == []
    assert "/digest" in text


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    for path in DOCUMENTS:
        named = set(
            re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert named <= targets, path.name


def test_every_check_named_exists() -> None:
    steps = (ROOT / ".ci/run").read_text(encoding="utf-8")
    functions = set(re.findall(r"^([a-z_]+)\(\) \{", steps, flags=re.MULTILINE))
    callers = [*DOCUMENTS, ROOT / "Makefile"]
    for path in callers:
        named = set(re.findall(r"\.ci/run ([a-z]+)", path.read_text(encoding="utf-8")))
        assert named <= functions, path.name


def test_the_checks_stay_one_page() -> None:
    assert len((ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()) < 90


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_path_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        assert target.startswith("https://") or (path.parent / target).exists(), target
    for named in re.findall(r"`((?:bot|docs|tests|scripts|benchmarks)/[\w./-]+)`", text):
        assert (ROOT / named).exists(), named


def test_every_decision_is_listed_once() -> None:
    folder = ROOT / "docs/adr"
    files = sorted(path.name for path in folder.glob("0*.md"))
    listed = re.findall(r"\]\((0[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


@pytest.mark.parametrize("path", sorted((ROOT / "docs/adr").glob("0*.md")), ids=lambda p: p.stem)
def test_every_decision_has_its_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    for line in ("Status: ", "## Context", "## Decision", "## Consequences"):
        assert f"\n{line}" in text


def test_the_changelog_has_one_unreleased_section() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.count("\n## [Unreleased]\n") == 1
