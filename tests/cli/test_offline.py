"""bot parse, match, entities, replay: the machine interfaces."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.demo.newsroom import Newsroom
from tests.flow.parts import START, rss

RULES = """
rules:
  - name: Bases
    keywords: [missile base*]
  - name: Korea
    locations: [North Korea]
  - query: '"ballistic missile" -football'
"""
ENTRIES = [
    {
        "id": "a",
        "feed": "wire",
        "title": "Missile bases found",
        "summary": "A site near Sohae is named.",
        "url": "https://wire.example/a",
        "published": "2026-05-01T10:00:00Z",
        "lang": "en",
    },
    {"title": "Football: nothing to see"},
    {
        "id": "a2",
        "feed": "wire",
        "title": "Missile bases found, says study",
        "url": "https://wire.example/a?utm_source=rss",
        "published": "2026-05-01T11:00:00",
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [json.dumps(entry) for entry in ENTRIES]
    (tmp_path / "entries.jsonl").write_text("\n".join([*lines, ""]))
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def bot(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[Any]:
    """Run a command that must succeed; return its JSON lines."""
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return [json.loads(line) for line in captured.out.splitlines()]


def test_match_says_which_rule_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = bot(
        capsys, "match", folder / "entries.jsonl", "--rules", folder / "rules.yaml", "--json"
    )
    assert first["id"] == "a"
    assert [match["rule"] for match in first["matches"]] == ["Bases", "Korea"]
    assert first["matches"][0]["why"] == [
        {
            "field": "title",
            "text": "Missile bases",
            "start": 0,
            "end": 13,
            "term": "missile base*",
            "entity": None,
        }
    ]
    (why,) = first["matches"][1]["why"]
    assert (why["text"], why["field"], why["start"], why["end"]) == ("Sohae", "summary", 12, 17)
    assert why["entity"].startswith("loc:KP/")
    assert second["id"].startswith("sha256:")
    assert second["matches"] == []
    assert [match["rule"] for match in third["matches"]] == ["Bases"]


def test_a_paused_rule_rests_in_match_as_in_replay(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = folder / "rules.yaml"
    rules.write_text(RULES.replace("name: Bases\n", "name: Bases\n    paused: true\n"))
    assert main(["match", f"{folder}/entries.jsonl", "--rules", str(rules), "--json"]) == 0
    captured = capsys.readouterr()
    first = json.loads(captured.out.splitlines()[0])
    assert [match["rule"] for match in first["matches"]] == ["Korea"]
    assert captured.err == "paused, not matched: Bases\n"
    replayed = bot(capsys, "replay", folder / "entries.jsonl", "--config", rules, "--json")
    assert replayed[0]["matches"] == ["Korea"]


def test_entities_names_places_with_their_country(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *_ = bot(capsys, "entities", folder / "entries.jsonl", "--json")
    (place,) = first["entities"]
    assert place["entity"].startswith("loc:KP/")
    assert {**place, "entity": ""} == {
        "field": "summary",
        "start": 12,
        "end": 17,
        "text": "Sohae",
        "kind": "location",
        "entity": "",
        "name": place["name"],
        "country": "KP",
    }


def test_replay_of_lines_counts_each_as_published_now(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("replay", folder / "entries.jsonl", "--config", folder / "rules.yaml", "--json")
    lines = bot(capsys, *arguments)
    assert [(line["id"], line["decision"], line["delivery"]) for line in lines][::2] == [
        ("a", "new", "post"),
        ("a2", "update", "none"),
    ]
    assert lines[0]["matches"] == ["Bases", "Korea"]
    assert lines[0]["story"] == lines[2]["story"] != lines[1]["story"]
    assert set(lines[0]) == {
        "id",
        "feed",
        "decision",
        "story",
        "matches",
        "delivery",
        "reason",
    }
    assert bot(capsys, *arguments) == lines


def snapshots(folder: Path, *bodies: bytes) -> Path:
    target = folder / "shots" / "wire"
    target.mkdir(parents=True)
    for hour, body in enumerate(bodies):
        (target / f"20260501T{hour:02d}0000Z.xml").write_bytes(body)
    (target / "_notes.tsv").write_text("not a snapshot")
    return folder / "shots"


def test_replay_of_snapshots_polls_in_order(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, base = ("1", "Football tonight in the old stadium"), ("2", "A missile base is found today")
    retitled = ("2", "A missile base is found, and then another")
    shots = snapshots(
        folder,
        rss(old),
        rss(old),
        rss(old, base),
        b"<html>Down for maintenance</html>",
        rss(old),
        rss(old, retitled),
    )
    lines = bot(capsys, "replay", shots, "--config", folder / "rules.yaml", "--json")
    assert [(line["id"], line["decision"], line["delivery"]) for line in lines] == [
        ("1", "baseline", "none"),
        ("1", "duplicate", "none"),
        ("2", "new", "post"),
        ("1", "duplicate", "none"),
        ("1", "duplicate", "none"),
        ("2", "update", "update"),
    ]
    assert {line["feed"] for line in lines} == {"wire"}


def test_for_people_replay_tells_the_posts_and_the_sum(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", f"{folder}/entries.jsonl", "--config", f"{folder}/rules.yaml"]) == 0
    out = capsys.readouterr().out
    assert "post" in out
    assert "new 2" in out


def test_for_people_match_and_entities_show_what_was_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries, rules = f"{folder}/entries.jsonl", f"{folder}/rules.yaml"
    assert main(["match", entries, "--rules", rules]) == 0
    assert "Korea ← " in capsys.readouterr().out
    assert main(["entities", entries]) == 0
    assert "Sohae" in capsys.readouterr().out


def test_parse_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(("1", "One &amp; only"), summary="&lt;b&gt;Bold&lt;/b&gt;"))
    (parsed,) = bot(capsys, "parse", path, "--json")
    assert parsed["feed"]["title"] == "A"
    (entry,) = parsed["entries"]
    assert (entry["title"], entry["summary"], entry["url"]) == (
        "One & only",
        "Bold",
        "https://a.example/1",
    )
    assert set(entry) == {
        *("id", "url", "title", "summary", "authors", "tags", "published", "updated", "lang")
    }
    assert main(["parse", str(path)]) == 0
    assert "One & only" in capsys.readouterr().out


def test_parse_a_url_only_where_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    with Newsroom(START) as newsroom:
        url = f"{newsroom.url}/feeds/harbour-wire.xml"
        (parsed,) = bot(capsys, "parse", url, "--json", "--allow", "127.0.0.0/8")
        assert parsed["feed"]["title"] == "Harbour Wire"
        assert main(["parse", url]) == 1
        assert "leads to this machine itself" in capsys.readouterr().err


def test_parse_takes_networks_only_for_a_url(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "feed.xml").write_bytes(rss(("1", "One")))
    assert main(["parse", f"{tmp_path}/feed.xml", "--allow", "127.0.0.0/8"]) == 1
    assert capsys.readouterr().err.startswith("--allow: is for a URL")


@pytest.mark.parametrize(
    ("line", "place"),
    [("{nonsense", "bad.jsonl:2"), ('{"summary": "no title"}', "bad.jsonl:2"), ("[1]", ":2")],
)
def test_a_bad_line_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], line: str, place: str
) -> None:
    path = folder / "bad.jsonl"
    path.write_text('{"title": "fine"}\n' + line + "\n")
    assert main(["entities", str(path), "--json"]) == 1
    error = capsys.readouterr().err
    assert place in error
    assert '{"title": "…"' in error


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"title": "caf\xe9"}', "not UTF-8"),
        (b'{"title": null}', "`title` is missing or no text"),
        (b'{"title": "t", "summary": 5}', "`summary` is no text"),
        (b'{"title": "t", "published": "soon"}', "soon"),
    ],
)
def test_a_bad_field_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], line: bytes, said: str
) -> None:
    path = folder / "bad.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"title": "fine"}\n' + line)
    for rest in (["match", path, "--rules"], ["replay", path, "--config"]):
        assert main([*map(str, rest), f"{folder}/rules.yaml", "--json"]) == 1
        error = capsys.readouterr().err
        assert error.startswith("bad.jsonl:2: no entry: ")
        assert said in error


def test_nulls_half_characters_and_bad_links_are_no_reason_to_stop(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "odd.jsonl"
    nulls = dict.fromkeys(("feed", "id", "url", "summary", "published", "lang"))
    odd = [
        {"title": "Missile bases and nothing else", **nulls},
        {"title": "Missile bases \ud83d", "id": 0, "url": "https://[bad"},
    ]
    path.write_text("\n".join(map(json.dumps, odd)))
    for rest in (["match", path, "--rules"], ["replay", path, "--config"]):
        first, second = bot(capsys, *rest, folder / "rules.yaml", "--json")
        assert first["id"].startswith("sha256:")
        assert second["id"] == "0"


def test_match_knows_the_outlet_as_replay_does(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = folder / "source.yaml"
    rules.write_text("rules: [{name: Wire, query: 'source:wire'}]")
    entries = folder / "entries.jsonl"
    matched = bot(capsys, "match", entries, "--rules", rules, "--json")
    replayed = bot(capsys, "replay", entries, "--config", rules, "--json")
    assert [len(line["matches"]) for line in matched] == [1, 0, 1]
    assert replayed[0]["matches"] == ["Wire"]


def test_folders_of_any_name_and_depth_are_feeds(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = (
        b"<rss version='2.0'><channel><title>A</title><item><guid>x</guid>"
        b"<title>Missile bases</title><link>/same/path</link></item></channel></rss>"
    )
    for name in ("set/[one]", "set/two words"):
        (folder / name).mkdir(parents=True)
        (folder / name / "20260501T000000Z.xml").write_bytes(body)
    lines = bot(capsys, "replay", folder / "set", "--config", folder / "rules.yaml", "--json")
    assert [line["feed"] for line in lines] == ["[one]", "two words"]
    assert [line["decision"] for line in lines] == ["baseline", "baseline"]
    (line,) = bot(
        capsys, "replay", folder / "set/[one]", "--config", folder / "rules.yaml", "--json"
    )
    assert line["feed"] == "[one]"
    (folder / "set/20269901T000000Z.xml").write_bytes(body)
    assert main(["replay", f"{folder}/set", "--config", f"{folder}/rules.yaml"]) == 1
    assert "20269901T000000Z.xml: no such time" in capsys.readouterr().err


def test_what_is_not_there_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(folder / "none.xml")]) == 1
    assert "no such file" in capsys.readouterr().err
    (folder / "empty").mkdir()
    assert main(["replay", f"{folder}/empty", "--config", f"{folder}/rules.yaml"]) == 1
    assert "no snapshots" in capsys.readouterr().err


def test_a_page_is_no_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html><body>Log in</body></html>")
    assert main(["parse", str(path), "--json"]) == 1
    assert capsys.readouterr().out == ""
