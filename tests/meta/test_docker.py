"""The Dockerfile, without Docker: its rules by reading it, its RUN and CMD lines by running them.

Absolute paths of the image are moved below a scratch folder, `python` is the one running this.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT


def instructions(text: str) -> list[tuple[str, str]]:
    """Return (INSTRUCTION, arguments) of each line, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    lines = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name, rest) for name, rest in lines]


ALL = instructions((ROOT / "Dockerfile").read_text(encoding="utf-8"))
FINAL = ALL[max(n for n, (name, _) in enumerate(ALL) if name == "FROM") :]
#: What makes a user and a folder in the image; here the scratch folder is enough.
IMAGE_ONLY = "useradd "


def values(name: str, among: list[tuple[str, str]]) -> list[str]:
    return [rest for found, rest in among if found == name]


def test_the_image_is_built_in_stages_from_one_base() -> None:
    bases = {line.split()[0] for line in values("FROM", ALL)}
    assert len(values("FROM", ALL)) == 2
    assert bases == {"python:3.12-slim"}


def test_everything_installed_is_pinned_by_hash() -> None:
    for line in values("RUN", ALL):
        for step in line.split("&&"):
            if " pip install " in step:
                assert "--require-hashes -r requirements" in step or "--no-index" in step, step
            if " pip wheel " in step:
                assert "--no-build-isolation" in step, step


def test_the_process_has_no_privileges_and_one_volume() -> None:
    [user] = values("USER", FINAL)
    assert user not in ("root", "0")
    assert f" {user} " in " ".join(values("RUN", FINAL))
    names = [name for name, _ in FINAL]
    assert names.index("USER") < names.index("CMD")
    [volume] = values("VOLUME", FINAL)
    assert f"DATABASE_URL=sqlite:///{volume}/" in values("ENV", FINAL)[0]


def test_it_stops_gracefully_and_reports_its_health() -> None:
    assert values("STOPSIGNAL", FINAL) == ["SIGTERM"]
    assert values("HEALTHCHECK", FINAL)
    assert command(values("CMD", FINAL)[0])[:4] == ["python", "-m", "bot", "run"]


def test_no_secret_is_baked_in() -> None:
    for line in (*values("ENV", ALL), *values("ARG", ALL)):
        assert not re.search("TOKEN|SECRET|PASSWORD", line)


def test_the_build_context_holds_what_is_copied_and_little_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for line in values("COPY", ALL)
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert "*" in lines
    assert let_in == copied
    assert all((ROOT / source).exists() for source in copied)
    assert {"**/__pycache__", "**/*.db"} <= set(lines)


def command(text: str) -> list[str]:
    return [str(word) for word in json.loads(text[text.index("[") :])]


class Scratch:
    """A folder that stands for the image's file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root
        self.env = {"PATH": os.environ["PATH"], "HOME": str(root)}
        self.env |= {key: value for key, value in os.environ.items() if key.startswith("PIP_")}

    def moved(self, text: str) -> str:
        """Return a line with the image's absolute paths below the scratch folder."""
        return re.sub(
            r"(?<![\w.:/*-])(/+)(?=(?:venv|tools|wheel|app|data|src)\b)", f"{self.root}/", text
        )

    def build(self) -> None:
        for name, rest in ALL:
            if name == "WORKDIR":
                self.work = Path(self.moved(rest))
                self.work.mkdir(parents=True, exist_ok=True)
            elif name == "COPY" and not rest.startswith("--from"):
                self._copy(*rest.split())
            elif name == "RUN" and not rest.startswith(IMAGE_ONLY):
                self.run(["bash", "-euc", self.moved(rest)])
            elif name == "ENV":
                self._set(rest)

    def _copy(self, *words: str) -> None:
        target = self.work / self.moved(words[-1])
        for source in words[:-1]:
            into = target / source if words[-1].endswith("/") else target
            into.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, into)

    def _set(self, rest: str) -> None:
        for pair in rest.split():
            key, _, value = pair.partition("=")
            self.env[key] = self.moved(value).replace("$PATH", self.env["PATH"])
        self.env["DATABASE_URL"] = f"sqlite:///{self.root}/data/watchdesk.db"

    def run(self, words: list[str]) -> None:
        done = subprocess.run(
            words, cwd=self.work, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    made = Scratch(tmp_path_factory.mktemp("image"))
    (made.root / "data").mkdir()
    (made.root / "bin").mkdir()
    (made.root / "bin/python").symlink_to(Path(sys.base_prefix) / "bin/python3")
    made.env["PATH"] = f"{made.root}/bin:{made.env['PATH']}"
    made.build()
    return made


@pytest.mark.slow
def test_the_image_starts_reports_its_health_and_stops(scratch: Scratch) -> None:
    (scratch.root / "app/feeds.yaml").write_text("feeds: []\n", encoding="utf-8")
    health = command(values("HEALTHCHECK", FINAL)[0])
    start = [scratch.moved(word) for word in command(values("CMD", FINAL)[0])]

    def healthy() -> bool:
        return (
            subprocess.run(
                health, cwd=scratch.work, env=scratch.env, capture_output=True, check=False
            ).returncode
            == 0
        )

    assert not healthy()
    with subprocess.Popen(
        [*start, "--console"], cwd=scratch.work, env=scratch.env, stderr=subprocess.PIPE, text=True
    ) as running:
        deadline = time.monotonic() + 30
        while not healthy() and running.poll() is None and time.monotonic() < deadline:
            pass
        assert healthy()
        running.send_signal(getattr(signal, values("STOPSIGNAL", FINAL)[0]))
        _, said = running.communicate(timeout=15)
    assert running.returncode == 0, said


@pytest.mark.slow
def test_the_image_without_a_token_says_what_is_missing(scratch: Scratch) -> None:
    start = [scratch.moved(word) for word in command(values("CMD", FINAL)[0])]
    done = subprocess.run(
        start, cwd=scratch.work, env=scratch.env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "SLACK_BOT_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
