"""What the repository as a whole promises: imports one way, a small runtime, nothing private in it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout: an unpacked archive has no list of its files")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_imports_run_one_way_and_libraries_keep_to_their_rooms() -> None:
    """In a process of its own: the linter sets up logging and switches our loggers off."""
    linter = "import importlinter.cli, sys; sys.exit(importlinter.cli.lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", linter], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_library_has_its_room() -> None:
    """A dependency that no contract confines would be free to spread."""
    confined = {
        module
        for contract in PROJECT["tool"]["importlinter"]["contracts"]
        for module in contract.get("forbidden_modules", ())
    }
    named = {re.split(r"[><=\[ ]", line)[0] for line in PROJECT["project"]["dependencies"]}
    modules = {
        name.replace("-", "_").replace("pyyaml", "yaml").replace("google_re2", "re2")
        for name in named
    }
    assert modules <= confined


def test_the_lock_names_one_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    sources = {source for package in lock["package"] for source in package["source"].values()}
    assert sources == {"https://pypi.org/simple", "."}
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-build.txt", "requirements-dev.txt"]
)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n?", "", text, flags=re.MULTILINE).strip())
    assert len(pins) > 5
    for pin in pins:
        assert re.match(r"[a-z0-9-]+==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin
    assert "://" not in text


def test_nothing_in_the_repository_is_private_to_a_machine() -> None:
    private = re.compile(
        rb"(?<![\w.])/(?:work|home|root|Users)/\w|xox[bp]-\d{6,}|BEGIN [A-Z ]*PRIVATE KEY"
    )
    for path in tracked():
        if path != Path(__file__):
            found = private.search(path.read_bytes())
            assert not found, f"{path.relative_to(ROOT)}: {found[0]!r}" if found else ""


def test_no_file_is_large() -> None:
    for path in tracked():
        assert path.stat().st_size < 4_000_000, path


def test_modules_stay_readable() -> None:
    for path in tracked():
        if path.suffix == ".py" and "bot" in path.relative_to(ROOT).parts[:1]:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 450, f"{path.relative_to(ROOT)} has {lines} lines: make it a folder"


def test_the_version_is_said_once_and_alike() -> None:
    said = re.search(
        r'__version__ = "([^"]+)"', (ROOT / "bot/__init__.py").read_text(encoding="utf-8")
    )
    assert said
    assert said[1] == PROJECT["project"]["version"]
