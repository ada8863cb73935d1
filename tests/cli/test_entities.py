"""What a file says about actors and places counts wherever the file is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main

CONFIG = """
feeds: []
entities:
  - name: Sohae
    aliases: [Tongchang-dong]
rules:
  - {name: Launch site, locations: [Sohae]}
"""


@pytest.mark.parametrize(("command", "option"), [("match", "--rules"), ("replay", "--config")])
def test_a_teams_names_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, option: str
) -> None:
    config, entries = tmp_path / "feeds.yaml", tmp_path / "entries.jsonl"
    config.write_text(CONFIG, encoding="utf-8")
    entries.write_text(json.dumps({"title": "Trains pass Tongchang-dong"}), encoding="utf-8")
    assert main([command, str(entries), option, str(config), "--json"]) == 0
    assert "Launch site" in capsys.readouterr().out


def test_a_place_nobody_knows_refuses_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'w.db'}")
    config = tmp_path / "feeds.yaml"
    config.write_text("feeds: []\nentities:\n  - {name: Camp X, in: Atlantis}\n", encoding="utf-8")
    for command in (["run", "--console"], ["check"]):
        assert main([*command, "--config", str(config)]) == 1
        error = capsys.readouterr().err
        assert "feeds.yaml:3: no place is known as `Atlantis` → such as: " in error
